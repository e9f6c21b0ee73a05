// Proves: limits, deadlines, order, drain and survival of the listener, over real sockets on
// loopback.
#include "cds-service/http/server.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <latch>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tests/cds-service/http/raw_client.hpp"

namespace cofactor::service::http {
namespace {

using namespace std::chrono_literals;
using testing::RawClient;
using testing::request;

ServerLimits quick() {
  ServerLimits limits;
  limits.header_time = 150ms;
  limits.body_time = 200ms;
  limits.idle_time = 300ms;
  limits.write_time = 300ms;
  limits.answer_time = 400ms;
  limits.body_bytes = 1u << 20;
  return limits;
}

Response text(std::string body) {
  Response response;
  response.body = std::move(body);
  return response;
}

void echo(Request request_, const Reply& reply) {
  reply(text(request_.method + " " + request_.path + " " + request_.body));
}

class ServerTest : public ::testing::Test {
 protected:
  void start(const Handler& handler, ServerLimits limits = quick(), OwnAnswer own = {}) {
    server_.emplace("127.0.0.1", 0, 2, limits, handler, own);
    const auto started = server_->start();
    ASSERT_TRUE(started) << started.error().text;
  }
  std::optional<Server> server_;
};

TEST_F(ServerTest, AnswersAndKeepsTheConnection) {
  start(echo);
  RawClient c(server_->port());
  for (int i = 0; i < 3; ++i) {
    c.send(request("POST", "/a", "hello", "X-Request-Id: ab-1\r\n"));
    const auto got = c.response();
    ASSERT_TRUE(got);
    EXPECT_EQ(got->status, 200);
    EXPECT_EQ(got->body, "POST /a hello");
    EXPECT_EQ(got->header("X-Request-Id"), "ab-1");
    EXPECT_EQ(got->header("Cache-Control"), "no-store");
    EXPECT_EQ(got->header("Content-Type"), "application/json");
    EXPECT_TRUE(got->header("Date"));
    EXPECT_FALSE(got->header("Connection"));
  }
  EXPECT_EQ(server_->counters().requests, 3u);
  EXPECT_EQ(server_->counters().accepted, 1u);
}

TEST_F(ServerTest, MakesItsOwnIdWhenTheGivenOneIsNotSafe) {
  start(echo);
  RawClient c(server_->port());
  for (const char* bad : {"X-Request-Id: a b\r\n", "X-Request-Id: <script>\r\n", ""}) {
    c.send(request("GET", "/", "", bad));
    const auto got = c.response();
    ASSERT_TRUE(got);
    ASSERT_TRUE(got->header("X-Request-Id"));
    EXPECT_EQ(got->header("X-Request-Id")->size(), 16u);
  }
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrderAlsoWhenLaterOnesAreReadyFirst) {
  std::vector<std::thread> threads;
  start([&](Request r, Reply reply) {
    if (r.path != "/slow") return reply(text(r.path));
    threads.emplace_back([reply] {
      std::this_thread::sleep_for(50ms);
      reply(text("slow"));
    });
  });
  RawClient c(server_->port());
  c.send(request("GET", "/slow") + request("POST", "/2", "body") + request("GET", "/3"));
  EXPECT_EQ(c.response()->body, "slow");
  EXPECT_EQ(c.response()->body, "/2");
  EXPECT_EQ(c.response()->body, "/3");
  for (auto& thread : threads) thread.join();
}

TEST_F(ServerTest, HeadHasTheLengthButNoBody) {
  start(echo);
  RawClient c(server_->port());
  c.send(request("HEAD", "/") + request("GET", "/"));
  const auto head = c.response(true);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->header("Content-Length"), "7");
  EXPECT_EQ(c.response()->body, "GET / ");
}

TEST_F(ServerTest, Http10ClosesUnlessAskedToStay) {
  start(echo);
  RawClient c(server_->port());
  c.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(c.response()->header("Connection"), "keep-alive");
  c.send("GET / HTTP/1.0\r\n\r\n");
  EXPECT_EQ(c.response()->header("Connection"), "close");
  EXPECT_TRUE(c.closed_within(1s));
}

TEST_F(ServerTest, T_HTTP_2_SlowHeaderAndBodyMeetAnAbsoluteDeadline) {
  start(echo);
  for (const std::string_view start_of :
       {"GET / HTTP/1.1\r\nHost: h\r\nA: ",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n"}) {
    RawClient c(server_->port());
    c.send(start_of);
    const auto begun = Clock::now();
    while (Clock::now() - begun < 1s && !c.closed_within(20ms))
      c.send("a");  // a drip must not move the deadline
    EXPECT_LT(Clock::now() - begun, 700ms);
    const auto got = c.response();
    ASSERT_TRUE(got);
    EXPECT_EQ(got->status, 408);
    EXPECT_EQ(got->header("Connection"), "close");
  }
}

TEST_F(ServerTest, ClosesIdleAndNeverUsedConnectionsQuietly) {
  start(echo);
  RawClient never(server_->port()), used(server_->port());
  used.send(request("GET", "/"));
  EXPECT_EQ(used.response()->status, 200);
  EXPECT_TRUE(never.closed_within(2s));
  EXPECT_TRUE(used.closed_within(2s));
  EXPECT_EQ(never.unread() + used.unread(), "");
  EXPECT_EQ(server_->counters().timed_out, 2u);
}

TEST_F(ServerTest, T_HTTP_2_AClientThatDoesNotReadIsLetGo) {
  start([](const Request&, const Reply& reply) { reply(text(std::string(64u << 20, 'a'))); });
  RawClient c(server_->port());
  c.send(request("GET", "/"));
  const auto until = Clock::now() + 5s;
  while (server_->counters().timed_out == 0 && Clock::now() < until)
    std::this_thread::sleep_for(10ms);
  EXPECT_EQ(server_->counters().timed_out, 1u);
}

TEST_F(ServerTest, ALateAnswerIsRefusedInTimeAndDropped) {
  std::mutex mutex;
  std::vector<Reply> kept;
  start([&](Request r, Reply reply) {
    if (r.path == "/now") return reply(text("now"));
    const std::lock_guard lock(mutex);
    kept.push_back(std::move(reply));
  });
  RawClient c(server_->port());
  const auto sent = Clock::now();
  c.send(request("GET", "/never"));
  const auto got = c.response();
  const auto took = Clock::now() - sent;
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, 503);
  EXPECT_EQ(got->header("Retry-After"), "1");
  EXPECT_GT(took, 350ms);
  EXPECT_LE(took, 480ms);
  EXPECT_EQ(server_->counters().late, 1u);
  kept.at(0)(text("too late"));
  c.send(request("GET", "/now"));
  EXPECT_EQ(c.response()->body, "now");
}

TEST_F(ServerTest, AHandlerMayThrowAnythingOrForgetToReplyOrReplyTwice) {
  start([](const Request& r, const Reply& reply) {
    if (r.path == "/error") throw std::runtime_error("patient Xy");
    if (r.path == "/int") throw 7;
    if (r.path == "/forget") return;
    reply(text("one"));
    if (r.path == "/twice") reply(text("two"));
  });
  for (const char* path : {"/error", "/int", "/forget"}) {
    RawClient c(server_->port());
    c.send(request("GET", path));
    const auto got = c.response();
    ASSERT_TRUE(got) << path;
    EXPECT_EQ(got->status, 500) << path;
    EXPECT_EQ(got->body.find("patient"), std::string::npos) << got->body;
    EXPECT_TRUE(c.closed_within(1s)) << path;
  }
  RawClient c(server_->port());
  c.send(request("GET", "/twice") + request("GET", "/"));
  EXPECT_EQ(c.response()->body, "one");
  EXPECT_EQ(c.response()->body, "one");
}

TEST_F(ServerTest, T_10_AnOversizeBodyIsAnsweredWhileTheClientStillSends) {
  start(echo, quick(), [](std::string_view origin, Response& response) {
    response.headers.push_back({"X-Origin", std::string(origin)});
  });
  RawClient c(server_->port());
  c.send("POST / HTTP/1.1\r\nHost: h\r\nOrigin: https://o\r\nContent-Length: 5000000\r\n\r\n" +
         std::string(1500000, 'a'));
  const auto got = c.response();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, 413);
  EXPECT_EQ(got->header("X-Origin"), "https://o");
  EXPECT_NE(got->body.find("\"resourceType\":\"OperationOutcome\""), std::string::npos);
  EXPECT_NE(got->body.find(*got->header("X-Request-Id")), std::string::npos);
  EXPECT_TRUE(c.closed_within(3s));
  EXPECT_EQ(server_->counters().malformed, 1u);
}

