"""Proves: the subcommands that need no running service: evaluate, explain, knowledge, --help, --version, and the exit codes."""
import json
import pathlib
import re
import shutil
import sys
import tempfile
import unittest
import uuid

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
import hook_requests as make  # noqa: E402
from running_service import RunningService, run  # noqa: E402
from site_knowledge import SiteKnowledge  # noqa: E402

EXAMPLES = ROOT / "deploy" / "examples"
SUBCOMMANDS = (["serve"], ["evaluate"], ["explain"], ["knowledge"], ["knowledge", "check"], ["knowledge", "show"], ["knowledge", "diff"],
               ["knowledge", "import-rxnorm"], ["report"])


class Folder(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="cofactor-test-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def file(self, name, *values):
        path = self.folder / name
        path.write_text("\n".join(v if isinstance(v, str) else json.dumps(v) for v in values) + "\n", encoding="utf-8")
        return str(path)

    def assert_one_sentence(self, done):
        self.assertRegex(done.stderr, r"\Acofactor: [^A-Z\n][^\n]*\n\Z")


class Help(Folder):
    def test_EverySubcommandHelpsWithAnExampleAndTellsTheVersion(self):
        for words in ([], *SUBCOMMANDS):
            shown = run(*words, "--help")
            self.assertEqual((shown.returncode, shown.stderr), (0, ""), words)
            self.assertIn("Example", shown.stdout)
            self.assertIn("cofactor ", shown.stdout)
            version = run(*words, "--version")
            self.assertEqual((version.returncode, version.stderr), (0, ""), words)
            self.assertRegex(version.stdout, r"\Acofactor \d+\.\d+\.\d+\nknowledge sha256:[0-9a-f]{64}\nbuild \S.*\n\Z")

    def test_WrongUsageIsOneSentenceAndExitCode2(self):
        for words in ([], ["dance"], ["evaluate"], ["evaluate", "--as-of"], ["serve"], ["knowledge"], ["report", "--format", "pdf"],
                      ["evaluate", "--no-such", "x"], ["evaluate", "--as-of", "2026-02-30", "x"], ["explain", "--as-of", "soon", "x"],
                      ["evaluate", "--client", "nobody", str(EXAMPLES / "order-sign-small.json")]):
            done = run(*words)
            self.assertEqual((done.returncode, done.stdout), (2, ""), words)
            self.assert_one_sentence(done)

    def test_WhatCannotBeReadIsExitCode3(self):
        for words in (["evaluate", "/nowhere/x.json"], ["evaluate", "--ndjson", "/"], ["explain", "/nowhere"], ["knowledge", "check", "/nowhere"],
                      ["serve", "--config", "/nowhere/cofactor.json"], ["evaluate", "--config", "/nowhere", str(EXAMPLES / "order-sign-small.json")]):
            done = run(*words)
            self.assertEqual((done.returncode, done.stdout), (3, ""), words)
            self.assert_one_sentence(done)


class Evaluate(Folder):
    def test_TheExamplesFireTheirCard(self):
        for name in ("order-sign-high-dose.json", "order-sign-small.json"):
            done = run("evaluate", "--as-of", "2026-03-01", str(EXAMPLES / name))
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertEqual(make.rules_of(json.loads(done.stdout)["cards"]), ["high-dose-ppi"], name)
        size = (EXAMPLES / "order-sign-high-dose.json").stat().st_size
        self.assertTrue(19_000 < size < 23_000, "the size that an EHR sends")

    def test_IsReproducible(self):
        file = str(EXAMPLES / "order-sign-high-dose.json")
        first, second = run("evaluate", "--as-of", "2026-03-01", file), run("evaluate", "--as-of", "2026-03-01", file)
        self.assertEqual(first.stdout, second.stdout)
        card = json.loads(first.stdout)["cards"][0]
        instance = uuid.UUID(json.loads(pathlib.Path(file).read_text())["hookInstance"])
        self.assertEqual(card["uuid"], str(uuid.uuid5(instance, "0")))
        self.assertEqual(card["suggestions"][0]["uuid"], str(uuid.uuid5(instance, "1")))
        self.assertNotIn("decision", card["extension"]["org.cofactor"])

    def test_AnswersLineByLineInOrderAndGoesOnAfterABadLine(self):
        lines = [make.request(), "{broken", make.request(make.lisinopril()), make.request(hook="patient-view"), make.request(hook="order-select"), "", "[]"]
        for source, stdin in ((self.file("in.ndjson", *lines), None), ("-", "\r\n".join(v if isinstance(v, str) else json.dumps(v) for v in lines))):
            done = run("evaluate", "--ndjson", source, stdin=stdin)
            self.assertEqual((done.returncode, done.stderr), (1, ""))
            answers = [json.loads(line) for line in done.stdout.splitlines()]
            self.assertEqual(["error" if "error" in a else make.rules_of(a["cards"]) for a in answers],
                             [["high-dose-ppi"], "error", [], "error", ["high-dose-ppi"], "error"])
            for answer in answers:
                if "error" in answer:
                    self.assertTrue(answer["error"]["code"] and answer["error"]["text"])

    def test_SeveralFilesAndStandardInput(self):
        done = run("evaluate", self.file("a.json", make.request()), "-", stdin=json.dumps(make.request(make.lisinopril()), indent=2))
        self.assertEqual(done.returncode, 0)
        self.assertEqual([len(json.loads(line)["cards"]) for line in done.stdout.splitlines()], [1, 0])

    def test_TheTraceHoldsFactsAndEveryRuleOnce(self):
        for body, outcome in ((make.request(), "fired"), (make.request(make.lisinopril()), "not-applicable")):
            trace = json.loads(run("evaluate", "--trace", "--as-of", make.day(0), self.file("a.json", body)).stdout)["trace"]
            self.assertEqual(trace["asOf"], make.day(0))
            self.assertRegex(trace["knowledgeRevision"], r"^sha256:[0-9a-f]{64}$")
            rules = [entry["rule"] for entry in trace["rules"]]
            self.assertEqual(sorted(rules), sorted(p.stem for p in (ROOT / "cards" / "knowledge" / "policy").glob("*.json")))
            outcomes = {entry["rule"]: entry["outcome"] for entry in trace["rules"]}
            self.assertEqual(outcomes["high-dose-ppi"], outcome)
            self.assertTrue(all(entry["why"] for entry in trace["rules"]))
        facts = json.loads(run("evaluate", "--trace", self.file("a.json", make.request())).stdout)["trace"]["facts"]
        self.assertAlmostEqual(facts["vitaminD"]["iuPerDay"], 50000 / 7)
        self.assertEqual(facts["depletingClasses"], ["ppi"])
        self.assertEqual(facts["magnesium"]["state"], "none")

    def test_TheDayDecides(self):
        body = make.request(prefetch=make.prefetch(magnesium=make.bundle(make.magnesium(days_ago=100))))
        file = self.file("a.json", body)
        self.assertEqual(make.rules_of(json.loads(run("evaluate", file).stdout)["cards"]), ["high-dose-ppi"])
        past = run("evaluate", "--as-of", make.day(20), file)
        self.assertEqual(make.rules_of(json.loads(past.stdout)["cards"]), ["high-dose-depleter-monitoring"])

    def test_AClientsPolicyHolds(self):
        config = {"listen": "127.0.0.1:0", "publicBaseUrl": "https://cds.example", "operations": {"listen": "127.0.0.1:0"},
                  "clients": [{"name": "lenient", "authentication": "none"}, {"name": "strict", "authentication": "none", "onMissingData": "412"}],
                  "audit": {"store": f"sqlite:{self.folder}/audit.db"}}
        words = ["evaluate", "--config", self.file("c.json", config), self.file("a.json", make.request(prefetch=...))]
        lenient, strict = run(*words), run(*words, "--client", "strict")
        self.assertEqual(make.rules_of(json.loads(lenient.stdout)["cards"]), ["check-incomplete"])
        self.assertEqual(json.loads(lenient.stdout)["cards"][0]["source"]["url"], "https://cds.example")
        self.assertEqual(strict.returncode, 1)
        self.assertEqual(json.loads(strict.stdout)["error"]["code"], "data-missing")
        self.assertFalse((self.folder / "audit.db").exists(), "no audit")

    def test_GivesTheAnswerThatTheServiceGives(self):
        with RunningService() as service:
            for body in (make.request(), make.request(prefetch=...), make.request(make.lisinopril())):
                offline = json.loads(run("evaluate", self.file("a.json", body)).stdout)
                self.assertEqual(make.without_identity(offline["cards"]), make.without_identity(service.cards(body)))


class Explain(Folder):
    def lines(self, *words, stdin=None, code=0):
        done = run("explain", *words, stdin=stdin)
        self.assertEqual(done.returncode, code, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def test_TellsHowAnOrderIsRead(self):
        line, = self.lines(self.file("a.json", make.weekly_vitamin_d()))
        self.assertEqual(line["id"], "draft-1")
        self.assertTrue(line["recognised"])
        self.assertEqual(line["ingredients"], [{"name": "ergocalciferol", "class": "vitamin-d-nutritional", "basis": "rxnorm-product"}])
        self.assertAlmostEqual(line["vitaminD"]["iuPerDay"], 50000 / 7)
        self.assertEqual((line["vitaminD"]["iuPerDose"], line["vitaminD"]["schedule"]), (50000, "scheduled"))

    def test_ReadsBundlesNdjsonAndPrettyResources(self):
        orders = [make.weekly_vitamin_d(), make.omeprazole()]
        from_bundle = self.lines(self.file("b.json", make.bundle(*orders)))
        from_lines = self.lines("-", stdin="\n".join(map(json.dumps, orders)) + "\n")
        from_pretty = self.lines("-", stdin=json.dumps(make.bundle(*orders), indent=2))
        self.assertEqual(from_bundle, from_lines)
        self.assertEqual(from_bundle, from_pretty)
        self.assertEqual([line["id"] for line in from_bundle], ["draft-1", "mr-omeprazole"])

    def test_AMedicationInTheSameBundleIsFound(self):
        order = make.weekly_vitamin_d()
        order["medicationReference"] = {"reference": "Medication/m"}
        medication = {"resourceType": "Medication", "id": "m", "code": order.pop("medicationCodeableConcept")}
        line, = self.lines(self.file("b.json", make.bundle(order, medication)))
        self.assertEqual(line["ingredients"][0]["name"], "ergocalciferol")

    def test_WhatIsNoOrderIsAnErrorLineAndExitCode1(self):
        lines = self.lines("-", stdin=json.dumps({"resourceType": "Patient"}) + "\n" + json.dumps(make.omeprazole()) + "\n{broken\n", code=1)
        self.assertEqual(["error" in line for line in lines], [True, False, True])
        self.assertEqual(["error" in line for line in self.lines("-", stdin="", code=1)], [True])

    def test_AnUnknownDoseIsAReasonAndAnIssue(self):
        order = make.weekly_vitamin_d()
        order["dosageInstruction"] = [{"text": "as directed"}]
        line, = self.lines(self.file("a.json", order))
        self.assertRegex(line["vitaminD"]["unknown"], r"^[a-z][a-z-]+$")
        self.assertTrue(line["issues"])


class Knowledge(Folder):
    def test_ShowsEveryRuleInPlainWordsWithItsSources(self):
        everything = run("knowledge", "show")
        self.assertEqual((everything.returncode, everything.stderr), (0, ""))
        for policy in (ROOT / "cards" / "knowledge" / "policy").glob("*.json"):
            self.assertIn(policy.stem, everything.stdout)
            one = run("knowledge", "show", policy.stem)
            self.assertEqual(one.returncode, 0)
            self.assertIn(policy.stem, one.stdout)
        self.assertIn("4000", re.sub(r"(?<=\d),(?=\d{3})", "", everything.stdout))
        self.assertEqual(run("knowledge", "show", "no-such-rule").returncode, 1)

    def test_ChecksASitesFilesAndNamesEachProblem(self):
        site = SiteKnowledge(self.folder)
        site.change("policy/high-dose-ppi.json", lambda policy: policy.update(title="Another title"))
        fine = run("knowledge", "check", str(self.folder))
        self.assertEqual((fine.returncode, fine.stderr), (0, ""))
        site.change("policy/high-dose-ppi.json", lambda policy: policy.update(rank="first", title=""))
        site.put("value-sets/labs.csv", "loinc,name,group,note,source\n19123-8,Magnesium,magnesium-serum,,here\n")
        refused = run("knowledge", "check", str(self.folder))
        self.assertEqual(refused.returncode, 1)
        self.assertEqual(refused.stdout.splitlines(), [
            "policy/high-dose-ppi.json /rank: must be a number without quotes",
            "policy/high-dose-ppi.json /title: must not be empty",
            "value-sets/labs.csv line 2, column loinc: `19123-8` is no LOINC code: its check digit is wrong"])
        self.assert_one_sentence(refused)

    def test_ASiteAnswersForEachFileThatItChanges(self):
        site = SiteKnowledge(self.folder)
        site.change("thresholds.json", lambda numbers: numbers["mg_lookback_depleting"].update(value=120))
        (self.folder / "site.json").unlink()
        missing = run("knowledge", "check", str(self.folder))
        self.assertEqual(missing.returncode, 1)
        self.assertEqual(missing.stdout, "site.json: is missing: it says who changed a file, when and why, and is needed for `thresholds.json`\n")
        (self.folder / "site.json").write_text('{"overrides": []}', encoding="utf-8")
        self.assertIn("site.json /overrides: must not be empty: for each file of the site who changed it, when and why",
                      run("knowledge", "check", str(self.folder)).stdout)
        site.account()
        (self.folder / "names.xlsx").write_text("", encoding="utf-8")
        noted = run("knowledge", "check", str(self.folder))
        self.assertEqual(noted.returncode, 0)
        self.assertTrue(noted.stdout.startswith("note: `names.xlsx` is not read: only .json and .csv files are\nthe knowledge is fine: "))
        self.assertEqual(run("knowledge", "check", str(ROOT / "cards" / "knowledge")).returncode, 0, "the shipped set needs nobody")


class Diff(Folder):
    def test_RefusesWhatCannotBeCompared(self):
        SiteKnowledge(self.folder).put("thresholds.json", "{}")
        broken = run("knowledge", "diff", "shipped", str(self.folder))
        self.assertEqual(broken.returncode, 1)
        self.assertIn("thresholds.json /mg_low: the number is missing", broken.stdout)
        self.assert_one_sentence(broken)
        for words, code in ((["/nowhere", "shipped"], 3), (["shipped", "shipped", "--requests", "/nowhere"], 3), (["shipped"], 2),
                            (["shipped", "shipped", "--audit", "/nowhere"], 3), (["shipped", "shipped", "--from", "2026-01-01"], 2),
                            (["shipped", "shipped", "--as-of", "soon"], 2)):
            done = run("knowledge", "diff", *words)
            self.assertEqual((done.returncode, done.stdout), (code, ""), words)
            self.assert_one_sentence(done)

    def test_ReadsRequestsAsFilesAndAsLinesAndSaysWhatItCouldNotRead(self):
        self.assertEqual(run("knowledge", "diff", "shipped", "shipped").stdout.split(":")[0], "nothing differs")
        single = self.folder / "one.json"
        single.write_text(json.dumps(make.request(), indent=2), encoding="utf-8")
        several = self.file("many.ndjson", make.request(), make.request(make.lisinopril()), "", "{broken")
        done = run("knowledge", "diff", "--requests", str(single), "--requests", several, "shipped", "shipped")
        self.assertEqual(done.returncode, 1)
        self.assertIn("3 answers compared: 0 with other cards", done.stdout)
        self.assertEqual(done.stderr, "cofactor: 1 call(s) could not be read and were not compared\n")


if __name__ == "__main__":
    unittest.main(verbosity=1)
