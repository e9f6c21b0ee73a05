"""Promises: of each test that did not pass in the last run, the lines that say why; then their names again, as ctest ends.

    what_failed.py BUILD_FOLDER [LINES]
"""
import pathlib
import re
import sys

# GoogleTest, Python's unittest, a sanitizer.
WHY = re.compile(r": Failure$|^(?:FAIL|ERROR): |Sanitizer: |runtime error: ")


def whys(log, failed, lines):
    """For each of these tests in a ctest log: its name and where its output begins to say why, or else its end."""
    names_and_parts = re.split(r"^\d+/\d+ Testing: (.*)\n", log, flags=re.MULTILINE)[1:]
    for name, part in zip(names_and_parts[::2], names_and_parts[1::2]):
        if name in failed:
            said = [line for line in part.partition("<end of output>")[0].splitlines() if line.strip()]
            begin = next((at for at, line in enumerate(said) if WHY.search(line)), max(0, len(said) - lines))
            yield name, said[begin:begin + lines]


def main(folder, lines="14"):
    results = pathlib.Path(folder) / "Testing" / "Temporary"
    if not (results / "LastTestsFailed.log").exists():
        return  # none ran
    failed = dict(reversed(line.split(":", 1)) for line in (results / "LastTestsFailed.log").read_text(encoding="utf-8").splitlines())
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    for name, said in whys((results / "LastTest.log").read_text(encoding="utf-8", errors="replace"), failed, int(lines)):
        print(f"\n{name}:")
        print("\n".join("  " + line[:400] for line in said))
    print("\nThe following tests FAILED:")
    for name, number in failed.items():
        print(f"\t{number:>4} - {name}")
    print("Errors while running CTest")


if __name__ == "__main__":
    main(*sys.argv[1:])
