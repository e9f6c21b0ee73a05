"""Proves: the shape of cards, suggestions and links over a set of calls that fire different rules (rows K and A)."""
import re

from contract_case import ContractCase, main, make

HOSTILE = "<img src=x onerror=alert(1)> [x](javascript:alert(1)) ![p](http://evil.example/p.png) | `x` **b**"


def calls():
    """Requests that fire different rules, by name."""
    furosemide = make.order("mr-f", "310429", "furosemide 20 mg tablet", "Take 1 tablet by mouth once daily", status="active", authoredOn=make.day(400))
    unclear = make.weekly_vitamin_d()
    unclear["dosageInstruction"] = [{"text": "as directed"}]
    return {
        "ppi": make.request(),
        "none-found": make.request(prefetch=make.prefetch(medications=None)),
        "diuretic": make.request(prefetch=make.prefetch(medications=make.bundle(furosemide))),
        "several": make.request(prefetch=make.prefetch(medications=make.bundle(furosemide, make.omeprazole()))),
        "low": make.request(prefetch=make.prefetch(magnesium=make.bundle(make.magnesium(value=1.4)))),
        "critical": make.request(prefetch=make.prefetch(magnesium=make.bundle(make.magnesium(value=1.0)))),
        "monitoring": make.request(prefetch=make.prefetch(magnesium=make.bundle(make.magnesium(value=2.0)))),
        "incomplete": make.request(prefetch=...),
        "unreadable": make.request(unclear),
    }


