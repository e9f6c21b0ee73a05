"""Promises: the picture of a card in the README is what the product says today about its own example."""
import os
import pathlib
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


class CardPicture(unittest.TestCase):
    def test_the_picture_is_current(self):
        answer = subprocess.run([os.environ["COFACTOR_BINARY"], "evaluate", "--as-of", "2026-03-01",
                                 str(ROOT / "deploy/examples/order-sign-high-dose.json")], capture_output=True, check=True)
        drawn = subprocess.run([sys.executable, "-B", str(ROOT / "docs/draw_card.py")], input=answer.stdout, capture_output=True, check=True)
        self.assertTrue(drawn.stdout.decode() == (ROOT / "docs/card.svg").read_text(encoding="utf-8"),
                        "docs/card.svg is out of date: docs/draw_card.py says how to draw it again; look at it before you commit it")


if __name__ == "__main__":
    unittest.main()
