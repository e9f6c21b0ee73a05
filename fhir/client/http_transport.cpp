// Promises: see http_transport.hpp. The only file that sees cpprestsdk. What its client does wrong by itself is answered
// here: negative chunk sizes (seen by the progress handler before memory is asked for), a timeout that every byte
// restarts (a deadline of ours cancels), redirects (none), stale and soiled pooled connections (looked at before use),
// look-ups that hang (it only ever sees addresses), certificates loaded anew for each connection (one store).
#include "fhir/client/http_transport.hpp"

#include <cpprest/containerstream.h>
#include <cpprest/http_client.h>
#include <pplx/threadpool.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <latch>
#include <thread>
#include <map>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include "fhir/client/answer_header.hpp"
#include "fhir/client/deadline_thread.hpp"
#include "fhir/client/flood_watch.hpp"
#include "fhir/client/server_table.hpp"
#include "fhir/client/trust.hpp"
#include "fhir/client/wiped_memory.hpp"

namespace cofactor::fhir::client {
namespace {

namespace http = web::http;
using Buffer = concurrency::streams::container_buffer<std::vector<std::uint8_t>>;
using Socket = boost::asio::ip::tcp::socket;
using SecureStream = boost::asio::ssl::stream<Socket&>;
using std::chrono::milliseconds;

constexpr milliseconds flood_interval{10};
constexpr std::size_t most_running = 512;     ///< requests to one server at a time
constexpr int most_stale = 64;                ///< pooled connections found dead before one request gives up

/// Thrown through cpprestsdk to end a request: what was wrong with the answer.
struct Refused {
  FhirFailure why;
};
/// Thrown before a pooled connection is used: the server closed it, or sent what nobody asked for.
struct Stale {};

/// What has arrived of one body. cpprestsdk tells it before each piece is stored, chunks of negative size included.
struct Progress {
  std::uint64_t limit = 0, last = 0;
  void arrived(std::uint64_t so_far) {
    if (so_far < last) throw Refused{FhirFailure::not_fhir};
    if (so_far > limit) throw Refused{FhirFailure::too_large};
    last = so_far;
  }
};

std::string header(const http::http_response& response, const char* name) {
  const auto found = response.headers().find(name);
  return found == response.headers().end() ? std::string() : found->second;
}

FhirFailure judge(const http::http_response& response, std::size_t body_bytes) {
  const auto version = response._get_impl()->http_version();
  return client::judge({response.status_code(), version.major, version.minor, header(response, "Transfer-Encoding"),
                        header(response, "Content-Length"), header(response, "Content-Encoding")},
                       body_bytes);
}

/// Every thread of the pool wipes what it frees: requests with their tokens are put together and thrown away there.
void start_pool(unsigned threads) {
  try {
    crossplat::threadpool::initialize_with_threads(threads);
  } catch (const std::exception&) {
    return;  // somebody else was first: its pool serves as well, and about_to_use() reaches its threads one by one
  }
  const auto all_here = std::make_shared<std::latch>(threads);
  for (unsigned i = 0; i < threads; ++i)
    crossplat::threadpool::shared_instance().service().post([all_here] {
      const WipeFreedMemory wiping(WipeFreedMemory::for_good);
      // Waits for the others, so that no thread takes two of these; but not for ever: a process that ends at once stops the
      // pool before all of its threads have begun.
      all_here->count_down();
      for (int tries = 0; tries < 500 && !all_here->try_wait(); ++tries) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    });
}

FhirFailure failure_of(const http::http_exception& problem) {
  if (problem.error_code() == std::errc::timed_out) return FhirFailure::timeout;
  const std::string_view text = problem.what();
  if (text.find("SSL handshake") != std::string_view::npos) return FhirFailure::tls;
  if (text.find("Invalid") != std::string_view::npos) return FhirFailure::not_fhir;
  return FhirFailure::unreachable;
}

}  // namespace

/// One request from beginning to end. Whoever finishes it first, answer or deadline, wins. Whoever lets go of it last throws
/// away what was answered, so every thread that holds one wipes what it frees.
struct Call {
  std::function<void(HttpAnswer)> done;
  std::function<void()> finished;  ///< after `done` returned
  std::mutex mutex;
  pplx::cancellation_token_source cancel;
  HttpRequest request;
  DeadlineThread::Ticket ticket;
  FhirFailure verdict = FhirFailure::not_fhir;  ///< of the header
  std::string content_type;
  Buffer buffer;
  std::shared_ptr<Progress> progress = std::make_shared<Progress>();
  http::http_request message{http::methods::GET};
  int stale = 0;

