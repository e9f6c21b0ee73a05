// Promises: what reasons.hpp says. The order of the names is that of the enumeration; a test walks both.
#include "cds-service/security/reasons.hpp"

#include <array>
#include <utility>

namespace cofactor::service::security {
namespace {

using Named = std::pair<Reason, std::string_view>;
constexpr std::array kNames{
    Named{Reason::credentials_missing, "credentials-missing"},
    Named{Reason::credentials_repeated, "credentials-repeated"},
    Named{Reason::scheme_not_bearer, "scheme-not-bearer"},
    Named{Reason::token_too_long, "token-too-long"},
    Named{Reason::token_malformed, "token-malformed"},
    Named{Reason::certificate_not_trusted, "certificate-not-trusted"},
    Named{Reason::header_malformed, "header-malformed"},
    Named{Reason::header_not_allowed, "header-not-allowed"},
    Named{Reason::type_not_jwt, "type-not-jwt"},
    Named{Reason::algorithm_not_allowed, "algorithm-not-allowed"},
    Named{Reason::key_id_missing, "key-id-missing"},
    Named{Reason::jku_differs, "jku-differs"},
    Named{Reason::claims_malformed, "claims-malformed"},
    Named{Reason::issuer_unknown, "issuer-unknown"},
    Named{Reason::tenant_not_allowed, "tenant-not-allowed"},
    Named{Reason::subject_not_allowed, "subject-not-allowed"},
    Named{Reason::audience_wrong, "audience-wrong"},
    Named{Reason::expiry_missing, "expiry-missing"},
    Named{Reason::issue_time_missing, "issue-time-missing"},
    Named{Reason::token_id_missing, "token-id-missing"},
    Named{Reason::expired, "expired"},
    Named{Reason::not_yet_valid, "not-yet-valid"},
    Named{Reason::expires_before_issued, "expires-before-issued"},
    Named{Reason::lifetime_too_long, "lifetime-too-long"},
    Named{Reason::keys_not_available, "keys-not-available"},
    Named{Reason::key_unknown, "key-unknown"},
    Named{Reason::key_does_not_fit, "key-does-not-fit"},
    Named{Reason::signature_wrong, "signature-wrong"},
    Named{Reason::replayed, "replayed"},
    Named{Reason::too_old_without_replay_memory, "too-old-without-replay-memory"},
    Named{Reason::fhir_server_not_allowed, "fhir-server-not-allowed"},
    Named{Reason::too_many_signatures, "too-many-signatures"},
    Named{Reason::too_many_waiting, "too-many-waiting"},
    Named{Reason::replay_memory_full, "replay-memory-full"},
    Named{Reason::replay_memory_not_writable, "replay-memory-not-writable"},
    Named{Reason::deadline_passed, "deadline-passed"},
};

constexpr std::size_t kCount = kNames.size();

constexpr std::array<Reason, kCount> only_reasons() {
  std::array<Reason, kCount> all{};
  for (std::size_t i = 0; i < kCount; ++i) all[i] = kNames[i].first;
  return all;
}
constexpr std::array<Reason, kCount> kAll = only_reasons();

constexpr bool in_order() {
  for (std::size_t i = 0; i < kCount; ++i) {
    if (static_cast<std::size_t>(kAll[i]) != i + 1) return false;
  }
  return static_cast<std::size_t>(Reason::deadline_passed) == kCount;
}
static_assert(in_order(), "every reason has its name, in the order of the enumeration");

}  // namespace

std::string_view name_of(Reason reason) {
  return reason == Reason::none ? "none" : kNames[static_cast<std::size_t>(reason) - 1].second;
}

std::span<const Reason> all_reasons() { return kAll; }

bool is_unavailable(Reason reason) { return reason >= Reason::too_many_signatures; }

}  // namespace cofactor::service::security
