// A stored decision gives the same cards again, from the store alone.
#include "cds-service/audit/replay.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <regex>

#include "cards/facts/facts_json.hpp"
#include "cards/rendering/card_json.hpp"
#include "cds-service/audit/uuid_bytes.hpp"
#include "cds-service/hooks/decision_record.hpp"
#include "cds-service/hooks/evaluate_call.hpp"
#include "scratch_store.hpp"

namespace cofactor::service::audit {
namespace {

class ReplayTest : public ::testing::Test {
 protected:
  testing::ScratchStore scratch;
  std::unique_ptr<AuditLog> log = scratch.open();
  std::shared_ptr<const cards::Knowledge> knowledge = *cards::Knowledge::load(cards::shipped_knowledge_files());
  ClientConfig client;

  void SetUp() override {
    client.name = "main-ehr";
    std::vector<std::pair<std::string, std::string>> files;
    for (const auto& file : knowledge->files()) files.emplace_back(file.path, file.bytes);
    ASSERT_TRUE(log->keep_knowledge(knowledge->revision(), files));
  }

  /// The set as an earlier version of the program might have had it: `change` edits a file's text.
  void take_older_set(const std::function<void(const std::string& path, std::string& bytes)>& change) {
    std::vector<cards::KnowledgeFile> files;
    for (auto file : cards::shipped_knowledge_files()) {
      change(file.path, file.bytes);
      if (!file.bytes.empty()) files.push_back(std::move(file));
    }
    auto loaded = cards::Knowledge::load_stored(files);
    std::string problems;
    if (!loaded)
      for (const auto& problem : loaded.error()) problems += problem.file + " " + problem.pointer + ": " + problem.text + "\n";
    ASSERT_TRUE(loaded) << problems;
    EXPECT_FALSE(cards::Knowledge::load(files)) << "this program would take it into force";
    knowledge = *loaded;
    std::vector<std::pair<std::string, std::string>> stored;
    for (const auto& file : knowledge->files()) stored.emplace_back(file.path, file.bytes);
    ASSERT_TRUE(log->keep_knowledge(knowledge->revision(), stored));
  }
  static void replace(std::string& bytes, std::string_view from, std::string_view to) {
    const auto at = bytes.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    bytes.replace(at, from.size(), to);
  }

