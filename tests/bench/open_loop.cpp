// Promises: a load generator with open arrivals: requests leave by a schedule that does not wait for answers, and each
// latency counts from the moment the request was due. Several callers, each with its own rate, connections and source
// address, on one thread. Prints one JSON object.
//   open_loop PORT PATH BODY-FILE SECONDS [--tls] [--awake] [--tokens FILE] CALLER...   CALLER is RATE,CONNECTIONS,SOURCE-ADDRESS
// --awake: never sleeps, for a core of its own; else the server, over loopback, pays for waking it with each answer.
// FILE has a bearer token a line. One that was refused with 503 at once is used again; when all are used, it ends.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using Micros = std::chrono::microseconds;

// A refusal that takes longer may have come after the token was remembered.
constexpr long kAtOnce = 50'000;

struct Line {
  int socket = -1;
  SSL* ssl = nullptr;
  std::size_t caller = 0, sent = 0;
  Clock::time_point due;
  bool busy = false, waits_to_write = false;
  std::string in, request;
  std::string token;
};

struct Caller {
  double rate = 0;
  std::size_t connections = 0;
  std::string source;
  Clock::time_point next;
  std::deque<Line*> free;  // in turns, so that every connection is used
  std::deque<Clock::time_point> due;  // no free connection: the request waits here, and its latency grows
  std::map<int, std::vector<std::uint32_t>> took;  // status -> microseconds
  std::uint64_t offered = 0, broken = 0;
};

class Generator {
 public:
  Generator(std::uint16_t port, std::string head, std::string body, std::deque<std::string> tokens, bool tls, bool awake, std::vector<Caller> callers)
      : port_(port), head_(std::move(head)), body_(std::move(body)), with_tokens_(!tokens.empty()), awake_(awake), tokens_(std::move(tokens)), callers_(std::move(callers)), poll_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (tls) context_ = SSL_CTX_new(TLS_client_method());
    for (std::size_t i = 0; i < callers_.size(); ++i)
      for (std::size_t n = 0; n < callers_[i].connections; ++n) {
        lines_.push_back(std::make_unique<Line>());
        lines_.back()->caller = i;
        open(*lines_.back());
      }
  }

  void run(double seconds) {
    const auto begun = Clock::now(), end = begun + Micros(static_cast<long>(seconds * 1e6));
    for (Caller& caller : callers_) caller.next = begun + gap(caller.rate);
    std::vector<epoll_event> events(512);
    for (;;) {
      auto now = Clock::now();
      if (now >= end + std::chrono::seconds(1)) break;
      auto next = end + std::chrono::seconds(1);
      bool owed = false;
      for (Caller& caller : callers_) {
        while (caller.next <= now && caller.next < end) {
          caller.due.push_back(caller.next);
          ++caller.offered;
          caller.next += gap(caller.rate);
        }
        while (!caller.due.empty() && !caller.free.empty()) {
          Line& line = *caller.free.front();
          caller.free.pop_front();
          line.due = caller.due.front();
          caller.due.pop_front();
          line.busy = true;
          line.sent = 0;
          if (with_tokens_ || line.request.empty()) line.request = head_;
          if (with_tokens_) {
            if (tokens_.empty()) {
              std::fputs("open_loop: too few tokens\n", stderr);
              std::exit(1);
            }
            line.token = std::move(tokens_.front());
            tokens_.pop_front();
            line.request += "Authorization: Bearer " + line.token + "\r\n";
          }
          if (line.request.size() < head_.size() + body_.size()) line.request.append("\r\n").append(body_);
          write(line);
        }
        if (caller.next < end) next = std::min(next, caller.next);
        owed = owed || caller.free.size() < caller.connections;
      }
      if (now >= end && !owed) break;
      const auto wait = awake_ ? 0 : std::chrono::duration_cast<std::chrono::nanoseconds>(next - Clock::now()).count();
      const timespec sleep{wait > 0 ? wait / 1000000000 : 0, wait > 0 ? wait % 1000000000 : 0};
      const int ready = ::epoll_pwait2(poll_, events.data(), static_cast<int>(events.size()), &sleep, nullptr);
      for (int i = 0; i < ready; ++i) {
        Line& line = *static_cast<Line*>(events[static_cast<std::size_t>(i)].data.ptr);
        if (line.waits_to_write) write(line);
        read(line);
      }
    }
    seconds_ = seconds;
  }

  void print() {
    std::printf("{\"seconds\":%.3f,\"callers\":[", seconds_);
    for (std::size_t i = 0; i < callers_.size(); ++i) {
      Caller& caller = callers_[i];
      std::printf("%s{\"offered\":%llu,\"unsent\":%zu,\"broken\":%llu,\"statuses\":{", i > 0 ? "," : "",
                  static_cast<unsigned long long>(caller.offered), caller.due.size(),
                  static_cast<unsigned long long>(caller.broken));
      bool first = true;
      for (auto& [status, took] : caller.took) {
        std::sort(took.begin(), took.end());
        const auto at = [&took = took](double share) {
          return took[std::min(took.size() - 1, static_cast<std::size_t>(share * static_cast<double>(took.size())))];
        };
        std::printf("%s\"%d\":{\"count\":%zu,\"p50\":%u,\"p99\":%u,\"p999\":%u,\"max\":%u}", first ? "" : ",", status,
                    took.size(), at(0.5), at(0.99), at(0.999), took.back());
        first = false;
      }
      std::printf("}}");
    }
    std::printf("]}\n");
  }

 private:
  Clock::duration gap(double rate) {
    std::exponential_distribution<double> law(rate);
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(law(random_)));
  }

  void open(Line& line) {
    Caller& caller = callers_[line.caller];
    line.socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in from{}, to{};
    from.sin_family = to.sin_family = AF_INET;
    ::inet_pton(AF_INET, caller.source.c_str(), &from.sin_addr);
    to.sin_port = htons(port_);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    ::setsockopt(line.socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
    if (::bind(line.socket, reinterpret_cast<sockaddr*>(&from), sizeof(from)) != 0 ||
        ::connect(line.socket, reinterpret_cast<sockaddr*>(&to), sizeof(to)) != 0) {
      std::perror("open_loop: connect");
      std::exit(1);
    }
    ::setsockopt(line.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (context_ != nullptr) {
      line.ssl = SSL_new(context_);
      SSL_set_fd(line.ssl, line.socket);
      if (SSL_connect(line.ssl) != 1) {
        std::fputs("open_loop: the TLS handshake failed\n", stderr);
        std::exit(1);
      }
    }
    ::fcntl(line.socket, F_SETFL, O_NONBLOCK);
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLET;
    event.data.ptr = &line;
    ::epoll_ctl(poll_, EPOLL_CTL_ADD, line.socket, &event);
    line.in.clear();
    line.busy = line.waits_to_write = false;
    caller.free.push_back(&line);
  }

  void lost(Line& line) {
    Caller& caller = callers_[line.caller];
    if (line.busy)
      ++caller.broken;
    else
      std::erase(caller.free, &line);
    if (line.ssl != nullptr) SSL_free(line.ssl);
    line.ssl = nullptr;
    ::close(line.socket);
    open(line);
  }

  void write(Line& line) {
    line.waits_to_write = false;
    while (line.sent < line.request.size()) {
      const std::string_view rest = std::string_view(line.request).substr(line.sent);
      const auto done = line.ssl != nullptr ? SSL_write(line.ssl, rest.data(), static_cast<int>(rest.size()))
                                            : ::send(line.socket, rest.data(), rest.size(), MSG_NOSIGNAL);
      if (done <= 0) {
        line.waits_to_write = true;
        return;
      }
      line.sent += static_cast<std::size_t>(done);
    }
  }

  void read(Line& line) {
    char room[16384];
    for (;;) {
      const auto got = line.ssl != nullptr ? SSL_read(line.ssl, room, sizeof(room)) : ::recv(line.socket, room, sizeof(room), 0);
      if (got == 0 || (got < 0 && line.ssl != nullptr && SSL_get_error(line.ssl, static_cast<int>(got)) != SSL_ERROR_WANT_READ) ||
          (got < 0 && line.ssl == nullptr && errno != EAGAIN))
        return lost(line);
      if (got < 0) break;
      line.in.append(room, static_cast<std::size_t>(got));
      if (line.ssl == nullptr && static_cast<std::size_t>(got) < sizeof(room)) break;
    }
    const auto head = line.in.find("\r\n\r\n");
    if (!line.busy || head == std::string::npos) return;
    const auto field = line.in.find("Content-Length: ");
    const std::size_t length = field < head ? std::strtoul(line.in.c_str() + field + 16, nullptr, 10) : 0;
    if (line.in.size() < head + 4 + length) return;
    Caller& caller = callers_[line.caller];
    const auto took = std::chrono::duration_cast<Micros>(Clock::now() - line.due).count();
    const int status = std::atoi(line.in.c_str() + 9);
    caller.took[status].push_back(static_cast<std::uint32_t>(took));
    if (status == 503 && took < kAtOnce && with_tokens_) tokens_.push_back(std::move(line.token));
    line.in.clear();
    line.busy = false;
    caller.free.push_back(&line);
  }

  std::uint16_t port_;
  const std::string head_, body_;
  const bool with_tokens_, awake_;
  std::deque<std::string> tokens_;
  SSL_CTX* context_ = nullptr;
  std::vector<Caller> callers_;
  std::vector<std::unique_ptr<Line>> lines_;
  int poll_;
  double seconds_ = 0;
  std::mt19937_64 random_{20261128};
};

}  // namespace

