// Proves: what a call needs is demanded by name, and nothing else can get in its way.
#include "cds-service/hooks/hook_request.hpp"

#include <gtest/gtest.h>

namespace cofactor::service::hooks {
namespace {

std::string body(const std::string& context_more = "", const std::string& more = "",
                 const std::string& hook = "order-sign", const std::string& patient = "pt-1") {
  return R"({"hook":")" + hook + R"(","hookInstance":"0F6A1C52-8c1e-7a53-9a52-1f1f0a5d7b13","context":{"userId":"Practitioner/d",)"
         R"("patientId":")" + patient + R"(","draftOrders":{"resourceType":"Bundle","entry":[]})" + context_more + "}" + more + "}";
}

std::string failure_of(const std::string& text, std::string_view hook = order_sign) {
  const auto read = read_hook_request(text, hook, {});
  return read ? "accepted" : read.error().code + ": " + read.error().text;
}

TEST(HookRequest, ReadsAMinimalCallAndLowersTheUuid) {
  const auto read = read_hook_request(body(), order_sign, {});
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_EQ(read->hook, "order-sign");
  EXPECT_EQ(read->hook_instance, "0f6a1c52-8c1e-7a53-9a52-1f1f0a5d7b13");
  EXPECT_EQ(read->patient_id, "pt-1");
  EXPECT_FALSE(read->patient_prefix);
  EXPECT_FALSE(read->prefetch_sent);
  EXPECT_EQ(read->prefetch.magnesium, nullptr);
  ASSERT_NE(read->draft_orders, nullptr);
}

TEST(HookRequest, ViewsSurviveAMove) {
  auto read = read_hook_request(body(), order_sign, {});
  ASSERT_TRUE(read);
  const HookRequest moved = std::move(*read);
  EXPECT_EQ(moved.user_id, "Practitioner/d");
  EXPECT_EQ((*moved.draft_orders)["resourceType"].string(), "Bundle");
}

TEST(HookRequest, TakesThePatientPrefixOffAndSaysSo) {
  const auto read = read_hook_request(body("", "", "order-sign", "Patient/pt-1"), order_sign, {});
  ASSERT_TRUE(read);
  EXPECT_EQ(read->patient_id, "pt-1");
  EXPECT_TRUE(read->patient_prefix);
}

TEST(HookRequest, NamesTheElementThatIsWrong) {
  EXPECT_EQ(failure_of("[]"), "request-malformed: the body is not a JSON object");
  EXPECT_EQ(failure_of("{}"), "element-missing: `hook` is missing: CDS Hooks requires it");
  EXPECT_EQ(failure_of(R"({"hook":1})"), "element-malformed: `hook` is not a string with text");
  EXPECT_EQ(failure_of(R"({"hook":"order-sign"})"), "element-missing: `hookInstance` is missing: CDS Hooks requires it");
  EXPECT_EQ(failure_of(R"({"hook":"order-sign","hookInstance":"x"})"), "element-malformed: `hookInstance` is not a UUID");
  const std::string start = R"({"hook":"order-sign","hookInstance":"0f6a1c52-8c1e-4a53-9a52-1f1f0a5d7b13")";
  EXPECT_EQ(failure_of(start + "}"), "element-missing: `context` is missing: CDS Hooks requires it");
  EXPECT_EQ(failure_of(start + R"(,"context":[]})"), "element-malformed: `context` is not an object");
  EXPECT_EQ(failure_of(start + R"(,"context":{}})"), "element-missing: `context.userId` is missing: CDS Hooks requires it");
  EXPECT_EQ(failure_of(start + R"(,"context":{"userId":"Practitioner/d"}})"),
            "element-missing: `context.patientId` is missing: CDS Hooks requires it");
  EXPECT_EQ(failure_of(start + R"(,"context":{"userId":"Practitioner/d","patientId":"p"}})"),
            "element-missing: `context.draftOrders` is missing: CDS Hooks requires it");
  EXPECT_EQ(failure_of(start + R"(,"context":{"userId":"Practitioner/d","patientId":"p","draftOrders":[]}})"),
            "element-malformed: `context.draftOrders` is not a FHIR Bundle");
}

TEST(HookRequest, NeverRepeatsWhatWasSent) {
  for (const std::string patient : {"secret/canary", "canary secret", "Patient/", "http://x/Patient/canary", "canary?b", "canary#b", ".", "..", "canary%2e", "Patient/..",
                                    "canary\\\\b"})
    EXPECT_EQ(failure_of(body("", "", "order-sign", patient)),
              "element-malformed: `context.patientId` is not the bare id of one Patient");
  EXPECT_EQ(failure_of(body("", "", "canary")), "hook-mismatch: `hook` is not one that this service answers: send `order-sign`");
}

TEST(HookRequest, AnswersOnlyTheHookOfTheService) {
  EXPECT_EQ(failure_of(body(), order_select).substr(0, 13), "hook-mismatch");
  EXPECT_EQ(failure_of(body("", "", "order-select"), ""), "accepted");
  EXPECT_EQ(failure_of(body("", "", "patient-view"), "").substr(0, 13), "hook-mismatch");
}

TEST(HookRequest, WrongOptionalMembersCountAsNotSent) {
  for (const std::string more : {R"(,"prefetch":[1])", R"(,"prefetch":"x")", R"(,"prefetch":null)", R"(,"extension":[])",
                                 R"(,"extension":"x")", R"(,"fhirServer":5)", R"(,"fhirAuthorization":[])", R"(,"unknown":{"a":[null]})"}) {
    const auto read = read_hook_request(body(R"(,"encounterId":7,"extra":{})", more), order_sign, {});
    ASSERT_TRUE(read) << more << read.error().text;
    EXPECT_EQ(read->prefetch.patient, nullptr);
    EXPECT_EQ(read->encounter_id, "");
  }
}

TEST(HookRequest, FindsPrefetchUnderOurAndTheSitesNames) {
  const std::string more = R"(,"prefetch":{"magnesium":null,"siteMeds":{"resourceType":"Bundle"},"coverage":5})";
  const auto read = read_hook_request(body("", more), order_sign, {{"siteMeds", "medications"}, {"siteMg", "magnesium"}});
  ASSERT_TRUE(read);
  ASSERT_NE(read->prefetch.magnesium, nullptr);
  EXPECT_TRUE(read->prefetch.magnesium->is_null());
  ASSERT_NE(read->prefetch.medications, nullptr);
  EXPECT_EQ(read->prefetch.statements, nullptr);
  EXPECT_TRUE(read->prefetch_sent);
}

TEST(HookRequest, SelectionsAreOptionalAndEmptyMeansAll) {
  for (const std::string more : {"", R"(,"selections":null)", R"(,"selections":[])"}) {
    const auto read = read_hook_request(body(more, "", "order-select"), order_select, {});
    ASSERT_TRUE(read) << more;
    EXPECT_FALSE(read->selections);
  }
  const auto read = read_hook_request(body(R"(,"selections":["MedicationRequest/a"])", "", "order-select"), order_select, {});
  ASSERT_TRUE(read);
  ASSERT_TRUE(read->selections);
  EXPECT_EQ(read->selections->at(0), "MedicationRequest/a");
  EXPECT_EQ(failure_of(body(R"(,"selections":"a")", "", "order-select"), order_select).substr(0, 17), "element-malformed");
}

TEST(HookRequest, TrailingSlashesOfTheFhirServerDoNotMatter) {
  const auto read = read_hook_request(body("", R"(,"fhirServer":"https://f.example/r4//")"), order_sign, {});
  ASSERT_TRUE(read);
  EXPECT_EQ(read->fhir_server, "https://f.example/r4");
}

}  // namespace
}  // namespace cofactor::service::hooks
