// Promises: a cap on signature work that is charged before the work starts: a token bucket for each issuer and for each
// source network, in microseconds of CPU, since algorithms differ many-fold. Bounded memory.
// Thread-safe.
#pragma once
#include <chrono>
#include <cstddef>
#include <memory>
#include <string_view>

#include "cds-service/security/clocks.hpp"

namespace cofactor::service::security {

struct SignatureBudgetSettings {
  // 0.9 s of CPU a second are about 1,280 ES384 or 11,000 RS384 verifications.
  std::chrono::microseconds per_issuer{900'000};   ///< CPU time a second; as much may be saved up
  std::chrono::microseconds per_address{600'000};  ///< the same, per network of source addresses
  std::size_t addresses = 10'000;                  ///< that are told apart; the rest share one bucket
};

class SignatureBudget {
 public:
  explicit SignatureBudget(SignatureBudgetSettings settings = {});
  ~SignatureBudget();
  SignatureBudget(SignatureBudget&&) noexcept;
  SignatureBudget& operator=(SignatureBudget&&) noexcept;

  /// True: charged to both, go on. False: nothing was charged, the work must not be done.
  bool take(std::string_view issuer, std::string_view address, std::chrono::microseconds cost, Clock::time_point now);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cofactor::service::security
