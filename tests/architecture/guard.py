"""Promises what every guard shares: source files of a tree, code without comments, faults in, exit code out.

A guard is a function faults(root) -> list of one-line sentences that name file and line; it prints them and
exits 1 when there are any. Standard library only, build-time only.
"""
import argparse
import pathlib
import re
import sys

ROOMS = ("fhir", "cards", "cds-service")
SOURCES = (".hpp", ".cpp")


def sources(root, rooms=ROOMS, endings=SOURCES):
    """Source files of the rooms, sorted, as paths below root."""
    found = []
    for room in rooms:
        for path in (root / room).rglob("*"):
            if path.suffix in endings and path.is_file() and "node_modules" not in path.parts:
                found.append(path.relative_to(root))
    return sorted(found)


_TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<mark>[^ ()\\\t\n]*)\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)


def without_comments(text):
    """The code with comments blanked out, line numbers kept, string literals kept."""
    def keep(match):
        token = match.group(0)
        return re.sub(r"[^\n]", " ", token) if token.startswith(("//", "/*")) else token
    return _TOKEN.sub(keep, text)


def code_only(text):
    """The code with comments and the insides of string literals blanked out, line numbers kept. The name in an
    include directive stays."""
    def keep(match):
        token = match.group(0)
        if token.startswith(("//", "/*")):
            return re.sub(r"[^\n]", " ", token)
        line = text[text.rfind("\n", 0, match.start()) + 1:match.start()]
        if line.lstrip().startswith("#"):
            return token
        return token[0] + re.sub(r"[^\n]", " ", token[1:-1]) + token[-1]
    return _TOKEN.sub(keep, text)


def string_literals(text):
    """(line, literal) for every string literal outside comments and include directives."""
    for match in _TOKEN.finditer(text):
        token = match.group(0)
        if not token.startswith(('"', "R")):
            continue
        line_start = text.rfind("\n", 0, match.start()) + 1
        if text[line_start:match.start()].lstrip().startswith("#include"):
            continue
        yield text.count("\n", 0, match.start()) + 1, token


def matches(pattern, text):
    """(line, matched text) of a pattern in a text."""
    for match in re.finditer(pattern, text):
        yield text.count("\n", 0, match.start()) + 1, match.group(0).strip()


def main(description, faults, arguments=()):
    """The command line of a guard: prints its faults and exits 1 when there are any."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[2])
    for name, options in arguments:
        parser.add_argument(name, **options)
    given = parser.parse_args()
    found = faults(given.root.resolve(), *(getattr(given, name.lstrip("-").replace("-", "_")) for name, _ in arguments))
    for fault in found:
        print(fault)
    print(f"{len(found)} fault(s)")
    sys.exit(1 if found else 0)
