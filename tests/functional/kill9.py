"""Proves: a decision that a client saw is in the store, whenever the service was killed. Each round starts the real
binary on the same store, posts order-sign calls and feedback from several threads, sends SIGKILL at a random moment,
starts again and looks for every X-Cofactor-Decision and every acknowledged feedback of the round.

    COFACTOR_BINARY=... python3 tests/functional/kill9.py --rounds 200
"""
import argparse
import http.client
import json
import pathlib
import random
import signal
import sqlite3
import sys
import threading
import time
import uuid

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
import hook_requests as make  # noqa: E402
from running_service import ORDER_SIGN, RunningService  # noqa: E402

PATH = f"/cds-services/{ORDER_SIGN}"
THREADS = 6


class Client(threading.Thread):
    """Posts until the service is gone; notes what it was told, and nothing that it was not."""

    def __init__(self, port, body):
        super().__init__(daemon=True)
        self.port, self.body = port, body
        self.decisions, self.feedback, self.other_statuses = [], [], []

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            while True:
                answer, data = self.post(connection, PATH, self.body)
                decision = answer.headers.get("X-Cofactor-Decision")
                if answer.status != 200 or decision is None:
                    self.other_statuses.append(answer.status)
                    continue
                self.decisions.append(uuid.UUID(decision).bytes)
                cards = json.loads(data)["cards"]
                if cards and len(self.decisions) % 5 == 0:
                    self.give_feedback(connection, cards[0]["uuid"])
        except (OSError, http.client.HTTPException, ValueError):
            pass  # killed: this call was not answered
        finally:
            connection.close()

    def give_feedback(self, connection, card):
        item = {"card": card, "outcome": "overridden", "outcomeTimestamp": "2026-03-02T14:08:00Z"}
        answer, _ = self.post(connection, PATH + "/feedback", json.dumps({"feedback": [item]}).encode())
        if answer.status == 200:
            self.feedback.append(uuid.UUID(card).bytes)
        else:
            self.other_statuses.append(answer.status)

    @staticmethod
    def post(connection, path, body):
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer, answer.read()


class Store:
    """What is in the store since the last look, through a connection that cannot write."""

    def __init__(self, path):
        self.connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        self.seq = 0

    def newer(self):
        decisions, feedback, last = set(), set(), self.seq
        rows = self.connection.execute(
            "SELECT e.seq, e.decision, f.card, content.seq FROM audit_event e LEFT JOIN feedback f ON f.seq = e.seq "
            "LEFT JOIN content ON content.seq = e.seq WHERE e.seq > ? AND e.kind IN (1, 2) ORDER BY e.seq", (self.seq,))
        for seq, decision, card, content in rows:
            last = seq
            if decision is not None:
                assert content == seq, f"record {seq} has no content"
                decisions.add(bytes(decision))
            if card is not None:
                feedback.add(bytes(card))
        self.seq = last
        return decisions, feedback

    def sound(self):
        return self.connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"

    def gaps(self):
        count, first, last = self.connection.execute("SELECT count(*), min(seq), max(seq) FROM audit_event").fetchone()
        return last - first + 1 - count


def kill_rounds(rounds, seed):
    chance = random.Random(seed)
    body = json.dumps(make.request()).encode()
    service = RunningService()
    seen = acknowledged = 0
    slowest_start = 0.0
    faults = []
    try:
        service.start()
        store = Store(service.folder / "audit.db")
        for number in range(1, rounds + 1):
            clients = [Client(service.port, body) for _ in range(THREADS)]
            for client in clients:
                client.start()
            time.sleep(chance.uniform(0.02, 0.5))
            service.signal(signal.SIGKILL)
            service.process.wait()
            for client in clients:
                client.join(20)
            service.log_lines.clear()
            begun = time.monotonic()
            service.start()
            slowest_start = max(slowest_start, time.monotonic() - begun)
            decisions, feedback = store.newer()
            told = [decision for client in clients for decision in client.decisions]
            given = [card for client in clients for card in client.feedback]
            lost = [d for d in told if d not in decisions] + [f for f in given if f not in feedback]
            faults += [f"round {number}: {uuid.UUID(bytes=each)} was acknowledged and is not in the store" for each in lost]
            odd = sorted({status for client in clients for status in client.other_statuses})
            if odd:
                faults.append(f"round {number}: answers with status {odd}")
            seen, acknowledged = seen + len(told), acknowledged + len(given)
        if service.stop() != 0:
            faults.append("the service did not stop cleanly at the end")
        if not store.sound():
            faults.append("the store does not pass integrity_check")
        if store.gaps():
            faults.append(f"{store.gaps()} sequence numbers are missing")
    finally:
        service.__exit__()
    if seen < 10 * rounds:
        faults.append(f"only {seen} decisions were seen: that proves little")
    print(f"kill9: {rounds} rounds, seed {seed}: {seen} decisions and {acknowledged} feedback items acknowledged, "
          f"{len(faults)} faults; slowest start to ready {slowest_start:.2f} s")
    return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    arguments = parser.parse_args()
    faults = kill_rounds(arguments.rounds, arguments.seed)
    for fault in faults[:20]:
        print(fault, file=sys.stderr)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
