"""Proves: what prefetch does not bring is asked for, in parallel and in time, from the client's own FHIR server alone; the cards
cannot tell where the data came from; what could not be had is said; and the access token leaves no trace."""
import json
import pathlib
import re
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.fhir_stub import FhirStub, outcome  # noqa: E402
from support.hook_requests import (PATIENT, bundle, day, empty_bundle, lisinopril, magnesium, omeprazole, patient, request,  # noqa: E402
                                   rules_of, weekly_vitamin_d, without_identity)
from support.left_behind import kept_memory, makers, mappings_with, memory_is_kept  # noqa: E402
from support.running_service import ORDER_SIGN, RunningService, run, sanitizer  # noqa: E402

TOKEN = "canary-access-token-0f6a1c52"


def medication(medication_id, code="198051", text="omeprazole 20 mg capsule"):
    return {"resourceType": "Medication", "id": medication_id, "code": {"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": code}], "text": text}}


def referenced(medication_id, order_id="mr-ref"):
    order = omeprazole(order_id)
    del order["medicationCodeableConcept"]
    return {**order, "medicationReference": {"reference": f"Medication/{medication_id}", "display": "a capsule"}}


def record():
    """What the FHIR server knows about the patient."""
    return [patient(), omeprazole(), magnesium(2.1, 400, "mg-old"), magnesium(1.9, 200, "mg-new"), magnesium(1.2, 5, "mg-foreign", patient="pt-other"),
            {"resourceType": "Encounter", "id": "enc-88213", "status": "in-progress", "class": {"code": "AMB"}, "subject": {"reference": f"Patient/{PATIENT}"}}]


def authorization(**changes):
    given = {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 300, "scope": "patient/*.rs", "subject": "cofactor", "patient": PATIENT}
    given.update(changes)
    return {key: value for key, value in given.items() if value is not ...}


