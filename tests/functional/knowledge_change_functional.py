"""Proves: a pharmacist changes the knowledge of a running service as docs/changing-the-content.md tells it, and every answer
given meanwhile is wholly of one revision."""
import json
import pathlib
import re
import signal
import sqlite3
import sys
import threading
import time
import unittest
import uuid

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
import hook_requests as make  # noqa: E402
from running_service import ORDER_SIGN, RunningService, run  # noqa: E402
from site_knowledge import SiteKnowledge  # noqa: E402

PAGE = (ROOT / "docs" / "changing-the-content.md").read_text(encoding="utf-8")


def with_magnesium(days_ago):
    """High-dose vitamin D with omeprazole, and a normal magnesium that old."""
    return make.request(prefetch=make.prefetch(magnesium=make.bundle(make.magnesium(days_ago=days_ago))))


def revision_of(cards):
    return cards[0]["extension"]["org.cofactor"]["knowledgeRevision"]


class Site(unittest.TestCase):
    def setUp(self):
        self.service = RunningService()
        self.site = SiteKnowledge(self.service.folder / "knowledge.d")
        self.service.changes["knowledge"] = {"directory": str(self.site.folder)}
        self.service.start()
        self.addCleanup(self.service.__exit__)
        self.reloads = {"reloaded": 0, "reload-refused": 0}

    def reload(self, event):
        self.reloads[event] += 1
        self.service.signal(signal.SIGHUP)
        entry = self.service.wait_for_log(event, 20, self.reloads[event])
        self.assertIsNotNone(entry, self.service.log_text())
        return entry

    def stored(self):
        """Revision by decision, as the store has it; and how many sets it keeps."""
        store = sqlite3.connect(f"file:{self.service.folder}/audit.db?mode=ro", uri=True)
        try:
            rows = store.execute("SELECT decision, n.text FROM audit_event e JOIN name n ON n.id = e.knowledge").fetchall()
            sets = store.execute("SELECT revision FROM knowledge_set").fetchall()
        finally:
            store.close()
        return {str(uuid.UUID(bytes=d)) if isinstance(d, bytes) else d: r for d, r in rows}, [r for r, in sets]


