// Promises: where in a resource a reader stands, at no cost until an Issue has to name it. Frames
// are linked on the stack: a frame must not outlive the function that made it.
#pragma once
#include <string>
#include <string_view>

namespace cofactor::json {

struct ElementPath {
  const ElementPath* parent = nullptr;
  std::string_view name;
  int index = -1;  ///< position in a repeating element, or -1

  /// "MedicationRequest.dosageInstruction[0].timing"
  std::string text() const;
};

}  // namespace cofactor::json
