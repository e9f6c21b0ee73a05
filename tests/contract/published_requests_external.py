"""Proves: what others published gets an answer: a valid request of our hooks 200 with a body that fits the schema, any other
hook and broken JSON 400, and nothing at all a 5xx, a hang or a dead service. Cases are read from COFACTOR_SHARED/testdata."""
import json
import os
import pathlib
import time

from contract_case import ORDER_SELECT, ORDER_SIGN, REQUEST, RESPONSE, ContractCase, main, make, schema_faults, slower

TESTDATA = pathlib.Path(os.environ["COFACTOR_SHARED"]) / "testdata"
HOOK_FOLDERS = ("cdshooks-spec", "cdshooks-validator", "crd-test-kit", "davinci-crd", "opioid-mme-r4")
SERVICES = {"order-sign": ORDER_SIGN, "order-select": ORDER_SELECT}
# Where the policy leaves it open: what this service does.
PINNED = {"i_number_double_huge_neg_exp.json": 200, "i_number_real_underflow.json": 200, "i_number_too_big_neg_int.json": 200,
          "i_number_too_big_pos_int.json": 200, "i_number_very_big_negative_int.json": 200, "i_structure_UTF-8_BOM_empty_object.json": 400}


def parsed(data):
    try:
        return json.loads(data)
    except ValueError:
        return None


