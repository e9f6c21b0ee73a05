// Promises: see sig_writer.hpp. Each list starts with its plainest wording.
#include "sig_writer.hpp"

#include <array>
#include <cctype>
#include <cmath>

namespace cofactor::fhir {
namespace {

using Words = std::vector<std::string>;

constexpr double kMonth = 365.25 / 12, kYear = 365.25;

struct Often {
  double per_day;
  Words words;
};

// clang-format off
const std::vector<Often>& often() {
  static const std::vector<Often> list = {
      {1, {"daily", "once daily", "once a day", "every day", "QD", "q.d.", "q day", "each day", "one time daily", "1 time a day",
           "one (1) time a day", "every 24 hours", "q24h", "q 24 hours", "1x/day", "1x daily", "every morning", "in the morning", "qAM",
           "q am", "at bedtime", "qHS", "q.h.s.", "HS", "nightly", "every night at bedtime", "every evening", "with breakfast",
           "with dinner", "at 9 am", "at 09:00", "OD", "o.d.", "once every day", "per day", "a day", "/day", "every 1 day", "q1d",
           "in the morning with food", "every day at noon", "once nightly", "QDAY"}},
      {2, {"twice daily", "twice a day", "BID", "b.i.d.", "bid", "2 times a day", "two times daily", "2 (two) times a day", "every 12 hours",
           "q12h", "q 12 hrs", "Q12 hours", "2x/day", "2x daily", "2 x day", "in the morning and at bedtime", "morning and evening",
           "every morning and every evening", "with breakfast and dinner", "at 8 am and 8 pm", "at 08:00 and 20:00", "BD",
           "every morning and at bedtime", "two (2) times daily", "twice per day" }},
      {3, {"three times daily", "3 times a day", "TID", "t.i.d.", "every 8 hours", "q8h", "3x/day", "TDS", "thrice daily",
           "three times per day", "3 (three) times daily", "in the morning, at noon and at bedtime" }},
      {4, {"four times daily", "QID", "q.i.d.", "every 6 hours", "q6h", "QDS", "4 times per day", "4x daily" }},
      {6, {"every 4 hours", "q4h", "every 4-6 hours", "q4-6h", "every 4 to 6 hours", "six times a day"}},
      {1.0 / 7, {"weekly", "once a week", "every week", "once weekly", "every 7 days", "q7d", "q 7 days", "Q7DAYS", "QWK", "q week", "q wk",
                 "qweek", "once every week", "1x/week", "1 time a week", "one time per week", "1 time per week", "per week", "a week",
                 "/week", "every Sunday", "on Mondays", "every Wednesday", "once a week on Friday", "weekly on Sundays", "each week",
                 "every seven days", "every 7 (seven) days", "one day per week", "once per week", "q weekly", "wkly", "every Monday morning"}},
      {2.0 / 7, {"twice a week", "twice weekly", "2 times a week", "2x/week", "two times weekly", "2x per week", "on Mondays and Thursdays",
                 "every Tuesday and Friday", "Tue/Fri", "2 times per week", "two (2) times a week", "on Monday & Thursday"}},
      {3.0 / 7, {"three times a week", "3 times weekly", "3x/week", "TIW", "on Monday, Wednesday and Friday", "every Mon, Wed, Fri",
                 "Mon/Wed/Fri", "3 times per week", "thrice weekly", "three times per week", "on Mon Wed Fri", "3x a week"}},
      {5.0 / 7, {"5 times a week", "on weekdays", "Monday through Friday", "Monday-Friday", "five days a week", "daily except weekends"}},
      {6.0 / 7, {"six times a week", "daily except Sunday", "every day except Sundays", "6 days a week"}},
      {0.5, {"every other day", "every 2 days", "QOD", "q.o.d.", "q2d", "every second day", "on alternate days", "every two days", "q48h",
             "every 48 hours", "q other day", "alternate days"}},
      {1.0 / 3, {"every 3 days", "every third day", "q3d", "every 72 hours", "every three days", "q72h"}},
      {0.1, {"every 10 days", "q10d", "every ten days"}},
      {1.0 / 14, {"every 2 weeks", "every other week", "every 14 days", "q2wk", "q 2 weeks", "once every 2 weeks", "every two weeks",
                  "fortnightly", "once every other week", "every second week", "q14d", "once a fortnight", "every 2 wks", "Q2W"}},
      {1.0 / 21, {"every 3 weeks", "q3 weeks", "every 21 days", "q3w", "every three weeks"}},
      {1.0 / 28, {"every 4 weeks", "every 28 days", "q4wk", "every four weeks", "q28d", "once every 4 weeks"}},
      {1.0 / 30, {"every 30 days", "q30d", "every thirty days"}},
      {1 / kMonth, {"monthly", "once a month", "every month", "once monthly", "q month", "QMONTH", "once every month", "1x/month", "per month",
                    "a month", "/month", "on the first of each month", "on the 1st of the month", "1 time a month", "every 1 month", "q mo",
                    "once per month", "each month", "on the first day of every month"}},
      {2 / kMonth, {"twice a month", "2 times a month", "twice monthly", "on the 1st and 15th of each month", "2x/month"}},
      {1 / (2 * kMonth), {"every 2 months", "every two months", "q2mo", "every other month", "q 2 months"}},
      {1 / (3 * kMonth), {"every 3 months", "quarterly", "every three months", "q3mo", "q 3 months", "once every 3 months"}},
      {1 / (6 * kMonth), {"every 6 months", "q6mo", "every six months", "twice a year"}},
      {1 / kYear, {"yearly", "once a year", "annually", "every year", "once yearly", "every 12 months"}},
  };
  return list;
}
// clang-format on

std::string grouped(long value, const std::string& separator) {
  std::string digits = std::to_string(value);
  for (auto i = static_cast<long>(digits.size()) - 3; i > 0; i -= 3)
    digits.insert(static_cast<std::size_t>(i), separator);
  return digits;
}

std::string in_words(long n) {
  static const std::array<const char*, 11> small = {"zero", "one", "two",   "three", "four", "five",
                                                    "six",  "seven", "eight", "nine",  "ten"};
  return n <= 10 ? small[static_cast<std::size_t>(n)] : std::to_string(n);
}

class Writer {
 public:
  Writer(Choices& choices, Meant& meant) : c_(choices), meant_(meant) {}

