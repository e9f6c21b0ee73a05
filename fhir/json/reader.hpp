// Promises: the only place where JSON text from outside is parsed. RFC 8259 strictly: UTF-8 without
// BOM, no NUL, no duplicate keys, no trailing data, bounded depth, values, number and string sizes.
// Survives hostile input (Debian's RapidJSON 1.1.0 is used only by the safe recipe; see
// docs/decisions).
#pragma once
#include <cstddef>
#include <memory>
#include <string>

#include "fhir/json/value.hpp"
#include "fhir/result.hpp"

namespace cofactor::json {

struct Limits {
  std::size_t bytes = 4u << 20;
  unsigned depth = 64;
  std::size_t values = 200'000;
  std::size_t number_characters = 128;
};

/// Owns the text and the tree. Movable; the tree stays where it is when moved. The text may tell who a patient is: it is
/// overwritten when this goes, also that of what could not be parsed.
class Document {
 public:
  Document();
  ~Document();
  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;
  const Value& root() const;

  struct Storage;  // reader.cpp

 private:
  friend Result<Document> parse(std::string, const Limits&);
  friend Result<Document> parse_with_comments(std::string, const Limits&);
  std::unique_ptr<Storage> storage_;
};

/// Failure codes: too-large, not-utf8, malformed, duplicate-key, nul-character, too-deep,
/// too-many-values, number-too-long. The text names the byte offset, never the content.
Result<Document> parse(std::string text, const Limits& limits = {});
/// For our own configuration and knowledge files: // and /* */ comments allowed, all else as
/// parse().
Result<Document> parse_with_comments(std::string text, const Limits& limits = {});

}  // namespace cofactor::json
