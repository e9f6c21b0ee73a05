// Proves: key sets behind URLs are fetched seldom and kept long enough, and never make a call wait long, whatever their
// server does (T-JWT-19, T-JWT-20, S-12).
#include "cds-service/security/key_cache.hpp"

#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "cds-service/security/verification_key.hpp"
#include "tests/cds-service/security/trust_setup.hpp"

namespace cofactor::service::security {
namespace {

using namespace std::chrono_literals;
using testing::ehr_key;
using testing::jwks;
using testing::SigningKey;

constexpr const char* kUrl = "https://ehr.example/keys.json";

class KeyCaching : public ::testing::Test {
 protected:
  KeyCaching() { make({}); }
  void make(KeyCacheSettings settings) {
    settings.own_thread = false;
    cache = std::make_unique<KeyCache>(settings, server.fetch(), time.clocks());
  }
  void source() { keys = cache->source(kUrl, false); }
  /// "none", the reason, or "waiting".
  std::string ask(const std::string& kid) {
    auto answer = std::make_shared<std::string>("waiting");
    keys->find(kid, time.clocks().steady() + 10s,
               [answer](KeyAnswer given) { *answer = std::string(name_of(given.reason)); });
    last = answer;
    return *answer;
  }
  void tick_every_second(int seconds) {
    for (int i = 0; i < seconds; ++i) {
      time.advance(1s);
      cache->tick();
    }
  }

