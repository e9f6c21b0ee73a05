"""Proves: browsers of listed origins get through, others get no header, and without configuration there is no CORS (rows X, F-13)."""
from contract_case import ORDER_SIGN, ContractCase, main, make

PATHS = ("/cds-services", f"/cds-services/{ORDER_SIGN}", f"/cds-services/{ORDER_SIGN}/feedback")
LISTED = "https://sandbox.example"


def preflight(origin, method="POST"):
    return {"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": "authorization,content-type"}


class Cors(ContractCase):
    changes = {"clients": [{"name": "demo", "authentication": "none", "corsOrigins": [LISTED]}]}

    def test_X_01_X_02_X_03_F_13_PreflightNeedsNoAuthenticationAndNamesTheHeaders(self):
        for path in PATHS:
            answer = self.service.request("OPTIONS", path, headers=preflight(LISTED))
            self.assertIn(answer.status, (200, 204), path)
            self.assertEqual(answer.header("Access-Control-Allow-Origin"), LISTED)
            methods = answer.header("Access-Control-Allow-Methods").replace(" ", "").split(",")
            self.assertLessEqual({"GET", "POST", "OPTIONS"}, set(methods))
            names = answer.header("Access-Control-Allow-Headers").lower().replace(" ", "").split(",")
            self.assertLessEqual({"authorization", "content-type"}, set(names))
            self.assertNotIn("*", names)

    def test_X_04_RealAnswersAndErrorsCarryTheOrigin(self):
        service, origin = self.service, {"Origin": LISTED}
        for answer in (service.get("/cds-services", origin), service.post_hook(ORDER_SIGN, make.request(), origin),
                       service.post_hook(ORDER_SIGN, b"{", origin), service.get("/nothing", origin),
                       service.request("POST", PATHS[1], b"x", {"Content-Type": "text/plain", **origin}),
                       service.get(PATHS[1], origin), service.post(PATHS[2], {"feedback": []}, origin)):
            self.assertEqual(answer.header("Access-Control-Allow-Origin"), LISTED, answer.status)
            self.assertIn("origin", (answer.header("Vary") or "").lower())

    def test_X_04_ABrowserMaySeeTheDecision(self):
        answer = self.service.post_hook(ORDER_SIGN, make.request(), {"Origin": LISTED})
        self.assertIn("x-cofactor-decision", (answer.header("Access-Control-Expose-Headers") or "").lower())

    def test_X_05_ForeignOriginsGetNoHeaderAndCredentialsAreNeverAllowed(self):
        for origin in ("https://evil.example", "null", "https://sandbox.example.evil", "http://sandbox.example", "https://x.sandbox.example",
                       "https://sandbox.example:8443", "https://SANDBOX.example.", "*"):
            for answer in (self.service.request("OPTIONS", PATHS[0], headers=preflight(origin, "GET")),
                           self.service.get("/cds-services", {"Origin": origin})):
                self.assertIsNone(answer.header("Access-Control-Allow-Origin"), origin)
                self.assertIn("origin", (answer.header("Vary") or "").lower())
        answer = self.service.request("OPTIONS", PATHS[0], headers=preflight(LISTED))
        self.assertIsNone(answer.header("Access-Control-Allow-Credentials"))


class NoCors(ContractCase):
    def test_X_06_IsOffUnlessConfigured(self):
        for answer in (self.service.request("OPTIONS", PATHS[0], headers=preflight(LISTED)), self.service.get("/cds-services", {"Origin": LISTED})):
            for name in answer.headers:
                self.assertFalse(name.lower().startswith("access-control-"), name)


if __name__ == "__main__":
    main()
