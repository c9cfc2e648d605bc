#!/usr/bin/env python3
"""Runs the programs of the benchmarks in Toy, Lua, LuaJIT and Python, and prints medians and ratios.

What is measured is the processor time (user and system) of whole processes: it hardly depends on what
else the machine is doing, and it leaves nothing out. The interpreters take turns, so that whatever does
disturb them disturbs them alike. It builds nothing. See README.md.
"""

import argparse
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from measuring import table
from measuring.process import HERE, LANGUAGES, Failed, find_interpreters, install, peak_memory, run, say
from measuring.source import make_source

# The groups in the order of the tables, their programs, and what the tables say of these.
GROUPS = {
    "programs": {
        "fib": "fib: recursive `fib(32)`",
        "loops": "loops: nested, over ints",
        "sieve": "sieve of 5 million",
        "nbody": "nbody, floats",
        "methods": "methods: calls",
        "closures": "closures",
        "strings": "strings and dict counting",
        "exceptions": "exceptions: 1,000,000",
        "startup": "startup: an empty script",
        "exit_handlers": "exit handlers: 1,000,000",
    },
    "are-we-fast-yet": {
        name: {"json_bench": "Json", "nbody": "NBody", "deltablue": "DeltaBlue", "cd": "CD"}.get(name, name.capitalize())
        for name in ("bounce", "list", "mandelbrot", "nbody", "permute", "queens", "sieve", "storage", "towers",
                     "cd", "deltablue", "havlak", "json_bench", "richards")
    },
    "larger": {
        "binary_trees": "binary trees",
        "exceptions": "orders: exceptions",
        "fannkuch": "fannkuch",
        "formatting": "formatting",
        "generators": "generators",
        "json_data": "JSON data of 5 MB",
        "nucleotides": "nucleotides",
        "simulation": "simulation",
        "sort_records": "sorting 500,000 records",
        "spectral_norm": "spectral norm",
        "string_building": "string building",
        "text_processing": "text of 10 MB",
    },
}

# An empty script takes about a millisecond, near the grain of the clock: so many processes make one run.
PROCESSES_A_RUN = {"startup": 20}

OBJECTS = 1_000_000
# What is in memory without the objects: a list of a million nils, or nothing.
KINDS = {
    "int": ("an item of a list of ints", "nothing"),
    "float": ("an item of a list of floats", "nothing"),
    "string": ("a string of 14 characters", "nil"),
    "tuple": ("a tuple of two", "nil"),
    "list": ("a list of two", "nil"),
    "dict": ("an entry of a dict, ints", "nothing"),
    "instance": ("an instance with 3 attributes", "nil"),
    "closure": ("a closure", "nil"),
}


def main():
    options = parse_options()
    if options.install:
        install()
    interpreters = find_interpreters(options)
    if not any(interpreters.values()):
        sys.exit("run.py: no interpreter was found, so there is nothing to measure")
    programs = chosen(options.only)
    asked = [measure for name, measure in MEASURES.items() if getattr(options, name)] or [time_programs]
    return max(measure(programs, interpreters, options) for measure in asked)


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", metavar="NAME", action="append", default=[],
                        help="a program, a group, or group/program (may be repeated): " + ", ".join(GROUPS))
    parser.add_argument("--runs", metavar="N", type=int, default=5, help="runs of each program (default 5)")
    parser.add_argument("--markdown", action="store_true", help="print tables for a README")
    parser.add_argument("--instructions", action="store_true",
                        help="count the instructions that Toy executes, under valgrind, instead of timing")
    parser.add_argument("--operations", action="store_true",
                        help="time sorting, splitting, joining, dicts and sets of a million items, in Toy and Python")
    parser.add_argument("--handlers", action="store_true",
                        help="time registering, running and unregistering many exit handlers, in Toy and Python")
    parser.add_argument("--compile", action="store_true", help="time compiling 10 MB of source")
    parser.add_argument("--memory", action="store_true", help="measure the peak of memory of each program")
    parser.add_argument("--objects", action="store_true", help="measure what a million objects of each kind take")
    parser.add_argument("--pauses", action="store_true", help="measure the longest pause beside a million objects")
    parser.add_argument("--toy", metavar="PATH", help="default: target/release/toy")
    parser.add_argument("--lua", metavar="PATH", help="default: lua5.4")
    parser.add_argument("--luajit", metavar="PATH", help="default: luajit")
    parser.add_argument("--python", metavar="PATH", help="default: /usr/bin/python3, else python3")
    parser.add_argument("--install", action="store_true",
                        help="install the others, GNU time and valgrind from Debian's packages first")
    options = parser.parse_args()
    if options.runs < 1:
        parser.error("--runs must be at least 1")
    for name in options.only:
        if not chosen([name]):
            parser.error(f"there is no group and no program {name!r}")
    return options


