// Promises: what one audit record costs: microseconds to append under load and alone, CPU of the writer's thread, bytes
// of store, and the parts of it (compression, sealing). Run: build/<preset>/tests/bench/audit_bench
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <mutex>

#include "cds-service/audit/compression.hpp"
#include "cds-service/audit/key_ring.hpp"
#include "cds-service/audit/sqlite_audit_log.hpp"
#include "cds-service/audit/uuid_bytes.hpp"
#include "synthetic_content.hpp"

namespace cofactor::bench {
namespace {

using namespace service;

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

struct Folder {
  std::string path;
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "cofactor-bench-XXXXXX").string();
    path = ::mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
};

std::vector<std::string> contents() {
  SyntheticContent synthetic(1);
  std::vector<std::string> texts;
  for (int i = 0; i < 512; ++i) texts.push_back(synthetic.next());
  return texts;
}

audit::DecisionRecord record_of(SyntheticContent& synthetic, std::string content, std::int64_t now) {
  audit::DecisionRecord record;
  record.decision = audit::time_ordered_uuid(now);
  record.client = record.issuer = "bench";
  record.hook = "order-sign";
  record.hook_instance = synthetic.uuid();
  record.user = "Practitioner/" + synthetic.digits(6);
  record.encounter = synthetic.digits(6);
  record.patient_id = synthetic.uuid();
  record.knowledge_revision = "sha256:" + std::string(64, 'a');
  record.software_version = "0.1.0";
  record.received_ms = now;
  record.duration_us = 120;
  record.relevant = true;
  record.cards = {{synthetic.uuid(), "high-dose-ppi", "warning", {synthetic.uuid()}}};
  record.content = std::move(content);
  return record;
}

/// `waiting` records are under way at any time, as many as a service has open connections.
void append(benchmark::State& state) {
  const Folder folder;
  AuditConfig config;
  config.sqlite_path = folder.path + "/audit.db";
  auto log = audit::open_sqlite_audit_log(config, {.software_version = "bench", .check_disk = false, .lost_record = {}});
  if (!log) return state.SkipWithError(log.error().text.c_str());
  const auto texts = contents();
  SyntheticContent synthetic(2);
  const std::int64_t waiting = state.range(0);
  std::mutex guard;
  std::condition_variable room;
  std::int64_t under_way = 0, count = 0, failed = 0;
  const double cpu_before = cpu_seconds();
  double building = 0;
  for (auto _ : state) {
    auto record = record_of(synthetic, texts[static_cast<std::size_t>(count) % texts.size()], 1'772'400'000'000 + count / 6);
    ++count;
    {
      std::unique_lock lock(guard);
      room.wait(lock, [&] { return under_way < waiting; });
      ++under_way;
    }
    (*log)->append(std::move(record), [&](Result<void> done) {
      {
        const std::lock_guard lock(guard);
        --under_way;
        failed += done ? 0 : 1;
      }
      room.notify_one();
    });
  }
  {
    std::unique_lock lock(guard);
    room.wait(lock, [&] { return under_way == 0; });
  }
  const double cpu = cpu_seconds() - cpu_before;
  {
    const auto start = cpu_seconds();
    for (int i = 0; i < 2000; ++i) benchmark::DoNotOptimize(record_of(synthetic, texts[static_cast<std::size_t>(i) % texts.size()], i));
    building = (cpu_seconds() - start) / 2000;
  }
  log->reset();
  std::uintmax_t bytes = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder.path)) bytes += file.file_size();
  if (failed > 0) state.SkipWithError("records were refused");
  state.counters["records/s"] = benchmark::Counter(static_cast<double>(count), benchmark::Counter::kIsRate);
  state.counters["cpu_us/record"] = cpu / static_cast<double>(count) * 1e6 - building * 1e6;
  state.counters["bytes/record"] = static_cast<double>(bytes) / static_cast<double>(count);
}
BENCHMARK(append)->Arg(1)->Arg(16)->Arg(64)->Arg(256)->UseRealTime()->MinTime(3);

void compress(benchmark::State& state) {
  const audit::Compressor compressor(audit::record_dictionary());
  const auto texts = contents();
  std::size_t i = 0, in = 0, out = 0;
  for (auto _ : state) {
    const auto& text = texts[i++ % texts.size()];
    const auto compressed = compressor.compress(text);
    in += text.size();
    out += compressed.size();
  }
  state.counters["bytes_in"] = static_cast<double>(in) / static_cast<double>(i);
  state.counters["bytes_out"] = static_cast<double>(out) / static_cast<double>(i);
}
BENCHMARK(compress);

void seal_and_tag(benchmark::State& state) {
  const Folder folder;
  auto keys = audit::KeyRing::create(folder.path + "/audit.key");
  if (!keys) return state.SkipWithError(keys.error().text.c_str());
  audit::NonceSource nonces("prefix");
  const std::string stream(16, 's'), id = "3f2c6f9e-5f0c-4f5a-9a3e-0d0a8d2f1c01";
  for (auto _ : state) {
    benchmark::DoNotOptimize(keys->patient_tag(1, "bench", id));
    benchmark::DoNotOptimize(keys->seal(id, nonces.next(), {stream, 1}));
  }
}
BENCHMARK(seal_and_tag);

}  // namespace
}  // namespace cofactor::bench

BENCHMARK_MAIN();
