"""Proves: what clients send is stored as it came and never acts: not in SQL, not in a spreadsheet, not in a terminal (rows
T-SQL-1, T-CSV-1). With --strings FILE every string of that JSON list is tried instead of the table here."""
import csv
import io
import json
import pathlib
import sqlite3
import subprocess
import sys
import unittest
import uuid

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
import hook_requests as make  # noqa: E402
from running_service import RunningService, binary  # noqa: E402

STRINGS = [
    "' OR '1'='1", "'; DROP TABLE audit_event; --", "\"; DROP TABLE feedback; --", "1; ATTACH DATABASE '/tmp/x' AS x", "x' UNION SELECT body FROM content --", "%", "_", "\\", "''", "?1", ":a", "@a", "$a",
    "CAST(0x41 AS TEXT)", "x'; PRAGMA writable_schema=1; --", "/*", "*/", "--", ";", "\x1a", "=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "=HYPERLINK(\"http://evil.example\")", "\t=1", "\r=1", "\n=1",
    " =1", "\"=1", "'=1", ";=1", ",=1", "a,=1", "a;=1", "a\t=1", "a\n=1", "a\"\n=1", "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff201", "|calc", "\x1b[31m", "\x9b31m", "\x85", "\u202e", "a\u2028=1", "x" * 600,
]
FORMULA = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"  # and their full-width forms, which some spreadsheets read alike
DIALECTS = [{"delimiter": ","}, {"delimiter": ";"}, {"delimiter": "\t"}]


def cut(text):
    """As the service keeps a text of a code: at most 512 bytes, whole characters."""
    return text.encode()[:512].decode("utf-8", "ignore")


class StoredText(unittest.TestCase):
    strings = STRINGS

    @classmethod
    def setUpClass(cls):
        cls.texts = [text for text in dict.fromkeys(cls.strings) if text.strip(" \t\r\n") and "\0" not in text and len(text.encode()) <= 512]
        cls.texts += [text for text in cls.strings if len(text.encode()) > 512][:3]
        cls.service = RunningService()
        cls.service.start()
        cls.addClassCleanup(cls.service.__exit__)
        cls.sent = {}
        for number, text in enumerate(cls.texts):
            when = f"2026-03-02T{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}Z"  # two texts can be one card's name
            call = make.request(patient_id=str(uuid.uuid4()))
            call["context"].update(userId=cut(text), encounterId=text)
            answer = cls.service.post_hook("cofactor-order-sign", call)
            assert answer.status == 200, (text, answer.body)
            cls.sent[answer.header("X-Cofactor-Decision")] = text
            reason = {"reason": {"code": text, "system": text, "display": text}, "userComment": text}
            items = [{"card": cut(text), "outcome": "overridden", "outcomeTimestamp": when, "overrideReason": reason},
                     {"card": str(uuid.uuid4()), "outcome": "accepted", "outcomeTimestamp": when, "acceptedSuggestions": [{"id": cut(text)}]}]
            answer = cls.service.feedback(items)
            assert answer.status == 200, (text, answer.body)
        cls.reports = {name: cls.report(name) for name in ("csv", "json", "text")}
        assert cls.service.stop() == 0
        cls.store = sqlite3.connect(f"file:{cls.service.folder}/audit.db?mode=ro", uri=True)
        cls.addClassCleanup(cls.store.close)

    @classmethod
    def report(cls, name):
        done = subprocess.run([binary(), "report", "--config", str(cls.service.config_file), "--from", make.day(1), "--to", make.day(0), "--format", name],
                              capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout.decode("utf-8")  # as it is: line ends inside cells are part of the texts

    def test_T_SQL_1_EveryTextIsStoredAsItCameAndNothingElseHappened(self):
        rows = dict(self.store.execute("SELECT lower(hex(decision)), user FROM audit_event WHERE kind = 1"))
        self.assertEqual(len(rows), len(self.sent))
        for decision, text in self.sent.items():
            self.assertEqual(rows[decision.replace("-", "")], cut(text))
        feedback = self.store.execute("SELECT card, reason_code, reason_system, reason_display, accepted FROM feedback").fetchall()
        self.assertEqual(len(feedback), 2 * len(self.texts))
        codes = sorted(code or "" for _, code, _, _, accepted in feedback if accepted == "[]")
        self.assertEqual(codes, sorted(cut(text) for text in self.texts))
        self.assertEqual(sorted(json.loads(accepted)[0] for *_, accepted in feedback if accepted != "[]"), sorted(cut(text) for text in self.texts))
        self.assertEqual(self.store.execute("PRAGMA integrity_check").fetchone()[0], "ok")
        self.assertEqual(self.store.execute("SELECT count(*) FROM pragma_database_list WHERE name NOT IN ('main', 'temp')").fetchone()[0], 0)
        tables = {name for (name,) in self.store.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        self.assertTrue({"audit_event", "feedback", "content", "card"} <= tables)

    def test_T_CSV_1_NoCellOfTheReportIsAFormula(self):
        text = self.reports["csv"]
        rows = list(csv.reader(io.StringIO(text, newline="")))
        self.assertEqual(len({len(row) for row in rows}), 1, "no text opens a row or a column of its own")
        kept = {cell.replace("'", "") for row in rows for cell in row}
        self.assertEqual([sent for sent in self.texts if cut(sent).replace("'", "") not in kept][:3], [], "what was sent can be read in the sheet")
        for dialect in DIALECTS:
            for row in csv.reader(io.StringIO(text, newline=""), **dialect):
                for cell in row:
                    self.assertNotIn(cell[:1] or "x", FORMULA, (dialect, cell[:60]))

    def test_T_CSV_1_JsonKeepsTheTextsAndTheTableMovesNoCursor(self):
        kept = {item.get("reason") for item in json.loads(self.reports["json"])["feedback"]["counts"]}
        self.assertEqual([text for text in self.texts if cut(text) not in kept], [])
        self.assertNotRegex(self.reports["text"], r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


if __name__ == "__main__":
    if "--strings" in sys.argv:
        at = sys.argv.index("--strings")
        StoredText.strings = json.loads(pathlib.Path(sys.argv[at + 1]).read_text(encoding="utf-8"))
        assert len(StoredText.strings) > 400
        del sys.argv[at:at + 2]
    unittest.main(verbosity=1)
