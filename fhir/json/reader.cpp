// Promises: see reader.hpp. RapidJSON 1.1.0 is driven by the only recipe that survives hostile
// text: the text is checked first (UTF-8, no NUL, no control characters, which its SSE2 scan lets
// through), zero bytes follow it (the scan reads ahead), numbers are never converted by it (its
// conversion can crash), and depth is bounded in the handler (its parser recurses). The handler
// builds our own tree in an arena.
#include "fhir/json/reader.hpp"

#include <string.h>

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "fhir/json/arena.hpp"
#include "fhir/json/padded_stream_private.hpp"
#include "fhir/json/utf8.hpp"

namespace cofactor::json {

struct Document::Storage {
  Storage(std::string given, std::size_t padding) : text(std::move(given)) {
    if (text.capacity() < text.size() + padding) {  // growing would leave a copy behind
      std::string longer;
      longer.reserve(text.size() + padding);
      longer = text;
      explicit_bzero(text.data(), text.size());
      text = std::move(longer);
    }
    text.append(padding, '\0');
  }
  ~Storage() { explicit_bzero(text.data(), text.size()); }
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  std::string text;
  Arena arena;
  Value root;
};

namespace {

namespace rj = cofactor_rapidjson_reader;

constexpr std::size_t padding = 64;
static_assert(padding >= PaddedStream::reads_ahead);
constexpr std::size_t pairwise_members = 32;  ///< above it, duplicate names are found by sorting

/// Lists under construction; kept per thread so that a body costs no allocation here.
struct Workbench {
  struct Frame {
    std::size_t first;    ///< where its entries begin
    std::uint64_t names;  ///< name_bit() of the names so far
    bool object;
  };
  std::vector<Member> entries;  ///< as many as there is room for
  std::vector<Frame> frames;    ///< as many as may be open at once

  void clear(std::size_t depth) {
    constexpr std::size_t usual = 1'024, kept = 16'384;
    if (entries.size() > kept) entries = std::vector<Member>();  // `= {}` would keep the memory
    if (entries.empty()) entries.resize(usual);
    if (frames.size() < depth) frames.resize(depth);
  }
};

class TreeBuilder {
 public:
  TreeBuilder(Arena& arena, Workbench& bench, const Limits& limits, bool has_escapes)
      : arena_(arena), bench_(bench), limits_(limits), has_escapes_(has_escapes), top_(bench.entries.data()),
        end_(top_ + bench.entries.size()) {}

  const char* refusal = nullptr;  ///< failure code when the handler stopped the parser

  bool Null() { return add(Value()); }
  bool Bool(bool flag) {
    Value value;
    value.kind = Kind::boolean;
    value.flag = flag;
    return add(value);
  }
  bool RawNumber(const char* text, rj::SizeType size, bool) {
    if (size > limits_.number_characters) return refuse("number-too-long");
    Value value = of_characters(Kind::number, text, size);
    // A literal this short can only overflow by its exponent.
    const auto exponent = [](char c) { return c == 'e' || c == 'E'; };
    if ((size > 128 || std::any_of(text, text + size, exponent)) && !value.number()) return refuse("malformed");
    return add(value);
  }
  bool String(const char* text, rj::SizeType size, bool) {
    return decoded_well(text, size) && add(of_characters(Kind::string, text, size));
  }
  bool Key(const char* text, rj::SizeType size, bool) {
    if (!decoded_well(text, size)) return false;
    const std::string_view name(text, size);
    const std::uint16_t tag = name_tag(name);
    const std::uint64_t bit = name_bit(tag);
    // Few members are compared with each other here, many are sorted when the object ends.
    if ((here_.names & bit) != 0 && used() - here_.first < pairwise_members)
      for (const Member* each = bench_.entries.data() + here_.first; each != top_; ++each)
        if (each->value.tag == tag && each->name == name) return refuse("duplicate-key");
    here_.names |= bit;
    Member& entry = push();
    entry.name = name;
    entry.value.tag = tag;
    return true;
  }
  bool StartObject() { return open(true); }
  bool StartArray() { return open(false); }
  bool EndObject(rj::SizeType count) {
    MemberList* list = arena_.allocate<MemberList>(1);
    Member* members = arena_.allocate<Member>(count);
    std::uninitialized_copy_n(top_ - count, count, members);
    if (count > pairwise_members && any_name_twice(members, count)) return refuse("duplicate-key");
    Value value;
    value.kind = Kind::object;
    value.size = count;
    value.object = new (list) MemberList{here_.names, members};
    return close(value, count);
  }
  bool EndArray(rj::SizeType count) {
    Value* items = arena_.allocate<Value>(count);
    const Member* from = top_ - count;
    for (rj::SizeType i = 0; i < count; ++i) new (items + i) Value(from[i].value);
    Value value;
    value.kind = Kind::array;
    value.size = count;
    value.first_item = items;
    return close(value, count);
  }

  // RapidJSON never calls these: numbers stay text.
  bool Int(int) { return refuse("malformed"); }
  bool Uint(unsigned) { return refuse("malformed"); }
  bool Int64(std::int64_t) { return refuse("malformed"); }
  bool Uint64(std::uint64_t) { return refuse("malformed"); }
  bool Double(double) { return refuse("malformed"); }

  Value root() const { return bench_.entries.front().value; }  // the one entry that is left

