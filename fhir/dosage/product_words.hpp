// Promises: the words of product names that tell a pharmaceutical form, and whether that form acts
// only where it is applied. Internal to fhir/dosage. Pure.
#pragma once
#include <string_view>

namespace cofactor::fhir {

struct FormWord {
  std::string_view form;  ///< "tablet", "capsule", "drops", ...; empty when the word tells none
  bool local = false;     ///< ointment, eye drops, inhaled
};
FormWord form_word(std::string_view folded_word);

}  // namespace cofactor::fhir
