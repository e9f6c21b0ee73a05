"""Proves: bodies, methods, media types and limits at the edge (rows T)."""
import random
import statistics
import time

from contract_case import ORDER_SIGN, ContractCase, RunningService, main, make, slower, walk

PATH = f"/cds-services/{ORDER_SIGN}"
JSON = {"Content-Type": "application/json"}
MAY_BE_EMPTY = ("/cards", "/services")


class Transport(ContractCase):
    def every_kind_of_answer(self):
        service = self.service
        yield service.get("/cds-services")
        yield service.post(PATH, make.request())
        yield service.post(PATH, make.request(make.lisinopril()))
        yield service.post(PATH, make.request(prefetch=...))
        yield service.post(PATH, b"{")
        yield service.get("/nothing")
        yield service.get(PATH)
        yield service.request("POST", PATH, b"<a/>", {"Content-Type": "text/xml"})
        yield service.post(f"{PATH}/feedback", {"feedback": 1})

    def test_T_01_T_07_EveryBodyIsStrictJson(self):
        for answer in self.every_kind_of_answer():
            self.assertEqual(answer.header("Content-Type").replace(" ", "").lower().removesuffix(";charset=utf-8"), "application/json")
            self.assertIsInstance(answer.json, dict)  # parsed without byte order mark, comments, NaN, doubled members

    def test_T_02_PlainHttpIsForLoopbackOnly(self):
        with self.assertRaises(AssertionError) as refused:
            with RunningService({"listen": "0.0.0.0:0"}):
                pass
        self.assertIn("(exit 2)", str(refused.exception))

    def test_T_04_T_05_T_06_NothingNullAndNothingEmptyIsSent(self):
        for answer in self.every_kind_of_answer():
            for path, value in walk(answer.json):
                self.assertIsNotNone(value, path)
                if path not in MAY_BE_EMPTY:
                    self.assertNotIn(value, ("", [], {}), path)
                if isinstance(value, str):
                    self.assertTrue(value.strip(), path)

    def test_T_08_SuggestedResourcesAreFhirJson(self):
        resources = [action["resource"] for card in self.cards(make.request()) for suggestion in card["suggestions"]
                     for action in suggestion["actions"] if "resource" in action]
        self.assertTrue(resources)
        for resource in resources:
            self.assertEqual(resource["resourceType"], "ServiceRequest")
            self.assertEqual(resource["status"], "draft")
            self.assertIn(resource["intent"], ("proposal", "plan", "order"))
            self.assertEqual(resource["subject"]["reference"], f"Patient/{make.PATIENT}")
            coding = resource["code"]["coding"][0]
            self.assertEqual(coding["system"], make.LOINC)
            self.assertTrue(coding["code"])
            known = {"resourceType", "status", "intent", "category", "code", "subject", "encounter", "requester", "authoredOn",
                     "occurrenceDateTime", "reasonCode", "priority", "note"}
            self.assertLessEqual(set(resource), known)

    def test_T_09_AnswersWellWithinHalfASecond(self):
        body = make.request()
        times = []
        for _ in range(100):
            start = time.monotonic()
            self.service.post_hook(ORDER_SIGN, body)
            times.append(time.monotonic() - start)
        self.assertLess(statistics.quantiles(times, n=20)[-1], 0.5 * slower())

    def test_T_10_RefusesOtherMediaTypes(self):
        body = b'{"hook":"order-sign"}'
        for kind in ("text/plain", "application/xml", "application/jsonp", "application/fhir+xml", "multipart/form-data"):
            answer = self.service.request("POST", PATH, body, {"Content-Type": kind})
            self.assertEqual(answer.status, 415, kind)
            self.assert_outcome(answer)
        for kind in ("application/json; charset=utf-8", "application/json;charset=UTF-8", "Application/JSON; x=y"):
            self.assertEqual(self.service.request("POST", PATH, body, {"Content-Type": kind}).status, 400, kind)
        self.assertEqual(self.service.post(PATH, body, {"Content-Encoding": "gzip"}).status, 415)

    def test_T_10_RefusesOtherMethodsAndSaysWhichWork(self):
        for method, path, allowed in (("GET", PATH, "POST"), ("PUT", PATH, "POST"), ("DELETE", PATH, "POST"),
                                      ("POST", "/cds-services", "GET"), ("GET", f"{PATH}/feedback", "POST")):
            answer = self.service.request(method, path, b"{}" if method in ("PUT", "POST") else None, JSON)
            self.assertEqual(answer.status, 405, (method, path))
            self.assertIn(allowed, answer.header("Allow"))
            self.assert_outcome(answer)

    def test_T_10_UnknownPathsAndServicesAreNotFound(self):
        for path in ("/", "/cds-service", "/cds-services/other", "/cds-services/other/feedback",
                     f"{PATH}/other", f"{PATH}x", "/health/live", "/metrics"):
            answer = self.service.post(path, b"{}") if "services/" in path else self.service.get(path)
            self.assertEqual(answer.status, 404, path)
            self.assert_outcome(answer)

    def test_T_10_MalformedJsonIsABadRequest(self):
        for body in (b"", b"{", b"[]", b"null", b"{}x", b"{'a':1}", b'{"hook":"order-sign",}', b"\xef\xbb\xbf{}", b"// a\n{}"):
            answer = self.service.post(PATH, body)
            self.assertEqual(answer.status, 400, body)
            self.assert_outcome(answer)

    def test_T_10_TooLargeABodyIsRefusedUnread(self):
        answer = self.service.post(PATH, b'{"extension":{"a":"' + b"x" * (5 << 20) + b'"}}')
        self.assertEqual(answer.status, 413)
        self.assert_outcome(answer)

    def test_T_11_UnknownMembersChangeNothing(self):
        dice = random.Random(7)

        def sprinkle(value):
            if isinstance(value, dict):
                grown = {key: sprinkle(item) for key, item in value.items()}
                grown[f"unknown{dice.randrange(99)}"] = dice.choice([None, 1.50, "x", [], {}, {"deep": [{}]}, False])
                return grown
            return [sprinkle(item) for item in value] if isinstance(value, list) else value
        body = make.request()
        wanted = make.without_identity(self.cards(body))
        for _ in range(20):
            self.assertEqual(make.without_identity(self.cards(sprinkle(body))), wanted)

    def test_T_12_BoundsNestingNumbersAndValues(self):
        deep = b"[" * 100_000 + b"]" * 100_000
        for value in (deep, b"[" * 65 + b"]" * 65, b"1" * 1_000_000, b"1e400", b"[" + b"0," * 1_000_000 + b"0]"):
            body = b'{"hook":"order-sign","extension":{"a":' + value + b"}}"
            start = time.monotonic()
            answer = self.service.post(PATH, body)
            self.assertEqual(answer.status, 400, value[:20])
            self.assertLess(time.monotonic() - start, 2 * slower())

    def test_T_12_AMemberTwiceIsRefused(self):
        for body in (b'{"hook":"order-sign","hook":"order-sign"}', b'{"context":{"patientId":"a","\\u0070atientId":"b"}}'):
            answer = self.service.post(PATH, body)
            self.assertEqual(answer.status, 400)
            self.assertNotIn(b"`hook", answer.body)  # refused for the double, before anything is looked for


if __name__ == "__main__":
    main()
