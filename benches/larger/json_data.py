# JSON: a text of 5 MB is made from lists and dicts, and lists and dicts from the text, three times.
import json
from sys import argv


def make_records(count):
    records = []
    seed = 42
    for i in range(count):
        seed = (seed * 3877 + 29573) % 139968
        records.append({
            "id": i,
            "name": f"customer {seed}",
            "active": seed % 3 != 0,
            "balance": seed / 16,
            "tags": [f"tag{seed % 5}", "a \"quoted\" one", "naïve"],
            "address": {"street": f"{seed % 211} Main Street", "zip": seed, "country": None},
            "visits": [seed % 7, seed % 11, seed % 13, -seed],
        })
    return records


def main():
    records = make_records(int(argv[1]) if len(argv) > 1 else 23_500)
    for _ in range(3):
        text = json.dumps(records)
        read = json.loads(text)
    total = sum(record["balance"] + record["visits"][3] for record in read)
    print(len(text), len(read), "true" if read == records else "false", total)


main()
