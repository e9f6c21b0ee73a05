"""Promises: a ledger of what a service acknowledged, to be held against what its store has, and the ends that every test of a
fault shares: normal again, and nothing lost."""
import pathlib
import sqlite3
import time
import unittest
import uuid

import hook_requests as make
from running_service import ORDER_SIGN


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


class Ledger:
    """What the service acknowledged, and what of it the store holds."""

    def __init__(self, service):
        self.service, self.acknowledged, self.refused, self.other = service, set(), 0, []

    def post(self, count):
        for _ in range(count):
            answer = self.service.post_hook(ORDER_SIGN, make.request())
            decision = answer.header("X-Cofactor-Decision")
            if answer.status == 200 and decision:
                self.acknowledged.add(uuid.UUID(decision).bytes)
            elif answer.status == 503 and answer.header("Retry-After") and answer.json["resourceType"] == "OperationOutcome":
                self.refused += 1
            else:
                self.other.append((answer.status, answer.body[:200]))

    def stored(self, folder=None):
        store = sqlite3.connect(f"file:{pathlib.Path(folder or self.service.folder)}/audit.db?mode=ro", uri=True)
        rows = [bytes(row[0]) for row in store.execute("SELECT decision FROM audit_event WHERE kind = 1")]
        assert store.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        store.close()
        return rows


class FaultCase(unittest.TestCase):
    def settle(self, service, ledger):
        self.assertIsNone(service.process.poll(), service.log_text()[-2000:])
        self.assertTrue(until(lambda: service.operations("/health/ready").status == 200), service.log_text()[-2000:])
        before = len(ledger.acknowledged)

        def answered():
            ledger.post(1)
            return len(ledger.acknowledged) > before
        self.assertTrue(until(answered), "normal again")
        self.assertEqual(ledger.other, [])

    def check(self, service, ledger):
        self.assertEqual(service.stop(), 0)
        self.check_stored(ledger)

    def check_stored(self, ledger):
        stored = ledger.stored()
        self.assertEqual(len(stored), len(set(stored)))
        self.assertEqual(ledger.acknowledged - set(stored), set(), "acknowledged and lost")
