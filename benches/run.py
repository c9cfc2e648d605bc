#!/usr/bin/env python3
"""Times the programs in benches/programs in Toy, Lua and Python, and prints the medians and ratios.

What is measured is the processor time (user and system) of whole processes: it hardly depends on what
else the machine is doing, and it leaves nothing out. The interpreters take turns, so that whatever does
disturb them disturbs them alike. See README.md.
"""

import argparse
import math
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROGRAMS = HERE / "programs"
ROOT = HERE.parent

# In the order of the table. The second column is what the table says of them.
BENCHES = {
    "fib": "recursive `fib(32)`",
    "loops": "nested integer loops",
    "sieve": "sieve of 5 million",
    "nbody": "n-body, floats",
    "methods": "method calls",
    "closures": "closures",
    "strings": "strings and dict counting",
    "exceptions": "1,000,000 exceptions",
    "startup": "start-up, empty script",
    "exit_handlers": "1,000,000 exit handlers",
}

# An empty script takes about a millisecond, near the grain of the clock: so many processes make one run.
PROCESSES_A_RUN = {"startup": 20}

SUFFIXES = {"toy": ".toy", "lua": ".lua", "python": ".py"}


class Failed(Exception):
    """A program that could not be measured, with the reason."""


def main():
    options = parse_options()
    if options.install:
        install()
    interpreters = find_interpreters(options)
    names = options.only or list(BENCHES)
    if options.instructions:
        return count_instructions(interpreters["toy"], names, options)
    if not any(interpreters.values()):
        sys.exit("run.py: no interpreter was found, so there is nothing to measure")
    if options.operations:
        return time_operations("operations", interpreters, options)
    if options.handlers:
        return time_operations("handlers", interpreters, options)

    rows, failures = [], []
    for name in names:
        times, failed = measure(name, interpreters, options.runs)
        rows.append((name, times))
        failures += failed
    print_table(rows, interpreters, options.markdown)
    for failure in failures:
        say(failure)
    return 1 if failures else 0


def time_operations(program, interpreters, options):
    """Each interpreter times its operations itself; a row for each, the medians of the runs."""
    samples, status = {}, 0
    for _ in range(options.runs):
        for language in ("toy", "python"):
            interpreter = interpreters[language]
            if interpreter is None:
                continue
            try:
                _, output = run(interpreter, HERE / (program + SUFFIXES[language]), 1)
            except Failed as e:
                say(f"{program} in {language.capitalize()}: {e}")
                status = 1
                continue
            for line in output.splitlines():
                name, milliseconds = line.rsplit(": ", 1)
                seconds = float(milliseconds) / 1000
                samples.setdefault(name, {}).setdefault(language, []).append(seconds)
    rows = [(name, {language: statistics.median(s) for language, s in times.items()})
            for name, times in samples.items()]
    print_table(rows, {**interpreters, "lua": None}, options.markdown)
    return status


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", metavar="NAME", action="append", choices=BENCHES,
                        help="measure this program only (may be repeated): " + ", ".join(BENCHES))
    parser.add_argument("--runs", metavar="N", type=int, default=5, help="runs of each program (default 5)")
    parser.add_argument("--markdown", action="store_true", help="print the table for a README")
    parser.add_argument("--instructions", action="store_true",
                        help="count the instructions that Toy executes, under valgrind, instead of timing")
    parser.add_argument("--operations", action="store_true",
                        help="time sorting, splitting, joining, dicts and sets of a million items, in Toy and Python")
    parser.add_argument("--handlers", action="store_true",
                        help="time registering, running and unregistering many exit handlers, in Toy and Python")
    parser.add_argument("--toy", metavar="PATH", help="default: target/release/toy")
    parser.add_argument("--lua", metavar="PATH", help="default: lua5.4")
    parser.add_argument("--python", metavar="PATH", help="default: /usr/bin/python3, else python3")
    parser.add_argument("--install", action="store_true",
                        help="install lua5.4 and python3 from Debian's packages first")
    options = parser.parse_args()
    if options.runs < 1:
        parser.error("--runs must be at least 1")
    return options


def install():
    as_root = [] if os.geteuid() == 0 else ["sudo"]
    for command in (["apt-get", "update"], ["apt-get", "install", "-y", "lua5.4", "python3"]):
        try:
            subprocess.run(as_root + command, check=True)
        except (OSError, subprocess.CalledProcessError) as e:
            sys.exit(f"run.py: cannot install: {e}")