 private:
  static Value of_characters(Kind kind, const char* text, rj::SizeType size) {
    Value value;
    value.kind = kind;
    value.size = size;
    value.characters = text;
    return value;
  }
  static bool any_name_twice(const Member* members, std::size_t count) {
    std::vector<std::string_view> names(count);
    for (std::size_t i = 0; i < count; ++i) names[i] = members[i].name;
    std::sort(names.begin(), names.end());
    return std::adjacent_find(names.begin(), names.end()) != names.end();
  }

  bool refuse(const char* code) {
    refusal = code;
    return false;
  }
  /// Escapes can still make what the check of the raw text cannot see: U+0000 and lone low
  /// surrogates.
  bool decoded_well(const char* text, std::size_t size) {
    if (!has_escapes_) return true;
    for (std::size_t i = 0; i < size; ++i) {
      if (text[i] == '\0') return refuse("nul-character");
      if (text[i] == '\xED' && i + 1 < size && static_cast<unsigned char>(text[i + 1]) >= 0xA0)
        return refuse("not-utf8");
    }
    return true;
  }
  bool add(const Value& value) {
    if (++values_ > limits_.values) return refuse("too-many-values");
    if (here_.object) {
      Value& entry = top_[-1].value;  // its name stands there already
      const std::uint16_t tag = entry.tag;
      entry = value;
      entry.tag = tag;
    } else {
      push().value = value;
    }
    return true;
  }
  bool open(bool object) {
    if (open_ >= limits_.depth) return refuse("too-deep");
    bench_.frames[open_++] = here_;
    here_ = {used(), 0, object};
    return true;
  }
  bool close(const Value& value, std::size_t count) {
    top_ -= count;
    here_ = bench_.frames[--open_];
    return add(value);
  }

  std::size_t used() const { return static_cast<std::size_t>(top_ - bench_.entries.data()); }
  Member& push() {
    if (top_ == end_) make_room();
    return *top_++;
  }
  [[gnu::noinline]] void make_room() {
    const std::size_t before = used();
    bench_.entries.resize(2 * before);
    top_ = bench_.entries.data() + before;
    end_ = bench_.entries.data() + bench_.entries.size();
  }

  Arena& arena_;
  Workbench& bench_;
  const Limits& limits_;
  const bool has_escapes_;
  Member* top_;  ///< where the next entry goes
  Member* end_;
  Workbench::Frame here_{0, 0, false};  ///< of the list that is being read; those around it are on the bench
  std::size_t open_ = 0;  ///< lists around it
  std::size_t values_ = 0;
};

tl::unexpected<Failure> refused(const char* code, std::size_t offset) {
  const std::string_view name(code);
  const std::string at = " at byte " + std::to_string(offset);
  if (name == "not-utf8") return fail(code, "the text is not valid UTF-8" + at);
  if (name == "nul-character") return fail(code, "the text holds U+0000" + at);
  if (name == "duplicate-key")
    return fail(code, "an object has the same name twice, before or" + at);
  if (name == "too-deep") return fail(code, "the nesting is too deep" + at);
  if (name == "too-many-values") return fail(code, "the text holds too many values" + at);
  if (name == "number-too-long") return fail(code, "a number has too many digits" + at);
  return fail("malformed", "the text is not valid JSON" + at);
}

template <unsigned flags>
Result<std::unique_ptr<Document::Storage>> build(std::string text, const Limits& limits) {
  const std::size_t size = text.size();
  auto storage = std::make_unique<Document::Storage>(std::move(text), padding);  // first: it overwrites what is refused too
  const std::string_view given(storage->text.data(), size);
  if (size > limits.bytes) return fail("too-large", "the text is larger than the limit");
  if (given.starts_with("\xEF\xBB\xBF"))
    return fail("malformed", "the text begins with a byte order mark at byte 0");
  const TextCheck check = check_text(given);
  switch (check.fault) {
    case TextCheck::Fault::none:
      break;
    case TextCheck::Fault::not_utf8:
      return refused("not-utf8", check.offset);
    case TextCheck::Fault::nul:
      return refused("nul-character", check.offset);
    case TextCheck::Fault::control:
      return refused("malformed", check.offset);
  }
  thread_local Workbench bench;
  bench.clear(limits.depth);
  TreeBuilder builder(storage->arena, bench, limits, check.has_escapes);
  rj::Reader reader;
  PaddedStream stream(storage->text.data());
  constexpr unsigned all = flags | rj::kParseInsituFlag | rj::kParseNumbersAsStringsFlag;
  const rj::ParseResult result = reader.Parse<all>(stream, builder);
  if (result.IsError())
    return refused(builder.refusal != nullptr ? builder.refusal : "malformed", result.Offset());
  storage->root = builder.root();
  return storage;
}

}  // namespace

Document::Document() = default;
Document::~Document() = default;
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
const Value& Document::root() const { return storage_ != nullptr ? storage_->root : absent; }

Result<Document> parse(std::string text, const Limits& limits) {
  auto storage = build<rj::kParseNoFlags>(std::move(text), limits);
  if (!storage) return tl::unexpected(std::move(storage.error()));
  Document document;
  document.storage_ = std::move(*storage);
  return document;
}

Result<Document> parse_with_comments(std::string text, const Limits& limits) {
  auto storage = build<rj::kParseCommentsFlag>(std::move(text), limits);
  if (!storage) return tl::unexpected(std::move(storage.error()));
  Document document;
  document.storage_ = std::move(*storage);
  return document;
}

}  // namespace cofactor::json
