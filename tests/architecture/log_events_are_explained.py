"""Promises: what the service may log is what docs/operations.md explains: each event of the code has a row in its table of
events, at the level that the code gives it, and each row has an event."""
import re

import guard

DOCUMENT = "docs/operations.md"
EVENT = re.compile(r'\b(?:log|log_line)\(\s*(?:ops::)?Level::(\w+),\s*"([a-z-]+)"')
ROW = re.compile(r"^\| `([a-z-]+)` \| (\w+) \| .+ \|$", re.MULTILINE)


def faults(root):
    table = (root / DOCUMENT).read_text(encoding="utf-8").partition("| event | level |")[2].partition("\n\n")[0]
    said = dict(ROW.findall(table))
    found, known = [], set()
    for path in guard.sources(root, rooms=("cds-service",)):
        code = guard.without_comments((root / path).read_text(encoding="utf-8"))
        for match in EVENT.finditer(code):
            level, event = match.groups()
            known.add(event)
            if said.get(event) != level:
                line = code.count("\n", 0, match.start()) + 1
                found.append(f"{path}:{line}: `{event}` is logged as {level}: {DOCUMENT} has {'no row for it' if event not in said else said[event]}")
    return found + [f"{DOCUMENT}: nothing logs `{event}`" for event in said if event not in known]


if __name__ == "__main__":
    guard.main(__doc__, faults)