  std::string pick(const Words& words) { return c_.of(words); }

  /// "50,000 units" and its relatives.
  std::string activity(long iu) {
    if (iu == 50000 && c_.one_in(12))
      return pick({"fifty thousand units", "50 thousand units", "50K units", "50k IU", "50 K"});
    if (iu % 1000 == 0 && c_.one_in(16)) return std::to_string(iu / 1000) + pick({"K units", "K IU", "k iu"});
    std::string figure;
    switch (c_.below(4)) {
      case 0:
      case 3:
        figure = grouped(iu, ",");
        break;
      case 1:
        figure = std::to_string(iu);
        break;
      default:
        figure = iu % 1000 == 0 ? grouped(iu, pick({",", " ", "'", "."})) : std::to_string(iu);
    }
    return figure + pick({" units", " IU", " Units", " unit", "IU", " international units", " I.U.", " int'l units", " USP units",
                          " UNIT", "units", " U", " intl units", " iu", " UI", " Int. Units", " Unt"});
  }

  std::string mass(double ug) {
    char text[48];
    if (ug >= 1000 && c_.below(2) == 0) {
      std::snprintf(text, sizeof text, "%g", ug / 1000);
      return text + pick({" mg", "mg", " MG", " milligrams", " Mg"});
    }
    const bool whole = ug == std::round(ug);
    std::snprintf(text, sizeof text, "%g", ug);
    const std::string figure = ug >= 1000 && whole ? grouped(std::lround(ug), pick({",", ""})) : text;
    return figure + pick({" mcg", "mcg", " MCG", " micrograms", " µg", " ug", "µg", " microgram", " μg"});
  }

