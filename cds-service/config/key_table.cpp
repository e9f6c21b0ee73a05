// Promises: see key_table.hpp.
#include "cds-service/config/key_table.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <numeric>

namespace cofactor::service {
namespace {

// A secret is a line or a key, not a file system.
constexpr std::size_t kMostSecret = 64u << 10;

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t corner = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t same = corner + (std::tolower(static_cast<unsigned char>(a[i - 1])) ==
                                                 std::tolower(static_cast<unsigned char>(b[j - 1]))
                                             ? 0
                                             : 1);
      corner = row[j];
      row[j] = std::min({same, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

/// RFC 6901, cut to what a person can have meant.
std::string token(std::string_view name) {
  std::string text;
  for (const char c : name.substr(0, 64)) {
    if (c == '~')
      text += "~0";
    else if (c == '/')
      text += "~1";
    else
      text += c >= 0 && c < 0x20 ? '?' : c;
  }
  return text;
}

std::string suggestion(std::string_view name, const Setting& object, const Keys& keys) {
  const Key* best = nullptr;
  std::size_t nearest = std::max<std::size_t>(3, name.size() / 2);
  for (const Key& key : keys) {
    const std::size_t far = distance(name, key.name);
    if (far < nearest) {
      nearest = far;
      best = &key;
    }
  }
  if (best) return "; did you mean `" + object.pointer + "/" + best->name + "`?";
  std::string all;
  for (const Key& key : keys)
    all += (all.empty() ? "" : ", ") + key.name;
  return "; known here: " + all;
}

tl::unexpected<Failure> wrong_type(const Setting& setting, std::string_view wanted) {
  return fail("config-wrong-type", "`" + (setting.pointer.empty() ? "/" : setting.pointer) +
                                       "` must be " + std::string(wanted));
}

Result<std::string> secret(const Setting& setting, std::string_view kind, const std::string& name) {
  if (kind == "ENV") {
    const char* const value = std::getenv(name.c_str());
    if (!value)
      return refuse(setting, "names the environment variable `" + name + "`, which is not set");
    return std::string(value);
  }
  std::ifstream file(name, std::ios::binary);
  std::string text(kMostSecret + 1, '\0');
  if (file) file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.is_open() || file.bad())
    return fail("config-unreadable",
                "`" + setting.pointer + "` names the file `" + name + "`, which cannot be read");
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kMostSecret) return refuse(setting, "names a file of more than 64 KiB");
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  return text;
}

Result<std::string> filled(const Setting& setting) {
  std::string_view rest = setting.value.string();
  std::string out;
  for (;;) {
    const auto start = rest.find("${");
    out += rest.substr(0, start);
    if (start == std::string_view::npos) return out;
    rest.remove_prefix(start + 2);
    const auto colon = rest.find(':'), end = rest.find('}');
    const std::string_view kind = rest.substr(0, colon);
    if (end == std::string_view::npos || colon == std::string_view::npos || colon > end ||
        (kind != "ENV" && kind != "FILE"))
      return refuse(setting, "holds `${`, which starts `${ENV:NAME}` or `${FILE:PATH}` only");
    const auto found = secret(setting, kind, std::string(rest.substr(colon + 1, end - colon - 1)));
    if (!found) return tl::unexpected(found.error());
    out += *found;
    rest.remove_prefix(end + 1);
  }
}

}  // namespace

tl::unexpected<Failure> refuse(const Setting& setting, std::string_view what) {
  return fail("config-refused", "`" + setting.pointer + "` " + std::string(what));
}

Result<void> read_object(const Setting& object, const Keys& keys) {
  if (!object.value.is_object()) return wrong_type(object, "an object");
  for (const json::Member& member : object.value.members()) {
    const Setting setting{member.value, object.pointer + "/" + token(member.name)};
    const auto key = std::ranges::find(keys, member.name, &Key::name);
    if (key == keys.end())
      return fail("config-unknown-key", "`" + setting.pointer + "` is not a known key" +
                                            suggestion(member.name, object, keys));
    if (auto done = key->read(setting); !done) return done;
  }
  return {};
}

Result<void> read_array(const Setting& array,
                        const std::function<Result<void>(const Setting&)>& item) {
  if (!array.value.is_array()) return wrong_type(array, "an array");
  std::size_t index = 0;
  for (const json::Value& value : array.value.items())
    if (auto done = item({value, array.pointer + "/" + std::to_string(index++)}); !done)
      return done;
  return {};
}

Result<void> read_into(const Setting& setting, std::string& target) {
  if (!setting.value.is_string()) return wrong_type(setting, "a string");
  auto text = filled(setting);
  if (!text) return tl::unexpected(text.error());
  if (text->empty()) return refuse(setting, "is empty: take it out or fill it");
  target = std::move(*text);
  return {};
}

Result<void> read_into(const Setting& setting, bool& target) {
  if (!setting.value.is_boolean()) return wrong_type(setting, "true or false");
  target = setting.value.flag;
  return {};
}

Result<void> read_into(const Setting& setting, std::uint64_t& target, std::uint64_t least,
                       std::uint64_t most) {
  const std::string bounds =
      "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
  if (!setting.value.is_number()) return wrong_type(setting, bounds);
  const std::string_view text = setting.value.number_text();
  std::uint64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || number < least ||
      number > most)
    return refuse(setting, "must be " + bounds);
  target = number;
  return {};
}

Result<void> read_into(const Setting& setting, std::vector<std::string>& target) {
  std::vector<std::string> all;
  auto done =
      read_array(setting, [&](const Setting& item) { return read_into(item, all.emplace_back()); });
  if (done) target = std::move(all);
  return done;
}

Result<void> read_word(const Setting& setting, const std::vector<std::string_view>& words,
                       std::size_t& target) {
  std::string text;
  if (auto done = read_into(setting, text); !done) return done;
  const auto found = std::ranges::find(words, text);
  if (found == words.end()) {
    std::string all;
    for (const std::string_view word : words)
      all.append(all.empty() ? "`" : ", `").append(word).append("`");
    return refuse(setting, "must be one of " + all);
  }
  target = static_cast<std::size_t>(found - words.begin());
  return {};
}

Key text(std::string name, std::string& target) {
  return {std::move(name), [&target](const Setting& s) { return read_into(s, target); }};
}
Key texts(std::string name, std::vector<std::string>& target) {
  return {std::move(name), [&target](const Setting& s) { return read_into(s, target); }};
}
Key yes_or_no(std::string name, bool& target) {
  return {std::move(name), [&target](const Setting& s) { return read_into(s, target); }};
}
Key word(std::string name, std::vector<std::string_view> words,
         std::function<void(std::size_t)> take) {
  return {std::move(name), [words = std::move(words), take = std::move(take)](const Setting& s) {
            std::size_t index = 0;
            auto done = read_word(s, words, index);
            if (done) take(index);
            return done;
          }};
}
Key section(std::string name, std::function<Keys()> keys) {
  return {std::move(name),
          [keys = std::move(keys)](const Setting& s) { return read_object(s, keys()); }};
}

}  // namespace cofactor::service
