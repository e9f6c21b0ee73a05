#!/usr/bin/env python3
"""Promises: for each threshold, each swallowed rule and (with --code) each comparison and condition of the rules and of the
situation they read, one change at a time must make at least one vignette fail. Prints what survived and the kill rate.

    tests/mutation/mutate.py --build build/dev              knowledge only: no compiler, some minutes
    tests/mutation/mutate.py --build build/dev --code       also the C++, one file rebuilt for each mutant
    ... --only cards/rules/low_magnesium.cpp                 the mutants of one file
    ... --limit 50                                           an even spread of so many mutants

Survivors that are known not to matter stand in survivors.txt with a reason; any other one makes the exit code 1. A C++ file is
changed in place and put back, whatever happens; one that has uncommitted changes is refused."""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
KNOWLEDGE = ROOT / "cards" / "knowledge"
CODE = ["cards/rules/*.cpp", "cards/rules/absence.hpp", "cards/facts/situation.cpp", "cards/facts/magnesium_state.cpp",
        "cards/facts/depleters.cpp", "cards/facts/vitamin_d_*.cpp", "cards/engine/merge.cpp"]
# (pattern, replacement): comparisons at their boundary, conditions the other way round.
OPERATORS = [(r"(?<![<\-=])<(?![<=])(?= )", "<="), (r" <= ", " < "), (r"(?<![>\-=])>(?![>=])(?= )", ">="), (r" >= ", " > "),
             (r" == ", " != "), (r" != ", " == "), (r" && ", " || "), (r" \|\| ", " && "),
             (r"(?<!bool )\babove\(", "!below("), (r"(?<!bool )\bbelow\(", "!above("),
             (r"\bif \((?!const|auto)(?=[^;\n]*\)[^\n]*$)", "if (!bool("), (r"\breturn true;", "return false;"),
             (r"\breturn false;", "return true;")]


def swap(file, content):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="mutant-"))
    path = folder / file.relative_to(KNOWLEDGE)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return folder


def nudged(value):
    """Just across the boundary, both ways."""
    if float(value).is_integer() and value >= 10:
        return [value - 1, value + 1]
    step = 0.01 if value < 10 else 0.1
    return [round(value - step, 6), round(value + step, 6)]


def knowledge_mutants():
    policies = {path: json.loads(path.read_text()) for path in sorted((KNOWLEDGE / "policy").glob("*.json"))}
    used = {key for policy in policies.values() for key in policy["thresholds"]}
    file = KNOWLEDGE / "thresholds.json"
    text = file.read_text()
    for key, entry in json.loads(text).items():
        if key not in used:
            continue
        for value in nudged(entry["value"]):
            pattern = r'("%s": \{\s*"value": )[^,]+' % re.escape(key)
            yield f"thresholds.json {key} {entry['value']} -> {value}", file, re.sub(pattern, lambda m: m[1] + str(value), text)
    for path, policy in policies.items():
        for rule in policy["swallows"]:
            changed = dict(policy, swallows=[other for other in policy["swallows"] if other != rule])
            yield f"{path.name} swallows {rule} -> (not)", path, json.dumps(changed, ensure_ascii=False, indent=2)


def in_code(line):
    """The part of a line that is code: neither remark nor include nor a declaration of a template."""
    stripped = line.lstrip()
    if stripped.startswith(("//", "#", "template", "static_assert", "*")):
        return ""
    return re.sub(r'"(\\.|[^"\\])*"', lambda m: "~" * len(m[0]), line.split("//")[0])


def code_mutants(only):
    for pattern in CODE:
        for path in sorted(ROOT.glob(pattern)):
            name = str(path.relative_to(ROOT))
            if only and only != name:
                continue
            lines = path.read_text().split("\n")
            for number, line in enumerate(lines):
                code = in_code(line)
                for pattern_of, replacement in OPERATORS:
                    for match in re.finditer(pattern_of, code):
                        changed = line[:match.start()] + replacement + line[match.end():]
                        if replacement == "if (!bool(":
                            end = closing(changed, match.start() + len(replacement))
                            if end is None:
                                continue
                            changed = changed[:end] + ")" + changed[end:]
                        text = "\n".join(lines[:number] + [changed] + lines[number + 1:])
                        yield f"{name}:{number + 1} `{line.strip()}` -> `{changed.strip()}`", path, text


def closing(text, start):
    depth = 1
    for at in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if depth == 0:
            return at
    return None


def vignettes(runner, *options):
    result = subprocess.run([runner, "--stop", *options, ROOT / "tests" / "vignettes"], cwd=ROOT, capture_output=True, text=True,
                            errors="replace", timeout=600)
    return result.returncode


def try_knowledge(runner, file, content):
    folder = swap(file, content)
    try:
        code = vignettes(runner, "--knowledge", str(folder))
    finally:
        subprocess.run(["rm", "-rf", str(folder)], check=False)
    return {0: "survived", 2: "refused"}.get(code, "killed")


def try_code(build, runner, path, content):
    before = path.read_text()
    try:
        path.write_text(content)
        built = subprocess.run(["ninja", "-C", str(build), "vignette_runner"], capture_output=True, check=False)
        if built.returncode != 0:
            return "does not compile"
        try:
            return "survived" if vignettes(runner) == 0 else "killed"
        except subprocess.TimeoutExpired:
            return "killed"
    finally:
        path.write_text(before)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--build", required=True, type=pathlib.Path)
    arguments.add_argument("--code", action="store_true")
    arguments.add_argument("--only", default="")
    arguments.add_argument("--limit", type=int, default=0)
    options = arguments.parse_args()
    build = options.build.resolve()
    runner = build / "tests" / "vignettes" / "vignette_runner"
    if vignettes(runner) != 0:
        sys.exit("mutate.py: the vignettes fail before anything is changed")
    known = [line.split(" | ")[0] for line in (ROOT / "tests/mutation/survivors.txt").read_text().split("\n")
             if " | " in line and not line.startswith("#")]
    mutants = [] if options.only else list(knowledge_mutants())
    if options.code:
        changed = subprocess.run(["git", "status", "--porcelain", "--", "cards"], cwd=ROOT, capture_output=True, text=True).stdout
        if changed.strip():
            sys.exit("mutate.py: cards/ has uncommitted changes: commit them first, mutants are written in place")
        mutants += list(code_mutants(options.only))
    if options.limit and len(mutants) > options.limit:
        step = len(mutants) / options.limit
        mutants = [mutants[int(i * step)] for i in range(options.limit)]
    tally, survivors = {}, []
    for name, path, content in mutants:
        verdict = (try_knowledge(runner, path, content) if KNOWLEDGE in path.parents
                   else try_code(build, runner, path, content))
        if verdict == "survived" and any(name.startswith(start) for start in known):
            verdict = "survived, known"
        tally[verdict] = tally.get(verdict, 0) + 1
        if verdict.startswith("survived"):
            survivors.append(f"{verdict}: {name}")
            print(survivors[-1], flush=True)
    if options.code:
        subprocess.run(["ninja", "-C", str(build), "vignette_runner"], capture_output=True, check=False)
    judged = sum(count for verdict, count in tally.items() if verdict not in ("does not compile", "refused", "survived, known"))
    rate = 100 * tally.get("killed", 0) / judged if judged else 100
    print(f"{len(mutants)} mutants: " + ", ".join(f"{count} {verdict}" for verdict, count in sorted(tally.items())) +
          f"; kill rate {rate:.1f} %")
    return 1 if tally.get("survived") else 0


if __name__ == "__main__":
    sys.exit(main())
