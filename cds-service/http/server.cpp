// Promises: see server.hpp. This unit has the acceptor, the threads and the drain.
#include "cds-service/http/server.hpp"

#include <utility>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <optional>
#include <thread>
#include <vector>

#include "cds-service/http/caller_network.hpp"
#include "cds-service/http/connection_private.hpp"
#include "cds-service/ops/cores.hpp"

namespace cofactor::service::http {
namespace {

using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, asio::io_context::executor_type>;
constexpr asio::use_awaitable_t<asio::io_context::executor_type> kAwait;

// Out of descriptors: the waiting connection stays readable, so accepting again at once would spin.
constexpr std::chrono::milliseconds kOutOfDescriptors{100};
constexpr std::chrono::milliseconds kOutOfMemory{1};
constexpr std::string_view kFull =
    "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nCache-Control: "
    "no-store\r\nConnection: close\r\n\r\n";

constexpr std::size_t kTakenTogether = 32;  // connections

std::string address_of(const Socket& socket) {
  Code failed;
  auto address = socket.remote_endpoint(failed).address();
  if (failed) return {};
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  return address.to_string(failed);
}

}  // namespace

bool Shared::hold_long_body(const std::string& network, std::size_t before, std::size_t now) {
  // So that a few slow uploads of one sender leave room for everybody else's.
  constexpr std::size_t kParts = 4;
  const std::lock_guard lock(mutex);
  std::size_t& mine = long_bodies[network];
  mine += now - before;
  const bool fine = mine <= limits.pending_body_bytes / kParts;
  if (mine == 0) long_bodies.erase(network);
  return fine;
}

bool Shared::admit(const std::string& network) {
  const std::lock_guard lock(mutex);
  std::size_t& here = per_address[network];
  const bool full = counters.open >= limits.connections ||
                    (limits.connections_per_address > 0 && here >= limits.connections_per_address);
  if (full) {
    if (here == 0) per_address.erase(network);
    return false;
  }
  ++here;
  ++counters.open;
  return true;
}

void Shared::leave(const std::string& network) {
  const std::lock_guard lock(mutex);
  const auto here = per_address.find(network);
  if (here != per_address.end() && --here->second == 0) per_address.erase(here);
  --counters.open;
  closed.notify_all();
}

std::shared_ptr<asio::ssl::context> Shared::tls_now() {
  const std::lock_guard lock(mutex);
  return tls;
}

struct Server::State {
  std::string address;
  std::uint16_t port = 0;
  Shared shared;
  std::vector<std::shared_ptr<Worker>> workers;
  std::vector<std::thread> threads;
  std::optional<Acceptor> acceptor;
  std::atomic<bool> accepting{false};
  std::size_t next = 0;