def find_interpreters(options):
    """The path of each interpreter, or None with a word about it."""
    system_python = "/usr/bin/python3"
    wanted = {
        "toy": options.toy or str(ROOT / "target" / "release" / "toy"),
        "lua": options.lua or "lua5.4",
        "python": options.python or (system_python if os.path.exists(system_python) else "python3"),
    }
    advice = {
        "toy": "cargo build --release makes it",
        "lua": "--install gets it from Debian's packages",
        "python": "--install gets it from Debian's packages",
    }
    found = {}
    for language, path in wanted.items():
        found[language] = shutil.which(path)
        if not found[language]:
            say(f"no {path}, so there is no column for {language.capitalize()} ({advice[language]})")
    return found


def measure(name, interpreters, runs):
    """The median time in seconds by language, and what went wrong."""
    samples, outputs, failures = {}, {}, []
    for _ in range(runs):
        for language, interpreter in interpreters.items():
            program = PROGRAMS / (name + SUFFIXES[language])
            # Not every program exists in every language: Lua has no exit handlers.
            if interpreter is None or not program.exists() or samples.get(language, 0) is None:
                continue
            try:
                seconds, output = run(interpreter, program, PROCESSES_A_RUN.get(name, 1))
            except Failed as e:
                samples[language] = None
                failures.append(f"{name} in {language.capitalize()}: {e}")
                continue
            samples.setdefault(language, []).append(seconds)
            outputs.setdefault(output, []).append(language)
    if len(outputs) > 1:
        for output, languages in outputs.items():
            failures.append(f"{name} differs: {' and '.join(sorted(set(languages)))} printed {output!r}")
    return {language: statistics.median(s) for language, s in samples.items() if s}, failures


def run(interpreter, program, processes):
    """Runs one program and returns its mean processor time in seconds and what it printed."""
    total = 0.0
    # A file never fills up as a pipe does, so nobody has to read while the program runs.
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        for _ in range(processes):
            pid = os.posix_spawn(interpreter, [interpreter, str(program)], os.environ, file_actions=[
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


def print_table(rows, interpreters, markdown):
    languages = [language for language in SUFFIXES if interpreters[language]]
    rivals = [language for language in languages if language != "toy"] if interpreters["toy"] else []
    headings = ["program"] + [language.capitalize() for language in languages]
    headings += [f"Toy / {rival.capitalize()}" for rival in rivals]
    lines, ratios = [], {rival: [] for rival in rivals}
    for name, times in rows:
        cells = [BENCHES.get(name, name)] + [show_time(times.get(language)) for language in languages]
        for rival in rivals:
            if "toy" in times and rival in times:
                ratio = times["toy"] / times[rival]
                ratios[rival].append(ratio)
                cells.append(f"{ratio:.2f}")
            else:
                cells.append("–")
        lines.append(cells)
    if any(ratios.values()):
        means = [f"{geometric_mean(r):.2f}" if r else "–" for r in ratios.values()]
        lines.append(["geometric mean"] + [""] * len(languages) + means)

    if markdown:
        print("| " + " | ".join(headings) + " |")
        print("|---" + "|---:" * (len(headings) - 1) + "|")
        for cells in lines:
            print("| " + " | ".join(cells) + " |")
    else:
        lines = [[cell.replace("`", "") for cell in cells] for cells in [headings] + lines]
        widths = [max(map(len, column)) for column in zip(*lines)]
        for cells in lines:
            numbers = [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:])]
            print("  ".join([cells[0].ljust(widths[0])] + numbers))


def show_time(seconds):
    if seconds is None:
        return "–"
    return f"{seconds * 1000:.1f} ms" if seconds < 0.1 else f"{seconds * 1000:.0f} ms"


def geometric_mean(ratios):
    return math.exp(sum(map(math.log, ratios)) / len(ratios))


def count_instructions(toy, names, options):
    """Instructions are the same on every run, so they show small changes that times would hide."""
    valgrind = shutil.which("valgrind")
    if toy is None:
        sys.exit("run.py: without Toy there is nothing to count")
    if valgrind is None:
        sys.exit("run.py: counting instructions takes valgrind (Debian's package of that name)")
    status = 0
    rows = [["program", "instructions"]]
    for name in names:
        program = PROGRAMS / (name + SUFFIXES["toy"])
        command = [valgrind, "--tool=callgrind", "--callgrind-out-file=/dev/null", toy, str(program)]
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace")
        collected = re.search(r"Collected : (\d+)", done.stderr)
        if done.returncode != 0 or not collected:
            last_line = done.stderr.rstrip().split("\n")[-1]
            say(f"{name}: status {done.returncode}: {last_line}")
            status = 1
            continue
        rows.append([BENCHES[name], f"{int(collected[1]):,}"])
    if options.markdown:
        rows.insert(1, ["---", "---:"])
        for row in rows:
            print("| " + " | ".join(row) + " |")
    else:
        for name, count in rows:
            print(f"{name.replace('`', ''):<26}{count:>18}")
    return status


def say(message):
    # After what was printed so far, also where both streams go to one file.
    sys.stdout.flush()
    print(f"run.py: {message}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
