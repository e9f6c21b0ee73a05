"""Proves: feedback in the shapes that clients send it, stored before it is answered (rows F)."""
import uuid

from contract_case import ORDER_SELECT, ORDER_SIGN, ContractCase, main, make

NOW = "2026-03-02T14:08:00Z"


class FeedbackCase(ContractCase):
    def overridden(self, **more):
        return {"card": self.card["uuid"], "outcome": "overridden", "outcomeTimestamp": NOW, **more}

    def accepted(self, **more):
        chosen = [{"id": self.card["suggestions"][0]["uuid"]}]
        return {"card": self.card["uuid"], "outcome": "accepted", "acceptedSuggestions": chosen, "outcomeTimestamp": NOW, **more}

    def taken(self, *items):
        answer = self.service.feedback(list(items))
        self.assertEqual((answer.status, answer.body), (200, b""), items)

    def refused(self, *items):
        answer = self.service.feedback(list(items))
        self.assertEqual(answer.status, 400, items)
        self.assert_outcome(answer)

    def counted(self):
        """Feedback items so far: about our cards, about others."""
        return [sum(self.service.metric("cofactor_feedback_total", outcome=outcome, card=card) for outcome in ("accepted", "overridden"))
                for card in ("known", "unknown")]


class Feedback(FeedbackCase):
    def setUp(self):
        self.card = self.cards(make.request())[0]

    def test_F_01_F_11_EveryServiceTakesFeedbackAndAnswersWithoutABody(self):
        for service_id in (ORDER_SIGN, ORDER_SELECT):
            answer = self.service.feedback([self.overridden()], service_id)
            self.assertEqual((answer.status, answer.body), (200, b""))

    def test_F_02_NoneOneTwoAndFiveHundredItems(self):
        for count in (0, 1, 2, 500):
            self.taken(*[self.overridden(outcomeTimestamp=f"2026-03-02T14:{n // 60:02}:{n % 60:02}Z") for n in range(count)])
        for body in ({}, {"feedback": None}, {"feedback": {}}, [], {"feedback": [7]}):
            self.assertEqual(self.service.post(f"/cds-services/{ORDER_SIGN}/feedback", body).status, 400, body)

    def test_F_03_AnUnknownCardGetsTheSameAnswerAndIsCountedApart(self):
        known, unknown = self.counted()
        self.taken({**self.overridden(), "card": str(uuid.uuid4())})
        self.taken({**self.overridden(), "card": "no-uuid-at-all"})
        self.taken(self.overridden())
        self.assertEqual(self.counted(), [known + 1, unknown + 2])
        for card in (None, 7, "", {}):
            self.refused({**self.overridden(), "card": card})

    def test_F_04_TheOutcomeIsAcceptedOrOverridden(self):
        for outcome in (None, 7, "", "ignored", "Accepted"):
            self.refused({**self.accepted(), "outcome": outcome})

    def test_F_05_AnAcceptanceNamesItsSuggestions(self):
        self.taken(self.accepted())
        for value in (None, {}, "x", [{}], [7], [{"id": ""}]):
            self.refused({**self.accepted(), "acceptedSuggestions": value})
        item = self.accepted()
        del item["acceptedSuggestions"]
        self.refused(item)

    def test_F_06_F_07_F_08_ReasonsOfEveryShapeAndNone(self):
        coding = {"code": "will-monitor", "system": "urn:cofactor:override-reason"}
        for reason in ({"reason": coding}, {"reason": {"code": "x"}}, {"reason": {"code": "own", "system": "urn:site", "display": "own words"}},
                       {"userComment": "seen by nephrology"}, {"reason": coding, "userComment": "x"}, coding, {}):
            self.taken(self.overridden(overrideReason=reason))
            self.taken(self.overridden(overrideReasons=reason))
        prefix = "com.epic.cdshooks.feedback.overrideReason."
        self.taken(self.overridden(overrideReasons={"extension": {f"{prefix}reasonCategory": "45", f"{prefix}reasonTitle": "x"}, "userComment": "c"}))
        self.taken(self.overridden())

    def test_F_08_TheCommentIsNeitherLoggedNorStoredInTheClear(self):
        self.taken(self.overridden(overrideReason={"userComment": "canary-comment-81f2"}))
        self.refused({**self.overridden(overrideReason={"userComment": "canary-comment-81f2"}), "outcome": "x"})
        self.assertNotIn("canary-comment", self.service.log_text())
        for file in self.service.folder.iterdir():
            self.assertNotIn(b"canary-comment", file.read_bytes(), file.name)

    def test_F_09_TimestampsWithFractionsAndOffsets(self):
        for when in ("2026-03-02T14:08:00Z", "2026-03-02T14:08:00.123Z", "2026-03-02T09:08:00-05:00", "2026-03-02T14:08:00.123456+00:00"):
            self.taken(self.overridden(outcomeTimestamp=when))
        for when in (None, 7, "", "2026-03-02", "14:08", "2026-03-02T14:08:00", "2026-02-30T14:08:00Z", "yesterday"):
            self.refused(self.overridden(outcomeTimestamp=when))

    def test_F_10_TheSameFeedbackAgainIsTakenAndCountedOnce(self):
        known, unknown = self.counted()
        self.taken(self.overridden())
        self.taken(self.overridden())
        self.taken(self.accepted(outcomeTimestamp="2029-01-01T00:00:00Z"))
        self.assertEqual(self.counted(), [known + 2, unknown])

    def test_F_04_OneMalformedItemRefusesAllOfThem(self):
        before = self.counted()
        self.refused(self.overridden(), {**self.overridden(), "outcome": "x"})
        self.assertEqual(self.counted(), before)


