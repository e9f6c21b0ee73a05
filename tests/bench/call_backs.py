"""Promises: what a call-back costs above the FHIR server's own time, and that many searches cost one round trip. Prints one table;
with --check, exit 1 when the share at p50 is above 3 ms or five searches cost more than one round trip.

    COFACTOR_BINARY=build/release/cds-service/cofactor COFACTOR_FHIR_STUB=build/dev/tests/bench/fhir_delay_stub \\
        python3 tests/bench/call_backs.py [--calls 300] [--delay 50] [--check]
"""
import argparse
import http.client
import json
import os
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.hook_requests import PATIENT, empty_bundle, patient, request  # noqa: E402
from support.running_service import ORDER_SIGN, RunningService  # noqa: E402

ENCOUNTER = {"resourceType": "Encounter", "id": "enc-88213", "status": "in-progress", "class": {"code": "AMB"}, "subject": {"reference": f"Patient/{PATIENT}"}}
WHOLE = {"patient": patient(), "encounter": ENCOUNTER,
         **{key: empty_bundle() for key in ("medications", "statements", "magnesium", "vitaminD", "calciumRenal", "conditions", "serviceRequests")}}
MISSING = {"none": [], "1 search": ["magnesium"], "5 searches": ["magnesium", "vitaminD", "calciumRenal", "medications", "conditions"], "all 9": list(WHOLE)}


def timed(calls, call):
    took = []
    for _ in range(calls):
        begin = time.perf_counter()
        call()
        took.append((time.perf_counter() - begin) * 1000)
    took.sort()
    return took[len(took) // 2], took[int(len(took) * 0.99)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=300)
    parser.add_argument("--delay", type=int, default=50)
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    stub = subprocess.Popen([os.environ["COFACTOR_FHIR_STUB"], str(given.delay)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        port = int(stub.stdout.readline())
        base = f"http://127.0.0.1:{port}/fhir"
        direct = http.client.HTTPConnection("127.0.0.1", port)

        def ask_directly():
            direct.request("GET", "/fhir/Observation?patient=1")
            direct.getresponse().read()
        ask_directly()
        rows = {"the stub, asked directly": timed(given.calls, ask_directly)}
        # Wide limits: what is measured is time, not what happens when there is none.
        with RunningService({"clients": [{"name": "ehr", "authentication": "none", "fhirServers": [base]}], "limits": {"answerMilliseconds": 10000},
                             "callBacks": {"totalMilliseconds": 9000, "fhirMilliseconds": 8000}}) as service:
            for name, missing in MISSING.items():
                authorization = {"access_token": "token-of-the-benchmark", "token_type": "Bearer", "expires_in": 300, "scope": "x", "subject": "x", "patient": PATIENT}
                body = json.dumps(request(prefetch={k: v for k, v in WHOLE.items() if k not in missing}, fhirServer=base, fhirAuthorization=authorization)).encode()

                def call():
                    answer = service.post_hook(ORDER_SIGN, body)
                    assert answer.status == 200, answer.body
                for _ in range(5):
                    call()
                rows[f"order-sign, {name} missing"] = timed(given.calls, call)
            assert service.metric("cofactor_could_not_check_total") == 0
            assert service.metric("cofactor_call_backs_total", outcome="whole") >= 3 * given.calls
    finally:
        stub.stdin.close()
        stub.wait(10)
        stub.stdout.close()
    own = rows["the stub, asked directly"][0]
    print(f"{'':34}{'p50 ms':>9}{'p99 ms':>9}{'above the stub, p50 ms':>25}")
    for name, (median, late) in rows.items():
        above = f"{median - own:25.2f}" if "missing" in name and "none" not in name else f"{'':25}"
        print(f"{name:34}{median:9.2f}{late:9.2f}{above}")
    one, five = rows["order-sign, 1 search missing"][0], rows["order-sign, 5 searches missing"][0]
    good = five - own <= 3 and five < own + given.delay
    print(f"five searches cost {five - one:+.2f} ms over one: {'one round trip' if five < own + given.delay else 'MORE than one round trip'}; "
          f"our share {five - own:.2f} ms: {'within' if five - own <= 3 else 'ABOVE'} 3 ms")
    return 0 if good or not given.check else 1


if __name__ == "__main__":
    sys.exit(main())
