// Promises: a replay memory on a file of its own with clocks that a test sets, and the same on a disk that fails when told.
#pragma once
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "cds-service/security/replay_memory.hpp"
#include "tests/cds-service/audit/faulty_disk.hpp"
#include "tests/cds-service/security/trust_setup.hpp"

namespace cofactor::service::security::testing {

using namespace std::chrono_literals;
using Answer = ReplayMemory::Answer;

class ReplaySetup : public ::testing::Test {
 protected:
  ReplaySetup() { settings.path = folder.path("replay.db"); }
  void open() {
    memory.reset();
    auto opened = ReplayMemory::open(settings, time.clocks());
    ASSERT_TRUE(opened) << opened.error().text;
    memory = *opened;
  }
  ReplayMemory::Token token(std::string_view jti, std::string_view client = "ehr") const {
    return {"https://ehr.example", jti, client, time.seconds(), time.seconds() + 360};
  }
  Answer put(const ReplayMemory::Token& token) {
    auto promise = std::make_shared<std::promise<Answer>>();
    auto answer = promise->get_future();
    memory->remember(token, [promise](Answer given) { promise->set_value(given); });
    EXPECT_EQ(answer.wait_for(60s), std::future_status::ready);
    return answer.get();
  }
  Answer put(const std::string& jti, std::string_view client = "ehr") { return put(token(jti, client)); }
  /// Many at once: they share a few commits. The number of those that were accepted.
  int put_all(int count) {
    std::vector<std::future<Answer>> answers;
    for (int i = 0; i < count; ++i) {
      auto promise = std::make_shared<std::promise<Answer>>();
      answers.push_back(promise->get_future());
      const std::string jti = "jti-" + std::to_string(i);
      memory->remember(token(jti), [promise](Answer given) { promise->set_value(given); });
    }
    int accepted = 0;
    for (auto& answer : answers) accepted += answer.get() == Answer::first ? 1 : 0;
    return accepted;
  }
  bool becomes_writable() {
    for (int i = 0; i < 6000 && !memory->counters().writable; ++i) std::this_thread::sleep_for(10ms);
    return memory->counters().writable;
  }

  Folder folder;
  SetClocks time;
  ReplayMemorySettings settings;
  std::shared_ptr<ReplayMemory> memory;
};

class BadDiskSetup : public ReplaySetup {
 protected:
  void TearDown() override { memory.reset(); }  // before the disk goes
  audit::testing::FaultyDisk disk;
};

}  // namespace cofactor::service::security::testing
