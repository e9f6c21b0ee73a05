// Proves (T-TOK-2): a second after a call with an access token, no byte of the process's memory holds that token any more.
// The server that receives it is another process; the token is put together at run time and looked for without being held.
#include <gtest/gtest.h>

#include <signal.h>
#include <sys/wait.h>

#include <cstdio>
#include <string>
#include <thread>

#include "tests/fhir/client/running_client.hpp"
#include "tests/fhir/client/stub_server.hpp"
#include "tests/support/memory_scan.hpp"

namespace cofactor::fhir::client {
namespace {

using namespace std::chrono_literals;
using namespace testing;

SharedSecret unmasked(const std::string& masked) {
  char plain[cofactor::testing::kSecretLength];
  for (std::size_t i = 0; i < sizeof plain; ++i) plain[i] = static_cast<char>(masked[i] ^ cofactor::testing::kMask);
  auto out = std::make_shared<SecretText>(std::string_view(plain, sizeof plain));
  wipe(plain, sizeof plain);
  return out;
}

/// A server in another process; it answers every GET, or hangs on paths that say so.
class OtherProcess {
 public:
  explicit OtherProcess(const std::string& pem_file) {
    const std::string script =
        "import http.server,ssl,sys,time\n"
        "class H(http.server.BaseHTTPRequestHandler):\n"
        "    protocol_version='HTTP/1.1'\n"
        "    def log_message(self,*a): pass\n"
        "    def do_GET(self):\n"
        "        if 'hang' in self.path: time.sleep(20)\n"
        "        b=b'{\"resourceType\":\"Patient\",\"id\":\"1\"}'\n"
        "        self.send_response(401 if 'refused' in self.path else 200)\n"
        "        self.send_header('Content-Type','application/fhir+json'); self.send_header('Content-Length',str(len(b))); self.end_headers()\n"
        "        self.wfile.write(b)\n"
        "class S(http.server.ThreadingHTTPServer):\n"
        "    def handle_error(self,*a): pass\n"
        "s=S(('127.0.0.1',0),H); s.daemon_threads=True\n" +
        (pem_file.empty() ? std::string()
                          : "c=ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER); c.load_cert_chain('" + pem_file + "'); s.socket=c.wrap_socket(s.socket,server_side=True)\n") +
        // It ends with the test, however that ends: what keeps the test's output open keeps the runner of tests waiting.
        "import os,threading; begun_by=os.getppid()\n"
        "def end_with_the_test():\n"
        "    while os.getppid()==begun_by: time.sleep(0.2)\n"
        "    os._exit(0)\n"
        "threading.Thread(target=end_with_the_test,daemon=True).start()\n"
        "print(os.getpid(), s.server_port, flush=True)\n"
        "s.serve_forever()\n";
    const ScratchFile file(script);
    pipe_ = popen(("exec python3 " + file.path()).c_str(), "r");
    if (pipe_ == nullptr || std::fscanf(pipe_, "%d %d", &process_, &port_) != 2) ADD_FAILURE() << "no python3";
  }
  ~OtherProcess() {
    if (process_ > 0) kill(process_, SIGTERM);
    if (pipe_ != nullptr) pclose(pipe_);
  }
  OtherProcess(const OtherProcess&) = delete;
  OtherProcess& operator=(const OtherProcess&) = delete;
  std::string port() const { return std::to_string(port_); }

 private:
  std::FILE* pipe_ = nullptr;
  int process_ = 0, port_ = 0;
};

void scan_after_calls(FhirClient& client) {
  const std::string masked = cofactor::testing::masked_secret();
  std::string where;
  {
    const SharedSecret held = unmasked(masked);
    ASSERT_GE(cofactor::testing::occurrences(masked, where), 1) << "the search would find nothing";
  }
  where.clear();
  ASSERT_EQ(cofactor::testing::occurrences(masked, where), 0) << where;
  std::vector<std::future<FhirFailure>> answers;
  for (const char* path : {"Patient/1", "Observation?a=1", "Observation?a=2", "Patient/refused", "Patient/hang", "Observation?a=3"}) {
    auto promise = std::make_shared<std::promise<FhirFailure>>();
    answers.push_back(promise->get_future());
    client.get(path, unmasked(masked), Clock::now() + 1s, [promise](FhirAnswer result) { promise->set_value(result.failure); });
  }
  std::string outcomes;
  for (auto& each : answers) outcomes += std::string(code_of(each.get())) + ",";
  EXPECT_EQ(outcomes, ",,,fhir-unauthorized,fhir-timeout,,");
  std::this_thread::sleep_for(1s);
  EXPECT_EQ(cofactor::testing::occurrences(masked, where), 0) << where;
}

TEST(TokenMemory, T_TOK_2_NoTraceOfTheTokenASecondAfterThePlainCall) {
  const OtherProcess server("");
  const auto transport = new_transport();
  scan_after_calls(*client_of(transport, "http://127.0.0.1:" + server.port() + "/fhir"));
}

TEST(TokenMemory, T_TOK_2_NoTraceOfTheTokenASecondAfterTheCallOverTls) {
  const Identity identity = make_identity({"", "127.0.0.1"});
  const ScratchFile pem(identity.pem), ca(identity.ca_pem);
  const OtherProcess server(pem.path());
  const auto transport = new_transport();
  scan_after_calls(*client_of(transport, "https://127.0.0.1:" + server.port() + "/fhir", ca.path()));
}

TEST(SecretText, IsMovedNotCopiedAndWiped) {
  static_assert(!std::is_copy_constructible_v<SecretText> && !std::is_copy_assignable_v<SecretText>);
  SecretText first("abc");
  SecretText second(std::move(first));
  EXPECT_EQ(second.reveal(), "abc");
  EXPECT_TRUE(first.empty());  // NOLINT: that is the point
  second = SecretText("defg");
  EXPECT_EQ(second.reveal(), "defg");
  EXPECT_TRUE(SecretText().empty());
}

}  // namespace
}  // namespace cofactor::fhir::client
