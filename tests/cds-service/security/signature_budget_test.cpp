// Proves: signature work is capped before it starts, per issuer and per address, and one address cannot use up the
// memory for the others.
#include "cds-service/security/signature_budget.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "tests/cds-service/security/trust_setup.hpp"

namespace cofactor::service::security {
namespace {

using namespace std::chrono_literals;

constexpr Clock::time_point kStart{std::chrono::hours(1)};

TEST(SignatureBudget, ASecondsWorthIsSavedUpAndComesBackWithTime) {
  SignatureBudget budget({.per_issuer = 100'000us, .per_address = 1s});
  int taken = 0;
  while (budget.take("iss", "a", 700us, kStart)) ++taken;
  EXPECT_EQ(taken, 142);
  EXPECT_FALSE(budget.take("iss", "a", 700us, kStart + 500us));
  EXPECT_TRUE(budget.take("iss", "a", 700us, kStart + 1ms));
  EXPECT_TRUE(budget.take("other", "a", 700us, kStart)) << "of another issuer";
  for (taken = 0; budget.take("iss", "a", 700us, kStart + 1h);) ++taken;
  EXPECT_EQ(taken, 142) << "an hour saves up no more than a second";
  EXPECT_FALSE(budget.take("iss", "a", 700us, kStart)) << "a time that has been is no gain";
}

TEST(SignatureBudget, OneAddressLeavesTheOthersTheirShare) {
  SignatureBudget budget({.per_issuer = 100'000us, .per_address = 60'000us});
  int of_attacker = 0, of_ehr = 0;
  while (budget.take("iss", "attacker", 1000us, kStart)) ++of_attacker;
  while (budget.take("iss", "ehr", 1000us, kStart)) ++of_ehr;
  EXPECT_EQ(of_attacker, 60);
  EXPECT_EQ(of_ehr, 40);
}

TEST(SignatureBudget, AddressesBeyondTheBoundShareOneBucket) {
  SignatureBudget budget({.per_issuer = 10s, .per_address = 1000us, .addresses = 2});
  EXPECT_TRUE(budget.take("iss", "a", 1000us, kStart));
  EXPECT_TRUE(budget.take("iss", "b", 1000us, kStart));
  EXPECT_TRUE(budget.take("iss", "c", 1000us, kStart));
  EXPECT_FALSE(budget.take("iss", "d", 1000us, kStart));
  EXPECT_TRUE(budget.take("iss", "e", 1000us, kStart + 2s)) << "those that were quiet for a second are not told apart";
  EXPECT_TRUE(budget.take("iss", "f", 1000us, kStart + 2s));
}

TEST(SignatureBudget, ThreadsShareIt) {
  SignatureBudget budget({.per_issuer = 100'000us, .per_address = 1s});
  std::atomic<int> taken{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 100; ++i) taken += budget.take("iss", std::to_string(t), 1000us, kStart) ? 1 : 0;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(taken, 100);
}

class CappedCalls : public ::testing::Test, protected testing::TrustSetup {};

TEST_F(CappedCalls, T_JWT_17_AFloodOfSignaturesIsToldToComeBack) {
  settings.budget = {.per_issuer = 7000us, .per_address = 3500us};
  reload();
  const std::string forged =
      testing::compact(testing::SigningKey::ec("P-384"), "ES384", header().json(), claims().json());
  const std::string value = "Bearer " + forged;
  const auto call = [&](std::string_view address) { return judge(Credentials{{value}, {}, address}); };
  for (int i = 0; i < 5; ++i) EXPECT_EQ(name_of(call("192.0.2.9").reason), "signature-wrong");
  const Verdict capped = call("192.0.2.9");
  EXPECT_EQ(name_of(capped.reason), "too-many-signatures");
  EXPECT_EQ(capped.outcome, Verdict::Outcome::unavailable);
  EXPECT_EQ(name_of(judge(token()).reason), "none") << "another address";
  EXPECT_EQ(name_of(judge(token(header(), claims().set("aud", "\"x\""))).reason), "audience-wrong")
      << "costs no signature";
  time.advance(1s);
  EXPECT_EQ(name_of(call("192.0.2.9").reason), "signature-wrong");
}

TEST_F(CappedCalls, T_JWT_16_ATokenThatWasCappedMayComeAgain) {
  settings.budget = {.per_issuer = 700us, .per_address = 700us};
  reload();
  EXPECT_EQ(name_of(judge(token()).reason), "none");
  const std::string second = token();
  EXPECT_EQ(name_of(judge(second).reason), "too-many-signatures");
  time.advance(1s);
  EXPECT_EQ(name_of(judge(second).reason), "none");
}

TEST_F(CappedCalls, ACallWhoseTimeIsOverIsNotWorkedOn) {
  const std::string value = "Bearer " + token();
  Verdict verdict;
  authenticator->authenticate({{value}, {}, {}}, Purpose::service, testing::kService, time.clocks().steady(),
                              [&](Verdict given) { verdict = std::move(given); });
  EXPECT_EQ(name_of(verdict.reason), "deadline-passed");
  EXPECT_EQ(verdict.outcome, Verdict::Outcome::unavailable);
  EXPECT_EQ(name_of(judge(Credentials{{value}, {}, {}}).reason), "none") << "its id was not used up";
}

}  // namespace
}  // namespace cofactor::service::security