class CallBacks(unittest.TestCase):
    def setUp(self):
        self.fhir = self._enter(FhirStub(record()))

    def _enter(self, context):
        entered = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        return entered

    def serve(self, call_backs=None, environment=None, **client):
        changes = {"clients": [{"name": "ehr", "authentication": "none", "fhirServers": [self.fhir.base], **client}],
                   "callBacks": {"totalMilliseconds": 4000, "fhirMilliseconds": 3000, **(call_backs or {})},
                   "limits": {"answerMilliseconds": 5000}}
        return self._enter(RunningService(changes, environment))

    def ask(self, service, *drafts, prefetch=..., authorized="whole", server=None, **members):
        body = request(*drafts, prefetch=prefetch, fhirServer=server or self.fhir.base,
                       fhirAuthorization=authorization() if authorized == "whole" else authorized, **members)
        return service.post_hook(ORDER_SIGN, body)

    def whole_prefetch(self):
        """What the FHIR server gives for discovery's own templates."""
        templates = self.service.get("/cds-services").json["services"][0]["prefetch"]
        filled = {key: query.replace("{{context.patientId}}", PATIENT).replace("{{context.encounterId}}", "enc-88213") for key, query in templates.items()}
        return {key: self.fhir.answer("/fhir/" + query)[1] for key, query in filled.items()}

    def test_P_09_P_10_absent_half_and_whole_prefetch_give_the_same_cards(self):
        self.service = service = self.serve()
        whole = self.whole_prefetch()
        expected = self.ask(service, prefetch=whole)
        self.assertEqual(200, expected.status)
        self.assertEqual([], self.fhir.asked, "nothing was missing")
        self.assertTrue(expected.json["cards"])
        cases = {"absent": ..., "empty": {}, "only the patient": {"patient": whole["patient"]}, "no magnesium": {k: v for k, v in whole.items() if k != "magnesium"}}
        cases.update({f"without {key}": {k: v for k, v in whole.items() if k != key} for key in whole})
        cases["outcomes"] = {key: outcome("timeout") for key in whole}
        for name, prefetch in cases.items():
            with self.subTest(name):
                answer = self.ask(service, prefetch=prefetch)
                self.assertEqual(200, answer.status)
                self.assertEqual(without_identity(expected.json), without_identity(answer.json))

    def test_P_15_a_paged_prefetch_and_a_paged_server_are_read_to_the_end(self):
        self.fhir.resources += [magnesium(2.0, 300 + i, f"mg-{i}") for i in range(40)]
        self.service = service = self.serve()
        expected = self.ask(service, prefetch=self.whole_prefetch())
        self.fhir.page_size = 7
        answer = self.ask(service)
        self.assertEqual(without_identity(expected.json), without_identity(answer.json))
        self.fhir.asked.clear()
        half = self.whole_prefetch()
        self.assertIn("link", half["magnesium"])
        self.assertEqual(without_identity(expected.json), without_identity(self.ask(service, prefetch=half).json))
        self.assertEqual(["Observation"] * 6, self.fhir.asked_types())

    def test_T_SSRF_4_a_server_outside_the_clients_networks_is_never_asked_and_the_doctor_says_so(self):
        self.fhir.base = self.fhir.base.replace("127.0.0.1", "localhost")
        for networks, asked in ((["10.0.0.0/8"], 0), (["0.0.0.0/0"], 0), (["10.0.0.0/8", "127.0.0.0/8"], 9)):
            with self.subTest(networks):
                self.fhir.asked.clear()
                service = self.serve(fhirNetworks=networks)
                self.assertEqual(200, self.ask(service).status)
                self.assertEqual(asked, len(self.fhir.asked))
                doctor = run("doctor", "--config", str(service.config_file))
                self.assertEqual(0 if asked else 1, doctor.returncode, doctor.stdout)
                self.assertIn("`localhost` is called at `127.0.0.1`" if asked else "`localhost` is at `127.0.0.1`, in none of its `fhirNetworks`", doctor.stdout)

    def test_irrelevant_drafts_never_touch_the_fhir_server(self):
        service = self.serve()
        answer = self.ask(service, lisinopril())
        self.assertEqual((200, []), (answer.status, answer.json["cards"]))
        self.assertEqual([], self.fhir.asked)

    def test_five_searches_cost_one_round_trip(self):
        service = self.serve()
        self.ask(service)
        self.fhir.delay = 0.3 if sanitizer() is None else 0.9
        begin = time.monotonic()
        self.assertEqual(200, self.ask(service).status)
        self.assertLess(time.monotonic() - begin, 3 * self.fhir.delay, "nine questions, each answered after the delay")

    def test_R_11_R_12_each_question_carries_the_token_and_goes_to_the_right_patient(self):
        service = self.serve()
        self.ask(service)
        self.assertEqual(9, len(self.fhir.asked))
        for path, given in self.fhir.asked:
            self.assertEqual(f"Bearer {TOKEN}", given)
            self.assertTrue(PATIENT in path or path == "/fhir/Encounter/enc-88213", path)

    def test_medications_that_are_only_referred_to_are_read_once(self):
        self.fhir.include = False
        self.fhir.resources = [patient(), referenced("m1"), medication("m1"), magnesium(1.9, 200, "mg-new"), record()[-1]]
        self.service = service = self.serve()
        for already in (False, True):
            self.fhir.asked.clear()
            answer = self.ask(service)
            self.assertIn("high-dose-ppi", rules_of(answer.json["cards"]))
            self.assertEqual(not already, "Medication" in self.fhir.asked_types(), "the second time from the cache")
        prefetch = self.whole_prefetch()
        self.fhir.asked.clear()
        from_prefetch = self.ask(service, prefetch=prefetch)
        self.assertEqual(without_identity(answer.json), without_identity(from_prefetch.json))
        self.assertEqual([], self.fhir.asked)

    def test_a_draft_that_only_refers_to_its_medication_is_read(self):
        draft = weekly_vitamin_d()
        del draft["medicationCodeableConcept"]
        draft["medicationReference"] = {"reference": f"{self.fhir.base}/Medication/vd"}
        self.fhir.resources.append(medication("vd", "1367410", "ergocalciferol 50,000 unit capsule"))
        service = self.serve()
        answer = self.ask(service, draft)
        self.assertIn("high-dose-ppi", rules_of(answer.json["cards"]))

    def test_T_SSRF_6_references_to_other_hosts_are_never_fetched(self):
        with FhirStub([medication("m1")]) as elsewhere:
            order = referenced("m1")
            for reference in (f"{elsewhere.base}/Medication/m1", f"{self.fhir.base}/../Medication/m1", f"{self.fhir.base.upper()}/Medication/m1",
                              "Medication/m1/../../x", "Medication/%2e%2e", "//evil.example/Medication/m1", "Patient/m1", "urn:uuid:m1", "#m1"):
                self.fhir.resources = [patient(), {**order, "medicationReference": {"reference": reference}}]
                with self.subTest(reference):
                    service = self.serve()
                    self.fhir.asked.clear()
                    self.assertEqual(200, self.ask(service).status)
                    self.assertNotIn("Medication", self.fhir.asked_types())
            self.assertEqual([], elsewhere.asked)

    def test_T_SSRF_1_another_server_is_refused_and_never_asked(self):
        service = self.serve()
        port = self.fhir.base.split(":")[2].split("/")[0]
        with FhirStub(record()) as elsewhere:
            for server in (elsewhere.base, "https://169.254.169.254/fhir", "http://[::1]/fhir", "http://0x7f.1/fhir", "http://2130706433/fhir",
                           f"http://user@127.0.0.1:{port}/fhir", f"{self.fhir.base}#@evil.example", f"http://127.0.0.1:{port}\\@evil.example/fhir",
                           "https://xn--hr-nlc.example/fhir", f"http://127.0.0.1.:{port}/fhir", f"https://127.0.0.1:{port}/fhir", f"{self.fhir.base}/../admin",
                           f"{self.fhir.base}/%2e%2e/admin", f"http://127.0.0.1:{port}//fhir", f"http://127.0.0.1:{port}", "gopher://127.0.0.1/fhir", "x"):
                with self.subTest(server):
                    answer = self.ask(service, server=server)
                    self.assertEqual(400, answer.status)
                    self.assertEqual("OperationOutcome", answer.json["resourceType"])
                    self.assertNotIn(TOKEN.encode(), answer.body)
            self.assertEqual(([], []), (elsewhere.asked, self.fhir.asked))
        self.assertEqual(17, service.metric("cofactor_refused_calls_total", reason="fhir-server-not-allowed"))
        end = time.monotonic() + 10  # nobody waits for these records
        while (told := run("doctor", "--config", str(service.config_file), "--last-refusals", "50").stdout).count("fhir-server-not-allowed  ehr  ") < 17:
            self.assertLess(time.monotonic(), end, told)
            time.sleep(0.05)
        for secret in (TOKEN, "evil.example", "169.254"):
            self.assertNotIn(secret, told)

    def test_R_06_a_server_without_a_token_is_no_error(self):
        service = self.serve()
        for server in (self.fhir.base, "https://somewhere.example/fhir"):
            answer = service.post_hook(ORDER_SIGN, request(fhirServer=server))
            self.assertEqual(200, answer.status)
        self.assertEqual([], self.fhir.asked)

    def test_R_07_T_TOK_3_a_token_that_is_not_whole_is_not_used(self):
        service = self.serve()
        faults = {"member missing: " + name: {name: ...} for name in ("access_token", "token_type", "expires_in", "scope", "subject")}
        faults.update({"not Bearer": {"token_type": "MAC"}, "expired": {"expires_in": 0}, "expired long ago": {"expires_in": -5}, "no number": {"expires_in": "300"},
                       "CR LF": {"access_token": TOKEN + "\r\nX-Evil: 1"}, "blank": {"access_token": TOKEN + " x"}, "no text": {"access_token": 7},
                       "NUL": {"access_token": TOKEN + "\x7f"}, "empty": {"access_token": ""}})
        for name, changes in faults.items():
            with self.subTest(name):
                answer = self.ask(service, prefetch=bundle_prefetch(), authorized=authorization(**changes))
                self.assertEqual(200, answer.status)
                self.assertIn("high-dose-ppi", rules_of(answer.json["cards"]), "still answered from prefetch")
        for name, whole in {"a string": "x", "a list": [], "null": None}.items():
            with self.subTest(name):
                self.assertEqual(200, self.ask(service, authorized=whole).status)
        self.assertEqual([], self.fhir.asked)
        self.assertGreater(service.metric("cofactor_call_backs_total", outcome="not-asked"), 0)

    def test_T_PAT_5_a_token_for_another_patient_is_not_used(self):
        service = self.serve()
        self.assertEqual(200, self.ask(service, authorized=authorization(patient="pt-other")).status)
        self.assertEqual([], self.fhir.asked)
        self.assertEqual(200, self.ask(service, authorized=authorization(patient=...)).status, "R-08: not said is allowed")
        self.assertEqual(9, len(self.fhir.asked))

    def test_T_SSRF_7_no_strange_id_reaches_a_query(self):
        service = self.serve()

        def ask(name):
            body = request(weekly_vitamin_d(subject={"reference": f"Patient/{name}"}), patient_id=name, prefetch=..., fhirServer=self.fhir.base,
                           fhirAuthorization=authorization(patient=...))
            return service.post_hook(ORDER_SIGN, body)
        for name in ("a&patient=b", "a|b", "a,b", "x" * 65, "\u2011", "a;b", "a_b"):  # none of FHIR's, and published examples have such
            with self.subTest(name):
                answer = ask(name)
                self.assertEqual(200, answer.status)
                self.assertEqual(["check-incomplete"], rules_of(answer.json["cards"]), "nothing could be asked, and that is said")
        for name in ("a/b", "a\r\nb", "a b", "a?b", "a#b", ".", "..", "%2e%2e", "a%2Fb", "a\\b"):
            with self.subTest(name):
                self.assertEqual(400, ask(name).status)
        self.assertEqual([], self.fhir.asked)
        self.assertEqual(200, ask("a.b-1").status)
        self.assertEqual({"a.b-1"}, {part for asked in self.fhir.asked for part in re.findall(r"a\.b-1", str(asked))}, "a good id is asked for")

    def test_C_08_what_could_not_be_had_is_said_with_a_reason(self):
        service = self.serve({"totalMilliseconds": 600, "fhirMilliseconds": 400})
        rows = {"fhir-unauthorized": (401, outcome("login")), "fhir-forbidden": (403, outcome("forbidden")), "fhir-not-found": (404, outcome("not-found")),
                "fhir-rate-limited": (429, outcome("throttled")), "fhir-server-error": (500, b"oops", "text/plain"), "fhir-redirect": (302, b"", "text/plain"),
                "fhir-not-fhir": (200, b"<html></html>", "text/html"), "fhir-refused": (400, outcome("invalid")),
                "fhir-too-large": (200, b" " * (9 << 20)), "operation-outcome": (200, outcome("suppressed", "warning", "4119")),
                "outcome-entry": (200, {**empty_bundle(), "entry": [{"resource": outcome("informational", "warning", "4119"), "search": {"mode": "outcome"}}]}),
                "fhir-timeout": lambda _: time.sleep(1) or (200, empty_bundle())}
        for reason, given in rows.items():
            with self.subTest(reason):
                self.fhir.overrides = {"Observation": given}
                answer = self.ask(service)
                self.assertEqual(200, answer.status)
                before = service.metric("cofactor_could_not_check_total", reason=f"magnesium-{reason}")
                self.assertGreater(before, 0, answer.body)
                self.assertIn("check-incomplete", " ".join(rules_of(answer.json["cards"])) + json.dumps(answer.json), answer.body)
        self.assertEqual(0, service.metric("cofactor_calls_total", outcome="failed"))

    def test_C_02_the_same_is_a_412_for_a_client_that_wants_it(self):
        service = self.serve(onMissingData="412")
        self.assertEqual(200, self.ask(service).status)
        self.fhir.overrides = {"Observation": (401, outcome("login"))}
        answer = self.ask(service)
        self.assertEqual(412, answer.status)
        self.assertIn(b"fhir-unauthorized", answer.body)

    def test_T_FHIR_4_a_server_that_fails_is_left_alone_and_the_answer_says_so(self):
        service = self.serve()
        self.fhir.overrides = {"/fhir": (503, outcome("transient"))}
        for _ in range(5):
            self.ask(service)
        asked = len(self.fhir.asked)
        answer = self.ask(service)
        self.assertEqual(200, answer.status)
        self.assertEqual(asked, len(self.fhir.asked))
        self.assertEqual(1, service.metric("cofactor_call_backs_total", outcome="breaker-open"))
        self.assertGreater(service.metric("cofactor_could_not_check_total", reason="magnesium-fhir-breaker-open"), 0)

    def test_T_FHIR_2_the_budget_holds_and_others_are_not_held_up(self):
        service = self.serve({"totalMilliseconds": 450, "fhirMilliseconds": 300})
        self.fhir.delay = 3
        begin = time.monotonic()
        answer = self.ask(service)
        took = time.monotonic() - begin
        self.assertEqual(200, answer.status)
        self.assertGreater(took, 0.29)
        self.assertLess(took, 1.5)
        self.assertGreater(service.metric("cofactor_could_not_check_total", reason="magnesium-fhir-timeout"), 0)

    def test_P_18_another_patients_resources_are_not_used(self):
        self.service = service = self.serve()
        self.fhir.overrides = {"Observation": lambda path: (200, bundle(magnesium(1.0, 5, "mg-foreign", patient="pt-other")))}
        answer = self.ask(service)
        self.assertNotIn("1.0", "".join(card.get("detail", "") for card in answer.json["cards"]))
        self.assertEqual(1, service.metric("cofactor_patient_mismatch_total"))

    def test_the_switch(self):
        service = self.serve({"on": False})
        self.assertEqual(200, self.ask(service).status)
        self.assertEqual([], self.fhir.asked)

    def test_T_TOK_1_T_TOK_2_no_trace_of_the_token(self):
        service = self.serve(environment=kept_memory())
        self.fhir.keep_tokens = False
        for number in range(3):
            self.ask(service)
            self.ask(service, server="https://evil.example/fhir")
            self.ask(service, authorized=authorization(patient="pt-other"))
        self.fhir.overrides = {"Observation": (401, outcome("login"))}
        self.ask(service)
        time.sleep(1)
        tail = TOKEN[-16:].encode()
        for file in sorted(service.folder.iterdir()):
            self.assertNotIn(tail, file.read_bytes(), file.name)
        self.assertNotIn(tail.decode(), service.log_text())
        self.assertNotIn(tail, service.operations("/metrics").body)
        pid = service.process.pid
        self.assertTrue(not kept_memory() or memory_is_kept(pid))
        self.assertTrue(mappings_with(pid, self.fhir.base.encode()), "the search finds what is there")
        self.assertFalse(mappings_with(pid, tail) and makers(pid, tail))


def bundle_prefetch():
    return {"patient": patient(), "medications": bundle(omeprazole()), "magnesium": None}


if __name__ == "__main__":
    unittest.main()