  Task<void> accept();
  Task<bool> accept_some();
  void take_in(Socket socket, Worker& worker);
  Code open(const asio::ip::tcp::endpoint& endpoint);
};

Server::Server(std::string address, std::uint16_t port, unsigned threads, ServerLimits limits,
               Handler handler, OwnAnswer own_answer)
    : state_(std::make_unique<State>()) {
  state_->address = std::move(address);
  state_->port = port;
  state_->shared.limits = limits;
  state_->shared.handler = std::move(handler);
  state_->shared.own_answer = std::move(own_answer);
  const unsigned count = threads > 0 ? threads : ops::usable_cores();
  for (unsigned i = 0; i < count; ++i)
    state_->workers.push_back(std::make_shared<Worker>(state_->shared));
}

Server::~Server() { drain(Clock::now()); }

Code Server::State::open(const asio::ip::tcp::endpoint& endpoint) {
  Code failed;
  acceptor.emplace(workers.front()->io);
  acceptor->open(endpoint.protocol(), failed);
  if (!failed) acceptor->set_option(Acceptor::reuse_address(true), failed);
  if (!failed) acceptor->bind(endpoint, failed);
  if (!failed) acceptor->listen(asio::socket_base::max_listen_connections, failed);
  if (!failed) acceptor->non_blocking(true, failed);
  if (!failed) port = acceptor->local_endpoint(failed).port();
  return failed;
}

void Server::share_by(SenderOf sender) { state_->shared.sender_of = std::move(sender); }

void Server::expect_wait(ExpectLater later) { state_->shared.later_wait = std::move(later); }

Result<TlsCertificate> Server::use_tls(const TlsSettings& settings) {
  Shared& shared = state_->shared;
  if (state_->accepting && !shared.tls_now())
    return fail("tls-needs-restart",
                "the listener was started without TLS: restart the service to turn it on");
  auto loaded = load_tls(settings);
  if (!loaded) return tl::unexpected(loaded.error());
  auto next = std::make_shared<asio::ssl::context>(loaded->context.release());
  const std::lock_guard lock(shared.mutex);
  shared.tls = std::move(next);
  return std::move(loaded->certificate);
}

Result<void> Server::start() {
  Code failed;
  const auto address = asio::ip::make_address(
      state_->address == "localhost" ? "127.0.0.1" : state_->address, failed);
  if (!failed) failed = state_->open({address, state_->port});
  if (failed)
    return fail("cannot-listen", "cannot listen on `" + state_->address + ":" +
                                     std::to_string(state_->port) + "`: " + failed.message() +
                                     "; choose a free port and an address of this machine");
  state_->accepting = true;
  asio::co_spawn(state_->workers.front()->io, state_->accept(), asio::detached);
  for (const auto& worker : state_->workers)
    state_->threads.emplace_back([worker] { worker->run(); });
  return {};
}

Task<void> Server::State::accept() {
  asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, asio::io_context::executor_type>
      pause(workers.front()->io);
  while (accepting) {
    try {
      Code ignored;
      if (co_await accept_some()) continue;
      pause.expires_after(kOutOfDescriptors);
      co_await pause.async_wait(asio::redirect_error(kAwait, ignored));
    } catch (const std::exception&) {  // memory alone can fail here, also for such a wait: a service that takes in nobody any more is no service
      std::this_thread::sleep_for(kOutOfMemory);
    }
  }
  Code ignored;
  acceptor->close(ignored);
}

/// False: no descriptors are left.
Task<bool> Server::State::accept_some() {
  Worker& worker = *workers[next++ % workers.size()];
  Code failed;
  Socket socket = co_await acceptor->async_accept(worker.io.get_executor(), asio::redirect_error(kAwait, failed));
  if (failed) co_return !accepting || failed == asio::error::connection_aborted;
  take_in(std::move(socket), worker);
  // Who comes at the same time is taken in at the same time: one at each look at the sockets would keep a thousand waiting
  // for as many rounds of turns.
  for (std::size_t more = kTakenTogether; more > 0 && accepting; --more) {
    Worker& its = *workers[next % workers.size()];
    Socket another(its.io);
    if (acceptor->accept(another, failed); failed) break;
    ++next;
    take_in(std::move(another), its);
  }
  co_return true;
}

void Server::State::take_in(Socket socket, Worker& worker) {
  std::string peer = address_of(socket), network = caller_network(peer);
  auto tls = shared.tls_now();
  if (shared.admit(network)) {
    shared.counters.accepted.fetch_add(1, std::memory_order_relaxed);
    try {
      return worker.adopt(std::move(socket), std::move(tls), std::move(peer), network);
    } catch (const std::exception&) {
      return shared.leave(network);  // out of memory: its place must come back
    }
  }
  shared.counters.refused.fetch_add(1, std::memory_order_relaxed);
  Code ignored;
  // The buffer of a new socket is empty, so this cannot wait. Inside TLS it would cost a handshake.
  if (!tls) socket.send(asio::buffer(kFull.data(), kFull.size()), 0, ignored);
  socket.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
}

std::uint16_t Server::port() const { return state_->port; }

const ServerCounters& Server::counters() const { return state_->shared.counters; }

void Server::drain(Clock::time_point by) {
  State& state = *state_;
  if (state.threads.empty()) return;
  state.shared.draining = true;
  state.accepting = false;
  asio::post(state.workers.front()->io, [&state] {
    Code ignored;
    state.acceptor->cancel(ignored);
  });
  const auto gone = [&] { return state.shared.counters.open == 0; };
  const auto wait = [&](bool hard, Clock::time_point until) {
    for (const auto& worker : state.workers) worker->drain(hard);
    std::unique_lock lock(state.shared.mutex);
    return state.shared.closed.wait_until(lock, until, gone);
  };
  // A closed connection leaves nothing to wait for, so the hard pass ends by itself; its bound is a
  // net.
  if (!wait(false, by)) wait(true, Clock::now() + std::chrono::seconds(2));
  for (const auto& worker : state.workers) worker->io.stop();
  for (std::thread& thread : state.threads) thread.join();
  state.threads.clear();
  // What a blocked handler kept from running: each coroutine must end before the server goes.
  for (const auto& worker : state.workers) worker->end();
}

}  // namespace cofactor::service::http
