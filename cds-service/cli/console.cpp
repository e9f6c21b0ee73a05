// Promises: input, output and complaints of subcommands (console.hpp).
#include "cds-service/cli/console.hpp"

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <system_error>
#include <utility>
#include <vector>

namespace cofactor::service::cli {
namespace {

Failure cannot_read(const std::string& file) {
  return {"unreadable", "`" + file + "` cannot be read: check the name and its permissions"};
}

/// Calls `use` with the stream of that name.
template <class Use>
Result<void> with_stream(const std::string& file, Use use) {
  if (file == "-") {
    std::ios::sync_with_stdio(false);
    use(std::cin);
    return std::cin.bad() ? Result<void>(tl::unexpected(cannot_read("standard input"))) : Result<void>();
  }
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) return tl::unexpected(cannot_read(file));
  std::ifstream in(file, std::ios::binary);
  if (!in) return tl::unexpected(cannot_read(file));
  use(in);
  return in.bad() ? Result<void>(tl::unexpected(cannot_read(file))) : Result<void>();
}

}  // namespace

int complain(int exit_code, std::string_view sentence) {
  flush();
  std::fprintf(stderr, "cofactor: %.*s\n", static_cast<int>(sentence.size()), sentence.data());
  return exit_code;
}

int complain(const Failure& failure) {
  const bool out_of_reach = failure.code == "unreadable" || failure.code.ends_with("-unreadable") ||
                            failure.code == "cannot-listen" || failure.code.starts_with("audit-");
  return complain(out_of_reach ? 3 : 2, failure.text);
}

Result<std::string> read_input(const std::string& file) {
  std::string text;
  auto read = with_stream(file, [&](std::istream& in) { text.assign(std::istreambuf_iterator<char>(in), {}); });
  if (!read) return tl::unexpected(read.error());
  return text;
}

Result<void> read_lines(const std::string& file, const std::function<void(std::string)>& line) {
  return with_stream(file, [&](std::istream& in) {
    // In large pieces: std::getline copies every character twice, which shows at ten thousand requests a second.
    std::vector<char> piece(1u << 20);
    std::string begun;  // the start of a line whose end is in a later piece
    const auto give = [&line](std::string text) {
      if (text.ends_with('\r')) text.pop_back();
      if (text.find_first_not_of(" \t") != std::string::npos) line(std::move(text));
    };
    while (in.read(piece.data(), static_cast<std::streamsize>(piece.size())), in.gcount() > 0) {
      std::string_view rest(piece.data(), static_cast<std::size_t>(in.gcount()));
      for (std::size_t end; (end = rest.find('\n')) != std::string_view::npos; rest.remove_prefix(end + 1)) {
        if (begun.empty()) {
          std::string text;
          text.reserve(end + 64);  // room for what the JSON reader puts behind a text
          text.append(rest.substr(0, end));
          give(std::move(text));
        } else {
          begun.append(rest.substr(0, end));
          give(std::exchange(begun, {}));
        }
      }
      begun.append(rest);
    }
    if (!begun.empty()) give(std::move(begun));
  });
}

void print_line(std::string_view line) {
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fputc('\n', stdout);
}

bool flush() { return std::fflush(stdout) == 0 && !std::ferror(stdout); }

std::optional<fhir::Day> day_or_today(const std::string& text) {
  if (!text.empty()) return fhir::Day::read(text);
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return fhir::Day{static_cast<std::int32_t>(std::chrono::duration_cast<std::chrono::hours>(since).count() / 24)};
}

}  // namespace cofactor::service::cli
