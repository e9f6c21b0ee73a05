"""Proves: what `GET /cds-services` announces, and that its prefetch templates keep to what clients support (rows D, P-01 to P-08)."""
import re

from contract_case import DISCOVERY, ORDER_SELECT, ORDER_SIGN, ContractCase, RunningService, main, make, schema_faults

TOKEN = re.compile(r"\{\{(.*?)\}\}")
PREFETCH_KEYS = ["patient", "medications", "statements", "magnesium", "vitaminD", "calciumRenal", "conditions", "serviceRequests", "encounter"]


class Discovery(ContractCase):
    def services(self):
        answer = self.service.get("/cds-services")
        self.assertEqual(answer.status, 200)
        return answer.json["services"]

    def templates(self):
        return {(service["id"], key): query for service in self.services() for key, query in service["prefetch"].items()}

    def searches(self):
        for name, query in self.templates().items():
            if "?" in query:
                kind, parameters = query.split("?", 1)
                yield name, kind, [tuple(pair.split("=", 1)) for pair in parameters.split("&")]

    def test_D_01_IsThereWithAndWithoutABasePath(self):
        self.assertEqual(self.service.get("/cds-services").status, 200)
        self.assertEqual(self.service.get("/cds-services?x=1").status, 200)
        with RunningService({"publicBaseUrl": "https://cds.example/base/path"}) as prefixed:
            self.assertEqual(prefixed.get("/base/path/cds-services").status, 200)
            self.assertEqual(prefixed.post("/base/path/cds-services/" + ORDER_SIGN, make.request()).status, 200)

    def test_D_02_D_04_D_05_D_06_D_08_D_09_D_14_D_15_FitsTheSchema(self):
        answer = self.service.get("/cds-services")
        self.assertEqual(schema_faults(DISCOVERY, answer.json), [])
        for service in answer.json["services"]:
            self.assertNotEqual(self.service.post_hook(service["id"], b"{}").status, 404)

    def test_D_07_EveryServiceHasATitleAndUsageRequirements(self):
        for service in self.services():
            self.assertTrue(service["title"].strip())
            self.assertTrue(service["usageRequirements"].strip())

    def test_D_10_D_11_NamesNoVersionThatOnlyLaterClientsKnow(self):
        for service in self.services():
            self.assertNotIn("version", service)
            self.assertNotIn("hookVersion", service)

    def test_D_12_TwoServicesHaveTwoIds(self):
        self.assertEqual([(s["hook"], s["id"]) for s in self.services()],
                         [("order-sign", ORDER_SIGN), ("order-select", ORDER_SELECT)])

    def test_P_01_P_02_P_03_TokensAreFirstLevelContextFields(self):
        for name, query in self.templates().items():
            for token in TOKEN.findall(query):
                self.assertIn(token, ("context.patientId", "context.userId", "context.encounterId"), name)
            self.assertNotRegex(TOKEN.sub("", query), r"[{}]")

    def test_P_04_P_05_NoTemplateComputesOrDependsOnAnother(self):
        for name, query in self.templates().items():
            self.assertNotRegex(query, r"today\(|%|\(\)|ofType|resolve", name)

    def test_P_06_TemplatesKeepToThePortableSubset(self):
        portable = {"patient", "status", "code", "clinical-status", "_sort", "_count", "_include"}
        for name, kind, parameters in self.searches():
            self.assertIn(kind, ("MedicationRequest", "MedicationStatement", "Observation", "Condition", "ServiceRequest"), name)
            for key, value in parameters:
                self.assertIn(key, portable, name)
                if key == "code":
                    for token in value.split(","):
                        self.assertRegex(token, r"^http://loinc\.org\|\d+-\d$", name)
            if kind == "Observation":
                self.assertIn(("_sort", "-date"), parameters)

    def test_P_07_NoParameterStandsTwiceInATemplate(self):
        for name, _, parameters in self.searches():
            keys = [key for key, _ in parameters]
            self.assertEqual(len(keys), len(set(keys)), name)

    def test_P_08_OnlyTheEncounterNeedsAnEncounter(self):
        for (_, key), query in self.templates().items():
            self.assertEqual("context.encounterId" in query, key == "encounter")
        body = make.request()
        del body["context"]["encounterId"]
        self.assertEqual(self.rules(body), ["high-dose-ppi"])

    def test_P_10_EveryPrefetchKeyIsAnnounced(self):
        for service in self.services():
            self.assertEqual(list(service["prefetch"]), PREFETCH_KEYS)

    def test_P_10_TemplatesNameTheLaboratoryCodesOfTheKnowledge(self):
        for service in self.services():
            self.assertIn("http://loinc.org|19123-9", service["prefetch"]["magnesium"])
            self.assertIn("http://loinc.org|62292-8", service["prefetch"]["vitaminD"])
            self.assertIn("http://loinc.org|17861-6", service["prefetch"]["calciumRenal"])


if __name__ == "__main__":
    main()
