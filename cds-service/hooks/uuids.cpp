// Promises: named UUIDs by Boost.Uuid, fresh ones as decisions get them (uuids.hpp).
#include "cds-service/hooks/uuids.hpp"

#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/string_generator.hpp>
#include <boost/uuid/uuid.hpp>
#include <boost/uuid/uuid_io.hpp>
#include <chrono>

#include "cds-service/audit/uuid_bytes.hpp"

namespace cofactor::service::hooks {

std::string fresh_uuid() {
  using namespace std::chrono;
  return audit::time_ordered_uuid(duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count());
}

UuidSource reproducible_uuids(std::string_view hook_instance) {
  const auto space = boost::uuids::string_generator()(hook_instance.begin(), hook_instance.end());
  return [generate = boost::uuids::name_generator_sha1(space), position = 0]() mutable {
    return boost::uuids::to_string(generate(std::to_string(position++)));
  };
}

}  // namespace cofactor::service::hooks
