// Promises: the addresses of configured FHIR and key servers, found without ever making a call wait for a name server
// longer than it wants to, and checked against a rule before anybody connects: the transport connects to the address
// that was checked, so a name that changes its mind in between gains nothing. Thread-safe.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "fhir/client/address_rule.hpp"
#include "fhir/result.hpp"

namespace cofactor::fhir::client {

/// Looks a name up; blocks. Numeric addresses in the order of preference: the system's own gives IPv4 before IPv6.
using Resolver = std::function<Result<std::vector<std::string>>(const std::string& host)>;
Resolver system_resolver();

class AddressBook {
 public:
  using Clock = std::chrono::steady_clock;
  struct Settings {
    std::chrono::milliseconds fresh_for{30'000};      ///< then looked up again while the old answer is still used
    std::chrono::milliseconds usable_for{3'600'000};  ///< when the name server does not answer any more
  };

  AddressBook(Resolver resolver, Settings settings, std::function<Clock::time_point()> now = Clock::now);

  /// `done` is called once: at once for a numeric host or a known name, else from a thread of its own after the
  /// look-up, however late; the caller keeps its own deadline. A host that is looked up has one thread at most.
  /// Failure codes: fhir-unreachable, fhir-address.
  void find(const std::string& host, const AddressRule& rule, std::function<void(Result<std::string>)> done);

  /// The address did not answer: the next one of that host is tried first from now on.
  void did_not_answer(const std::string& host, const std::string& address);

 private:
  struct State;
  std::shared_ptr<State> state_;  ///< shared with look-ups that are still running when this dies
};

}  // namespace cofactor::fhir::client
