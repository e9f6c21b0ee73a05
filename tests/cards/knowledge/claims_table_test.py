"""Proves: claims_table.py notices what it is for: each fault is planted in a copy, one at a time."""
import csv
import pathlib
import shutil
import tempfile
import unittest

import claims_table


class Planted(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="cofactor-test-"))
        self.addCleanup(shutil.rmtree, self.root)
        for part in ("cards/knowledge", "cards/rules", "tests/vignettes"):
            shutil.copytree(claims_table.ROOT / part, self.root / part)
        (self.root / "docs").mkdir()
        for page in ("clinical-content.md", "claims.csv"):
            shutil.copy(claims_table.ROOT / "docs" / page, self.root / "docs")
        self.file = self.root / "docs" / "claims.csv"

    def plant(self, name, **cells):
        columns, rows = claims_table.read_rows(self.root)
        rows = [{**row, **cells} if row["id"] == name else row for row in rows]
        self.store(columns, rows)

    def store(self, columns, rows):
        with open(self.file, "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)

    def finds(self, fragment):
        found = claims_table.faults(self.root)
        self.assertEqual(len(found), 1, found)
        self.assertIn(fragment, found[0])

    def test_TheShippedTableHasNoFault(self):
        self.assertEqual(claims_table.faults(self.root), [])

    def test_ARowThatIsMissing(self):
        columns, rows = claims_table.read_rows(self.root)
        self.store(columns, [row for row in rows if row["id"] != "S39"])
        self.assertIn("claims.csv: S39 has 0 rows, not one", claims_table.faults(self.root))

    def test_NeitherImplementedNorRejected(self):
        self.plant("S39", decision="")
        self.finds("S39 is neither implemented nor rejected")

    def test_RejectedWithoutAReason(self):
        self.plant("S39", remark="")
        self.finds("S39 is rejected without a reason")

    def test_ARejectedRowThatNamesARule(self):
        self.plant("S39", met_by="rule:high-dose-ppi")
        self.finds("S39 is rejected and yet names what implements it")

    def test_ImplementedByNothing(self):
        self.plant("S3", met_by="")
        self.finds("S3 names nothing that implements it")

    def test_ARuleThatDoesNotExist(self):
        self.plant("S3", met_by="rule:bolus-doses")
        self.finds("S3 names rule `bolus-doses`, which does not exist")

    def test_ALineThatWasRemoved(self):
        self.plant("S61", met_by="line:context-calcium-gone")
        self.finds("S61 names line `context-calcium-gone`, which does not exist")

    def test_NoVignette(self):
        self.plant("S3", vignettes="")
        self.finds("S3 names no vignette")

    def test_AVignetteThatWasRemoved(self):
        (self.root / "tests/vignettes/bolus-dose/300000-once-is-a-warning.json").unlink()
        self.finds("S3 names the vignette bolus-dose/300000-once-is-a-warning, which does not exist")

    def test_ADocumentThatDrifts(self):
        self.plant("S39", remark="Another reason.")
        self.finds("docs/clinical-content.md")

    def test_WhatAVignetteDoesNotShow(self):
        knowledge = claims_table.Knowledge(self.root)
        fired = "  high-dose-ppi: fired (why)\nOptions: order serum magnesium."
        self.assertTrue(claims_table.shows("rule", "high-dose-ppi", knowledge, fired, ""))
        self.assertFalse(claims_table.shows("rule", "bolus-dose", knowledge, fired, ""))
        self.assertFalse(claims_table.shows("silenced", "high-dose-ppi", knowledge, fired, ""))
        self.assertFalse(claims_table.shows("line", "cofactor", knowledge, fired, ""))
        self.assertFalse(claims_table.shows("offer", "calcium", knowledge, "suggests [serum-magnesium]", ""))
        self.assertFalse(claims_table.shows("group", "pregnancy", knowledge, fired, '"group": "dialysis"'))


if __name__ == "__main__":
    unittest.main()
