// Promises: what synthetic_content.hpp says.
#include "synthetic_content.hpp"

namespace cofactor::bench {
namespace {

constexpr const char* rules[] = {"check-incomplete", "low-magnesium", "high-dose-ppi", "high-dose-diuretic",
                                 "high-dose-multiple-depleters", "high-dose-other-depleter", "high-dose-depleter-monitoring",
                                 "high-dose-no-magnesium", "dose-unreadable"};
constexpr const char* reasons[][2] = {{"already-assessed-elsewhere", "Magnesium already assessed elsewhere"},
                                      {"will-monitor", "Will monitor"},
                                      {"benefit-outweighs-risk", "Benefit outweighs risk"},
                                      {"short-course", "Short course"},
                                      {"patient-declines", "Patient declines"},
                                      {"not-clinically-relevant", "Not clinically relevant for this patient"},
                                      {"palliative-goals", "Palliative goals of care"},
                                      {"incorrect-data", "The data shown are incorrect"},
                                      {"other", "Other"}};

std::string quoted(const std::string& text) { return "\"" + text + "\""; }

}  // namespace

std::string SyntheticContent::digits(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += static_cast<char>('0' + number(0, 9));
  return text;
}

std::string SyntheticContent::uuid() {
  static constexpr char hex[] = "0123456789abcdef";
  std::string text = "xxxxxxxx-xxxx-4xxx-axxx-xxxxxxxxxxxx";
  for (auto& c : text) {
    if (c == 'x') c = hex[number(0, 15)];
  }
  return text;
}

std::string SyntheticContent::date() {
  return "202" + std::to_string(number(4, 6)) + "-0" + std::to_string(number(1, 9)) + "-" + std::to_string(number(10, 28));
}

std::string SyntheticContent::order(const char* role, const char* words, const char* ingredient, const char* drug_class,
                                    bool vitamin_d) {
  std::string out = R"({"reference":"MedicationRequest/)" + uuid() + R"(","role":")" + role +
                    R"(","status":"active","intent":"order","words":")" + words + R"(","productKey":"rxnorm:)" + digits(7) +
                    R"(","sigKey":")" + digits(1) + R"(/1d","ingredients":[{"name":")" + ingredient + R"(","class":")" +
                    drug_class + R"(","basis":"rxnorm-product"}],"start":")" + date() + R"(","startKnown":true,"dosesPerDay":)";
  out += vitamin_d ? "0.14285714285714285" : std::to_string(number(1, 3));
  if (vitamin_d) {
    out += R"(,"iuPerDose":50000,"iuPerDay":7142.857142857143,"vitaminDBasis":["timing.repeat","product-strength"])";
  }
  return out + "}";
}

std::string SyntheticContent::lab(const char* group, const char* loinc, const char* unit) {
  return R"({"reference":"Observation/)" + uuid() + R"(","group":")" + group + R"(","code":")" + loinc +
         R"(","status":"final","valueText":")" + digits(1) + "." + digits(2) + R"(","unitText":")" + unit + R"(","value":)" +
         std::to_string(number(1, 9)) + "." + digits(2) + R"(,"low":0.66,"high":1.07,"on":")" + date() + R"("})";
}

