"""Proves: the running service as an operator sees it: drain, restart, reload, probes, metrics, and logs without patient data."""
import http.client
import json
import pathlib
import signal
import sys
import threading
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
import hook_requests as make  # noqa: E402
from running_service import ORDER_SIGN, RunningService, run  # noqa: E402
from site_knowledge import SiteKnowledge  # noqa: E402

PATH = f"/cds-services/{ORDER_SIGN}"


def post_until_refused(port, body, results, stop):
    """Posts on one connection after another; notes every answer, and every call that got none though it was sent."""
    while not stop.is_set():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.connect()
        except OSError:
            return  # nobody listens any more
        try:
            for _ in range(20):
                connection.request("POST", PATH, body, {"Content-Type": "application/json"})
                response = connection.getresponse()
                data = response.read()
                results.append((response.status, len(json.loads(data).get("cards", [])), response.headers.get("X-Cofactor-Decision")))
                if response.will_close:
                    break
        except (http.client.RemoteDisconnected, ConnectionError, BrokenPipeError):
            results.append(("closed", 0, None))  # an idle connection closed by the drain: the client may send again
        except (http.client.HTTPException, ValueError, OSError) as broken:
            results.append((f"broken: {type(broken).__name__}", 0, None))
        finally:
            connection.close()


class Drain(unittest.TestCase):
    def test_SigtermUnderLoadFinishesWhatRunsAndExitsSoon(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with RunningService() as service:
                body, results, stop = json.dumps(make.request()).encode(), [], threading.Event()
                clients = [threading.Thread(target=post_until_refused, args=(service.port, body, results, stop)) for _ in range(8)]
                for client in clients:
                    client.start()
                time.sleep(0.5)
                asked = time.monotonic()
                service.signal(number)
                self.assertEqual(service.process.wait(10), 0)
                self.assertLess(time.monotonic() - asked, 6)
                stop.set()
                for client in clients:
                    client.join()
                answered = [r for r in results if r[0] == 200]
                self.assertGreater(len(answered), 20)
                self.assertTrue(all(cards == 1 and decision for _, cards, decision in answered))
                self.assertEqual([r for r in results if r[0] not in (200, 503, "closed")], [])
                self.assertTrue(service.events("stopped"))

    def test_AStoppedServiceStartsAgainOnTheSameStore(self):
        with RunningService() as service:
            card = service.cards(make.request())[0]
            self.assertEqual(service.stop(), 0)
            service.log_lines.clear()
            service.start()
            item = {"card": card["uuid"], "outcome": "overridden", "outcomeTimestamp": "2026-03-02T14:08:00Z"}
            self.assertEqual(service.feedback([item]).status, 200)
            known = service.metric("cofactor_feedback_total", outcome="overridden", card="known")
            self.assertEqual(known, 1, "joined to the card of the earlier process")

    def test_TheSameStoreIsNotServedTwice(self):
        with RunningService() as service:
            second = run("serve", "--config", str(service.config_file))
            self.assertEqual(second.returncode, 3)
            self.assertRegex(second.stderr.splitlines()[-1], r"^cofactor: .*audit")


class Reload(unittest.TestCase):
    def test_SighupTakesOverKnowledgeOrKeepsTheOldAndSaysWhy(self):
        with RunningService() as service:
            site = service.folder / "knowledge.d"
            own = SiteKnowledge(site)
            service.signal(signal.SIGHUP)
            first = service.wait_for_log("reloaded", 10)
            self.assertIsNotNone(first)
            before = service.cards(make.request())[0]["extension"]["org.cofactor"]["knowledgeRevision"]

            own.change("policy/high-dose-ppi.json", lambda policy: policy.update(title="Another title"))
            service.changes["knowledge"] = {"directory": str(site)}
            service.config_file.write_text(json.dumps(service.configuration()), encoding="utf-8")
            service.signal(signal.SIGHUP)
            self.assertIsNotNone(service.wait_for_log("reloaded", 10, count=2), service.log_text())
            after = service.cards(make.request())[0]["extension"]["org.cofactor"]["knowledgeRevision"]
            self.assertNotEqual(before, after)

            (site / "policy" / "high-dose-ppi.json").write_text("{", encoding="utf-8")
            service.signal(signal.SIGHUP)
            refused = service.wait_for_log("reload-refused", 10)
            self.assertIn("high-dose-ppi", refused["text"])
            service.config_file.write_text('{"nonsense": 1}', encoding="utf-8")
            service.signal(signal.SIGHUP)
            self.assertIn("nonsense", service.wait_for_log("reload-refused", 10, count=2)["text"])
            self.assertEqual(service.cards(make.request())[0]["extension"]["org.cofactor"]["knowledgeRevision"], after)

    def test_SaysWhatNeedsARestart(self):
        with RunningService() as service:
            config = service.configuration()
            config["listen"] = "127.0.0.1:1"
            service.config_file.write_text(json.dumps(config), encoding="utf-8")
            service.signal(signal.SIGHUP)
            self.assertEqual(service.wait_for_log("reload-needs-restart", 10)["keys"], "listen")
            self.assertEqual(len(service.cards(make.request())), 1)


class Operations(unittest.TestCase):
    def test_ProbesAndMetricsAreOnTheOperationsListenerOnly(self):
        with RunningService() as service:
            for path in ("/health/live", "/health/ready"):
                self.assertEqual(service.operations(path).status, 200)
                self.assertEqual(service.get(path).status, 404)
            self.assertEqual(service.operations("/cds-services").status, 404)
            service.cards(make.request())
            service.cards(make.request(make.lisinopril()))
            service.cards(make.request(prefetch=...))
            text = service.operations("/metrics").body.decode()
            for rule in (ROOT / "cards" / "knowledge" / "policy").glob("*.json"):
                self.assertIn(f'"{rule.stem}"', text)
            self.assertIn('"fired"', text)
            self.assertIn("magnesium-not-supplied", text)
            self.assertIn("_bucket", text)

    def test_LogsMetricsAndStoreHoldNoPatientData(self):
        with RunningService() as service:
            canary = {"id": "canary-id-5521", "name": "Canaryname", "mrn": "MRN-CANARY-7", "born": "1931-07-13", "value": 1.23456}
            draft = make.weekly_vitamin_d(patient=canary["id"])
            draft["subject"]["display"] = canary["name"]
            draft["note"] = [{"text": canary["mrn"]}]
            person = make.patient(canary["id"], canary["born"])
            person.update(name=[{"family": canary["name"]}], identifier=[{"value": canary["mrn"]}])
            result = make.magnesium(value=canary["value"], days_ago=400, patient=canary["id"])
            body = make.request(draft, patient_id=canary["id"], fhirServer="https://canaryhost.example/r4",
                                prefetch=make.prefetch(patient=person, magnesium=make.bundle(result),
                                                       medications=make.bundle(make.omeprazole(patient=canary["id"]))))
            self.assertTrue(service.cards(body))
            foreign = make.request(make.weekly_vitamin_d(patient="canary-id-other"), patient_id=canary["id"])
            service.cards(foreign)
            service.post_hook(ORDER_SIGN, json.dumps(body).encode()[:-1])
            service.post_hook(ORDER_SIGN, dict(body, hook="x"))
            service.get(f"/cds-services/{canary['id']}?name={canary['name']}", {"User-Agent": canary["mrn"], "X-Request-Id": "canary id"})
            seen = service.log_text() + service.operations("/metrics").body.decode()
            service.stop()
            seen += service.log_text()
            for word in ("canary", "Canary", "CANARY", canary["born"], "1.23456"):
                self.assertNotIn(word, seen)
            for file in service.folder.glob("audit.db*"):
                data = file.read_bytes()
                for word in (canary["id"], canary["name"], canary["mrn"], canary["born"]):
                    self.assertNotIn(word.encode(), data, file.name)
            for line in service.log_lines:
                self.assertIsInstance(json.loads(line), dict, "one JSON object a line")


class Report(unittest.TestCase):
    def test_CountsCallsCardsAndFeedback(self):
        with RunningService() as service:
            card = service.cards(make.request())[0]
            service.cards(make.request(make.lisinopril()))
            service.cards(make.request(prefetch=...))
            reason = {"reason": {"code": "will-monitor", "system": "urn:cofactor:override-reason"}}
            service.feedback([{"card": card["uuid"], "outcome": "overridden", "overrideReason": reason, "outcomeTimestamp": "2026-03-02T14:08:00Z"}])
            words = ["report", "--config", str(service.config_file), "--from", make.day(1), "--to", make.day(0)]
            for stopped in (False, True):
                if stopped:
                    service.stop()
                for format_name in ("text", "csv", "json"):
                    done = run(*words, "--format", format_name)
                    self.assertEqual(done.returncode, 0, done.stderr)
                    self.assertIn("high-dose-ppi", done.stdout)
                    self.assertIn("will-monitor", done.stdout)
                self.assertIsInstance(json.loads(done.stdout), dict)
        self.assertEqual(run("report", "--config", "/nowhere", "--from", "2026-01-01", "--to", "2026-01-02").returncode, 3)


if __name__ == "__main__":
    unittest.main(verbosity=1)
