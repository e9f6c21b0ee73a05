// Proves: when a call has been judged, no byte of the process's memory holds the credential that it showed (T-TOK-2).
#include <gtest/gtest.h>

#include <memory>

#include "cds-service/security/client_gate.hpp"
#include "tests/cds-service/security/trust_setup.hpp"
#include "tests/support/memory_audit_log.hpp"
#include "tests/support/memory_scan.hpp"

namespace cofactor::service::security {
namespace {

using cofactor::testing::kMask;
using cofactor::testing::kSecretLength;
using cofactor::testing::masked_secret;
using cofactor::testing::occurrences;

struct CallerMemory : ::testing::Test, testing::TrustSetup {
  audit::MemoryAuditLog log;
  ops::Metrics metrics;

  /// `begin` and the secret, written where it stays: growing would leave a copy behind.
  static std::vector<std::string> shown(const std::string& begin, const std::string& masked, int times) {
    std::vector<std::string> values(1);
    values[0].reserve(begin.size() + static_cast<std::size_t>(times) * kSecretLength);
    values[0] += begin;
    for (int i = 0; i < times; ++i)
      for (const char c : masked) values[0] += static_cast<char>(c ^ kMask);
    return values;
  }
  /// The reason that the audit has for it.
  std::string ask(ClientGate& gate, std::vector<std::string> authorization) {
    http::Gate::Shown call;
    call.authorization = std::move(authorization);
    call.service = testing::kService;
    call.purpose = http::Gate::Purpose::service;
    call.deadline = time.clocks().steady() + std::chrono::seconds(1);
    bool answered = false;
    gate.ask(std::move(call), [&](http::Gate::Verdict) { answered = true; });
    EXPECT_TRUE(answered);
    return log.refusals.empty() ? "" : log.refusals.back().reason;
  }
};

TEST_F(CallerMemory, T_TOK_2_NoTraceOfTheCredentialWhenItWasJudged) {
  const std::string masked = masked_secret();
  std::string where;
  {
    auto held = shown("", masked, 1);
    ASSERT_GE(occurrences(masked, where), 1) << "the search would find nothing";
    cofactor::testing::overwrite(held[0].data(), held[0].size());
  }
  where.clear();
  ASSERT_EQ(occurrences(masked, where), 0) << where;
  ClientGate gate(log, metrics, std::shared_ptr<Authenticator>(std::move(authenticator)));

  EXPECT_EQ(ask(gate, shown("Basic ", masked, 1)), "scheme-not-bearer");
  EXPECT_EQ(occurrences(masked, where), 0) << where;
  EXPECT_EQ(ask(gate, shown("Bearer ", masked, 1)), "token-malformed");
  EXPECT_EQ(occurrences(masked, where), 0) << where;
  // As the signature of a token that is good otherwise: judged to its end.
  const std::string good = token();
  EXPECT_EQ(ask(gate, shown("Bearer " + good.substr(0, good.rfind('.') + 1), masked, 2)), "signature-wrong");
  EXPECT_EQ(occurrences(masked, where), 0) << where;
}

}  // namespace
}  // namespace cofactor::service::security
