// Promises: the insides of the server that its units share (server.cpp, worker.cpp, connection.cpp). One I/O thread (Worker)
// owns its connections: nothing of a Connection is touched from another thread; answers from elsewhere are
// posted.
#pragma once
#include <utility>

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "cds-service/http/caller_network.hpp"
#include "cds-service/http/request_reader.hpp"
#include "cds-service/http/server.hpp"
#include "cds-service/http/stream_private.hpp"

namespace cofactor::service::http {

/// A little before the promised time, so that the refusal itself is in time.
inline Clock::time_point deadline_of(Clock::time_point arrived, const ServerLimits& limits) {
  return arrived + limits.answer_time - limits.answer_time / 50;
}

/// What all threads of one server share.
struct Shared {
  ServerLimits limits;
  Handler handler;
  OwnAnswer own_answer;
  SenderOf sender_of = [](const Request& request) { return Sender{caller_network(request.remote_address)}; };
  ExpectLater later_wait = [] { return Clock::duration(); };
  ServerCounters counters;
  std::atomic<bool> draining{false};

  std::mutex mutex;
  std::condition_variable closed;
  std::unordered_map<std::string, std::size_t> per_address;
  std::unordered_map<std::string, std::size_t> long_bodies;  // bytes by caller_network(); none is 0
  std::shared_ptr<asio::ssl::context> tls;  // of the next connection; null: plain

  std::shared_ptr<asio::ssl::context> tls_now();

  /// Counts the bytes of a long body for its address; false when it holds more than its share of the room for all.
  bool hold_long_body(const std::string& network, std::size_t before, std::size_t now);
  /// False when the server or this address has enough connections.
  bool admit(const std::string& network);
  void leave(const std::string& network);
};

class Connection;

/// A whole request that waits for its turn.
struct WaitingCall {
  std::weak_ptr<Connection> connection;
  std::uint64_t exchange = 0;
  Request request;
};

/// A suspended coroutine. Resumed, or destroyed with what it holds.
struct Waiter {
  virtual ~Waiter() = default;
  virtual void resume() = 0;  // once; not under a lock
};

template <class H>
struct WaiterOf final : Waiter {
  explicit WaiterOf(H h) : handler(std::move(h)) {}
  void resume() override { std::move(handler)(); }
  H handler;
};

/// Suspends the caller and hands it to `keep` as a std::unique_ptr<Waiter>.
template <class Keep>
Task<void> suspend(Keep keep) {
  constexpr asio::use_awaitable_t<asio::io_context::executor_type> await;
  return asio::async_initiate<decltype(await), void()>(
      [keep = std::move(keep)](auto handler) { keep(std::make_unique<WaiterOf<decltype(handler)>>(std::move(handler))); }, await);
}

class Worker final : public CallThread, public std::enable_shared_from_this<Worker> {
 public:
  explicit Worker(Shared& shared);

 private:
  std::unordered_set<Connection*> connections_;  // both before `io`, which may hold the last of the connections
  ReadBuffers buffers_;

 public:
  asio::io_context io{1};
  Shared& shared;

  /// Looks after an admitted connection. From any thread.
  void adopt(Socket socket, std::shared_ptr<asio::ssl::context> tls, std::string address, std::string network);
  /// Cancels idle reads (`hard`: everything). From any thread.
  void drain(bool hard);
  void run();
  void go_on(std::function<void()> work) override;
  /// After the thread's end: does what it left, and go_on() does what comes later at once.
  void end();

  // From the worker's thread only.
  ReadBuffers& buffers() { return buffers_; }
  /// Runs the handler now, in its turn, or answers that it will not. After each round of turns comes all I/O that is due:
  /// so a refusal never waits for more than a round and one handler.
  /// False: it was refused because there is too much.
  bool serve(Connection& connection, std::uint64_t exchange, Request request);
  /// Whether serve() would refuse a request with that header if it were whole now: then its body need not be read.
  bool turns_away(const Request& header);
  /// Returns after those who stood back before. Who was refused last time comes in by this lane: each look at the sockets
  /// lets half of it go on, or as many as can be refused while a turn takes, so that a flood of refusals delays neither the answers nor those who are not refused.
  Task<void> stand_back();
  /// Returns when it is that address's turn for a TLS handshake. Each is as dear as a call and comes before anybody is known: one
  /// at each look at the sockets, so that no flood of them keeps calls or other addresses' handshakes waiting.
  Task<void> handshake_turn(const std::string& network);
  /// Refusals are likely: bytes that may not be needed are better left where they are.
  bool crowded() const { return admission_.crowded(); }
  void add(Connection& connection) { connections_.insert(&connection); }
  void remove(Connection& connection) { connections_.erase(&connection); }
  /// One timer serves all deadlines of the thread: it is moved only for an earlier one than it
  /// waits for, so a busy connection costs no timer work.
  void watch(Clock::time_point deadline);
  std::string_view date();
  std::uint64_t next_id();