class APharmacistsChange(Site):
    """The look-back with a depleting drug goes from 90 to 120 days."""

    def lengthen(self):
        self.site.change("thresholds.json", lambda numbers: numbers["mg_lookback_depleting"].update(value=120),
                         reason="Our clinic repeats magnesium every four months (pharmacy committee, 2026-11-18)")

    def test_CheckCompareReloadAndSeeTheCardAndTheRecordChange(self):
        service, body = self.service, with_magnesium(100)
        before = service.post_hook(ORDER_SIGN, body)
        self.assertEqual(make.rules_of(before.json["cards"]), ["high-dose-ppi"])
        old = revision_of(before.json["cards"])

        self.lengthen()
        checked = run("knowledge", "check", str(self.site.folder))
        self.assertEqual((checked.returncode, checked.stderr), (0, ""))
        new = re.fullmatch(r"the knowledge is fine: (sha256:[0-9a-f]{64})\n", checked.stdout)[1]
        self.assertNotEqual(new, old)

        requests = service.folder / "requests.ndjson"
        unchanged = with_magnesium(10)
        requests.write_text(json.dumps(body) + "\n" + json.dumps(unchanged) + "\n", encoding="utf-8")
        told = run("knowledge", "diff", "shipped", str(self.site.folder), "--requests", str(requests))
        self.assertEqual((told.returncode, told.stderr), (0, ""))
        for part in ("mg_lookback_depleting: 90 d -> 120 d", "meaning: with at least one depleting class; the last day counts",
                     "A. Pharmacist. Our clinic repeats", "2 answers compared: 1 with other cards",
                     "1 x high-dose-ppi (warning) -> high-dose-depleter-monitoring (info)",
                     f"{body['hookInstance']}: high-dose-ppi (warning) -> high-dose-depleter-monitoring (info)"):
            self.assertIn(part, re.sub(r"\n +", " ", told.stdout) if "repeats" in part else told.stdout)
        recorded = run("knowledge", "diff", "shipped", str(self.site.folder), "--audit", str(service.config_file))
        self.assertEqual((recorded.returncode, recorded.stderr), (0, ""))
        self.assertIn(f"{before.header('X-Cofactor-Decision')}: high-dose-ppi (warning) -> high-dose-depleter-monitoring (info)", recorded.stdout)
        for text in (told.stdout, recorded.stdout):
            self.assertNotIn(make.PATIENT, text)
            self.assertNotIn("draft-1", text)

        self.assertEqual(self.reload("reloaded")["knowledge"], new)
        after = service.post_hook(ORDER_SIGN, dict(body, hookInstance=str(uuid.uuid4())))
        self.assertEqual(make.rules_of(after.json["cards"]), ["high-dose-depleter-monitoring"])
        self.assertEqual(revision_of(after.json["cards"]), new)
        records, sets = self.stored()
        self.assertEqual(records[before.header("X-Cofactor-Decision")], old)
        self.assertEqual(records[after.header("X-Cofactor-Decision")], new)
        self.assertEqual(sorted(sets), sorted([old, new]))
        self.reload("reloaded")
        self.assertEqual(len(self.stored()[1]), 2, "a set is kept once")

        page = run("knowledge", "show", "high-dose-ppi", "--config", str(service.config_file)).stdout
        self.assertIn("120 d [changed by the site; shipped: 90 d]", page)
        self.assertIn("A. Pharmacist: site's own thresholds.json", page)

    def test_ABrokenSetChangesNothingAndIsSaidInLogAndMetric(self):
        service = self.service
        self.lengthen()
        self.reload("reloaded")
        in_force = revision_of(service.cards(with_magnesium(100)))
        self.site.change("thresholds.json", lambda numbers: (numbers["mg_lookback_depleting"].update(value="120"), numbers.pop("mg_low")))
        refused = self.reload("reload-refused")
        self.assertRegex(refused["text"], r"the knowledge cannot be used: \S+ /\S+: .* \(and \d+ more\)")
        problems = [(e["file"], e["place"]) for e in service.events("knowledge-problem")]
        self.assertIn(("thresholds.json", "/mg_low"), problems)
        self.assertIn(("thresholds.json", "/mg_lookback_depleting/value"), problems)
        self.assertEqual(service.metric("cofactor_reloads_total", outcome="refused"), 1)
        self.assertEqual(service.metric("cofactor_reloads_total", outcome="done"), 1)
        self.assertEqual(service.metric("cofactor_reload_refused"), 1)
        self.assertEqual(service.operations("/health/ready").status, 200)
        self.assertEqual(revision_of(service.cards(with_magnesium(100))), in_force)

        self.lengthen()
        (self.site.folder / "site.json").unlink()
        self.assertIn("site.json: is missing: it says who changed a file, when and why", self.reload("reload-refused")["text"])
        self.site.account()
        self.assertEqual(self.reload("reloaded")["knowledge"], in_force)
        self.assertEqual(service.metric("cofactor_reload_refused"), 0)
        help_lines = [line for line in service.operations("/metrics").body.decode().splitlines() if line.startswith("# TYPE")]
        self.assertEqual(len(help_lines), len(set(help_lines)), "a family is described once")