  bool finish(HttpAnswer answer) {
    std::function<void(HttpAnswer)> call;
    SharedSecret unused;  // still there when it ends before prepare(), while a name is looked up that may never be found
    {
      const std::lock_guard lock(mutex);
      call = std::exchange(done, nullptr);
      unused = std::exchange(request.token, nullptr);
    }
    unused.reset();
    if (!call) return false;
    call(std::move(answer));
    call = nullptr;  // what it holds is gone before anybody is told
    if (const auto tell = std::exchange(finished, nullptr)) tell();
    return true;
  }
  bool fail(FhirFailure why) { return finish({why, {}, {}}); }

  /// Once, before it is sent. False when it has ended already.
  bool prepare(const std::string& host) {
    SharedSecret secret;
    {
      const std::lock_guard lock(mutex);
      if (!done) return false;
      secret = std::exchange(request.token, nullptr);
    }
    message.set_request_uri(web::uri(request.target));
    auto& headers = message.headers();
    headers["Host"] = host;
    headers["Accept"] = request.accept;
    headers["Accept-Encoding"] = "identity";
    if (secret && !secret->empty()) {
      const std::string_view token = secret->reveal();
      std::string& value = headers["Authorization"];
      value.reserve(7 + token.size());  // one copy, which forget() can wipe
      value.append("Bearer ").append(token);
    }
    progress->limit = request.body_bytes;
    message.set_progress_handler([state = progress](http::message_direction::direction way, utility::size64_t so_far) {
      if (way == http::message_direction::download) state->arrived(so_far);
    });
    message.set_response_stream(buffer.create_ostream());
    return true;
  }

  /// Only before cpprestsdk has the message, or after it has done with it.
  void forget() {
    const auto found = message.headers().find("Authorization");
    if (found != message.headers().end()) wipe(found->second.data(), found->second.size());
  }
};

/// One server at one address: its pooled connections and what runs on them.
struct Server {
  std::unique_ptr<http::client::http_client> client;
  FloodWatch flood;
  std::mutex mutex;
  std::set<std::shared_ptr<Call>> running;
  bool watching = false;
};

struct HttpTransport::State : std::enable_shared_from_this<State> {
  explicit State(TransportSettings given)
      : settings(std::move(given)),
        book(settings.resolver ? settings.resolver : system_resolver(), settings.addresses),
        trust(settings.system_ca_file) {}

  TransportSettings settings;
  TransportCounters counters;
  AddressBook book;
  TrustStores trust;
  DeadlineThread deadlines;
  std::mutex mutex;
  std::condition_variable one_less;
  ServerTable<Server> servers;
  std::map<const Call*, std::weak_ptr<Call>> calls;  ///< whose `done` has not returned
  bool closed = false;

  /// False when no call may begin any more.
  bool enter(const std::shared_ptr<Call>& call) {
    const std::lock_guard lock(mutex);
    if (closed) return false;
    calls.emplace(call.get(), call);
    call->finished = [self = shared_from_this(), key = call.get()] {
      const std::lock_guard inner(self->mutex);
      self->calls.erase(key);
      self->one_less.notify_all();
    };
    return true;
  }

  /// Looks at a connection before it is used. Runs on cpprestsdk's threads.
  void about_to_use(void* handle, const Origin& origin, bool six, const std::weak_ptr<Server>& weak) {
    const WipeFreedMemory wiping(WipeFreedMemory::for_good);
    Socket* socket = static_cast<Socket*>(handle);
    if (origin.secure) {
      auto* stream = static_cast<SecureStream*>(handle);
      socket = &stream->next_layer();
      if (!socket->is_open()) name_server(stream->native_handle(), origin.host);
    }
    if (socket->is_open()) {
      char byte;
      const auto waiting = recv(socket->native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
      if (waiting >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK)) {
        ++counters.stale_connections;
        throw Stale{};
      }
    } else {
      socket->open(six ? boost::asio::ip::tcp::v6() : boost::asio::ip::tcp::v4());  // now, so that the watch knows it
      ++counters.connections;
    }
    if (const auto server = weak.lock()) server->flood.begin(socket->native_handle());
  }

