"""Promises: the table of threats in docs/security.md, each with the tests that guard it, made from threats.csv and the names
of the tests, so that it cannot drift. Without arguments it rewrites the table; with --check it exits 1 when the table is
stale, a threat has no test, or a test names a threat that is not in the list, is switched off or is run by nobody. A test names its threats in its own name
(T_JWT_14_...); the column `further tests` names others by theirs.
"""
import csv
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
TESTS = HERE.parent
PAGE = TESTS.parent / "docs" / "security.md"
BEGIN, END = "<!-- threats: begin -->", "<!-- threats: end -->"
GTEST = re.compile(r"\bTEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\s*\)")
PYTHON = re.compile(r"\b(?:def|class) (test_\w+|\w+)\b")
THREAT = re.compile(r"T_((?:JWT|SSRF|TOK|FHIR|JSON|HTTP|CORS|PAT|TIME|INJ|LOG|SQL|CSV|FB|ADM|CFG)_\d+)(?!\d)")


def is_run(file):
    """Whether the CMakeLists.txt that is nearest names it: a test that nobody builds or registers guards nothing."""
    folder = next(folder for folder in file.parents if (folder / "CMakeLists.txt").exists())
    stated = re.sub(r"#.*", "", (folder / "CMakeLists.txt").read_text(encoding="utf-8"))
    words = {file.name, file.stem, re.sub("_(functional|contract)$", "", file.stem)}
    return any(re.search(rf"\b{re.escape(word)}\b", stated) for word in words)


def all_tests(faults):
    """Names as their runner shows them."""
    names = []
    for file in sorted(TESTS.rglob("*")):
        if "node_modules" in file.parts or not file.is_file():
            continue
        here = []
        if file.suffix == ".cpp":
            here = [f"{suite}.{name}" for suite, name in GTEST.findall(file.read_text(encoding="utf-8"))]
        elif file.suffix == ".py":
            here = PYTHON.findall(file.read_text(encoding="utf-8"))
        threatened = [name for name in here if THREAT.search(name)]
        if threatened and not is_run(file):
            faults.append(f"{file.relative_to(TESTS)} names threats, but no CMakeLists.txt runs it")
        faults += [f"{name} names a threat and is switched off" for name in threatened if "DISABLED_" in name]
        if threatened and re.search(r"@(?:unittest\.)?skip\b", file.read_text(encoding="utf-8")):
            faults.append(f"{file.relative_to(TESTS)} names threats and switches tests off")
        names += here
    return names


def words(name):
    """The telling part: without suite, `test_` and ids."""
    return re.sub(r"^(?:[A-Z]+(?:_[A-Z]+)?_\d+_)+", "", name.split(".")[-1].removeprefix("test_"))


def table(faults):
    names = all_tests(faults)
    with (HERE / "threats.csv").open(encoding="utf-8", newline="") as handle:
        threats = list(csv.DictReader(handle, strict=True))
    faults += [f"{threat['id']} has more fields than the head: quote what holds a comma" for threat in threats if None in threat]
    found = {}
    for name in names:
        for threat in THREAT.findall(name):
            found.setdefault("T-" + threat.replace("_", "-"), []).append(name)
    for stray in sorted(set(found) - {threat["id"] for threat in threats}):
        faults.append(f"{stray} is named by a test but not listed in tests/threats/threats.csv")
    lines = ["| id | attack or fault | what holds | guarded by |", "|---|---|---|---|"]
    for threat in threats:
        guards = list(found.get(threat["id"], []))
        for further in threat["further tests"].split():
            named = [name for name in names if name.endswith(further)]
            if not named:
                faults.append(f"{threat['id']}: there is no test {further}")
            guards += named
        if not guards:
            faults.append(f"{threat['id']} has no test")
        tests = ", ".join(f"`{word}`" for word in dict.fromkeys(words(guard) for guard in guards))
        limits = f" Limit: {threat['limits'].strip()}." if (threat["limits"] or "").strip() else ""
        lines.append(f"| {threat['id']} | {threat['attack or fault']} | {threat['what holds']}.{limits} | {tests} |")
    return "\n".join(lines)


def main():
    faults = []
    page = PAGE.read_text(encoding="utf-8")
    head, rest = page.split(BEGIN)
    made = f"{head}{BEGIN}\n{table(faults)}\n{END}{rest.split(END)[1]}"
    if "--check" in sys.argv:
        if made != page:
            faults.append("docs/security.md is stale: run tests/threats/table.py")
    else:
        PAGE.write_text(made, encoding="utf-8")
    for fault in faults:
        print(fault)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
