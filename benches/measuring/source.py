"""Ten megabytes of source: the programs of the benchmarks over and over, with names of their own each time."""

import re

from measuring.process import HERE

SIZE = 10_000_000
FOLDERS = ("programs", "are-we-fast-yet", "larger")
# What others import is there once, under its own names; these two only mean something with the rest of a program.
SHARED = {"harness", "som"}
# Their whole file is a function that is returned.
NO_UNITS = {"loops_bit", "loops_operators", "mandelbrot_bit", "mandelbrot_operators"}

# Declarations at the margin, calls at the margin, and imports at the margin.
DECLARED = {
    ".toy": re.compile(r"^(?:fn|class|let|var) (\w+)", re.M),
    ".py": re.compile(r"^(?:def |class )?(\w+)(?= = |\(|:)", re.M),
}
IMPORT = re.compile(r"^(?:from|import) .*\n", re.M)
CALL = re.compile(r"^(?:main|run|print)\(.*\n", re.M)
FORMS = {
    ".toy": "exit(0)\n",
    ".py": "raise SystemExit\n",
}


def make_source(suffix):
    """Source in the language of the suffix, which ends the program at once when it is executed."""
    texts = {}
    for folder in FOLDERS:
        for path in sorted((HERE / folder).glob("*" + suffix)):
            if path.stem not in NO_UNITS:
                texts[folder + "/" + path.stem] = path.read_text()
    return lua_source(texts) if suffix == ".lua" else named_source(texts, suffix)


def lua_source(texts):
    """Each program in a block: that is how Lua keeps names apart, of which there are no more than 200 in one."""
    units = [f"do\n{text}end\n" for text in texts.values()]
    return repeat("", lambda number: units[number % len(units)])


def named_source(texts, suffix):
    """What is declared at the margin gets a number behind its name; imports are made once, calls left out."""
    modules, shared, units = {}, [], []
    for name, text in texts.items():
        for line in IMPORT.findall(text):
            module, _, names = line.removeprefix("from ").removeprefix("import ").strip().partition(" import ")
            modules.setdefault(module, set()).update(names.split(", ") if names else [])
        text = CALL.sub("", IMPORT.sub("", text))
        if name.split("/")[1] in SHARED:
            shared.append(text)
        else:
            declared = sorted(set(DECLARED[suffix].findall(text)))
            pattern = re.compile(r"(?<![\w\"'])(?<!(?<!\.)\.)(" + "|".join(declared) + r")\b") if declared else None
            units.append((text, pattern))
    imports = []
    for module, names in sorted(modules.items()):
        if module not in SHARED:
            imports.append(f"import {module}\n")
            imports += [f"from {module} import {', '.join(sorted(names))}\n"] if names else []

    def unit(number):
        text, pattern = units[number % len(units)]
        return pattern.sub(rf"\1_{number}", text) if pattern else text

    return repeat("".join(imports) + FORMS[suffix] + "".join(shared), unit)


def repeat(start, unit):
    parts, size, number = [start], len(start), 0
    while size < SIZE:
        parts.append(unit(number))
        size += len(parts[-1])
        number += 1
    return "".join(parts)
