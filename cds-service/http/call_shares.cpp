// Promises: see call_shares.hpp.
#include "cds-service/http/call_shares.hpp"

#include <algorithm>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace cofactor::service::http {

struct CallShares::State {
  std::size_t most = 0, all = 0;
  std::unordered_map<std::string, std::size_t> of;  // none is 0
  std::mutex mutex;
};

CallShares::Ticket::Ticket(std::shared_ptr<State> state, std::string key)
    : state_(std::move(state)), key_(std::move(key)) {}

CallShares::Ticket::~Ticket() {
  if (!state_) return;
  const std::lock_guard lock(state_->mutex);
  --state_->all;
  const auto mine = state_->of.find(key_);
  if (mine != state_->of.end() && --mine->second == 0) state_->of.erase(mine);
}

CallShares::CallShares(std::size_t most) : state_(std::make_shared<State>()) { state_->most = most; }

std::optional<CallShares::Ticket> CallShares::enter(std::string_view key) {
  std::string name(key);
  const std::lock_guard lock(state_->mutex);
  State& state = *state_;
  const auto found = state.of.find(name);
  const std::size_t mine = found == state.of.end() ? 0 : found->second;
  const std::size_t callers = state.of.size() + (mine == 0 ? 1 : 0);
  // One share more than there are callers: the next one to come finds it free.
  const std::size_t share = std::max<std::size_t>(1, state.most / (callers + 1));
  // Who has none is never turned away: callers are configured clients, so there are few more than `most` at the worst.
  if (mine > 0 && (state.all >= state.most || (state.all >= state.most / 2 && mine >= share))) return std::nullopt;
  Ticket ticket(state_, name);
  ++state.of[std::move(name)];
  ++state.all;
  return ticket;
}

std::size_t CallShares::under_way() const {
  const std::lock_guard lock(state_->mutex);
  return state_->all;
}

}  // namespace cofactor::service::http
