// Promises: what signature_budget.hpp says.
#include "cds-service/security/signature_budget.hpp"

#include <algorithm>
#include <mutex>
#include <string>
#include <unordered_map>

namespace cofactor::service::security {
namespace {

using Micros = std::chrono::duration<double, std::micro>;

struct Bucket {
  Micros left;
  Clock::time_point filled;
};

/// What is in it by now: a second's worth may be saved up.
Micros level(const Bucket& bucket, Micros per_second, Clock::time_point now) {
  if (now <= bucket.filled) return bucket.left;
  const double seconds = std::chrono::duration<double>(now - bucket.filled).count();
  return std::min(per_second, bucket.left + per_second * seconds);
}

void refill(Bucket& bucket, Micros per_second, Clock::time_point now) {
  bucket.left = level(bucket, per_second, now);
  bucket.filled = std::max(bucket.filled, now);
}

}  // namespace

struct SignatureBudget::State {
  SignatureBudgetSettings settings;
  std::mutex mutex;
  std::unordered_map<std::string, Bucket> issuers, addresses;
  Bucket others;  ///< of the addresses that found no place
  Clock::time_point last_prune{};

  Bucket& of_address(std::string_view address, Clock::time_point now) {
    const std::string name(address);
    if (const auto found = addresses.find(name); found != addresses.end()) return found->second;
    // A full bucket says nothing that a new one would not.
    if (addresses.size() >= settings.addresses && now - last_prune >= std::chrono::seconds(1)) {
      last_prune = now;
      const Micros full(settings.per_address);
      std::erase_if(addresses, [&](const auto& entry) { return level(entry.second, full, now) >= full; });
    }
    if (addresses.size() >= settings.addresses) return others;
    return addresses.emplace(name, Bucket{settings.per_address, now}).first->second;
  }
};

SignatureBudget::SignatureBudget(SignatureBudgetSettings settings) : state_(std::make_unique<State>()) {
  state_->settings = settings;
  state_->others = {settings.per_address, {}};
}
SignatureBudget::~SignatureBudget() = default;
SignatureBudget::SignatureBudget(SignatureBudget&&) noexcept = default;
SignatureBudget& SignatureBudget::operator=(SignatureBudget&&) noexcept = default;

bool SignatureBudget::take(std::string_view issuer, std::string_view address, std::chrono::microseconds cost,
                           Clock::time_point now) {
  const std::lock_guard lock(state_->mutex);
  Bucket& of_issuer =
      state_->issuers.emplace(std::string(issuer), Bucket{state_->settings.per_issuer, now}).first->second;
  Bucket& of_address = state_->of_address(address, now);
  refill(of_issuer, state_->settings.per_issuer, now);
  refill(of_address, state_->settings.per_address, now);
  if (of_issuer.left < cost || of_address.left < cost) return false;
  of_issuer.left -= cost;
  of_address.left -= cost;
  return true;
}

}  // namespace cofactor::service::security
