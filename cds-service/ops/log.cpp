// Promises: see log.hpp. One thread writes; it starts with the first line.
#include "cds-service/ops/log.hpp"

#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <thread>

#include "fhir/json/writer.hpp"

namespace cofactor::service::ops {
namespace {

constexpr std::size_t kMostBytes = 256;
constexpr std::size_t kMostWaiting = 1u << 20;  // bytes
constexpr std::array<std::string_view, 4> kLevels{"debug", "info", "warn", "error"};

std::atomic<Level> least{Level::info};

/// Whole characters only; the reader sees that something is missing.
std::string cut(std::string_view text) {
  if (text.size() <= kMostBytes) return std::string(text);
  std::size_t end = kMostBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0u) == 0x80u) --end;
  return std::string(text.substr(0, end)).append("\u2026");
}

std::string utc(long long milliseconds) {
  namespace chrono = std::chrono;
  const chrono::sys_time<chrono::milliseconds> time{chrono::milliseconds(milliseconds)};
  const auto day = chrono::floor<chrono::days>(time);
  const chrono::year_month_day date(day);
  const chrono::hh_mm_ss clock(time - day);
  std::array<char, 64> text;
  const int size = std::snprintf(
      text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
      static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
      static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
      static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
      static_cast<int>(clock.subseconds().count()));
  return std::string(text.data(), static_cast<std::size_t>(size));
}

long long now() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

void to_stderr(std::string_view lines) {
  while (!lines.empty()) {
    const auto written = ::write(STDERR_FILENO, lines.data(), lines.size());
    if (written <= 0) return;
    lines.remove_prefix(static_cast<std::size_t>(written));
  }
}

class Writer {
 public:
  Writer() : thread_([this] { run(); }) { thread_.detach(); }

  void add(std::string line) {
    line += '\n';
    const std::lock_guard lock(mutex_);
    if (waiting_.size() + line.size() > kMostWaiting) {
      ++dropped_;
      return;
    }
    if (dropped_ > 0) {
      const std::string count = std::to_string(std::exchange(dropped_, 0));
      waiting_ += log_line(Level::warn, "log-lines-dropped", {{"count", count}}, now()) += '\n';
    }
    waiting_ += line;
    wake_.notify_one();
  }
  void flush() {
    std::unique_lock lock(mutex_);
    idle_.wait_for(lock, std::chrono::seconds(1), [this] { return waiting_.empty() && !writing_; });
  }
  void use(std::function<void(std::string_view)> sink) {
    flush();
    const std::lock_guard lock(mutex_);
    sink_ = std::move(sink);
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      wake_.wait(lock, [this] { return !waiting_.empty(); });
      const std::string lines = std::exchange(waiting_, {});
      const auto sink = sink_;
      writing_ = true;
      lock.unlock();
      sink ? sink(lines) : to_stderr(lines);
      lock.lock();
      writing_ = false;
      if (waiting_.empty()) idle_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_, idle_;
  std::string waiting_;
  std::size_t dropped_ = 0;
  bool writing_ = false;
  std::function<void(std::string_view)> sink_;
  std::thread thread_;  // last: it uses the others
};

/// Never destroyed: other threads may log until the process is gone.
Writer& writer() {
  static Writer& only = *[] {
    auto* made = new Writer;
    std::atexit(flush_log);
    return made;
  }();
  return only;
}

}  // namespace

void set_level(std::string_view name) {
  for (std::size_t i = 0; i < kLevels.size(); ++i)
    if (kLevels[i] == name) least = static_cast<Level>(i);
}

std::string log_line(Level level, std::string_view event, std::initializer_list<Field> fields,
                     long long milliseconds) {
  json::Writer line;
  line.begin_object()
      .field("time", utc(milliseconds))
      .field("level", kLevels[static_cast<std::size_t>(level)]);
  line.field("event", cut(event));
  for (const auto& [name, value] : fields) line.field(name, cut(value));
  line.end_object();
  return line.take();
}

void log(Level level, std::string_view event, std::initializer_list<Field> fields) noexcept {
  try {
    if (level >= least) writer().add(log_line(level, event, fields, now()));
  } catch (const std::exception&) {  // without memory this line is lost, and nothing else
  }
}

void flush_log() { writer().flush(); }

void set_log_sink(std::function<void(std::string_view)> sink) { writer().use(std::move(sink)); }

}  // namespace cofactor::service::ops
