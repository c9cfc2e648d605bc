# Text: the log of a server, 10 MB, is written first, then taken apart line by line, counted, and written anew.
from sys import argv

METHODS = ["GET", "GET", "GET", "POST", "PUT", "DELETE"]
SECTIONS = ["articles", "images", "static", "users", "search", "api"]
NAMES = ["ann", "bob", "carla", "dmitri", "eve", "-"]


def make_log(lines):
    log = []
    seed = 42
    for i in range(lines):
        seed = (seed * 3877 + 29573) % 139968
        name = NAMES[seed % 6]
        method = METHODS[seed % 36 // 6]
        section = SECTIONS[seed // 36 % 6]
        status = 500 if seed % 97 == 0 else 404 if seed % 23 == 0 else 200
        log.append(f"10.0.{seed % 7}.{i % 251} {name} {method} /{section}/{seed % 1009}.html {status} {seed}")
    return "\n".join(log) + "\n"


def summarize(text):
    sizes = {}
    visitors = {}
    errors = 0
    for line in text.splitlines():
        host, name, method, path, status, size = line.split(" ")
        if status != "200":
            errors += 1
            continue
        section = path.split("/")[1]
        sizes[section] = sizes.get(section, 0) + int(size)
        if method == "GET" and name != "-":
            visitor = name.upper() + "@" + host
            visitors[visitor] = visitors.get(visitor, 0) + 1
    return sizes, visitors, errors


# The same log, in which hosts are hidden, methods are words, and pages have no suffix.
def rewrite(text):
    lines = []
    for line in text.splitlines():
        blank = line.find(" ")
        if line.endswith("500", 0, line.rfind(" ")) or line.startswith("10.0.6."):
            continue
        lines.append("host" + line[blank:])
    return "\n".join(lines).replace(" GET ", " reads ").replace(".html ", " ").strip()


def main():
    text = make_log(int(argv[1]) if len(argv) > 1 else 225_000)
    sizes, visitors, errors = summarize(text)
    written = rewrite(text)
    print(
        len(text), text.count("POST"), sizes["images"], len(visitors), visitors.get("EVE@10.0.3.17", 0), errors,
        len(written), written.count("reads"),
    )


main()