TEST_F(ServerTest, ContinueIsSentOnlyWhenTheBodyMayCome) {
  start(echo);
  RawClient good(server_->port());
  good.send("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(good.response()->status, 100);
  good.send("hello");
  EXPECT_EQ(good.response()->body, "POST / hello");
  RawClient big(server_->port());
  big.send(
      "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 50000000\r\n\r\n");
  EXPECT_EQ(big.response()->status, 413);
}

TEST_F(ServerTest, BoundsConnectionsInAllAndPerAddress) {
  for (const bool per_address : {true, false}) {
    ServerLimits limits = quick();
    limits.idle_time = 10s;
    (per_address ? limits.connections_per_address : limits.connections) = 2;
    start(echo, limits);
    {
      RawClient one(server_->port()), two(server_->port());
      one.send(request("GET", "/"));
      two.send(request("GET", "/"));
      EXPECT_EQ(one.response()->status, 200);
      EXPECT_EQ(two.response()->status, 200);
      RawClient three(server_->port());
      EXPECT_EQ(three.response()->status, 503);
      EXPECT_TRUE(three.closed_within(1s));
      EXPECT_EQ(server_->counters().refused, 1u);
    }
    const auto until = Clock::now() + 2s;
    while (server_->counters().open > 0 && Clock::now() < until) std::this_thread::sleep_for(5ms);
    RawClient again(server_->port());
    again.send(request("GET", "/"));
    EXPECT_EQ(again.response()->status, 200) << "places must come back";
  }
}

TEST_F(ServerTest, HalfClosedAndResetClientsLeaveNothingBehind) {
  start(echo);
  for (int i = 0; i < 20; ++i) {
    RawClient half(server_->port());
    half.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 50\r\n\r\nabc");
    half.finish_sending();
    EXPECT_TRUE(half.closed_within(1s));
    RawClient gone(server_->port());
    gone.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Le");
    gone.reset();
  }
  RawClient c(server_->port());
  c.send(request("GET", "/"));
  c.finish_sending();
  EXPECT_EQ(c.response()->status, 200) << "a half-close after the request is legal";
  EXPECT_TRUE(c.closed_within(1s));
  const auto until = Clock::now() + 2s;
  while (server_->counters().open > 0 && Clock::now() < until) std::this_thread::sleep_for(5ms);
  EXPECT_EQ(server_->counters().open, 0u);
}

TEST_F(ServerTest, DrainClosesIdleFirstAndLetsRunningRequestsFinish) {
  ServerLimits limits = quick();
  limits.idle_time = 30s;
  std::latch begun(1);
  std::vector<std::thread> threads;
  start(
      [&](Request, Reply reply) {
        threads.emplace_back([reply] {
          std::this_thread::sleep_for(150ms);
          reply(text("finished"));
        });
        begun.count_down();
      },
      limits);
  RawClient idle(server_->port()), busy(server_->port());
  busy.send(request("GET", "/"));
  begun.wait();
  const auto from = Clock::now();
  server_->drain(Clock::now() + 5s);
  EXPECT_LT(Clock::now() - from, 2s) << "an idle connection must not hold the drain";
  EXPECT_TRUE(idle.closed_within(100ms));
  const auto got = busy.response();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->body, "finished");
  EXPECT_EQ(got->header("Connection"), "close");
  EXPECT_FALSE(RawClient(server_->port()).connected());
  for (auto& thread : threads) thread.join();
}

