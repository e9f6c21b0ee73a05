"""Promises: what every contract test shares: one running service per file of tests, JSON Schema checks, and a walk over
everything that an answer holds. The name of each test starts with the rows of the conformance list that it proves."""
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

import jsonschema  # noqa: E402  (Debian: python3-jsonschema)
import hook_requests as make  # noqa: E402
from running_service import ORDER_SELECT, ORDER_SIGN, RunningService, slower, strict_json  # noqa: E402,F401

SCHEMAS = pathlib.Path(__file__).resolve().parent / "schemas"


def validator(name):
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator(schema)


RESPONSE, DISCOVERY, REQUEST = validator("response"), validator("discovery"), validator("request")


def schema_faults(check, value):
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in check.iter_errors(value)]


def walk(value, path=""):
    """Every value with its path; what stands inside an embedded FHIR resource is FHIR's affair."""
    yield path, value
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "resource":
                continue
            yield from walk(item, f"{path}/{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from walk(item, f"{path}/{index}")


class ContractCase(unittest.TestCase):
    """`changes` are laid over the configuration of the service."""
    changes = None

    @classmethod
    def setUpClass(cls):
        cls.service = RunningService(cls.changes)
        cls.service.start()
        cls.addClassCleanup(cls.service.__exit__)

    def call(self, body, service_id=ORDER_SIGN, status=200):
        """The parsed answer; a 200 always fits the schema."""
        answer = self.service.post_hook(service_id, body)
        self.assertEqual(answer.status, status, answer.body[:500])
        parsed = answer.json
        if status == 200:
            self.assertEqual(schema_faults(RESPONSE, parsed), [])
        else:
            self.assert_outcome(answer)
        return parsed

    def cards(self, body, service_id=ORDER_SIGN):
        return self.call(body, service_id)["cards"]

    def rules(self, body, service_id=ORDER_SIGN):
        return make.rules_of(self.cards(body, service_id))

    def assert_outcome(self, answer):
        """A refusal is an OperationOutcome that carries the request id and nothing about the patient."""
        self.assertEqual(answer.header("Content-Type").split(";")[0], "application/json")
        outcome = answer.json
        self.assertEqual(outcome["resourceType"], "OperationOutcome")
        self.assertTrue(outcome["issue"])
        for issue in outcome["issue"]:
            self.assertIn(issue["severity"], ("fatal", "error"))
            self.assertTrue(issue["code"])
        self.assertTrue(answer.header("X-Request-Id"))
        return outcome


def card_with_everything(test):
    """A card that carries suggestions, reasons, source and topic."""
    cards = test.cards(make.request())
    test.assertTrue(cards, "the example must fire")
    return cards[0]


def main():
    unittest.main(verbosity=1)