  /// Answers a call the way the service does, and stores it.
  std::string store(const std::string& body, fhir::Day as_of) {
    const auto request = hooks::read_hook_request(body, "", {});
    if (!request) throw std::runtime_error(request.error().text);
    hooks::RecordContext context;
    context.decision = time_ordered_uuid(1'772'400'000'000);
    context.client = &client;
    context.scope = client.name;
    context.source_url = "https://cds.example";
    context.software_version = "test";
    context.received_ms = 1'772'400'000'000;
    const auto result = hooks::evaluate_call(*request, *knowledge, as_of, {client.on_missing_data, context.source_url},
                                             context.decision, hooks::fresh_uuid);
    cards_made += result.evaluation.cards.size();
    EXPECT_TRUE(testing::put(*log, hooks::decision_record(*request, result, *knowledge, context)));
    return context.decision;
  }
  std::size_t cards_made = 0;
};

TEST_F(ReplayTest, ExampleRequestsGiveTheSameCardsAgain) {
  const auto as_of = fhir::Day::read("2026-03-01").value();
  std::vector<std::string> decisions;
  for (const auto& file : std::filesystem::directory_iterator("deploy/examples")) {
    if (file.path().extension() == ".json") decisions.push_back(store(testing::bytes_of_file(file.path()), as_of));
  }
  ASSERT_GE(decisions.size(), 2u);
  EXPECT_GE(cards_made, 2u);
  log.reset();
  // Without keys: a replay needs no patient id.
  auto reader = AuditReader::open(scratch.config().sqlite_path, "");
  ASSERT_TRUE(reader);
  Replayer replayer(*reader);
  for (const auto& decision : decisions) {
    const auto replayed = replayer.replay(decision);
    ASSERT_TRUE(replayed) << replayed.error().text;
    EXPECT_NE(replayed->sent.find("\"uuid\""), std::string::npos);
    EXPECT_EQ(replayed->sent, replayed->again);
  }
}

TEST_F(ReplayTest, TheFactsOfEveryVignetteGiveTheSameCardsAgain) {
  std::vector<std::string> decisions;
  for (const auto& file : std::filesystem::recursive_directory_iterator("tests/vignettes")) {
    if (file.path().extension() != ".json") continue;
    const auto vignette = json::parse(testing::bytes_of_file(file.path()));
    ASSERT_TRUE(vignette) << file.path();
    if (!vignette->root()["facts"].is_object()) continue;
    hooks::CallResult result;
    result.facts = cards::read_facts(vignette->root()["facts"]).value();
    result.evaluation = cards::evaluate(result.facts, *knowledge);
    cards::assign_uuids(result.evaluation, hooks::fresh_uuid);
    hooks::RecordContext context;
    context.decision = time_ordered_uuid(1'772'400'000'000);
    context.client = &client;
    context.scope = client.name;
    context.source_url = "https://cds.example";
    cards::RenderContext render;
    render.source_url = context.source_url;
    render.decision = context.decision;
    const std::string revision = knowledge->revision();
    render.knowledge_revision = revision;
    render.patient_id = "SYNTHETIC-1";
    render.user_reference = "Practitioner/1";
    render.as_of = result.facts.as_of;
    result.response = cards::response_json(result.evaluation, *knowledge, render);
    hooks::HookRequest request;
    request.user_id = "Practitioner/1";
    request.patient_id = "SYNTHETIC-1";
    request.draft_orders = &json::absent;
    ASSERT_TRUE(testing::put(*log, hooks::decision_record(request, result, *knowledge, context)));
    decisions.push_back(context.decision);
  }
  ASSERT_GT(decisions.size(), 20u);
  auto reader = scratch.reader();
  Replayer replayer(reader);
  for (const auto& decision : decisions) {
    const auto replayed = replayer.replay(decision);
    ASSERT_TRUE(replayed) << replayed.error().text;
    EXPECT_EQ(replayed->sent, replayed->again);
  }
}

TEST_F(ReplayTest, ARecordThatSaysOtherwiseIsNotTheSame) {
  auto record = testing::decision(1);
  record.knowledge_revision = knowledge->revision();
  record.content = R"({"facts":{"asOf":"2026-03-01"},"answer":{"response":{"cards":[{"uuid":"x"}]}}})";
  ASSERT_TRUE(testing::put(*log, record));
  auto reader = scratch.reader();
  const auto replayed = Replayer(reader).replay(record.decision);
  ASSERT_TRUE(replayed) << replayed.error().text;
  EXPECT_FALSE(replayed->same());
  EXPECT_EQ(replayed->again, R"({"cards":[]})");
}

TEST_F(ReplayTest, ARecordOfAnOlderSetIsReplayedUnderThatSet) {
  take_older_set([&](const std::string& path, std::string& bytes) {
    if (path == "policy/vitamin-k2-anticoagulant.json") bytes.clear();  // a rule that came later
    if (path.starts_with("policy/"))
      for (const char* mention : {R"("vitamin-k2-anticoagulant"\s*,\s*)", R"(,?\s*"vitamin-k2-anticoagulant")"})
        bytes = std::regex_replace(bytes, std::regex(mention), "");
    if (path == "thresholds.json") replace(bytes, "{", R"({"gone_number": {"value": 1, "unit": "d", "source": "s", "strength": "house default", "note": "n"},)");
    if (path == "sentences.json") {
      replace(bytes, "{", R"({"gone-sentence": "Nobody says this.",)");
    }
    if (path == "names.csv" || path == "do-not-use.csv") bytes.clear();  // what an order is read by stands in the record as facts
    if (path == "policy/high-dose-ppi.json") replace(bytes, "review whether {ppi} is still indicated", "stop {ppi}");  // forbidden since
  });
  const auto decision = store(testing::bytes_of_file("deploy/examples/order-sign-high-dose.json"), fhir::Day::read("2026-03-01").value());
  ASSERT_GE(cards_made, 1u);
  auto reader = scratch.reader();
  const auto replayed = Replayer(reader).replay(decision);
  ASSERT_TRUE(replayed) << replayed.error().text;
  EXPECT_TRUE(replayed->same());
  EXPECT_NE(replayed->again.find("stop omeprazole"), std::string::npos) << "in the words of then";
}

TEST_F(ReplayTest, SaysWhatAnOlderSetLacks) {
  const auto sign = [&] { return store(testing::bytes_of_file("deploy/examples/order-sign-high-dose.json"), fhir::Day::read("2026-03-01").value()); };
  const auto decision = sign();
  const auto with_set = [&](const std::string& path, std::string_view from, std::string_view to) {
    std::vector<std::pair<std::string, std::string>> files;
    std::vector<cards::KnowledgeFile> set;
    for (auto file : cards::shipped_knowledge_files()) {
      if (file.path == path) replace(file.bytes, from, to);
      files.emplace_back(file.path, file.bytes);
      set.push_back(std::move(file));
    }
    const auto loaded = cards::Knowledge::load_stored(set);
    const std::string revision = loaded ? (*loaded)->revision() : "sha256:" + path + std::string(to);
    EXPECT_TRUE(log->keep_knowledge(revision, files));
    auto reader = scratch.reader();
    auto found = reader.find(decision);
    EXPECT_TRUE(found && *found);
    auto stored = **found;
    stored.record.knowledge_revision = revision;
    const auto replayed = Replayer(reader).replay(stored);
    EXPECT_FALSE(replayed) << path;
    if (replayed) return std::string();
    EXPECT_EQ(replayed.error().code, "audit-other-version");
    EXPECT_NE(replayed.error().text.find("; replay it with version test"), std::string::npos) << replayed.error().text;
    return replayed.error().text;
  };
  const auto says = [](const std::string& text, std::string_view part) { EXPECT_NE(text.find(part), std::string::npos) << text; };
  says(with_set("thresholds.json", "\"mg_low\":", "\"mg_low_of_old\":"), "`mg_low`");
  says(with_set("policy/high-dose-ppi.json", "\"summary\":", "\"summary-of-old\":"), "no sentence `summary` in the knowledge");
  says(with_set("policy/high-dose-ppi.json", "{ppi_duration}", "{duration}"), "the program fills no placeholder {duration} here");
  says(with_set("policy/high-dose-ppi.json", "\"rank\":", "\"place\":"), "policy/high-dose-ppi.json /place");
}

TEST_F(ReplayTest, SaysWhatIsMissing) {
  auto reader = scratch.reader();
  Replayer replayer(reader);
  EXPECT_EQ(replayer.replay(testing::decision_uuid(9)).error().code, "audit-no-such-decision");
  ASSERT_TRUE(testing::put(*log, testing::decision(1)));
  EXPECT_EQ(replayer.replay(testing::decision_uuid(1)).error().code, "audit-no-such-knowledge");
  auto broken = testing::decision(2);
  broken.knowledge_revision = knowledge->revision();
  broken.content = "{";
  ASSERT_TRUE(testing::put(*log, broken));
  EXPECT_EQ(replayer.replay(testing::decision_uuid(2)).error().code, "audit-malformed");
  ASSERT_TRUE(log->keep_knowledge("sha256:forged", {{"thresholds.json", "{}"}}));
  auto forged = testing::decision(3);
  forged.knowledge_revision = "sha256:forged";
  ASSERT_TRUE(testing::put(*log, forged));
  EXPECT_EQ(replayer.replay(testing::decision_uuid(3)).error().code, "audit-malformed");
}

}  // namespace
}  // namespace cofactor::service::audit