def chosen(only):
    """The groups with the programs that `--only` lets through."""
    groups = {}
    for group, programs in GROUPS.items():
        names = [name for name in programs if not only or {name, group, f"{group}/{name}"} & set(only)]
        if names:
            groups[group] = names
    return groups


def time_programs(programs, interpreters, options):
    def once(command, name):
        return run(command, PROCESSES_A_RUN.get(name, 1))

    groups, status = measure_programs(programs, interpreters, options.runs, once)
    table.print_table(groups, present(interpreters), table.show_time, options.markdown)
    table.print_slower(groups)
    return status


def measure_memory(programs, interpreters, options):
    def once(command, _name):
        return peak_memory(command), ""

    # What a program takes hardly changes from run to run.
    groups, status = measure_programs(programs, interpreters, 1, once)
    table.print_table(groups, present(interpreters), table.show_megabytes, options.markdown)
    return status


def measure_programs(programs, interpreters, runs, once):
    """`{group: [(words, {language: median})]}`, of what `once` finds out about a command; it also returns its output."""
    groups, failures = {}, []
    for group, names in programs.items():
        for name in names:
            numbers, failed = measure(HERE / group / name, interpreters, runs, once)
            groups.setdefault(group, []).append((GROUPS[group][name], numbers))
            failures += [f"{group}/{failure}" for failure in failed]
    for failure in failures:
        say(failure)
    return groups, 1 if failures else 0


def measure(path, interpreters, runs, once):
    """The medians by language, and what went wrong."""
    samples, outputs, failures = {}, {}, []
    for _ in range(runs):
        for language, interpreter in interpreters.items():
            program = path.with_suffix(LANGUAGES[language][1])
            # Not every program exists in every language: Lua has no exit handlers, and no JSON.
            if interpreter is None or not program.exists() or samples.get(language, 0) is None:
                continue
            try:
                number, output = once([*interpreter, str(program)], path.name)
            except Failed as e:
                samples[language] = None
                failures.append(f"{path.name} in {LANGUAGES[language][0]}: {e}")
                continue
            samples.setdefault(language, []).append(number)
            outputs.setdefault(output, []).append(LANGUAGES[language][0])
    if len(outputs) > 1:
        for output, languages in outputs.items():
            failures.append(f"{path.name} differs: {' and '.join(sorted(set(languages)))} printed {output!r}")
    return {language: statistics.median(s) for language, s in samples.items() if s}, failures


def present(interpreters):
    return [language for language, interpreter in interpreters.items() if interpreter]


def time_operations(_programs, interpreters, options):
    return time_within("operations", interpreters, options)


def time_handlers(_programs, interpreters, options):
    return time_within("handlers", interpreters, options)


def time_within(program, interpreters, options):
    """Each interpreter times its operations itself; a row for each, the medians of the runs."""
    samples, status = {}, 0
    for _ in range(options.runs):
        for language in ("toy", "python"):
            if interpreters[language] is None:
                continue
            try:
                _, output = run([*interpreters[language], str(HERE / (program + LANGUAGES[language][1]))])
            except Failed as e:
                say(f"{program} in {LANGUAGES[language][0]}: {e}")
                status = 1
                continue
            for line in output.splitlines():
                name, milliseconds = line.rsplit(": ", 1)
                samples.setdefault(name, {}).setdefault(language, []).append(float(milliseconds) / 1000)
    rows = [(name, {language: statistics.median(s) for language, s in times.items()})
            for name, times in samples.items()]
    languages = [language for language in ("toy", "python") if interpreters[language]]
    table.print_table({"": rows}, languages, table.show_time, options.markdown)
    return status


