"""Promises: what the tests that failed in the last run said last, and then ctest's closing lines again.

    what_failed.py BUILD_FOLDER [LINES]
"""
import pathlib
import re
import sys


def last_words(log, failed, lines):
    """Of each of these tests in a ctest log: its name and the end of its output."""
    names_and_parts = re.split(r"^\d+/\d+ Testing: (.*)\n", log, flags=re.MULTILINE)[1:]
    for name, part in zip(names_and_parts[::2], names_and_parts[1::2]):
        if name in failed:
            yield name, [line for line in part.partition("<end of output>")[0].splitlines() if line.strip()][-lines:]


def main(folder, lines="12"):
    results = pathlib.Path(folder) / "Testing" / "Temporary"
    if not (results / "LastTestsFailed.log").exists():
        return  # none ran
    failed = dict(reversed(line.split(":", 1)) for line in (results / "LastTestsFailed.log").read_text(encoding="utf-8").splitlines())
    for name, said in last_words((results / "LastTest.log").read_text(encoding="utf-8", errors="replace"), failed, int(lines)):
        print(f"\n{name} said last:")
        print("\n".join("  " + line[:400] for line in said))
    print("\nThe following tests FAILED:")
    for name, number in failed.items():
        print(f"\t{number:>4} - {name} (Failed)")
    print("Errors while running CTest")


if __name__ == "__main__":
    main(*sys.argv[1:])
