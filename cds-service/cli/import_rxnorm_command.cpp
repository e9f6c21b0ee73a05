// Promises: `cofactor knowledge import-rxnorm`: an RxNorm release read once, a line at a time, and a product table out.
// The files are never held in memory. The same release gives the same bytes.
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <vector>

#include "cards/engine/rxnorm_tables.hpp"
#include "cds-service/cli/commands.hpp"
#include "cds-service/cli/console.hpp"
#include "cds-service/config/knowledge_directory.hpp"

namespace cofactor::service::cli {
namespace {
namespace fs = std::filesystem;

class OpenFile {
 public:
  explicit OpenFile(const fs::path& path) : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~OpenFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  bool open() const { return descriptor_ >= 0; }
  /// Bytes read, 0 at the end, -1 when it cannot be read.
  ssize_t read(char* to, std::size_t size) const {
    ssize_t got = 0;
    do got = ::read(descriptor_, to, size);
    while (got < 0 && errno == EINTR);
    return got;
  }

 private:
  int descriptor_;
};

/// Every line of a file through one buffer. A line that does not fit is no line of a release.
Result<void> read_rows(const fs::path& path, const std::function<bool(std::string_view)>& take) {
  const OpenFile file(path);
  if (!file.open()) return fail("unreadable", "`" + path.string() + "` cannot be read: " + std::strerror(errno));
  std::vector<char> buffer(1u << 20);
  std::size_t held = 0, number = 0;
  const auto broken = [&] {
    return fail("rxnorm-malformed", "`" + path.string() + "` line " + std::to_string(number) + " is no row of an RxNorm release: fetch the file again, it may be cut off");
  };
  const auto one = [&](std::string_view row) {
    ++number;
    if (row.ends_with('\r')) row.remove_suffix(1);
    return row.empty() || take(row);
  };
  while (true) {
    const ssize_t got = file.read(buffer.data() + held, buffer.size() - held);
    if (got < 0) return fail("unreadable", "`" + path.string() + "` cannot be read: " + std::strerror(errno));
    if (got == 0) break;
    const std::string_view text(buffer.data(), held + static_cast<std::size_t>(got));
    std::size_t from = 0;
    for (std::size_t end = text.find('\n', held); end != std::string_view::npos; end = text.find('\n', from)) {
      if (!one(text.substr(from, end - from))) return broken();
      from = end + 1;
    }
    held = text.size() - from;
    if (held == buffer.size()) {
      ++number;
      return broken();
    }
    std::memmove(buffer.data(), buffer.data() + from, held);
  }
  if (held > 0 && !one({buffer.data(), held})) return broken();
  return {};
}

/// The files lie in DIR, or in the `rrf` below it as the release is packed.
fs::path folder_of(const std::string& directory) {
  std::error_code error;
  for (const char* below : {"", "rrf", "RRF"})
    if (const fs::path folder = fs::path(directory) / below; fs::exists(folder / "RXNCONSO.RRF", error)) return folder;
  return directory;
}

/// What the release calls itself: RXNSAB.RRF has "RXNORM_25AA_250804F" for RXNORM itself.
std::string stated_release(const fs::path& folder) {
  std::string release;
  std::error_code error;
  if (!fs::exists(folder / "RXNSAB.RRF", error)) return release;
  (void)read_rows(folder / "RXNSAB.RRF", [&](std::string_view row) {
    std::array<std::string_view, 4> column;
    for (std::string_view& each : column) {
      each = row.substr(0, row.find('|'));
      row.remove_prefix(std::min(row.size(), each.size() + 1));
    }
    if (column[3] == "RXNORM" && (release.empty() || column[2] < release)) release = column[2];
    return true;
  });
  return release;
}

/// Beside the target first, so that a reload never meets half a table.
Result<void> write_whole(const fs::path& target, const std::string& text) {
  std::error_code error;
  if (target.has_parent_path()) fs::create_directories(target.parent_path(), error);
  fs::path beside = target;
  beside += ".new";
  {
    std::ofstream out(beside, std::ios::binary | std::ios::trunc);
    out << text << std::flush;
    if (!out) return fail("unreadable", "`" + beside.string() + "` cannot be written: check the folder's permissions and space");
  }
  fs::rename(beside, target, error);
  if (error) return fail("unreadable", "`" + target.string() + "` cannot be written: " + error.message());
  return {};
}

}  // namespace

int import_rxnorm(const ImportRxnormOptions& options) {
  const auto knowledge = knowledge_in_force(options.knowledge);
  if (!knowledge) return complain(knowledge.error());
  const fs::path folder = folder_of(options.directory);
  std::error_code error;
  for (const char* name : {"RXNCONSO.RRF", "RXNREL.RRF", "RXNSAT.RRF"})
    if (!fs::exists(folder / name, error))
      return complain(unreachable, "`" + (folder / name).string() + "` is not there: name the folder of an unpacked RxNorm release");

  cards::RxnormTables tables(**knowledge);
  const bool person = ::isatty(STDERR_FILENO) == 1;
  const auto read = [&](const char* name, const std::function<bool(std::string_view)>& take) {
    if (person) std::cerr << "reading " << name << "\n";
    return read_rows(folder / name, take);
  };
  const auto reading = read("RXNCONSO.RRF", [&](std::string_view row) { return tables.add_concept(row); })
                           .and_then([&] { return read("RXNREL.RRF", [&](std::string_view row) { return tables.add_relation(row); }); })
                           .and_then([&] { return read("RXNSAT.RRF", [&](std::string_view row) { return tables.add_attribute(row); }); });
  if (!reading) return complain(reading.error().code == "rxnorm-malformed" ? not_fine : unreachable, reading.error().text);

  std::string release = options.release.empty() ? stated_release(folder) : options.release;
  if (release.empty()) release = "release not stated";
  cards::RxnormTables::Counts counts;
  const std::string text = tables.table(release, counts);
  if (counts.products == 0)
    return complain(not_fine, "the release holds no product of an ingredient that Cofactor knows (" + std::to_string(counts.concepts) + " concepts read): nothing was written");
  if (options.out.empty() || options.out == "-") {
    print_line(std::string_view(text).substr(0, text.size() - 1));
    if (!flush()) return complain(unreachable, "standard output could not take the table");
  } else if (const auto written = write_whole(options.out, text); !written) {
    return complain(unreachable, written.error().text);
  }
  const auto many = [](std::size_t n, const char* what) { return std::to_string(n) + " " + what; };
  std::cerr << "RxNorm " << release << ": " << many(counts.products, "codes and ") << many(counts.ndcs, "NDCs in the table, ")
            << many(counts.obsolete, "of them obsolete; ") << many(counts.strengths_unreadable, "products of vitamin D without a strength; left out: ")
            << many(counts.suppressed, "suppressed, ") << many(counts.never_used, "never used, ") << many(counts.ndcs_ambiguous, "NDCs given to several products\n");
  return done;
}

}  // namespace cofactor::service::cli
