// Promises: one JSON object per line on stderr, fields escaped and cut at 256 bytes, no patient
// data and no token: callers pass codes, ids of ours and counts only. Thread-safe. A caller never
// waits for whoever reads stderr: when the lines pile up, the newest are dropped and counted in the
// next line that gets through.
#pragma once
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace cofactor::service::ops {

enum class Level { debug, info, warn, error };
using Field = std::pair<std::string_view, std::string_view>;

/// "debug", "info", "warn" or "error"; anything else changes nothing.
void set_level(std::string_view name);
void log(Level level, std::string_view event, std::initializer_list<Field> fields = {}) noexcept;
/// Returns when everything logged before is out, or after a second.
void flush_log();

/// The line that log() would write, without its end.
std::string log_line(Level level, std::string_view event, std::initializer_list<Field> fields,
                     long long milliseconds_since_1970);
/// Sends lines, each with its end, there instead of to stderr; empty: to stderr again. For tests.
void set_log_sink(std::function<void(std::string_view lines)> sink);

}  // namespace cofactor::service::ops
