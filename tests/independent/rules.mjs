// Promise: every rule of the clinical specification (a.2 with its rulings) as a predicate over the
// facts, then suppression, swallowing, order and the two cards. Written from the specification alone.

import { LIMITS, OTHER_DEPLETERS } from './terms.mjs';

const no = { outcome: 'not-applicable' };
const unknown = { outcome: 'undetermined' };
const fire = (indicator) => ({ outcome: 'fired', indicator });
const warnIf = (condition) => fire(condition ? 'warning' : 'info');
const LEVEL = { info: 0, warning: 1, critical: 2 };

// The order of cards; equal places share a line in the specification and are told apart by this list.
export const ORDER = [
  'dose-unit-suspect', 'calcium-risk', 'magnesium-supplement-safety', 'low-magnesium',
  'high-magnesium', 'high-vitamin-d-level', 'bolus-dose', 'pediatric-upper-limit',
  'high-dose-multiple-depleters', 'high-dose-ppi', 'high-dose-diuretic', 'high-dose-other-depleter',
  'vitamin-d-non-response', 'high-dose-no-magnesium', 'high-dose-depleter-monitoring',
  'thiazide-calcium', 'vitamin-k2-anticoagulant', 'dose-unreadable', 'check-incomplete',
];
const ABSENCE = new Set(['high-dose-no-magnesium', 'high-dose-ppi', 'high-dose-diuretic',
  'high-dose-other-depleter', 'high-dose-multiple-depleters']);
// Rules that have no card of their own where another card speaks: they become lines of it, K2 first.
const LINES = ['vitamin-k2-anticoagulant', 'check-incomplete', 'dose-unreadable'];
const MAGNESIUM = [...ABSENCE, 'high-dose-depleter-monitoring'];
const SINGLE = ['high-dose-ppi', 'high-dose-diuretic', 'high-dose-other-depleter',
  'high-dose-no-magnesium'];

const has = (f, ...classes) => classes.some((c) => f.classes.has(c));
const hasOther = (f) => [...OTHER_DEPLETERS].some((c) => f.classes.has(c));
const onlyStarting = (f) => f.classes.size === 1 && f.classes.get('ppi')?.starting === true;
const several = (f) => f.classes.size >= 2 || (f.classes.size === 1 && f.amplifier);

// COURSE: a counted vitamin D order is a bounded, moderate course with a reason.
function isCourse(f) {
  const reason = f.tags.has('deficiency') || (f.d25.length > 0
    && f.today - f.d25[0].on <= LIMITS.d25Days && f.d25[0].ng < LIMITS.d25Enough);
  return reason && f.d.some((o) => o.dose.days !== undefined
    && o.dose.days <= LIMITS.courseDays && o.dose.iuPerDay > LIMITS.high && o.dose.iuPerDay * 7 <= LIMITS.courseWeek + 1e-6);
}

// A rule on a missing magnesium: it speaks on "none", is silenced by "pending" and cannot tell when
// the results were not to be had.
function onAbsence(f, limit, beside, indicator) {
  const over = f.over(limit);
  if (over === 'no' || beside === 'no') return no;
  // With a class that may be there unseen, only a result in the shorter look-back would do.
  if (beside === 'unknown' ? f.magnesium.recent : f.magnesium.state === 'valid') return no;
  if (beside === 'unknown') return unknown;
  if (f.magnesium.pending) return { outcome: 'suppressed' };
  if (over === 'unknown') return unknown;
  return f.magnesium.state === 'unavailable' ? unknown : fire(indicator);
}
// A class that is not in sight is not absent when the list of medicines was not to be had.
const beside = (f, seen) => (seen ? 'yes' : f.medicationsKnown ? 'no' : 'unknown');
const alongside = (f) => {
  if (f.magnesium.lastLow) return 'warning';
  return f.total > LIMITS.high && !onlyStarting(f) ? 'warning' : 'info';
};

