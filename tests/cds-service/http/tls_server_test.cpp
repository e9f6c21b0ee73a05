// Proves: TLS of the listener over real sockets: versions, protocols, client certificates, reload, deadlines, hostile
// handshakes, and that none of it leaves a descriptor or a connection behind.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "cds-service/http/server.hpp"
#include "tests/cds-service/http/tls_client.hpp"

namespace cofactor::service::http {
namespace {

using namespace std::chrono_literals;
using testing::PemFolder;
using testing::RawClient;
using testing::request;
using testing::TestCertificate;
using testing::TlsRawClient;

std::size_t descriptors() {
  std::size_t open = 0;
  for ([[maybe_unused]] const auto& one : std::filesystem::directory_iterator("/proc/self/fd")) ++open;
  return open;
}

void tell(Request request_, const Reply& reply) {
  Response response;
  response.body = request_.method + " " + request_.path + " " + request_.body;
  if (request_.tls_client) {
    response.body += "|" + request_.tls_client->subject;
    for (const std::string& name : request_.tls_client->names) response.body += "|" + name;
  }
  reply(std::move(response));
}

class TlsServerTest : public ::testing::Test {
 protected:
  TlsServerTest() {
    limits_.handshake_time = 300ms;
    limits_.header_time = 150ms;
    limits_.body_time = 200ms;
    limits_.idle_time = 400ms;
    limits_.write_time = 300ms;
    settings_.certificate = folder_.certificate("server.pem", server_);
    settings_.key = folder_.key("server.key", server_);
  }
  void start(const Handler& handler = tell) {
    listener_.emplace("127.0.0.1", 0, 2, limits_, handler);
    const auto used = listener_->use_tls(settings_);
    ASSERT_TRUE(used) << used.error().text;
    ASSERT_TRUE(listener_->start());
  }
  void ask_clients(TlsSettings::ClientCertificate how) {
    settings_.client_ca = folder_.certificate("clients.pem", clients_);
    settings_.client_certificate = how;
  }
  std::string answer_to(const TlsRawClient::Options& options) {
    TlsRawClient client(listener_->port(), options);
    client.send(request("GET", "/"));
    const auto got = client.response();
    return got ? got->body : "none";
  }
  bool answers(const TlsRawClient::Options& options = {}) { return answer_to(options) != "none"; }
  bool nobody_left() {
    const auto until = Clock::now() + 5s;
    while (listener_->counters().open > 0 && Clock::now() < until) std::this_thread::sleep_for(5ms);
    return listener_->counters().open == 0;
  }

