"""Proves: neither a token nor anything that tells who the patient is stays behind in log, metrics, refusals, database or WAL,
whatever kind of call it came with; log lines stay lines, and labels stay few (rows T-TOK-1, T-LOG, T-FB-3).

What the canaries cover: name, MRN, birth date, address, notes, the FHIR server's address, comments and tokens may be
nowhere, not even in the audit's decompressed contents. The patient's id is in the store only sealed and as a keyed tag. A
lab value and the name of a medicine are facts of a decision and stand in its content by design, and nowhere else. The
practitioner's and the encounter's id stand in the audit for accountability. In the memory of the process ids and facts may stand
until their place is used again; tokens and the texts that were sent are overwritten."""
import base64
import copy
import json
import os
import pathlib
import random
import socket
import sys
import tempfile
import time
import unittest
import uuid

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
import hook_requests as make  # noqa: E402
from fhir_stub import FhirStub  # noqa: E402
from left_behind import LeftBehind, kept_memory, makers, mappings_with, memory_is_kept  # noqa: E402
from running_service import ORDER_SELECT, ORDER_SIGN, Answer, RunningService  # noqa: E402
from trusted_client import TrustedClient  # noqa: E402

PATH = f"/cds-services/{ORDER_SIGN}"
PATIENT_ID = "cnry-5521-id"
PERSON = {"family name": "Quastelheim-Obrist", "given name": "Wilhelmetta", "MRN": "MRN-77401-QX", "birth date": "1931-07-13",
          "street": "Nightingale Crescent 4711", "telephone": "+49-555-0198-774", "note": "tells of her sister Rosalynd",
          "comment": "daughter Rosalynd says otherwise", "server": "canary-host-91.example", "photo": "aGVyIHBob3RvZ3JhcGg"}
VALUE = "1.23457"


def token():
    """Shaped as a real one, so that code which recognises tokens sees one."""
    part = [base64.urlsafe_b64encode(os.urandom(count)).rstrip(b"=").decode() for count in (120, 96)]
    return base64.urlsafe_b64encode(b'{"alg":"ES384","typ":"JWT","kid":"k"}').rstrip(b"=").decode() + "." + ".".join(part)


def persons_call():
    person = {**make.patient(PATIENT_ID, PERSON["birth date"]), "name": [{"family": PERSON["family name"], "given": [PERSON["given name"]]}],
              "identifier": [{"value": PERSON["MRN"]}], "address": [{"line": [PERSON["street"]]}], "telecom": [{"value": PERSON["telephone"]}],
              "photo": [{"data": PERSON["photo"]}]}
    subject = {"reference": f"Patient/{PATIENT_ID}", "display": f"{PERSON['given name']} {PERSON['family name']}", "identifier": {"value": PERSON["MRN"]}}
    draft, active = make.weekly_vitamin_d(), make.omeprazole()
    result = make.magnesium(days_ago=400)
    result["valueQuantity"]["value"] = float(VALUE)
    for resource in (draft, active, result):
        resource.update(subject=subject, note=[{"text": PERSON["note"]}])
    return make.request(draft, patient_id=PATIENT_ID, fhirServer=f"https://{PERSON['server']}/fhir",
                        prefetch=make.prefetch(patient=person, medications=make.bundle(active), magnesium=make.bundle(result),
                                               conditions=make.bundle({"resourceType": "Condition", "id": "c", "subject": subject, "note": [{"text": PERSON["note"]}],
                                                                       "clinicalStatus": {"coding": [{"code": "active"}]}, "code": {"text": PERSON["note"]}})))