const onBoard = (f) => f.d.length > 0 || f.activeForm;
const thiazideRisk = (f) => f.total > LIMITS.high || (f.total > LIMITS.interaction
  && (f.orders.some((o) => o.medicine.calcium && !o.dose.asNeeded) || f.kidney
    || (f.age && f.age[0] >= LIMITS.elderly * 12)));

const RULES = {
  'high-dose-no-magnesium': (f) => {
    // A last value that was low makes every absence card a warning; a course caps the rest.
    const indicator = f.magnesium.lastLow || (f.total > LIMITS.noael && !isCourse(f)) ? 'warning' : 'info';
    return onAbsence(f, LIMITS.high, f.classes.size > 0 ? 'no' : 'yes', indicator);
  },
  'high-dose-ppi': (f) => onAbsence(f, LIMITS.interaction, beside(f, has(f, 'ppi')), alongside(f)),
  'high-dose-diuretic': (f) =>
    onAbsence(f, LIMITS.interaction, beside(f, has(f, 'loop', 'thiazide')), alongside(f)),
  'high-dose-other-depleter': (f) =>
    onAbsence(f, LIMITS.interaction, beside(f, hasOther(f)), alongside(f)),
  'high-dose-multiple-depleters': (f) => onAbsence(f, LIMITS.interaction, beside(f, several(f)),
    onlyStarting(f) && !f.magnesium.lastLow ? 'info' : 'warning'),
  'high-dose-depleter-monitoring': (f) => {
    const [over, near] = [f.over(LIMITS.high), beside(f, f.classes.size > 0)];
    if (over === 'no' || near === 'no') return no;
    if (f.magnesium.state === 'none' || f.magnesium.abnormal) return no;
    if (near === 'unknown') return unknown;
    if (f.magnesium.unavailable) return f.magnesium.pending ? no : unknown;
    if (f.magnesium.pending) return { outcome: 'suppressed' };
    return over === 'unknown' ? unknown : fire('info');
  },
  'low-magnesium': (f) => {
    const over = f.over(LIMITS.interaction);
    if (over === 'no' || !(f.magnesium.low || f.magnesium.unavailable)) return no;
    return over === 'yes' && f.magnesium.low ? fire(f.magnesium.low) : unknown;
  },
  'high-magnesium': (f) => {
    const product = f.orders.some((o) => o.medicine.group === 'magnesium');
    if (!product && !onBoard(f)) return no;
    if (f.magnesium.high) return warnIf(product);
    return f.magnesium.unavailable ? unknown : no;
  },
  'calcium-risk': (f) => {
    const risk = f.calciumHigh || f.tags.has('calcium');
    if (!onBoard(f)) return risk && !f.medicationsKnown ? unknown : no;
    if (f.calciumCritical) return fire('critical');
    if (f.calciumHigh) return fire('warning');
    const single = f.d.some((o) => o.dose.singles.some((iu) => iu > LIMITS.interaction));
    if (risk) return warnIf(f.total > LIMITS.interaction || single);
    return (f.calciumDecided || (f.bloodKnown && !f.calcium)) && f.conditionsKnown ? no : unknown;
  },
  'thiazide-calcium': (f) => {
    if (f.over(LIMITS.interaction) === 'no') return no;
    if (!has(f, 'thiazide')) return f.medicationsKnown ? no : unknown;
    if (f.calcium && f.today - f.calcium.on <= LIMITS.caThiazideDays) return no;
    if (!thiazideRisk(f)) return f.unreadable.length > 0 || !f.conditionsKnown ? unknown : no;
    return f.bloodKnown ? fire('info') : { ...unknown, calciumMissing: true };
  },
  'high-vitamin-d-level': (f) => {
    if (!onBoard(f)) return no;
    const newest = f.d25[0];
    if (!newest || f.today - newest.on > LIMITS.d25Days) return f.d25Known ? no : unknown;
    if (newest.ng > LIMITS.d25Toxic) return fire('critical');
    if (newest.ng > LIMITS.d25High) return fire('warning');
    const over = f.over(LIMITS.high);
    if (newest.ng < LIMITS.d25Watch || over === 'no') return no;
    return over === 'yes' ? fire('info') : unknown;
  },
  'vitamin-d-non-response': (f) => {
    if (f.draftD.length === 0) return no;
    if (f.before.length > 0 && [...f.before, ...f.d].some((o) => o.dose.unreadable)) return unknown;
    const before = f.before.reduce((sum, o) => sum + o.dose.iuPerDay, 0);
    if (f.before.length === 0 || f.total <= before + 1e-6) return f.medicationsKnown ? no : unknown;
    // Since when: the start of the largest part of the treatment.
    const [largest] = [...f.before].sort((a, b) => b.dose.iuPerDay - a.dose.iuPerDay);
    const { start } = largest;
    if (start === undefined) return f.d25.length < 2 && f.d25Known ? no : unknown;
    const [last] = f.d25.filter((v) => f.today - v.on <= LIMITS.d25Days).slice(0, 1)
      .filter((v) => v.on - start >= LIMITS.responseDays);
    const first = f.d25.find((v) => v.on <= start && start - v.on <= LIMITS.d25Days)
      ?? f.d25.filter((v) => v.on > start && v.on - start <= LIMITS.earlyDays).at(-1);
    if (!first || !last) return f.d25Known ? no : unknown;
    return last.ng < LIMITS.d25Enough && last.ng - first.ng < LIMITS.rise - 1e-9 ? fire('info') : no;
  },
  'bolus-dose': (f) => {
    if (f.draftD.some((o) => o.dose.largest.known >= LIMITS.bolus)) return fire('warning');
    return f.draftD.some((o) => !o.dose.largest.complete) ? unknown : no;
  },
  'pediatric-upper-limit': (f) => {
    if (f.d.length === 0) return no;
    const limit = (months) => { // none for adults
      const bands = [[7, 1000], [12, 1500], [48, 2500], [108, 3000], [228, 4000]];
      return bands.find(([below]) => months < below)?.[1] ?? Infinity;
    };
    if (!f.age) return f.over(1000) === 'no' ? no : unknown;
    const answers = f.age.map((months) => f.over(limit(months)));
    if (answers.every((answer) => answer === 'yes')) return warnIf(!f.tags.has('rickets'));
    return answers.every((answer) => answer === 'no') ? no : unknown;
  },
  'dose-unit-suspect': (f) => {
    if (f.total > LIMITS.suspectAverage + 1e-6) return fire('critical');
    const daily = (o) => o.dose.parts?.reduce((sum, p) => sum + p.perDay, 0) >= 1 - 1e-9;
    if (f.d.some((o) => daily(o) && o.dose.iuPerDay >= LIMITS.suspectDose - 1e-6)) return fire('warning');
    return f.unreadable.length > 0 ? unknown : no;
  },
  'vitamin-k2-anticoagulant': (f) => {
    if (!f.drafts.some((o) => o.medicine.k2)) return no;
    if (f.orders.some((o) => o.medicine.group === 'vka')) return fire('info');
    return f.medicationsKnown ? no : unknown;
  },
  'magnesium-supplement-safety': (f) => {
    const oral = f.drafts.some((o) => o.medicine.group === 'magnesium' && o.route !== '47625008');
    if (!oral) return no;
    if (f.lowEgfr || f.magnesium.high || ['gate', 'block', 'myasthenia'].some((t) => f.tags.has(t))) {
      return fire('warning');
    }
    return f.bloodKnown && f.conditionsKnown && !f.magnesium.unavailable ? no : unknown;
  },
  'dose-unreadable': (f) => {
    if (f.anyUnreadable.length === 0) return no;
    if (f.magnesium.low) return fire('info');
    const near = beside(f, f.classes.size > 0);
    if (near === 'no' || f.magnesium.state === 'valid') return no;
    return near === 'unknown' || f.magnesium.unavailable ? unknown : fire('info');
  },
};

