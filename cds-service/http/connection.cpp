// Promises: one connection from its first byte to its last: requests in order, a deadline in every
// phase, an answer to every whole request, and nothing a handler does can take the server down.
#include "cds-service/http/connection_private.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>

#include "cds-service/http/response_text.hpp"
#include "cds-service/http/router.hpp"

namespace cofactor::service::http {
namespace {

constexpr asio::use_awaitable_t<asio::io_context::executor_type> kAwait;

// After a refusal the client may still be sending; closing at once would reset the connection and
// take the refusal away before it is read.
constexpr std::chrono::milliseconds kLinger{1000};
constexpr std::size_t kLingerBytes = 16u << 20;

// Room for a header with a token. What stands behind it need not be copied when the call is refused from its header.
constexpr std::size_t kHeaderFirst = 4u << 10;

bool sane_id(std::string_view id) {
  if (id.empty() || id.size() > 64) return false;
  for (const char c : id)
    if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
          c == '.' || c == '_'))
      return false;
  return true;
}

std::string made_id(std::uint64_t number) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string id(16, '0');
  for (std::size_t i = 16; i-- > 0; number >>= 4) id[i] = kDigits[number & 15];
  return id;
}

/// The way back from the handler: once, from any thread, also when nobody is there any more.
class ReplySlot {
 public:
  ReplySlot(std::shared_ptr<Worker> worker, std::weak_ptr<Connection> connection,
            std::uint64_t exchange)
      : worker_(std::move(worker)), connection_(std::move(connection)), exchange_(exchange) {}
  ReplySlot(const ReplySlot&) = delete;
  ReplySlot& operator=(const ReplySlot&) = delete;
  ~ReplySlot() {
    // The handler let go of it without an answer: the client must not wait for the deadline.
    try {
      if (!used_) deliver(std::nullopt);
    } catch (const std::exception&) {  // memory alone can fail here: the deadline answers
    }
  }

  void reply(Response response) { deliver(std::move(response)); }

 private:
  void deliver(std::optional<Response> response) {
    if (used_.exchange(true)) return;
    // Whoever replies on the connection's own thread may hold a lock: then the connection goes on later.
    const bool here = worker_->io.get_executor().running_in_this_thread();
    auto hand_over = [connection = connection_, exchange = exchange_, response = std::move(response),
                      goes_on = here ? Connection::GoesOn::later : Connection::GoesOn::now]() mutable {
      Response lost;
      lost.status = 0;
      if (const auto alive = connection.lock())
        alive->answer(exchange, response ? std::move(*response) : std::move(lost), goes_on);
    };
    asio::dispatch(worker_->io, std::move(hand_over));
  }

  std::shared_ptr<Worker> worker_;
  std::weak_ptr<Connection> connection_;
  std::uint64_t exchange_;
  std::atomic<bool> used_{false};
};

}  // namespace

Connection::Connection(Worker& worker, Socket socket, std::shared_ptr<asio::ssl::context> tls,
                       std::string address, std::string network)
    : worker_(worker),
      shared_(worker.shared),
      stream_(std::move(socket), std::move(tls)),
      address_(std::move(address)),
      network_(std::move(network)),
      reader_(shared_.limits, worker_.buffers()) {
  worker_.add(*this);
}

Connection::~Connection() {
  hold(0);
  worker_.remove(*this);
  Code ignored;
  stream_.socket().close(ignored);  // before leave(): who counts connections must not see more
                                    // sockets than connections
  shared_.leave(network_);
}

Task<void> Connection::run() {
  const auto self = shared_from_this();
  Code ignored;
  stream_.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
  try {
    if (stream_.secure() && !co_await handshake()) co_return;
    while (co_await exchange()) {
      // What one read brought may be hundreds of small requests: others have their turn in between.
      if (!reader_.has_more()) continue;
      co_await asio::post(worker_.io, kAwait);
      if (stands_back_) co_await worker_.stand_back();
    }
    co_await finish();
  } catch (const std::exception&) {
    // Out of memory or descriptors: this connection ends, the others go on.
  }
}