  std::string strength(long iu) {
    const double ug = static_cast<double>(iu) / 40;
    switch (c_.below(5)) {
      case 3:
        return mass(ug) + " (" + activity(iu) + ")";
      case 4:
        return mass(ug);
      default:
        return activity(iu);
    }
  }

  long some_iu() {
    static constexpr std::array<long, 10> list = {50000, 1000, 2000, 5000, 10000, 400, 800, 60000, 25000, 100000};
    return list[c_.below(list.size())];
  }

  std::string count(double& n) {
    switch (c_.below(8)) {
      case 5: {
        n = 0.5;
        return pick({"1/2", "half a", "0.5", "one-half", "½", "half", "one half", ".5", "a half"});
      }
      case 6: {
        n = 1.5;
        return pick({"1.5", "1 1/2", "1 and 1/2", "one and a half", "1½", "1-1/2"});
      }
      case 7: {
        n = 2;
        return pick({"1-2", "1 to 2", "one to two", "1 or 2", "one or two", "1 - 2", "1–2"});
      }
      default: {
        static constexpr std::array<int, 5> list = {1, 2, 3, 4, 1};
        const int whole = list[c_.below(list.size())];
        n = whole;
        const std::string digits = std::to_string(whole), words = in_words(whole);
        return pick({digits, words, digits + " (" + words + ")", words + " (" + digits + ")"});
      }
    }
  }

  std::string amount() {
    switch (c_.below(8)) {
      case 4: {  // units of activity
        const long iu = some_iu();
        meant_.unit = AmountUnit::iu;
        meant_.amount = meant_.iu = static_cast<double>(iu);
        if (c_.one_in(10)) {
          meant_.amount = meant_.iu = 2.0 * static_cast<double>(iu);
          return grouped(iu, ",") + pick({"-", " to ", " - "}) + grouped(2 * iu, ",") + pick({" units", " IU"});
        }
        return activity(iu);
      }
      case 5: {  // mass, perhaps with the units of activity again
        const long iu = some_iu();
        meant_.unit = AmountUnit::microgram;
        meant_.amount = static_cast<double>(iu) / 40;
        meant_.iu = static_cast<double>(iu);
        std::string text = mass(*meant_.amount);
        if (c_.one_in(2)) text += " (" + activity(iu) + ")";
        return text;
      }
      case 6: {
        static constexpr std::array<double, 6> list = {1, 0.5, 2, 2.5, 0.25, 5};
        const double ml = list[c_.below(list.size())];
        meant_.unit = AmountUnit::millilitre;
        meant_.amount = ml;
        char text[24];
        std::snprintf(text, sizeof text, "%g", ml);
        return text + pick({" mL", " ml", "mL", " ML", " milliliters", "cc", " mls"});
      }
      case 7: {
        static constexpr std::array<int, 5> list = {5, 1, 2, 10, 20};
        meant_.unit = AmountUnit::drop;
        const int drops = list[c_.below(list.size())];
        meant_.amount = drops;
        return std::to_string(drops) + pick({" drops", " gtts", " drop(s)", " DROPS"});
      }
      default: {
        double n = 1;
        const bool compound = c_.one_in(5);
        std::string text = count(n) + " ";
        meant_.unit = AmountUnit::dose_unit;
        meant_.amount = n;
        const std::string form = pick({"capsule", "tablet", "capsules", "tablets", "cap", "tab", "caps", "tabs", "softgel", "softgels",
                                       "caplet", "tablet(s)", "capsule(s)", "Cap", "TABLET", "pill", "sachet", "ampoule", "gummy", "cp",
                                       "chewable tablet", "vial", "wafer", "packet"});
        if (!compound) return text + form;
        const long iu = some_iu();
        // Half a tablet "(50,000 units)" may be half of them: the higher of the two readings.
        meant_.iu = n * static_cast<double>(iu);
        switch (c_.below(5)) {
          case 0:
            meant_.iu = std::max(n, 1.0) * static_cast<double>(iu);
            return text + form + " (" + activity(iu) + ")";
          case 1:
            return text + form + " (" + activity(std::lround(n * static_cast<double>(iu))) + " total)";
          case 2:
            return text + activity(iu) + " " + form;
          case 3:
            return text + form + " of " + activity(iu);
          default:
            return text + form + " (" + mass(n * static_cast<double>(iu) / 40) + " total)";
        }
      }
    }
  }

