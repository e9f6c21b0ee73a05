"""Proves: a file system that is full, or may only be read, is told by a 503, by readiness and by one clear sentence at the
start; nothing is acknowledged that is not in the store, and with space again all is normal. Runs in a mount namespace of
its own, on a file system of 3 MiB in memory; nothing of the machine is changed."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
from acknowledged import FaultCase, Ledger  # noqa: E402
from running_service import RunningService, run  # noqa: E402


class SmallFileSystem(FaultCase):
    def setUp(self):
        self.mount = pathlib.Path(tempfile.mkdtemp(prefix="cofactor-small-"))
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "none", str(self.mount)], check=True)
        self.addCleanup(shutil.rmtree, self.mount, ignore_errors=True)
        self.addCleanup(subprocess.run, ["umount", "-l", str(self.mount)], check=False)

    def service(self):
        service = RunningService()
        folder = self.mount / "state"
        folder.mkdir(exist_ok=True)
        service.changes = {"audit": {"store": f"sqlite:{folder}/audit.db"}}
        return service, folder

    def test_T_FAULT_AFullDiskIsToldTakesNothingAndAfterwardsAllIsNormal(self):
        service, folder = self.service()
        filler = self.mount / "filler"
        with service:
            ledger = Ledger(service)
            ledger.post(3)
            free = os.statvfs(self.mount)
            filler.write_bytes(b"x" * (free.f_bavail * free.f_bsize - 65536))
            for _ in range(600):
                ledger.post(1)
                if ledger.refused >= 20:
                    break
            self.assertGreaterEqual(ledger.refused, 20, "the disk was not full")
            self.assertEqual(service.operations("/health/ready").status, 503)
            self.assertEqual(service.operations("/health/live").status, 200)
            self.assertTrue(service.events("audit-write-failed"))
            filler.unlink()
            self.settle(service, ledger)
            ledger.post(20)
            self.assertEqual(service.stop(), 0)
            stored = ledger.stored(folder)
            self.assertEqual(ledger.acknowledged - set(stored), set(), "acknowledged and lost")
            self.assertEqual(ledger.other, [])

    def test_T_FAULT_AReadOnlyFileSystemStopsTheStartAndSaysWhy(self):
        service, folder = self.service()
        with service:
            Ledger(service).post(1)
            self.assertEqual(service.stop(), 0)
            subprocess.run(["mount", "-o", "remount,ro", str(self.mount)], check=True)
            done = run("serve", "--config", str(service.config_file))
            self.assertEqual(done.returncode, 3, done.stderr)
            last = done.stderr.strip().splitlines()[-1]
            self.assertRegex(last, r"^cofactor: .*Read-only file system")
            self.assertIn(str(folder), last)

    def test_T_FAULT_AReportOverAReadOnlyFileSystemSaysWhatToDoAndThatWorks(self):
        service, folder = self.service()
        with service:
            Ledger(service).post(3)
            self.assertEqual(service.stop(), 0)
            subprocess.run(["mount", "-o", "remount,ro", str(self.mount)], check=True)
            report = ["report", "--format", "json", "--from", "2020-01-01", "--to", "2099-12-31", "--config"]
            for command in (report, ["doctor", "--last-refusals", "5", "--config"]):
                done = run(*command, str(service.config_file))
                self.assertEqual(done.returncode, 3, done.stderr)
                self.assertIn("cannot be written (Read-only file system): copy `audit.db` and, where it is there, `audit.db-wal` to a folder", done.stderr)
                self.assertEqual(len(done.stderr.strip().splitlines()), 1)
            copy = service.folder / "copy"
            copy.mkdir()
            for file in folder.glob("audit.db*"):
                shutil.copy(file, copy)
            service.changes["audit"]["store"] = f"sqlite:{copy}/audit.db"
            service.config_file.write_text(json.dumps(service.configuration()), encoding="utf-8")
            done = run(*report, str(service.config_file))
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn('"calls"', done.stdout)


if __name__ == "__main__":
    if "--inside" not in sys.argv:
        os.execvp("unshare", ["unshare", "-rm", sys.executable, __file__, "--inside", *sys.argv[1:]])
    sys.argv.remove("--inside")
    unittest.main(verbosity=1)
