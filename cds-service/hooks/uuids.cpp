// Promises: UUIDs by Boost.Uuid (uuids.hpp).
#include "cds-service/hooks/uuids.hpp"

#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/string_generator.hpp>
#include <boost/uuid/uuid.hpp>
#include <boost/uuid/uuid_io.hpp>

namespace cofactor::service::hooks {

std::string random_uuid() {
  thread_local boost::uuids::random_generator generate;
  return boost::uuids::to_string(generate());
}

UuidSource reproducible_uuids(std::string_view hook_instance) {
  const auto space = boost::uuids::string_generator()(hook_instance.begin(), hook_instance.end());
  return [generate = boost::uuids::name_generator_sha1(space), position = 0]() mutable {
    return boost::uuids::to_string(generate(std::to_string(position++)));
  };
}

}  // namespace cofactor::service::hooks