class Strangers(FeedbackCase):
    """Each test about patients of its own: an override silences the same finding of the same patient."""

    def setUp(self):
        self.card = self.card_of(str(uuid.uuid4()))

    def card_of(self, patient, hook="order-sign", service_id=ORDER_SIGN):
        prefetch = make.prefetch(patient=make.patient(patient), medications=make.bundle(make.omeprazole(patient=patient)))
        return self.cards(make.request(make.weekly_vitamin_d(patient=patient), hook=hook, patient_id=patient, prefetch=prefetch), service_id)[0]

    def test_F_03_T_FB_1_WhateverCardItIsAboutTheAnswerIsTheSame(self):
        """No oracle: a stranger learns from no answer whether a card exists, is his, or has been answered before."""
        other = self.card_of(str(uuid.uuid4()))
        select = self.card_of(str(uuid.uuid4()), "order-select", ORDER_SELECT)
        kinds = {
            "its own": (ORDER_SIGN, self.overridden()), "its own, again": (ORDER_SIGN, self.overridden()), "another outcome": (ORDER_SIGN, self.accepted()),
            "unknown": (ORDER_SIGN, {**self.overridden(), "card": str(uuid.uuid4())}), "one bit off": (ORDER_SIGN, {**self.overridden(), "card": f"{self.card['uuid'][:-1]}{int(self.card['uuid'][-1], 16) ^ 1:x}"}),
            "no uuid": (ORDER_SIGN, {**self.overridden(), "card": "' OR 1=1 --"}), "before there was a card": (ORDER_SIGN, {**self.overridden(outcomeTimestamp="1999-01-01T00:00:00Z")}),
            "a year later": (ORDER_SIGN, self.overridden(outcomeTimestamp="2027-06-01T00:00:00Z")), "of the other service": (ORDER_SIGN, {**self.overridden(), "card": select["uuid"]}),
            "at the other service": (ORDER_SELECT, self.overridden(outcomeTimestamp="2026-03-02T15:00:00Z")),
            "with another card's suggestion": (ORDER_SIGN, {**self.accepted(outcomeTimestamp="2026-03-02T16:00:00Z"), "acceptedSuggestions": [{"id": other["suggestions"][0]["uuid"]}]}),
            "with an unknown suggestion": (ORDER_SIGN, {**self.accepted(outcomeTimestamp="2026-03-02T17:00:00Z"), "acceptedSuggestions": [{"id": str(uuid.uuid4())}]}),
        }
        volatile = ("Date", "X-Request-Id")
        seen = set()
        for name, (service_id, item) in kinds.items():
            answer = self.service.feedback([item], service_id)
            seen.add((answer.status, answer.body, tuple(sorted((k, v) for k, v in answer.headers.items() if k not in volatile))))
            self.assertEqual(answer.status, 200, name)
        self.assertEqual(len(seen), 1, seen)
        # Malformed is malformed whatever the card: that too tells nothing.
        refused = {}
        for card in (self.card["uuid"], str(uuid.uuid4())):
            answer = self.service.feedback([{**self.overridden(), "card": card, "outcome": "ignored"}])
            refused[card] = (answer.status, answer.body.replace(answer.header("X-Request-Id").encode(), b""))
        self.assertEqual(len(set(refused.values())), 1)

    def test_F_02_T_FB_1_TenThousandItemsAreTakenAndOneMoreIsNot(self):
        item = {**self.overridden(), "card": str(uuid.uuid4())}
        self.assertEqual(self.service.feedback([item] * 10_000).status, 200)
        self.refused(*[item] * 10_001)
        self.taken(self.overridden())

    def test_F_08_T_FB_3_ALongCommentIsCutSealedAndNeverLogged(self):
        mark = "canary-free-text-77e1"
        self.taken(self.overridden(overrideReason={"userComment": (mark + " ") * 20_000}))
        self.taken(self.overridden(outcomeTimestamp="2026-03-02T18:00:00Z", overrideReason={"userComment": mark, "reason": {"code": "other"}}))
        self.assertNotIn("canary-free-text", self.service.log_text() + self.service.operations("/metrics").body.decode())
        for file in self.service.folder.iterdir():
            self.assertNotIn(b"canary-free-text", file.read_bytes(), file.name)


if __name__ == "__main__":
    main()
