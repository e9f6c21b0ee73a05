// Promises: reading a feedback call (feedback.hpp).
#include "cds-service/hooks/feedback.hpp"

#include "cds-service/hooks/hook_request.hpp"
#include "fhir/dates/partial_date.hpp"
#include "fhir/json/reader.hpp"

namespace cofactor::service::hooks {
namespace {

constexpr std::size_t most_items = 10'000;
constexpr std::size_t longest_text = 512;       // ids, codes, displays
constexpr std::size_t longest_comment = 8'192;  // cut, not refused: a long comment is still feedback
constexpr std::string_view vendor_reason = "com.epic.cdshooks.feedback.overrideReason.";

tl::unexpected<Failure> missing(const std::string& element) {
  return fail("element-missing", "`" + element + "` is missing: CDS Hooks requires it");
}
tl::unexpected<Failure> malformed(const std::string& element, std::string_view wanted) {
  return fail("element-malformed", "`" + element + "` is not " + std::string(wanted));
}

/// At most `limit` bytes, cut before a character, not inside one.
std::string cut(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return std::string(text);
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0) == 0x80) --limit;
  return std::string(text.substr(0, limit));
}

/// Our uuids are in lower case; some clients return them in capitals.
std::string normalised_id(std::string_view id) {
  if (auto uuid = read_uuid(id)) return *uuid;
  return std::string(id);
}

Result<std::string_view> required_text(const json::Value& item, std::string_view name, const std::string& at) {
  const json::Value* value = item.find(name);
  const std::string element = at + "." + std::string(name);
  if (!value) return missing(element);
  if (!value->is_string() || value->size == 0 || value->size > longest_text)
    return malformed(element, "a string of 1 to 512 bytes");
  return value->string();
}

/// A date and a time with a zone; the text is kept as it came.
bool is_timestamp(std::string_view text) {
  const auto date = fhir::PartialDate::read(text);
  if (!date || !date->has_time) return false;
  const std::size_t time = text.find_first_of("Tt");
  return time != std::string_view::npos && text.find_first_of("Zz+-", time) != std::string_view::npos;
}

void read_coding(const json::Value& coding, audit::FeedbackRecord& into) {
  into.reason_code = cut(coding["code"].string(), longest_text);
  into.reason_system = cut(coding["system"].string(), longest_text);
  into.reason_display = cut(coding["display"].string(), longest_text);
}

/// The reason never decides whether feedback is accepted: what cannot be read of it is left out.
void read_reason(const json::Value& reason, audit::FeedbackRecord& into) {
  const json::Value& given = reason.is_array() && reason.size > 0 ? reason.items()[0] : reason;
  into.comment = cut(given["userComment"].string(), longest_comment);
  const json::Value& coding = given["reason"];
  if (coding.is_object())
    read_coding(coding, into);
  else if (given["code"].is_string())
    read_coding(given, into);
  if (!into.reason_code.empty() || !into.reason_display.empty()) return;
  for (const json::Member& member : given["extension"].members()) {
    if (!member.name.starts_with(vendor_reason)) continue;
    const std::string_view what = member.name.substr(vendor_reason.size());
    if (what == "reasonCategory" || what == "code") into.reason_code = cut(member.value.string(), longest_text);
    if (what == "reasonDisplay" || what == "display") into.reason_display = cut(member.value.string(), longest_text);
    if (what == "reasonTitle" && into.reason_display.empty())
      into.reason_display = cut(member.value.string(), longest_text);
  }
  if (!into.reason_code.empty()) into.reason_system = std::string(vendor_reason) + "reasonCategory";
}

Result<audit::FeedbackRecord> read_item(const json::Value& item, const std::string& at) {
  if (!item.is_object()) return malformed(at, "an object");
  audit::FeedbackRecord record;
  const auto card = required_text(item, "card", at);
  if (!card) return tl::unexpected(card.error());
  record.card = normalised_id(*card);
  const auto outcome = required_text(item, "outcome", at);
  if (!outcome) return tl::unexpected(outcome.error());
  if (*outcome != "accepted" && *outcome != "overridden")
    return malformed(at + ".outcome", "`accepted` or `overridden`");
  record.outcome = *outcome;
  const auto timestamp = required_text(item, "outcomeTimestamp", at);
  if (!timestamp) return tl::unexpected(timestamp.error());
  if (!is_timestamp(*timestamp)) return malformed(at + ".outcomeTimestamp", "an RFC 3339 date and time");
  record.outcome_timestamp = *timestamp;

  const json::Value& suggestions = item["acceptedSuggestions"];
  if (record.outcome == "accepted" && suggestions.is_null()) return missing(at + ".acceptedSuggestions");
  if (!suggestions.is_null() && !suggestions.is_array()) return malformed(at + ".acceptedSuggestions", "an array");
  for (const json::Value& suggestion : suggestions.items()) {
    const auto id = required_text(suggestion, "id", at + ".acceptedSuggestions");
    if (!id) return tl::unexpected(id.error());
    record.accepted_suggestions.push_back(normalised_id(*id));
  }
  const json::Value* reason = item.find("overrideReason");
  if (!reason) reason = item.find("overrideReasons");
  if (reason) read_reason(*reason, record);
  return record;
}

}  // namespace

Result<std::vector<audit::FeedbackRecord>> read_feedback(std::string body) {
  auto document = json::parse(std::move(body));
  if (!document) return tl::unexpected(document.error());
  const json::Value& root = document->root();
  if (!root.is_object()) return fail("request-malformed", "the body is not a JSON object");
  const json::Value* list = root.find("feedback");
  if (!list) return missing("feedback");
  if (!list->is_array()) return malformed("feedback", "an array");
  if (list->size > most_items)
    return fail("too-many-items", "`feedback` has more than 10000 items: send it in several calls");
  std::vector<audit::FeedbackRecord> records;
  records.reserve(list->size);
  for (const json::Value& item : list->items()) {
    auto record = read_item(item, "feedback[" + std::to_string(records.size()) + "]");
    if (!record) return tl::unexpected(record.error());
    records.push_back(std::move(*record));
  }
  return records;
}

}  // namespace cofactor::service::hooks
