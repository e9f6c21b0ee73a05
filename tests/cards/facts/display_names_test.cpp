// Proves: every product name of displays.txt gives the classes and the vitamin D of its line; what a name does not
// say is no strength, never another one.
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "drug_orders.hpp"

using namespace cofactor::cards;
using namespace cofactor::cards::testing_orders;

TEST(DisplayNames, AreReadAsAPharmacistReadsThem) {
  std::ifstream file("tests/cards/facts/displays.txt");
  std::string line, display;
  int read = 0;
  while (std::getline(file, line)) {
    constexpr std::string_view arrow = "    -> ";
    if (line.empty() || line[0] == '#') continue;
    if (!line.starts_with(arrow)) {
      display = line;
      continue;
    }
    SCOPED_TRACE(display);
    ++read;
    const std::size_t comma = line.find(", ");
    std::istringstream classes(line.substr(arrow.size(), comma - arrow.size()));
    const DrugReading reading = identify(text_order(display));
    for (std::string wanted; classes >> wanted;) {
      bool found = false;
      for (const IngredientReading& i : reading.ingredients) found = found || name_of(i.drug_class) == wanted;
      EXPECT_TRUE(found) << wanted << " is missing in: " << ingredients(reading);
    }
    EXPECT_EQ(strength(reading), line.substr(comma + 2));
    // Nobody is told of a class that the name does not say.
    const std::set<std::string_view> loud{"ppi", "loop-diuretic", "thiazide-diuretic", "vitamin-d-nutritional", "vitamin-d-active"};
    for (const IngredientReading& i : reading.ingredients)
      if (loud.contains(name_of(i.drug_class))) {
        EXPECT_NE(line.find(name_of(i.drug_class)), line.npos) << name_of(i.drug_class);
      }
  }
  EXPECT_GE(read, 110);
}
