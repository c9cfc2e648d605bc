"""Running a program in an interpreter, and what it took."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
ROOT = HERE.parent

# The columns, in their order: what each is called, and how its programs end.
LANGUAGES = {
    "toy": ("Toy", ".toy"),
    "lua": ("Lua", ".lua"),
    "luajit_off": ("LuaJIT -joff", ".lua"),
    "luajit": ("LuaJIT", ".lua"),
    "python": ("Python", ".py"),
}


class Failed(Exception):
    """A program that could not be measured, with the reason."""


def find_interpreters(options):
    """The command of each interpreter as a list, or None with a word about it."""
    system_python = "/usr/bin/python3"
    wanted = {
        "toy": [options.toy or str(ROOT / "target" / "release" / "toy")],
        "lua": [options.lua or "lua5.4"],
        "luajit_off": [options.luajit or "luajit", "-joff"],
        "luajit": [options.luajit or "luajit"],
        "python": [options.python or (system_python if os.path.exists(system_python) else "python3")],
    }
    found = {}
    for language, (command, *arguments) in wanted.items():
        path = shutil.which(command)
        found[language] = [path, *arguments] if path else None
        if not path:
            advice = "cargo build --release makes it" if language == "toy" else "--install gets it from Debian's packages"
            say(f"no {command}, so there is no column for {LANGUAGES[language][0]} ({advice})")
    return found


def install():
    """What the others come from, and what measures memory and counts instructions."""
    as_root = [] if os.geteuid() == 0 else ["sudo"]
    packages = ["lua5.4", "luajit", "python3", "time", "valgrind"]
    for command in (["apt-get", "update"], ["apt-get", "install", "-y", *packages]):
        try:
            subprocess.run(as_root + command, check=True)
        except (OSError, subprocess.CalledProcessError) as e:
            sys.exit(f"run.py: cannot install: {e}")


def run(command, processes=1):
    """Runs a command and returns its mean processor time in seconds and what it printed."""
    total = 0.0
    # A file never fills up as a pipe does, so nobody has to read while the program runs.
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        for _ in range(processes):
            pid = os.posix_spawn(command[0], command, os.environ, file_actions=[
                (os.POSIX_SPAWN_DUP2, stdout.fileno(), 1),
                (os.POSIX_SPAWN_DUP2, stderr.fileno(), 2),
            ])
            _, status, usage = os.wait4(pid, 0)
            total += usage.ru_utime + usage.ru_stime
            code = os.waitstatus_to_exitcode(status)
            if code != 0:
                stderr.seek(0)
                last_line = stderr.read().decode(errors="replace").rstrip().split("\n")[-1]
                how = f"status {code}" if code > 0 else f"signal {-code}"
                raise Failed(f"{how}: {last_line}" if last_line else how)
        stdout.seek(0)
        return total / processes, stdout.read().decode(errors="replace")


def peak_memory(command):
    """The most memory that a command had at once, in bytes.

    The kernel hands the peak of a process on to what it executes, so a process that this one started would
    never show less than Python has itself. GNU time is small, and starts the command instead.
    """
    time = shutil.which("time")
    if time is None:
        sys.exit("run.py: measuring memory takes GNU time (Debian's package 'time', which --install gets)")
    with tempfile.NamedTemporaryFile("r") as report:
        done = subprocess.run([time, "--quiet", "-o", report.name, "-f", "%M", *command],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace")
        if done.returncode != 0:
            raise Failed(f"status {done.returncode}: {done.stderr.rstrip()}")
        return int(report.read()) * 1024


def say(message):
    """Speaks after what was printed so far, also where both streams go to one file."""
    sys.stdout.flush()
    print(f"run.py: {message}", file=sys.stderr)
