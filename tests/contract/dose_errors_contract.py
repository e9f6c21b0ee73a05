"""Proves: what the rule on suspect doses suggests for a draft: the whole order made weekly, or its removal, at most
one of the two (rows A-09, A-10, A-12 and K-12)."""
import json
import re

from contract_case import ContractCase, main, make


def daily_weekly_product(order_id="draft-1"):
    """A 50,000 IU product ordered daily, with members that a careless round trip would lose or change."""
    draft = make.order(order_id, "1367410", "ergocalciferol 50,000 unit capsule", "Take 1 capsule by mouth daily")
    draft["_status"] = {"extension": [{"url": "http://ehr.example/why", "valueString": "as \u00fcsual <&> \"quoted\""}]}
    draft["contained"] = [{"resourceType": "Medication", "id": "m1", "ingredient": [{"strength": {"numerator": {"value": 1}}}]}]
    draft["extension"] = [{"url": "http://ehr.example/price", "valueDecimal": "DECIMAL-1.50"}]
    draft["note"] = [{"text": "Narrative of the patient: fell twice"}]
    draft["dispenseRequest"] = {"quantity": {"value": "DECIMAL-30.00"}, "numberOfRepeatsAllowed": 3}
    draft["dosageInstruction"][0]["doseAndRate"][0]["doseQuantity"]["value"] = "DECIMAL-1.0"
    draft["dosageInstruction"][0]["timing"]["repeat"]["boundsDuration"] = {"value": "DECIMAL-8.0", "unit": "wk", "system": make.UCUM, "code": "wk"}
    return draft


def decimals_as_numbers(body):
    """Python would print 1.50 as 1.5: decimals travel as marked strings until the text is made."""
    return re.sub(r'"DECIMAL-([0-9.]+)"', r"\1", json.dumps(body))


def exact(text):
    """JSON with every number as it is written."""
    return json.loads(text, parse_float=lambda number: "DECIMAL-" + number)


class DoseErrors(ContractCase):
    def suspect(self, *drafts, **members):
        body = make.request(*(drafts or (daily_weekly_product(),)), **members)
        answer = self.service.post_hook("cofactor-order-sign", decimals_as_numbers(body).encode())
        self.assertEqual(answer.status, 200, answer.body[:500])
        cards = exact(answer.body)["cards"]
        self.assertEqual(cards[0]["extension"]["org.cofactor"]["rule"], "dose-unit-suspect")
        return body, cards[0]

    def actions(self, card, kind):
        return [a for s in card["suggestions"] for a in s["actions"] if a["type"] == kind]

    def test_K_12_A_09_TheUpdateHoldsTheWholeOrderAndChangesOnlyTheSchedule(self):
        body, card = self.suspect()
        self.assertEqual(card["selectionBehavior"], "at-most-one")
        (update,) = self.actions(card, "update")
        self.assertNotIn("resourceId", update)
        expected = json.loads(json.dumps(body["context"]["draftOrders"]["entry"][0]["resource"]))
        dosage = expected["dosageInstruction"][0]
        dosage["text"] = "Take 1 capsule by mouth once a week"
        dosage["timing"]["repeat"]["periodUnit"] = "wk"
        self.assertEqual(update["resource"], expected)
        self.assertEqual(list(update["resource"]), list(expected), "members stay in their places")

    def test_A_10_TheDeleteNamesTheOrderByReference(self):
        _, card = self.suspect()
        (delete,) = self.actions(card, "delete")
        self.assertEqual(delete["resourceId"], "MedicationRequest/draft-1")
        self.assertNotIn("resource", delete)

    def test_A_12_UpdatesAndDeletesNameADraftOfTheCall(self):
        for drafts in ((daily_weekly_product("a"),), (daily_weekly_product("a"), make.lisinopril("b")),
                       (make.lisinopril("a"), daily_weekly_product("b")), (daily_weekly_product("a"), daily_weekly_product("b"))):
            body, card = self.suspect(*drafts)
            named = {f"{e['resource']['resourceType']}/{e['resource']['id']}" for e in body["context"]["draftOrders"]["entry"]}
            changed = [f"{a['resource']['resourceType']}/{a['resource']['id']}" for a in self.actions(card, "update")]
            removed = [a["resourceId"] for a in self.actions(card, "delete")]
            self.assertTrue(removed)
            self.assertLessEqual({*changed, *removed}, named)

    def test_A_12_AnOrderOnTheListIsNotChanged(self):
        listed = daily_weekly_product("mr-old")
        listed["status"] = "active"
        body = make.request(make.omeprazole("draft-1"), prefetch=make.prefetch(medications=make.bundle(listed)))
        answer = self.service.post_hook("cofactor-order-sign", decimals_as_numbers(body).encode())
        card = exact(answer.body)["cards"][0]
        self.assertEqual(card["extension"]["org.cofactor"]["rule"], "dose-unit-suspect")
        self.assertEqual(self.actions(card, "update") + self.actions(card, "delete"), [])

    def test_A_09_WhatIsNotPlainlyDailyIsNotRewritten(self):
        draft = daily_weekly_product()
        draft["dosageInstruction"][0]["text"] = "1 capsule daily, not more than 1 daily"
        _, card = self.suspect(draft)
        self.assertEqual(self.actions(card, "update"), [])
        self.assertTrue(self.actions(card, "delete"))


if __name__ == "__main__":
    main()
