// Promises: what key_watch.hpp says.
#include "cds-service/security/key_watch.hpp"

#include <utility>

#include "cds-service/ops/log.hpp"

namespace cofactor::service::security {
namespace {

/// Told as the reason why the set cannot be read.
bool is_of_the_whole_set(KeyFault fault) { return fault <= KeyFault::set_too_many_keys; }

}  // namespace

std::vector<KeyEvent> KeyWatch::look(const std::vector<Authenticator::KeyReport>& reports) {
  std::vector<KeyEvent> events;
  std::map<std::string, Seen> all;
  for (const auto& [client, issuer, jwks, state] : reports) {
    Seen before;
    if (const auto known = seen_.find(client); known != seen_.end() && known->second.key_set == jwks)
      before = std::move(known->second);
    Seen now{jwks, state.last_failure, state.age.has_value(), state.usable_keys, {}};
    const KeyEvent event{KeyEvent::What::read, client, jwks, now.failure, now.usable, 0, {}};
    if (!now.failure.empty()) {
      // Fewer keys without an answer: the old set is too old to be believed.
      if (now.failure != before.failure || now.usable < before.usable) {
        events.push_back(event);
        events.back().what = KeyEvent::What::unreadable;
      }
    } else if (now.read && (!before.read || !before.failure.empty() || now.usable != before.usable)) {
      events.push_back(event);
    }
    for (const KeyProblem& problem : state.problems) {
      if (is_of_the_whole_set(problem.fault)) continue;
      std::tuple refused{problem.position, problem.fault, problem.key_id_hash};
      if (!before.refused.contains(refused))
        events.push_back({KeyEvent::What::refused, client, jwks, std::string(name_of(problem.fault)), now.usable,
                          problem.position, problem.key_id_hash});
      now.refused.insert(std::move(refused));
    }
    all.insert_or_assign(client, std::move(now));
  }
  seen_ = std::move(all);
  return events;
}

void log_key_event(const KeyEvent& event) {
  const std::string usable = std::to_string(event.usable);
  switch (event.what) {
    case KeyEvent::What::unreadable:
      return ops::log(ops::Level::warn, "key-set-unreadable",
                      {{"client", event.client}, {"code", event.code}, {"keySet", event.key_set}, {"usable", usable}});
    case KeyEvent::What::read:
      return ops::log(ops::Level::info, "key-set-read",
                      {{"client", event.client}, {"keySet", event.key_set}, {"usable", usable}});
    case KeyEvent::What::refused:
      return ops::log(ops::Level::warn, "key-refused",
                      {{"client", event.client},
                       {"fault", event.code},
                       {"position", std::to_string(event.position)},
                       {"keyIdHash", event.key_id_hash},
                       {"keySet", event.key_set}});
  }
}

}  // namespace cofactor::service::security
