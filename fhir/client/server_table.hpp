// Promises: what is kept for each address of each configured server, bounded: a name that leads to ever new addresses (a load
// balancer) leaves only the ones that were used last, and a server that is not configured any more leaves nothing. What is
// taken out lives on for as long as somebody uses it. Belongs to whoever holds its lock.
#pragma once
#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fhir/client/origin.hpp"

namespace cofactor::fhir::client {

template <class Server>
class ServerTable {
 public:
  static constexpr std::size_t most_addresses = 8;  ///< of one server

  /// Null when there is none; what is found counts as used.
  std::shared_ptr<Server> find(const Origin& origin, const std::string& address) {
    const auto known = servers_.find(origin);
    if (known == servers_.end()) return nullptr;
    auto& used = known->second;
    const auto place = std::ranges::find(used, address, &Used::first);
    if (place == used.end()) return nullptr;
    std::rotate(place, place + 1, used.end());
    return used.back().second;
  }

  /// What has to leave for it is given back, so that its connections are closed without the lock.
  [[nodiscard]] std::shared_ptr<Server> add(const Origin& origin, const std::string& address, std::shared_ptr<Server> server) {
    auto& used = servers_[origin];
    std::shared_ptr<Server> leaves;
    if (used.size() >= most_addresses) {
      leaves = std::move(used.front().second);
      used.erase(used.begin());
    }
    used.emplace_back(address, std::move(server));
    return leaves;
  }

  /// All addresses of one server, likewise.
  [[nodiscard]] std::vector<std::shared_ptr<Server>> forget(const Origin& origin) {
    std::vector<std::shared_ptr<Server>> leave;
    const auto known = servers_.find(origin);
    if (known == servers_.end()) return leave;
    for (auto& used : known->second) leave.push_back(std::move(used.second));
    servers_.erase(known);
    return leave;
  }

 private:
  using Used = std::pair<std::string, std::shared_ptr<Server>>;  ///< address first
  std::map<Origin, std::vector<Used>> servers_;                  ///< the one used last at the end
};

}  // namespace cofactor::fhir::client
