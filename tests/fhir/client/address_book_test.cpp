// Proves: the address that is connected to is one that was checked; a name server that hangs, lies or is down costs
// nobody more than its own deadline.
#include "fhir/client/address_book.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <mutex>
#include <thread>

namespace cofactor::fhir::client {
namespace {

using namespace std::chrono_literals;
using Addresses = std::vector<std::string>;

Result<std::string> found(AddressBook& book, const std::string& host, const AddressRule& rule = {}) {
  std::promise<Result<std::string>> promise;
  book.find(host, rule, [&](Result<std::string> address) { promise.set_value(std::move(address)); });
  auto future = promise.get_future();
  EXPECT_EQ(future.wait_for(10s), std::future_status::ready);
  return future.get();
}

TEST(AddressBook, T_SSRF_4_TheRuleOfAddresses) {
  for (const char* good : {"10.1.2.3", "192.168.0.9", "172.16.4.4", "100.64.0.1", "203.0.113.9", "2001:db8::1", "fd00::1"})
    EXPECT_TRUE(is_allowed(good, {}, false)) << good;
  for (const char* bad : {"127.0.0.1", "127.9.9.9", "169.254.169.254", "0.0.0.0", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "ff02::1", "100.100.100.200",
                          "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254",
                          "::ffff:169.254.169.254", "::ffff:10.0.0.1", "64:ff9b::a9fe:a9fe", "nonsense", "", "10.1.2", "0x7f.1"})
    EXPECT_FALSE(is_allowed(bad, {}, false)) << bad;
  EXPECT_TRUE(is_allowed("127.0.0.1", {}, true));
  const AddressRule rule{{"10.20.0.0/16", "203.0.113.9/32"}};
  EXPECT_TRUE(is_allowed("10.20.255.1", rule, false));
  EXPECT_TRUE(is_allowed("203.0.113.9", rule, false));
  for (const char* bad : {"10.21.0.1", "203.0.113.10", "127.0.0.1", "169.254.169.254"}) EXPECT_FALSE(is_allowed(bad, rule, true)) << bad;
  const AddressRule everything{{"0.0.0.0/0", "::/0"}};
  for (const char* good : {"10.21.0.1", "203.0.113.10", "2001:db8::1"}) EXPECT_TRUE(is_allowed(good, everything, false)) << good;
  for (const char* bad : {"127.0.0.1", "169.254.169.254", "0.0.0.0", "224.0.0.1", "::1", "fe80::1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe"})
    EXPECT_FALSE(is_allowed(bad, everything, true)) << bad << " must be named by itself";
  for (const auto& [network, address] : {std::pair{"127.0.0.0/8", "127.9.9.9"}, std::pair{"127.0.0.1/32", "127.0.0.1"}, std::pair{"::1/128", "::1"},
                                         std::pair{"169.254.0.0/16", "169.254.1.1"}, std::pair{"fe80::/10", "fe80::1"}})
    EXPECT_TRUE(is_allowed(address, AddressRule{{network}}, false)) << address;
  const AddressRule six{{"2001:db8:20::/48"}};
  EXPECT_TRUE(is_allowed("2001:db8:20:ffff::1", six, false));
  for (const char* bad : {"2001:db8:21::1", "10.20.0.1", "::ffff:10.20.0.1"}) EXPECT_FALSE(is_allowed(bad, six, false)) << bad;
  EXPECT_TRUE(is_network("0.0.0.0/0"));
  for (const char* bad : {"10.0.0.0", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "10/8", "/8", "x/8"}) EXPECT_FALSE(is_network(bad)) << bad;
}

TEST(AddressBook, T_SSRF_4_ANameThatChangesItsMindIsAskedForTheAllowedAddressOnly) {
  std::atomic<int> look_ups{0};
  AddressBook book([&](const std::string&) -> Result<Addresses> {
    switch (look_ups++) {
      case 0: return Addresses{"127.0.0.1"};
      case 1: return Addresses{"169.254.169.254"};
      default: return Addresses{"169.254.169.254", "10.1.2.3"};
    }
  }, {0ms, 0ms});
  for (int i = 0; i < 2; ++i) {
    const auto refused = found(book, "ehr.example");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "fhir-address");
  }
  const auto allowed = found(book, "ehr.example");
  ASSERT_TRUE(allowed);
  EXPECT_EQ(*allowed, "10.1.2.3");
}

TEST(AddressBook, NumericHostsAreNeverLookedUp) {
  std::atomic<int> look_ups{0};
  AddressBook book([&](const std::string&) -> Result<Addresses> { ++look_ups; return Addresses{}; }, {});
  EXPECT_EQ(*found(book, "10.1.2.3"), "10.1.2.3");
  EXPECT_EQ(*found(book, "127.0.0.1"), "127.0.0.1");
  EXPECT_EQ(found(book, "169.254.169.254").error().code, "fhir-address");
  EXPECT_EQ(*found(book, "2001:db8::1"), "2001:db8::1");
  EXPECT_EQ(*found(book, "::1"), "::1") << "written as such";
  EXPECT_EQ(found(book, "fe80::1").error().code, "fhir-address");
  EXPECT_EQ(look_ups, 0);
}

TEST(AddressBook, ANameServerThatIsDownLeavesTheKnownAddress) {
  std::atomic<int> look_ups{0};
  AddressBook::Clock::time_point now{};
  std::mutex mutex;
  AddressBook book([&](const std::string&) -> Result<Addresses> {
    if (look_ups++ == 0) return Addresses{"10.1.2.3"};
    return fail("fhir-unreachable", "down");
  }, {30s, 3600s}, [&] { const std::lock_guard lock(mutex); return now; });
  EXPECT_EQ(*found(book, "ehr.example"), "10.1.2.3");
  EXPECT_EQ(*found(book, "ehr.example"), "10.1.2.3");
  EXPECT_EQ(look_ups, 1) << "fresh: not asked again";
  { const std::lock_guard lock(mutex); now += 31s; }
  EXPECT_EQ(*found(book, "ehr.example"), "10.1.2.3") << "asked again, but nobody waits";
  for (int i = 0; i < 500 && look_ups < 2; ++i) std::this_thread::sleep_for(10ms);
  EXPECT_EQ(look_ups, 2);
  { const std::lock_guard lock(mutex); now += 2h; }
  EXPECT_EQ(found(book, "ehr.example").error().code, "fhir-unreachable") << "too old to be trusted";
}

TEST(AddressBook, AHangingLookUpHoldsOneThreadAndNobodyElse) {
  std::promise<void> let_go;
  const auto gate = let_go.get_future().share();
  std::atomic<int> look_ups{0};
  AddressBook book([&, gate](const std::string& host) -> Result<Addresses> {
    ++look_ups;
    if (host == "slow.example") gate.wait();
    return Addresses{"10.1.2.3"};
  }, {});
  std::atomic<int> answered{0};
  for (int i = 0; i < 100; ++i) book.find("slow.example", {}, [&](Result<std::string>) { ++answered; });
  EXPECT_EQ(*found(book, "quick.example"), "10.1.2.3");
  EXPECT_EQ(answered, 0);
  let_go.set_value();
  for (int i = 0; i < 500 && answered < 100; ++i) std::this_thread::sleep_for(10ms);
  EXPECT_EQ(answered, 100);
  EXPECT_EQ(look_ups, 2);
}

TEST(AddressBook, AnAddressThatDoesNotAnswerComesLast) {
  AddressBook book([](const std::string&) -> Result<Addresses> { return Addresses{"10.1.2.3", "10.1.2.4"}; }, {});
  EXPECT_EQ(*found(book, "ehr.example"), "10.1.2.3");
  book.did_not_answer("ehr.example", "10.1.2.3");
  EXPECT_EQ(*found(book, "ehr.example"), "10.1.2.4");
  book.did_not_answer("ehr.example", "10.1.2.3");
  EXPECT_EQ(*found(book, "ehr.example"), "10.1.2.4");
}

TEST(AddressBook, OfTheAllowedOnesTheOneThatDoesNotAnswerComesLast) {
  AddressBook book([](const std::string&) -> Result<Addresses> { return Addresses{"10.1.2.3", "2001:db8::1", "2001:db8::2"}; }, {});
  const AddressRule six{{"2001:db8::/32"}};
  EXPECT_EQ(*found(book, "ehr.example", six), "2001:db8::1");
  book.did_not_answer("ehr.example", "2001:db8::1");
  EXPECT_EQ(*found(book, "ehr.example", six), "2001:db8::2");
  EXPECT_EQ(*found(book, "ehr.example"), "10.1.2.3");
}

TEST(AddressBook, TheSystemsAddressesOfThisMachineAreNumeric) {
  const auto here = system_resolver()("localhost");
  ASSERT_TRUE(here);
  ASSERT_FALSE(here->empty());
  EXPECT_EQ(here->front(), "127.0.0.1");
  for (const std::string& each : *here) EXPECT_TRUE(is_address(each) && is_loopback_host(each)) << each;
}

}  // namespace
}  // namespace cofactor::fhir::client