def every_kind(service, call, headers=None):
    """That call answered, refused for every reason that the envelope knows, cut, too large, at wrong addresses and with
    feedback on its card. The answers that were refusals."""
    answers = [service.post_hook(ORDER_SIGN, call, headers), service.post_hook(ORDER_SELECT, dict(call, hook="order-select"), headers)]
    assert answers[0].status == 200, answers[0].body
    card = answers[0].json["cards"][0]
    for name in ("hook", "hookInstance", "context"):
        for value in (None, 7, "", "x", []):
            answers.append(service.post_hook(ORDER_SIGN, dict(call, **{name: value}), headers))
    for name in ("patientId", "userId", "draftOrders"):
        answers.append(service.post_hook(ORDER_SIGN, dict(call, context=dict(call["context"], **{name: 7})), headers))
    text = json.dumps(call).encode()
    for broken in (text[:-1], text[:len(text) // 2], text + b"}", text.replace(b'"hook"', b'"hook":1,"hook"'), b"[" * 200 + text, text.replace(b'"status"', b'"status\\u0000"')):
        answers.append(service.post_hook(ORDER_SIGN, broken, headers))
    foreign = copy.deepcopy(call)
    foreign["context"]["draftOrders"]["entry"][0]["resource"]["subject"] = {"reference": "Patient/cnry-5521-other"}
    answers.append(service.post_hook(ORDER_SIGN, foreign, headers))
    answers += [service.post("/cds-services/nothing", call, headers), service.get(PATH, headers), service.request("PUT", PATH, text, headers),
                service.request("POST", PATH, text, {"Content-Type": "text/plain", **(headers or {})}), service.request("OPTIONS", PATH, None, headers)]
    comment = {"userComment": PERSON["comment"], "reason": {"code": "other", "system": "urn:cofactor:override-reason"}}
    for item in ({"outcome": "overridden"}, {"outcome": "nonsense"}, {"outcome": "accepted", "acceptedSuggestions": [{"id": 7}]}):
        for uuid_ in (card["uuid"], str(uuid.uuid4())):
            answers.append(service.post(f"{PATH}/feedback", {"feedback": [{"card": uuid_, "outcomeTimestamp": "2026-03-02T14:08:00Z", "overrideReason": comment, **item}]}, headers))
    return [answer for answer in answers if answer.status != 200]


def raw(port, request):
    """What a socket gets for these bytes."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        try:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            data = b""
            while piece := connection.recv(65536):
                data += piece
        except OSError:
            pass  # closed on us: a refusal too
    return data


class NoLeaks(unittest.TestCase):
    def test_T_LOG_2_NothingTellsWhoThePatientIs(self):
        with RunningService() as service:
            refusals = every_kind(service, persons_call())
            self.assertGreater(len(refusals), 20)
            for place in ("", "/" + PERSON["family name"], "?name=" + PERSON["family name"]):
                refusals.append(service.get(f"/cds-services/{PATIENT_ID}{place}", {"User-Agent": PERSON["MRN"], "Referer": f"https://x/{PERSON['MRN']}"}))
            running = LeftBehind(service, refusals).stored()
            self.assertIn("metrics", running.places)
            service.stop()
            stopped = LeftBehind(service, refusals).stored()
        secrets = {**PERSON, "patient id": PATIENT_ID}
        for left in (running, stopped):
            self.assertTrue(left.contents)
            self.assertEqual(left.found(secrets), [])
            self.assertEqual(left.found({"lab value": VALUE}, besides=("contents",)), [])
        facts = json.dumps(stopped.contents)
        self.assertIn(VALUE, facts, "a fact of the decision; were it gone, it could not be explained")
        self.assertIn("ergocalciferol", facts)

    def test_T_LOG_2_APatientIdAtEveryCallIsSealedEachTimeAnew(self):
        import sqlite3
        with RunningService() as service:
            for _ in range(3):
                service.cards(persons_call())
            service.stop()
            store = sqlite3.connect(f"file:{service.folder}/audit.db?mode=ro", uri=True)
            rows = store.execute("SELECT pid_tag, pid_enc FROM audit_event WHERE kind = 1").fetchall()
            store.close()
        self.assertEqual(len({tag for tag, _ in rows}), 1, "found again by its tag")
        self.assertEqual(len({sealed for _, sealed in rows}), 3, "never the same bytes")

    def test_T_TOK_1_NoTokenStaysBehindWhereverItCame(self):
        secret, other = token(), token()
        with RunningService() as service:
            call = persons_call()
            call["fhirAuthorization"] = {"access_token": secret, "token_type": "Bearer", "expires_in": 300, "scope": "patient/Observation.read",
                                         "subject": "cofactor", "patient": PATIENT_ID}
            refusals = every_kind(service, call, {"Authorization": f"Bearer {other}", "Cookie": f"session={secret}", "X-Token": secret, "Referer": f"https://ehr.example/?access_token={secret}"})
            for broken in (dict(call["fhirAuthorization"], expires_in="soon"), dict(call["fhirAuthorization"], token_type="MAC"), secret, [secret], {"access_token": [secret]},
                           {secret: "access_token"}, dict(call["fhirAuthorization"], access_token=secret + "\r\nX: y"), dict(call["fhirAuthorization"], patient="another")):
                answer = service.post_hook(ORDER_SIGN, dict(call, fhirAuthorization=broken))
                self.assertEqual(answer.status, 200, broken)  # the token is not used; what was prefetched is judged
                refusals.append(answer)
            for scheme in ("Bearer", "bearer", "Basic", "MAC", ""):
                for path in (PATH, "/cds-services", "/metrics", "/nothing"):
                    refusals.append(service.get(f"{path}?access_token={secret}&token={other}", {"Authorization": f"{scheme} {secret}".strip()}))
            for request in (f"POST {PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {secret}\r\nContent-Length: 5\r\n\r\n{{", f"GET /{secret} HTTP/1.1\r\nHost: x\r\n\r\n",
                            f"GET / HTTP/1.1\r\n{secret}: x\r\n\r\n", f"{secret} / HTTP/1.1\r\n\r\n", f"POST {PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {secret}\r\n folded\r\n\r\n",
                            f"POST {PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {secret * 40}\r\n\r\n", f"POST {PATH} HTTP/1.1\r\nHost: {secret}\r\nContent-Type: application/{secret}\r\nContent-Length: 0\r\n\r\n",
                            f"POST {PATH} HTTP/1.1\r\nHost: x\r\nX-Request-Id: Bearer {secret}\r\nContent-Length: 0\r\n\r\n"):
                refusals.append(Answer(400, {}, raw(service.port, request.encode())))
            running = LeftBehind(service, refusals).stored()
            service.stop()
            stopped = LeftBehind(service, refusals).stored()
        for left in (running, stopped):
            self.assertEqual(left.found({"access token": secret, "client token": other}), [])

    def test_T_TOK_1_T_LOG_2_ATrustedClientAndItsFhirServerLeaveNothing(self):
        """As a hospital runs it: tokens of its EHR, every one good or refused, and the patient's data fetched with access tokens."""
        ehr, sign = TrustedClient("https://ehr.example/fhir"), f"http://127.0.0.1:8080{PATH}"
        call = persons_call()
        known = [entry["resource"] for key in ("medications", "magnesium", "conditions") for entry in call["prefetch"][key]["entry"]]
        secrets, refusals = {}, []

        def authorized(name, **changes):
            secrets[name] = token()
            return dict(call, fhirServer=fhir.base, prefetch={}, fhirAuthorization={
                "access_token": secrets[name], "token_type": "Bearer", "expires_in": 300, "scope": "patient/*.rs", "subject": "cofactor", "patient": PATIENT_ID, **changes})

        def post(name, body, **claims):
            secrets[name] = ehr.token(sign, **claims)
            return service.post_hook(ORDER_SIGN, body, {"Authorization": f"Bearer {secrets[name]}"})

        with FhirStub([call["prefetch"]["patient"], *known]) as fhir, tempfile.TemporaryDirectory() as keys:
            jwks = ehr.write_key_set(pathlib.Path(keys) / "keys.json")
            with RunningService({"clients": [{"name": "ehr", "authentication": "jwt", "issuer": ehr.issuer, "jwks": jwks, "fhirServers": [fhir.base]}],
                                 "callBacks": {"totalMilliseconds": 4000, "fhirMilliseconds": 3000}}, environment=kept_memory()) as service:
                answer = post("good token", authorized("access token"))
                self.assertEqual(answer.status, 200, answer.body)
                self.assertIn("high-dose-ppi", make.rules_of(answer.json["cards"]), "the patient's data were fetched")
                self.assertTrue(fhir.asked)
                for name, claims in (("expired token", {"exp": 1}), ("other audience", {"aud": "https://other.example"}), ("unknown issuer", {"iss": "https://b.example"})):
                    refusals.append(post(name, authorized(f"access token beside {name}"), **claims))
                refusals.append(service.post_hook(ORDER_SIGN, call, {"Authorization": f"Bearer {secrets['good token']}"}))
                refusals.append(service.post_hook(ORDER_SIGN, call, {"Authorization": f"Bearer {secrets['good token'][:-8]}AAAAAAAA"}))
                self.assertEqual([each.status for each in refusals], [401] * 5)
                foreign = dict(authorized("access token for another server"), fhirServer=f"https://{PERSON['server']}/fhir")
                refusals.append(post("token beside another server", foreign))
                self.assertEqual(refusals[-1].status, 400)
                for name, trouble in (("failing", (500, {"resourceType": "OperationOutcome", "issue": [{"diagnostics": PERSON["note"]}]})),
                                      ("lying", (200, {"resourceType": "Basic", "id": PERSON["MRN"]})), ("shouting", (200, PERSON["note"].encode(), "text/plain"))):
                    fhir.overrides = {"Observation": trouble, "MedicationRequest": trouble}
                    self.assertEqual(post(f"token while {name}", authorized(f"access token while {name}")).status, 200)
                time.sleep(1)
                pid = service.process.pid
                self.assertTrue(mappings_with(pid, ehr.issuer.encode()), "the search finds what is there")
                self.assertTrue(not kept_memory() or memory_is_kept(pid))
                held = {name: places + makers(pid, secret[-32:].encode()) for name, secret in {**secrets, **PERSON}.items()
                        if (places := mappings_with(pid, secret[-32:].encode()))}
                running = LeftBehind(service, refusals).stored()
                service.stop()
                stopped = LeftBehind(service, refusals).stored()
        self.assertFalse(held, "in memory, a second after the last call:\n" + json.dumps(held, indent=1))
        for left in (running, stopped):
            self.assertTrue(left.contents)
            self.assertEqual(left.found({**secrets, **PERSON, "patient id": PATIENT_ID}), [])

    def test_T_TOK_1_TheSearchWouldFindOne(self):
        """The search of the tests above, proven on planted leaks."""
        secret = token()
        with RunningService() as service:
            service.cards(make.request())
            for leak in (secret, secret.upper(), base64.b64encode(b"ab" + secret.encode()).decode(), secret[-32:], secret.encode().hex()):
                (service.folder / "spool").write_text("x" + leak + "y")
                self.assertTrue(LeftBehind(service).stored().found({"token": secret}), leak)
            (service.folder / "spool").unlink()
            self.assertEqual(LeftBehind(service).stored().found({"token": secret}), [])


class Log(unittest.TestCase):
    def test_T_LOG_1_EveryLineIsOneObjectWhateverIsSent(self):
        naughty = ["\r\n{\"level\":\"error\"}", "\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "\"},{\"x\":\"", "\\u000a", "\u202e", "%0d%0aInjected: yes", "\x00", "\x85\u2028\u2029", "a" * 300]
        with RunningService() as service:
            sent = 0
            for text in naughty:
                data = text.encode("utf-8")
                for request in (b"GET /" + data + b" HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /cds-services?" + data + b" HTTP/1.1\r\nHost: x\r\n\r\n",
                                b"GET /nothing HTTP/1.1\r\nHost: x\r\nUser-Agent: " + data + b"\r\nX-Request-Id: " + data + b"\r\n\r\n", data + b" / HTTP/1.1\r\n\r\n",
                                b"GET / HTTP/1.1\r\n" + data + b": x\r\n\r\n"):
                    raw(service.port, request)
                    sent += 1
                for change in ({"hook": text}, {"hookInstance": text}, {"fhirServer": text}, {text: text}):
                    service.post_hook(ORDER_SIGN, make.request(**change))
                    sent += 1
                service.post_hook(ORDER_SIGN, make.request(make.weekly_vitamin_d(text)))
                service.feedback([{"card": text, "outcome": text, "outcomeTimestamp": text}])
                sent += 2
            raw(service.port, b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 1_000_000 + b"\r\n\r\n")
            service.stop()
            lines = service.log_lines
        self.assertLess(len(lines), sent + 20, "at most one line a request")
        for line in lines:
            entry = json.loads(line)
            self.assertIsInstance(entry, dict)
            self.assertNotRegex(line, r"[\x00-\x1f\x7f\x80-\x9f]")
            for value in entry.values():
                self.assertLessEqual(len(str(value).encode()), 260, line[:100])
            self.assertNotIn("Injected", line)

    def test_T_LOG_3_LabelsAreAFixedSet(self):
        chance = random.Random(7)
        word = lambda: "".join(chance.choice("abcdefghijklmnopqrstuvwxyz-0123456789") for _ in range(12))  # noqa: E731
        with RunningService() as service:
            every_kind(service, make.request())
            series = lambda: {line.rsplit(" ", 1)[0] for line in service.operations("/metrics").body.decode().splitlines() if not line.startswith("#")}  # noqa: E731
            before = series()
            for _ in range(400):
                service.get(f"/{word()}/{word()}?{word()}={word()}", {"Authorization": f"Bearer {word()}.{word()}.{word()}", "Origin": f"https://{word()}", "User-Agent": word()})
                service.post(f"/cds-services/{word()}", {"hook": word()})
                service.post_hook(ORDER_SIGN, make.request(hook=word(), fhirServer=f"https://{word()}/"))
                service.post_hook(ORDER_SIGN, make.request(prefetch={word(): None}))
                service.feedback([{"card": word(), "outcome": "overridden", "outcomeTimestamp": "2026-03-02T14:08:00Z", "overrideReason": {"reason": {"code": word(), "system": word()}}}])
            after = series()
        self.assertLess(len(after - before), 12, "reasons of ours that were not met before, and no more")
        self.assertFalse([name for name in after - before if "cofactor_could_not_check_total" not in name])


if __name__ == "__main__":
    unittest.main(verbosity=1)
