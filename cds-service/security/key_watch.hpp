// Promises: what changes in the clients' key sets is said once, when it changes: a set that cannot be read, one that can
// be (again), a key that is not used. Nothing of a key but its place and a hash of its kid. Not thread-safe.
#pragma once
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "cds-service/security/authenticator.hpp"

namespace cofactor::service::security {

struct KeyEvent {
  enum class What {
    unreadable,  ///< `code` says why; `usable` keys of the set that was read before still serve
    read,
    refused  ///< the key at `position` is not used, `code` is its fault
  };
  What what = What::read;
  std::string client, key_set;  ///< as the configuration has them
  std::string code;             ///< KeySourceState::last_failure or the name of a KeyFault
  std::size_t usable = 0, position = 0;
  std::string key_id_hash;  ///< as KeyProblem::key_id_hash
};

class KeyWatch {
 public:
  /// What is different from the look before; of the first look, all that is known. To be asked about once a second.
  std::vector<KeyEvent> look(const std::vector<Authenticator::KeyReport>& reports);

 private:
  struct Seen {
    std::string key_set, failure;
    bool read = false;
    std::size_t usable = 0;
    std::set<std::tuple<std::size_t, KeyFault, std::string>> refused;
  };
  std::map<std::string, Seen> seen_;  ///< by the client's name
};

/// One line: key-set-unreadable and key-refused as warnings, key-set-read as information.
void log_key_event(const KeyEvent& event);

}  // namespace cofactor::service::security
