"""Proves: status codes, and that what could not be checked is said instead of passed over (rows C and P-19)."""
from contract_case import ORDER_SELECT, ORDER_SIGN, ContractCase, main, make


class Answers(ContractCase):
    changes = {"clients": [{"name": "demo", "authentication": "none"}]}

    def test_C_01_SuccessIsExactly200WithCards(self):
        for body in (make.request(), make.request(make.lisinopril())):
            answer = self.service.post_hook(ORDER_SIGN, body)
            self.assertEqual(answer.status, 200)
            self.assertIsInstance(answer.json["cards"], list)
            self.assertRegex(answer.header("X-Cofactor-Decision"), r"^[0-9a-f-]{36}$")

    def test_C_04_NoAdviceIsAnEmptyListOfCards(self):
        self.assertEqual(self.call(make.request(make.lisinopril())), {"cards": []})
        nothing = make.request()
        nothing["context"]["draftOrders"]["entry"] = []
        self.assertEqual(self.call(nothing), {"cards": []})
        del nothing["context"]["draftOrders"]["entry"]
        self.assertEqual(self.call(nothing), {"cards": []})

    def test_C_06_RefusalsAreOutcomesThatRepeatNothingOfTheRequest(self):
        canary = "canary-marlow-1961"
        for body in (make.request(hook=canary), make.request(hookInstance=canary), make.request(patient_id=f"{canary}/x"),
                     make.request(context={"userId": canary, canary: canary}), f'{{"{canary}'.encode(), f'"{canary}"'.encode()):
            answer = self.service.post_hook(ORDER_SIGN, body)
            self.assertEqual(answer.status, 400)
            self.assert_outcome(answer)
            self.assertNotIn(canary.encode(), answer.body)
        self.assertNotIn(canary, self.service.log_text())

    def test_C_08_EachMissingDatumIsNamedOnACard(self):
        for key, words in (("magnesium", "magnesium"), ("medications", "medication")):
            cards = self.cards(make.request(prefetch=make.prefetch(**{key: ...})))
            self.assertTrue(cards, key)
            self.assertIn("check-incomplete", make.rules_of(cards) + cards[0]["extension"]["org.cofactor"].get("alsoFired", []))
            self.assertIn(words, (cards[0]["summary"] + cards[0]["detail"]).lower())

    def test_C_08_ADoseThatCannotBeReadIsSaid(self):
        unclear = make.weekly_vitamin_d()
        unclear["dosageInstruction"] = [{"text": "as directed"}]
        self.assertEqual(self.rules(make.request(unclear)), ["dose-unreadable"])

    def test_C_09_AnOrderStillWithoutMedicationOrDoseIsNoError(self):
        bare = {"resourceType": "MedicationRequest", "id": "request-123", "status": "draft", "subject": {"reference": f"Patient/{make.PATIENT}"}}
        undosed = make.weekly_vitamin_d()
        del undosed["dosageInstruction"]
        for draft in (bare, {**bare, "category": {"text": "x"}}, {"resourceType": "MedicationRequest"}, {"resourceType": "ServiceRequest", "id": "s"}):
            for hook, service_id in (("order-select", ORDER_SELECT), ("order-sign", ORDER_SIGN)):
                body = make.request(draft | {"id": draft.get("id", "x")}, hook=hook)
                self.assertEqual(self.call(body, service_id), {"cards": []}, draft)
        self.call(make.request(undosed, hook="order-select"), ORDER_SELECT)

    def test_C_09_SelectionsMayBeMissingAndThenAllDraftsCount(self):
        body = make.request(hook="order-select")
        for value in (..., None, []):
            if value is ...:
                del body["context"]["selections"]
            else:
                body["context"]["selections"] = value
            self.assertEqual(self.rules(body, ORDER_SELECT), ["high-dose-ppi"])

    def test_C_09_AdviceIsAboutTheSelectedOrders(self):
        body = make.request(make.weekly_vitamin_d(), make.lisinopril(), hook="order-select", selections=["MedicationRequest/draft-2"])
        self.assertEqual(self.rules(body, ORDER_SELECT), [])


class StrictClient(ContractCase):
    """A client that asked for 412 instead of a card."""
    changes = {"clients": [{"name": "strict", "authentication": "none", "onMissingData": "412"}]}

    def test_C_02_P_19_RequiredDataThatAreMissingGive412(self):
        for missing in ("magnesium", "medications"):
            outcome = self.call(make.request(prefetch=make.prefetch(**{missing: ...})), status=412)
            self.assertIn(f"`{missing}`", str(outcome))
        self.call(make.request(prefetch=...), status=412)
        failed = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}
        self.call(make.request(prefetch=make.prefetch(magnesium=failed)), status=412)

    def test_C_02_NothingIsRequiredForOrdersThatAreNotJudged(self):
        self.assertEqual(self.call(make.request(make.lisinopril(), prefetch=...)), {"cards": []})

    def test_C_03_NullAndEmptyAreAnswers(self):
        for nothing in (None, make.empty_bundle()):
            self.assertEqual(self.rules(make.request(prefetch=make.prefetch(magnesium=nothing))), ["high-dose-ppi"])


if __name__ == "__main__":
    main()