  PemFolder folder_;
  ServerLimits limits_;
  TestCertificate server_{{.common_name = "first"}};
  TestCertificate clients_{{.common_name = "client root", .names = "", .authority = true}};
  TlsSettings settings_;
  std::optional<Server> listener_;
};

TEST_F(TlsServerTest, AnswersKeepsTheConnectionAndSaysGoodbye) {
  start();
  TlsRawClient c(listener_->port(), {.root = &server_});
  ASSERT_TRUE(c.shook_hands());
  for (int i = 0; i < 3; ++i) {
    const std::string body(100000, 'x');
    c.send(request("POST", "/a", body));
    const auto got = c.response();
    ASSERT_TRUE(got);
    EXPECT_EQ(got->body, "POST /a " + body);
  }
  c.send(request("GET", "/", {}, "Connection: close\r\n"));
  EXPECT_EQ(c.response()->status, 200);
  EXPECT_TRUE(c.closed_within(1s));
  EXPECT_TRUE(c.said_goodbye());
  TlsRawClient idle(listener_->port());
  EXPECT_TRUE(idle.closed_within(2s));
  EXPECT_TRUE(idle.said_goodbye()) << "also when it was idle too long";
  EXPECT_EQ(idle.unread(), "");
}

TEST_F(TlsServerTest, T_03_SpeaksTls12And13AndNothingOlder) {
  start();
  EXPECT_TRUE(answers({.least = TLS1_3_VERSION, .most = TLS1_3_VERSION}));
  EXPECT_TRUE(answers({.least = TLS1_2_VERSION, .most = TLS1_2_VERSION}));
  for (const int old : {TLS1_VERSION, TLS1_1_VERSION}) {
    const TlsRawClient c(listener_->port(), {.least = old, .most = old, .ciphers = "ALL:@SECLEVEL=0"});
    EXPECT_FALSE(c.shook_hands()) << old;
  }
  EXPECT_TRUE(nobody_left()) << "a failure is counted after the client was told";
  EXPECT_EQ(listener_->counters().handshakes_failed, 2u);
}

TEST_F(TlsServerTest, OnlyForwardSecretAuthenticatedCiphers) {
  const TestCertificate rsa{{.common_name = "rsa", .rsa_bits = 2048}};
  settings_.certificate = folder_.certificate("rsa.pem", rsa);
  settings_.key = folder_.key("rsa.key", rsa);
  start();
  EXPECT_TRUE(answers({.most = TLS1_2_VERSION, .ciphers = "ECDHE-RSA-AES128-GCM-SHA256"}));
  EXPECT_TRUE(answers({.most = TLS1_2_VERSION, .ciphers = "ECDHE-RSA-CHACHA20-POLY1305"}));
  for (const char* weak : {"AES128-GCM-SHA256", "AES256-SHA", "ECDHE-RSA-AES128-SHA", "DHE-RSA-AES128-GCM-SHA256",
                           "ADH-AES128-GCM-SHA256"})
    EXPECT_FALSE(answers({.most = TLS1_2_VERSION, .ciphers = weak})) << weak;
}

TEST_F(TlsServerTest, AlpnIsHttp11AndOtherProtocolsAreToldNo) {
  start();
  TlsRawClient both(listener_->port(), {.protocols = "\x02h2\x08http/1.1"});
  ASSERT_TRUE(both.shook_hands());
  const unsigned char* chosen = nullptr;
  unsigned length = 0;
  SSL_get0_alpn_selected(both.ssl(), &chosen, &length);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(chosen), length), "http/1.1");
  EXPECT_FALSE(answers({.protocols = "\x02h2"}));
  EXPECT_TRUE(answers()) << "no ALPN at all is fine";
}

TEST_F(TlsServerTest, ResumesByTicketInBothVersions) {
  start();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsRawClient first(listener_->port(), {.least = version, .most = version});
    first.send(request("GET", "/"));
    ASSERT_TRUE(first.response());  // TLS 1.3 sends its tickets after the handshake
    SSL_SESSION* const session = SSL_get1_session(first.ssl());
    const TlsRawClient second(listener_->port(), {.least = version, .most = version, .session = session});
    EXPECT_TRUE(second.shook_hands());
    EXPECT_EQ(SSL_session_reused(second.ssl()), 1) << version;
    SSL_SESSION_free(session);
  }
}

TEST_F(TlsServerTest, T_HTTP_2_RenegotiationIsRefused) {
  start();
  TlsRawClient c(listener_->port(), {.most = TLS1_2_VERSION});
  c.send(request("GET", "/"));
  ASSERT_TRUE(c.response());
  ASSERT_EQ(SSL_renegotiate(c.ssl()), 1);
  EXPECT_NE(SSL_do_handshake(c.ssl()), 1);
}

TEST_F(TlsServerTest, TheHandlerLearnsTheVerifiedSubjectAndNames) {
  ask_clients(TlsSettings::ClientCertificate::required);
  start();
  const TestCertificate ehr{{.common_name = "ehr, Köln", .organisation = "St. Example", .names =
                            "DNS:ehr.example,URI:urn:ehr:1,email:it@ehr.example,IP:10.1.2.3", .issuer = &clients_}};
  EXPECT_EQ(answer_to({.certificate = &ehr}),
            "GET / |CN=ehr\\, K\\C3\\B6ln,O=St. Example|DNS:ehr.example|URI:urn:ehr:1|email:it@ehr.example|IP:10.1.2.3");
}

