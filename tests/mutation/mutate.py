#!/usr/bin/env python3
"""Promises: changes one number, table or comparison at a time (mutants.py) and runs every vignette against it: at least one must
fail. Prints what survived and the kill rate of each kind. Nothing in the source tree is written.

    tests/mutation/mutate.py --build build/dev                      knowledge: no compiler, about a minute
    tests/mutation/mutate.py --build build/dev --code               the C++ as well: a file is compiled once with all its mutants
    ... --code --only cards/rules/low_magnesium.cpp                 the mutants of one file
    ... --code --sample 60                                          so many, evenly spread over all

The build folder's vignette_runner and libraries must be up to date. A mutant that does not build says nothing and is not counted
among the mutants. Survivors that no vignette can kill stand in survivors.txt
with the reason; those that a case is still wanted for begin with `open` and count as survived. Any other one makes the exit
code 1."""
import argparse
import collections
import itertools
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import mutants  # noqa: E402

ROOT = mutants.ROOT
VIGNETTES = ROOT / "tests" / "vignettes"


class Bench:
    """Compiles a changed file beside the tree, links a runner with it and runs the vignettes, likely ones first."""

    def __init__(self, build, scratch):
        self.build, self.scratch = build, scratch
        self.runner = build / "tests" / "vignettes" / "vignette_runner"
        commands = json.loads((build / "compile_commands.json").read_text())
        self.commands = {entry["file"]: shlex.split(entry["command"]) for entry in commands}
        self.recent = collections.deque(maxlen=30)
        self.linker = next(([f"-fuse-ld={name}"] for name in ("mold", "lld", "gold") if shutil.which("ld." + name) or shutil.which(name)), [])

    def vignettes(self, runner, *options, first=None, mutant=0):
        places = ([first] if first and first.is_dir() else []) + list(self.recent) + [VIGNETTES]
        try:
            result = subprocess.run([runner, "--stop", *options, *places], cwd=ROOT, capture_output=True, text=True,
                                    errors="replace", timeout=120, env=dict(os.environ, COFACTOR_MUTANT=str(mutant)))
        except subprocess.TimeoutExpired:
            return "killed"
        if result.returncode == 1:
            name = next((line for line in result.stdout.split("\n") if line.endswith(".json")), None)
            if name and pathlib.Path(name) not in self.recent:
                self.recent.appendleft(pathlib.Path(name))
        return {0: "survived", 2: "refused"}.get(result.returncode, "killed")

    def verdicts(self, todo):
        for path, group in itertools.groupby(todo, key=lambda mutant: mutant.path):
            if mutants.KNOWLEDGE in path.parents:
                for mutant in group:
                    yield mutant, self.with_knowledge(path, mutant.change)
            else:
                yield from self.with_code(path, list(group))

    def with_knowledge(self, file, content):
        folder = self.scratch / "knowledge"
        path = folder / file.relative_to(mutants.KNOWLEDGE)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        try:
            return self.vignettes(self.runner, "--knowledge", str(folder))
        finally:
            path.unlink()

    def compile(self, source, like, output, *options):
        """`source` with the flags of `like`, unoptimised; headers of the scratch folder come first."""
        def run(what, to, *more):
            flags = [part for part in self.commands[str(like)] if part != "-D_FORTIFY_SOURCE=2"]
            # An empty optional read, or one past the end: what is undefined must be seen, not survive by luck.
            flags = flags[:flags.index("-o")] + ["-O0", "-g0", "-w", "-D_GLIBCXX_ASSERTIONS", *more, "-o", str(to), "-c", str(what)]
            at = next(i for i, part in enumerate(flags) if part.startswith("-I"))
            flags.insert(at, "-I" + str(self.scratch))
            return subprocess.run(flags, cwd=self.build, capture_output=True).returncode == 0

        common = self.scratch / "common.hpp"
        if not common.exists():  # what every rule and every fact includes is parsed once
            common.write_text('#include <algorithm>\n#include <cmath>\n#include "cards/rules/rule.hpp"\n')
            run(common, str(common) + ".gch", "-x", "c++-header")
        return run(source, output, *options, *(() if options else ("-include", str(common))))

    def link(self, output, *objects):
        parts = self.build / "tests/vignettes/CMakeFiles/vignette_runner.dir"
        return subprocess.run(["c++", *self.linker, "-o", str(output), *map(str, objects), *map(str, parts.glob("*.o")),
                               str(self.build / "cards/libcofactor_cards.a"), str(self.build / "fhir/libcofactor_fhir.a")],
                              capture_output=True).returncode == 0

    def rules_unoptimised(self):
        """For mutated headers: every rule calls their functions instead of holding copies; the first definition linked counts."""
        if not hasattr(self, "rules"):
            self.rules = []
            for file in sorted((ROOT / "cards" / "rules").glob("*.cpp")):
                self.rules.append(self.scratch / (file.stem + ".o"))
                self.compile(file, file, self.rules[-1])
        return self.rules

    def with_code(self, path, mutants_of_file):
        """(mutant, verdict) of each. One runner holds them all; where that does not build, halves are tried."""
        source = mutants.all_in_one(path.read_text(), [mutant.change for mutant in mutants_of_file])
        runner = source and self.runner_of(path, source)
        if runner:
            first = VIGNETTES / path.stem.replace("_", "-")
            if (unchanged := self.vignettes(runner, first=first)) != "survived":
                sys.exit(f"mutate.py: {path.relative_to(ROOT)} with no mutant in force: {unchanged}")
            for number, mutant in enumerate(mutants_of_file, 1):
                yield mutant, self.vignettes(runner, first=first, mutant=number)
        elif len(mutants_of_file) == 1:
            yield mutants_of_file[0], "does not build"
        else:
            middle = len(mutants_of_file) // 2
            yield from self.with_code(path, mutants_of_file[:middle])
            yield from self.with_code(path, mutants_of_file[middle:])

    def runner_of(self, path, text):
        header = path.suffix == ".hpp"
        rules = self.rules_unoptimised() if header else []
        source = self.scratch / path.relative_to(ROOT)
        source.parent.mkdir(parents=True, exist_ok=True)
        number = '#include <cstdlib>\nint cofactor_mutant = std::atoi(std::getenv("COFACTOR_MUTANT"));\n'
        source.write_text("extern int cofactor_mutant;\n" + text + ("" if header else number))
        mutant, runner = self.scratch / "mutant.o", self.scratch / "runner"
        try:
            like, options = path, ()
            if header:
                like, options = ROOT / "cards/rules/low_magnesium.cpp", ("-fkeep-inline-functions",)
                source_of = self.scratch / "header.cpp"
                source_of.write_text(f'#include "{path.relative_to(ROOT)}"\n' + number)
            else:
                source_of = source
            built = self.compile(source_of, like, mutant, *options) and self.link(runner, mutant, *rules)
            return runner if built else None
        finally:
            source.unlink()


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--build", required=True, type=pathlib.Path)
    arguments.add_argument("--code", action="store_true", help="the C++ as well")
    arguments.add_argument("--code-only", action="store_true", help="nothing else")
    arguments.add_argument("--only", default="", help="only mutants whose file name holds this")
    arguments.add_argument("--sample", type=int, default=0, help="so many of the C++ mutants")
    arguments.add_argument("--at-least", type=float, default=0, help="judge by the kill rate in per cent, not by each survivor")
    arguments.add_argument("--part", default="1/1", help="2/3: the second third, to share the work")
    arguments.add_argument("--list", action="store_true", help="only count them")
    options = arguments.parse_args()
    known = dict(line.rsplit(" | ", 1) for line in (ROOT / "tests/mutation/survivors.txt").read_text().split("\n")
                 if " | " in line and not line.startswith("#"))
    todo = [] if options.code_only else [m for m in mutants.knowledge() if options.only in m.name]
    if options.code or options.code_only:
        of_code = list(mutants.code(options.only))
        if options.sample and len(of_code) > options.sample:
            of_code = [of_code[int(i * len(of_code) / options.sample)] for i in range(options.sample)]
        todo += of_code
    part, parts = map(int, options.part.split("/"))
    todo = todo[part - 1::parts]
    if options.list:
        print(collections.Counter(mutant.kind for mutant in todo), len(todo))
        return 0
    tally = collections.defaultdict(collections.Counter)
    with tempfile.TemporaryDirectory(prefix="mutants-") as scratch:
        bench = Bench(options.build.resolve(), pathlib.Path(scratch))
        if bench.vignettes(bench.runner) != "survived":
            sys.exit("mutate.py: the vignettes fail before anything is changed")
        for mutant, verdict in bench.verdicts(todo):
            reason = next((why for start, why in known.items() if same(mutant.name, start)), "") if verdict == "survived" else ""
            if reason:
                verdict = "open" if reason.startswith("open") else "no effect"
            tally[mutant.kind][verdict] += 1
            if verdict == "survived" or os.environ.get("MUTATE_VERBOSE"):
                print(f"{verdict}: {mutant.name}", flush=True)
    bad, total, dead = 0, 0, 0
    print(f"{'kind':20}{'mutants':>8}{'not built':>11}{'killed':>8}{'refused':>9}{'no effect':>11}{'survived':>10}{'kill rate':>11}")
    for kind, verdicts in tally.items():
        killed, survived = verdicts["killed"] + verdicts["refused"], verdicts["survived"] + verdicts["open"]
        bad, total, dead = bad + verdicts["survived"], total + killed + survived, dead + killed
        rate = 100 * killed / (killed + survived) if killed + survived else 100
        print(f"{kind:20}{sum(verdicts.values()) - verdicts['does not build']:8}{verdicts['does not build']:11}"
              f"{verdicts['killed']:8}{verdicts['refused']:9}"
              f"{verdicts['no effect']:11}{survived:10}{rate:10.1f}%")
    if options.at_least:
        return 0 if 100 * dead >= options.at_least * total else 1
    return 1 if bad else 0


def same(name, start):
    """Line numbers move: a survivor is known by its file and its change."""
    strip = lambda text: text.split(":", 1)[0] + " " + text.split(" ", 1)[1] if ":" in text.split(" ", 1)[0] else text
    return strip(name) == strip(start)


if __name__ == "__main__":
    sys.exit(main())
