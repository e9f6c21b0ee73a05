// Promises: see medication_cache.hpp.
#include "fhir/client/medication_cache.hpp"

#include <algorithm>
#include <utility>

#include "fhir/json/reader.hpp"

namespace cofactor::fhir::client {
namespace {

/// A reference to a person anywhere in the tree. A catalogue entry has none; a Medication that a site made up for one
/// patient may.
bool names_a_patient(const json::Value& value) {
  for (const json::Member& member : value.members()) {
    if (member.name == "reference" && member.value.string().find("Patient/") != std::string_view::npos) return true;
    if (names_a_patient(member.value)) return true;
  }
  return std::any_of(value.items().begin(), value.items().end(), names_a_patient);
}

}  // namespace

MedicationCache::MedicationCache(Settings settings, std::function<Clock::time_point()> now)
    : settings_(settings), now_(std::move(now)) {}

std::shared_ptr<const std::string> MedicationCache::find(std::string_view id) {
  const std::lock_guard lock(mutex_);
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return nullptr;
  const auto entry = found->second;
  if (now_() >= entry->until) {
    drop(entry);
    return nullptr;
  }
  entries_.splice(entries_.begin(), entries_, entry);
  return entry->json;
}

bool MedicationCache::keep(std::string_view id, std::string json) {
  if (json.size() > settings_.resource_bytes) return false;
  const auto document = json::parse(json);
  if (!document) return false;
  const json::Value& root = document->root();
  if (root["resourceType"].string() != "Medication" || root["id"].string() != id || names_a_patient(root)) return false;
  const std::lock_guard lock(mutex_);
  if (const auto found = by_id_.find(id); found != by_id_.end()) drop(found->second);
  bytes_ += json.size();
  entries_.push_front({std::string(id), std::make_shared<const std::string>(std::move(json)), now_() + settings_.time_to_live});
  by_id_.emplace(entries_.front().id, entries_.begin());
  while (entries_.size() > settings_.resources || bytes_ > settings_.bytes) drop(std::prev(entries_.end()));
  return true;
}

void MedicationCache::drop(std::list<Entry>::iterator entry) {
  bytes_ -= entry->json->size();
  by_id_.erase(entry->id);
  entries_.erase(entry);
}

std::size_t MedicationCache::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace cofactor::fhir::client
