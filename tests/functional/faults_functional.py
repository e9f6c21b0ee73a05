"""Proves: a disk that fails and a process that is stopped for a while cost answers and never records: nothing is
acknowledged that is not in the store, every refusal is a 503 that says so, and afterwards all is normal. strace makes the
n-th sync or write of the running service fail; with --rounds N up to the N-th (8 in the suite, 200 as a drill)."""
import copy
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
from acknowledged import FaultCase, Ledger, until  # noqa: E402
from running_service import RunningService, patient_limits  # noqa: E402


class NthOperation(FaultCase):
    rounds = 8

    def inject(self, service, what, calls, ledger):
        self.inject_while(service, what, lambda: ledger.post(calls))

    def inject_while(self, service, what, act):
        """strace on the running service, only while that happens."""
        tracer = subprocess.Popen(["strace", "-f", "-qq", "-o", os.devnull, "-e", f"trace={what.split(':')[0]}", "-e", f"inject={what}", "-p", str(service.process.pid)],
                                  stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
        try:
            status = pathlib.Path(f"/proc/{service.process.pid}/status")
            self.assertTrue(until(lambda: f"TracerPid:\t{tracer.pid}" in status.read_text(), 10), "strace may not attach here")
            time.sleep(0.1)  # every thread
            act()
        finally:
            tracer.send_signal(signal.SIGINT)
            tracer.wait(10)
            tracer.stderr.close()

    def test_T_FAULT_WhicheverSyncOrWriteFailsNothingAcknowledgedIsLost(self):
        with RunningService() as service:
            ledger = Ledger(service)
            ledger.post(3)
            for nth in range(1, self.rounds + 1):
                for what in ("fdatasync:error=EIO", "pwrite64:error=ENOSPC", "pwrite64:error=EIO"):
                    self.inject(service, f"{what}:when={nth}", 6, ledger)
                    self.settle(service, ledger)
            self.assertGreater(ledger.refused, self.rounds, "else nothing failed and this proves nothing")
            self.check(service, ledger)

    def test_T_FAULT_ADiskThatStaysBadIsToldAndTakesNothing(self):
        with RunningService() as service:
            ledger = Ledger(service)
            ledger.post(2)
            self.inject(service, "fdatasync:error=EIO:when=1+", 10, ledger)
            self.assertGreater(ledger.refused, 5)
            self.assertTrue(service.events("audit-write-failed"))
            self.settle(service, ledger)
            self.check(service, ledger)

    def test_T_FAULT_ADiskThatStandsStillDelaysAnswersAndLeavesNoneOut(self):
        # Three times as long as a caller that sends too much would be let wait; these send one call after the other.
        patient = patient_limits()["answerMilliseconds"]
        with RunningService({"limits": {"answerMilliseconds": patient, "burstWaitMilliseconds": 100, "standingWaitMilliseconds": 20}}) as service:
            ledgers = [Ledger(copy.copy(service)) for _ in range(4)]  # each with a connection of its own
            clients = [threading.Thread(target=ledger.post, args=(4,)) for ledger in ledgers]

            def call():
                for client in clients:
                    client.start()
                for client in clients:
                    client.join(90)
            begun = time.monotonic()
            self.inject_while(service, "fdatasync:delay_exit=300000", call)
            self.assertGreater(time.monotonic() - begun, 4 * 0.3, "else nothing was slow and this proves nothing")
            self.assertEqual([(len(ledger.acknowledged), ledger.refused, ledger.other) for ledger in ledgers], [(4, 0, [])] * 4)
            self.assertEqual(service.stop(), 0)
            for ledger in ledgers:
                self.check_stored(ledger)


class Stopped(FaultCase):
    def test_T_FAULT_AStopOfTwoSecondsLeavesNoHalfAnswer(self):
        with RunningService() as service:
            ledger, ended = Ledger(service), threading.Event()

            def load():
                while not ended.is_set():
                    ledger.post(1)
            client = threading.Thread(target=load)
            client.start()
            time.sleep(0.3)
            service.signal(signal.SIGSTOP)
            time.sleep(2)
            service.signal(signal.SIGCONT)
            time.sleep(0.3)
            ended.set()
            client.join(30)
            self.settle(service, ledger)
            self.assertGreater(len(ledger.acknowledged), 10)
            self.check(service, ledger)


if __name__ == "__main__":
    if "--rounds" in sys.argv:
        at = sys.argv.index("--rounds")
        NthOperation.rounds = int(sys.argv[at + 1])
        del sys.argv[at:at + 2]
    unittest.main(verbosity=1)
