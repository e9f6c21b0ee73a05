// Promises: what `GET /cds-services` answers, built once per knowledge set. The prefetch templates follow from
// the knowledge in force (the LOINC codes it reads) and stay inside the portable subset: one parameter once,
// token lists as system|code, _sort=-date, _count.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cards/engine/knowledge.hpp"

namespace cofactor::service::hooks {

inline constexpr std::string_view order_sign_id = "cofactor-order-sign";
inline constexpr std::string_view order_select_id = "cofactor-order-select";

/// The hook that a service id answers; empty for an id that is not ours.
std::string_view hook_of_service(std::string_view service_id);

/// Key and query, in the order in which they are announced.
std::vector<std::pair<std::string, std::string>> prefetch_templates(const cards::Knowledge& knowledge);

/// {"services":[...]}; `announce_version` adds the 3.0 member `version`.
std::string discovery_json(const cards::Knowledge& knowledge, bool announce_version);

}  // namespace cofactor::service::hooks
