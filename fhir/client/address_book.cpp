// Promises: see address_book.hpp. A look-up runs on a thread of its own that owns all it needs: getaddrinfo() cannot be
// interrupted, and nobody waits for it.
#include "fhir/client/address_book.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "fhir/client/wiped_memory.hpp"

namespace cofactor::fhir::client {

namespace {

std::string text_of(const addrinfo& found) {
  char text[INET6_ADDRSTRLEN] = {};
  if (found.ai_family == AF_INET) {
    sockaddr_in at{};
    std::memcpy(&at, found.ai_addr, sizeof at);
    inet_ntop(AF_INET, &at.sin_addr, text, sizeof text);
  } else {
    sockaddr_in6 at{};
    std::memcpy(&at, found.ai_addr, sizeof at);
    inet_ntop(AF_INET6, &at.sin6_addr, text, sizeof text);
  }
  return text;
}

}  // namespace

Resolver system_resolver() {
  return [](const std::string& host) -> Result<std::vector<std::string>> {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0)
      return fail("fhir-unreachable", "the name of the FHIR server cannot be looked up");
    std::vector<std::string> addresses;
    // What has worked stays: a host that has an IPv6 address, too, is not necessarily reached by it.
    for (const int family : {AF_INET, AF_INET6})
      for (const addrinfo* each = found; each != nullptr; each = each->ai_next)
        if (each->ai_family == family) addresses.push_back(text_of(*each));
    freeaddrinfo(found);
    return addresses;
  };
}

struct AddressBook::State : std::enable_shared_from_this<State> {
  using Done = std::function<void(Result<std::string>)>;
  struct Waiting {
    AddressRule rule;
    Done done;
  };
  struct Entry {
    std::vector<std::string> addresses;
    Clock::time_point found_at;
    bool looking = false;
    std::vector<Waiting> waiting;
  };

  Resolver resolver;
  Settings settings;
  std::function<Clock::time_point()> now;
  std::mutex mutex;
  std::map<std::string, Entry> entries;

  static Result<std::string> pick(const std::vector<std::string>& addresses, const AddressRule& rule, bool loopback) {
    for (const std::string& each : addresses)
      if (is_allowed(each, rule, loopback)) return each;
    if (addresses.empty()) return fail("fhir-unreachable", "the name of the FHIR server leads to no address");
    return fail("fhir-address", "the FHIR server's address is not one that its configuration allows");
  }

  /// With the mutex held.
  void look_up(const std::string& host, Entry& entry) {
    entry.looking = true;
    try {
      std::thread([self = shared_from_this(), host] {
        const WipeFreedMemory wiping(WipeFreedMemory::for_good);  // whoever waits for an address may end here
        try {
          self->looked_up(host, self->resolver(host));
        } catch (const std::exception&) {  // memory alone can fail here
          self->gave_up(host);
        }
      }).detach();
    } catch (const std::exception&) {
      entry.looking = false;  // no thread or memory to be had: whoever waits meets its deadline
    }
  }

  void gave_up(const std::string& host) {
    const std::lock_guard lock(mutex);
    if (const auto entry = entries.find(host); entry != entries.end()) entry->second.looking = false;
  }

  void looked_up(const std::string& host, Result<std::vector<std::string>> found) {
    std::vector<Waiting> waiting;
    std::vector<std::string> addresses;
    {
      const std::lock_guard lock(mutex);
      Entry& entry = entries[host];
      entry.looking = false;
      if (found && !found->empty()) {
        entry.addresses = *found;
        entry.found_at = now();
      }
      if (now() - entry.found_at < settings.usable_for || (found && !found->empty())) addresses = entry.addresses;
      waiting = std::move(entry.waiting);
      entry.waiting.clear();
    }
    const bool loopback = is_loopback_host(host);
    for (Waiting& each : waiting) each.done(pick(addresses, each.rule, loopback));
  }
};

AddressBook::AddressBook(Resolver resolver, Settings settings, std::function<Clock::time_point()> now)
    : state_(std::make_shared<State>()) {
  state_->resolver = std::move(resolver);
  state_->settings = settings;
  state_->now = std::move(now);
}

void AddressBook::find(const std::string& host, const AddressRule& rule, std::function<void(Result<std::string>)> done) {
  const bool loopback = is_loopback_host(host);
  if (is_address(host)) return done(State::pick({host}, rule, loopback));
  std::vector<std::string> known;
  {
    const std::lock_guard lock(state_->mutex);
    State::Entry& entry = state_->entries[host];
    const auto age = state_->now() - entry.found_at;
    const bool usable = !entry.addresses.empty() && age < state_->settings.usable_for;
    if (!entry.looking && (!usable || age >= state_->settings.fresh_for)) state_->look_up(host, entry);
    if (!usable) {
      entry.waiting.push_back({rule, std::move(done)});
      return;
    }
    known = entry.addresses;
  }
  done(State::pick(known, rule, loopback));
}

void AddressBook::did_not_answer(const std::string& host, const std::string& address) {
  const std::lock_guard lock(state_->mutex);
  auto& addresses = state_->entries[host].addresses;
  // Those before it are not allowed, else they would have been asked.
  if (const auto it = std::ranges::find(addresses, address); it != addresses.end()) std::rotate(it, it + 1, addresses.end());
}

}  // namespace cofactor::fhir::client