const MINORS_KEEP = new Set(['dose-unit-suspect', 'pediatric-upper-limit', 'calcium-risk', 'bolus-dose',
  'magnesium-supplement-safety', 'high-vitamin-d-level']);

function suppress(f, outcomes) {
  for (const [rule, o] of Object.entries(outcomes)) {
    if (o.outcome === 'not-applicable') continue;
    const spared = f.tags.has('hospice')
      ? rule === 'dose-unit-suspect' && (o.indicator === 'critical' || o.outcome === 'undetermined')
      : !f.minor || (MINORS_KEEP.has(rule) && !(rule === 'high-vitamin-d-level' && o.indicator === 'info'));
    if (!spared) outcomes[rule] = { outcome: 'suppressed' };
  }
}

// Which rules give way to which: the winner's card carries them as lines.
function swallow(outcomes) {
  const into = {};
  const on = (rule) => outcomes[rule]?.outcome === 'fired' && !into[rule];
  const take = (winner, rules) => {
    for (const rule of rules) if (on(winner) && on(rule) && rule !== winner) into[rule] = winner;
  };
  take('dose-unit-suspect', MAGNESIUM);
  take('high-dose-multiple-depleters', SINGLE);
  take('bolus-dose', ['high-dose-no-magnesium']);
  take('vitamin-d-non-response', ['high-dose-no-magnesium']);
  take('calcium-risk', ['thiazide-calcium']);
  take('high-dose-multiple-depleters', ['thiazide-calcium']);
  take('high-dose-diuretic', ['thiazide-calcium']);
  return into;
}

