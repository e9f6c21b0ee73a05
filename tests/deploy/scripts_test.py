"""Promises: the commands for everyone are sound shell, explain themselves, and refuse wrong usage with exit 2 and one
clear sentence, before they install or build anything."""
import pathlib
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPTS = ("deploy/deps.sh", "deploy/quickstart.sh", "deploy/try_deb.sh", "tests/run.sh", ".ci/run")


def run(*command):
    return subprocess.run([str(ROOT / command[0]), *command[1:]], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)


class Scripts(unittest.TestCase):
    def test_sound_shell_and_executable(self):
        for script in SCRIPTS:
            with self.subTest(script):
                self.assertEqual(0, subprocess.run(["bash", "-n", str(ROOT / script)]).returncode)
                self.assertTrue((ROOT / script).stat().st_mode & 0o100)

    def test_wrong_usage(self):
        for command in (("deploy/deps.sh", "--frobnicate"), ("deploy/quickstart.sh", "--frobnicate"), ("deploy/quickstart.sh", "--port", "x"),
                        ("deploy/quickstart.sh", "--port", "70000"), ("tests/run.sh", "--frobnicate"), ("tests/run.sh", "--sanitize", "msan"),
                        ("tests/run.sh", "--only"), ("deploy/try_deb.sh", "--frobnicate")):
            with self.subTest(" ".join(command)):
                done = run(*command)
                self.assertEqual(2, done.returncode, done.stderr)
                self.assertTrue(done.stderr.strip())

    def test_help(self):
        for script in ("deploy/quickstart.sh", "tests/run.sh"):
            done = run(script, "--help")
            self.assertEqual(0, done.returncode)
            self.assertIn(script, done.stdout)

    def test_the_package_list_names_what_the_build_needs(self):
        done = run("deploy/deps.sh", "--list", "build", "test")
        self.assertEqual(0, done.returncode)
        for package in ("g++", "cmake", "libboost1.74-dev", "rapidjson-dev", "libsqlite3-dev", "libgtest-dev"):
            self.assertIn(package, done.stdout.splitlines())

    def test_continuous_integration_runs_the_same_tests(self):
        lines = [line for line in (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines() if line and not line.startswith(("#", "set "))]
        self.assertEqual(1, len(lines))
        self.assertIn("tests/run.sh", lines[0])


if __name__ == "__main__":
    unittest.main()
