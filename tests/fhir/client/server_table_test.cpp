// Proves: what is kept of servers is bounded, goes when a server is not configured any more, and is never taken from somebody
// who uses it.
#include "fhir/client/server_table.hpp"

#include <gtest/gtest.h>

namespace cofactor::fhir::client {
namespace {

struct Kept {
  int number = 0;
};

Origin origin(const std::string& host) {
  Origin out;
  out.host = host;
  return out;
}

TEST(ServerTable, OfOneServerTheAddressesUsedLastStay) {
  ServerTable<Kept> table;
  const Origin ehr = origin("ehr.example");
  const auto address = [](int number) { return "10.0.0." + std::to_string(number); };
  for (int i = 0; i < 8; ++i) EXPECT_EQ(table.add(ehr, address(i), std::make_shared<Kept>(Kept{i})), nullptr);
  const auto in_use = table.find(ehr, address(0));
  ASSERT_NE(in_use, nullptr);
  const auto leaves = table.add(ehr, address(8), std::make_shared<Kept>(Kept{8}));
  ASSERT_NE(leaves, nullptr);
  EXPECT_EQ(leaves->number, 1) << "0 was used since";
  EXPECT_EQ(table.find(ehr, address(1)), nullptr);
  std::weak_ptr<Kept> first = in_use;
  for (int i = 9; i < 1000; ++i) EXPECT_NE(table.add(ehr, address(i), std::make_shared<Kept>(Kept{i})), nullptr);
  EXPECT_EQ(table.find(ehr, address(0)), nullptr);
  EXPECT_EQ(in_use->number, 0) << "out of the table, not out of use";
  for (int i = 992; i < 1000; ++i) ASSERT_NE(table.find(ehr, address(i)), nullptr) << i;
}

TEST(ServerTable, WhatIsForgottenIsThatServerAlone) {
  ServerTable<Kept> table;
  const Origin ehr = origin("ehr.example"), other = origin("other.example");
  Origin narrower = ehr;
  narrower.addresses.networks = {"10.0.0.0/8"};
  for (const Origin* each : {&ehr, &other, static_cast<const Origin*>(&narrower)})
    for (const char* address : {"10.0.0.1", "10.0.0.2"}) EXPECT_EQ(table.add(*each, address, std::make_shared<Kept>()), nullptr);
  std::weak_ptr<Kept> gone = table.find(ehr, "10.0.0.1");
  EXPECT_EQ(table.forget(ehr).size(), 2u);
  EXPECT_TRUE(gone.expired());
  EXPECT_EQ(table.find(ehr, "10.0.0.1"), nullptr);
  EXPECT_NE(table.find(other, "10.0.0.1"), nullptr);
  EXPECT_NE(table.find(narrower, "10.0.0.2"), nullptr);
  EXPECT_TRUE(table.forget(ehr).empty());
}

}  // namespace
}  // namespace cofactor::fhir::client
