"""Proves: the states of prefetched data are told apart, and nothing of another patient is used (rows P-11 to P-18, P-09)."""
from contract_case import ORDER_SELECT, ORDER_SIGN, ContractCase, main, make
from left_behind import LeftBehind

OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}
PPI, INCOMPLETE = ["high-dose-ppi"], ["check-incomplete"]


class Prefetch(ContractCase):
    def with_magnesium(self, value):
        return self.rules(make.request(prefetch=make.prefetch(magnesium=value)))

    def test_P_09_P_11_AnAbsentKeyIsUnknownAndNeverNone(self):
        self.assertEqual(self.with_magnesium(...), INCOMPLETE)
        self.assertEqual(self.rules(make.request(prefetch=make.prefetch(medications=...))), ["high-dose-no-magnesium"])
        cards = self.cards(make.request(prefetch=make.prefetch(medications=...)))
        self.assertIn("check-incomplete", cards[0]["extension"]["org.cofactor"]["alsoFired"])

    def test_P_12_NullMeansLookedAndFoundNothing(self):
        self.assertEqual(self.with_magnesium(None), PPI)
        everything_null = {key: None for key in make.prefetch()}
        self.assertEqual(self.rules(make.request(prefetch=everything_null)), ["high-dose-no-magnesium"])

    def test_P_13_AnEmptyBundleMeansTheSameAsNull(self):
        for value in (make.empty_bundle(), {"resourceType": "Bundle", "type": "searchset"}, {"resourceType": "Bundle", "entry": []}):
            self.assertEqual(self.with_magnesium(value), PPI)

    def test_P_14_AnOperationOutcomeIsUnknown(self):
        self.assertEqual(self.with_magnesium(OUTCOME), INCOMPLETE)
        entry = {"resource": OUTCOME, "search": {"mode": "outcome"}}
        self.assertEqual(self.with_magnesium({"resourceType": "Bundle", "type": "searchset", "entry": [entry]}), INCOMPLETE)
        mixed = make.bundle(make.magnesium(days_ago=5))
        mixed["entry"].append(entry)
        self.assertEqual(self.with_magnesium(mixed), ["high-dose-depleter-monitoring"])

    def test_P_15_ANextLinkMeansThereIsMore(self):
        link = [{"relation": "next", "url": "https://fhir.example/r4?page=2"}]
        self.assertEqual(self.with_magnesium({"resourceType": "Bundle", "type": "searchset", "link": link}), INCOMPLETE)
        self.assertEqual(self.with_magnesium({"resourceType": "Bundle", "type": "searchset", "total": 12}), INCOMPLETE)
        # The newest is on the page, because the template asks for newest first.
        self.assertEqual(self.with_magnesium(make.bundle(make.magnesium(days_ago=5), link=link)), ["high-dose-depleter-monitoring"])

    def test_P_16_BundlesOfAnyTypeWithAnyEntries(self):
        found = make.magnesium(days_ago=5)
        organization = {"resourceType": "Organization", "id": "o"}
        for value in (make.bundle(found, type="collection"), {"resourceType": "Bundle", "entry": [{"resource": organization}, {"resource": found}]},
                      make.bundle(organization, found, total=1), found):
            self.assertEqual(self.with_magnesium(value), ["high-dose-depleter-monitoring"])

    def test_P_17_AValueThatIsNoResourceIsUnknown(self):
        for value in ("123", 7, [], [make.magnesium()], True, {}, {"resourceType": 5}, "<html>Tomcat</html>"):
            self.assertEqual(self.with_magnesium(value), INCOMPLETE, value)

    def test_P_18_AnotherPatientsResultIsNotUsedAndCounted(self):
        before = self.service.metric("cofactor_patient_mismatch_total")
        foreign = make.magnesium(value=1.0, days_ago=1, patient="someone-else")
        cards = self.cards(make.request(prefetch=make.prefetch(magnesium=make.bundle(foreign))))
        self.assertEqual(make.rules_of(cards), INCOMPLETE, "neither low nor none: not known")
        self.assertIn("another patient", cards[0]["detail"])
        self.assertEqual(self.service.metric("cofactor_patient_mismatch_total"), before + 1)

    def test_P_18_AnotherPatientsDraftGetsNoAdviceAndTheOthersAreJudged(self):
        foreign = make.weekly_vitamin_d("draft-x", patient="someone-else")
        self.assertEqual(self.rules(make.request(foreign)), [])
        self.assertEqual(self.rules(make.request(foreign, make.weekly_vitamin_d())), PPI)

    def test_P_18_T_PAT_1_ASwappedPatientIsMarkedInAuditLogAndMetrics(self):
        before = self.service.metric("cofactor_patient_mismatch_total")
        answer = self.service.post_hook(ORDER_SIGN, make.request(prefetch=make.prefetch(patient=make.patient("pt-swapped", born="2020-05-05"))))
        self.assertEqual(make.rules_of(answer.json["cards"]), PPI)
        self.assertIn("Age is not known", answer.json["cards"][0]["detail"])
        self.assertEqual(self.service.metric("cofactor_patient_mismatch_total"), before + 1)
        decision = answer.header("X-Cofactor-Decision")
        self.assertIn(decision, [line["decision"] for line in self.service.events("patient-mismatch")])
        marked = [content for content in LeftBehind(self.service).stored().contents if content["facts"].get("patientMismatch")]
        self.assertIn({"key": "patient", "state": "error", "reason": "other-patient"}, [source for content in marked for source in content["facts"]["sources"]])
        self.assertEqual(LeftBehind(self.service).stored().found({"the other's id": "pt-swapped", "birth date": "2020-05-05"}), [])

    def test_P_18_AnotherPatientsMedicationIsNoInteraction(self):
        medications = make.bundle(make.omeprazole(patient="someone-else"))
        self.assertNotIn("high-dose-ppi", self.rules(make.request(prefetch=make.prefetch(medications=medications))))

    def test_P_16_MedicationsMayBeIncludedInTheBundle(self):
        active = make.omeprazole()
        concept = active.pop("medicationCodeableConcept")
        active["medicationReference"] = {"reference": "Medication/m-1"}
        medications = make.bundle(active, {"resourceType": "Medication", "id": "m-1", "code": concept})
        self.assertEqual(self.rules(make.request(prefetch=make.prefetch(medications=medications))), PPI)

    def test_P_09_OrderSelectReadsTheSamePrefetch(self):
        self.assertEqual(self.rules(make.request(hook="order-select"), ORDER_SELECT), PPI)


if __name__ == "__main__":
    main()