  std::string frequency(double& per_day) {
    const Often& chosen = often()[c_.below(often().size())];
    per_day = chosen.per_day;
    return c_.of(chosen.words);
  }

  std::string course() {
    const int n = 2 + static_cast<int>(c_.below(11));
    if (c_.one_in(5)) {
      meant_.doses = n;
      return pick({" for " + std::to_string(n) + " doses", " x " + std::to_string(n) + " doses", " for a total of " + std::to_string(n) + " doses"});
    }
    static const std::vector<std::pair<double, Words>> units = {
        {7, {" weeks", " wks", "wks", " week(s)", " WEEKS"}}, {1, {" days", "d", " day(s)", " DAYS"}}, {kMonth, {" months", " mos", " month(s)"}}};
    const auto& [days, names] = units[c_.below(units.size())];
    meant_.days = static_cast<int>(std::lround(n * days));
    if (c_.one_in(6))
      return pick({" for ", " for the next "}) + std::to_string(n) + " (" + in_words(n) + ")" + names[0];
    return pick({" for ", " x ", " x", " for the next ", ", for ", " for a total of "}) + std::to_string(n) + c_.of(names);
  }

  Choices& c_;
  Meant& meant_;
};

const Words& harmless() {
  static const Words list = {
      " with food", " with a meal", ". Take with food", " with a full glass of water", " with 8 oz of water", ". Swallow whole",
      ". Do not crush or chew", ". Dispense 12", ", #12", ", Disp-12, R-0", ". Refills: 3", ". Qty: 30", " for vitamin D deficiency",
      " for low vitamin D", ". Call 555-123-4567 with questions", ". Call (617) 555-0134 if you feel unwell", ". Lot 48213",
      ". Exp 03/2027", ". NDC 64380-737-06", ". Rx# 7654321", ". Keep refrigerated", ". Store below 25 C", ". DOB 4/5/1950",
      ". Start 2026-03-01", ", start on 3/1/2026", " 30 minutes before a meal", " 2 hours after antacids",
      ". Separate from calcium by 4 hours", ". Recheck level in 3 months", ". Check 25-OH vitamin D in 12 weeks",
      " for 25-OH vitamin D of 12 ng/mL", ". Vitamin D level was 12", " (E55.9)", ". Dx: E55.9", ". May cause constipation",
      ". Patient aged 72", ". Weight 70 kg", ". Shake well", ". Take with largest meal", ". Finish all", ". OTC", " - generic ok",
      " with or without food", ". Avoid alcohol", ". Avoid grapefruit juice", ". Dr. Smith 12/31/2025", ". Follow up in 8 weeks",
      ". Last level 18 ng/mL on 2/1/2026", " with 240 mL of water", ". Take at the same time each day", ". 90 day supply",
      ". Indication: osteoporosis", ". Report muscle cramps", ". ICD-10 E55.9", ". Discard after 28 days"};
  return list;
}

const Words& doubtful() {
  static const Words list = {
      ". Do NOT take daily", ". Do not take twice a day", ". Not to be taken every day", ". Do not exceed 3 tablets in 24 hours",
      ". Do not take more than 1 capsule per week", ". Max 4 per day", ". Do not double the dose if missed",
      ". Never take 2 at once", " or as directed", " as directed", ". Use as directed by your doctor", ". Follow package instructions",
      ". Stop if nausea", ". Also takes omeprazole 20 mg", ". Continue omeprazole 20 mg daily", ". Patient also takes furosemide 40 mg",
      ". In addition to calcium 600 mg twice daily", ". Replaces 1,000 units daily", ". Instead of 2,000 units daily",
      ". Previously took 5,000 units daily", ". Previous dose 2 tablets daily", ". May increase to 2 capsules daily", ". Appointment on Monday at 9:30 am",
      ". Hold if calcium is high", ". Multivitamin 400 units also daily", ". Stop 1,000 unit tablets", ". Not weekly",
      ". Skip dose if vomiting", ". Max dose 10,000 units per day", ". Call if more than 2 doses are missed",
      ". Take on 3/1/2026 and then stop", ". See instructions", ". With calcium 500 mg", ". Do not take with antacids"};
  return list;
}

std::string cased(Choices& c, std::string text) {
  const unsigned how = c.below(6);
  if (how == 3)
    for (char& letter : text) letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  if (how == 4)
    for (char& letter : text) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  if (how == 5) {
    std::string spaced;
    for (const char letter : text) {
      spaced += letter;
      const bool in_figure = spaced.size() > 1 && std::isdigit(static_cast<unsigned char>(spaced[spaced.size() - 2])) != 0;
      if (letter == ' ' && !in_figure && c.one_in(6)) spaced += ' ';
    }
    return spaced;
  }
  return text;
}

bool joins_amount(const std::string& words) {
  return words[0] == '/' || words == "a day" || words == "a week" || words == "a month" || words.starts_with("per ");
}

}  // namespace

Written write_dosage(Choices& c, Remark remark) {
  Written out;
  Meant& meant = out.meant;
  Writer w(c, meant);
  const std::string amount = w.amount();
  double per_day = 1;
  std::string how_often = w.frequency(per_day);
  std::string& text = out.text;
  const std::string verb = w.pick({"Take ", "", "take ", "Give ", "Swallow ", "TAKE ", "Use ", "Sig: ", "Please take ", "Patient to take ",
                                   "Tk ", "SIG: take ", "Administer ", "Take: "});
  const std::string route = w.pick({" by mouth", " PO", "", " orally", " po", " p.o.", ", oral,", " per os", " (oral)", " via oral route",
                                    ", Oral", " by mouth,"});
  const bool once = c.one_in(20);
  if (once) {
    meant.once = true;
    how_often = w.pick({"once", "x1", "one time only", "as a single dose", "stat", "now", "x 1 dose", "one time", "once only"});
  } else {
    meant.per_day = per_day;
  }
  const bool first = !once && !joins_amount(how_often) && c.one_in(12);
  if (first) {
    text = how_often + w.pick({": ", ", take ", ", ", " take "}) + amount + route;
  } else if (joins_amount(how_often)) {
    text = verb + amount + (how_often[0] == '/' ? "" : " ") + how_often;
  } else {
    text = verb + amount + route + w.pick({" ", ", ", " - "}) + how_often;
  }
  if (!once && c.one_in(4)) text += w.course();
  if (!once && !meant.days && !meant.doses && c.one_in(12)) {
    meant.as_needed = true;
    text += w.pick({" as needed", " prn", " PRN", " if needed", ", as needed for cramps", " p.r.n.", " when needed"});
  }
  if (!once && !meant.as_needed && meant.days && c.one_in(6)) {
    // a second phase that the reading must not take
    meant.two_phases = true;
    double later = 1;
    Meant ignored;
    Writer second(c, ignored);
    std::string when = second.frequency(later);
    if (joins_amount(when)) when = "once " + when.substr(when[0] == '/' ? 1 : 0);
    if (when.starts_with("once day") || when.starts_with("once week") || when.starts_with("once month")) when = "daily";
    text += w.pick({", then ", " then ", ", followed by ", ". Then take ", "; then ", " and then ", ", thereafter "}) + "1 capsule " + when;
  }
  if (remark != Remark::none) {
    out.added = c.of(remark == Remark::harmless ? harmless() : doubtful());
    text += out.added;
  }
  text += w.pick({"", ".", " "});
  text = cased(c, text);
  return out;
}

}  // namespace cofactor::fhir
