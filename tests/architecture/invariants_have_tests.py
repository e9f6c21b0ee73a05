"""Promises: every invariant in docs/architecture.md names at least one test in backticks, and every test named there
exists: as a ctest, a GoogleTest case or suite, a Python test, or a file below tests/."""
import re

import guard


def known_tests(root):
    """Names that a reader may look for: ctest names, GoogleTest suites and cases, files under tests/."""
    names = set()
    for path in (root / "tests").rglob("*"):
        if not path.is_file() or "node_modules" in path.parts:
            continue
        if path.suffix == ".cpp":
            for suite, case in re.findall(r"\bTEST(?:_F|_P)?\(\s*(\w+)\s*,\s*(\w+)\s*\)", path.read_text(encoding="utf-8")):
                names |= {suite, f"{suite}.{case}"}
        elif path.suffix == ".py":
            names |= set(re.findall(r"\bdef (test_\w+)\(", path.read_text(encoding="utf-8")))
        elif path.name == "CMakeLists.txt":
            text = path.read_text(encoding="utf-8")
            names |= set(re.findall(r"add_test\(\s*NAME\s+([\w.-]+)", text)) | set(re.findall(r"cofactor_guard\(\s*(\w+)", text))
        names.add(path.relative_to(root).as_posix())
    return names


def faults(root):
    page = root / "docs/architecture.md"
    if not page.is_file():
        return ["docs/architecture.md: is missing"]
    found, tests, rows = [], known_tests(root), 0
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        row = re.match(r"\|\s*(I\d+)\s*\|.*\|\s*([^|]*?)\s*\|\s*$", line)
        if not row:
            continue
        rows += 1
        named = re.findall(r"`([^`]+)`", row.group(2))
        if not named:
            found.append(f"docs/architecture.md:{number}: {row.group(1)} names no test that guards it")
        for test in named:
            if test not in tests:
                found.append(f"docs/architecture.md:{number}: {row.group(1)} names `{test}`, which does not exist")
    if rows == 0:
        found.append("docs/architecture.md: has no table of invariants")
    return found


if __name__ == "__main__":
    guard.main(__doc__, faults)
