// Promise: the differences that docs/independent-check.md explains, each as a narrow condition.

const SILENT = new Set(['not-applicable', 'suppressed']);

// Under 19 and at the end of life a rule is silent whatever is missing: whether its record then says
// "suppressed" or "not applicable" when a source or a dose is missing is left open. A 25(OH)D of 50-100 speaks at no
// dose under 19, so that an unreadable dose is "suppressed" there and not undetermined.
function silentAnyway({ facts, found }) {
  const incomplete = facts.magnesium.unavailable || !facts.medicationsKnown || facts.unreadable.length > 0
    || !facts.bloodKnown || !facts.conditionsKnown || !facts.d25Known || facts.ageUnknown;
  const level = (x) => facts.minor && facts.unreadable.length > 0 && x.what === 'rule high-vitamin-d-level'
    && x.ours === 'undetermined' && x.theirs === 'suppressed';
  return (facts.minor || facts.tags.has('hospice')) && incomplete
    && found.every((x) => x.what.startsWith('rule ') && (SILENT.has(x.ours) || level(x)) && SILENT.has(x.theirs));
}

// Without the list of medicines the program leaves these two rules undetermined also where no medicine
// could have made them speak (no result at all, or one that would do for any class): the record is more
// careful than it need be, and no card differs.
const CAREFUL = new Set(['rule high-dose-depleter-monitoring', 'rule dose-unreadable']);
function undeterminedWithoutNeed({ facts, found }) {
  return !facts.medicationsKnown && found.every((x) => CAREFUL.has(x.what)
    && x.ours === 'not-applicable' && x.theirs === 'undetermined');
}

// The elemental total of magnesium above its upper level is a variant that is off until a site switches it
// on; at end of life its record says "suppressed" beside "not applicable" all the same.
function switchedOff({ facts, found }) {
  return facts.tags.has('hospice') && facts.draftMagnesium && found.length === 1
    && found[0].what === 'rule magnesium-supplement-safety'
    && found[0].ours === 'not-applicable' && found[0].theirs === 'suppressed';
}

const ALLOWANCES = { 'silent anyway': silentAnyway, 'switched off': switchedOff, 'undetermined without need': undeterminedWithoutNeed };

export function allowed(facts, found) {
  return Object.keys(ALLOWANCES).find((name) => ALLOWANCES[name]({ facts, found }));
}
