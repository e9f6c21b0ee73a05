// When drafts carry nutritional vitamin D above the interaction threshold (or a dose that cannot be read), or a rule on
//      a missing magnesium result would have spoken, and magnesium results or the active medication list could not
//      be obtained, or a thiazide asks for a calcium result that could not. Or a medicine is being signed that cannot be told: its Medication was not sent and it has no name.
//      Or an order that matters is not proven to be this patient's: its subject is of another server, or cannot be read.
//      Or not all draft orders could be read.
// Then info: names what was not available and why, and any depleting drug; never says that there is no result. A line
//      where another card of ours fires.
// Why  what could not be looked at is not the same as nothing found. Under 19 only an order that cannot be judged is said.
#include "cards/rules/absence.hpp"
#include "cards/rules/rule.hpp"

namespace cofactor::cards {
namespace {

/// Would an answer to the question have mattered?
bool matters(const Situation& s) {
  const auto limit = [&](std::string_view key) { return s.knowledge->threshold(key).value; };
  if (s.vitamin_d.drafted_unread) return true;
  // The total counts, not the drafts' own share: 1,000 IU on top of 2,500 is 3,500 beside an unseen PPI.
  if (s.vitamin_d.drafted && above(s.vitamin_d.iu_per_day, limit("vitd_interaction_iu_per_day")))
    return true;
  if (above(s.vitamin_d.iu_per_day, limit("vitd_high_iu_per_day"))) return true;
  const bool with_class = !s.depleters.classes.empty();
  return with_class && (above(s.vitamin_d.iu_per_day, limit("vitd_interaction_iu_per_day")) ||
                        s.vitamin_d.at_least());
}

/// Orders that no rule can judge, and why.
struct Unjudged {
  bool unidentified = false, unproven = false, unread = false;
  bool any() const { return unidentified || unproven || unread; }
  void add_findings(Fired& fired) const {
    if (unidentified) fired.detail.push_back("finding-unidentified");
    if (unproven) fired.detail.push_back("finding-unproven");
    if (unread) fired.detail.push_back("finding-unread");
  }
};

Fired say_unjudged(const Unjudged& orders) {
  Fired fired{Indicator::info};
  fired.summary = orders.unidentified ? "summary-unidentified" : orders.unproven ? "summary-unproven" : "summary-unread";
  orders.add_findings(fired);
  fired.detail.push_back("rule");
  if (orders.unidentified) fired.detail.push_back("options-unidentified");
  if (orders.unproven) fired.detail.push_back("options-unproven");
  if (orders.unread) fired.detail.push_back("options-unread");
  fired.line = orders.unidentified ? "line-unidentified" : orders.unproven ? "line-unproven" : "line-unread";
  fired.why = orders.unidentified ? "medication-unresolved" : orders.unproven ? "subject-unproven" : "drafts-unreadable";
  return fired;
}

}  // namespace

Answer check_incomplete(const Situation& s, const RulePolicy& policy) {
  const bool no_medications = !s.medications_unavailable.empty();
  const Unjudged unjudged{s.unidentified_at_signing, s.unproven_draft, s.unread_draft};
  const bool no_calcium = !s.thiazide_calcium.unavailable.empty();
  const bool unobtained = s.magnesium_unavailable() || no_medications || no_calcium;
  if (!unobtained && !unjudged.any()) return NotApplicable{"everything-was-obtained"};
  const bool asks = unobtained && matters(s);
  if (!unjudged.any() && !asks) return NotApplicable{"finding-would-not-matter"};
  const auto why = silenced(s);
  // The upper level of a child's age speaks too: which medicine and whose it is, is asked at every age.
  if (why && (s.end_of_life || !unjudged.any())) return Suppressed{Indicator::info, *why};
  if (!asks || why) return say_unjudged(unjudged);

  Fired fired{Indicator::info};
  const bool known = s.vitamin_d.known();
  fired.summary = known ? "summary" : "summary-dose-unknown";
  fired.detail = {known ? "finding" : "finding-dose-unknown"};
  add_counting_notes(s, fired.detail);
  if (!s.depleters.classes.empty()) fired.detail.push_back("drugs");
  if (s.magnesium_unavailable() && s.magnesium.last != nullptr)
    fired.detail.push_back("magnesium-obtained");
  add_drug_notes(s, fired.detail);
  unjudged.add_findings(fired);
  fired.detail.push_back("missing");
  fired.detail.push_back("rule");
  add_modifiers(s, fired.detail);
  if (s.magnesium_unavailable() || no_medications)
    fired.detail.push_back(s.magnesium_unavailable() ? "options" : "options-medications");
  if (no_calcium) fired.detail.push_back("options-calcium");
  fired.line = "line";
  const bool ask_magnesium = s.magnesium_unavailable() && s.magnesium.pending.empty();
  for (const std::string& lab : policy.suggests)
    if (lab == "calcium" ? no_calcium : ask_magnesium) fired.suggestions.push_back(OrderLab{lab, std::nullopt});
  fired.why = s.magnesium_unavailable() && no_medications ? "magnesium-and-medications-unavailable"
              : no_medications ? "medications-unavailable: " + s.medications_unavailable
               : !s.magnesium_unavailable() ? "calcium-unavailable: " + s.thiazide_calcium.unavailable
                               : "magnesium-unavailable: " + s.magnesium.unavailable;
  return fired;
}

}  // namespace cofactor::cards
