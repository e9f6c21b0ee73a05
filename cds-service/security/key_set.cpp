// Promises: what key_set.hpp says.
#include "cds-service/security/key_set.hpp"

#include <map>
#include <utility>

#include "cds-service/security/digest.hpp"
#include "fhir/json/reader.hpp"

namespace cofactor::service::security {

tl::expected<KeySet, KeyFault> KeySet::parse(std::string text, bool allow_test_keys) {
  if (text.size() > kMostBytes) return tl::unexpected(KeyFault::set_too_large);
  const auto document = json::parse(std::move(text), {.bytes = kMostBytes, .depth = 8, .values = 4000});
  if (!document || !document->root()["keys"].is_array()) return tl::unexpected(KeyFault::set_malformed);
  const auto items = document->root()["keys"].items();
  if (items.size() > kMostKeys) return tl::unexpected(KeyFault::set_too_many_keys);

  std::map<std::string_view, int> count;
  for (const auto& item : items) ++count[item["kid"].string()];
  KeySet set;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto kid = items[i]["kid"].string();
    const auto refuse = [&](KeyFault fault) { set.problems_.push_back({fault, i, key_id_hash(kid)}); };
    if (!kid.empty() && count[kid] > 1) {
      refuse(KeyFault::kid_repeated);
      continue;
    }
    auto key = VerificationKey::from_jwk(items[i], allow_test_keys);
    if (!key) {
      refuse(key.error());
    } else if (kid.empty()) {
      refuse(KeyFault::kid_missing);
    } else {
      set.keys_.push_back(std::make_shared<const VerificationKey>(std::move(*key)));
    }
  }
  return set;
}

std::shared_ptr<const VerificationKey> KeySet::find(std::string_view kid) const {
  for (const auto& key : keys_) {
    if (key->kid() == kid) return key;
  }
  return nullptr;
}

}  // namespace cofactor::service::security