  testing::SetClocks time;
  testing::KeyServer server;
  std::unique_ptr<KeyCache> cache;
  std::shared_ptr<KeySource> keys;
  std::shared_ptr<std::string> last;
  const std::string one = jwks({ehr_key().jwk("one")});
  const std::string two = jwks({ehr_key().jwk("two")});
};

TEST_F(KeyCaching, T_JWT_19_TheFirstFetchStartsAtOnceAndCallsWaitForIt) {
  server.hold();
  source();
  EXPECT_EQ(server.hits(), 1);
  EXPECT_EQ(ask("one"), "waiting");
  const auto first = last;
  EXPECT_EQ(ask("other"), "waiting");
  server.release(one);
  EXPECT_EQ(*first, "none");
  EXPECT_EQ(*last, "key-unknown");
  EXPECT_EQ(ask("one"), "none");
  EXPECT_EQ(server.hits(), 1);
  EXPECT_EQ(keys->state().usable_keys, 1u);
}

TEST_F(KeyCaching, T_JWT_19_NoCallWaitsLongerThanASecond) {
  server.hold();
  source();
  EXPECT_EQ(ask("one"), "waiting");
  time.advance(899ms);
  cache->tick();
  EXPECT_EQ(*last, "waiting");
  time.advance(1ms);
  cache->tick();
  EXPECT_EQ(*last, "keys-not-available");
  EXPECT_EQ(ask("one"), "keys-not-available") << "a fetch that hangs is not waited for again";
  server.release(one);
  EXPECT_EQ(ask("one"), "none") << "late is not never";
}

TEST_F(KeyCaching, T_JWT_19_ACallsOwnDeadlineEndsItsWait) {
  server.hold();
  source();
  std::string answer = "waiting";
  keys->find("one", time.clocks().steady() + 100ms, [&](KeyAnswer given) { answer = name_of(given.reason); });
  time.advance(100ms);
  cache->tick();
  EXPECT_EQ(answer, "keys-not-available");
}

TEST_F(KeyCaching, T_JWT_19_WhateverTheServerSaysInsteadIsCounted) {
  const std::pair<Result<std::string>, const char*> answers[] = {{fail("http-status", "500"), "http-status"},
                                                                 {std::string("<html>login</html>"), "set-malformed"},
                                                                 {std::string(10'000'000, 'x'), "set-too-large"},
                                                                 {std::string("{}"), "set-malformed"},
                                                                 {std::string("[1,2]"), "set-malformed"},
                                                                 {std::string(R"({"keys":"none"})"), "set-malformed"},
                                                                 {std::string("\x1f\x8b\x08\x00"), "set-malformed"},
                                                                 {fail("redirected", "302"), "redirected"}};
  for (const auto& [answer, code] : answers) {
    make({});
    server.answer(answer);
    source();
    EXPECT_EQ(ask("one"), "keys-not-available") << code;
    const auto state = keys->state();
    EXPECT_EQ(state.last_failure, code);
    EXPECT_EQ(state.failures, 1u);
    EXPECT_EQ(state.usable_keys, 0u);
    EXPECT_FALSE(state.age);
    keys.reset();
  }
}

TEST_F(KeyCaching, T_JWT_19_TheLastGoodSetStaysForADay) {
  server.answer(one);
  source();
  server.answer(fail("down", "down"));
  tick_every_second(600);
  EXPECT_EQ(ask("one"), "none");
  EXPECT_GT(keys->state().failures, 0u);
  const int hits_in_ten_minutes = server.hits();
  EXPECT_LT(hits_in_ten_minutes, 20);
  time.advance(23h + 49min);
  cache->tick();
  EXPECT_EQ(ask("one"), "none");
  EXPECT_EQ(keys->state().usable_keys, 1u);
  time.advance(2min);
  EXPECT_EQ(ask("one"), "keys-not-available");
  EXPECT_EQ(keys->state().usable_keys, 0u);
  server.answer(one);
  tick_every_second(61);
  EXPECT_EQ(ask("one"), "none");
  EXPECT_EQ(keys->state().failures_in_a_row, 0u);
}

TEST_F(KeyCaching, T_JWT_19_AFirstFailureIsTriedAgainSoonButNotForEveryCall) {
  server.answer(fail("down", "down"));
  source();
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(ask("one"), "keys-not-available");
  EXPECT_EQ(server.hits(), 1);
  server.answer(one);
  tick_every_second(15);
  EXPECT_EQ(ask("one"), "none");
  EXPECT_EQ(server.hits(), 2);
}

TEST_F(KeyCaching, T_JWT_19_AFetchThatNeverComesBackIsGivenUp) {
  server.hold();
  source();
  tick_every_second(7);
  EXPECT_EQ(keys->state().last_failure, "fetch-timeout");
  server.answer(two);
  tick_every_second(15);
  EXPECT_EQ(ask("two"), "none");
  server.release(one);
  EXPECT_EQ(ask("two"), "none") << "what comes after its time is not listened to";
  EXPECT_EQ(keys->state().failures, 1u);
}

TEST_F(KeyCaching, T_JWT_20_ARemovedKeyStopsWorkingWithinTenMinutes) {
  server.answer(one);
  source();
  server.answer(two);
  tick_every_second(600);
  EXPECT_EQ(ask("one"), "key-unknown");
  EXPECT_EQ(ask("two"), "none");
}

TEST_F(KeyCaching, T_JWT_20_ARefreshDoesNotHoldUpKnownKeys) {
  server.answer(one);
  source();
  server.hold();
  tick_every_second(480);
  EXPECT_EQ(server.hits(), 2);
  EXPECT_EQ(ask("one"), "none");
  EXPECT_EQ(ask("two"), "waiting");
  server.release(jwks({ehr_key().jwk("one"), SigningKey::ec("P-256").jwk("two")}));
  EXPECT_EQ(*last, "none");
}

TEST_F(KeyCaching, T_JWT_20_ANewKeyIsFetchedWhenATokenNamesIt) {
  server.answer(one);
  source();
  server.answer(jwks({ehr_key().jwk("one"), SigningKey::ec("P-384").jwk("two")}));
  EXPECT_EQ(ask("two"), "none");
  EXPECT_EQ(server.hits(), 2);
}

TEST_F(KeyCaching, T_JWT_20_AFloodOfUnknownKidsCostsOneFetchAMinute) {
  server.answer(one);
  source();
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_EQ(ask("unknown-" + std::to_string(i)), "key-unknown");
    if (i % 200 == 0) time.advance(1s);  // 50 seconds in all
  }
  EXPECT_EQ(server.hits(), 2);
  EXPECT_EQ(ask("one"), "none");
  time.advance(11s);
  EXPECT_EQ(ask("unknown"), "key-unknown");
  EXPECT_EQ(server.hits(), 3);
}

TEST_F(KeyCaching, T_JWT_20_WaitingCallsAreBounded) {
  KeyCacheSettings settings;
  settings.waiting_calls = 3;
  make(settings);
  server.hold();
  source();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask("one"), "waiting");
  EXPECT_EQ(ask("one"), "too-many-waiting");
  server.release(one);
  EXPECT_EQ(ask("one"), "none");
}

TEST_F(KeyCaching, T_JWT_19_AnEmptySetFromTheOwnerPutsAllKeysOutOfUse) {
  server.answer(one);
  source();
  server.answer(std::string(R"({"keys":[]})"));
  tick_every_second(600);
  EXPECT_EQ(ask("one"), "key-unknown");
  EXPECT_EQ(keys->state().usable_keys, 0u);
}

