// Promises: see address_book.hpp. A look-up runs on a thread of its own that owns all it needs: getaddrinfo() cannot be
// interrupted, and nobody waits for it.
#include "fhir/client/address_book.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

namespace cofactor::fhir::client {
namespace {

struct Address {
  std::array<unsigned char, 16> bytes{};
  int bits = 0;  ///< 32 or 128
};

std::optional<Address> read_address(std::string_view text) {
  const std::string terminated(text);
  Address out;
  if (inet_pton(AF_INET, terminated.c_str(), out.bytes.data()) == 1) {
    out.bits = 32;
    return out;
  }
  if (inet_pton(AF_INET6, terminated.c_str(), out.bytes.data()) == 1) {
    out.bits = 128;
    return out;
  }
  return std::nullopt;
}

struct Network {
  Address address;
  int prefix = 0;
};

std::optional<Network> read_network(std::string_view cidr) {
  const auto slash = cidr.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto address = read_address(cidr.substr(0, slash));
  if (!address) return std::nullopt;
  Network out{*address, 0};
  const std::string_view digits = cidr.substr(slash + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out.prefix);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  if (out.prefix < 0 || out.prefix > out.address.bits) return std::nullopt;
  return out;
}

bool contains(const Network& network, const Address& address) {
  if (network.address.bits != address.bits) return false;
  int left = network.prefix;
  for (std::size_t i = 0; left > 0; ++i, left -= 8) {
    const unsigned mask = left >= 8 ? 0xffu : (0xff00u >> left) & 0xffu;
    if (((network.address.bytes[i] ^ address.bytes[i]) & mask) != 0) return false;
  }
  return true;
}

bool in_any(const Address& address, std::initializer_list<std::string_view> networks) {
  return std::any_of(networks.begin(), networks.end(), [&](std::string_view cidr) {
    const auto network = read_network(cidr);
    return network && contains(*network, address);
  });
}

bool is_loopback(const Address& address) { return in_any(address, {"127.0.0.0/8", "::1/128"}); }

}  // namespace

bool is_network(std::string_view cidr) { return read_network(cidr).has_value(); }

bool is_loopback_host(std::string_view host) {
  const auto address = read_address(host);
  return host == "localhost" || (address && is_loopback(*address));
}

bool is_allowed(std::string_view text, const AddressRule& rule, bool host_is_loopback) {
  const auto address = read_address(text);
  if (!address) return false;
  if (!rule.networks.empty())
    return std::any_of(rule.networks.begin(), rule.networks.end(), [&](const std::string& cidr) {
      const auto network = read_network(cidr);
      return network && contains(*network, *address);
    });
  // What an IPv6 address only wraps is judged by the lists of IPv4.
  if (in_any(*address, {"::ffff:0:0/96", "64:ff9b::/96"})) return false;
  if (is_loopback(*address)) return host_is_loopback;
  return !in_any(*address, {"0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4", "::/128", "fe80::/10", "ff00::/8"});
}

Resolver system_resolver() {
  return [](const std::string& host) -> Result<std::vector<std::string>> {
    addrinfo hints{};
    hints.ai_family = AF_INET;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0)
      return fail("fhir-unreachable", "the name of the FHIR server cannot be looked up");
    std::vector<std::string> addresses;
    for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
      sockaddr_in at{};
      std::memcpy(&at, each->ai_addr, sizeof at);
      char text[INET_ADDRSTRLEN] = {};
      if (inet_ntop(AF_INET, &at.sin_addr, text, sizeof text) != nullptr) addresses.emplace_back(text);
    }
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
      std::thread([self = shared_from_this(), host] { self->looked_up(host, self->resolver(host)); }).detach();
    } catch (const std::system_error&) {
      entry.looking = false;  // no thread to be had: whoever waits meets its deadline
    }
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
  if (read_address(host)) return done(State::pick({host}, rule, loopback));
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
  if (addresses.size() > 1 && addresses.front() == address) std::rotate(addresses.begin(), addresses.begin() + 1, addresses.end());
}

}  // namespace cofactor::fhir::client
