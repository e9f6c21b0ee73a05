// Promises: clinician text from sentence templates and values. Every value is taken for hostile: control,
// bidirectional and zero-width characters go, Markdown and HTML lose their meaning in `markdown`, and text is
// never cut inside a grapheme. Templates come from the knowledge and are trusted. Pure.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "fhir/dates/partial_date.hpp"

namespace cofactor::cards {

/// Placeholder values by name, unescaped.
using Words = std::map<std::string, std::string, std::less<>>;

enum class TextKind { plain, markdown };

/// One line of valid UTF-8 without control, bidirectional or zero-width characters; spaces are single.
std::string one_line(std::string_view text);
/// one_line, with HTML and GitHub Flavored Markdown (links, emphasis, tables, code) made inert; addresses are parted by a
/// space ("http: //", "www .", "a @b"), since some renderers link what they find in the finished text.
std::string escaped_markdown(std::string_view text);
/// one_line without angle brackets and whole addresses: a client that wrongly renders a summary as HTML finds no tag in it.
std::string escaped_plain(std::string_view text);

std::size_t count_code_points(std::string_view text);
/// At most `limit` code points; a longer text ends in "…" after its last whole grapheme that fits.
std::string cut_to(std::string_view text, std::size_t limit);

/// "{name}" becomes the value of that name; an unknown name stays as it stands, so that tests see it.
std::string fill(std::string_view sentence, const Words& words, TextKind kind);
/// Filled and unescaped: for a phrase that is itself a value of another sentence.
std::string fill_raw(std::string_view sentence, const Words& words);

std::string with_separators(double value);         ///< 7142.86 -> "7,143"
std::string with_decimals(double value, int digits);  ///< 0.7 -> "0.70"

}  // namespace cofactor::cards