export function evaluate(f, present) {
  const outcomes = {};
  const names = ORDER.filter((rule) => present.has(rule));
  for (const rule of names.filter((name) => RULES[name])) {
    const triggered = f.triggered || (rule === 'calcium-risk' && f.draftActiveForm);
    outcomes[rule] = triggered ? RULES[rule](f) : no;
  }
  const missing = f.magnesium.unavailable || !f.medicationsKnown;
  // What could not be looked at matters where a rule on a missing magnesium could have spoken.
  const matters = f.anyUnreadable.some((o) => f.draftD.includes(o)) || f.total > LIMITS.high
    || (f.draftD.length > 0 && f.total > LIMITS.interaction)
    || (f.classes.size > 0 && f.over(LIMITS.interaction) !== 'no');
  outcomes['check-incomplete'] = f.triggered
    && ((missing && matters) || outcomes['thiazide-calcium']?.calciumMissing) ? fire('info') : no;
  suppress(f, outcomes);

  const into = swallow(outcomes);
  const fired = names.filter((rule) => outcomes[rule].outcome === 'fired');
  const level = Object.fromEntries(fired.map((r) => [r, outcomes[r].indicator]));
  for (const [rule, winner] of Object.entries(into)) {
    if (LEVEL[level[rule]] > LEVEL[level[winner]]) level[winner] = level[rule];
  }
  const leads = fired.filter((rule) => !into[rule]);
  // Lines of another card wherever there is one: of the foremost rule, be its card critical or not.
  for (const line of LINES) {
    if (leads.includes(line) && leads.length > 1) {
      leads.splice(leads.indexOf(line), 1);
      [into[line]] = leads;
    }
  }
  const first = (rule) => (level[rule] === 'critical' ? 0 : 1);
  leads.sort((a, b) => first(a) - first(b) || ORDER.indexOf(a) - ORDER.indexOf(b));
  for (const rule of leads.splice(2)) into[rule] = 'first';
  // The rest become lines of the first card, which keeps the highest indicator.
  for (const rule of Object.keys(into).filter((each) => into[each] === 'first')) {
    if (LEVEL[level[rule]] > LEVEL[level[leads[0]]]) level[leads[0]] = level[rule];
  }
  const cards = leads.map((rule) => ({ rule, indicator: level[rule], alsoFired: [] }));
  for (const [rule, winner] of Object.entries(into)) {
    let at = winner;
    while (into[at]) at = into[at];
    (cards.find((c) => c.rule === at) ?? cards[0]).alsoFired.push(rule);
    outcomes[rule] = { outcome: 'merged', indicator: outcomes[rule].indicator };
  }
  for (const card of cards) card.alsoFired.sort();
  return { outcomes, cards };
}
