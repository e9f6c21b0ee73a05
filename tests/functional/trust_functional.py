"""Proves: who may call, as a hospital sees it: tokens by ES384 and RS384, refusals that all look the same and are explained in
the store, replay also after a restart, key rotation at SIGHUP, client certificates, two hospitals that never mix."""
import http.client
import http.server
import json
import os
import pathlib
import signal
import ssl
import sys
import threading
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
import hook_requests as make  # noqa: E402
from running_service import ORDER_SIGN, RunningService, run  # noqa: E402
from trusted_client import Authority, TrustedClient  # noqa: E402

BASE = "http://127.0.0.1:8080"
SIGN = f"{BASE}/cds-services/{ORDER_SIGN}"


def client(ehr, keys, name, **more):
    return {"name": name, "authentication": "jwt", "issuer": ehr.issuer, "jwks": keys, **more}


class KeySetServer:
    """A key set behind an https URL; notes what is asked for."""

    def __init__(self, folder, *keys):
        self.keys, self.paths = list(keys), []
        authority, outer = Authority("Key authority"), self
        self.ca = authority.write(folder / "key-ca.pem")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*authority.write_pair(folder, "key-server", "localhost"))

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.paths.append(self.path)
                body = json.dumps({"keys": outer.keys}).encode() if outer.keys != ["<html>"] else b"<html>"
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class TrustCase(unittest.TestCase):
    def serve(self, *clients, **changes):
        """A service for clients of the form (EHR, name, settings)."""
        service = RunningService()
        self.addCleanup(service.__exit__)
        service.changes = {"clients": [client(ehr, ehr.write_key_set(service.folder / f"{name}.json"), name, **more)
                                       for ehr, name, more in clients], **changes}
        service.start()
        return service

    @staticmethod
    def post(service, token, body=None, path=f"/cds-services/{ORDER_SIGN}", **headers):
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        headers.setdefault("X-Request-Id", "same")
        return service.post(path, body or make.request(), headers)

    @staticmethod
    def refusals(service, most=50, until=()):
        """What the doctor says once it names all of `until`: nobody waits for these records, so they may come a little later."""
        end = time.monotonic() + 10
        while True:
            text = run("doctor", "--config", str(service.config_file), "--last-refusals", str(most)).stdout
            if all(reason in text for reason in until) or time.monotonic() > end:
                return text
            time.sleep(0.05)


