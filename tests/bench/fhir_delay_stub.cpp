// Promises: a FHIR server for the call-back benchmark: every request is answered a fixed time after it arrived, each
// connection by a thread of its own, so that its own work hardly counts.
//   fhir_delay_stub MILLISECONDS     prints its port; ends when its standard input does
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include "tests/fhir/client/stub_server.hpp"

int main(int count, char** arguments) {
  using namespace cofactor::fhir::client::testing;
  if (count != 2) return 2;
  const std::chrono::milliseconds delay(std::atoi(arguments[1]));
  StubServer server([delay](Peer& peer) {
    for (;;) {
      const std::string request = peer.read_request();
      if (request.empty()) return;
      const auto due = std::chrono::steady_clock::now() + delay;
      std::string body = R"({"resourceType":"Bundle","type":"searchset","total":0})";
      if (request.starts_with("GET /fhir/Patient/"))
        body = R"({"resourceType":"Patient","id":"pt-30817","gender":"female","birthDate":"1961-04-22"})";
      else if (request.starts_with("GET /fhir/Encounter/"))
        body = R"({"resourceType":"Encounter","id":"enc-88213","status":"in-progress","class":{"code":"AMB"},"subject":{"reference":"Patient/pt-30817"}})";
      const std::string response = json_response(body);
      std::this_thread::sleep_until(due);
      if (!peer.send(response)) return;
    }
  });
  std::printf("%d\n", server.port());
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
}
