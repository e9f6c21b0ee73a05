"""Proves: what a call must hold, and what must not stand in its way (rows R and E)."""
import sqlite3
import uuid

from contract_case import ORDER_SELECT, ORDER_SIGN, ContractCase, main, make

PPI = ["high-dose-ppi"]


def with_authorization(**changes):
    grant = {"access_token": "canary-token-6b1f", "token_type": "Bearer", "expires_in": 300,
             "scope": "patient/Observation.read patient/MedicationRequest.read", "subject": "cofactor", "patient": make.PATIENT}
    grant.update(changes)
    return make.request(fhirServer="https://fhir.example/r4",
                        fhirAuthorization={key: value for key, value in grant.items() if value is not ...})


class Request(ContractCase):
    def refused(self, body, element):
        outcome = self.call(body, status=400)
        self.assertIn(f"`{element}`", str(outcome))

    def test_R_01_HookIsARequiredString(self):
        for value in (..., None, 7, "", "  ", ["order-sign"]):
            self.refused(make.request(hook=value) if value is not ... else {k: v for k, v in make.request().items() if k != "hook"}, "hook")

    def test_R_02_HookInstanceIsAUuidOfAnyVersionAndCase(self):
        for value in (..., None, 7, "", "not-a-uuid", "{0f6a1c52-8c1e-4a53-9a52-1f1f0a5d7b13}", "0f6a1c528c1e4a539a521f1f0a5d7b13"):
            self.refused(make.request(hookInstance=value), "hookInstance")
        for value in (str(uuid.uuid4()).upper(), str(uuid.uuid1()), "01890a5d-ac96-774b-bcce-b302099a8057", "00000000-0000-0000-0000-000000000000"):
            self.assertEqual(self.rules(make.request(hookInstance=value)), PPI)

    def test_R_03_ContextIsARequiredObject(self):
        for value in (..., None, [], "x"):
            self.refused(make.request(context=value), "context")

    def test_R_03_TheContextHoldsUserPatientAndDrafts(self):
        for name, wrong in (("userId", [..., None, 5, ""]), ("patientId", [..., None, 5, "", "Practitioner/1", "a b"]),
                            ("draftOrders", [..., None, [], {"resourceType": "List"}])):
            for value in wrong:
                body = make.request()
                if value is ...:
                    del body["context"][name]
                else:
                    body["context"][name] = value
                self.refused(body, f"context.{name}")

    def test_R_03_APatientPrefixIsTakenOffAndCounted(self):
        before = self.service.metric("cofactor_patient_prefix_normalised_total")
        self.assertEqual(self.rules(make.request(patient_id=f"Patient/{make.PATIENT}")), PPI)
        self.assertEqual(self.service.metric("cofactor_patient_prefix_normalised_total"), before + 1)

    def test_R_04_TheSameHookInstanceAgainGetsTheSameAnswer(self):
        body = make.request()
        first, second = self.cards(body), self.cards(body)
        self.assertEqual(make.without_identity(first), make.without_identity(second))
        self.assertNotEqual(first[0]["uuid"], second[0]["uuid"])

    def test_R_05_TheHookMustBeTheOneOfTheService(self):
        for service_id, hook in ((ORDER_SIGN, "order-select"), (ORDER_SELECT, "order-sign"), (ORDER_SIGN, "patient-view"), (ORDER_SIGN, "ORDER-SIGN")):
            self.call(make.request() | {"hook": hook}, service_id, status=400)

    def test_R_06_FhirServerIsOptionalAndItsSpellingDoesNotMatter(self):
        for value in (..., "https://fhir.example/r4", "https://fhir.example/r4/", "http://127.0.0.1:1/fhir", "", 7, None):
            self.assertEqual(self.rules(make.request(fhirServer=value)), PPI)

    def test_R_07_R_08_AnIncompleteOrForeignGrantStillGetsAnAnswerFromPrefetch(self):
        wanted = make.without_identity(self.cards(make.request(fhirServer="https://fhir.example/r4")))
        for member in ("access_token", "token_type", "expires_in", "scope", "subject", "patient"):
            self.assertEqual(make.without_identity(self.cards(with_authorization(**{member: ...}))), wanted, member)
        self.assertEqual(make.without_identity(self.cards(with_authorization(patient="someone-else"))), wanted)

    def test_R_09_BothSpellingsOfScopesAreTaken(self):
        for scope in ("patient/Observation.read", "patient/Observation.rs user/*.cruds", "launch"):
            self.assertEqual(self.rules(with_authorization(scope=scope)), PPI)

    def test_R_10_TheAccessTokenIsNeitherLoggedNorStored(self):
        self.cards(with_authorization())
        self.call(with_authorization() | {"hook": "other"}, status=400)
        self.assertNotIn("canary-token", self.service.log_text())
        for file in self.service.folder.iterdir():
            self.assertNotIn(b"canary-token", file.read_bytes(), file.name)
        tables = sqlite3.connect(f"file:{self.service.folder}/audit.db?mode=ro", uri=True)
        self.assertTrue(tables.execute("select count(*) from sqlite_master").fetchone()[0])
        tables.close()

    def test_R_14_PrefetchAndExtensionAreOptional(self):
        for value in (..., {}, {"unheard": 1}, None, [], "x"):
            cards = self.cards(make.request(prefetch=value))
            self.assertEqual(make.rules_of(cards), ["check-incomplete"], value)

    def test_R_15_KeysNobodyAskedForAreIgnored(self):
        body = make.request()
        wanted = make.without_identity(self.cards(body))
        body["prefetch"]["coverage"] = {"resourceType": "Coverage", "id": "c"}
        body["prefetch"]["user"] = "123"
        self.assertEqual(make.without_identity(self.cards(body)), wanted)

    def test_E_01_E_03_ExtensionsOfEveryKindAreIgnored(self):
        for value in ([], "x", 7, None, {}, {"davinci-crd.configuration": {"max-cards": 10}}, {"com.vendor.trigger": "23"}):
            self.assertEqual(self.rules(make.request(extension=value)), PPI)

    def test_E_04_ContextFieldsOfLaterVersionsAreIgnored(self):
        body = make.request()
        body["context"]["selections"] = ["MedicationRequest/draft-1"]
        body["context"]["performer"] = "Organization/1"
        self.assertEqual(self.rules(body), PPI)

    def test_E_06_OrdersOfOtherFhirVersionsAreReadByTheirShape(self):
        stu3 = make.weekly_vitamin_d()
        dose = stu3["dosageInstruction"][0]
        dose["doseQuantity"] = dose.pop("doseAndRate")[0]["doseQuantity"]
        r5 = make.weekly_vitamin_d()
        r5["medication"] = {"concept": r5.pop("medicationCodeableConcept")}
        dstu2 = make.weekly_vitamin_d()
        dstu2.update(resourceType="MedicationOrder", patient=dstu2.pop("subject"), dateWritten=make.day(0))
        del dstu2["intent"]
        for draft in (stu3, r5, dstu2):
            self.assertEqual(self.rules(make.request(draft)), PPI, draft["resourceType"])


if __name__ == "__main__":
    main()