TEST_F(TlsServerTest, ClientCertificatesThatDoNotVerifyEndTheHandshake) {
  const TestCertificate stranger{{.common_name = "stranger"}};
  const TestCertificate past{{.common_name = "past", .to_seconds = -60, .issuer = &clients_}};
  for (const auto how : {TlsSettings::ClientCertificate::required, TlsSettings::ClientCertificate::optional}) {
    ask_clients(how);
    start();
    EXPECT_EQ(answers(), how == TlsSettings::ClientCertificate::optional);
    for (const TestCertificate* bad : {&stranger, &past}) {
      EXPECT_FALSE(answers({.certificate = bad}));
      EXPECT_FALSE(answers({.certificate = bad, .most = TLS1_2_VERSION}));
    }
    EXPECT_TRUE(nobody_left());
  }
}

TEST_F(TlsServerTest, AReloadServesNewConnectionsAndABadFileChangesNothing) {
  limits_.idle_time = limits_.handshake_time = 10s;
  ask_clients(TlsSettings::ClientCertificate::optional);
  start();
  TlsRawClient old(listener_->port());
  EXPECT_EQ(old.subject(), "/CN=first");
  const TestCertificate second{{.common_name = "second"}};
  folder_.certificate("server.pem", second);
  auto used = listener_->use_tls(settings_);
  ASSERT_FALSE(used);
  EXPECT_EQ(used.error().code, "tls-mismatch");
  EXPECT_NE(used.error().text.find("server.key"), std::string::npos) << used.error().text;
  EXPECT_EQ(TlsRawClient(listener_->port()).subject(), "/CN=first");
  folder_.key("server.key", second);
  used = listener_->use_tls(settings_);
  ASSERT_TRUE(used) << used.error().text;
  EXPECT_EQ(used->subject, "CN=second");
  EXPECT_EQ(TlsRawClient(listener_->port()).subject(), "/CN=second");
  old.send(request("GET", "/old"));
  EXPECT_EQ(old.response()->body, "GET /old ") << "who is connected stays connected";
}

TEST_F(TlsServerTest, ATicketFromBeforeAReloadDoesNotSpareTheCertificate) {
  ask_clients(TlsSettings::ClientCertificate::required);
  start();
  const TestCertificate ehr{{.common_name = "ehr", .issuer = &clients_}};
  TlsRawClient first(listener_->port(), {.certificate = &ehr});
  first.send(request("GET", "/"));
  ASSERT_TRUE(first.response());
  SSL_SESSION* const session = SSL_get1_session(first.ssl());
  const TestCertificate others{{.common_name = "other root", .names = "", .authority = true}};
  settings_.client_ca = folder_.certificate("others.pem", others);
  ASSERT_TRUE(listener_->use_tls(settings_));
  EXPECT_FALSE(answers({.certificate = &ehr, .session = session}));
  SSL_SESSION_free(session);
}

TEST_F(TlsServerTest, ReloadsUnderLoadLoseNoAnswer) {
  start();
  std::atomic<bool> stop{false};
  std::atomic<int> right{0}, wrong{0};
  std::vector<std::thread> clients;
  for (int n = 0; n < 4; ++n)
    clients.emplace_back([&] {
      while (!stop) (answers() ? right : wrong)++;
    });
  for (int i = 0; i < 40; ++i) {
    const std::string key = i % 2 == 0 ? settings_.key : folder_.path("missing.key");
    EXPECT_EQ(listener_->use_tls({settings_.certificate, key, {}, {}}).has_value(), i % 2 == 0);
    std::this_thread::sleep_for(5ms);
  }
  stop = true;
  for (auto& each : clients) each.join();
  EXPECT_GT(right, 4);
  EXPECT_EQ(wrong, 0);
}

TEST_F(TlsServerTest, TlsCannotBeTurnedOnForAPlainListenerThatRuns) {
  Server plain("127.0.0.1", 0, 1, limits_, tell);
  ASSERT_TRUE(plain.start());
  EXPECT_EQ(plain.use_tls(settings_).error().code, "tls-needs-restart");
}

