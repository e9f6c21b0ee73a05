"""Proves (T-TOK-2): nothing of the program binds late. A late binding saves the vector registers on the stack, and after a copy
they hold what was copied, a token perhaps; AddressSanitizer's build showed it in `TokenMemory`."""
import os
import pathlib
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


class EarlyBinding(unittest.TestCase):
    def test_T_TOK_2_TheProgramBindsBeforeItBegins(self):
        said = subprocess.run(["readelf", "--dynamic", os.environ["COFACTOR_BINARY"]], capture_output=True, text=True, check=True).stdout
        self.assertRegex(said, r"\(FLAGS_1\).*\bNOW\b")

    def test_T_TOK_2_TheUnitMakesLibrariesDoTheSame(self):
        unit = (ROOT / "deploy/systemd/cofactor.service").read_text(encoding="utf-8").splitlines()
        self.assertIn("Environment=LD_BIND_NOW=1", unit)


if __name__ == "__main__":
    unittest.main()
