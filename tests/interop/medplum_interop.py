"""Proves: with a published FHIR server in the loop (Medplum's router over its in-memory repository), prefetch absent, half present
and complete give the same cards, byte for byte but for ids and times; and what that server cannot do (`_include`) is made up
for by reading Medications. Installs the packages of package-lock.json into COFACTOR_INTEROP first, when they are not there."""
import itertools
import json
import os
import pathlib
import shutil
import subprocess
import sys
import unittest
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from support.hook_requests import PATIENT, RXNORM, day, lisinopril, magnesium, omeprazole, order, patient, request, weekly_vitamin_d, without_identity  # noqa: E402
from support.running_service import ORDER_SELECT, ORDER_SIGN, RunningService  # noqa: E402

TOKEN = "interop-token-5b1f"
FOLDER = pathlib.Path(os.environ.get("COFACTOR_INTEROP", HERE))


def install():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", "fhir_server.mjs"):
        if FOLDER != HERE:
            shutil.copyfile(HERE / name, FOLDER / name)
    if not (FOLDER / "node_modules" / "@medplum" / "fhir-router").is_dir():
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=FOLDER, check=True, capture_output=True, timeout=500)


def medication(medication_id, code, text):
    return {"resourceType": "Medication", "id": medication_id, "status": "active", "code": {"coding": [{"system": RXNORM, "code": code}], "text": text}}


def referring(an_order, medication_id):
    changed = {key: value for key, value in an_order.items() if key != "medicationCodeableConcept"}
    return {**changed, "medicationReference": {"reference": f"Medication/{medication_id}"}}


def lab(code, value, unit, days_ago, observation_id):
    return {**magnesium(value, days_ago, observation_id), "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
            "valueQuantity": {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}}


ENCOUNTER = {"resourceType": "Encounter", "id": "enc-88213", "status": "in-progress", "class": {"code": "AMB"}, "subject": {"reference": f"Patient/{PATIENT}"}}
FUROSEMIDE = order("mr-furosemide", "310429", "furosemide 20 mg tablet", "Take 1 tablet by mouth once daily", status="active", authoredOn=day(90))
CKD = {"resourceType": "Condition", "id": "c-ckd", "clinicalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]},
       "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "N18.4"}]}, "subject": {"reference": f"Patient/{PATIENT}"}}
RECORDS = {
    "a proton-pump inhibitor and no magnesium": [omeprazole()],
    "an old magnesium result": [omeprazole(), magnesium(2.0, 500, "mg-1"), magnesium(1.9, 420, "mg-2")],
    "a low magnesium result": [FUROSEMIDE, magnesium(1.2, 3, "mg-3"), magnesium(1.9, 300, "mg-4")],
    "a medication that is only referred to": [referring(omeprazole(), "m-omeprazole"), medication("m-omeprazole", "198051", "omeprazole 20 mg capsule")],
    "two of them, kidneys, calcium and vitamin D": [referring(omeprazole(), "m-omeprazole"), referring(FUROSEMIDE, "m-furosemide"), CKD,
                                                    medication("m-omeprazole", "198051", "omeprazole 20 mg capsule"),
                                                    medication("m-furosemide", "310429", "furosemide 20 mg tablet"),
                                                    lab("17861-6", 11.2, "mg/dL", 4, "ca-1"), lab("62238-1", 28, "mL/min/{1.73_m2}", 4, "egfr-1"),
                                                    lab("1989-3", 96, "ng/mL", 30, "d-1"), magnesium(2.0, 20, "mg-5")],
    "nothing on record": [],
}


class Medplum:
    def __init__(self, resources):
        self.process = subprocess.Popen(["node", str(FOLDER / "fhir_server.mjs")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "FHIR_TOKEN": TOKEN})
        self.process.stdin.write(json.dumps(resources).encode("utf-8"))
        self.process.stdin.close()
        self.root = f"http://127.0.0.1:{int(self.process.stdout.readline())}"
        self.base = self.root + "/fhir/R4"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)
        self.process.stdout.close()

    def get(self, relative):
        """What an EHR would put under a prefetch key; None when it has nothing to put."""
        try:
            with urllib.request.urlopen(urllib.request.Request(f"{self.base}/{relative.replace('|', '%7C')}", headers={"Authorization": f"Bearer {TOKEN}"}), timeout=10) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            refused.close()
            return None

    def asked(self):
        with urllib.request.urlopen(self.root + "/asked", timeout=10) as answer:
            return json.load(answer)


def setUpModule():
    install()


class AbsentHalfAndComplete(unittest.TestCase):
    def compare(self, resources, drafts, hook):
        with Medplum([patient(), ENCOUNTER, *resources]) as fhir, RunningService(
                {"clients": [{"name": "ehr", "authentication": "none", "fhirServers": [fhir.base]}],
                 "callBacks": {"totalMilliseconds": 4000, "fhirMilliseconds": 3500}, "limits": {"answerMilliseconds": 5000}}) as service:
            templates = service.get("/cds-services").json["services"][0]["prefetch"]
            whole = {key: fhir.get(query.replace("{{context.patientId}}", PATIENT).replace("{{context.encounterId}}", "enc-88213")) for key, query in templates.items()}
            included = [{"resource": each, "search": {"mode": "include"}} for each in resources if each["resourceType"] == "Medication"]
            whole["medications"].setdefault("entry", []).extend(included)
            if not whole["medications"]["entry"]:
                del whole["medications"]["entry"]
            keys = sorted(whole)
            prefetches = {"complete": whole, "absent": ..., "empty": {}, "first half": {key: whole[key] for key in keys[:4]},
                          "second half": {key: whole[key] for key in keys[4:]}, **{f"without {key}": {k: v for k, v in whole.items() if k != key} for key in keys}}
            bodies, questions = {}, {}
            for name, prefetch in prefetches.items():
                fhir.asked()
                call = request(*drafts, hook=hook, prefetch=prefetch, fhirServer=fhir.base,
                               fhirAuthorization={"access_token": TOKEN, "token_type": "Bearer", "expires_in": 300, "scope": "patient/*.rs", "subject": "cofactor", "patient": PATIENT})
                answer = service.post_hook(ORDER_SIGN if hook == "order-sign" else ORDER_SELECT, call)
                self.assertEqual(200, answer.status, answer.body)
                bodies[name] = json.dumps(without_identity(answer.json), sort_keys=False)
                questions[name] = len(fhir.asked())
            self.assertEqual(0, questions["complete"])
            self.assertGreaterEqual(questions["absent"], 9)
            for name, body in bodies.items():
                self.assertEqual(bodies["complete"], body, name)
            return json.loads(bodies["complete"])["cards"]

    def test_the_same_cards(self):
        shown = 0
        for (name, resources), hook in itertools.product(RECORDS.items(), ("order-sign", "order-select")):
            with self.subTest(name, hook=hook):
                cards = self.compare(resources, [weekly_vitamin_d(), lisinopril()], hook)
                shown += len(cards)
        self.assertGreaterEqual(shown, 8, "cards were compared, not silence")


if __name__ == "__main__":
    unittest.main()
