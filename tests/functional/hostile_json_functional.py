"""Proves: hostile JSON costs neither time nor memory nor a record: too deep, too wide, too long, twice named, with U+0000 in
any field, in no encoding or with more behind it, it is refused as malformed and the next call is answered (rows T-JSON)."""
import copy
import json
import pathlib
import sys
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
import hook_requests as make  # noqa: E402
from running_service import ORDER_SIGN, RunningService, environment, slower  # noqa: E402

MARK = '"@@"'
LIMIT = 4 << 20


def whole(value):
    """A valid call with that JSON text, taken as it is, as an extension."""
    return json.dumps(make.request(extension="@@")).replace(MARK, value).encode()


def string_paths(value, path=()):
    if isinstance(value, dict):
        for key, item in value.items():
            yield from string_paths(item, path + (key,))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from string_paths(item, path + (index,))
    elif isinstance(value, str):
        yield path


def with_text(value, path, text):
    value = copy.deepcopy(value)
    at = value
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = text
    return value


class HostileJson(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # AddressSanitizer keeps what was freed, 256 MiB of it by default: so little that the bound on memory means the same.
        cls.service = RunningService(environment=environment(asan="quarantine_size_mb=8"))
        cls.service.start()
        cls.addClassCleanup(cls.service.__exit__)

    def post(self, body, path=f"/cds-services/{ORDER_SIGN}"):
        answer = self.service.post(path, body)
        if answer.status != 200:
            self.assertEqual(answer.json["resourceType"], "OperationOutcome")
        return answer.status

    def memory(self):
        return self.service.metric("process_resident_memory_bytes")

    def test_T_JSON_1_DeepWideAndLongIsRefusedInBoundedTimeAndMemory(self):
        self.assertEqual(self.post(whole("{}")), 200)
        bodies = {
            "64 deep": (whole("[" * 63 + "]" * 63), 200), "65 deep": (whole("[" * 64 + "]" * 64), 400),
            "objects 65 deep": (whole('{"a":' * 64 + "1" + "}" * 64), 400), "100,000 deep": (whole("[" * 100_000 + "]" * 100_000), 400),
            "objects 100,000 deep": (whole('{"a":' * 100_000 + "1" + "}" * 100_000), 400), "100,000 deep and never closed": (b"[" * 100_000, 400),
            "199,000 values": (whole("[" + "0," * 198_999 + "0]"), 200), "a million values": (whole("[" + "0," * 999_999 + "0]"), 400),
            "a million empty arrays": (whole("[" + "[]," * 999_999 + "[]]"), 400), "a million members": (whole("{" + ",".join(f'"{n:x}":0' for n in range(330_000)) + "}"), 400),
            "a name of a mebibyte": (whole('{"' + "k" * (1 << 20) + '":1}'), 200), "a hundred long names": (whole("{" + ",".join(f'"{"k" * 30_000}{n}":1' for n in range(100)) + "}"), 200),
            "150,000 names alike": (whole("{" + ",".join(f'"aaaaaaaa{n:06}":0' for n in range(150_000)) + "}"), 200),
            "a million digits": (whole("1" * 1_000_000), 400), "a million decimals": (whole("0." + "1" * 1_000_000), 400), "129 digits": (whole("1" * 129), 400),
            "an exponent of a million digits": (whole("1e" + "9" * 1_000_000), 400), "1e400": (whole("1e400"), 400), "-1e400": (whole("-1e400"), 400),
            "-0": (whole("-0"), 200), "0.1+0.2": (whole("0.1+0.2"), 400), "01": (whole("01"), 400), "NaN": (whole("NaN"), 400), "Infinity": (whole("-Infinity"), 400),
            "a text of 3 MiB": (whole('"' + "x" * (3 << 20) + '"'), 200), "a body of more than 4 MiB": (whole('"' + "x" * LIMIT + '"'), 413),
            "half a million escapes": (whole('"' + "\\u0041" * 500_000 + '"'), 200),
        }
        for name, (body, _) in bodies.items():  # once, so that every buffer has its size
            self.post(body)
        before = self.memory()
        for _ in range(3):
            for name, (body, status) in bodies.items():
                begun = time.monotonic()
                self.assertEqual(self.post(body), status, name)
                self.assertLess(time.monotonic() - begun, 5 * slower(), name)
        self.assertLess(self.memory() - before, 48 << 20)
        self.assertEqual(len(self.service.cards(make.request())), 1)

    def test_T_JSON_2_ANameTwiceIsRefusedAlsoWhenOneIsEscaped(self):
        text = json.dumps(make.request())
        patient = f'"patientId": "{make.PATIENT}"'
        self.assertIn(patient, text)
        for twin in ('"patientId": "pt-2"', '"\\u0070atientId": "pt-2"', '"patientI\\u0064": "pt-2"', '"\\u0070\\u0061\\u0074\\u0069\\u0065\\u006e\\u0074\\u0049\\u0064": "pt-2"'):
            for both in (f"{twin}, {patient}", f"{patient}, {twin}"):
                self.assertEqual(self.post(text.replace(patient, both).encode()), 400, both)
        for name in ("hook", "context", "prefetch", "hookInstance"):
            self.assertEqual(self.post((text[:-1] + f', "{name}": null}}').encode()), 400, name)
        self.assertEqual(self.post(text.replace('"draftOrders": {', '"draftOrders": {"entry": [], ').encode()), 400)
        # Names are compared as they are: a composed and a decomposed letter are two names, and neither is one of ours.
        self.assertEqual(self.post(whole('{"\\u00e9": 1, "e\\u0301": 2}')), 200)
        self.assertEqual(self.post(text.replace(patient, f'{patient}, "pati\\u0435ntId": "pt-2"').encode()), 200)
        self.assertEqual(self.post('{"feedback": [], "feedb\\u0061ck": []}'.encode(), f"/cds-services/{ORDER_SIGN}/feedback"), 400)

    def test_T_JSON_3_OnlyUtf8WithoutAMark(self):
        text = json.dumps(make.request(), ensure_ascii=False)
        for body in (b"\xef\xbb\xbf" + text.encode(), text.encode("utf-16"), text.encode("utf-16-le"), text.encode("utf-32"),
                     whole('"\\ud800"'), whole('"\\udc00"'), whole('"\\udc00\\ud800"'), whole('"@"').replace(b"@", b"\xed\xa0\x80"),
                     whole('"@"').replace(b"@", b"\xc0\x80"), whole('"@"').replace(b"@", b"\xff"), whole('"@"').replace(b"@", b"\xf4\x90\x80\x80")):
            self.assertEqual(self.post(body), 400, body[:20])

    def test_T_JSON_4_NulIsRefusedInEveryFieldAndCostsNoRecord(self):
        failures = self.service.metric("cofactor_audit_failures_total")
        call = make.request(prefetch=make.prefetch(magnesium=make.bundle(make.magnesium())))
        paths = list(string_paths(call))
        self.assertGreater(len(paths), 50)
        for path in paths:
            self.assertEqual(self.post(with_text(call, path, "a\0b")), 400, path)
        item = {"card": "x", "outcome": "overridden", "outcomeTimestamp": "2026-03-02T14:08:00Z",
                "acceptedSuggestions": [{"id": "x"}], "overrideReason": {"reason": {"code": "x", "system": "x", "display": "x"}, "userComment": "x"}}
        for path in string_paths({"feedback": [item]}):
            self.assertEqual(self.post(with_text({"feedback": [item]}, path, "\0"), f"/cds-services/{ORDER_SIGN}/feedback"), 400, path)
        self.assertEqual(self.post(whole('{"a\\u0000b": 1}')), 400)
        self.assertEqual(self.post(whole('"@"').replace(b"@", b"\0")), 400)
        self.assertEqual(self.post(whole('"a\\\\u0000b"')), 200, "six characters, no U+0000")
        self.assertEqual(self.service.metric("cofactor_audit_failures_total"), failures)

    def test_T_JSON_5_NothingStandsBehindTheObject(self):
        text = json.dumps(make.request())
        for more in ("{}", "x", "]", "}", ",", "null", text, "\0", "//", "/* */"):
            self.assertEqual(self.post((text + more).encode()), 400, more[:5])
        for more in ("\n", " \r\n\t "):
            self.assertEqual(self.post((text + more).encode()), 200)
        for body in (b"", b" ", b"[]", b"null", b'"x"', b"7", b"[" + text.encode() + b"]"):
            self.assertEqual(self.post(body), 400, body[:5])

    def test_T_JSON_6_ADecimalIsShownAsItWasWritten(self):
        for written in ("1.1", "1.10", "1.100"):
            low = json.dumps(make.request(prefetch=make.prefetch(magnesium=make.bundle(make.magnesium(value=4711, days_ago=5)))))
            answer = self.service.post_hook(ORDER_SIGN, low.replace('"value": 4711', f'"value": {written}').encode())  # not in a random id
            self.assertEqual(answer.status, 200, answer.body)
            self.assertIn(f"Magnesium {written} mg/dL", answer.json["cards"][0]["summary"])
        for written in ("11E-1", "0.11e1", "1.0999999999999999999999"):  # however it is written, it is that number
            answer = self.service.post_hook(ORDER_SIGN, low.replace('"value": 4711', f'"value": {written}').encode())  # not in a random id
            self.assertEqual(answer.status, 200, answer.body)
            self.assertIn("low-magnesium", make.rules_of(answer.json["cards"]), written)


if __name__ == "__main__":
    unittest.main(verbosity=1)