int main(int count, char** words) {
  std::vector<std::string> given(words + 1, words + count);
  const bool tls = std::erase(given, "--tls") > 0, awake = std::erase(given, "--awake") > 0;
  std::deque<std::string> tokens;
  if (const auto flag = std::find(given.begin(), given.end(), "--tokens"); flag != given.end() && flag + 1 != given.end()) {
    std::ifstream lines(flag[1]);
    for (std::string line; std::getline(lines, line);) tokens.push_back(line);
    given.erase(flag, flag + 2);
    if (tokens.empty()) return 2;
  }
  if (given.size() < 5) {
    std::fputs("usage: open_loop PORT PATH BODY-FILE SECONDS [--tls] [--awake] [--tokens FILE] RATE,CONNECTIONS,SOURCE...\n", stderr);
    return 2;
  }
  std::ifstream file(given[2], std::ios::binary);
  const std::string body{std::istreambuf_iterator<char>(file), {}};
  std::string head = "POST " + given[1] + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " +
                     std::to_string(body.size()) + "\r\n";
  std::vector<Caller> callers;
  for (std::size_t i = 4; i < given.size(); ++i) {
    Caller caller;
    char source[32] = "127.0.0.1";
    if (std::sscanf(given[i].c_str(), "%lf,%zu,%31s", &caller.rate, &caller.connections, source) < 2) return 2;
    caller.source = source;
    callers.push_back(std::move(caller));
  }
  Generator generator(static_cast<std::uint16_t>(std::atoi(given[0].c_str())), std::move(head), body, std::move(tokens), tls, awake, std::move(callers));
  generator.run(std::atof(given[3].c_str()));
  generator.print();
}
