"""Proves: a site's own drugs as a pharmacist meets them: the example of docs/your-own-drugs.md word for word, conflicts that
`knowledge check` tells, and an RxNorm release (a tiny one, written here) through `knowledge import-rxnorm`."""
import csv
import json
import pathlib
import re
import shutil
import sys
import tempfile
import unittest

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
from running_service import run  # noqa: E402

PAGE = (ROOT / "docs" / "your-own-drugs.md").read_text(encoding="utf-8")
SCHEMA = json.loads((ROOT / "cards" / "knowledge" / "schema" / "formulary.schema.json").read_text(encoding="utf-8"))
TITLES = "system,code,display,ingredient,strength_per_unit,unit,form\n"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"


def example(name):
    """The block of the page that follows the comment of that name."""
    found = re.search(rf"<!-- example: {re.escape(name)} -->\n```\w*\n(.*?)```", PAGE, re.S)
    assert found, name
    return found.group(1)


def order(system, code, text="1 capsule daily"):
    return {"resourceType": "MedicationRequest", "id": "d", "status": "draft", "intent": "order", "subject": {"reference": "Patient/p"},
            "medicationCodeableConcept": {"coding": [{"system": system, "code": code}]}, "dosageInstruction": [{"text": text}]}


class Site(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="cofactor-test-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.knowledge = self.folder / "knowledge.d"
        self.knowledge.mkdir()

    def put(self, path, text):
        target = self.knowledge / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        return target

    def check(self):
        return run("knowledge", "check", str(self.knowledge))

    def explain(self, resource):
        path = self.folder / "order.json"
        path.write_text(json.dumps(resource), encoding="utf-8")
        done = run("explain", "--knowledge", str(self.knowledge), str(path))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return json.loads(done.stdout)


class Page(Site):
    def test_TheExampleOfThePageWorksWordForWord(self):
        self.put("formulary/pharmacy.csv", example("formulary/pharmacy.csv"))
        (self.folder / "order.json").write_text(example("order.json"), encoding="utf-8")
        in_folder = lambda word: str(self.folder / word) if word in ("knowledge.d", "order.json") else word  # noqa: E731
        outputs = {}
        for name in ("check", "explain"):
            words = example(name).split()
            self.assertEqual(words[0], "cofactor")
            outputs[name] = run(*map(in_folder, words[1:]))
            self.assertEqual((outputs[name].returncode, outputs[name].stderr), (0, ""), name)
        self.assertRegex(outputs["check"].stdout, r"\Athe knowledge is fine: sha256:[0-9a-f]{64}\n\Z")
        answer = json.loads(outputs["explain"].stdout)
        self.assertEqual(answer["ingredients"], [{"name": "ergocalciferol", "class": "vitamin-d-nutritional", "basis": "formulary"}])
        self.assertEqual(answer["vitaminD"]["iuPerDose"], 50000)
        self.assertEqual(answer["vitaminD"]["iuPerDay"], 7142.857142857143)
        self.assertIn("formulary", answer["vitaminD"]["basis"])

        self.put("formulary/pharmacy.csv", example("formulary/pharmacy.csv").replace("ergocalciferol", "ergocalcifrol"))
        broken = self.check()
        self.assertEqual(broken.returncode, 1)
        self.assertIn(example("fault"), broken.stdout)

    def test_TheOtherRowsOfThePage(self):
        self.put("formulary/pharmacy.csv", example("formulary/pharmacy.csv"))
        both = self.explain(order("urn:oid:1.2.840.114350.1.13.999.2.7.2.698288", "9120", "1 tablet weekly"))
        self.assertEqual([i["name"] for i in both["ingredients"]], ["alendronate", "cholecalciferol"])
        self.assertEqual(both["vitaminD"]["iuPerDay"], 800)
        drops = self.explain(order("urn:oid:2.16.840.1.113883.6.253", "100899", "2 drops daily"))
        self.assertEqual(drops["vitaminD"]["iuPerDay"], 800)
        for ndc in ("0378-0460-01", "00378-0460-01", "00378046001"):
            for system in ("http://hl7.org/fhir/sid/ndc", "urn:oid:2.16.840.1.113883.6.69"):
                read = self.explain(order(system, ndc))
                self.assertEqual((read["ingredients"][0]["basis"], read["vitaminD"]["iuPerDay"]), ("formulary", 5000), (system, ndc))

    def test_RowsFitTheSchema(self):
        validator = jsonschema.Draft202012Validator(SCHEMA)
        rows = list(csv.DictReader(example("formulary/pharmacy.csv").splitlines()))
        self.assertEqual([e.message for row in rows for e in validator.iter_errors(row)], [])
        self.assertEqual(list(rows[0]), SCHEMA["required"])
        for column, value in (("system", ""), ("code", ""), ("ingredient", ""), ("strength_per_unit", "much")):
            self.assertFalse(validator.is_valid({**rows[0], column: value}), column)
            with open(self.put("formulary/x.csv", ""), "w", encoding="utf-8", newline="") as out:
                writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
                writer.writeheader()
                writer.writerow({**rows[0], column: value})
            self.assertIn(f"formulary/x.csv line 2, column {column}: ", self.check().stdout)


class Ranks(Site):
    def test_AConflictIsToldAndTheSiteOutranksImportedAndShipped(self):
        self.put("imported/rxnorm.csv", TITLES + "rxnorm,1367410,Ergo,ergocalciferol,25000,UNT,Oral Capsule\n")
        imported = self.explain(order(RXNORM, "1367410"))
        self.assertEqual((imported["ingredients"][0]["basis"], imported["vitaminD"]["iuPerDose"]), ("rxnorm-product", 25000))
        self.put("formulary/ours.csv", TITLES + "rxnorm,1367410,Ergo,ergocalciferol,10000,IU,capsule\n")
        ours = self.explain(order(RXNORM, "1367410"))
        self.assertEqual((ours["ingredients"][0]["basis"], ours["vitaminD"]["iuPerDose"]), ("formulary", 10000))
        self.assertIn("sources-disagree", [issue["code"] for issue in ours["issues"]])
        done = self.check()
        self.assertEqual(done.returncode, 0)
        notes = [line for line in done.stdout.splitlines() if line.startswith("note: ")]
        self.assertEqual([note.split(":")[1].strip() for note in notes], ["imported/rxnorm.csv line 2", "formulary/ours.csv line 2"])
        for figure in ("25000 IU", "50000 IU"):
            self.assertIn(figure, notes[0])
        for figure in ("10000 IU", "25000 IU"):
            self.assertIn(figure, notes[1])

    def test_CodesThatAreNeverUsedNeverMatch(self):
        self.put("imported/rxnorm.csv", TITLES + "rxnorm,197361,D3,cholecalciferol,1000,UNT,Oral Capsule\n")
        self.assertFalse(self.explain(order(RXNORM, "197361"))["recognised"])
        self.assertIn("never used", self.check().stdout)
        self.put("formulary/ours.csv", TITLES + "rxnorm,197361,D3,cholecalciferol,1000,IU,capsule\n")
        self.assertEqual(self.check().returncode, 1)


def conso(cui, tty, name, suppress="N"):
    return f"{cui}|ENG||||||{cui}0|||{cui}|RXNORM|{tty}|{cui}|{name}||{suppress}|4096|"


def rel(second, relation, first):
    return f"{first}||CUI|RO|{second}||CUI|{relation}|1||RXNORM|RXNORM||||4096|"


def sat(cui, name, value, source="RXNORM"):
    return f"{cui}||||||||{name}|{source}|{value}|N|4096|".replace("||||||||", "|||9|AUI|9|||")


class Import(Site):
    def release(self, folder):
        folder.mkdir(parents=True)
        files = {"RXNCONSO.RRF": [conso(2418, "IN", "cholecalciferol"), conso(7001, "DF", "Oral Capsule"), conso(7002, "SCDC", "cholecalciferol 0.125 MG"),
                                  conso(7003, "SCD", "cholecalciferol 0.125 MG Oral Capsule"), conso(7004, "SBD", "cholecalciferol 0.125 MG Oral Capsule [Sol]"),
                                  conso(7005, "SCD", "old D3", "O"), conso(7006, "SCD", "wrong D3", "Y")],
                 "RXNREL.RRF": [rel(7002, "has_ingredient", 2418), rel(7003, "consists_of", 7002), rel(7003, "has_dose_form", 7001),
                                rel(7004, "tradename_of", 7003), rel(7005, "consists_of", 7002), rel(7006, "consists_of", 7002)],
                 "RXNSAT.RRF": [sat(7002, "RXN_STRENGTH", "0.125 MG"), sat(7003, "NDC", "12345067890")],
                 "RXNSAB.RRF": ["1|2|RXNORM_25AA_250804F|RXNORM|RxNorm|"]}
        for name, rows in files.items():
            (folder / name).write_text("".join(row + "\n" for row in rows), encoding="utf-8")

    def test_AReleaseBecomesATableThatIsInForce(self):
        self.release(self.folder / "RxNorm_full" / "rrf")
        out = self.knowledge / "imported" / "rxnorm.csv"
        done = run("knowledge", "import-rxnorm", str(self.folder / "RxNorm_full"), "--out", str(out))
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        self.assertIn("RxNorm RXNORM_25AA_250804F: 5 codes and 1 NDCs in the table, 1 of them obsolete", done.stderr)
        self.assertIn("left out: 1 suppressed", done.stderr)
        text = out.read_text(encoding="utf-8")
        self.assertIn("rxnorm,7003,cholecalciferol 0.125 MG Oral Capsule,cholecalciferol,0.125,MG,Oral Capsule,RxNorm,RXNORM_25AA_250804F,,product\n", text)
        self.assertNotIn("7006", text)
        again = run("knowledge", "import-rxnorm", str(self.folder / "RxNorm_full" / "rrf"))
        self.assertEqual((again.returncode, again.stdout), (0, text))

        self.assertEqual((self.check().returncode, self.check().stdout.count("note: ")), (0, 0))
        for system, code in ((RXNORM, "7003"), (RXNORM, "7004"), (RXNORM, "7005"), ("http://hl7.org/fhir/sid/ndc", "12345-678-90")):
            read = self.explain(order(system, code))
            self.assertEqual(read["vitaminD"]["iuPerDay"], 5000, code)
            self.assertEqual(read["ingredients"][0]["basis"], "ndc" if "ndc" in system else "rxnorm-product")

    def test_WhatIsNoReleaseIsSaid(self):
        self.assertEqual(run("knowledge", "import-rxnorm", str(self.folder)).returncode, 3)
        folder = self.folder / "rrf"
        self.release(folder)
        with (folder / "RXNREL.RRF").open("a", encoding="utf-8") as file:
            file.write("2418||CUI|RO|70")
        done = run("knowledge", "import-rxnorm", str(folder), "--out", str(self.folder / "out.csv"))
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertRegex(done.stderr, r"\Acofactor: `[^`]*RXNREL.RRF` line 7 is no row of an RxNorm release: [^\n]*\n\Z")
        self.assertFalse((self.folder / "out.csv").exists())


if __name__ == "__main__":
    unittest.main(verbosity=1)
