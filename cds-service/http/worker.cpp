// Promises: one I/O thread of the server (connection_private.hpp): whose turn it is, who stands back, who is refused before
// anything is done for it, and the deadlines' timer. What calls throw ends nothing but themselves.
#include <utility>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <random>

#include "cds-service/http/connection_private.hpp"
#include "cds-service/http/response_text.hpp"
#include "cds-service/ops/log.hpp"

namespace cofactor::service::http {
namespace {

// Of those that stand back, at each look at the sockets: half of them; when others call beside them, so few, or when turns are
// long about as many as can be refused while one takes.
constexpr std::size_t kFew = 8, kMostFew = 32;
constexpr std::chrono::microseconds kRefusal{50};

// As long as handlers may keep a thread from its sockets. Several turns together are cheapest: their records share a commit.
// When others call often beside a crowd it is one turn at a time: they wait for none of its calls, but for a turn at each step.
constexpr std::chrono::microseconds kRound{1000}, kSharedRound{1}, kLongestRound{5000};

}  // namespace

Worker::Worker(Shared& s)
    : buffers_(RequestReader::buffer_bytes(s.limits)),
      shared(s),
      timer_(io),
      admission_(s.limits.admission),
      id_seed_((static_cast<std::uint64_t>(std::random_device{}()) << 32) ^
               std::random_device{}()) {}

void Worker::run() {
  const auto stay = asio::make_work_guard(io);
  for (;;) {
    try {
      io.run();
      return;
    } catch (const std::exception&) {
      // Nothing we run throws on purpose; a thread that ends would take a share of all connections
      // with it.
    }
  }
}

void Worker::go_on(std::function<void()> work) {
  {
    const std::lock_guard lock(ending_);
    if (!ended_)
      return asio::post(io, [this, self = shared_from_this(), work = std::move(work)]() mutable {
        going_on_.push_back(std::move(work));
        spent({});
      });
  }
  carefully(work);
}

void Worker::carefully(const std::function<void()>& work) noexcept {
  try {
    work();
  } catch (const std::exception&) {  // its text could quote a request
    ops::log(ops::Level::error, "work-failed");
  }
}

void Worker::end() {
  {
    const std::lock_guard lock(ending_);
    ended_ = true;
  }
  io.restart();
  for (;;) {
    try {
      io.poll();
      return;
    } catch (const std::exception&) {
      // As in run(): what one of them throws ends nothing else.
    }
  }
}

void Worker::adopt(Socket socket, std::shared_ptr<asio::ssl::context> tls, std::string address, std::string network) {
  asio::post(io, [this, socket = std::move(socket), tls = std::move(tls),
                  address = std::move(address), network = std::move(network)]() mutable {
    std::shared_ptr<Connection> connection;
    try {
      connection = std::make_shared<Connection>(*this, std::move(socket), std::move(tls), std::move(address), network);
    } catch (const std::exception&) {
      shared.leave(network);  // out of memory: its place must come back
      return;
    }
    asio::co_spawn(
        io, [connection] { return connection->run(); }, asio::detached);
  });
}

void Worker::drain(bool hard) {
  asio::post(io, [this, hard] {
    for (Connection* connection : connections_) connection->drain(hard);
  });
}

bool Worker::serve(Connection& connection, std::uint64_t exchange, Request request) {
  const auto now = Clock::now();
  const auto deadline = request.deadline;
  if (now >= deadline) {
    shared.counters.expired.fetch_add(1, std::memory_order_relaxed);
    connection.refuse(exchange, "timeout", "the request waited too long: try again");
    return false;
  }
  const auto later = shared.later_wait();
  const bool in_time = admission_.in_time(now, deadline, later), soon = later <= shared.limits.admission.burst_wait;
  const bool at_once = in_time && round_spent_ < kRound && admission_.waiting() == 0 && going_on_.empty();
  if (at_once && (soon || !admission_.sends_too_much(shared.sender_of(request), now))) {
    admission_.turn_took(start(connection, std::move(request)));
    return true;
  }
  const Sender sender = shared.sender_of(request);
  if (in_time && admission_.waiting() > 0 && (soon || !admission_.sends_too_much(sender, now)) && admission_.lets_in(sender, now)) {
    // No turn of the queue: those in it wait for this too.
    admission_.rest_took(start(connection, std::move(request)));
    return true;
  }
  admission_.before_all(going_on_.size());
  WaitingCall call{connection.weak_from_this(), exchange, std::move(request)};
  if (admission_.enter(sender, now, deadline, call, later)) return true;
  shared.counters.shed.fetch_add(1, std::memory_order_relaxed);
  connection.refuse(exchange, "throttled", "the service is busy: try again");
  return false;
}

bool Worker::turns_away(const Request& header) {
  const auto later = shared.later_wait();
  const bool soon = later <= shared.limits.admission.burst_wait, nobody_waits = admission_.waiting() == 0 && going_on_.empty();
  if (nobody_waits && soon) return false;
  const auto now = Clock::now();
  const auto deadline = deadline_of(now, shared.limits);
  const Sender sender = shared.sender_of(header);
  if (admission_.in_time(now, deadline, later) && (soon || !admission_.sends_too_much(sender, now)) &&
      (nobody_waits || (admission_.waiting() > 0 && admission_.would_let_in(sender))))
    return false;
  admission_.before_all(going_on_.size());
  return !admission_.has_place(sender, now, deadline, later);
}

Task<void> Worker::stand_back() {
  look_again();
  if (lane_.empty() && let_on_ < few()) {
    ++let_on_;
    co_return;
  }
  co_await suspend([this](auto waiter) { lane_.push_back(std::move(waiter)); });
}

Task<void> Worker::handshake_turn(const std::string& network) {
  look_again();
  return suspend([this, &network](auto waiter) {
    handshakes_.put(network, [&](auto& own) { own.push_back(std::move(waiter)); });
  });
}

std::size_t Worker::few() const { return std::clamp(static_cast<std::size_t>(admission_.mean_cost() / kRefusal), kFew, kMostFew); }

void Worker::look_again() {
  if (!looking_) asio::post(io, [this] { next_look(); });
  looking_ = true;
}

void Worker::next_look() {
  looking_ = false;
  let_on_ = 0;
  if (!lane_.empty() || !handshakes_.empty()) look_again();  // first: whatever one of them throws
  if (!handshakes_.empty())
    handshakes_
        .take([](auto& own) {
          auto first = std::move(own.front());
          own.pop_front();
          return first;
        })
        ->resume();
  for (std::size_t most = admission_.one_at_a_time() ? few() : std::max(few(), lane_.size() / 2); most > 0 && !lane_.empty(); --most) {
    const auto first = std::move(lane_.front());
    lane_.pop_front();
    ++let_on_;
    first->resume();
  }
  if (let_on_ > 0) look_again();
}

/// In what calls need; after it the others have their turns.
void Worker::spent(Clock::duration took) {
  if (!in_round_) asio::post(io, [this] { before_round(); });
  in_round_ = true;
  round_spent_ += took;
}

Clock::duration Worker::start(Connection& connection, Request request) {
  spent({});  // first: a handler that throws must not end the rounds
  const auto begun = Clock::now();
  connection.start_handler(std::move(request));
  const auto took = Clock::now() - begun;
  round_spent_ += took;
  return took;
}

/// What the last look at the sockets found stands behind this in the queue, and may have come as long ago as a turn took: it
/// comes first, or a refusal would wait for two turns and not for one.
void Worker::before_round() {
  if (admission_.waiting() == 0 && going_on_.empty()) return next_round();
  asio::post(io, [this] { next_round(); });
}

void Worker::next_round() {
  auto now = Clock::now();
  in_round_ = false;
  // However many refusals there are, what is taken on gets a third of the thread: else clients that try again at once would
  // leave nothing but refusals.
  const auto beside = std::min<Clock::duration>((now - crowd_since_ - round_spent_) / 2, kLongestRound);
  const auto most = std::max<Clock::duration>(admission_.one_at_a_time() ? kSharedRound : kRound, beside);
  round_spent_ = Clock::duration::zero();
  admission_.round_ends(now);
  // First, whatever one of them throws: who is left has another round.
  if (!going_on_.empty() || admission_.waiting() > 0) spent({});
  while (round_spent_ < most) {
    if (!going_on_.empty()) {
      const auto work = std::move(going_on_.front());
      going_on_.pop_front();
      carefully(work);
      const auto took = Clock::now() - now;
      admission_.rest_took(took);
      spent(took);
      now += took;
      continue;
    }
    auto call = admission_.next();
    if (!call) break;
    const auto connection = call->connection.lock();
    if (!connection || !connection->waits_for(call->exchange)) continue;
    if (now < call->request.deadline) {
      admission_.turn_took(start(*connection, std::move(call->request)));
      now = Clock::now();
      continue;
    }
    shared.counters.expired.fetch_add(1, std::memory_order_relaxed);
    connection->refuse(call->exchange, "timeout", "the request waited too long: try again");
  }
  if (admission_.waiting() == 0) admission_.nobody_waits();
  crowd_since_ = admission_.waiting() > 0 ? now : Clock::time_point::max();
  round_spent_ = Clock::duration::zero();
}

void Worker::watch(Clock::time_point deadline) {
  if (deadline >= armed_) return;
  armed_ = deadline;
  timer_.expires_at(deadline);
  timer_.async_wait([this](Code cancelled) {
    if (!cancelled) sweep();
  });
}

void Worker::sweep() {
  const auto now = Clock::now();
  armed_ = Clock::time_point::max();
  auto next = Clock::time_point::max();
  for (Connection* connection : connections_) {
    if (connection->deadline() <= now) connection->expire();
    next = std::min(next, connection->deadline());
  }
  watch(next);
}

std::string_view Worker::date() {
  const long long second = std::chrono::duration_cast<std::chrono::seconds>(
                               std::chrono::system_clock::now().time_since_epoch())
                               .count();
  if (second != date_second_) {
    date_second_ = second;
    date_ = imf_date(second);
  }
  return date_;
}

std::uint64_t Worker::next_id() {
  // splitmix64: different for every request, and tells nobody how many there were.
  std::uint64_t mixed = id_seed_ + ++ids_ * 0x9e3779b97f4a7c15u;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
  return mixed ^ (mixed >> 31);
}

}  // namespace cofactor::service::http
