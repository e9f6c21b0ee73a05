// Proves: fresh uuids are version 7 and do not repeat; named ones are version 5 and do.
#include "cds-service/hooks/uuids.hpp"

#include <gtest/gtest.h>

#include <set>

#include "cds-service/hooks/hook_request.hpp"

namespace cofactor::service::hooks {
namespace {

TEST(Uuids, FreshOnesAreVersionSevenAndDiffer) {
  std::set<std::string> seen;
  for (int i = 0; i < 10000; ++i) {
    const std::string uuid = fresh_uuid();
    ASSERT_EQ(read_uuid(uuid), uuid);
    ASSERT_EQ(uuid[14], '7');
    ASSERT_TRUE(seen.insert(uuid).second);
  }
}

TEST(Uuids, NamedOnesAreVersionFiveOfInstanceAndPosition) {
  const UuidSource source = reproducible_uuids("6ba7b811-9dad-11d1-80b4-00c04fd430c8");
  EXPECT_EQ(source(), "035c4ea0-d73b-5bde-bd6f-c806b04f2ec3");  // uuid5(NAMESPACE_URL, "0") by another implementation
  const std::string second = source();
  EXPECT_EQ(second[14], '5');
  EXPECT_NE(second, "035c4ea0-d73b-5bde-bd6f-c806b04f2ec3");
}

}  // namespace
}  // namespace cofactor::service::hooks
