"""Promises: show_cards.py says what a response says, in plain words, and its exit code tells whether the expected card came."""
import json
import pathlib
import subprocess
import sys
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "deploy/show_cards.py"
CARD = {
    "uuid": "3e0c1e6a-5a63-4b52-8b65-9f8a3a5b2a01", "indicator": "warning",
    "summary": "Vitamin D 7,143 IU/day with omeprazole; no magnesium result since 2025-01-27",
    "detail": "**Finding** with `code`.\n\n| Value | Date |\n|---|---|\n| 2.0 mg/dL | 2025-01-27 |\n\n- weekly \\*50,000\\* IU",
    "source": {"label": "Cofactor"}, "selectionBehavior": "any",
    "suggestions": [{"label": "Order serum magnesium", "uuid": "x", "actions": []}],
    "overrideReasons": [{"code": "will-monitor", "display": "Will monitor"}],
    "extension": {"org.cofactor": {"rule": "high-dose-ppi", "evidence": "regulator-warning"}},
}


def run(response, *arguments):
    text = response if isinstance(response, str) else json.dumps(response)
    return subprocess.run([sys.executable, str(SCRIPT), *arguments], input=text, capture_output=True, text=True)


class ShowCards(unittest.TestCase):
    def test_a_card_is_shown_whole_and_without_marks(self):
        shown = run({"cards": [CARD]})
        self.assertEqual(0, shown.returncode)
        for words in ("WARNING: Vitamin D 7,143 IU/day with omeprazole", "Finding with code.", "Value      Date",
                      "2.0 mg/dL  2025-01-27", "weekly *50,000* IU", "[ ] Order serum magnesium", "Will monitor",
                      "From Cofactor, rule high-dose-ppi, basis: regulator-warning"):
            self.assertIn(words, shown.stdout)
        self.assertNotIn("**", shown.stdout)

    def test_the_expected_card(self):
        self.assertEqual(0, run({"cards": [CARD]}, "--expect", "high-dose-ppi").returncode)

    def test_another_card_than_expected(self):
        shown = run({"cards": [CARD]}, "--expect", "low-magnesium")
        self.assertEqual(1, shown.returncode)
        self.assertIn("low-magnesium", shown.stderr)

    def test_no_card(self):
        shown = run({"cards": []})
        self.assertEqual(0, shown.returncode)
        self.assertIn("No card", shown.stdout)
        self.assertEqual(1, run({"cards": []}, "--expect", "high-dose-ppi").returncode)

    def test_something_else(self):
        self.assertEqual(1, run({"resourceType": "OperationOutcome"}).returncode)
        self.assertEqual(3, run("<html>").returncode)


if __name__ == "__main__":
    unittest.main()