std::string SyntheticContent::card() {
  const std::string detail =
      "Ergocalciferol 50,000 IU: 7,143 IU/day, as drafted. Alongside: Omeprazole " + digits(2) + " MG (since " + date() +
      ").\\n\\nNo magnesium result in the last 90 days. Last magnesium 0." + digits(2) + " mmol/L on " + date() +
      ", older than 90 days.\\n\\nMore than 4,000 IU/day with a PPI and no magnesium in 90 days.\\n\\nLong-term PPI use is "
      "associated with low magnesium (FDA 2011).\\n\\nOrder serum magnesium; review whether Omeprazole is still indicated."
      "\\n\\nEvidence: regulator-warning.";
  std::string out = R"({"uuid":")" + uuid() +
                    R"(","summary":"Vitamin D 7,143 IU/day with Omeprazole; no magnesium result since )" + date() +
                    R"(","indicator":"warning","detail":")" + detail +
                    R"(","source":{"label":"Cofactor","url":"http://127.0.0.1:8080","topic":{"system":"urn:cofactor:topic",)"
                    R"("code":"HighDosePpi","display":"Vitamin D with a proton pump inhibitor"}},"suggestions":[)"
                    R"({"label":"Order serum magnesium","uuid":")" + uuid() +
                    R"(","actions":[{"type":"create","description":"Order serum magnesium","resource":{"resourceType":)"
                    R"("ServiceRequest","status":"draft","intent":"order","code":{"coding":[{"system":"http://loinc.org",)"
                    R"("code":"19123-9","display":"Magnesium [Mass/volume] in Serum or Plasma"}],"text":"Magnesium"},)"
                    R"("subject":{"reference":"Patient/{patient}"},"encounter":{"reference":"Encounter/)" + digits(6) +
                    R"("},"authoredOn":"2026-03-01"}}]}],"selectionBehavior":"any","overrideReasons":[)";
  for (const auto& reason : reasons) {
    if (out.back() == '}') out += ',';
    out += R"({"system":"urn:cofactor:override-reason","code":)" + quoted(reason[0]) + R"(,"display":)" + quoted(reason[1]) + "}";
  }
  return out + R"(],"extension":{"org.cofactor":{"rule":"high-dose-ppi","alsoFired":["high-dose-no-magnesium"],"decision":")" +
         uuid() + R"(","knowledgeRevision":"sha256:)" + std::string(64, 'a') + R"(","evidence":"regulator-warning"}}})";
}

std::string SyntheticContent::next() {
  std::string out = R"({"asOf":"2026-03-01","hook":"order-sign","facts":{"asOf":"2026-03-01","hook":"order-sign","age":)"
                    R"({"youngestYears":61,"oldestYears":61,"youngestMonths":732,"oldestMonths":743},"sex":"female","orders":[)";
  out += order("draft", "Ergocalciferol 1.25 MG Oral Capsule", "ergocalciferol", "vitamin-d-nutritional", true) + ",";
  out += order("draft", "Acetaminophen 500 MG Oral Tablet", "acetaminophen", "recognised-other", false) + ",";
  out += order("active", "Omeprazole 20 MG Delayed Release Oral Capsule", "omeprazole", "ppi", false) + ",";
  out += order("active", "Furosemide 40 MG Oral Tablet", "furosemide", "loop-diuretic", false) + ",";
  out += order("active", "Lisinopril 10 MG Oral Tablet", "lisinopril", "recognised-other", false) + ",";
  out += order("active", "Metformin 500 MG Oral Tablet", "metformin", "recognised-other", false) + ",";
  out += order("active", "Atorvastatin 20 MG Oral Tablet", "atorvastatin", "recognised-other", false);
  out += R"(],"labs":[)" + lab("magnesium-serum", "19123-9", "mg/dL") + "," + lab("vitamin-d-25oh", "1989-3", "ng/mL") + "," +
         lab("calcium-total", "17861-6", "mg/dL") + "," + lab("egfr", "98979-8", "mL/min/{1.73_m2}");
  out += R"(],"conditions":[{"reference":"Condition/)" + uuid() + R"(","code":"34713006","group":"vitamin-d-deficiency","on":")" +
         date() + R"("},{"reference":"Condition/)" + uuid() + R"(","code":"235595009","group":"gerd","on":")" + date() + R"("}],)";
  out += R"("sources":[{"key":"patient","state":"given"},{"key":"medications","state":"given"},{"key":"magnesium","state":"given"},)"
         R"({"key":"vitaminD","state":"given"},{"key":"calciumRenal","state":"given"},{"key":"conditions","state":"given"}]},"outcomes":[)";
  for (const char* rule : rules) {
    if (out.back() == '}') out += ',';
    const bool fired = std::string(rule) == "high-dose-ppi";
    out += R"({"rule":)" + quoted(rule) + (fired ? R"(,"outcome":"fired","indicator":"warning","why":"above-threshold"})"
                                                 : R"(,"outcome":"not-applicable","why":"no-depleting-drug"})");
  }
  out += R"(],"drafts":[{"reference":"MedicationRequest/)" + uuid() +
         R"(","codes":[{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":")" + digits(7) +
         R"("}]}],"answer":{"response":{"cards":[)" + card() +
         R"(]}},"policy":{"onMissingData":"card","sourceUrl":"http://127.0.0.1:8080"}})";
  return out;
}

}  // namespace cofactor::bench
