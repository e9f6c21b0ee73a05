"""Proves: two hospitals that use one patient id, calling at once from many threads, never see each other (row T-PAT-6, H2):
each has its own issuer and keys, its own FHIR server and there its own `Medication/m1`; each answer carries the marks of its own
call and its own hospital's medicine, and each FHIR server sees its own hospital's access tokens alone. --seconds N goes on for N
seconds (8 in the suite, 600 as a drill)."""
import argparse
import contextlib
import http.client
import json
import pathlib
import re
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
import hook_requests as make  # noqa: E402
from fhir_stub import FhirStub  # noqa: E402
from running_service import ORDER_SELECT, ORDER_SIGN, RunningService  # noqa: E402
from trusted_client import TrustedClient  # noqa: E402

PATIENT = "1000"
MEDICINES = {"alfa": "omeprazole", "brav": "pantoprazole"}
BASE = "http://127.0.0.1:8080"
THREADS_EACH = 4
MARK = re.compile(r"(alfa|brav)x(\d+)x")


def record_of(hospital):
    """What a hospital's FHIR server knows: a list that refers to a Medication, which has to be read by its id."""
    listed = make.omeprazole("mr-1", patient=PATIENT)
    del listed["medicationCodeableConcept"]
    listed["medicationReference"] = {"reference": "Medication/m1"}
    return [listed, {"resourceType": "Medication", "id": "m1", "code": {"text": f"{MEDICINES[hospital]} 20 mg capsule"}}]


def call_of(mark, number, hook, fhir):
    """The mark stands wherever an answer can repeat something of its call; the numbers of the call are its own too. The list of
    medicines is left to the FHIR server."""
    draft = make.weekly_vitamin_d(f"draft-{mark}", patient=PATIENT)
    draft["medicationCodeableConcept"]["text"] = f"ergocalciferol {mark}"
    low = make.magnesium(value=f"@{mark}@", days_ago=5, patient=PATIENT)
    value = f"1.{100 + number % 300}"
    prefetch = make.prefetch(patient=make.patient(PATIENT), medications=..., magnesium=make.bundle(low))
    call = make.request(draft, hook=hook, patient_id=PATIENT, prefetch=prefetch, fhirServer=fhir.base, fhirAuthorization={
        "access_token": f"token-{mark}", "token_type": "Bearer", "expires_in": 300, "scope": "patient/*.rs", "subject": "cofactor", "patient": PATIENT})
    call["context"].update(userId=f"Practitioner/{mark}", encounterId=f"enc-{mark}")
    return json.dumps(call).replace(f'"@{mark}@"', value).encode(), value


class Hospital(threading.Thread):
    def __init__(self, port, name, lane, until, ehr, fhir):
        super().__init__(daemon=True)
        self.port, self.name, self.lane, self.until, self.ehr, self.fhir = port, name, lane, until, ehr, fhir
        self.calls, self.faults, self.decisions = 0, [], []

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        number = self.lane
        while time.monotonic() < self.until and len(self.faults) < 5:
            number += 1000
            hook, service_id = (("order-sign", ORDER_SIGN), ("order-select", ORDER_SELECT))[number // 1000 % 2]
            mark = f"{self.name}x{number}x"
            body, value = call_of(mark, number, hook, self.fhir)
            token = self.ehr.token(f"{BASE}/cds-services/{service_id}")
            connection.request("POST", f"/cds-services/{service_id}", body, {"Content-Type": "application/json", "Authorization": f"Bearer {token}"})
            answer = connection.getresponse()
            text = answer.read().decode()
            self.calls += 1
            if answer.status == 503:
                continue
            if answer.status != 200:
                self.faults.append(f"status {answer.status}")
                continue
            self.judge(mark, value, text, answer.headers.get("X-Cofactor-Decision"))
        connection.close()

    def judge(self, mark, value, text, decision):
        cards = json.loads(text)["cards"]
        marks = {match.group(0) for match in MARK.finditer(text)}
        if len(cards) != 1 or marks != {mark}:
            self.faults.append(f"{mark}: {len(cards)} cards with the marks {sorted(marks)}")
        elif mark not in cards[0]["detail"] or f"Magnesium {value} mg/dL" not in cards[0]["summary"]:
            self.faults.append(f"{mark}: the card is not of this call: {cards[0]['summary']}")
        elif {name for name in MEDICINES if MEDICINES[name] in cards[0]["detail"]} != {self.name}:
            self.faults.append(f"{mark}: not its own hospital's medicine: {cards[0]['detail']}")
        elif cards[0]["extension"]["org.cofactor"]["decision"] != decision:
            self.faults.append(f"{mark}: the header names another decision")
        self.decisions.append(decision)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=8)
    seconds = parser.parse_args().seconds
    ehrs = {name: TrustedClient(f"https://{name}.example/fhir", "RS384") for name in MEDICINES}
    with contextlib.ExitStack() as stack:
        fhirs = {name: stack.enter_context(FhirStub(record_of(name), include=False)) for name in MEDICINES}
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        service = stack.enter_context(RunningService({
            "publicBaseUrl": BASE, "callBacks": {"totalMilliseconds": 4000, "fhirMilliseconds": 3000},
            "clients": [{"name": name, "authentication": "jwt", "issuer": ehrs[name].issuer, "jwks": ehrs[name].write_key_set(folder / f"{name}.json"),
                         "fhirServers": [fhirs[name].base]} for name in MEDICINES]}))
        until = time.monotonic() + seconds
        threads = [Hospital(service.port, name, lane, until, ehrs[name], fhirs[name]) for lane in range(THREADS_EACH) for name in MEDICINES]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(seconds + 60)
    faults = [fault for thread in threads for fault in thread.faults]
    answered = [decision for thread in threads for decision in thread.decisions]
    calls = sum(thread.calls for thread in threads)
    if len(answered) < 5 * seconds:
        faults.append(f"only {len(answered)} answers in {seconds:g} s: that proves little")
    if len(set(answered)) != len(answered):
        faults.append("a decision id came twice")
    for name, fhir in fhirs.items():
        strange = {token for _, token in fhir.asked if not (token or "").startswith(f"Bearer token-{name}x")}
        if strange or not fhir.asked:
            faults.append(f"the FHIR server of {name} was asked {len(fhir.asked)} times, {len(strange)} times with a token that is not of it")
        if sum(path.endswith("/Medication/m1") for path, _ in fhir.asked) > len(fhir.asked) / 2:
            faults.append("each call read the Medication: nothing was kept that could have been mixed up")
    print(f"two hospitals: {calls} calls, {len(answered)} answers, {len(faults)} faults")
    for fault in faults[:20]:
        print(fault, file=sys.stderr)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