  Result<std::shared_ptr<Server>> server(const Origin& origin, const std::string& address) {
    std::shared_ptr<Server> leaves;  // after the lock
    const std::lock_guard lock(mutex);
    if (auto known = servers.find(origin, address)) return known;
    http::client::http_client_config config;
    config.set_max_redirects(0);
    config.set_timeout(std::chrono::seconds(60));  // of inactivity; our deadlines are shorter
    if (origin.secure) {
      auto store = trust.of(origin.ca_file, origin.ca_version);
      if (!store) return tl::unexpected(store.error());
      config.set_tlsext_sni_enabled(false);  // name_server() says the name without the port
      config.set_ssl_context_callback([store = *store, host = origin.host](boost::asio::ssl::context& context) {
        demand_trust(context.native_handle(), store, host);
      });
    }
    auto made = std::make_shared<Server>();
    config.set_nativehandle_options(
        [weak_state = weak_from_this(), origin, six = address.find(':') != std::string::npos, weak = std::weak_ptr<Server>(made)](http::client::native_handle handle) {
          if (const auto state = weak_state.lock()) state->about_to_use(handle, origin, six, weak);
        });
    // Put together from its parts, because cpprestsdk looks the host up as it stands there: an IPv6 address without brackets.
    const auto url = web::uri_builder().set_scheme(origin.secure ? "https" : "http").set_host(address).set_port(origin.port).to_uri();
    made->client = std::make_unique<http::client::http_client>(url, config);
    leaves = servers.add(origin, address, made);
    return made;
  }

  void start(const std::shared_ptr<Call>& call, const Origin& origin, const Result<std::string>& address) {
    if (!address) {
      call->fail(address.error().code == code_of(FhirFailure::address) ? FhirFailure::address : FhirFailure::unreachable);
      return;
    }
    const auto found = server(origin, *address);
    if (!found) {
      call->fail(FhirFailure::tls);
      return;
    }
    const std::shared_ptr<Server>& to = *found;
    if (!call->prepare(origin.authority())) return;
    const bool busy = [&] {
      const std::lock_guard lock(to->mutex);
      return to->running.size() >= most_running || !to->running.insert(call).second;
    }();
    if (busy) {  // told without the lock: whoever is told may come back here at once
      call->forget();
      call->fail(FhirFailure::busy);
      return;
    }
    watch(to);
    send(call, to, origin.host, *address);
  }

  void send(const std::shared_ptr<Call>& call, const std::shared_ptr<Server>& to, const std::string& host, const std::string& address) {
    ++counters.requests;
    call->progress->last = 0;
    to->client->request(call->message, call->cancel.get_token())
        .then([call](const pplx::task<http::http_response>& headers) {
          http::http_response response = headers.get();
          call->verdict = judge(response, call->request.body_bytes);
          if (call->verdict == FhirFailure::not_fhir || call->verdict == FhirFailure::too_large) throw Refused{call->verdict};
          call->content_type = media_type(header(response, "Content-Type"));
          return response.content_ready();
        })
        .then([self = shared_from_this(), call, to, host, address](const pplx::task<http::http_response>& whole) {
          self->ended(call, to, host, address, whole);
        });
  }

  /// The end of every chain: nothing may leave it as an exception.
  void ended(const std::shared_ptr<Call>& call, const std::shared_ptr<Server>& to, const std::string& host,
             const std::string& address, const pplx::task<http::http_response>& whole) noexcept {
    const WipeFreedMemory wiping(WipeFreedMemory::for_good);
    HttpAnswer answer;
    answer.failure = FhirFailure::unreachable;
    try {
      whole.get();
      answer.failure = call->verdict;
      if (answer.failure == FhirFailure::none) {
        answer.content_type = std::move(call->content_type);
        const auto& bytes = call->buffer.collection();
        answer.body.assign(bytes.begin(), bytes.end());
      }
    } catch (const Stale&) {
      if (Clock::now() < call->request.deadline && ++call->stale < most_stale) {
        try {
          return send(call, to, host, address);
        } catch (...) {
        }
      }
    } catch (const Refused& refused) {
      answer.failure = refused.why;
      call->cancel.cancel();  // closes the connection: what follows on it is not to be trusted
    } catch (const http::http_exception& problem) {
      answer.failure = failure_of(problem);
      if (answer.failure == FhirFailure::unreachable) book.did_not_answer(host, address);
    } catch (...) {
    }
    try {
      {
        const std::lock_guard lock(to->mutex);
        to->running.erase(call);
      }
      call->forget();
      deadlines.cancel(call->ticket);
      call->finish(std::move(answer));
    } catch (...) {
    }
  }