 private:
  void sweep();
  /// How long its handler took.
  Clock::duration start(Connection& connection, Request request);
  void carefully(const std::function<void()>& work) noexcept;
  void spent(Clock::duration took);
  void before_round();
  void next_round();
  std::size_t few() const;
  void look_again();
  void next_look();

  asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, asio::io_context::executor_type>
      timer_;
  Clock::time_point armed_ = Clock::time_point::max();
  Admission<WaitingCall> admission_;
  Clock::duration round_spent_{};  // by handlers since the last look at the sockets
  Clock::time_point crowd_since_ = Clock::time_point::max();  // the last round left somebody waiting then; else: it did not
  bool in_round_ = false;
  std::deque<std::function<void()>> going_on_;  // of calls that had their turn; before those that wait for one
  std::deque<std::unique_ptr<Waiter>> lane_;  // who stands back
  std::size_t let_on_ = 0;                    // of those, since the last look at the sockets
  Turns<std::deque<std::unique_ptr<Waiter>>> handshakes_;
  bool looking_ = false;  // next_look() is due
  std::mutex ending_;  // of `ended_`
  bool ended_ = false;
  std::uint64_t id_seed_, ids_ = 0;
  long long date_second_ = -1;
  std::string date_;
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Worker& worker, Socket socket, std::shared_ptr<asio::ssl::context> tls,
             std::string address, std::string network);
  ~Connection();

  Task<void> run();
  void drain(bool hard);
  /// The deadline has passed, as the worker saw it.
  void expire();
  Clock::time_point deadline() const { return deadline_; }
  enum class GoesOn { now, later };
  /// An answer to that exchange; one that comes too late finds another number and is dropped. `goes_on`: whether the connection
  /// does so within this call.
  void answer(std::uint64_t exchange, Response response, GoesOn goes_on = GoesOn::later);
  bool waits_for(std::uint64_t exchange) const;
  /// Instead of a call to the handler.
  void refuse(std::uint64_t exchange, const char* code, const char* text);
  void start_handler(Request request);

 private:
  enum class Phase { handshaking, idle, reading, skipping, handling, writing, lingering };
  Task<bool> handshake();
  Task<bool> exchange();
  Task<RequestReader::State> read_request();
  Task<bool> skip_body();
  Task<bool> turn_away();
  /// False: the bodies of all connections are too much together, and this one is long.
  bool hold(std::size_t body_bytes);
  Task<void> wait_for_answer();
  Task<bool> write(Response response, bool with_body);
  Task<void> finish();
  void enter(Phase phase, Clock::time_point deadline);
  Response own(int status, const char* code, const char* text) const;

  Worker& worker_;
  Shared& shared_;
  Stream stream_;
  std::string address_;
  std::string network_;  // caller_network() of it, made once: leaving must not need memory
  std::shared_ptr<const TlsClient> tls_client_;
  RequestReader reader_;
  Phase phase_ = Phase::idle;
  Clock::time_point deadline_ = Clock::time_point::max();
  bool expired_ = false;
  bool aborted_ = false;  // the drain is over: no more waiting
  bool broken_ = false;   // the client takes nothing any more
  bool unread_ = false;   // the client may still be sending what nobody will read
  bool turned_away_ = false;    // from its header: its body is left alone
  bool stands_back_ = false;    // its last call was refused because there was too much
  std::uint64_t unwanted_ = 0;  // bytes of such a body that are still to come
  std::size_t held_ = 0;        // bytes of the body that is being read or waits, as the server counts them
  bool no_room_ = false;        // for that body
  bool http_1_0_ = false;

  // Of the exchange under way; kept here because the request itself goes to the handler.
  std::uint64_t exchange_ = 0;
  Clock::time_point arrived_;
  std::string request_id_, origin_, head_;
  std::optional<Response> answer_;
  std::unique_ptr<Waiter> waiter_;
};

}  // namespace cofactor::service::http