class Tokens(TrustCase):
    def test_S_05_S_15_D_16_F_12_ES384AndRS384AreTakenOnEveryEndpoint(self):
        for algorithm in ("ES384", "RS384"):
            ehr = TrustedClient("https://ehr.example/fhir", algorithm)
            service = self.serve((ehr, "main-ehr", {}))
            answer = self.post(service, ehr.token(SIGN))
            self.assertEqual(answer.status, 200, answer.body)
            self.assertEqual(len(answer.json["cards"]), 1)
            found = service.request("GET", "/cds-services", headers={"Authorization": f"bearer   {ehr.token(BASE + '/cds-services')}"})
            self.assertEqual(found.status, 200)
            item = {"card": answer.json["cards"][0]["uuid"], "outcome": "overridden", "outcomeTimestamp": make.day(0) + "T00:00:01Z"}
            for audience in (SIGN + "/feedback", SIGN):  # F-12
                stored = self.post(service, ehr.token(audience), {"feedback": [item]}, f"/cds-services/{ORDER_SIGN}/feedback")
                self.assertEqual(stored.status, 200, stored.body)
            self.assertEqual(service.metric("cofactor_feedback_total", card="known"), 1)

    def test_C_07_T_JWT_21_EveryRefusalLooksTheSameAndIsExplainedInTheStore(self):
        ehr, stranger = TrustedClient("https://ehr.example/fhir"), TrustedClient("https://ehr.example/fhir")
        service = self.serve((ehr, "main-ehr", {"subjects": ["app-1"]}))
        good = {"sub": "app-1"}
        now = int(time.time())
        cases = {
            "credentials-missing": None,
            "token-malformed": "abc",
            "signature-wrong": stranger.token(SIGN, header={"kid": ehr.kid}, **good),
            "key-unknown": stranger.token(SIGN, **good),
            "issuer-unknown": ehr.token(SIGN, iss="https://ehr.example/fhir/", **good),
            "audience-wrong": ehr.token(SIGN + "/feedback", **good),
            "expired": ehr.token(SIGN, iat=now - 400, exp=now - 62, **good),
            "not-yet-valid": ehr.token(SIGN, iat=now + 90, exp=now + 300, **good),
            "lifetime-too-long": ehr.token(SIGN, exp=now + 4000, **good),
            "token-id-missing": ehr.token(SIGN, jti=None, **good),
            "subject-not-allowed": ehr.token(SIGN, sub="app-2"),
            "key-id-missing": ehr.token(SIGN, header={"kid": None}, **good),
            "algorithm-not-allowed": ehr.token(SIGN, header={"alg": "none"}, **good),
            "header-not-allowed": ehr.token(SIGN, header={"jwk": ehr.jwk()}, **good),
        }
        bodies = set()
        for reason, token in cases.items():
            answer = self.post(service, token)
            self.assertEqual(answer.status, 401, reason)
            self.assertEqual(answer.header("WWW-Authenticate"), "Bearer")
            self.assertIsNone(answer.header("X-Cofactor-Decision"))
            bodies.add((answer.body, tuple(sorted((k, v) for k, v in answer.headers.items() if k != "Date"))))
        self.assertEqual(len(bodies), 1, "one answer for every cause")
        self.assertEqual(self.post(service, ehr.token(SIGN, **good)).status, 200)
        text = self.refusals(service, until=cases)
        for reason in cases:
            self.assertIn(reason, text)
        self.assertEqual(text.count("what to do:"), len(cases))
        self.assertIn("main-ehr", text)
        self.assertEqual(service.metric("cofactor_refused_calls_total"), len(cases))

    def test_T_JWT_16_ATokenIsGoodForOneCallAlsoAfterARestart(self):
        ehr = TrustedClient("https://ehr.example/fhir")
        service = self.serve((ehr, "main-ehr", {}))
        token, killed = ehr.token(SIGN), ehr.token(SIGN)
        self.assertEqual(self.post(service, token).status, 200)
        self.assertEqual(self.post(service, token).status, 401)
        self.assertEqual(self.post(service, killed).status, 200)
        service.signal(signal.SIGKILL)
        service.process.wait(10)
        service.stop()
        service.log_lines.clear()
        service.start()
        for used in (token, killed):
            self.assertEqual(self.post(service, used).status, 401)
        self.assertIn("replayed", self.refusals(service, until=["replayed"]))

    def test_T_JWT_16_OfManyCallsWithOneTokenExactlyOneIsAnswered(self):
        ehr = TrustedClient("https://ehr.example/fhir", "RS384")
        service = self.serve((ehr, "main-ehr", {}))
        token, body, results = ehr.token(SIGN), json.dumps(make.request()).encode(), []

        def call():
            connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=20)
            for _ in range(5):
                connection.request("POST", f"/cds-services/{ORDER_SIGN}", body,
                                   {"Content-Type": "application/json", "Authorization": f"Bearer {token}"})
                response = connection.getresponse()
                response.read()
                results.append(response.status)
            connection.close()
        threads = [threading.Thread(target=call) for _ in range(40)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual((results.count(200), results.count(401)), (1, 199))

    def test_S_13_AClientThatReusesTokensCanBeLetTo(self):
        ehr = TrustedClient("https://inferno.example/custom")
        service = self.serve((ehr, "inferno", {"replayProtection": False}))
        token = ehr.token(SIGN)
        self.assertEqual([self.post(service, token).status for _ in range(3)], [200] * 3)

    def test_T_JWT_20_KeysAreExchangedAtSighupAndABadFileKeepsTheOldOnes(self):
        old, new = TrustedClient("https://ehr.example/fhir"), TrustedClient("https://ehr.example/fhir", "RS384")
        service = self.serve((old, "main-ehr", {}))
        keys = service.folder / "main-ehr.json"
        new.write_key_set(keys)
        service.signal(signal.SIGHUP)
        self.assertIsNotNone(service.wait_for_log("reloaded", 10))
        self.assertEqual(self.post(service, new.token(SIGN)).status, 200)
        self.assertEqual(self.post(service, old.token(SIGN)).status, 401)
        keys.write_text("no key set", encoding="utf-8")
        service.signal(signal.SIGHUP)
        self.assertIsNotNone(service.wait_for_log("reload-refused", 10))
        self.assertEqual(self.post(service, new.token(SIGN)).status, 200)

    def test_S_13_ARefusedReloadKeepsNoReplayStoreThatTheNextOneDoesNotName(self):
        ehr = TrustedClient("https://ehr.example/fhir")
        service = self.serve((ehr, "main-ehr", {"replayProtection": False}))
        keys = service.folder / "main-ehr.json"
        whole = keys.read_text(encoding="utf-8")
        for store, text, event in (("first.db", "no key set", "reload-refused"), ("second.db", whole, "reloaded")):
            keys.write_text(text, encoding="utf-8")
            service.changes = {"clients": [client(ehr, str(keys), "main-ehr")], "replay": {"store": str(service.folder / store)}}
            service.config_file.write_text(json.dumps(service.configuration()), encoding="utf-8")
            service.signal(signal.SIGHUP)
            self.assertIsNotNone(service.wait_for_log(event, 10), service.log_text())
        self.assertEqual([], service.events("reload-needs-restart"), "it is open, as the file says")
        token = ehr.token(SIGN)
        self.assertEqual([self.post(service, token).status for _ in range(2)], [200, 401])
        self.assertTrue((service.folder / "second.db").exists())
        opened = {os.readlink(f"/proc/{service.process.pid}/fd/{name}") for name in os.listdir(f"/proc/{service.process.pid}/fd")}
        self.assertNotIn(str(service.folder / "first.db"), opened)

    def test_S_12_T_JWT_20_AKeySetIsFetchedFromItsHttpsUrlAloneAndRotates(self):
        old, new = TrustedClient("https://ehr.example/fhir"), TrustedClient("https://ehr.example/fhir", "RS384")
        service = RunningService()
        self.addCleanup(service.__exit__)
        server = KeySetServer(service.folder, old.jwk())
        self.addCleanup(server.stop)
        url = f"https://localhost:{server.port}/keys"
        service.changes = {"clients": [client(old, url, "main-ehr", jwksCa=server.ca)]}
        service.start()
        self.assertEqual(self.post(service, old.token(SIGN, header={"jku": url})).status, 200)
        self.assertEqual(self.post(service, old.token(SIGN)).status, 200, "`jku` may be left out")
        elsewhere = f"https://127.0.0.1:{server.port}/keys"
        for jku in (elsewhere, url + "/", url + "#", url.upper(), "https://user@" + url[8:]):
            self.assertEqual(self.post(service, old.token(SIGN, header={"jku": jku})).status, 401, jku)
        self.assertEqual(set(server.paths), {"/keys"})
        self.assertEqual(len(server.paths), 1, "the set is kept")
        server.keys = [new.jwk()]
        self.assertEqual(self.post(service, new.token(SIGN)).status, 200, "an unknown kid is worth one fetch")
        self.assertEqual(self.post(service, old.token(SIGN)).status, 401, "a removed key is gone with it")
        for _ in range(50):
            self.assertEqual(self.post(service, TrustedClient(old.issuer).token(SIGN)).status, 401)
        self.assertEqual(len(server.paths), 2, "a flood of unknown kids is not")

    def test_T_JWT_19_WithoutAKeySetNobodyIsLetInAndReadinessSaysSo(self):
        ehr = TrustedClient("https://ehr.example/fhir")
        service = RunningService()
        self.addCleanup(service.__exit__)
        server = KeySetServer(service.folder, "<html>")
        self.addCleanup(server.stop)
        service.changes = {"clients": [client(ehr, f"https://localhost:{server.port}/keys", "main-ehr", jwksCa=server.ca)]}
        service.start()
        self.assertEqual(self.post(service, ehr.token(SIGN)).status, 401)
        self.assertEqual(service.operations("/health/ready").status, 503)
        self.assertIn("no-client-has-keys", service.operations("/health/ready").body.decode())
        self.assertIn("keys-not-available", self.refusals(service, until=["keys-not-available"]))

    def test_T_JWT_17_TheBoundOfRememberedTokensIsConfiguredAndEachClientsOwn(self):
        crowded, quiet = TrustedClient("https://crowded.example/fhir", "RS384"), TrustedClient("https://quiet.example/fhir", "RS384")
        service = self.serve((crowded, "crowded", {}), (quiet, "quiet", {}), replay={"tokens": 200, "tokensPerClient": 100})
        self.assertEqual([self.post(service, crowded.token(SIGN)).status for _ in range(101)], [200] * 100 + [503])
        self.assertEqual(self.post(service, quiet.token(SIGN)).status, 200)
        self.assertIn("replay-memory-full", self.refusals(service, until=["replay-memory-full"]))

    def test_T_SSRF_4_AKeySetOutsideTheClientsNetworksIsNotFetched(self):
        ehr = TrustedClient("https://ehr.example/fhir")
        for networks, status in (["10.0.0.0/8"], 401), (["127.0.0.0/8"], 200):
            service = RunningService()
            self.addCleanup(service.__exit__)
            server = KeySetServer(service.folder, ehr.jwk())
            self.addCleanup(server.stop)
            service.changes = {"clients": [client(ehr, f"https://localhost:{server.port}/keys", "main-ehr", jwksCa=server.ca, fhirNetworks=networks)]}
            service.start()
            self.assertEqual(self.post(service, ehr.token(SIGN)).status, status)
            self.assertEqual(server.paths, [] if status == 401 else ["/keys"])

    def test_S_20_TheDoctorCountsKeysAndDoesNotLetATestProfilePass(self):
        ehr = TrustedClient("https://ehr.example/fhir")
        service = self.serve((ehr, "main-ehr", {}))
        checked = run("doctor", "--config", str(service.config_file))
        self.assertIn("1 usable keys", checked.stdout)
        self.assertEqual(checked.returncode, 0, checked.stdout)
        service.changes["profile"] = "test"
        service.config_file.write_text(json.dumps(service.configuration()), encoding="utf-8")
        checked = run("doctor", "--config", str(service.config_file))
        self.assertEqual(checked.returncode, 1)
        self.assertIn("`profile` is `test`", checked.stdout)

    def counted(self, service):
        """How many calls the records of refusals stand for, and how many records there are."""
        heads = [line for line in self.refusals(service, 1000).splitlines() if "token-malformed" in line]
        return sum(int(line.split("  ")[-1].split(" ")[0]) if line.endswith(" calls") else 1 for line in heads), len(heads)

    def test_AFloodOfRefusalsIsCountedTogetherAndNoneIsLost(self):
        service = self.serve((TrustedClient("https://ehr.example/fhir"), "main-ehr", {}))
        for _ in range(400):
            self.assertEqual(self.post(service, "abc").status, 401)
        end = time.monotonic() + 10
        while (total := self.counted(service)[0]) < 400 and time.monotonic() < end:
            time.sleep(0.1)
        self.assertEqual(total, 400)
        self.assertLess(self.counted(service)[1], 400)

    def test_AFloodOfRefusalsIsCountedAlsoWhenTheServiceEnds(self):
        service = self.serve((TrustedClient("https://ehr.example/fhir"), "main-ehr", {}))
        sent = 0
        for _ in range(3):
            for _ in range(200):
                self.assertEqual(self.post(service, "abc").status, 401)
                sent += 1
            self.assertEqual(service.stop(), 0)  # within the second before they would have been written
            self.assertEqual(self.counted(service)[0], sent)
            service.log_lines.clear()
            service.start()


class TwoHospitals(TrustCase):
    def test_T_JWT_13_T_PAT_6_T_FB_1_OneIssuerTwoTenantsShareNothing(self):
        vendor = TrustedClient("https://vendor.example")
        service = self.serve((vendor, "north", {"tenants": ["n"], "rules": {"high-dose-ppi": {"mode": "silent"}, "high-dose-no-magnesium": {"mode": "silent"}}}),
                             (vendor, "south", {"tenants": ["s"]}))
        silent = self.post(service, vendor.token(SIGN, tenant="n"))
        shown = self.post(service, vendor.token(SIGN, tenant="s"))
        self.assertEqual((silent.status, silent.json["cards"]), (200, []), "each hospital's own policy")
        self.assertEqual(len(shown.json["cards"]), 1)
        self.assertEqual(self.post(service, vendor.token(SIGN)).status, 401, "no tenant, no hospital")
        self.assertEqual(self.post(service, vendor.token(SIGN, tenant="x")).status, 401)
        item = {"card": shown.json["cards"][0]["uuid"], "outcome": "overridden", "outcomeTimestamp": make.day(0) + "T00:00:01Z"}
        path = f"/cds-services/{ORDER_SIGN}/feedback"
        answers = [self.post(service, vendor.token(SIGN, tenant=tenant), {"feedback": [item]}, path) for tenant in ("n", "s")]
        self.assertEqual([(a.status, a.body) for a in answers], [(200, b"")] * 2, "no oracle")
        self.assertEqual(service.metric("cofactor_feedback_total", card="known"), 1)
        self.assertEqual(service.metric("cofactor_feedback_total", card="unknown"), 1)
        again = self.post(service, vendor.token(SIGN, tenant="s"))
        self.assertEqual(again.json["cards"], [], "overridden at home")


class Certificates(unittest.TestCase):
    def setUp(self):
        self.service = RunningService()
        self.addCleanup(self.service.__exit__)
        folder = self.service.folder
        self.authority = Authority()
        self.ca = self.authority.write(folder / "ca.pem")
        certificate, key = self.authority.write_pair(folder, "server", "cds.example")
        self.tls = {"certificate": certificate, "key": key, "clientCa": self.ca}

    def call(self, token=None, pair=None):
        """The status, or None when the handshake failed."""
        context = ssl.create_default_context(cafile=self.ca)
        if pair:
            context.load_cert_chain(*pair)
        connection = http.client.HTTPSConnection("127.0.0.1", self.service.port, timeout=10, context=context)
        try:
            headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
            connection.request("POST", f"/cds-services/{ORDER_SIGN}", json.dumps(make.request()), headers)
            return connection.getresponse().status
        except (ssl.SSLError, ConnectionError):
            return None
        finally:
            connection.close()

    def test_S_17_AClientCertificateAloneLetsIn(self):
        self.service.changes = {"tls": self.tls, "clients": [
            {"name": "ehr", "authentication": "mtls", "certificateSubject": "CN=ehr.example"}]}
        self.service.start()
        folder = self.service.folder
        self.assertEqual(self.call(pair=self.authority.write_pair(folder, "ehr", "ehr.example")), 200)
        self.assertEqual(self.call(pair=self.authority.write_pair(folder, "other", "other.example")), 401)
        self.assertIsNone(self.call(pair=Authority("Another").write_pair(folder, "false", "ehr.example")))
        self.assertIsNone(self.call())

    def test_S_17_ACertificateCanBeDemandedBesideTheToken(self):
        ehr = TrustedClient("https://ehr.example/fhir")
        keys = ehr.write_key_set(self.service.folder / "keys.json")
        self.service.changes = {"publicBaseUrl": "https://cds.example", "tls": self.tls, "clients": [
            client(ehr, keys, "main-ehr", certificateSubject="CN=ehr.example"), client(TrustedClient("https://b"), keys, "b")]}
        self.service.start()
        sign = f"https://cds.example/cds-services/{ORDER_SIGN}"
        pair = self.authority.write_pair(self.service.folder, "ehr", "ehr.example")
        other = self.authority.write_pair(self.service.folder, "other", "other.example")
        self.assertEqual(self.call(ehr.token(sign), pair), 200)
        self.assertEqual(self.call(ehr.token(sign), other), 401)
        self.assertEqual(self.call(ehr.token(sign)), 401)
        self.assertEqual(self.call(pair=pair), 401)

    def test_ACertificateIsExchangedAtSighupAndABadOneIsNot(self):
        self.tls.pop("clientCa")
        self.service.changes = {"tls": self.tls}
        self.service.start()
        self.assertEqual(self.call(), 200)
        other = Authority("Next authority")
        self.ca = other.write(self.service.folder / "next.pem")
        self.assertIsNone(self.call(), "the old certificate is of the old authority")
        other.write_pair(self.service.folder, "server", "cds.example")
        self.service.signal(signal.SIGHUP)
        self.assertIsNotNone(self.service.wait_for_log("reloaded", 10))
        self.assertEqual(self.call(), 200)
        pathlib.Path(self.tls["certificate"]).write_text("no certificate", encoding="utf-8")
        self.service.signal(signal.SIGHUP)
        self.assertIsNotNone(self.service.wait_for_log("reload-refused", 10))
        self.assertEqual(self.call(), 200)


if __name__ == "__main__":
    unittest.main()
