// Promises: what replay.hpp says. The layout of a content is that of hooks/decision_record.
#include "cds-service/audit/replay.hpp"

#include "cards/engine/evaluate.hpp"
#include "cards/facts/facts_json.hpp"
#include "cards/rendering/card_json.hpp"
#include "fhir/json/reader.hpp"
#include "fhir/json/writer.hpp"

namespace cofactor::service::audit {
namespace {

constexpr std::string_view masked_patient = "{patient}";

std::string text_of(const json::Value& value) {
  json::Writer out;
  out.value(value);
  return out.take();
}

tl::unexpected<Failure> other_version(const DecisionRecord& record, const std::string& why) {
  return fail("audit-other-version", "the knowledge set `" + record.knowledge_revision + "` does not fit this program: " + why +
                                         "; replay it with version " +
                                         (record.software_version.empty() ? "that wrote it" : record.software_version));
}

}  // namespace

Result<std::shared_ptr<const cards::Knowledge>> Replayer::knowledge(const DecisionRecord& record) {
  const std::string& revision = record.knowledge_revision;
  if (const auto known = loaded_.find(revision); known != loaded_.end()) return known->second;
  auto files = reader_.knowledge(revision);
  if (!files) return tl::unexpected(files.error());
  std::vector<cards::KnowledgeFile> set;
  for (auto& [path, bytes] : *files) set.push_back({std::move(path), std::move(bytes)});
  auto loaded = cards::Knowledge::load_stored(std::move(set));
  if (!loaded) {
    const auto& problem = loaded.error().front();
    return other_version(record, problem.file + " " + problem.pointer + ": " + problem.text +
                                     (loaded.error().size() == 1 ? "" : " (and " + std::to_string(loaded.error().size() - 1) + " more)"));
  }
  if ((*loaded)->revision() != revision) {
    return fail("audit-malformed", "the knowledge set stored as `" + revision + "` has another content");
  }
  loaded_[revision] = *loaded;
  return *loaded;
}

Result<Replay> Replayer::replay(const std::string& decision) {
  auto found = reader_.find(decision);
  if (!found) return tl::unexpected(found.error());
  if (!*found) return fail("audit-no-such-decision", "the store holds no decision `" + decision + "`");
  return replay(**found);
}

Result<Replay> Replayer::replay(const StoredDecision& decision) {
  try {
    return replay_under(decision);
  } catch (const cards::MissingKey& missing) {
    return other_version(decision.record, missing.what());
  }
}

Result<Replay> Replayer::replay_under(const StoredDecision& decision) {
  const auto& record = decision.record;
  auto knowledge_set = knowledge(record);
  if (!knowledge_set) return tl::unexpected(knowledge_set.error());
  auto content = json::parse(record.content);
  if (!content) return fail("audit-malformed", "the content of a decision is no JSON: " + content.error().text);
  const auto& root = content->root();
  auto facts = cards::read_facts(root["facts"]);
  if (!facts) return tl::unexpected(facts.error());

  std::shared_ptr<const cards::SitePolicy> site;
  if (const std::string revision(root["policy"]["site"].string()); !revision.empty()) {
    auto stored = reader_.knowledge(revision);
    if (!stored) return tl::unexpected(stored.error());
    const auto text = json::parse(stored->front().second);
    auto policy = text ? cards::read_site_policy(text->root(), **knowledge_set)
                       : tl::unexpected(std::vector<cards::KnowledgeProblem>(1));
    if (!policy || (*policy)->revision != revision)
      return fail("audit-malformed", "the site policy stored as `" + revision + "` cannot be read by this program");
    site = std::move(*policy);
  }
  auto evaluation = cards::evaluate(*facts, **knowledge_set, site.get());
  std::vector<cards::EarlierOverride> overrides;
  for (const auto& each : root["overrides"].items())
    if (const auto on = fhir::Day::read(each["on"].string()))
      overrides.push_back({std::string(each["finding"].string()), *on});
  cards::silence_overridden(evaluation, overrides, facts->as_of);
  // The uuids that were sent, in the order in which they were drawn: they are chance, not a consequence of the facts.
  std::vector<std::string> uuids;
  for (const auto& card : record.cards) {
    uuids.push_back(card.uuid);
    uuids.insert(uuids.end(), card.suggestion_uuids.begin(), card.suggestion_uuids.end());
  }
  std::size_t next = 0;
  cards::assign_uuids(evaluation, [&] { return next < uuids.size() ? uuids[next++] : std::string(); });

  const std::string source_url(root["policy"]["sourceUrl"].string());
  cards::RenderContext context;
  context.source_url = source_url;
  context.decision = record.decision;
  context.knowledge_revision = record.knowledge_revision;
  context.patient_id = masked_patient;
  context.user_reference = record.user;
  context.encounter_id = record.encounter;
  context.as_of = facts->as_of;
  context.site = site.get();
  Replay replayed;
  replayed.again = cards::response_json(evaluation, **knowledge_set, context);
  const auto& answer = root["answer"];
  if (answer["response"].is_object()) replayed.sent = text_of(answer["response"]);
  replayed.refused = answer["refused"].string();
  return replayed;
}

}  // namespace cofactor::service::audit