class AClientsPolicy(Site):
    """What a site has decided for a client holds under both sets."""

    def setUp(self):
        super().setUp()
        self.site.change("thresholds.json", lambda numbers: numbers["mg_lookback_depleting"].update(value=120))
        self.calls = self.service.folder / "calls.ndjson"
        self.calls.write_text(json.dumps(with_magnesium(100)) + "\n", encoding="utf-8")

    def config(self, *clients):
        """A configuration beside that of the service, with these clients: name and policy."""
        whole = json.loads(self.service.config_file.read_text(encoding="utf-8"))
        first = whole["clients"][0]
        whole["clients"] = [{**{k: v for k, v in first.items() if k != "rules"}, "name": name, **({"rules": rules} if rules else {})}
                            for name, rules in clients]
        path = self.service.folder / "other.json"
        path.write_text(json.dumps(whole), encoding="utf-8")
        return path

    def diff(self, *words):
        return run("knowledge", "diff", "shipped", str(self.site.folder), *map(str, words))

    def test_OfRequests(self):
        ppi_off = {"high-dose-ppi": {"mode": "off"}}
        file = self.config(("ward", None), ("clinic", ppi_off))
        ppi_to_monitoring = "1 x high-dose-ppi (warning) -> high-dose-depleter-monitoring (info)"
        self.assertIn(ppi_to_monitoring, self.diff("--requests", self.calls).stdout)
        self.assertIn(ppi_to_monitoring, self.diff("--requests", self.calls, "--config", file).stdout, "the first client")
        clinic = self.diff("--requests", self.calls, "--config", file, "--client", "clinic")
        self.assertEqual((clinic.returncode, clinic.stderr), (0, ""))
        self.assertIn("1 x no card -> high-dose-depleter-monitoring (info)", clinic.stdout)

    def test_ANumberOfTheClientStandsInBothSets(self):
        own = {"high-dose-ppi": {"thresholds": {"mg_lookback_depleting": 100}},
               "high-dose-depleter-monitoring": {"thresholds": {"mg_lookback_depleting": 100}}}
        told = self.diff("--requests", self.calls, "--config", self.config(("ward", own)))
        self.assertEqual((told.returncode, told.stderr), (0, ""))
        self.assertIn("1 answers compared: 0 with other cards", told.stdout)

    def test_OfAStoreEachCallUnderItsOwnClient(self):
        self.service.post_hook(ORDER_SIGN, with_magnesium(100))
        name = json.loads(self.service.config_file.read_text(encoding="utf-8"))["clients"][0]["name"]
        here = self.diff("--audit", self.service.config_file)
        self.assertIn("1 x high-dose-ppi (warning) -> high-dose-depleter-monitoring (info)", here.stdout)
        self.assertNotIn("does not name", here.stdout)
        monitoring_off = {"high-dose-depleter-monitoring": {"mode": "off"}}
        other = self.diff("--audit", self.service.config_file, "--config", self.config((name, monitoring_off)))
        self.assertEqual((other.returncode, other.stderr), (0, ""))
        self.assertIn("1 x high-dose-ppi (warning) -> no card", other.stdout)
        stranger = self.diff("--audit", self.service.config_file, "--config", self.config(("elsewhere", monitoring_off)))
        self.assertIn("1 x high-dose-ppi (warning) -> high-dose-depleter-monitoring (info)", stranger.stdout)
        self.assertIn("1 call(s) came from clients that the configuration does not name", stranger.stdout)
        self.assertIn("0 answers compared", self.diff("--audit", self.service.config_file, "--config", self.config((name, None), ("b", None)), "--client", "b").stdout)

    def test_WhatDoesNotFitIsSaid(self):
        self.assertEqual(self.diff("--requests", self.calls, "--client", "ward").returncode, 2)
        unknown = self.diff("--requests", self.calls, "--config", self.config(("ward", None)), "--client", "nobody")
        self.assertEqual(unknown.returncode, 2)
        self.assertIn("there is no client `nobody`", unknown.stderr)
        self.site.change("thresholds.json", lambda numbers: numbers["mg_lookback_depleting"].update(value=90, bounds={"from": 60, "to": 100}))
        beyond = self.diff("--requests", self.calls, "--config", self.config(("ward", {"high-dose-ppi": {"thresholds": {"mg_lookback_depleting": 120}}})))
        self.assertNotEqual(beyond.returncode, 0)
        self.assertIn("with the second set: ", beyond.stderr)


