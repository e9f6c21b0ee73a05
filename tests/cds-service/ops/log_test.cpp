// Proves: a log line is one line of valid JSON whatever is in its fields, and its fields are
// bounded.
#include "cds-service/ops/log.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "fhir/json/reader.hpp"

namespace cofactor::service::ops {
namespace {

TEST(Log, SaysTimeLevelEventAndFields) {
  EXPECT_EQ(
      log_line(Level::warn, "something-happened", {{"request", "id-1"}, {"count", "3"}},
               1709164800123),
      R"({"time":"2024-02-29T00:00:00.123Z","level":"warn","event":"something-happened","request":"id-1","count":"3"})");
}

TEST(Log, T_LOG_1_NothingInAFieldBreaksTheLine) {
  using namespace std::string_literals;
  const std::string nasty = "\r\n{\"level\":\"x\"}\x1b[31m\0\t\"\\ \xff\xfe \xe2\x80\xa8"s;
  const std::string line = log_line(Level::info, "e", {{"field", nasty}}, 0);
  for (const char c : line) EXPECT_GE(static_cast<unsigned char>(c), 0x20) << line;
  EXPECT_NE(line.find("\\r\\n"), std::string::npos) << line;
  EXPECT_NE(line.find("\\u0000"), std::string::npos) << line;
  EXPECT_NE(line.find("\xef\xbf\xbd"), std::string::npos)
      << "invalid bytes become U+FFFD: " << line;
  EXPECT_TRUE(json::parse(log_line(Level::info, "e", {{"field", "\r\n\x1b\"\\ \xff"}}, 0)));
}

TEST(Log, T_LOG_1_LongFieldsAreCutOnACharacter) {
  const auto value = [](const std::string& field) {
    const auto document = json::parse(log_line(Level::info, "e", {{"field", field}}, 0));
    return document ? std::string(document->root()["field"].string()) : "not JSON";
  };
  EXPECT_EQ(value(std::string(256, 'a')), std::string(256, 'a'));
  EXPECT_EQ(value(std::string(257, 'a')), std::string(256, 'a') + "…");
  EXPECT_EQ(value(std::string(255, 'a') + "ä" + "b"), std::string(255, 'a') + "…");
  EXPECT_EQ(value(std::string(1u << 20, 'a')).size(), 259u);
}

class LogOutput : public ::testing::Test {
 protected:
  void TearDown() override {
    set_level("info");
    set_log_sink({});
  }
};

TEST_F(LogOutput, LevelDecidesAndEveryThreadsLinesStayWhole) {
  std::string all;
  std::mutex mutex;
  set_log_sink([&](std::string_view lines) {
    const std::lock_guard lock(mutex);
    all += lines;
  });
  set_level("warn");
  set_level("no-such-level");
  log(Level::info, "not-this");
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([] {
      for (int i = 0; i < 100; ++i) log(Level::error, "this", {{"field", std::string(100, 'x')}});
    });
  for (auto& thread : threads) thread.join();
  flush_log();
  const std::lock_guard lock(mutex);
  EXPECT_EQ(all.find("not-this"), std::string::npos);
  std::size_t lines = 0, at = 0;
  for (auto end = all.find('\n'); end != std::string::npos;
       at = end + 1, end = all.find('\n', at), ++lines)
    EXPECT_TRUE(json::parse(all.substr(at, end - at))) << all.substr(at, end - at);
  EXPECT_EQ(lines, 400u);
}

TEST_F(LogOutput, AReaderThatStandsStillNeverStopsTheCaller) {
  std::mutex mutex;
  std::condition_variable go;
  bool may_go = false;
  std::string all;
  set_log_sink([&](std::string_view lines) {
    std::unique_lock lock(mutex);
    go.wait(lock, [&] { return may_go; });
    all += lines;
  });
  const auto from = std::chrono::steady_clock::now();
  for (int i = 0; i < 10000; ++i) log(Level::error, "flood", {{"field", std::string(200, 'x')}});
  EXPECT_LT(std::chrono::steady_clock::now() - from, std::chrono::seconds(5));
  {
    const std::lock_guard lock(mutex);
    may_go = true;
  }
  go.notify_all();
  flush_log();
  log(Level::error, "after");
  flush_log();
  const std::lock_guard lock(mutex);
  EXPECT_NE(all.find("log-lines-dropped"), std::string::npos);
  EXPECT_NE(all.find("after"), std::string::npos);
  EXPECT_LT(all.size(), 3u << 20);
}

}  // namespace
}  // namespace cofactor::service::ops
