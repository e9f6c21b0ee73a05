"""Proves: dates mean the same under every time zone of the host, and a clock that is moved changes no answer, no order of
records and no duration (rows T-TIME-1, H4, clock jumps)."""
import datetime
import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
import hook_requests as make  # noqa: E402
from running_service import RunningService, binary, environment, run  # noqa: E402

AS_OF = "2026-03-01"
ZONES = ("UTC", "Pacific/Kiritimati", "America/St_Johns", "Pacific/Pago_Pago", "Europe/Berlin", "Asia/Kathmandu")
# How a magnesium result was dated, and the day it is taken to be of; None: not used.
DATES = [
    ("2026-02-20", "2026-02-20"), ("2026-02", "2026-02-01"), ("2026", "2026-01-01"), ("2026-02-20T23:30:00Z", "2026-02-20"),
    ("2026-02-20T00:30:00+14:00", "2026-02-20"), ("2026-02-20T23:30:00-12:00", "2026-02-20"), ("2026-02-20T24:00:00Z", "2026-02-20"),
    ("2026-01-31T23:59:60Z", "2026-01-31"), ("2026-02-20T10:00:00", "2026-02-20"), ("2026-02-20T10:00", "2026-02-20"),
    ("2026-02-20T10:00:00.123456Z", "2026-02-20"), ("2025-10-26T02:30:00+01:00", "2025-10-26"), ("2025-11-02T01:30:00-02:30", "2025-11-02"),
    ("2025-03-30T02:30:00", "2025-03-30"), ("1900-01-01", "1900-01-01"), ("1900", "1900-01-01"), ("9999-12-31", None), ("2026-03-02", "2026-03-01"), ("2026-03-02T08:00:00", "2026-03-01"), ("2026-03-02T00:30:00Z", None),
    ("2026-03-03", None), ("2026-04", None),
    ("2026-03-02T06:00:00+13:00", "2026-03-01"), ("2026-03-01T23:59:59-12:00", "2026-03-01"), ("2026-02-30", None), ("20260220", None), ("", None),
    ("0000-01-01", None), ("2026-02-20T25:00:00Z", None), ("yesterday", None),
]
BIRTHS = ("1961-04-22", "1961-04", "1961", "2007-03-02", "2007-03-01", "2007-03", "2007", "2026-03-01", "2026", "9999", "1900-02-29")


def calls():
    for written, _ in DATES:
        result = make.magnesium(value=2.0)
        result["effectiveDateTime"] = written
        yield make.request(prefetch=make.prefetch(magnesium=make.bundle(result)), hookInstance="0f6a1c52-8c1e-4a53-9a52-1f1f0a5d7b13")
    for born in BIRTHS:
        yield make.request(prefetch=make.prefetch(patient=make.patient(born=born)), hookInstance="0f6a1c52-8c1e-4a53-9a52-1f1f0a5d7b13")


def evaluated(requests, zone, *options):
    lines = "".join(json.dumps(request) + "\n" for request in requests)
    done = subprocess.run([binary(), "evaluate", "--ndjson", "--trace", *options, "-"], input=lines.encode(), capture_output=True, timeout=120,
                          env={**os.environ, "TZ": zone})
    return done.stdout


class Zones(unittest.TestCase):
    def test_T_TIME_1_EveryFormOfADateIsOneDayUnderEveryHostZone(self):
        requests = list(calls())
        answers = {zone: evaluated(requests, zone, "--as-of", AS_OF) for zone in ZONES}
        for zone in ZONES[1:]:
            self.assertEqual(answers[zone], answers["UTC"], zone)
        lines = [json.loads(line) for line in answers["UTC"].splitlines()]
        for (written, day), answer in zip(DATES, lines):
            magnesium = answer["trace"]["facts"]["magnesium"]
            recent = day is not None and day >= "2025-12-01"
            self.assertEqual(magnesium["state"], "valid" if recent else "none", written)
            self.assertEqual(magnesium.get("on"), day if recent else magnesium.get("on"), written)
            if day and not recent:
                self.assertIn(day, answer["cards"][0]["detail"], written)

    def test_T_TIME_1_TodayIsTheDayInUtcUnderEveryHostZone(self):
        for zone in ZONES:
            before = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
            answer = json.loads(evaluated([make.request()], zone))
            after = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
            self.assertIn(answer["trace"]["asOf"], (before, after), zone)

    def test_T_TIME_1_TheServiceAnswersAlikeUnderEveryHostZone(self):
        seen = set()
        for zone in ZONES[:3]:
            with RunningService(environment={**os.environ, "TZ": zone}) as service:
                seen.add(json.dumps(make.without_identity(service.cards(make.request(prefetch=make.prefetch(magnesium=None)))), sort_keys=True))
                self.assertTrue(all(json.loads(line)["time"].endswith("Z") for line in service.log_lines))
        self.assertEqual(len(seen), 1)


