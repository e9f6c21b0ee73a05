// Proves: a path reads like FHIRPath, however it is put together.
#include "fhir/json/element_path.hpp"

#include <gtest/gtest.h>

using cofactor::json::ElementPath;

TEST(ElementPath, NamesAndPositions) {
  const ElementPath order{nullptr, "MedicationRequest", -1};
  const ElementPath dosage{&order, "dosageInstruction", 0};
  const ElementPath timing{&dosage, "timing", -1};
  EXPECT_EQ(timing.text(), "MedicationRequest.dosageInstruction[0].timing");
  const ElementPath entry{nullptr, "", 2};
  EXPECT_EQ(entry.text(), "[2]");
  EXPECT_EQ(ElementPath{}.text(), "");
}