TEST_F(TlsServerTest, T_HTTP_2_AStalledHandshakeEndsAtItsTime) {
  start();
  for (const std::string_view hello : {std::string_view(), std::string_view("\x16\x03\x01\x01\x00\x01", 6)}) {
    RawClient c(listener_->port());
    const auto begun = Clock::now();
    if (!hello.empty()) c.send(hello);
    while (Clock::now() - begun < 2s && !c.closed_within(20ms))
      if (!hello.empty()) c.send(std::string_view("\x01", 1));  // a drip must not move the deadline
    EXPECT_LT(Clock::now() - begun, 1s);
    EXPECT_EQ(c.unread(), "");
  }
  EXPECT_TRUE(nobody_left());
  EXPECT_EQ(listener_->counters().timed_out, 2u);
}

TEST_F(TlsServerTest, T_HTTP_2_ProbesAndBrokenHellosLeaveNoDescriptor) {
  start();
  ASSERT_TRUE(answers());
  ASSERT_TRUE(nobody_left());
  const std::size_t before = descriptors();
  for (int i = 0; i < 300; ++i) {
    RawClient probe(listener_->port());
    if (i % 4 == 1) probe.send(std::string_view("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11));
    if (i % 4 == 2) probe.send(request("GET", "/plain"));
    if (i % 4 == 3) probe.reset();
  }
  EXPECT_TRUE(nobody_left());
  EXPECT_EQ(descriptors(), before);
  EXPECT_TRUE(answers());
  EXPECT_EQ(listener_->counters().requests, 2u);
}

TEST_F(TlsServerTest, T_HTTP_2_SlowClientsMeetTheSameDeadlinesInsideTls) {
  start();
  for (const std::string_view beginning : {"GET / HTTP/1.1\r\nHost: h\r\nA: ", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n"}) {
    TlsRawClient c(listener_->port());
    const auto begun = Clock::now();
    c.send(beginning);
    while (Clock::now() - begun < 2s && !c.closed_within(20ms)) c.send("a");
    EXPECT_LT(Clock::now() - begun, 1s);
    const auto got = c.response();
    ASSERT_TRUE(got);
    EXPECT_EQ(got->status, 408);
  }
}

TEST_F(TlsServerTest, T_HTTP_2_AClientThatDoesNotReadIsLetGo) {
  start([](const Request&, const Reply& reply) {
    Response response;
    response.body.assign(32u << 20, 'a');
    reply(std::move(response));
  });
  TlsRawClient c(listener_->port());
  c.send(request("GET", "/"));
  EXPECT_TRUE(nobody_left());
  EXPECT_EQ(listener_->counters().timed_out, 1u);
}

TEST_F(TlsServerTest, AnOversizeBodyIsAnsweredWhileTheClientStillSends) {
  limits_.body_bytes = 1u << 20;
  limits_.body_time = 2s;
  start();
  TlsRawClient c(listener_->port());
  c.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5000000\r\n\r\n" + std::string(1500000, 'a'));
  const auto got = c.response();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, 413);
  EXPECT_TRUE(nobody_left());
}

TEST_F(TlsServerTest, PipelinedRequestsAndExpectWorkInsideTls) {
  start();
  TlsRawClient c(listener_->port());
  c.send(request("POST", "/1", "one") + request("GET", "/2") + request("GET", "/3"));
  EXPECT_EQ(c.response()->body, "POST /1 one");
  EXPECT_EQ(c.response()->body, "GET /2 ");
  EXPECT_EQ(c.response()->body, "GET /3 ");
  c.send("POST /4 HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(c.response()->status, 100);
  c.send("hello");
  EXPECT_EQ(c.response()->body, "POST /4 hello");
}

/// What a client says first.
std::string client_hello() {
  SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  SSL* const ssl = SSL_new(context);
  BIO* const in = BIO_new(BIO_s_mem());
  BIO* const out = BIO_new(BIO_s_mem());
  SSL_set_bio(ssl, in, out);
  SSL_connect(ssl);
  char* bytes = nullptr;
  const auto size = BIO_get_mem_data(out, &bytes);
  std::string hello(bytes, static_cast<std::size_t>(size));
  SSL_free(ssl);
  SSL_CTX_free(context);
  return hello;
}

TEST_F(TlsServerTest, T_HTTP_2_AFloodOfHandshakesKeepsNeitherCallsNorOtherAddressesWaiting) {
  const TestCertificate dear{{.common_name = "first", .rsa_bits = 3072}};
  settings_.certificate = folder_.certificate("server.pem", dear);
  settings_.key = folder_.key("server.key", dear);
  limits_.idle_time = limits_.handshake_time = 30s;
  limits_.connections_per_address = 0;
  listener_.emplace("127.0.0.1", 0, 1, limits_, [](const Request& r, const Reply& reply) {
    if (r.path == "/hold") std::this_thread::sleep_for(200ms);
    reply({});
  });
  ASSERT_TRUE(listener_->use_tls(settings_));
  ASSERT_TRUE(listener_->start());
  TlsRawClient held(listener_->port()), known(listener_->port());
  const std::string hello = client_hello();
  struct Shaking : RawClient {
    using RawClient::RawClient;
    bool answered() const {
      char first = 0;
      return ::recv(socket(), &first, 1, MSG_PEEK | MSG_DONTWAIT) == 1;
    }
  };
  std::vector<std::unique_ptr<Shaking>> flood;
  for (int i = 0; i < 200; ++i) flood.push_back(std::make_unique<Shaking>(listener_->port()));
  Shaking other(listener_->port(), "127.0.0.2");
  known.send(request("GET", "/"));
  ASSERT_TRUE(known.response());
  held.send(request("GET", "/hold"));
  std::this_thread::sleep_for(30ms);
  for (auto& client : flood) client->send(hello);
  other.send(hello);
  known.send(request("GET", "/"));  // the last of all
  const auto shaken = [&] {
    return std::count_if(flood.begin(), flood.end(), [](const auto& client) { return client->answered(); });
  };
  EXPECT_EQ(known.response()->status, 200);
  EXPECT_LT(shaken(), 100);
  while (!other.answered()) std::this_thread::sleep_for(100us);
  EXPECT_LT(shaken(), 100);
  const auto until = Clock::now() + 10s;
  while (shaken() < 200 && Clock::now() < until) std::this_thread::sleep_for(5ms);
  EXPECT_EQ(shaken(), 200) << "nobody is forgotten";
}

TEST_F(TlsServerTest, DrainSaysGoodbyeToIdleOnesAndFinishesWhatRuns) {
  limits_.idle_time = limits_.handshake_time = 30s;
  std::mutex mutex;
  std::condition_variable begun;
  std::vector<Reply> kept;
  start([&](Request, Reply reply) {
    const std::lock_guard lock(mutex);
    kept.push_back(std::move(reply));
    begun.notify_one();
  });
  const RawClient shaking(listener_->port());
  TlsRawClient idle(listener_->port()), busy(listener_->port());
  busy.send(request("GET", "/"));
  std::unique_lock lock(mutex);
  begun.wait(lock, [&] { return !kept.empty(); });
  std::thread later([&] {
    std::this_thread::sleep_for(100ms);
    kept.at(0)(Response());
  });
  lock.unlock();
  const auto from = Clock::now();
  listener_->drain(from + 5s);
  EXPECT_LT(Clock::now() - from, 2s);
  later.join();
  EXPECT_TRUE(idle.closed_within(100ms));
  EXPECT_TRUE(idle.said_goodbye());
  EXPECT_EQ(busy.response()->header("Connection"), "close");
}

TEST_F(TlsServerTest, ManyClientsGetTheirOwnAnswers) {
  start();
  std::atomic<int> right{0};
  std::vector<std::thread> clients;
  for (int n = 0; n < 8; ++n)
    clients.emplace_back([&, n] {
      TlsRawClient c(listener_->port(), {.root = &server_});
      for (int i = 0; i < 25; ++i) {
        const std::string body = std::to_string(n) + ":" + std::to_string(i) + std::string(20000, 'x');
        c.send(request("POST", "/", body));
        const auto got = c.response();
        if (got && got->body == "POST / " + body) ++right;
      }
    });
  for (auto& each : clients) each.join();
  EXPECT_EQ(right, 200);
}

}  // namespace
}  // namespace cofactor::service::http
