// Proves (T-SSRF-1): the URL cases of web-platform-tests through the decision about where a FHIR call may go. What passes is,
// by the WHATWG parser's own expectation, at the configured base; everything else is refused without a look-up or a
// connection, which a counting resolver and a listening server see.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <fstream>
#include <future>
#include <iterator>

#include "cds-service/hooks/fhir_servers.hpp"
#include "fhir/client/http_fhir_client.hpp"
#include "fhir/json/reader.hpp"

namespace cofactor::fhir::client {
namespace {

struct Case {
  std::string input, protocol, host, path, username, search, hash;
  bool failure = false;
};

std::string read_file(const std::string& name) {
  std::ifstream file(std::string(COFACTOR_SHARED "/testdata/url-wpt/") + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Lone surrogates are no UTF-8, which our reader refuses for the whole file: such cases are replaced, input and all.
std::string without_surrogates(std::string text) {
  for (std::size_t at = 0; (at = text.find("\\u", at)) != std::string::npos; at += 2) {
    if (at > 0 && text[at - 1] == '\\') continue;
    const char high = static_cast<char>(text[at + 2] | 0x20), low = static_cast<char>(text[at + 3] | 0x20);
    if (high == 'd' && low >= '8') text.replace(at, 6, "?");
    else if (text.compare(at, 6, "\\u0000") == 0) text.replace(at, 6, "?");
  }
  return text;
}

std::vector<Case> cases() {
  std::vector<Case> out;
  for (const char* name : {"urltestdata.json", "ada_extra_urltestdata.json"}) {
    const auto document = json::parse(without_surrogates(read_file(name)), {16u << 20, 64, 400'000, 128});
    EXPECT_TRUE(document) << name << (document ? "" : document.error().text);
    if (!document) continue;
    for (const json::Value& row : document->root().items())
      if (row.is_object())
        out.push_back({std::string(row["input"].string()), std::string(row["protocol"].string()), std::string(row["host"].string()),
                       std::string(row["pathname"].string()), std::string(row["username"].string()), std::string(row["search"].string()),
                       std::string(row["hash"].string()), row["failure"].flag});
  }
  return out;
}

std::vector<std::string> bases_of(const std::vector<Case>& all) {
  std::vector<std::string> out{"https://ehr.example/fhir", "http://example.com/foo", "https://example.com", "http://127.0.0.1", "http://192.168.0.1/x"};
  for (const Case& each : all)
    if (!each.failure && (each.protocol == "http:" || each.protocol == "https:")) {
      std::string path = each.path;
      if (path.ends_with('/')) path.pop_back();
      out.push_back(each.protocol + "//" + each.host + path);
    }
  return out;
}

TEST(UrlWpt, T_SSRF_1_WhatPassesIsTheBaseItselfByTheStandardsOwnReading) {
  const auto all = cases();
  ASSERT_GT(all.size(), 900u);
  std::size_t readable = 0, passed = 0;
  for (const std::string& text : bases_of(all)) {
    const auto base = BaseUrl::read(text);
    if (!base) continue;
    ++readable;
    for (const Case& each : all) {
      const bool same = base->same(each.input);
      const auto below = each.input.find("//") != std::string::npos ? base->below(each.input) : std::nullopt;
      if (!same && !below) continue;
      ++passed;
      EXPECT_FALSE(each.failure) << text << " <- " << each.input;
      EXPECT_EQ(each.username, "") << text << " <- " << each.input;
      EXPECT_EQ(each.hash, "") << text << " <- " << each.input;
      EXPECT_EQ(each.protocol, base->secure() ? "https:" : "http:") << text << " <- " << each.input;
      EXPECT_EQ(each.host, base->authority()) << text << " <- " << each.input;
      if (same) {
        std::string path = each.path;
        if (path.ends_with('/')) path.pop_back();
        EXPECT_EQ(path, base->path()) << text << " <- " << each.input;
        EXPECT_EQ(each.search, "") << text << " <- " << each.input;
      } else {
        EXPECT_TRUE(each.path.starts_with(base->path())) << text << " <- " << each.input;
      }
    }
  }
  EXPECT_GT(readable, 100u);
  EXPECT_GT(passed, 100u) << "the test must see what passes, too";
}

FhirFailure ask(FhirClient& client, const std::string& relative) {
  std::promise<FhirFailure> promise;
  client.get(relative, {}, Clock::now() + std::chrono::seconds(5), [&](FhirAnswer answer) { promise.set_value(answer.failure); });
  return promise.get_future().get();
}

TEST(UrlWpt, T_SSRF_1_NothingThatIsRefusedIsLookedUpOrConnectedTo) {
  std::atomic<int> look_ups{0};
  TransportSettings settings;
  settings.resolver = [&](const std::string&) -> Result<std::vector<std::string>> { ++look_ups; return std::vector<std::string>{"127.0.0.1"}; };
  const auto transport = std::make_shared<HttpTransport>(std::move(settings));
  service::hooks::FhirServers servers([&](FhirServerSettings server) {
    return http_fhir_client(transport, std::move(server));
  });
  service::ClientConfig client;
  client.fhir_servers = {"http://ehr.example/fhir", "http://[2001:db8::1]/fhir"};
  const auto known = servers.of(client, {}, "/clients/0");
  ASSERT_TRUE(known);
  std::size_t refused = 0;
  std::vector<Case> all = cases();
  for (const char* more : {"http://169.254.169.254/fhir", "http://[::1]/fhir", "http://0x7f.1/fhir", "http://2130706433/fhir", "http://ehr.example@evil.example/fhir",
                           "http://evil.example#@ehr.example/fhir", "http://ehr.example\\@evil.example/fhir", "http://ehr.example./fhir", "https://ehr.example/fhir",
                           "http://[2001:db8::2]/fhir", "http://[2001:db8:0::1]/fhir", "http://[2001:db8::0.0.0.1]/fhir", "http://[2001:db8::1%25lo]/fhir",
                           "http://2001:db8::1/fhir", "http://[::ffff:127.0.0.1]/fhir", "http://[2001:db8::1]@evil.example/fhir", "https://[2001:db8::1]/fhir"})
    all.push_back({more, {}, {}, {}, {}, {}, {}, true});
  for (const Case& each : all) {
    EXPECT_EQ((*known)->named(each.input), nullptr) << each.input;
    ++refused;
    // A next link: only what lies below the base may be asked for, and nothing here does but relative references.
    if (each.input.find(':') != std::string::npos) {
      for (const auto& server : (*known)->servers) {
        EXPECT_EQ(server->client->base().below(each.input).value_or(""), "") << each.input;
        EXPECT_NE(ask(*server->client, each.input), FhirFailure::none) << "not even when the check before it were gone: " << each.input;
      }
    }
  }
  EXPECT_GT(refused, 900u);
  EXPECT_EQ(look_ups, 0);
  EXPECT_EQ(transport->counters().requests, 0u);
  EXPECT_EQ(transport->counters().connections, 0u);
  EXPECT_NE(ask(*(*known)->servers.front()->client, "Patient/1"), FhirFailure::none) << "its name leads to loopback";
  EXPECT_EQ(look_ups, 1) << "the counter would have seen it";
}

}  // namespace
}  // namespace cofactor::fhir::client