Task<bool> Connection::handshake() {
  enter(Phase::handshaking, Clock::now() + shared_.limits.handshake_time);
  Code failed;
  co_await stream_.first_bytes(failed);
  if (!failed && !expired_) co_await worker_.handshake_turn(network_);
  // Who had no turn before the drain gets none.
  const bool turn = !failed && !expired_ && !aborted_ && !shared_.draining;
  if (turn) co_await stream_.handshake(failed);
  if (!turn || failed || expired_ || aborted_) {
    shared_.counters.handshakes_failed.fetch_add(1, std::memory_order_relaxed);
    co_return false;
  }
  tls_client_ = stream_.client();
  co_return true;
}

void Connection::enter(Phase phase, Clock::time_point deadline) {
  phase_ = phase;
  deadline_ = deadline;
  expired_ = false;
  worker_.watch(deadline);
}

void Connection::expire() {
  deadline_ = Clock::time_point::max();
  expired_ = true;
  if (phase_ == Phase::handling) {
    if (answer_ || !waiter_) return;
    shared_.counters.late.fetch_add(1, std::memory_order_relaxed);
    answer(exchange_, own(503, "timeout", "the answer was not ready in time: try again"));
    return;
  }
  shared_.counters.timed_out.fetch_add(1, std::memory_order_relaxed);
  Code ignored;
  stream_.socket().cancel(ignored);
}

void Connection::drain(bool hard) {
  Code ignored;
  if (!hard) {
    // Cancelled, not closed: bytes that have already come are still served.
    if (phase_ == Phase::handshaking || phase_ == Phase::skipping || (phase_ == Phase::idle && stream_.quiet()))
      stream_.socket().cancel(ignored);
    return;
  }
  aborted_ = true;
  stream_.socket().close(ignored);
  if (waiter_) answer(exchange_, own(503, "transient", "the service is going down"));
}

void Connection::answer(std::uint64_t exchange, Response response, GoesOn goes_on) {
  if (!waits_for(exchange)) return;
  if (response.status == 0) {
    response = own(500, "exception", "the call could not be answered");
    response.close = true;
  }
  answer_ = std::move(response);
  if (phase_ == Phase::handling) hold(0);
  if (!waiter_) return;
  auto waiter = std::move(waiter_);
  if (goes_on == GoesOn::now) return waiter->resume();
  asio::post(worker_.io, [waiter = std::move(waiter)] { waiter->resume(); });
}

bool Connection::waits_for(std::uint64_t exchange) const {
  return exchange == exchange_ && phase_ == Phase::handling && !answer_;
}

void Connection::refuse(std::uint64_t exchange, const char* code, const char* text) {
  answer(exchange, own(503, code, text));
}

Response Connection::own(int status, const char* code, const char* text) const {
  Response response = refusal(status, code, text, request_id_);
  if (shared_.own_answer) shared_.own_answer(origin_, response);
  return response;
}

