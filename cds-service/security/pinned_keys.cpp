// Promises: what pinned_keys.hpp says.
#include "cds-service/security/pinned_keys.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "cds-service/security/key_set.hpp"

namespace cofactor::service::security {
namespace {

class PinnedKeys final : public KeySource {
 public:
  PinnedKeys(KeySet set, Clocks clocks) : set_(std::move(set)), clocks_(std::move(clocks)), read_(clocks_.steady()) {}

  void find(std::string_view kid, Clock::time_point, KeyReply reply) override {
    auto key = set_.find(kid);
    const Reason reason = key ? Reason::none : Reason::key_unknown;
    reply({std::move(key), reason});
  }

  KeySourceState state() const override {
    KeySourceState state;
    state.usable_keys = set_.usable();
    state.problems = set_.problems();
    state.age = std::chrono::duration_cast<std::chrono::seconds>(clocks_.steady() - read_);
    return state;
  }

 private:
  const KeySet set_;
  const Clocks clocks_;
  const Clock::time_point read_;
};

tl::unexpected<Failure> unreadable(const std::string& path, const std::string& why) {
  return fail("client-keys-unreadable", "the key set `" + path + "` " + why);
}

Result<std::string> bytes_of(const std::string& path) {
  struct Descriptor {
    int number;
    ~Descriptor() {
      if (number >= 0) ::close(number);
    }
  };
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  struct stat status {};
  if (file.number < 0 || ::fstat(file.number, &status) != 0) {
    return unreadable(path,
                      std::string("cannot be opened: ") + std::strerror(errno) + "; check the path and its rights");
  }
  if (!S_ISREG(status.st_mode)) return unreadable(path, "is no file; name a file with a JWK set");
  if ((status.st_mode & S_IWOTH) != 0) {
    return unreadable(path, "can be written by everybody, who could then call as this client; set its mode to 0644");
  }
  std::string text(KeySet::kMostBytes + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const auto count = ::read(file.number, text.data() + size, text.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return unreadable(path, std::string("cannot be read: ") + std::strerror(errno));
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  text.resize(size);
  return text;
}

}  // namespace

Result<std::shared_ptr<KeySource>> pinned_keys(const std::string& path, bool allow_test_keys, Clocks clocks) {
  auto text = bytes_of(path);
  if (!text) return tl::unexpected(text.error());
  auto set = KeySet::parse(std::move(*text), allow_test_keys);
  if (!set) return unreadable(path, "is not used: " + std::string(name_of(set.error())));
  if (set->usable() == 0) {
    std::string why = "holds no usable key";
    const char* before = ": ";
    for (const auto& problem : set->problems()) {
      why += before + ("keys[" + std::to_string(problem.position) + "] ") + std::string(name_of(problem.fault));
      before = ", ";
    }
    return unreadable(path, why);
  }
  return std::make_shared<PinnedKeys>(std::move(*set), std::move(clocks));
}

}  // namespace cofactor::service::security