class Published(ContractCase):
    def posted(self, service_id, data):
        start = time.monotonic()
        answer = self.service.post_hook(service_id, data)
        self.assertLess(time.monotonic() - start, 2 * slower())
        self.assertIn(answer.status, (200, 400))
        if answer.status == 200:
            self.assertEqual(schema_faults(RESPONSE, answer.json), [])
        else:
            self.assert_outcome(answer)
        return answer.status

    def test_PublishedRequestsGetTheAnswerTheyDeserve(self):
        valid = refused = 0
        for folder in HOOK_FOLDERS:
            for file in sorted((TESTDATA / folder).rglob("*.json")):
                data = file.read_bytes()
                body = parsed(data)
                hook = body.get("hook") if isinstance(body, dict) else None
                for ours, service_id in SERVICES.items():
                    with self.subTest(file=file.name, service=service_id):
                        status = self.posted(service_id, data)
                        if hook != ours:
                            self.assertEqual(status, 400)
                            refused += 1
                        elif not schema_faults(REQUEST, body):
                            self.assertEqual(status, 200)
                            valid += 1
        self.assertGreaterEqual(valid, 6)
        self.assertGreaterEqual(refused, 100)

    def test_PublishedContextsInACompleteRequestAreAnswered(self):
        posted = 0
        for file in sorted((TESTDATA / "cdshooks-spec").glob("library-order-*.json")):
            context = json.loads(file.read_bytes())["context"]
            for hook, service_id in SERVICES.items():
                body = make.request(hook=hook, context=context, prefetch=...)
                with self.subTest(file=file.name, hook=hook):
                    status = self.posted(service_id, json.dumps(body).encode())
                    if not schema_faults(REQUEST, body):
                        self.assertEqual(status, 200)
                        posted += 1
        self.assertGreater(posted, 0)

    def test_CutRequestsAreBadRequests(self):
        whole = (TESTDATA / "davinci-crd" / "CRDServiceRequest.json").read_bytes().rstrip()
        for end in range(0, len(whole), max(1, len(whole) // 97)):
            self.assertEqual(self.posted(ORDER_SIGN, whole[:end]), 400)


class JsonTestSuite(ContractCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = TESTDATA / "json-test-suite"
        cls.files = sorted((folder / "test_parsing").glob("*.json"))
        cls.transform = sorted((folder / "test_transform").glob("*.json"))
        policy = json.loads((folder / "policy.json").read_text(encoding="utf-8"))
        cls.overrides, cls.open_cases = policy["overrides"], policy["i_cases"]

    def wanted(self, name):
        if name in self.overrides or name.startswith("n_"):
            return 400
        if name.startswith("y_"):
            return 200
        return 400 if self.open_cases[name].startswith("reject") else PINNED[name]

    def test_AsTheValueOfExtensionInAValidRequest(self):
        self.assertGreaterEqual(len(self.files), 318)
        head = json.dumps(make.request(make.lisinopril())).encode()[:-1] + b',"extension":'
        for file in self.files:
            with self.subTest(file=file.name):
                answer = self.service.post_hook(ORDER_SIGN, head + file.read_bytes() + b"}")
                self.assertEqual(answer.status, self.wanted(file.name))

    def test_AsTheWholeBody(self):
        for file in (*self.files, *self.transform):
            with self.subTest(file=file.name):
                answer = self.service.post_hook(ORDER_SIGN, file.read_bytes())
                self.assertEqual(answer.status, 400)
                self.assert_outcome(answer)


class ForeignContent(ContractCase):
    def test_EveryPublishedResourceAsDraftAndAsPrefetch(self):
        posted = 0
        for folder in ("fhir-r4-examples", "us-core", "opioid-mme-r4", "crd-test-kit", "fds-timing"):
            for file in sorted((TESTDATA / folder).rglob("*.json")):
                data = file.read_bytes()
                resource = parsed(data)
                if not isinstance(resource, dict) or "resourceType" not in resource:
                    continue
                raw = data.decode("utf-8", "surrogatepass").encode("utf-8", "ignore").strip()
                patient = (resource.get("subject") or {}).get("reference", "Patient/x") if isinstance(resource.get("subject"), dict) else "Patient/x"
                body = make.request(make.weekly_vitamin_d(patient="PID"), patient_id="PID")
                body["context"]["draftOrders"]["entry"].append({"resource": "RAW"})
                body["prefetch"] = {key: "RAW" for key in body["prefetch"]}
                text = json.dumps(body).encode().replace(b'"RAW"', raw).replace(b"PID", patient.rsplit("/", 1)[-1].lstrip("#").encode())
                with self.subTest(file=file.name):
                    answer = self.service.post_hook(ORDER_SIGN, text)
                    self.assertEqual(answer.status, 200, answer.body[:300])
                    self.assertEqual(schema_faults(RESPONSE, answer.json), [])
                posted += 1
        self.assertGreater(posted, 250)

    def test_NaughtyStringsNeverBreakAnAnswer(self):
        strings = json.loads((TESTDATA / "naughty-strings" / "blns.json").read_text(encoding="utf-8"))
        for naughty in strings:
            draft, active = make.weekly_vitamin_d(), make.omeprazole()
            draft["medicationCodeableConcept"]["text"] = naughty
            draft["dosageInstruction"][0]["text"] = naughty
            active["medicationCodeableConcept"]["text"] = active["medicationCodeableConcept"]["coding"][0]["display"] = naughty
            result = make.magnesium(days_ago=400)
            result["valueQuantity"]["unit"] = naughty
            body = make.request(draft, prefetch=make.prefetch(medications=make.bundle(active), magnesium=make.bundle(result)))
            with self.subTest(string=naughty[:40]):
                answer = self.service.post_hook(ORDER_SIGN, body)
                self.assertEqual(answer.status, 400 if "\0" in naughty else 200)
                if answer.status == 200:
                    self.assertEqual(schema_faults(RESPONSE, answer.json), [])
                for element in ("userId", "patientId", "encounterId"):
                    odd = make.request()
                    odd["context"][element] = naughty
                    self.assertIn(self.service.post_hook(ORDER_SIGN, odd).status, (200, 400))
                self.assertIn(self.service.post_hook(ORDER_SIGN, make.request(hookInstance=naughty)).status, (200, 400))
                item = {"card": naughty, "outcome": "overridden", "outcomeTimestamp": "2026-03-02T14:08:00Z", "overrideReason": {"userComment": naughty}}
                self.assertIn(self.service.feedback([item]).status, (200, 400))
        for line in self.service.log_lines:
            self.assertIsInstance(json.loads(line), dict)


if __name__ == "__main__":
    main()
