// Promises: how many calls may be under way at once, and that no caller takes the places of the others: while there is
// room anybody may have many; when it gets narrow each may have its share, and a share is always free for one who has
// none yet. Thread-safe.
#pragma once
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace cofactor::service::http {

class CallShares {
  struct State;

 public:
  /// A place; it is given back when the ticket goes, from any thread, also after the shares themselves.
  class Ticket {
   public:
    Ticket(Ticket&&) noexcept = default;
    Ticket& operator=(Ticket&&) = delete;
    ~Ticket();

   private:
    friend class CallShares;
    Ticket(std::shared_ptr<State> state, std::string key);
    std::shared_ptr<State> state_;  // null once moved from
    std::string key_;
  };

  /// `most` places in all, and one more for each caller that has none; one caller alone gets half of them.
  explicit CallShares(std::size_t most);
  /// Nothing: this caller has to try again later.
  std::optional<Ticket> enter(std::string_view key);
  std::size_t under_way() const;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace cofactor::service::http