def time_compiling(_programs, interpreters, options):
    """Source of every language in megabytes a second, the start-up of the interpreter not counted."""
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "empty"
        sources = {}
        for suffix in {suffix for _, suffix in LANGUAGES.values()}:
            sources[suffix] = Path(folder) / ("large" + suffix)
            sources[suffix].write_text(make_source(suffix))
            empty.with_suffix(suffix).write_text("")

        def command(language, path):
            text = str(path.with_suffix(LANGUAGES[language][1]))
            if language == "toy":
                return [*interpreters[language], text]
            if language == "python":
                return [*interpreters[language], "-c", f"compile(open({text!r}).read(), {text!r}, 'exec')"]
            return [*interpreters[language], "-e", f"assert(loadfile({text!r}))"]

        samples, status = {}, 0
        for _ in range(options.runs):
            for language in present(interpreters):
                try:
                    start, _ = run(command(language, empty), 5)
                    seconds, _ = run(command(language, Path(folder) / "large"))
                except Failed as e:
                    say(f"compiling in {LANGUAGES[language][0]}: {e}")
                    status = 1
                    continue
                samples.setdefault(language, []).append(seconds - start)
        rows = []
        for language, seconds in samples.items():
            size = sources[LANGUAGES[language][1]].stat().st_size
            median = statistics.median(seconds)
            rows.append([LANGUAGES[language][0], table.show_time(median), f"{size / 1e6 / median:.1f} MB/s"])
    table.print_lines(["10 MB of source", "time", "throughput"], rows, options.markdown)
    return status


def measure_objects(_programs, interpreters, options):
    """Bytes of an object of each kind: what a million of them add to the peak."""
    peaks, status = {}, 0
    for language in present(interpreters):
        program = str(HERE / "memory" / ("objects" + LANGUAGES[language][1]))
        for kind in ["nothing", "nil", *KINDS]:
            try:
                peaks[language, kind] = peak_memory([*interpreters[language], program, kind, str(OBJECTS)])
            except Failed as e:
                say(f"objects {kind} in {LANGUAGES[language][0]}: {e}")
                status = 1
    rows = []
    for kind, (words, base) in KINDS.items():
        numbers = {}
        for language in present(interpreters):
            if (language, kind) in peaks and (language, base) in peaks:
                numbers[language] = (peaks[language, kind] - peaks[language, base]) / OBJECTS
        rows.append((words, numbers))
    table.print_table({"": rows}, present(interpreters), table.show_bytes, options.markdown, heading="bytes of")
    return status


def measure_pauses(_programs, interpreters, options):
    """The longest round of a loop that makes garbage beside a large heap, as the program itself has it."""
    samples, status = {}, 0
    for _ in range(options.runs):
        for language in present(interpreters):
            try:
                _, output = run([*interpreters[language], str(HERE / "memory" / ("pauses" + LANGUAGES[language][1]))])
                samples.setdefault(language, []).append(float(output) / 1000)
            except Failed as e:
                say(f"pauses in {LANGUAGES[language][0]}: {e}")
                status = 1
    rows = [("longest pause", {language: statistics.median(s) for language, s in samples.items()})]
    table.print_table({"": rows}, present(interpreters), table.show_time, options.markdown, means=False)
    return status


def count_instructions(programs, interpreters, options):
    """Instructions are the same on every run, so they show small changes that times would hide."""
    valgrind = shutil.which("valgrind")
    if interpreters["toy"] is None:
        sys.exit("run.py: without Toy there is nothing to count")
    if valgrind is None:
        sys.exit("run.py: counting instructions takes valgrind (Debian's package of that name)")
    status, rows = 0, []
    for group, names in programs.items():
        for name in names:
            program = HERE / group / (name + ".toy")
            command = [valgrind, "--tool=callgrind", "--callgrind-out-file=/dev/null", *interpreters["toy"], str(program)]
            done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace")
            collected = re.search(r"Collected : (\d+)", done.stderr)
            if done.returncode != 0 or not collected:
                last_line = done.stderr.rstrip().split("\n")[-1]
                say(f"{group}/{name}: status {done.returncode}: {last_line}")
                status = 1
                continue
            rows.append([GROUPS[group][name], f"{int(collected[1]):,}"])
    table.print_lines(["program", "instructions"], rows, options.markdown)
    return status


# What an option asks for; without any, programs are timed.
MEASURES = {
    "operations": time_operations,
    "handlers": time_handlers,
    "compile": time_compiling,
    "memory": measure_memory,
    "objects": measure_objects,
    "pauses": measure_pauses,
    "instructions": count_instructions,
}


if __name__ == "__main__":
    sys.exit(main())