class MovedClock(unittest.TestCase):
    """libfaketime moves the wall clock of the service while it runs; the monotonic clock stays."""

    def moved(self, offsets):
        library = sorted(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
        self.assertTrue(library, "faketime is not installed (deploy/deps.sh test)")
        service = RunningService()
        clock = service.folder / "clock"
        clock.write_text("+0")
        # AddressSanitizer wants to be the first library of all; the clock's only stands before the system's.
        service.environment = {**environment(asan="verify_asan_link_order=0"), "LD_PRELOAD": str(library[0]), "FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_NO_CACHE": "1",
                               "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1"}
        decisions, jumps = [], 0
        with service:
            for offset in offsets:
                clock.write_text(offset)
                for _ in range(5):
                    begun = time.monotonic()
                    answer = service.post_hook("cofactor-order-sign", make.request())
                    self.assertEqual(answer.status, 200, (offset, answer.body))
                    self.assertLess(time.monotonic() - begun, 5)
                    self.assertEqual(make.rules_of(answer.json["cards"]), ["high-dose-ppi"], offset)
                    decisions.append(answer.header("X-Cofactor-Decision"))
                if offset != offsets[0] or len(decisions) > 5:
                    jumps += 1
                    told = service.wait_for_log("clock-jump", 10, count=jumps)
                    self.assertIsNotNone(told, f"{offset}: nobody noticed")
            self.assertEqual(service.metric("cofactor_clock_jumps_total"), jumps)
            doctor = run("doctor", "--config", str(service.config_file)).stdout
            self.assertIn("the clock was set forward by 7290 s", doctor)
            self.assertIn("the clock was set back by 7200 s", doctor)
            card = answer.json["cards"][0]["uuid"]
            item = {"card": card, "outcome": "accepted", "acceptedSuggestions": [], "outcomeTimestamp": "2026-03-02T14:08:00Z"}
            self.assertEqual(service.feedback([item]).status, 200)
            self.assertEqual(service.metric("cofactor_feedback_total", outcome="accepted", card="known"), 1)
            self.assertEqual(service.stop(), 0)
            store = sqlite3.connect(f"file:{service.folder}/audit.db?mode=ro", uri=True)
            rows = store.execute("SELECT seq, lower(hex(decision)), duration_us, recorded_ms FROM audit_event WHERE kind = 1 ORDER BY seq").fetchall()
            moves = store.execute("SELECT (SELECT count(*) FROM audit_event d WHERE d.kind = 1 AND d.seq < j.seq), j.moved_ms, e.kind "
                                  "FROM clock_jump j JOIN audit_event e ON e.seq = j.seq ORDER BY j.seq").fetchall()
            store.close()
        return decisions, rows, moves

    def test_T_CLOCK_JumpsOfAnHourChangeNothingButTheTimesWritten(self):
        decisions, rows, moves = self.moved(("+0", "+3600", "-3600", "+0", "-7200", "+90"))
        self.assertEqual([row[1] for row in rows], [decision.replace("-", "") for decision in decisions], "in the order of seq, whatever the clock says")
        self.assertEqual(len(set(decisions)), len(decisions))
        for _, _, duration, _ in rows:
            self.assertGreaterEqual(duration, 0)
            self.assertLess(duration, 5_000_000, "a duration is of the monotonic clock")
        for (judged_before, moved_ms, kind), (place, wanted) in zip(moves, enumerate((3600, -7200, 3600, -7200, 7290), 1), strict=True):
            self.assertEqual(kind, 6)
            self.assertAlmostEqual(moved_ms, wanted * 1000, delta=2000)
            self.assertIn(judged_before, range(5 * place, 5 * place + 6), "on record between the calls around it, by seq")
        moved = [row[3] for row in rows]
        self.assertNotEqual(moved, sorted(moved), "else the clock was not moved and this proves nothing")


if __name__ == "__main__":
    unittest.main(verbosity=1)
