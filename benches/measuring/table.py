"""Tables of a number for each language, and what Toy's is relative to the others'."""

import math

from measuring.process import LANGUAGES


def print_table(groups, languages, show, markdown, heading="program", means=True):
    """Prints rows, `{group: [(name, {language: number})]}`, with ratios and geometric means of each group and of all.

    Smaller numbers are better; `show` makes text of one.
    """
    languages = [language for language in LANGUAGES if language in languages]
    rivals = [language for language in languages if language != "toy"] if "toy" in languages else []
    headings = [heading] + [LANGUAGES[language][0] for language in languages]
    headings += [f"Toy / {LANGUAGES[rival][0]}" for rival in rivals]
    lines, every = [], {rival: [] for rival in rivals}
    for group, rows in groups.items():
        ratios = {rival: [] for rival in rivals}
        for name, numbers in rows:
            cells = [name] + [show(numbers[language]) if language in numbers else "–" for language in languages]
            for rival in rivals:
                ratio = ratio_of(numbers, rival)
                if ratio:
                    ratios[rival].append(ratio)
                cells.append(f"{ratio:.2f}" if ratio else "–")
            lines.append(cells)
        if means and any(ratios.values()):
            lines.append(mean_line(f"geometric mean of {group}" if group else "geometric mean", languages, ratios))
        for rival in rivals:
            every[rival] += ratios[rival]
    if means and len(groups) > 1 and any(every.values()):
        lines.append(mean_line("geometric mean of all", languages, every))
    print_lines(headings, lines, markdown)


def ratio_of(numbers, rival):
    """Toy's number relative to the rival's, or None where there is none."""
    if numbers.get("toy") and numbers.get(rival):
        return numbers["toy"] / numbers[rival]
    return None


def mean_line(name, languages, ratios):
    means = [f"{geometric_mean(r):.2f}" if r else "–" for r in ratios.values()]
    return [name] + [""] * len(languages) + means


def geometric_mean(ratios):
    return math.exp(sum(map(math.log, ratios)) / len(ratios))


def print_lines(headings, lines, markdown):
    if markdown:
        print("| " + " | ".join(headings) + " |")
        print("|---" + "|---:" * (len(headings) - 1) + "|")
        for cells in lines:
            print("| " + " | ".join(cells) + " |")
        return
    lines = [[cell.replace("`", "") for cell in cells] for cells in [headings] + lines]
    widths = [max(map(len, column)) for column in zip(*lines)]
    for cells in lines:
        numbers = [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:])]
        print("  ".join([cells[0].ljust(widths[0])] + numbers))


def print_slower(groups):
    """Names each row in which Toy is behind Lua or LuaJIT's interpreter."""
    print()
    for rival in ("lua", "luajit_off"):
        slower = []
        for rows in groups.values():
            for name, numbers in rows:
                ratio = ratio_of(numbers, rival)
                if ratio and ratio > 1:
                    slower.append((ratio, name.split(":")[0]))
        if not any(ratio_of(numbers, rival) for rows in groups.values() for _, numbers in rows):
            continue
        named = ", ".join(f"{name} {ratio:.2f}" for ratio, name in sorted(slower, reverse=True))
        print(f"Slower than {LANGUAGES[rival][0]}: {named or 'none'}.")


def show_time(seconds):
    return f"{seconds * 1000:.1f} ms" if seconds < 0.1 else f"{seconds * 1000:.0f} ms"


def show_megabytes(size):
    return f"{size / 1e6:.1f} MB"


def show_bytes(size):
    return f"{size:.0f}"
