// Promises: one JSON object per line on stderr (or a given stream), fields escaped and cut at 256 characters, no patient data
// and no token: callers pass codes, ids of ours and counts only. Thread-safe.
#pragma once
#include <initializer_list>
#include <string_view>
#include <utility>

namespace cofactor::service::ops {

enum class Level { debug, info, warn, error };
using Field = std::pair<std::string_view, std::string_view>;

void set_level(std::string_view name);
void log(Level level, std::string_view event, std::initializer_list<Field> fields = {});

}  // namespace cofactor::service::ops
