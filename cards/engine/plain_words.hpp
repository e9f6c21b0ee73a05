// Promises: text for a screen: broken at about 100 characters, indented under its heading; numbers unrounded. Private to
// the engine.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace cofactor::cards {

/// Breaks `text` at spaces; every line starts with `indent`, all but the first with `hanging` more.
std::string wrapped(std::string_view text, std::string_view indent, std::string_view hanging = "");
std::string heading(std::string_view name);
/// As short as it can be said without loss: 4000, 0.75.
std::string plain_number(double value);
/// "a, b, c"
std::string listed(const std::vector<std::string>& items);

}  // namespace cofactor::cards
