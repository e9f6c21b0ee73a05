// Promises: the table of unit words, sorted for look-up. "u" and "units" mean international units
// here: no other unit of activity belongs to the drugs that this service reads. Ambiguous code
// values are ucum.cpp's affair.
#include "fhir/units/unit_words.hpp"

#include <algorithm>
#include <iterator>

#include "fhir/units/sorted_words.hpp"

namespace cofactor::fhir {
namespace {

struct Word {
  std::string_view word;
  UnitReading reading;
};

// clang-format off
constexpr Word kWords[] = {
    {"a", {UnitKind::time, 365.25}}, {"actuat", {UnitKind::spray, 1}}, {"actuation", {UnitKind::spray, 1}},
    {"actuations", {UnitKind::spray, 1}}, {"ae", {UnitKind::iu, 1}}, {"amp", {UnitKind::dose_form, 1}},
    {"ampolla", {UnitKind::dose_form, 1}}, {"ampollas", {UnitKind::dose_form, 1}},
    {"ampoule", {UnitKind::dose_form, 1}}, {"ampoules", {UnitKind::dose_form, 1}}, {"amps", {UnitKind::dose_form, 1}},
    {"ampul", {UnitKind::dose_form, 1}}, {"ampule", {UnitKind::dose_form, 1}}, {"ampules", {UnitKind::dose_form, 1}},
    {"ampulle", {UnitKind::dose_form, 1}}, {"ampullen", {UnitKind::dose_form, 1}},
    {"ampuls", {UnitKind::dose_form, 1}}, {"application", {UnitKind::dose_form, 1}},
    {"applications", {UnitKind::dose_form, 1}}, {"beutel", {UnitKind::dose_form, 1}},
    {"bottle", {UnitKind::dose_form, 1}}, {"bottles", {UnitKind::dose_form, 1}}, {"cap", {UnitKind::dose_form, 1}},
    {"caplet", {UnitKind::dose_form, 1}}, {"caplets", {UnitKind::dose_form, 1}}, {"caps", {UnitKind::dose_form, 1}},
    {"capsula", {UnitKind::dose_form, 1}}, {"capsulas", {UnitKind::dose_form, 1}},
    {"capsule", {UnitKind::dose_form, 1}}, {"capsules", {UnitKind::dose_form, 1}}, {"cc", {UnitKind::volume, 1}},
    {"ccs", {UnitKind::volume, 1}}, {"chew", {UnitKind::dose_form, 1}}, {"chewable", {UnitKind::dose_form, 1}},
    {"chewables", {UnitKind::dose_form, 1}}, {"chews", {UnitKind::dose_form, 1}},
    {"comprime", {UnitKind::dose_form, 1}}, {"comprimes", {UnitKind::dose_form, 1}},
    {"comprimido", {UnitKind::dose_form, 1}}, {"comprimidos", {UnitKind::dose_form, 1}},
    {"cp", {UnitKind::dose_form, 1}}, {"cpr", {UnitKind::dose_form, 1}}, {"cps", {UnitKind::dose_form, 1}},
    {"d", {UnitKind::time, 1}}, {"day", {UnitKind::time, 1}}, {"days", {UnitKind::time, 1}},
    {"dose", {UnitKind::dose_form, 1}}, {"doses", {UnitKind::dose_form, 1}}, {"drop", {UnitKind::drop, 1}},
    {"drops", {UnitKind::drop, 1}}, {"drp", {UnitKind::drop, 1}}, {"drps", {UnitKind::drop, 1}},
    {"ea", {UnitKind::dose_form, 1}}, {"each", {UnitKind::dose_form, 1}}, {"einheit", {UnitKind::iu, 1}},
    {"einheiten", {UnitKind::iu, 1}}, {"film", {UnitKind::dose_form, 1}}, {"films", {UnitKind::dose_form, 1}},
    {"flacon", {UnitKind::dose_form, 1}}, {"g", {UnitKind::mass, 1e6}}, {"gamma", {UnitKind::mass, 1}},
    {"gelcap", {UnitKind::dose_form, 1}}, {"gelcaps", {UnitKind::dose_form, 1}}, {"gelule", {UnitKind::dose_form, 1}},
    {"gelules", {UnitKind::dose_form, 1}}, {"gm", {UnitKind::mass, 1e6}}, {"gms", {UnitKind::mass, 1e6}},
    {"gota", {UnitKind::drop, 1}}, {"gotas", {UnitKind::drop, 1}}, {"goutte", {UnitKind::drop, 1}},
    {"gouttes", {UnitKind::drop, 1}}, {"gr", {UnitKind::mass, 1e6}}, {"gram", {UnitKind::mass, 1e6}},
    {"gramm", {UnitKind::mass, 1e6}}, {"gramme", {UnitKind::mass, 1e6}}, {"grammes", {UnitKind::mass, 1e6}},
    {"gramo", {UnitKind::mass, 1e6}}, {"gramos", {UnitKind::mass, 1e6}}, {"grams", {UnitKind::mass, 1e6}},
    {"gtt", {UnitKind::drop, 1}}, {"gtts", {UnitKind::drop, 1}}, {"gummies", {UnitKind::dose_form, 1}},
    {"gummy", {UnitKind::dose_form, 1}}, {"h", {UnitKind::time, 1.0/24}}, {"hour", {UnitKind::time, 1.0/24}},
    {"hours", {UnitKind::time, 1.0/24}}, {"hr", {UnitKind::time, 1.0/24}}, {"hrs", {UnitKind::time, 1.0/24}},
    {"ie", {UnitKind::iu, 1}}, {"iu", {UnitKind::iu, 1}}, {"ius", {UnitKind::iu, 1}}, {"jm", {UnitKind::iu, 1}},
    {"kapsel", {UnitKind::dose_form, 1}}, {"kapseln", {UnitKind::dose_form, 1}}, {"kiu", {UnitKind::iu, 1e3}},
    {"kui", {UnitKind::iu, 1e3}}, {"kunit", {UnitKind::iu, 1e3}}, {"kunits", {UnitKind::iu, 1e3}},
    {"l", {UnitKind::volume, 1e3}}, {"liter", {UnitKind::volume, 1e3}}, {"liters", {UnitKind::volume, 1e3}},
    {"litre", {UnitKind::volume, 1e3}}, {"litres", {UnitKind::volume, 1e3}}, {"lozenge", {UnitKind::dose_form, 1}},
    {"lozenges", {UnitKind::dose_form, 1}}, {"mcg", {UnitKind::mass, 1}}, {"mcgs", {UnitKind::mass, 1}},
    {"me", {UnitKind::iu, 1}}, {"meq", {UnitKind::equivalents, 1}}, {"meqs", {UnitKind::equivalents, 1}},
    {"mg", {UnitKind::mass, 1e3}}, {"mgs", {UnitKind::mass, 1e3}}, {"microg", {UnitKind::mass, 1}},
    {"microgram", {UnitKind::mass, 1}}, {"microgramme", {UnitKind::mass, 1}}, {"microgrammes", {UnitKind::mass, 1}},
    {"microgramo", {UnitKind::mass, 1}}, {"microgramos", {UnitKind::mass, 1}}, {"micrograms", {UnitKind::mass, 1}},
    {"mikrogramm", {UnitKind::mass, 1}}, {"miligramo", {UnitKind::mass, 1e3}}, {"miligramos", {UnitKind::mass, 1e3}},
    {"mililitro", {UnitKind::volume, 1}}, {"mililitros", {UnitKind::volume, 1}},
    {"milliequivalent", {UnitKind::equivalents, 1}}, {"milliequivalents", {UnitKind::equivalents, 1}},
    {"milligram", {UnitKind::mass, 1e3}}, {"milligramm", {UnitKind::mass, 1e3}},
    {"milligramme", {UnitKind::mass, 1e3}}, {"milligrammes", {UnitKind::mass, 1e3}},
    {"milligrams", {UnitKind::mass, 1e3}}, {"milliliter", {UnitKind::volume, 1}},
    {"millilitern", {UnitKind::volume, 1}}, {"milliliters", {UnitKind::volume, 1}},
    {"millilitre", {UnitKind::volume, 1}}, {"millilitres", {UnitKind::volume, 1}},
    {"millimole", {UnitKind::amount, 1}}, {"millimoles", {UnitKind::amount, 1}}, {"min", {UnitKind::time, 1.0/1440}},
    {"mins", {UnitKind::time, 1.0/1440}}, {"minute", {UnitKind::time, 1.0/1440}},
    {"minutes", {UnitKind::time, 1.0/1440}}, {"miu", {UnitKind::iu, 1e6}}, {"ml", {UnitKind::volume, 1}},
    {"mls", {UnitKind::volume, 1}}, {"mmol", {UnitKind::amount, 1}}, {"mmols", {UnitKind::amount, 1}},
    {"mo", {UnitKind::time, 30.4375}}, {"month", {UnitKind::time, 30.4375}}, {"months", {UnitKind::time, 30.4375}},
    {"mos", {UnitKind::time, 30.4375}}, {"mval", {UnitKind::equivalents, 1}}, {"nanogram", {UnitKind::mass, 1e-3}},
    {"nanograms", {UnitKind::mass, 1e-3}}, {"ne", {UnitKind::iu, 1}}, {"ng", {UnitKind::mass, 1e-3}},
    {"pack", {UnitKind::dose_form, 1}}, {"packet", {UnitKind::dose_form, 1}}, {"packets", {UnitKind::dose_form, 1}},
    {"patch", {UnitKind::dose_form, 1}}, {"patches", {UnitKind::dose_form, 1}}, {"pen", {UnitKind::dose_form, 1}},
    {"piece", {UnitKind::dose_form, 1}}, {"pieces", {UnitKind::dose_form, 1}}, {"pill", {UnitKind::dose_form, 1}},
    {"pills", {UnitKind::dose_form, 1}}, {"puff", {UnitKind::spray, 1}}, {"puffs", {UnitKind::spray, 1}},
    {"pulverisation", {UnitKind::spray, 1}}, {"pump", {UnitKind::dose_form, 1}}, {"pumps", {UnitKind::dose_form, 1}},
    {"sachet", {UnitKind::dose_form, 1}}, {"sachets", {UnitKind::dose_form, 1}},
    {"sachette", {UnitKind::dose_form, 1}}, {"scoop", {UnitKind::dose_form, 1}}, {"scoops", {UnitKind::dose_form, 1}},
    {"sec", {UnitKind::time, 1.0/86400}}, {"second", {UnitKind::time, 1.0/86400}},
    {"seconds", {UnitKind::time, 1.0/86400}}, {"secs", {UnitKind::time, 1.0/86400}},
    {"sfgl", {UnitKind::dose_form, 1}}, {"sftgl", {UnitKind::dose_form, 1}}, {"sftgls", {UnitKind::dose_form, 1}},
    {"sobre", {UnitKind::dose_form, 1}}, {"sobres", {UnitKind::dose_form, 1}}, {"softgel", {UnitKind::dose_form, 1}},
    {"softgelcap", {UnitKind::dose_form, 1}}, {"softgels", {UnitKind::dose_form, 1}}, {"spray", {UnitKind::spray, 1}},
    {"sprays", {UnitKind::spray, 1}}, {"spruehstoesse", {UnitKind::spray, 1}}, {"spruehstoss", {UnitKind::spray, 1}},
    {"squirt", {UnitKind::dose_form, 1}}, {"squirts", {UnitKind::dose_form, 1}}, {"stick", {UnitKind::dose_form, 1}},
    {"sticks", {UnitKind::dose_form, 1}}, {"stk", {UnitKind::dose_form, 1}}, {"strip", {UnitKind::dose_form, 1}},
    {"strips", {UnitKind::dose_form, 1}}, {"suppositories", {UnitKind::dose_form, 1}},
    {"suppository", {UnitKind::dose_form, 1}}, {"syringe", {UnitKind::dose_form, 1}},
    {"syringes", {UnitKind::dose_form, 1}}, {"tab", {UnitKind::dose_form, 1}}, {"tablespoon", {UnitKind::volume, 15}},
    {"tablespoonful", {UnitKind::volume, 15}}, {"tablespoons", {UnitKind::volume, 15}},
    {"tablet", {UnitKind::dose_form, 1}}, {"tableta", {UnitKind::dose_form, 1}},
    {"tabletas", {UnitKind::dose_form, 1}}, {"tablets", {UnitKind::dose_form, 1}},
    {"tablette", {UnitKind::dose_form, 1}}, {"tabletten", {UnitKind::dose_form, 1}},
    {"tabs", {UnitKind::dose_form, 1}}, {"tbl", {UnitKind::dose_form, 1}}, {"tbls", {UnitKind::dose_form, 1}},
    {"tbsp", {UnitKind::volume, 15}}, {"tbsps", {UnitKind::volume, 15}}, {"teaspoon", {UnitKind::volume, 5}},
    {"teaspoonful", {UnitKind::volume, 5}}, {"teaspoons", {UnitKind::volume, 5}},
    {"teaspoonsful", {UnitKind::volume, 5}}, {"tropfen", {UnitKind::drop, 1}}, {"tsp", {UnitKind::volume, 5}},
    {"tsps", {UnitKind::volume, 5}}, {"u", {UnitKind::iu, 1}}, {"ug", {UnitKind::mass, 1}},
    {"ugs", {UnitKind::mass, 1}}, {"ui", {UnitKind::iu, 1}}, {"uis", {UnitKind::iu, 1}},
    {"unidad", {UnitKind::iu, 1}}, {"unidades", {UnitKind::iu, 1}}, {"unit", {UnitKind::iu, 1}},
    {"unite", {UnitKind::iu, 1}}, {"unites", {UnitKind::iu, 1}}, {"units", {UnitKind::iu, 1}},
    {"unt", {UnitKind::iu, 1}}, {"unts", {UnitKind::iu, 1}}, {"ut", {UnitKind::iu, 1}}, {"uts", {UnitKind::iu, 1}},
    {"vcap", {UnitKind::dose_form, 1}}, {"vcaps", {UnitKind::dose_form, 1}}, {"vegicap", {UnitKind::dose_form, 1}},
    {"vegicaps", {UnitKind::dose_form, 1}}, {"vial", {UnitKind::dose_form, 1}}, {"vials", {UnitKind::dose_form, 1}},
    {"wafer", {UnitKind::dose_form, 1}}, {"wafers", {UnitKind::dose_form, 1}}, {"week", {UnitKind::time, 7}},
    {"weeks", {UnitKind::time, 7}}, {"wk", {UnitKind::time, 7}}, {"wks", {UnitKind::time, 7}},
    {"year", {UnitKind::time, 365.25}}, {"years", {UnitKind::time, 365.25}}, {"yr", {UnitKind::time, 365.25}},
    {"yrs", {UnitKind::time, 365.25}},
};
// clang-format on
static_assert(std::is_sorted(std::begin(kWords), std::end(kWords),
                             [](const Word& a, const Word& b) { return a.word < b.word; }));
constexpr FirstBytes kBegins = first_bytes(kWords);
constexpr auto kStarts = word_starts(kWords);
static_assert(kBegins[256] == std::size(kWords));

}  // namespace

UnitReading unit_word(std::string_view folded_word) {
  const Word* found = find_word(kWords, kBegins, kStarts, folded_word);
  return found != nullptr ? found->reading : UnitReading{};
}

}  // namespace cofactor::fhir
