// Promise: reads the structured part of a dosage (Timing.repeat, Timing.code, dose quantity, strength
// by product) into IU a day, IU a dose and a schedule, or says that it cannot be read. Written from the
// clinical specification alone.

const HOURS = { s: 1 / 3600, min: 1 / 60, h: 1, d: 24, wk: 168, mo: 24 * 30.4375, a: 24 * 365.25 };
const ABBREVIATIONS = {
  QD: 1, BID: 2, TID: 3, QID: 4, QOD: 0.5, AM: 1, PM: 1, BED: 1, WK: 1 / 7, MO: 1 / 30.4375,
  Q1H: 24, Q2H: 12, Q3H: 8, Q4H: 6, Q6H: 4, Q8H: 3,
};
const DAY = 86400000;
export const dayNumber = (text) => Math.floor(Date.parse(`${text.slice(0, 10)}T00:00:00Z`) / DAY);

// Doses a day, 'once', or null when it cannot be told.
export function rate(timing) {
  const events = timing?.event ?? timing?.repeat?.event;
  if (events?.length === 1) return 'once';
  if (events?.length > 1) {
    const days = events.map(dayNumber).sort((a, b) => a - b);
    const span = days.at(-1) - days[0];
    return span > 0 ? (days.length - 1) / span : null;
  }
  const repeat = timing?.repeat;
  const saysSomething = repeat && ['count', 'frequency', 'period', 'dayOfWeek', 'timeOfDay', 'when']
    .some((key) => repeat[key] !== undefined);
  if (!saysSomething) {
    const code = timing?.code?.coding?.find((c) => c.code in ABBREVIATIONS)?.code;
    return code ? ABBREVIATIONS[code] : null;
  }
  if (repeat.count === 1) return 'once';
  const days = repeat.dayOfWeek?.length;
  if (repeat.timeOfDay && repeat.frequency === undefined) {
    return repeat.timeOfDay.length * (days ? days / 7 : 1);
  }
  if (days && repeat.frequency === undefined) return days / 7;
  const frequency = Math.max(repeat.frequency ?? 1, repeat.frequencyMax ?? 0);
  if (repeat.period === undefined) return repeat.when ? frequency : null;
  const hours = repeat.period * HOURS[repeat.periodUnit];
  if (!(hours > 0)) return null;
  const perDay = (frequency * 24) / hours;
  // A day of the week restricts a daily frequency; it only names the day of a weekly one.
  return days && hours === 24 ? (perDay * days) / 7 : perDay;
}

// IU in one dose, or null.
export function iuPerDose(dosage, medicine) {
  const given = dosage.doseAndRate?.[0];
  const quantity = given?.doseRange?.high ?? given?.doseQuantity;
  if (!quantity || !(quantity.value > 0)) return null;
  switch (quantity.code) {
    case '[iU]': case '[IU]': return quantity.value;
    case 'k[IU]': return quantity.value * 1000;
    case 'ug': return quantity.value * 40;
    case 'mg': return quantity.value * 40000;
    case '1': case '{capsule}': case '{tbl}': case '{tablet}': case '732937005': case '732936001':
      return medicine.iu ? quantity.value * medicine.iu : null;
    default: return null;
  }
}

// Planned length in days (undefined: open), and the last day it covers when that is known. The table of
// timings counts a period from day to day (2026-01-01 to 2026-03-26 is 12 weeks).
export function course(timing, start) {
  const repeat = timing?.repeat;
  if (repeat?.boundsPeriod?.end) {
    const end = dayNumber(repeat.boundsPeriod.end);
    const from = repeat.boundsPeriod.start ? dayNumber(repeat.boundsPeriod.start) : start;
    return { days: from === undefined ? undefined : Math.max(1, end - from), end };
  }
  let days;
  if (repeat?.boundsDuration) {
    days = (repeat.boundsDuration.value * HOURS[repeat.boundsDuration.code]) / 24;
  } else if (repeat?.count > 1) {
    const perDay = rate(timing);
    if (perDay > 0) days = repeat.count / perDay;
  }
  // A course of N days starting on day S has its last day on S + N - 1.
  return days === undefined ? {} : { days, end: start === undefined ? undefined : start + days - 1 };
}

// The first of two phases decides, but a single loading dose gives way to what follows it. A first phase
// without an end gives way to nothing: then numbered instructions are taken together, as are those of the
// same number.
export function readDose(instructions, medicine, start) {
  let all = instructions ?? [];
  if (all.length === 0) return { unreadable: true, asNeeded: false, largest: { known: 0, complete: false }, singles: [] };
  const numbers = [...new Set(all.map((i) => i.sequence ?? 1))].sort((a, b) => a - b);
  const numbered = (n) => all.filter((i) => (i.sequence ?? 1) === n);
  // The largest dose at one time, in whichever phase; single doses, null where one cannot be read.
  const doses = all.map((i) => iuPerDose(i, medicine));
  const perInstruction = Math.max(0, ...doses);
  const singles = doses.filter((_, n) => rate(all[n].timing) === 'once');
  // Single doses side by side, with nothing that repeats, may be given at one time.
  const onlyOnce = singles.length === all.length;
  const known = onlyOnce ? Math.max(perInstruction, singles.reduce((sum, iu) => sum + (iu ?? 0), 0)) : perInstruction;
  if (numbers.length > 1 && numbered(numbers[0]).every((i) => rate(i.timing) === 'once')) {
    all = all.filter((i) => (i.sequence ?? 1) !== numbers[0]);
    numbers.shift();
  }
  const ends = numbered(numbers[0]).every((i) => course(i.timing, start).days !== undefined
    || i.timing?.event?.length > 1);
  // Single doses beside what repeats are no part of the daily figure, and do not make it unreadable.
  const together = ends ? numbered(numbers[0]) : all;
  const repeats = together.filter((i) => rate(i.timing) !== 'once');
  const phase = repeats.length > 0 ? repeats : together;
  const asNeeded = phase.every((i) => i.asNeededBoolean || i.asNeededCodeableConcept);
  const parts = phase.map((i) => ({ perDay: rate(i.timing), iu: iuPerDose(i, medicine),
    unit: i.doseAndRate?.[0]?.doseQuantity?.code ?? i.doseAndRate?.[0]?.doseRange?.high?.code }));
  const dose = { asNeeded, largest: { known, complete: !doses.includes(null) }, singles, ...course(phase[0].timing, start) };
  if (repeats.length === 0) return { ...dose, once: true, iuPerDay: 0 };
  if (parts.some((p) => p.perDay === null || p.iu === null)) return { ...dose, unreadable: true };
  dose.parts = parts;
  dose.iuPerDay = parts.reduce((sum, p) => sum + p.iu * p.perDay, 0);
  return dose;
}
