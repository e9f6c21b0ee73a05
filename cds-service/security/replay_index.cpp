// Promises: what replay_index.hpp says.
#include "cds-service/security/replay_index.hpp"

#include <algorithm>
#include <limits>

#include "cds-service/security/digest.hpp"

namespace cofactor::service::security {

ReplayKey replay_key(std::string_view issuer, std::string_view jti) {
  // The length keeps (a, bc) and (ab, c) apart.
  std::string text = std::to_string(issuer.size()) + ":";
  text.append(issuer).append(jti);
  const std::string digest = sha256(text);
  ReplayKey key{};
  std::copy_n(digest.begin(), key.size(), key.begin());
  return key;
}

std::uint32_t ReplayIndex::kept_seconds(std::int64_t seconds) {
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(seconds, 0, std::numeric_limits<std::uint32_t>::max()));
}

std::uint32_t ReplayIndex::number_of(std::string_view client) {
  auto number = clients_.find(client);
  if (number == clients_.end()) {
    number = clients_.emplace(std::string(client), static_cast<std::uint32_t>(of_client_.size())).first;
    of_client_.push_back(0);
  }
  return number->second;
}

void ReplayIndex::restore(const ReplayKey& key, std::string_view client, std::int64_t useless_after, ReplayTime now) {
  const std::uint32_t number = number_of(client);
  if (!part_of(key).emplace(key, Entry{kept_seconds(useless_after), number}).second) return;
  ++size_;
  by_end_[bucket_of(now.steady + std::max<std::int64_t>(useless_after - now.system, 0))].push_back(key);
  ++of_client_[number];
}

ReplayIndex::Entered ReplayIndex::enter(const ReplayKey& key, std::string_view client, std::int64_t useless_after,
                                        ReplayTime now) {
  if (part_of(key).contains(key)) return Entered::repeated;
  if (size_ >= most_ || of_client_[number_of(client)] >= most_per_client_) return Entered::full;
  restore(key, client, useless_after, now);
  return Entered::first;
}

void ReplayIndex::erase(const ReplayKey& key) {
  auto& part = part_of(key);
  const auto entry = part.find(key);
  if (entry == part.end()) return;
  --of_client_[entry->second.client];
  --size_;
  part.erase(entry);  // its place in by_end_ finds nothing later
}

void ReplayIndex::purge(ReplayTime now, std::size_t most) {
  while (!by_end_.empty() && most > 0) {
    const auto first = by_end_.begin();
    if (first->first * 16 > now.steady) return;
    auto& keys = first->second;
    for (; !keys.empty() && most > 0; --most) {
      const ReplayKey key = keys.back();
      keys.pop_back();
      const auto& part = part_of(key);
      const auto entry = part.find(key);
      if (entry == part.end()) continue;
      if (static_cast<std::int64_t>(entry->second.useless_after) >= now.system) {
        by_end_[bucket_of(now.steady + 16)].push_back(key);  // the system clock was set back
      } else {
        erase(key);
      }
    }
    if (keys.empty()) by_end_.erase(first);
  }
}

}  // namespace cofactor::service::security
