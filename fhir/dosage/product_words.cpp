// Promises: see product_words.hpp. Sorted for look-up.
#include "fhir/dosage/product_words.hpp"

#include <algorithm>
#include <iterator>

#include "fhir/units/sorted_words.hpp"

namespace cofactor::fhir {
namespace {

struct Entry {
  std::string_view word;
  FormWord means;
};

// clang-format off
constexpr Entry kForms[] = {
    {"aerosol", {"", true}}, {"amp", {"injection", false}}, {"ampoule", {"injection", false}},
    {"ampoules", {"injection", false}}, {"amps", {"injection", false}}, {"ampule", {"injection", false}},
    {"ampules", {"injection", false}}, {"cap", {"capsule", false}}, {"caplet", {"tablet", false}},
    {"caplets", {"tablet", false}}, {"caps", {"capsule", false}}, {"capsula", {"capsule", false}},
    {"capsulas", {"capsule", false}}, {"capsule", {"capsule", false}}, {"capsules", {"capsule", false}},
    {"chew", {"tablet", false}}, {"chewable", {"tablet", false}}, {"chewables", {"tablet", false}},
    {"comprime", {"tablet", false}}, {"comprimes", {"tablet", false}}, {"comprimido", {"tablet", false}},
    {"comprimidos", {"tablet", false}}, {"concentrate", {"solution", false}}, {"cream", {"cream", true}},
    {"creme", {"cream", true}}, {"crm", {"cream", true}}, {"cutaneous", {"", true}}, {"drop", {"drops", false}},
    {"drops", {"drops", false}}, {"ear", {"", true}}, {"elixir", {"solution", false}},
    {"emulsion", {"solution", false}}, {"external", {"", true}}, {"eye", {"", true}}, {"foam", {"foam", true}},
    {"gel", {"gel", true}}, {"gelcap", {"capsule", false}}, {"gelcaps", {"capsule", false}},
    {"gelule", {"capsule", false}}, {"gelules", {"capsule", false}}, {"gotas", {"drops", false}},
    {"gouttes", {"drops", false}}, {"granules", {"powder", false}}, {"gtt", {"drops", false}},
    {"gtts", {"drops", false}}, {"gummies", {"tablet", false}}, {"gummy", {"tablet", false}},
    {"inhalant", {"", true}}, {"inhalation", {"", true}}, {"inhaled", {"", true}}, {"inhaler", {"", true}},
    {"inj", {"injection", false}}, {"injectable", {"injection", false}}, {"injection", {"injection", false}},
    {"kapsel", {"capsule", false}}, {"kapseln", {"capsule", false}}, {"liq", {"solution", false}},
    {"liquid", {"solution", false}}, {"loesung", {"solution", false}}, {"lotion", {"lotion", true}},
    {"lotn", {"lotion", true}}, {"lozenge", {"tablet", false}}, {"lozenges", {"tablet", false}},
    {"nasal", {"", true}}, {"nebuliser", {"", true}}, {"nebulizer", {"", true}}, {"oint", {"ointment", true}},
    {"ointment", {"ointment", true}}, {"opht", {"", true}}, {"ophth", {"", true}}, {"ophthalmic", {"", true}},
    {"otic", {"", true}}, {"packet", {"powder", false}}, {"packets", {"powder", false}}, {"patch", {"patch", false}},
    {"patches", {"patch", false}}, {"pill", {"tablet", false}}, {"pills", {"tablet", false}},
    {"powder", {"powder", false}}, {"pwd", {"powder", false}}, {"pwdr", {"powder", false}},
    {"sachet", {"powder", false}}, {"sachets", {"powder", false}}, {"sfgl", {"capsule", false}},
    {"sftgl", {"capsule", false}}, {"sftgls", {"capsule", false}}, {"shampoo", {"shampoo", true}},
    {"softgel", {"capsule", false}}, {"softgelcap", {"capsule", false}}, {"softgels", {"capsule", false}},
    {"sol", {"solution", false}}, {"soln", {"solution", false}}, {"solution", {"solution", false}},
    {"spray", {"spray", false}}, {"sprays", {"spray", false}}, {"suppositories", {"suppository", false}},
    {"suppository", {"suppository", false}}, {"susp", {"solution", false}}, {"suspension", {"solution", false}},
    {"syringe", {"injection", false}}, {"syrup", {"solution", false}}, {"tab", {"tablet", false}},
    {"tablet", {"tablet", false}}, {"tablets", {"tablet", false}}, {"tablette", {"tablet", false}},
    {"tabletten", {"tablet", false}}, {"tabs", {"tablet", false}}, {"tbl", {"tablet", false}},
    {"topical", {"", true}}, {"tropfen", {"drops", false}}, {"vaginal", {"", true}}, {"vcap", {"capsule", false}},
    {"vcaps", {"capsule", false}}, {"vegicap", {"capsule", false}}, {"vegicaps", {"capsule", false}},
    {"vial", {"injection", false}}, {"vials", {"injection", false}}, {"wafer", {"tablet", false}},
    {"wafers", {"tablet", false}}, {"weichkapsel", {"capsule", false}}, {"weichkapseln", {"capsule", false}},
};
// clang-format on
static_assert(std::is_sorted(std::begin(kForms), std::end(kForms),
                             [](const Entry& a, const Entry& b) { return a.word < b.word; }));
constexpr FirstBytes kBegins = first_bytes(kForms);
constexpr auto kStarts = word_starts(kForms);
static_assert(kBegins[256] == std::size(kForms));

}  // namespace

FormWord form_word(std::string_view folded_word) {
  const Entry* found = find_word(kForms, kBegins, kStarts, folded_word);
  return found != nullptr ? found->means : FormWord{};
}

}  // namespace cofactor::fhir
