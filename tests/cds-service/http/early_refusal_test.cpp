// Proves: requests that are refused from their header never shift the ones behind them, leave no token in memory, hold up no
// drain and nobody's bodies, over real sockets.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <fstream>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "cds-service/http/server.hpp"
#include "tests/cds-service/http/tls_client.hpp"
#include "tests/support/memory_scan.hpp"

namespace cofactor::service::http {
namespace {

using namespace std::chrono_literals;
using testing::PemFolder;
using testing::RawClient;
using testing::request;
using testing::TestCertificate;
using testing::TlsRawClient;

class EarlyRefusal : public ::testing::Test {
 protected:
  void start(bool tls = false) {
    limits_.connections_per_address = 0;
    server_.emplace("127.0.0.1", 0, 1, limits_, [](Request r, const Reply& reply) {
      if (r.path == "/hold") std::this_thread::sleep_for(std::chrono::milliseconds(std::stoi(r.query)));
      Response response;
      std::size_t sum = 0;
      for (const char c : r.body) sum = sum * 31 + static_cast<unsigned char>(c);
      response.body = r.method + " " + std::to_string(r.body.size()) + " " + std::to_string(sum);
      reply(std::move(response));
    });
    server_->expect_wait([this] {
      return std::chrono::milliseconds(!random_ ? lag_.load() : dice_() % 2 == 0 ? 0 : 600);
    });
    if (tls) {
      settings_.certificate = folder_.certificate("server.pem", certificate_);
      settings_.key = folder_.key("server.key", certificate_);
      ASSERT_TRUE(server_->use_tls(settings_));
    }
    ASSERT_TRUE(server_->start());
  }
  bool nobody_left(std::chrono::milliseconds within = 3s) {
    const auto until = Clock::now() + within;
    while (server_->counters().open > 0 && Clock::now() < until) std::this_thread::sleep_for(2ms);
    return server_->counters().open == 0;
  }
  static std::string say(const std::string& method, const std::string& body) {
    std::size_t sum = 0;
    for (const char c : body) sum = sum * 31 + static_cast<unsigned char>(c);
    return method + " " + std::to_string(body.size()) + " " + std::to_string(sum);
  }
  struct Asked {
    std::string text, method, body, id;
  };
  /// A request of some kind; bodies look like requests themselves, so that a shifted reader would answer them.
  static Asked some(std::mt19937& dice, int number) {
    Asked asked;
    asked.id = "id-" + std::to_string(number);
    static const std::vector<std::string> kMethods{"GET", "POST", "HEAD", "PUT", "POST", "POST"};
    asked.method = kMethods[dice() % kMethods.size()];
    static const std::vector<std::size_t> kSizes{0, 1, 40, 300, 4000, 4096, 20'000, 24'000, 24'576, 25'000, 60'000, 180'000};
    const std::size_t size = kSizes[dice() % kSizes.size()];
    while (asked.body.size() < size) asked.body += "GET /evil HTTP/1.1\r\nHost: e\r\nX-Request-Id: evil\r\n\r\n";
    asked.body.resize(size);
    std::string more = "X-Request-Id: " + asked.id + "\r\n";
    const auto kind = dice() % 8;
    if (kind == 0) {
      more += "Transfer-Encoding: chunked\r\n";
      asked.text = request(asked.method, "/", {}, more);
      for (std::size_t at = 0; at < asked.body.size();) {
        const std::size_t some = std::min<std::size_t>(asked.body.size() - at, 1 + dice() % 9000);
        char length[20];
        std::snprintf(length, sizeof(length), "%zx\r\n", some);
        asked.text += length + asked.body.substr(at, some) + "\r\n";
        at += some;
      }
      asked.text += "0\r\n\r\n";
    } else {
      if (size == 0 && kind < 5) more += "Content-Length: 0\r\n";
      asked.text = request(asked.method, "/", asked.body, more);
      if (kind == 1) asked.text.insert(0, "\r\n");
    }
    return asked;
  }
  void check(RawClient& client, const Asked& asked, int& refused, int& served) {
    const auto response = client.response(asked.method == "HEAD");
    ASSERT_TRUE(response) << asked.id;
    ASSERT_EQ(response->header("X-Request-Id"), asked.id) << response->head;
    ASSERT_TRUE(response->status == 200 || response->status == 503) << response->head;
    (response->status == 200 ? served : refused)++;
    if (response->status == 200 && asked.method != "HEAD") {
      ASSERT_EQ(response->body, say(asked.method, asked.body));
    }
  }

