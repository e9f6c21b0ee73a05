// Promises: the text of an element path; see element_path.hpp.
#include "fhir/json/element_path.hpp"

namespace cofactor::json {

std::string ElementPath::text() const {
  std::string out = parent != nullptr ? parent->text() : std::string();
  if (!name.empty()) {
    if (!out.empty()) out += '.';
    out += name;
  }
  if (index >= 0) {
    out += '[';
    out += std::to_string(index);
    out += ']';
  }
  return out;
}

}  // namespace cofactor::json
