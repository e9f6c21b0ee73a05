// Promise: invents patients from a seed: order-sign requests around every threshold of the clinical
// specification, realistic and adversarial, the same for the same seed. No real patient is in here.

import { RXNORM, LOINC, SNOMED, ICD10, UCUM, ROUTES } from './terms.mjs';
import { dayNumber } from './dose.mjs';

// sfc32: small, fast and the same everywhere.
export function random(seed) {
  let [a, b, c, d] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, seed >>> 0];
  const next = () => {
    const t = (a + b + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t | 0;
    return (t >>> 0) / 4294967296;
  };
  for (let i = 0; i < 20; i++) next();
  const r = { next, chance: (p) => next() < p, int: (n) => Math.floor(next() * n),
    pick: (list) => list[Math.floor(next() * list.length)] };
  // Weighted: [[weight, value], ...]; a function value is called.
  r.weigh = (pairs) => {
    let at = next() * pairs.reduce((sum, [w]) => sum + w, 0);
    for (const [w, value] of pairs) {
      at -= w;
      if (at < 0) return typeof value === 'function' ? value() : value;
    }
    throw new Error('weights');
  };
  return r;
}

export function generate(seed, index, asOf) {
  const r = random(seed * 1000003 + index);
  const today = dayNumber(asOf);
  const date = (daysAgo) => new Date((today - daysAgo) * 86400000).toISOString().slice(0, 10);
  const me = 'pt-1';
  const subject = { reference: `Patient/${me}` };
  const stranger = { reference: 'Patient/pt-2' };
  let ids = 0;
  const id = (prefix) => `${prefix}-${++ids}`;
  const rx = (code, text) => ({ coding: [{ system: RXNORM, code: String(code) }], text });

  // --- dosage -----------------------------------------------------------------------------------
  const quantity = (value, code) => ({ value, unit: code, system: UCUM, code });
  const dose = (value, code) => [{ doseQuantity: quantity(value, code) }];
  const repeat = (frequency, period, periodUnit, more) => ({ frequency, period, periodUnit, ...more });
  const every = {
    daily: () => r.weigh([[6, { repeat: repeat(1, 1, 'd') }],
      [1, { code: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation', code: r.pick(['QD', 'AM', 'BED']) }] } }],
      [1, { repeat: repeat(1, 24, 'h') }], [1, { repeat: { timeOfDay: ['08:00:00'] } }]]),
    twice: () => r.weigh([[3, { repeat: repeat(2, 1, 'd') }], [1, { repeat: repeat(1, 12, 'h') }],
      [1, { repeat: { timeOfDay: ['08:00:00', '20:00:00'] } }],
      [1, { code: { coding: [{ code: 'BID' }] } }]]),
    weekly: () => r.weigh([[4, { repeat: repeat(1, 1, 'wk') }], [2, { repeat: repeat(1, 7, 'd') }],
      [1, { repeat: { dayOfWeek: ['mon'] } }], [1, { repeat: repeat(1, 1, 'd', { dayOfWeek: ['sun'] }) }],
      [1, { code: { coding: [{ code: 'WK' }] } }]]),
    other: () => r.weigh([[2, { repeat: repeat(1, 2, 'd') }], [2, { repeat: repeat(2, 1, 'wk') }],
      [2, { repeat: repeat(1, 1, 'mo') }], [1, { repeat: repeat(1, 3, 'mo') }],
      [1, { repeat: repeat(1, 1, 'a') }], [1, { repeat: repeat(1, 2, 'wk') }],
      [1, { repeat: repeat(1, 1, 'd', { frequencyMax: 2 }) }],
      [1, { repeat: repeat(1, 6, 'h', { periodMax: 8 }) }],
      [1, { repeat: { dayOfWeek: ['mon', 'thu'] } }],
      [1, { repeat: repeat(1, 1, 'd', { dayOfWeek: ['mon', 'tue', 'wed', 'thu', 'fri'] }) }],
      [1, { repeat: { event: undefined, when: ['MORN'], frequency: 1 } }],
      [1, { event: [date(0), date(-7)] }],
      [1, { code: { coding: [{ code: r.pick(['QOD', 'MO', 'TID', 'Q8H']) }] } }]]),
    once: () => r.pick([{ repeat: { count: 1 } }, { event: [date(0)] }]),
    unknown: () => r.pick([{ repeat: repeat(1, 0, 'd') }, undefined]),
  };
  const bounds = (timing, start) => {
    if (!timing?.repeat || timing.repeat.count === 1) return timing;
    const bound = r.weigh([[10, null],
      [2, () => ({ boundsDuration: quantity(r.pick([8, 12, 13]), 'wk') })],
      [2, () => ({ boundsDuration: quantity(r.pick([14, 84, 85, 89, 90, 91]), 'd') })],
      [2, () => ({ boundsPeriod: { start: date(start), end: date(r.pick([2, 1, 0, -1, -13, -84, -85])) } })],
      [1, () => ({ count: r.pick([8, 12, 13]) })]]);
    return bound ? { ...timing, repeat: { ...timing.repeat, ...bound } } : timing;
  };
  const asNeeded = (p) => (r.chance(p) ? { asNeededBoolean: true } : {});

  // --- vitamin D --------------------------------------------------------------------------------
  const near = (n) => n + r.pick([-1, 0, 0, 1]);
  function vitaminD() {
    return r.weigh([
      [8, () => ({ code: r.pick([2418, 2418, 4018, 11253]), timing: every.daily(),
        given: dose(near(r.pick([600, 1000, 1500, 2000, 2000, 2500, 3000, 4000, 4000, 5000, 10000])), '[iU]') })],
      [3, () => ({ code: 2418, timing: every.weekly(),
        given: dose(near(r.pick([14000, 28000, 28000, 50000, 60000, 60000, 70000])), '[iU]') })],
      [3, () => ({ code: r.pick([1367410, 1367416]), timing: every.weekly(), given: dose(1, '{capsule}') })],
      [4, () => ({ code: r.pick([801663, 801663, 1092380, 240029, 665063, 2665428]),
        timing: r.weigh([[4, every.daily], [1, every.twice], [1, every.other]]),
        given: dose(r.pick([1, 1, 1, 2, 0.5]), r.pick(['{capsule}', '{tbl}', '1'])) })],
      [1, () => ({ code: r.pick([904492, 904462]), timing: every.weekly(), given: dose(1, '{tbl}') })],
      [2, () => ({ code: 2418, timing: every.daily(),
        given: dose(r.pick([25, 50, 100, 100.025, 125, 250, 1250]), 'ug') })],
      [1, () => ({ code: 4018, timing: r.pick([every.weekly, every.daily])(), given: dose(1.25, 'mg') })],
      [2, () => ({ code: r.pick([1367410, 2418]), timing: every.other(),
        given: dose(r.pick([50000, 100000, 14000]), '[iU]') })],
      [2, () => ({ code: 2418, timing: r.pick([every.daily, every.twice])(),
        given: dose(r.pick([49999, 50000, 60000, 100000, 100001, 50001]), '[iU]') })],
      [2, () => ({ code: 1367410, timing: r.pick([every.daily, every.twice])(), given: dose(r.pick([1, 2]), '{capsule}') })],
      [2, () => ({ code: r.pick([2418, 4018]), timing: r.weigh([[4, every.once], [1, every.other]]),
        given: dose(r.pick([50000, 100000, 299999, 300000, 300001, 500000, 600000]), '[iU]') })],
      [1, () => ({ code: 2418, timing: every.daily(),
        given: [{ doseRange: { low: quantity(1000, '[iU]'), high: quantity(near(r.pick([2000, 4000])), '[iU]') } }] })],
      [3, () => ({ code: r.pick([245500, 435020, 2418, 705728, 199362]), timing: every.daily(), given: dose(1, '{capsule}') })],
      [1, () => ({ code: r.pick([2418, 240029]), timing: every.unknown(),
        given: dose(r.pick([5000, 5000, 299999, 300000]), '[iU]') })],
      [1, () => ({ code: 2418, timing: every.daily(), given: undefined })],
    ]);
  }
  const oral = (p) => (r.chance(p) ? { route: { coding: [{ system: SNOMED, code: ROUTES.oral }] } } : {});
  function dosesOf(spec, start, prn = 0) {
    const main = { ...asNeeded(prn), timing: bounds(spec.timing, start), ...oral(0.5), doseAndRate: spec.given };
    if (spec.given?.[0]?.doseQuantity?.code === '[iU]' && r.chance(0.06)) {
      main.timing = spec.timing;
      if (start === 0 && spec.timing?.repeat && !spec.timing.repeat.count && r.chance(0.3)) {
        main.timing = { repeat: { ...spec.timing.repeat, boundsDuration: quantity(8, 'wk') } };
        return [{ sequence: 1, ...main }, { sequence: 2, timing: every.daily(), doseAndRate: dose(1000, '[iU]') }];
      }
      // A loading dose: numbered, or side by side with what repeats.
      if (r.chance(0.3)) {
        const first = { timing: every.once(), doseAndRate: r.weigh([[4, () => dose(r.pick([100000, 299999, 300000, 300001]), '[iU]')],
          [1, () => dose(5, 'mL')]]) };
        return r.chance(0.5) ? [first, main] : [{ sequence: 1, ...first }, { sequence: 2, ...main }];
      }
      const second = { timing: every.daily(), doseAndRate: dose(r.pick([1000, 1000, 300000]), '[iU]') };
      return r.chance(0.5) ? [{ sequence: 1, ...main }, { sequence: 1, ...second }]
        : [{ sequence: 1, ...main }, { sequence: 2, ...second }];
    }
    return [main];
  }

  // --- orders -----------------------------------------------------------------------------------
  const status = () => r.weigh([[20, 'active'], [1, 'on-hold'], [1, 'stopped'], [1, 'completed'],
    [1, 'cancelled'], [1, 'entered-in-error'], [1, 'draft']]);
  function request(kind, spec, start, prn) {
    const resource = { resourceType: 'MedicationRequest', id: id(kind),
      status: kind === 'draft' ? 'draft' : status(), intent: 'order',
      medicationCodeableConcept: rx(spec.code, spec.text), subject: r.chance(0.015) ? stranger : subject,
      dosageInstruction: dosesOf(spec, start, prn) };
    if (r.chance(0.01)) resource.doNotPerform = true;
    if (spec.route) resource.dosageInstruction[0].route = { coding: [{ system: SNOMED, code: ROUTES[spec.route] }] };
    if (start !== undefined && !spec.noStart) resource.authoredOn = date(start);
    return resource;
  }
  function statement(spec, start, prn) {
    const resource = { resourceType: 'MedicationStatement', id: id('st'),
      status: r.weigh([[12, 'active'], [1, 'completed'], [1, 'stopped'], [1, 'on-hold'], [1, 'not-taken'],
        [1, 'entered-in-error']]),
      medicationCodeableConcept: rx(spec.code, spec.text), subject: r.chance(0.015) ? stranger : subject,
      effectivePeriod: { start: date(start) }, dosage: dosesOf(spec, start, prn) };
    if (spec.route) resource.dosage[0].route = { coding: [{ system: SNOMED, code: ROUTES[spec.route] }] };
    if (r.chance(0.1)) resource.effectivePeriod.end = date(r.pick([5, 1, 0, -5]));
    return resource;
  }
  const plain = (code, more) => ({ code, timing: every.daily(), given: dose(1, '{tbl}'), ...more });
  const depleter = () => r.weigh([
    [5, () => plain(r.pick([198051, 200329, 40790, 283742, 2604800]))],
    [4, () => plain(r.pick([4603, 38413, 197418, 977959]))],
    [4, () => plain(r.pick([197770, 5764, 197499, 214618, 198316]))],
    [1, () => plain(r.pick([42316, 3008]), { route: r.pick(['oral', 'oral', 'topical', 'ophthalmic']) })],
    [1, () => plain(1596450, { route: r.pick(['intravenous', 'otic', 'ophthalmic', 'inhaled']) })],
    [1, () => plain(7994, { route: r.pick(['intravenous', 'inhaled']) })],
    [1, () => plain(r.pick([732, 2555, 40048, 318341, 33562, 8536]), { route: 'intravenous' })],
    [2, () => plain(r.pick([9997, 644, 35302, 4278, 52364]))],
  ]);
  const magnesiumProduct = () => plain(r.pick([198741, 6582, 314087, 237870, 52356]));
  const companions = () => r.pick([plain(197604), plain(703), plain(9947), plain(11289), plain(1897),
    plain(47613), plain(308867), plain(1889)]);
  const began = () => r.pick([2, 30, 89, 89, 90, 90, 91, 200, 400, 1000]);

  const drafts = [];
  const active = [];
  const statements = [];
  const addActive = (spec, prn = 0.1) => {
    if (r.chance(0.25)) statements.push(statement(spec, began(), prn));
    else active.push(request('mr', { ...spec, noStart: r.chance(0.04) }, began(), prn));
  };
  const addDraft = (spec, prn = 0.03) => drafts.push(request('draft', spec, 0, prn));

  const theme = r.weigh([[55, 'vitamin-d'], [15, 'depleter'], [8, 'magnesium'], [10, 'raised'],
    [3, 'active-form'], [6, 'k2'], [3, 'irrelevant']]);
  if (theme === 'vitamin-d' || r.chance(0.1)) {
    addDraft(vitaminD());
    if (r.chance(0.08)) addDraft(vitaminD());
  }
  if (theme === 'depleter') addDraft(depleter(), 0.1);
  if (theme === 'magnesium') addDraft({ ...magnesiumProduct(), route: r.chance(0.1) ? 'intravenous' : undefined });
  if (theme === 'active-form') addDraft(plain(r.pick([308867, 1889, 73710])));
  if (theme === 'k2') {
    addDraft({ code: 2418, text: 'cholecalciferol with menaquinone', timing: every.daily(),
      given: dose(near(r.pick([1000, 2000, 5000])), '[iU]') });
    if (r.chance(0.7)) addActive(plain(11289), 0);
  }
  if (theme === 'irrelevant') addDraft(plain(1364445));
  if (['depleter', 'magnesium', 'irrelevant'].includes(theme) || r.chance(0.3)) {
    if (r.chance(0.85)) addActive(vitaminD(), 0.05);
  }
  if (theme === 'vitamin-d' && r.chance(0.1)) addDraft(depleter(), 0.1);
  for (let n = r.weigh([[4, 0], [4, 1], [3, 2]]); n > 0; n--) addActive(depleter());
  if (r.chance(0.2)) addActive(companions(), 0.05);
  if (r.chance(0.12)) addActive(magnesiumProduct(), 0.3);

  // Links: renewals, discontinued in the basket, exact and near duplicates.
  const raisedStart = r.pick([60, 120, 200]);
  const raisedLink = r.chance(0.7);
  if (theme === 'raised') {
    const old = request('mr', { code: 2418, timing: { repeat: repeat(1, 1, 'd') }, given: dose(2000, '[iU]') }, raisedStart, 0);
    old.dosageInstruction = [{ timing: { repeat: repeat(1, 1, 'd') }, doseAndRate: dose(2000, '[iU]') }];
    active.push(old);
    const fresh = request('draft', plain(240029), 0, 0);
    fresh.dosageInstruction = [{ timing: { repeat: repeat(1, 1, 'd') },
      doseAndRate: dose(r.pick([2000, 2001, 4001, 5000]), '[iU]') }];
    if (raisedLink) fresh.priorPrescription = { reference: `MedicationRequest/${old.id}` };
    drafts.push(fresh);
  } else if (drafts.length > 0 && r.chance(0.12)) {
    const draft = drafts[0];
    const copy = JSON.parse(JSON.stringify(draft));
    Object.assign(copy, { id: id('mr'), status: 'active', authoredOn: date(began()) });
    r.weigh([[3, () => { draft.priorPrescription = { reference: `MedicationRequest/${copy.id}` }; }],
      [2, () => drafts.push({ ...JSON.parse(JSON.stringify(copy)), status: r.pick(['stopped', 'cancelled']) })],
      [2, () => {}]]);
    active.push(copy);
  } else if (active.length > 0 && r.chance(0.06)) {
    const like = r.pick(active);
    const twin = { resourceType: 'MedicationStatement', id: id('st'), status: 'active',
      medicationCodeableConcept: like.medicationCodeableConcept, subject: like.subject,
      effectivePeriod: { start: like.authoredOn ?? date(100) }, dosage: like.dosageInstruction };
    statements.push(twin);
  }

  // --- laboratory -------------------------------------------------------------------------------
  const observation = (code, value, unit, daysAgo, more = {}) => ({ resourceType: 'Observation', id: id('ob'),
    status: 'final', code: { coding: [{ system: LOINC, code }] }, subject: r.chance(0.015) ? stranger : subject,
    effectiveDateTime: date(daysAgo), valueQuantity: { value, unit, system: UCUM, ...(unit ? { code: unit } : {}) }, ...more });
  const labStatus = (daysAgo) => r.weigh([[24, {}], [1, { status: 'amended' }], [1, { status: 'corrected' }],
    [1, { status: 'entered-in-error' }], [1, { status: 'cancelled', valueQuantity: undefined }],
    [1, daysAgo >= 0 ? { status: 'preliminary' } : {}],
    [1, { status: 'registered', valueQuantity: undefined }],
    [1, { valueQuantity: undefined, dataAbsentReason: { text: 'unknown' } }]]);
  const magnesium = [];
  const labDays = [1, -1, 29, 30, 31, 89, 90, 91, 100, 179, 180, 364, 365, 366, 500, -3];
  for (let n = r.weigh([[5, 0], [6, 1], [3, 2]]); n > 0; n--) {
    const days = r.pick(labDays.filter((n) => !magnesium.some((m) => m.effectiveDateTime === date(n))));
    const made = r.weigh([
      [5, () => { const v = r.pick([0.49, 0.5, 0.51, 0.66, 0.74, 0.75, 0.76, 0.82, 0.9, 1.07, 1.08, 1.2]);
        return observation(r.pick(['2601-3', '35249-2']), v, 'mmol/L', days, r.chance(0.3)
          ? { referenceRange: [{ low: quantity(r.pick([0.66, 0.7, 0.78]), 'mmol/L'), high: quantity(r.pick([1.05, 1.07, 1.1]), 'mmol/L') }] } : {}); }],
      [5, () => { const v = r.pick([1.2, 1.21, 1.22, 1.7, 1.81, 1.82, 1.83, 1.9, 2, 2.6, 2.61, 2.62, 2.9]);
        return observation('19123-9', v, 'mg/dL', days, r.chance(0.4)
          ? { referenceRange: [{ low: quantity(r.pick([1.6, 1.7, 1.9]), 'mg/dL'), high: quantity(r.pick([2.4, 2.6]), 'mg/dL') }] } : {}); }],
      [3, () => observation(r.pick(['2601-3', '19123-9']), r.pick([0.97, 0.99, 1, 1.48, 1.49, 1.5, 1.52, 1.7, 2.14, 2.16]), 'meq/L', days)],
      [1, () => observation('26746-8', r.pick([3.9, 4, 5.2, 6.4, 6.5]), 'mg/dL', days, { referenceRange: [{ low: quantity(4, 'mg/dL'), high: quantity(6.4, 'mg/dL') }] })],
      [1, () => observation('2600-5', r.pick([0.4, 0.44, 0.5, 0.62]), 'mmol/L', days, r.chance(0.7) ? { referenceRange: [{ low: quantity(0.44, 'mmol/L'), high: quantity(0.6, 'mmol/L') }] } : {})],
      [1, () => observation('2601-3', r.pick([0.7, 1.6]), undefined, days)],
      [1, () => observation(r.pick(['19124-7', '29364-7', '55937-7', '1220-3']), 0.6, 'mmol/L', days)]]);
    magnesium.push({ ...made, ...labStatus(days) });
  }
  const vitamin25 = [];
  const level = (v, days) => (r.chance(0.4)
    ? observation('60493-4', Math.round(v * 24.96) / 10, 'nmol/L', days) : observation('62292-8', v, 'ng/mL', days));
  if (theme === 'raised' || r.chance(0.1)) {
    const first = r.pick([10, 14, 16, 24]);
    vitamin25.push(level(first, raisedStart + r.pick([0, 5, 12, 40])));
    vitamin25.push(level(first + r.pick([-2, 2, 4, 6, 15, 14]), Math.max(0, raisedStart - r.pick([59, 60, 61, 90]))));
  } else if (r.chance(0.35)) {
    vitamin25.push({ ...level(r.pick([12, 19, 29, 31, 40, 49, 51, 90, 99, 101, 149, 151, 180]), r.pick([1, 60, 179, 180, 181, 300])), ...labStatus(0) });
  }
  const blood = [];
  if (r.chance(0.4)) {
    const days = r.pick([1, 30, 89, 90, 91, 200, 364, 365, 366]);
    blood.push({ ...r.weigh([
      [6, () => observation('17861-6', r.pick([8.8, 9.6, 9.8, 10.4, 10.5, 10.6, 11, 11.9, 12, 12.1]), 'mg/dL', days)],
      [1, () => observation('17861-6', r.pick([10.1, 10.3]), 'mg/dL', days, { referenceRange: [{ low: quantity(8.6, 'mg/dL'), high: quantity(10.2, 'mg/dL') }] })],
      [2, () => observation('2000-8', r.pick([2.3, 2.5, 2.61, 2.63, 3.1]), 'mmol/L', days)],
      [1, () => observation('29265-6', r.pick([2.5, 2.7]), 'mmol/L', days)],
      [1, () => observation('1995-0', r.pick([1.2, 1.3, 1.31, 1.4]), 'mmol/L', days, { referenceRange: [{ low: quantity(1.15, 'mmol/L'), high: quantity(1.3, 'mmol/L') }] })]]),
    ...labStatus(0) });
    if (r.chance(0.4)) blood.push(observation('1751-7', r.pick([2, 2.5, 3, 3.5, 3.9, 4, 4.4]), 'g/dL', r.chance(0.8) ? days : days + 1));
    if (r.chance(0.1)) blood.push(observation('1751-7', 30, 'g/L', days + 400));
  }
  if (r.chance(0.35)) {
    blood.push({ ...observation(r.pick(['98979-8', '62238-1']), r.pick([15, 22, 29, 29.9, 30, 31, 45, 60]), 'mL/min/{1.73_m2}', r.pick([1, 100, 364, 365, 366])), ...labStatus(0) });
  }

  // --- conditions and requests ------------------------------------------------------------------
  const conditions = [];
  const codes = {
    deficiency: ['34713006', 'E55.9'], rickets: ['41345002', 'E55.0', '4598005', 'M83.9'],
    calcium: ['66931009', 'E83.52', 'E67.3', '36348003', 'E21.0', '31541009', '56717001', 'D86.3', 'A15.0', '27712000'],
    kidney: ['431857002', '433146000', 'N18.4', 'N18.5', '433144002', 'N18.30', 'N17.9', 'Z99.2', '105502003'],
    hospice: ['385763009', '170935008', '300936002', '162608008'], pregnancy: ['77386006', 'Z33.1'],
    nerve: ['27885002', '195042002', '28189009', 'I44.2', 'I44.1', '91637004', 'G70.00'],
    traps: ['270492004', 'I44.0', '103735009', 'Z51.5', '91478007', 'N25.81', '161414005', '60001007', 'E83.50', '64859006'],
  };
  const odds = { deficiency: 0.2, rickets: 0.04, calcium: 0.06, kidney: 0.08, hospice: 0.03, pregnancy: 0.03, nerve: theme === 'magnesium' ? 0.25 : 0.02, traps: 0.1 };
  for (const [group, p] of Object.entries(odds)) {
    if (!r.chance(p)) continue;
    const code = r.pick(codes[group]);
    const condition = { resourceType: 'Condition', id: id('co'), subject: r.chance(0.015) ? stranger : subject,
      clinicalStatus: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: r.weigh([[9, 'active'], [1, 'resolved'], [1, 'inactive']]) }] },
      verificationStatus: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-ver-status', code: r.weigh([[12, 'confirmed'], [1, 'refuted'], [1, 'entered-in-error']]) }] },
      code: { coding: [{ system: /^\d+$/.test(code) ? SNOMED : ICD10, code }] } };
    conditions.push(condition);
  }
  const serviceRequests = [];
  const lab = (code, more) => ({ resourceType: 'ServiceRequest', id: id('sr'), status: 'active', intent: 'order',
    code: { coding: [{ system: LOINC, code }] }, subject, ...more });
  if (r.chance(0.15)) {
    serviceRequests.push(lab(r.pick(['19123-9', '19123-9', '2601-3', '24320-4', '17861-6']),
      { authoredOn: date(r.pick([0, 1, 29, 30, 31, 60])), status: r.weigh([[6, 'active'], [1, 'revoked'], [1, 'completed'], [1, 'entered-in-error']]),
        ...(r.chance(0.1) ? { occurrenceDateTime: date(r.pick([-20, -60])) } : {}), subject: r.chance(0.05) ? stranger : subject }));
  }
  if (r.chance(0.07)) {
    drafts.push(lab(r.pick(['19123-9', '19123-9', '2601-3', '24323-8', '62292-8']),
      { status: 'draft', ...(r.chance(0.3) ? { occurrenceDateTime: date(-85) } : {}), subject: r.chance(0.1) ? stranger : subject }));
  }

  // --- patient and envelope ---------------------------------------------------------------------
  const [y, mo, da] = asOf.split('-').map(Number);
  const born = (years, months, days) => new Date(Date.UTC(y - years, mo - 1 - months, da + days)).toISOString().slice(0, 10);
  const birthDate = r.weigh([
    [10, () => born(r.pick([35, 46, 58, 66, 81]), r.int(12), 0)],
    [3, () => born(70, 0, r.pick([-1, 0, 1]))],
    [3, () => born(19, 0, r.pick([-1, 0, 1]))],
    [1, () => born(0, 7, r.pick([-1, 0, 1]))], [1, () => born(1, 0, r.pick([-1, 0, 1]))],
    [1, () => born(4, 0, r.pick([-1, 0, 1]))], [1, () => born(9, 0, r.pick([-1, 0, 1]))],
    [1, () => born(r.pick([2, 6, 12, 16]), 3, 0)],
    [2, () => r.pick(['1955', '1956', '2007', '2006', '2017', '2022', '2025', '1990', '2007-03', '2007-02', '2017-03', '2022-02', '2025-08', '1956-03'])],
    [1, undefined]]);
  const bundle = (resources) => ({ resourceType: 'Bundle', type: 'searchset', entry: resources.map((resource) => ({ resource })) });
  const prefetch = { patient: { resourceType: 'Patient', id: me, ...(birthDate ? { birthDate } : {}) },
    medications: bundle(active), statements: bundle(statements), magnesium: bundle(magnesium),
    vitaminD: bundle(vitamin25), calciumRenal: bundle(blood), conditions: bundle(conditions),
    serviceRequests: bundle(serviceRequests) };
  for (const key of Object.keys(prefetch)) {
    const spoil = r.weigh([[40, 'keep'], [1, 'drop'], [0.6, 'failed'], [0.4, 'null'], [0.4, 'mixed'], [0.3, 'paged']]);
    const outcome = { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'timeout' }] };
    if (spoil === 'drop') delete prefetch[key];
    else if (spoil === 'failed') prefetch[key] = outcome;
    else if (spoil === 'null') prefetch[key] = null;
    else if (spoil === 'mixed' && key !== 'patient') prefetch[key].entry.push({ resource: outcome, search: { mode: 'outcome' } });
    else if (spoil === 'paged' && key !== 'patient') prefetch[key].link = [{ relation: 'next', url: 'https://fhir.example/next' }];
  }
  const hex = String(index).padStart(12, '0');
  return { hook: 'order-sign', hookInstance: `00000000-0000-4000-8000-${hex}`,
    context: { userId: 'Practitioner/p1', patientId: me, draftOrders: { resourceType: 'Bundle', type: 'collection',
      entry: drafts.map((resource) => ({ resource })) } }, prefetch };
}
