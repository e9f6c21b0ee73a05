// Proves: places are bounded, shared when it gets narrow, and come back.
#include "cds-service/http/call_shares.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace cofactor::service::http {
namespace {

std::size_t take(CallShares& shares, std::string_view key, std::vector<CallShares::Ticket>& into,
                 std::size_t most = 1000) {
  std::size_t taken = 0;
  for (; taken < most; ++taken) {
    auto ticket = shares.enter(key);
    if (!ticket) break;
    into.push_back(std::move(*ticket));
  }
  return taken;
}

TEST(CallShares, OneAloneGetsHalfAndTheNextFindsItsShare) {
  CallShares shares(12);
  std::vector<CallShares::Ticket> a, b, c;
  EXPECT_EQ(take(shares, "a", a), 6u);
  EXPECT_EQ(take(shares, "b", b), 4u);
  EXPECT_EQ(take(shares, "c", c), 2u) << "the places are all taken: nobody was promised more than there is";
  EXPECT_EQ(shares.under_way(), 12u);
  EXPECT_FALSE(shares.enter("b"));
  EXPECT_TRUE(shares.enter("d")) << "who has none is never turned away";
}

TEST(CallShares, WhileThereIsRoomNobodyIsCounted) {
  CallShares shares(100);
  std::vector<CallShares::Ticket> others, many;
  for (int i = 0; i < 20; ++i) take(shares, "other " + std::to_string(i), others, 1);
  EXPECT_EQ(take(shares, "busy", many, 30), 30u) << "more than its share of 4, as half is free";
  EXPECT_FALSE(shares.enter("busy"));
  EXPECT_TRUE(shares.enter("new one"));
}

TEST(CallShares, ATicketGivesItsPlaceBackOnceAlsoAfterTheShares) {
  std::vector<CallShares::Ticket> held;
  {
    CallShares shares(2);
    auto first = shares.enter("a");
    ASSERT_TRUE(first);
    CallShares::Ticket moved(std::move(*first));
    first.reset();
    EXPECT_EQ(shares.under_way(), 1u);
    EXPECT_FALSE(shares.enter("a"));
    { const CallShares::Ticket gone(std::move(moved)); }
    EXPECT_EQ(shares.under_way(), 0u);
    take(shares, "a", held);
    EXPECT_EQ(held.size(), 1u);
  }
  held.clear();
}

TEST(CallShares, ManyThreadsNeverHoldMoreThanThereIs) {
  CallShares shares(8);
  std::vector<std::thread> threads;
  for (int n = 0; n < 4; ++n)
    threads.emplace_back([&shares, n] {
      for (int i = 0; i < 2000; ++i) {
        const auto ticket = shares.enter(std::to_string(n % 2));
        EXPECT_LE(shares.under_way(), 8u);
      }
    });
  for (auto& each : threads) each.join();
  EXPECT_EQ(shares.under_way(), 0u);
}

}  // namespace
}  // namespace cofactor::service::http