TEST_F(ServerTest, DrainEndsAtItsTimeAlsoWhenAHandlerNeverReplies) {
  ServerLimits limits = quick();
  limits.answer_time = 30s;
  std::mutex mutex;
  std::vector<Reply> kept;
  std::latch begun(1);
  start(
      [&](Request, Reply reply) {
        const std::lock_guard lock(mutex);
        kept.push_back(std::move(reply));
        begun.count_down();
      },
      limits);
  RawClient c(server_->port());
  c.send(request("GET", "/"));
  begun.wait();
  const auto from = Clock::now();
  server_->drain(from + 100ms);
  EXPECT_LT(Clock::now() - from, 1s);
  server_.reset();
  kept.at(0)(text("nobody is there any more"));  // must be harmless
}

TEST_F(ServerTest, SaysWhyItCannotListen) {
  start(echo);
  Server second("127.0.0.1", server_->port(), 1, quick(), echo);
  const auto started = second.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, "cannot-listen");
  EXPECT_NE(started.error().text.find("127.0.0.1:"), std::string::npos);
  EXPECT_EQ(Server("not-an-address", 0, 1, quick(), echo).start().error().code, "cannot-listen");
}

TEST_F(ServerTest, ManyClientsAndThreadsGetTheirOwnAnswers) {
  std::mutex mutex;
  std::condition_variable wake;
  std::vector<std::pair<Reply, std::string>> work;
  bool stop = false;
  std::thread answerer([&] {
    std::unique_lock lock(mutex);
    while (!stop || !work.empty()) {
      wake.wait(lock, [&] { return stop || !work.empty(); });
      auto batch = std::move(work);
      work.clear();
      lock.unlock();
      for (auto& [reply, body] : batch) reply(text(body));
      lock.lock();
    }
  });
  ServerLimits limits = quick();
  limits.answer_time = 5s;
  start(
      [&](Request r, Reply reply) {
        const std::lock_guard lock(mutex);
        work.emplace_back(std::move(reply), r.body);
        wake.notify_one();
      },
      limits);
  std::atomic<int> right{0};
  std::vector<std::thread> clients;
  for (int n = 0; n < 8; ++n)
    clients.emplace_back([&, n] {
      RawClient c(server_->port());
      for (int i = 0; i < 50; ++i) {
        const std::string body =
            std::to_string(n) + ":" + std::to_string(i) + std::string(20000, 'x');
        c.send(request("POST", "/", body));
        const auto got = c.response();
        if (got && got->body == body) ++right;
      }
    });
  for (auto& each : clients) each.join();
  EXPECT_EQ(right, 400);
  {
    const std::lock_guard lock(mutex);
    stop = true;
  }
  wake.notify_one();
  answerer.join();
}

}  // namespace
}  // namespace cofactor::service::http
