// Promises: clinician text from sentence templates and values. Every value is taken for hostile: control,
// bidirectional and zero-width characters go, Markdown and HTML lose their meaning in `markdown`, and text is
// never cut inside a grapheme. Templates come from the knowledge and are trusted. Pure.
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fhir/dates/partial_date.hpp"

namespace cofactor::cards {

/// Placeholder values by name, unescaped. A list: they are few, and a look at all their names is cheaper than a tree.
/// Names are literals: they outlive the list.
class WordList {
 public:
  WordList() = default;
  WordList(std::initializer_list<std::pair<std::string_view, std::string>> values) : values_(values) {}
  /// The value of that name, empty when it is new. Valid until the next new name.
  std::string& operator[](std::string_view name);
  const std::string* find(std::string_view name) const;  ///< nullptr when there is none of that name

 private:
  std::vector<std::pair<std::string_view, std::string>> values_;
};

/// Placeholder values that are made when a sentence asks for them.
class WordSource {
 public:
  virtual ~WordSource() = default;
  /// nullptr for a name that it does not know. Valid until the next question.
  virtual const std::string* find(std::string_view name) = 0;
};

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
std::string fill(std::string_view sentence, const WordList& words, TextKind kind);
std::string fill(std::string_view sentence, WordSource& words, TextKind kind);
/// Filled and unescaped: for a phrase that is itself a value of another sentence.
std::string fill_raw(std::string_view sentence, const WordList& words);

std::string with_separators(double value);         ///< 7142.86 -> "7,143"
std::string with_decimals(double value, int digits);  ///< 0.7 -> "0.70"

}  // namespace cofactor::cards
