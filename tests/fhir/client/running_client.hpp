// Promises: what tests of the transport share: one transport a process, a client of a stub, and an answer waited for.
#pragma once
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <unistd.h>

#include "fhir/client/http_fhir_client.hpp"

namespace cofactor::fhir::client::testing {

inline std::shared_ptr<HttpTransport> new_transport(TransportSettings settings = {}) {
  return std::make_shared<HttpTransport>(std::move(settings));
}

inline std::unique_ptr<FhirClient> client_of(const std::shared_ptr<HttpTransport>& transport, const std::string& base,
                                             const std::string& ca_file = {}, std::size_t body_bytes = 8u << 20, AddressRule rule = {}) {
  auto url = BaseUrl::read(base);
  EXPECT_TRUE(url) << base;
  auto made = http_fhir_client(transport, {*url, ca_file, std::move(rule), body_bytes});
  EXPECT_TRUE(made) << made.error().text;
  return std::move(*made);
}

inline FhirAnswer answer(FhirClient& client, const std::string& relative = "Patient/1", std::chrono::milliseconds within = std::chrono::seconds(5),
                         const std::string& token = {}) {
  auto promise = std::make_shared<std::promise<FhirAnswer>>();
  auto future = promise->get_future();
  client.get(relative, token.empty() ? nullptr : std::make_shared<SecretText>(token), Clock::now() + within,
             [promise](FhirAnswer result) { promise->set_value(std::move(result)); });
  if (future.wait_for(within + std::chrono::seconds(20)) != std::future_status::ready) {
    ADD_FAILURE() << "no answer at all";
    return {FhirFailure::not_asked, {}};
  }
  return future.get();
}

/// A file that goes away with the test.
class ScratchFile {
 public:
  explicit ScratchFile(const std::string& text)
      : path_(std::filesystem::temp_directory_path() / ("cofactor-client-" + std::to_string(getpid()) + "-" + std::to_string(counter()++) + ".pem")) {
    std::ofstream(path_) << text;
  }
  ~ScratchFile() { std::filesystem::remove(path_); }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  std::string path() const { return path_.string(); }

 private:
  static int& counter() {
    static int value = 0;
    return value;
  }
  std::filesystem::path path_;
};

}  // namespace cofactor::fhir::client::testing