class UnderLoad(Site):
    def test_EveryAnswerIsWhollyOfOneRevision(self):
        """Each set has its own mark in the summary, the detail, a suggestion and a reason; an answer holds one mark only."""
        service, answers, stop = self.service, [], threading.Event()
        request = json.dumps(make.request()).encode()

        def marked(mark):
            self.site.change("policy/high-dose-ppi.json", lambda p: p["sentences"].update(
                {key: f"{mark} {text}" for key, text in p["sentences"].items() if key in ("summary", "basis", "options")}))
            self.site.change("lab-orders.json", lambda labs: labs["serum-magnesium"].update(label=f"{mark} magnesium"))
            self.site.change("override-reasons.json", lambda reasons: reasons.update(other=f"{mark} other"))
            return run("knowledge", "check", str(self.site.folder)).stdout.split()[-1]

        def caller():
            connection = None
            try:
                import http.client
                connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
                while not stop.is_set():
                    connection.request("POST", f"/cds-services/{ORDER_SIGN}", request, {"Content-Type": "application/json"})
                    response = connection.getresponse()
                    answers.append((response.status, response.headers.get("X-Cofactor-Decision"), response.read()))
            except OSError as broken:
                answers.append((str(broken), None, b"{}"))
            finally:
                if connection:
                    connection.close()

        revisions = {}
        revisions[marked("ALPHA")] = "ALPHA"
        self.reload("reloaded")
        callers = [threading.Thread(target=caller) for _ in range(4)]
        for thread in callers:
            thread.start()
        for turn in range(8):
            mark = ("BETA", "ALPHA")[turn % 2]
            revisions[marked(mark)] = mark
            self.reload("reloaded")
            if turn == 3:
                (self.site.folder / "lab-orders.json").write_text("{", encoding="utf-8")
                self.reload("reload-refused")
            time.sleep(0.1)
        stop.set()
        for thread in callers:
            thread.join()

        self.assertEqual(len(revisions), 2)
        seen, records = set(), self.stored()[0]
        for status, decision, data in answers:
            self.assertEqual(status, 200)
            card, = json.loads(data)["cards"]
            marks = set(re.findall(r"ALPHA|BETA", data.decode()))
            self.assertEqual(marks, {revisions[revision_of([card])]}, "text and revision agree")
            self.assertGreaterEqual(len(re.findall(r"ALPHA|BETA", data.decode())), 5, "summary, two sentences, suggestion, reason")
            self.assertEqual(records[decision], revision_of([card]), "the record says the same")
            seen |= marks
        self.assertEqual(seen, {"ALPHA", "BETA"})
        self.assertGreater(len(answers), 50)


class ThePage(unittest.TestCase):
    """docs/changing-the-content.md quotes what the commands say."""

    def test_ItsExampleIsWhatTheCommandsPrint(self):
        with RunningService() as service:
            site = SiteKnowledge(service.folder / "knowledge.d")
            entry = json.loads(re.search(r"```json\n(\{\n.*?\n\})\n```", PAGE, re.S)[1])["overrides"][0]
            site.change("thresholds.json", lambda numbers: numbers["mg_lookback_depleting"].update(value=120),
                        reason=entry["reason"], author=entry["author"], date=entry["date"])
            self.assertEqual(json.loads((site.folder / "site.json").read_text()), {"overrides": [entry]})
            (service.folder / "calls.ndjson").write_text(
                "\n".join(json.dumps(with_magnesium(days)) for days in (100, 110, 10)) + "\n", encoding="utf-8")
            printed = run("knowledge", "diff", "shipped", str(site.folder), "--requests", str(service.folder / "calls.ndjson")).stdout
            printed += run("knowledge", "show", "high-dose-ppi").stdout
            printed += run("knowledge", "show", "high-dose-ppi", "--knowledge", str(site.folder)).stdout
            (site.folder / "site.json").unlink()
            printed += run("knowledge", "check", str(site.folder)).stdout
            quoted = [line for block in re.findall(r"```text\n(.*?)```", PAGE, re.S) for line in block.splitlines() if line.strip()]
            self.assertGreater(len(quoted), 10)
            for line in quoted:
                if "…" not in line:
                    self.assertIn(line, printed.splitlines())


if __name__ == "__main__":
    unittest.main(verbosity=1)