Task<RequestReader::State> Connection::read_request() {
  using State = RequestReader::State;
  enter(Phase::idle, Clock::now() + shared_.limits.idle_time);
  State before = State::empty;
  for (;;) {
    State now = reader_.advance_to_body();
    if (now == State::body && before != State::body) {
      Request& request = reader_.request();
      request.remote_address = address_;
      request.tls_client = tls_client_;
      // Only reading finds the end of a chunked body; and who waits for "100 Continue" may send none.
      const Head& head = reader_.head();
      turned_away_ = !head.chunked && !head.expects_continue && worker_.turns_away(request);
      if (turned_away_) co_return now;
    }
    now = reader_.advance();
    no_room_ = !hold(reader_.request().body.size());
    if (no_room_) co_return State::body;
    if (now == State::complete || now == State::refused) co_return now;
    if (now == State::empty && shared_.draining && stream_.quiet()) co_return now;
    // Each phase has one deadline from its beginning: a byte now and then does not move it.
    if (now == State::header && before == State::empty)
      enter(Phase::reading, Clock::now() + shared_.limits.header_time);
    if (now == State::body && before != State::body) {
      enter(Phase::reading, Clock::now() + shared_.limits.body_time);
      if (reader_.owes_continue()) {
        Code failed;
        co_await stream_.write({asio::buffer("HTTP/1.1 100 Continue\r\n\r\n", 25), {}}, failed);
        if (failed) co_return State::empty;
      }
    }
    const bool body_begins = now == State::body && before != State::body;
    before = now;
    if (expired_) co_return now;
    Code failed;
    const auto space = [&] {
      const auto room = reader_.room();
      const bool all = now == State::body || !worker_.crowded();
      return asio::buffer(room.data(), all ? room.size() : std::min(room.size(), kHeaderFirst));
    };
    // The rest of a request has mostly come with its header. Once only: others have their turn between the reads of a long one.
    std::size_t got = body_begins ? stream_.read_now(space()) : 0;
    if (got == 0) {
      reader_.give_back();
      co_await stream_.readable(failed);
      if (failed) co_return now;
      if (stands_back_ && now == State::empty && !stream_.secure()) co_await worker_.stand_back();
      got = stream_.read_now(space());
    }
    if (got == 0) got = co_await stream_.read_some(space(), failed);
    if (failed) co_return now;
    reader_.received(got);
  }
}

Task<bool> Connection::exchange() {
  using State = RequestReader::State;
  answer_.reset();
  request_id_.clear();
  origin_.clear();
  if (!co_await skip_body()) co_return false;
  const State state = co_await read_request();
  // Nothing was asked, or the client went away in the middle.
  if (aborted_ || state == State::empty ||
      (state != State::complete && state != State::refused && !expired_ && !turned_away_ && !no_room_))
    co_return false;

  const Request& seen = reader_.head().request;
  const std::string_view given = seen.header("X-Request-Id");
  request_id_ = sane_id(given) ? std::string(given) : made_id(worker_.next_id());
  origin_ = seen.header("Origin");
  http_1_0_ = reader_.head().http_1_0;
  if (turned_away_) co_return co_await turn_away();
  if (state != State::complete) {
    Response response;
    if (state == State::refused) {
      shared_.counters.malformed.fetch_add(1, std::memory_order_relaxed);
      response =
          own(reader_.refusal().status, reader_.refusal().issue_code, reader_.refusal().text);
    } else if (no_room_) {
      shared_.counters.shed.fetch_add(1, std::memory_order_relaxed);
      response = own(503, "throttled", "too many long bodies are being sent at once: try again");
      reader_.forget_body();
      hold(0);
    } else {
      response = own(408, "timeout", "the request took too long to arrive");
    }
    response.close = true;
    unread_ = co_await write(std::move(response), seen.method != "HEAD");
    co_return false;
  }

  arrived_ = Clock::now() - stream_.age_of_last_bytes();
  const bool with_body = seen.method != "HEAD", keep = reader_.head().keep_alive;
  shared_.counters.requests.fetch_add(1, std::memory_order_relaxed);
  Request request = reader_.take();
  request.request_id = request_id_;
  request.arrived = arrived_;
  request.deadline = deadline_of(request.arrived, shared_.limits);
  enter(Phase::handling, request.deadline);
  ++exchange_;
  request.thread = worker_.shared_from_this();
  stands_back_ = !worker_.serve(*this, exchange_, std::move(request));
  if (!answer_) co_await wait_for_answer();
  if (aborted_) co_return false;
  Response response = std::move(*answer_);
  response.close = response.close || !keep || shared_.draining;
  const bool close = response.close;
  if (stands_back_ && stream_.secure()) co_await worker_.stand_back();  // in turn_away() those whose body was left alone
  const bool sent = co_await write(std::move(response), with_body);
  unread_ = sent && close && reader_.has_more();
  co_return sent && !close;
}

