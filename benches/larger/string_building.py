# Strings: a page of HTML is built from pieces, by adding, joining, repeating and escaping character by character.
from sys import argv

ESCAPES = {"<": "&lt;", ">": "&gt;", "&": "&amp;", "\"": "&quot;"}


def escape(text):
    result = ""
    for c in text:
        result += ESCAPES.get(c, c)
    return result


def tag(name, attributes, content):
    opening = "<" + name
    for key, value in attributes:
        opening += " " + key + "=\"" + value + "\""
    return opening + ">" + content + "</" + name + ">"


def make_row(number):
    cells = []
    for column in range(4):
        text = "cell " + str(number) + " & <" + str(column) + ">"
        cells.append(tag("td", [("class", "c" + str(column)), ("title", text[:6])], escape(text)))
    return tag("tr", [("id", "row" + str(number))], "".join(cells))


def make_page(rows):
    lines = []
    for i in range(rows):
        lines.append(" " * (i % 8) + make_row(i))
        if i % 16 == 0:
            lines.append("-" * 40)
    return "\n".join(lines)


# What is built by adding alone, so long that copying it each time would tell.
def make_digits(count):
    digits = ""
    for i in range(count):
        digits += str(i)
    return digits


def main():
    rows = int(argv[1]) if len(argv) > 1 else 40_000
    page = make_page(rows)
    digits = make_digits(rows // 2)
    print(len(page), page.count("&amp;"), page[-30:], len(digits), digits[-5:])


main()