class Cards(ContractCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.answers = {name: (body, cls.service.cards(body)) for name, body in calls().items()}

    def every_card(self):
        for name, (_, cards) in self.answers.items():
            self.assertTrue(cards, f"{name}: no card")
            for card in cards:
                yield name, card

    def test_K_01_CardsAreAlwaysThereAndAtMostTwo(self):
        for name, (body, cards) in self.answers.items():
            self.assertIn(len(cards), (1, 2), name)
            self.call(body)  # the schema

    def test_K_02_A_02_UuidsAreFreshLowerCaseAndUnique(self):
        seen = set()
        for _ in range(2):
            for body, _ in self.answers.values():
                for card in self.cards(body):
                    for uuid in [card["uuid"], *(s["uuid"] for s in card.get("suggestions", []))]:
                        self.assertRegex(uuid, r"^[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
                        self.assertNotIn(uuid, seen)
                        seen.add(uuid)

    def test_K_03_SummaryIsAtMost139CodePoints(self):
        for name, card in self.every_card():
            self.assertLess(len(card["summary"]), 140, name)
            self.assertNotIn("\n", card["summary"])

    def test_K_03_SummaryStaysShortWithEndlessNames(self):
        for filler in ("long ", "\u00e9", "\U0001F48A", "e\u0301"):
            active = make.omeprazole()
            active["medicationCodeableConcept"]["text"] = "omeprazole " + filler * 300
            draft = make.weekly_vitamin_d()
            draft["medicationCodeableConcept"]["text"] = "ergocalciferol 50,000 unit capsule " + filler * 300
            for card in self.cards(make.request(draft, prefetch=make.prefetch(medications=make.bundle(active)))):
                self.assertLess(len(card["summary"]), 140)
                self.assertNotIn("\ufffd", card["summary"])

    def test_K_04_DetailIsMarkdownText(self):
        for name, card in self.every_card():
            self.assertTrue(card["detail"].strip(), name)
            self.assertNotRegex(card["detail"], r"\{[A-Za-z]\w*\}", "an unfilled placeholder")
            self.assertNotRegex(card["summary"], r"\{[A-Za-z]\w*\}")

    def test_K_05_NothingFromTheOrderIsLiveMarkup(self):
        active, draft = make.omeprazole(), make.weekly_vitamin_d()
        active["medicationCodeableConcept"]["text"] = "omeprazole " + HOSTILE
        draft["medicationCodeableConcept"]["text"] = "ergocalciferol 50,000 unit capsule " + HOSTILE
        draft["id"] = "draft-1"
        result = make.magnesium(days_ago=400)
        result["valueQuantity"]["unit"] = HOSTILE
        cards = self.cards(make.request(draft, prefetch=make.prefetch(medications=make.bundle(active), magnesium=make.bundle(result))))
        self.assertTrue(cards)
        for card in cards:
            plain = re.sub(r"\\.", "", card["detail"])  # what is escaped is text
            self.assertNotRegex(plain, r"<\s*(img|script|a)\b")
            self.assertNotRegex(plain, r"\]\(\s*(javascript|http://evil)")
            self.assertNotRegex(plain, r"!\[")

    def test_K_06_IndicatorIsOneOfThree(self):
        found = {card["indicator"] for _, card in self.every_card()}
        self.assertEqual(found, {"info", "warning", "critical"})

    def test_K_07_K_08_K_10_A_19_SourceNamesTheServiceAndATopicAndNoPatient(self):
        for name, card in self.every_card():
            source = card["source"]
            self.assertEqual(source["label"], "Cofactor")
            self.assertRegex(source["url"], r"^https?://")
            self.assertEqual(source["topic"]["system"], "urn:cofactor:topic")
            self.assertRegex(source["topic"]["code"], r"^[A-Za-z0-9]{1,100}$")
            self.assertTrue(source["topic"]["display"])
            rule = card["extension"]["org.cofactor"]["rule"]
            self.assertEqual(source["topic"]["code"], "".join(word.capitalize() for word in rule.split("-")), name)
            for url in [source["url"], *(link["url"] for link in card.get("links", []))]:
                self.assertNotIn(make.PATIENT, url)

    def test_K_09_NoIconIsPromised(self):
        for _, card in self.every_card():
            self.assertNotIn("icon", card["source"])

    def test_K_11_K_12_SuggestionsComeWithASelectionBehavior(self):
        suggesting = [card for _, card in self.every_card() if "suggestions" in card]
        self.assertTrue(suggesting)
        for card in suggesting:
            self.assertTrue(card["suggestions"])
            self.assertIn(card["selectionBehavior"], ("any", "at-most-one"))
        for _, card in self.every_card():
            self.assertEqual("suggestions" in card, "selectionBehavior" in card)

    def test_K_13_K_14_K_17_OverrideReasonsAreCompleteCodings(self):
        reasons = [reason for _, card in self.every_card() for reason in card.get("overrideReasons", [])]
        self.assertTrue(reasons)
        for reason in reasons:
            self.assertEqual(reason["system"], "urn:cofactor:override-reason")
            self.assertTrue(reason["code"] and reason["display"])

    def test_K_16_A_14_A_15_A_16_A_17_LinksIfAnyAreComplete(self):
        for name, card in self.every_card():
            self.assertNotEqual(card.get("links"), [], name)
            for link in card.get("links", []):
                self.assertIn(link["type"], ("absolute", "smart"))
                self.assertTrue(link["label"] and link["url"])
                self.assertNotIn("autolaunchable", link)
                if link["type"] == "absolute":
                    self.assertNotIn("appContext", link)

    def test_K_18_TheExtensionTellsRuleEvidenceAndDecision(self):
        for name, (body, _) in self.answers.items():
            answer = self.service.post_hook("cofactor-order-sign", body)
            for card in answer.json["cards"]:
                self.assertEqual(list(card["extension"]), ["org.cofactor"])
                ours = card["extension"]["org.cofactor"]
                self.assertEqual(ours["decision"], answer.header("X-Cofactor-Decision"), name)
                self.assertRegex(ours["knowledgeRevision"], r"^sha256:[0-9a-f]{64}$")
                self.assertTrue(ours["evidence"])

    def test_A_01_A_03_A_04_A_06_A_07_A_08_SuggestionsAreCompleteAndNonePreselected(self):
        actions = 0
        for name, card in self.every_card():
            for suggestion in card.get("suggestions", []):
                self.assertTrue(suggestion["label"], name)
                self.assertNotIn("isRecommended", suggestion)
                self.assertTrue(suggestion["actions"])
                for action in suggestion["actions"]:
                    actions += 1
                    self.assertIn(action["type"], ("create", "update", "delete"))
                    self.assertTrue(action["description"])
                    if action["type"] == "create":
                        self.assertTrue(action["resource"]["resourceType"])
                        self.assertNotIn("id", action["resource"])
        self.assertGreater(actions, 0)

    def test_A_13_A_18_NothingThatOnlyLaterClientsKnowAndNoSystemActions(self):
        for body, _ in self.answers.values():
            answer = self.call(body)
            self.assertEqual(list(answer), ["cards"])
            self.assertNotIn("actionSelectionBehavior", str(answer))


if __name__ == "__main__":
    main()