Task<bool> Connection::turn_away() {
  turned_away_ = false;
  if (stream_.secure()) co_await worker_.stand_back();  // it had to be read to be known
  stands_back_ = true;
  shared_.counters.requests.fetch_add(1, std::memory_order_relaxed);
  shared_.counters.shed.fetch_add(1, std::memory_order_relaxed);
  Response response = own(503, "throttled", "the service is busy: try again");
  response.close = !reader_.head().keep_alive || shared_.draining;
  const bool close = response.close, with_body = reader_.head().request.method != "HEAD";
  unwanted_ = reader_.leave_body();
  const bool sent = co_await write(std::move(response), with_body);
  unread_ = sent && close && (unwanted_ > 0 || reader_.has_more());
  co_return sent && !close;
}

Task<bool> Connection::skip_body() {
  if (unwanted_ > 0) enter(Phase::skipping, Clock::now() + shared_.limits.body_time);
  bool waited = false;
  while (unwanted_ > 0 && !expired_ && !shared_.draining) {
    Code failed;
    const auto room = reader_.room();
    const auto most = std::min<std::uint64_t>(unwanted_, room.size());
    const auto scratch = asio::buffer(room.data(), static_cast<std::size_t>(most));
    std::size_t skipped = stream_.skip_now(scratch);
    if (skipped == 0 && (waited || stream_.secure())) skipped = co_await stream_.skip(scratch, failed);
    reader_.give_back();
    waited = skipped == 0;
    if (waited && !failed) co_await stream_.readable(failed);
    if (failed) co_return false;
    unwanted_ -= skipped;
  }
  co_return unwanted_ == 0;
}

bool Connection::hold(std::size_t body_bytes) {
  auto& all = shared_.counters.pending_body_bytes;
  const std::size_t before = std::exchange(held_, body_bytes);
  const std::size_t now = all.fetch_add(body_bytes - before, std::memory_order_relaxed) + body_bytes - before;
  if (body_bytes <= kSmallBody && before <= kSmallBody) return true;
  const bool own_share = shared_.hold_long_body(network_, before > kSmallBody ? before : 0, body_bytes > kSmallBody ? body_bytes : 0);
  return body_bytes <= before || (own_share && now <= shared_.limits.pending_body_bytes);
}

void Connection::start_handler(Request request) {
  hold(0);  // its calls under way are limited elsewhere
  const auto slot =
      std::make_shared<ReplySlot>(worker_.shared_from_this(), weak_from_this(), exchange_);
  try {
    shared_.handler(std::move(request),
                    [slot](Response response) { slot->reply(std::move(response)); });
  } catch (...) {
    // A handler may throw anything; what it was about to say is not trusted any more.
    Response lost;
    lost.status = 0;
    slot->reply(std::move(lost));
  }
}

Task<void> Connection::wait_for_answer() {
  return suspend([this](auto waiter) { waiter_ = std::move(waiter); });
}

Task<bool> Connection::write(Response response, bool with_body) {
  enter(Phase::writing, Clock::now() + shared_.limits.write_time);
  write_head(response, {request_id_, worker_.date(), http_1_0_, response.close}, head_);
  std::array<asio::const_buffer, 2> parts{
      asio::buffer(head_), with_body ? asio::buffer(response.body) : asio::const_buffer()};
  std::size_t sent = stream_.write_now(parts);
  for (asio::const_buffer& part : parts) {
    const std::size_t of_this = std::min(sent, part.size());
    part += of_this;
    sent -= of_this;
  }
  Code failed;
  if (asio::buffer_size(parts) > 0) co_await stream_.write(parts, failed);
  broken_ = broken_ || failed;
  co_return !failed;
}

Task<void> Connection::finish() {
  if (aborted_ || broken_ || (!unread_ && !stream_.secure())) co_return;
  enter(Phase::lingering, Clock::now() + kLinger);
  Code failed;
  co_await stream_.finish_sending(failed);
  std::array<char, 4096> scratch;
  for (std::size_t read = 0; unread_ && !failed && !expired_ && read < kLingerBytes;)
    read += co_await stream_.read_raw(asio::buffer(scratch), failed);
}

}  // namespace cofactor::service::http