TEST_F(KeyCaching, OneUrlHasOneSourceAslongAsItIsHeld) {
  server.answer(one);
  source();
  EXPECT_EQ(cache->source(kUrl, false), keys);
  EXPECT_NE(cache->source(kUrl, true), keys) << "what a test profile takes is kept apart";
  EXPECT_EQ(server.hits(), 2);
  keys.reset();
  tick_every_second(1000);
  EXPECT_EQ(server.hits(), 2) << "nobody wants it: nobody asks for it";
  source();
  EXPECT_EQ(server.hits(), 3);
}

TEST_F(KeyCaching, AnEndedCacheAnswersWhoWaits) {
  server.hold();
  source();
  EXPECT_EQ(ask("one"), "waiting");
  cache.reset();
  EXPECT_EQ(*last, "keys-not-available");
  server.release(one);
  EXPECT_EQ(ask("one"), "keys-not-available");
}

TEST_F(KeyCaching, AFetchThatThrowsIsAFailure) {
  cache = std::make_unique<KeyCache>(
      KeyCacheSettings{.own_thread = false}, [](const std::string&, Clock::time_point, const FetchReply&) { throw 7; },
      time.clocks());
  source();
  EXPECT_EQ(keys->state().last_failure, "fetch-failed");
}

class ReadyIssuers : public ::testing::Test, protected testing::TrustSetup {};

TEST_F(ReadyIssuers, T_JWT_19_AnIssuerWithoutKeysIsNotReadyAndItsTokensAreRefused) {
  settings.clients[0].jwks = kUrl;
  server.answer(fail("down", "down"));
  reload();
  EXPECT_EQ(authenticator->issuers_not_ready(), std::vector<std::string>{std::string(testing::kIssuer)});
  const Verdict verdict = judge(token());
  EXPECT_EQ(verdict.outcome, Verdict::Outcome::refused);
  EXPECT_EQ(name_of(verdict.reason), "keys-not-available");
  server.answer(jwks({ehr_key().jwk("key-1")}));
  time.advance(15s);
  keys->tick();
  EXPECT_TRUE(authenticator->issuers_not_ready().empty());
  EXPECT_EQ(name_of(judge(token()).reason), "none");
}

TEST_F(ReadyIssuers, AReloadTakesOverTheKeysOfAnUnchangedUrl) {
  settings.clients[0].jwks = kUrl;
  server.answer(jwks({ehr_key().jwk("key-1")}));
  reload();
  server.answer(fail("down", "down"));
  for (int i = 0; i < 3; ++i) {
    reload();
    EXPECT_EQ(name_of(judge(token()).reason), "none");
  }
  EXPECT_EQ(server.hits(), 1);
}

// With real clocks and threads: many callers, a server that rotates, fails and answers late.
TEST(KeyCacheThreads, T_JWT_20_RotationUnderLoadLosesNoKnownKeyAndAnswersEveryCall) {
  const std::string both = jwks({ehr_key().jwk("a"), SigningKey::ec("P-256").jwk("b")});
  std::atomic<int> fetches{0};
  std::vector<std::thread> late;
  std::mutex late_mutex;
  KeyCacheSettings settings;
  settings.refresh_after = 0s;
  settings.keep = 0s;
  settings.retry_pause = 0s;
  settings.unknown_key_pause = 0s;
  std::atomic<int> answered{0}, refused{0};
  constexpr int kCallers = 4, kCalls = 2000;
  {
    KeyCache cache(settings, [&](const std::string&, Clock::time_point, FetchReply reply) {
      const int number = fetches++;
      if (number % 3 == 1) return reply(fail("down", "down"));
      const std::lock_guard lock(late_mutex);
      late.emplace_back([reply = std::move(reply), both] { reply(both); });
    });
    const auto keys = cache.source(kUrl, false);
    std::promise<void> ready;
    keys->find("a", Clock::now() + 60s, [&](KeyAnswer) { ready.set_value(); });
    ASSERT_EQ(ready.get_future().wait_for(60s), std::future_status::ready);
    std::vector<std::thread> callers;
    for (int t = 0; t < kCallers; ++t) {
      callers.emplace_back([&, t] {
        for (int i = 0; i < kCalls; ++i) {
          const bool known = (i + t) % 50 != 0;
          keys->find(known ? "a" : "zzz", Clock::now() + 1s, [&, known](KeyAnswer answer) {
            if (known && !answer.key) ++refused;
            ++answered;
          });
        }
      });
    }
    for (auto& caller : callers) caller.join();
    for (int i = 0; i < 6000 && answered < kCallers * kCalls; ++i) std::this_thread::sleep_for(10ms);
    EXPECT_EQ(answered, kCallers * kCalls);
    EXPECT_EQ(refused, 0);
  }
  const std::lock_guard lock(late_mutex);
  for (auto& thread : late) thread.join();
}

}  // namespace
}  // namespace cofactor::service::security