  ServerLimits limits_;
  std::optional<Server> server_;
  std::atomic<int> lag_{0};
  std::atomic<bool> random_{false};
  std::mt19937 dice_{7};
  PemFolder folder_;
  TestCertificate certificate_{{}};
  TlsSettings settings_;
};

TEST_F(EarlyRefusal, PipelinedAndRefusedAtRandomEachAnswerBelongsToItsRequest) {
  random_ = true;
  start();
  int refused = 0, served = 0;
  for (unsigned seed = 0; seed < 12; ++seed) {
    std::mt19937 dice(seed);
    RawClient client(server_->port());
    std::vector<Asked> all;
    for (int i = 0; i < 60; ++i) all.push_back(some(dice, i));
    std::thread writer([&] {
      std::mt19937 pieces(seed + 100);
      std::string whole;
      for (const Asked& each : all) whole += each.text;
      for (std::size_t at = 0; at < whole.size();) {
        const std::size_t most = pieces() % 3 == 0 ? 100 : pieces() % 3 == 1 ? 5000 : 200'000;
        const std::size_t part = 1 + pieces() % most;
        client.send(std::string_view(whole).substr(at, part));
        at += part;
        if (pieces() % 8 == 0) std::this_thread::sleep_for(300us);
      }
    });
    for (const Asked& each : all) {
      check(client, each, refused, served);
      if (HasFatalFailure()) break;
    }
    client.finish_sending();
    if (HasFatalFailure()) server_->drain(Clock::now());
    writer.join();
    if (HasFatalFailure()) FAIL() << "seed " << seed;
  }
  EXPECT_TRUE(nobody_left());
  EXPECT_EQ(server_->counters().pending_body_bytes, 0u);
  EXPECT_GT(served, 20);
  EXPECT_GT(refused, 20);
}

TEST_F(EarlyRefusal, TheSameInsideTls) {
  random_ = true;
  start(true);
  int refused = 0, served = 0;
  for (unsigned seed = 0; seed < 6; ++seed) {
    std::mt19937 dice(seed);
    TlsRawClient client(server_->port(), {});
    for (int round = 0; round < 15; ++round) {
      std::vector<Asked> all;
      std::string whole;
      for (int i = 0; i < 3; ++i) all.push_back(some(dice, round * 3 + i)), whole += all.back().text;
      for (std::size_t at = 0; at < whole.size();) {
        const std::size_t part = 1 + dice() % (dice() % 2 == 0 ? 300 : 40'000);
        client.send(std::string_view(whole).substr(at, part));
        at += part;
      }
      for (const Asked& each : all) {
        check(client, each, refused, served);
        if (HasFatalFailure()) FAIL() << "seed " << seed;
      }
    }
  }
  EXPECT_TRUE(nobody_left());
  EXPECT_EQ(server_->counters().pending_body_bytes, 0u);
  EXPECT_GT(served, 20);
  EXPECT_GT(refused, 20);
}

TEST_F(EarlyRefusal, ConnectionCloseAndALongBodyStillGetsItsRefusal) {
  lag_ = 600;
  for (const bool tls : {false, true}) {
    start(tls);
    const std::string whole = request("POST", "/", std::string(3u << 20, 'x'), "Connection: close\r\n");
    auto client = tls ? std::make_unique<TlsRawClient>(server_->port(), TlsRawClient::Options{}) : std::make_unique<RawClient>(server_->port());
    client->send(whole.substr(0, 500));
    std::this_thread::sleep_for(100ms);
    client->send(std::string_view(whole).substr(500));
    const auto got = client->response();
    ASSERT_TRUE(got) << tls;
    EXPECT_EQ(got->status, 503);
    EXPECT_EQ(got->header("Connection"), "close");
    client.reset();
    EXPECT_TRUE(nobody_left());
  }
}

TEST_F(EarlyRefusal, TheClientLeavesWhileItsBodyIsSkipped) {
  lag_ = 600;
  for (const bool tls : {false, true})
    for (const int how : {0, 1, 2}) {
      start(tls);
      auto client = tls ? std::make_unique<TlsRawClient>(server_->port(), TlsRawClient::Options{}) : std::make_unique<RawClient>(server_->port());
      client->send(request("POST", "/", std::string(1u << 20, 'x')).substr(0, 100'000));
      ASSERT_TRUE(client->response());
      if (how == 0) client->finish_sending();
      if (how == 1) client->reset();
      if (how > 0) client.reset();
      EXPECT_TRUE(nobody_left()) << tls << how;
      EXPECT_EQ(server_->counters().pending_body_bytes, 0u);
    }
}

TEST_F(EarlyRefusal, ADrainDoesNotWaitForABodyThatNobodyWants) {
  lag_ = 600;
  start();
  RawClient client(server_->port());
  client.send(request("POST", "/", std::string(1u << 20, 'x')).substr(0, 100'000));
  ASSERT_TRUE(client.response());
  std::this_thread::sleep_for(50ms);
  const auto begun = Clock::now();
  server_->drain(Clock::now() + 3s);
  EXPECT_LT(Clock::now() - begun, 1s) << "its answer was given; only its body is being skipped";
}

TEST_F(EarlyRefusal, HeadThatIsRefusedForItsBodyHasNoBody) {
  limits_.pending_body_bytes = 100'000;
  start();
  RawClient client(server_->port());
  client.send(request("HEAD", "/", std::string(300'000, 'x')));
  const auto got = client.response(true);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, 503);
  EXPECT_TRUE(client.closed_within(3s));
  EXPECT_EQ(client.unread(), "");
}

TEST_F(EarlyRefusal, OneAddressDoesNotTakeAllTheRoomForBodies) {
  limits_.pending_body_bytes = 8u << 20;
  start();
  const std::string part = request("POST", "/", std::string(4u << 20, 'x'));
  std::vector<std::unique_ptr<RawClient>> loud;
  for (int i = 0; i < 2; ++i) {
    loud.push_back(std::make_unique<RawClient>(server_->port(), "127.0.0.2"));
    loud.back()->send(std::string_view(part).substr(0, part.size() - 60'000));
  }
  std::this_thread::sleep_for(200ms);
  RawClient quiet(server_->port(), "127.0.0.3");
  quiet.send(request("POST", "/", std::string(200'000, 'x')));
  const auto got = quiet.response();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, 200) << "one address with two slow bodies keeps every other caller's long bodies out";
}

class Pipelines : public EarlyRefusal, public ::testing::WithParamInterface<int> {};

/// Bytes that one read brings are many requests: who sends them must not hold the thread until all are answered.
TEST_P(Pipelines, OfSmallRequestsDoNotHoldTheThread) {
  lag_ = GetParam();
  start();
  std::string many;
  for (int i = 0; i < 840; ++i) many += "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  std::vector<std::unique_ptr<RawClient>> loud;
  for (int i = 0; i < 20; ++i) loud.push_back(std::make_unique<RawClient>(server_->port()));
  RawClient other(server_->port());
  std::vector<std::uint64_t> before_it;
  for (int round = 0; round < 10; ++round) {
    for (auto& client : loud) client->send(many);
    const auto begun = server_->counters().requests.load();
    other.send(request("GET", "/"));
    ASSERT_TRUE(other.response());
    before_it.push_back(server_->counters().requests - begun);
    for (auto& client : loud)
      for (int i = 0; i < 840; ++i) ASSERT_TRUE(client->response());
  }
  std::sort(before_it.begin(), before_it.end());
  EXPECT_LT(before_it[5], 4000u) << "of 16,800 that were sent before it";
  EXPECT_EQ(server_->counters().shed > 0, lag_ > 0);
}

INSTANTIATE_TEST_SUITE_P(Lags, Pipelines, ::testing::Values(0, 600));

class Traces : public EarlyRefusal, public ::testing::WithParamInterface<int> {};

TEST_P(Traces, T_TOK_2_OfWhatARefusedRequestShowed) {
  limits_.body_bytes = 200'000;
  limits_.pending_body_bytes = 100'000;
  limits_.header_time = limits_.body_time = 300ms;
  start();
  // From other processes, so that only the server's memory can hold it.
  const int kind = GetParam();
  lag_ = kind == 0 || kind == 1 ? 600 : 0;
  const std::string hidden = cofactor::testing::masked_secret();
  const auto port = server_->port();
  const pid_t child = ::fork();
  if (child == 0) {
    std::string token = hidden;
    for (char& c : token) c = static_cast<char>(c ^ cofactor::testing::kMask);
    RawClient client(port);
    const std::string header = "Authorization: Bearer " + token + "\r\n";
    switch (kind) {
      case 0: client.send(request("POST", "/", std::string(100, 'x'), header)); break;                       // turned away, header
      case 1: client.send(request("POST", "/", "{\"access_token\":\"" + token + "\"}")); break;             // turned away, body
      case 2: client.send(request("POST", "/", std::string(300'000, ' ').replace(10, token.size(), token)).substr(0, 5000)); break;  // 413
      case 3: client.send("POST / HTTP/1.1\r\nHost: a\r\n" + header + "bad header\r\n\r\n"); break;          // 400
      case 4: client.send("POST / HTTP/1.1\r\nHost: a\r\n" + header); break;                                // 408
      case 5: client.send(request("POST", "/", std::string(150'000, ' ').replace(10, token.size(), token))); break;     // no room
      case 6: client.send("POST / HTTP/1.1\r\nHost: a\r\n" + header + "Content-Length: 500\r\n\r\n{\"t\":\"" + token + "\""); break;  // 408
      case 7: client.send(request("POST", "/", "{}", header)); break;  // served: what was so before
      default: break;
    }
    client.response(false, 3s);
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(nobody_left());
  std::string where;
  EXPECT_EQ(cofactor::testing::occurrences(hidden, where), 0) << where;
}

INSTANTIATE_TEST_SUITE_P(Kinds, Traces, ::testing::Range(0, 8));

TEST_F(EarlyRefusal, AGetWhoseHeaderEndsWhatWasReadIsServed) {
  start();
  RawClient client(server_->port());
  client.send(request("GET", "/"));
  EXPECT_EQ(client.response()->status, 200);
}

}  // namespace
}  // namespace cofactor::service::http