  /// As long as requests run, looks now and then whether the server sends more than any answer may have. It is then
  /// hostile or broken, and all that runs on its connections ends.
  void watch(const std::shared_ptr<Server>& to) {
    {
      const std::lock_guard lock(to->mutex);
      if (to->watching || to->running.empty()) return;
      to->watching = true;
    }
    deadlines.at(Clock::now() + flood_interval, [weak = weak_from_this(), to] {
      if (const auto self = weak.lock()) self->look(to);
    });
  }

  void look(const std::shared_ptr<Server>& to) {
    std::set<std::shared_ptr<Call>> running;
    {
      const std::lock_guard lock(to->mutex);
      to->watching = false;
      running = to->running;
    }
    std::size_t most = 0;
    for (const auto& call : running) most = std::max(most, call->request.body_bytes);
    if (!running.empty() && to->flood.flooded(most + settings.flood_bytes)) {
      ++counters.floods;
      for (const auto& call : running) {
        call->fail(FhirFailure::too_large);
        call->cancel.cancel();
      }
      return;  // the next request begins a new watch
    }
    watch(to);
  }
};

HttpTransport::HttpTransport(TransportSettings settings) {
  const unsigned threads = std::clamp(settings.threads, 2u, 4u);
  state_ = std::make_shared<State>(std::move(settings));
  static std::once_flag once;
  std::call_once(once, [threads] {
    forget_default_ca_file();
    begin_openssl();
    start_pool(threads);
  });
}

HttpTransport::~HttpTransport() { stop(); }

void HttpTransport::stop() {
  const WipeFreedMemory wiping(WipeFreedMemory::this_scope);
  std::vector<std::shared_ptr<Call>> running;
  {
    const std::lock_guard lock(state_->mutex);
    state_->closed = true;
    for (const auto& [key, call] : state_->calls)
      if (auto alive = call.lock()) running.push_back(std::move(alive));
  }
  for (const auto& call : running) {
    call->fail(FhirFailure::unreachable);
    call->cancel.cancel();
  }
  running.clear();
  {
    std::unique_lock lock(state_->mutex);
    state_->one_less.wait_for(lock, std::chrono::seconds(5), [this] { return state_->calls.empty(); });
  }
  state_->deadlines.stop();
}

void HttpTransport::get(const Origin& origin, HttpRequest request, std::function<void(HttpAnswer)> done) {
  const WipeFreedMemory wiping(WipeFreedMemory::this_scope);  // it may end before this returns
  auto call = std::make_shared<Call>();
  call->request = std::move(request);
  call->done = std::move(done);
  if (Clock::now() >= call->request.deadline) {
    call->fail(FhirFailure::timeout);
    return;
  }
  if (!state_->enter(call)) {
    call->fail(FhirFailure::unreachable);
    return;
  }
  call->ticket = state_->deadlines.at(call->request.deadline, [call] {
    call->fail(FhirFailure::timeout);
    call->cancel.cancel();
  });
  state_->book.find(origin.host, origin.addresses, [weak = std::weak_ptr(state_), call, origin](const Result<std::string>& address) {
    const auto state = weak.lock();
    try {
      if (state && !call->cancel.get_token().is_canceled()) return state->start(call, origin, address);
    } catch (const std::exception&) {  // a target that is no URI, or no memory
    }
    call->fail(FhirFailure::unreachable);
  });
}

void HttpTransport::forget(const Origin& origin) {
  std::vector<std::shared_ptr<Server>> leave;
  const std::lock_guard lock(state_->mutex);
  leave = state_->servers.forget(origin);
}

Result<void> HttpTransport::check_trust(const Origin& origin) {
  if (!origin.secure) return {};
  if (const auto store = state_->trust.of(origin.ca_file, origin.ca_version); !store) return tl::unexpected(store.error());
  return {};
}

const TransportCounters& HttpTransport::counters() const { return state_->counters; }

}  // namespace cofactor::fhir::client
