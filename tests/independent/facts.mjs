// Promise: turns an order-sign request into the facts of the clinical specification (a.1): vitamin D a
// day, depleting classes, magnesium state, calcium, kidneys, age. Written from the specification alone.

import { MEDICINES, DEPLETERS, LOCAL_ROUTES, LABS, SERUM_MAGNESIUM_ORDERS, CONDITIONS, LIMITS, RXNORM,
  LOINC } from './terms.mjs';
import { readDose, dayNumber } from './dose.mjs';

// Would somebody else's resource have counted, were it this patient's? Then the question is not answered.
const ASKED = { magnesium: /^mg-/, vitaminD: /^d25/, calciumRenal: /^(ca-|albumin|egfr)/ };
function wouldCount(r, key, today) {
  if (r.resourceType === 'Observation') {
    const kind = LABS[r.code?.coding?.find((c) => c.system === LOINC && c.code in LABS)?.code];
    return !['entered-in-error', 'cancelled'].includes(r.status) && Boolean(kind && ASKED[key]?.test(kind));
  }
  if (r.resourceType === 'MedicationRequest' || r.resourceType === 'MedicationStatement') {
    // 52364, magnesium salicylate, is known to be none of the medicines that matter.
    return r.status === 'active' && !r.doNotPerform && counts(order(r, 'active', today), today)
      && medicineOf(r)?.code !== '52364';
  }
  return r.resourceType !== 'Condition' || liveCondition(r);
}
const liveCondition = (r) => !['refuted', 'entered-in-error'].includes(r.verificationStatus?.coding?.[0]?.code)
  && !['resolved', 'inactive', 'remission'].includes(r.clinicalStatus?.coding?.[0]?.code);

// What a prefetch key brought: the patient's own resources, or that it could not be obtained.
function bring(prefetch, key, { patientId, today }) {
  const value = prefetch?.[key];
  if (value === null) return { have: true, list: [] };
  if (value === undefined || typeof value !== 'object') return { have: false, list: [] };
  if (value.resourceType === 'OperationOutcome') return { have: false, list: [] };
  if (value.resourceType !== 'Bundle') return { have: true, list: [value] };
  const all = (value.entry ?? []).map((e) => e.resource).filter(Boolean);
  const failed = all.some((r) => r.resourceType === 'OperationOutcome'
    && (r.issue ?? []).some((i) => i.severity === 'error' || i.severity === 'fatal'));
  const more = (value.link ?? []).some((l) => l.relation === 'next');
  const mine = all.filter((r) => !r.subject
    || r.subject.reference === `Patient/${patientId}`);
  // Who sends somebody else's data along has not answered about this patient: what is missing is not known.
  const strange = all.some((r) => !mine.includes(r) && wouldCount(r, key, today));
  return { have: !failed && !more && !strange, list: mine };
}

const medicineOf = (resource) => {
  const concept = resource.medicationCodeableConcept;
  const coding = concept?.coding?.find((c) => c.system === RXNORM && c.code in MEDICINES);
  if (!coding) return null;
  return { code: coding.code, product: `${coding.code} ${concept.text ?? ''}`, ...MEDICINES[coding.code],
    k2: /vitamin k2|mk-7|menaquinone/i.test(concept.text ?? '') };
};

const dosageOf = (resource) => resource.dosageInstruction ?? resource.dosage;

function order(resource, from, today) {
  const medicine = medicineOf(resource);
  if (!medicine) return null;
  const period = dosageOf(resource)?.[0]?.timing?.repeat?.boundsPeriod;
  const begun = [period?.start, resource.authoredOn, resource.effectivePeriod?.start,
    resource.effectiveDateTime].filter(Boolean).map(dayNumber);
  const start = begun.length > 0 ? Math.min(...begun) : undefined;
  const dose = readDose(dosageOf(resource), medicine, from === 'draft' ? start ?? today : start);
  if (resource.effectivePeriod?.end) {
    dose.end = Math.min(dose.end ?? Infinity, dayNumber(resource.effectivePeriod.end));
  }
  const route = dosageOf(resource)?.[0]?.route?.coding?.[0]?.code;
  return { id: resource.id, from, status: resource.status, medicine, dose, start, route, local: LOCAL_ROUTES.has(route),
    replaces: [resource.priorPrescription, ...(resource.basedOn ?? [])].filter(Boolean)
      .map((r) => r.reference),
    sig: dose.parts ? JSON.stringify([dose.asNeeded, dose.parts.map((p) => [p.unit, p.iu.toFixed(4), p.perDay.toFixed(6)]), dose.singles])
      : JSON.stringify((dosageOf(resource) ?? []).map(({ text, ...rest }) => rest)) };
}

const counts = (o, today) => o && !o.local && !(o.dose.end !== undefined && o.dose.end < today);
const sameDose = (a, b) => a.medicine.group === 'vitamin-d' && a.medicine.ingredient === b.medicine.ingredient
  && a.dose.asNeeded === b.dose.asNeeded && !a.dose.unreadable && !b.dose.unreadable && !a.dose.once && !b.dose.once
  && Math.abs(a.dose.iuPerDay - b.dose.iuPerDay) < 1e-6;

// The repeating vitamin D taken so far, the same medicine once: what is listed, what is told, and what ended
// and is continued by a draft.
function taken(facts, listed, reported) {
  const repeats = (o) => o?.medicine.group === 'vitamin-d' && !o.dose.once;
  const over = (o) => ['completed', 'stopped'].includes(o.status)
    || (o.status === 'active' && o.dose.end !== undefined && o.dose.end < facts.today);
  const continued = new Set(facts.drafts.filter((o) => o.medicine.group === 'vitamin-d').flatMap((o) => o.replaces));
  const ended = facts.linkable.filter((o) => over(o) && continued.has(`MedicationRequest/${o.id}`));
  const list = listed.filter(repeats).filter((o, i, all) => !all.slice(0, i)
    .some((p) => p.medicine.product === o.medicine.product && p.sig === o.sig));
  for (const s of reported.filter(repeats)) if (!list.some((o) => sameDose(o, s)
    || (o.medicine.product === s.medicine.product && o.sig === s.sig))) list.push(s);
  return [...list, ...ended.filter(repeats)];
}

function medicines(request, facts) {
  const { today, patientId } = facts;
  const basket = (request.context.draftOrders.entry ?? []).map((e) => e.resource)
    .filter((r) => !r.subject || r.subject.reference === `Patient/${patientId}`);
  const medications = bring(request.prefetch, 'medications', facts);
  const statements = bring(request.prefetch, 'statements', facts);
  facts.medicationsKnown = medications.have;
  facts.statementsKnown = statements.have;
  const stopping = new Set(basket.filter((r) => r.resourceType === 'MedicationRequest'
    && ['stopped', 'cancelled'].includes(r.status)).map((r) => r.id));
  const drafts = basket.filter((r) => r.resourceType === 'MedicationRequest' && r.status === 'draft'
    && !r.doNotPerform).map((r) => order(r, 'draft', today)).filter((o) => counts(o, today));
  const listed = medications.list
    .filter((r) => r.resourceType === 'MedicationRequest' && r.status === 'active' && !r.doNotPerform)
    .map((r) => order(r, 'active', today)).filter((o) => counts(o, today));
  const reported = statements.list
    .filter((r) => r.resourceType === 'MedicationStatement' && r.status === 'active')
    .map((r) => order(r, 'statement', today)).filter((o) => counts(o, today));

  // Replaced: linked from a draft, or discontinued in the same basket.
  const linked = new Set(drafts.flatMap((o) => o.replaces));
  const replaced = listed.filter((o) => linked.has(`MedicationRequest/${o.id}`)
    || stopping.has(o.id));
  const kept = [...drafts, ...listed.filter((o) => !replaced.includes(o))];
  // Vitamin D of the same product with the same sig counts once.
  const once = kept.filter((o, i) => o.medicine.group !== 'vitamin-d' || !kept.slice(0, i)
    .some((p) => p.medicine.product === o.medicine.product && p.sig === o.sig));
  // A statement and an order of the same ingredient and daily dose count once, also a replaced order.
  const orders = [...once];
  for (const s of reported) if (![...once, ...replaced].some((o) => sameDose(o, s))) orders.push(s);
  facts.drafts = drafts;
  // What an order continues, whatever has become of it.
  facts.linkable = medications.list.filter((r) => r.resourceType === 'MedicationRequest'
    && r.status !== 'entered-in-error').map((r) => order(r, 'active', today)).filter(Boolean);
  facts.orders = orders;
  facts.replaced = replaced;
  facts.before = taken(facts, listed, reported);
  facts.basket = basket;
}

function vitaminD(facts) {
  const d = facts.orders.filter((o) => o.medicine.group === 'vitamin-d');
  facts.d = d;
  // A sum with an unreadable part is a lower bound: above a limit it is above, otherwise nobody knows.
  facts.over = (limit) => (facts.total > limit ? 'yes'
    : facts.unreadable.length > 0 && limit < Infinity ? 'unknown' : 'no');
  facts.total = d.reduce((sum, o) => sum + (o.dose.iuPerDay ?? 0), 0);
  facts.unreadable = d.filter((o) => o.dose.unreadable);
  // A single dose that cannot be read leaves the daily total as it is, and is told all the same.
  facts.anyUnreadable = d.filter((o) => o.dose.unreadable || o.dose.singles.includes(null));
  const drafted = d.filter((o) => o.from === 'draft');
  facts.draftTotal = drafted.reduce((sum, o) => sum + (o.dose.iuPerDay ?? 0), 0);
  facts.draftD = facts.drafts.filter((o) => o.medicine.group === 'vitamin-d');
  facts.activeForm = facts.orders.some((o) => o.medicine.group === 'active-d');
}

// A PPI course of less than 90 days from its first linked dose to its last does not count.
function ppiExposure(facts, o) {
  const starts = facts.linkable.filter((r) => o.replaces.includes(`MedicationRequest/${r.id}`)
    && r.medicine.group === 'ppi').map((r) => r.start);
  if (o.from !== 'draft') starts.push(o.start);
  const known = starts.filter((s) => s !== undefined);
  const since = known.length > 0 ? Math.min(...known) : undefined;
  const first = since ?? (o.from === 'draft' ? facts.today : undefined);
  const length = o.dose.end !== undefined && first !== undefined ? o.dose.end - first + 1 : o.dose.days;
  return { counts: length === undefined || length >= LIMITS.ppiDays,
    long: since !== undefined && facts.today - since >= LIMITS.ppiDays };
}

function depleters(facts) {
  const counted = (o) => DEPLETERS.has(o.medicine.group) && !o.dose.asNeeded
    && !(o.medicine.group === 'pentamidine' && o.route !== '47625008')
    && !(o.medicine.group === 'ppi' && !ppiExposure(facts, o).counts);
  const classes = new Map(); // class -> { starting }
  for (const o of facts.orders.filter(counted)) {
    const { group } = o.medicine;
    const long = group !== 'ppi' || ppiExposure(facts, o).long;
    classes.set(group, { starting: !long && (classes.get(group)?.starting ?? true) });
  }
  facts.classes = classes;
  facts.draftDepleter = facts.drafts.some(counted);
  facts.amplifier = facts.orders.some((o) => o.medicine.group === 'amplifier' && !o.dose.asNeeded);
}

const FINAL = new Set(['final', 'amended', 'corrected']);
const unitOf = (q) => q?.code ?? q?.unit;

// Magnesium in mmol/L rounded to two decimals, or null when the unit does not say.
function magnesiumIn(quantity) {
  const factor = { 'mmol/L': 1, 'mg/dL': 0.4114, 'meq/L': 0.5 }[unitOf(quantity)];
  return factor === undefined ? null : Math.round((quantity.value * factor + 1e-9) * 100) / 100;
}

// A date without a zone is a whole day, and somewhere (up to UTC+14) tomorrow's has begun: then it is today's.
function dayOfResult(text, today) {
  const day = dayNumber(text);
  return day === today + 1 && !/(Z|[+-]\d\d:\d\d)$/.test(text) ? today : day;
}

function observations(request, facts, key) {
  const got = bring(request.prefetch, key, facts);
  const list = got.list.filter((r) => r.resourceType === 'Observation').map((r) => {
    const code = r.code?.coding?.find((c) => c.system === LOINC && c.code in LABS)?.code;
    return code && r.effectiveDateTime && { kind: LABS[code], code, status: r.status, value: r.valueQuantity,
      range: r.referenceRange?.[0], on: dayOfResult(r.effectiveDateTime, facts.today) };
  }).filter((o) => o && (o.on <= facts.today || o.status === 'registered'))
    .sort((a, b) => b.on - a.on);
  return { have: got.have, list,
    results: list.filter((o) => FINAL.has(o.status) && typeof o.value?.value === 'number') };
}

function magnesium(request, facts) {
  const got = observations(request, facts, 'magnesium');
  const window = facts.classes.size > 0 ? LIMITS.lookBackDepleting : LIMITS.lookBackNone;
  const inside = (o) => facts.today - o.on <= window;
  const isMg = (o) => o.kind.startsWith('mg-');
  const results = got.results.filter(isMg);
  const valid = results.filter(inside);
  const preliminary = got.list.filter((o) => isMg(o) && o.status === 'preliminary'
    && typeof o.value?.value === 'number' && inside(o));
  const requests = bring(request.prefetch, 'serviceRequests', facts).list;
  const isOrder = (r) => r.resourceType === 'ServiceRequest' && !r.doNotPerform
    && r.code?.coding?.some((c) => SERUM_MAGNESIUM_ORDERS.has(c.code));
  // A preliminary value pends as long as it would count when final; a registered one has no value yet.
  const pending = got.list.some((o) => isMg(o)
      && ((o.status === 'registered' && facts.today - o.on <= LIMITS.pendingDays)
        || (o.status === 'preliminary' && inside(o))))
    || requests.some((r) => isOrder(r) && r.status === 'active'
      && (facts.today - dayNumber(r.occurrenceDateTime ?? r.authoredOn) <= LIMITS.pendingDays
        || facts.today - dayNumber(r.authoredOn) <= LIMITS.pendingDays))
    || facts.basket.some((r) => isOrder(r) && ['draft', 'active'].includes(r.status));
  let state = 'none';
  if (!got.have && valid.length === 0) state = 'unavailable';
  if (valid.length > 0) state = 'valid';

  const judge = (o) => {
    const mmol = magnesiumIn(o.value);
    const partial = o.kind === 'mg-partial';
    // The laboratory's limits are compared as the values are: in mmol/L of two decimals.
    const limit = (end) => (o.range?.[end] && mmol !== null ? magnesiumIn(o.range[end]) : undefined);
    const [low, high] = [limit('low'), limit('high')];
    const belowLab = low !== undefined && mmol < low;
    const aboveLab = high !== undefined && mmol > high;
    if (partial) return { partial, low: belowLab && 'warning', high: aboveLab };
    if (mmol === null) return { unreadable: true, low: false, high: false };
    let lowAs = false;
    if (mmol < LIMITS.mgSevere) lowAs = 'critical';
    else if (mmol < LIMITS.mgLow) lowAs = low !== undefined && !belowLab ? 'info' : 'warning';
    else if (belowLab) lowAs = 'info';
    return { mmol, low: lowAs, high: mmol > LIMITS.mgHigh || aboveLab };
  };
  // The newest of final and preliminary results decides for each kind of specimen, a serum value for all
  // that is older than it: another specimen never hides a serum value, an unreadable one hides nothing.
  const newest = valid[0] && judge(valid[0]);
  const early = preliminary.map((o) => ({ o, j: judge(o), early: true }));
  const inWindow = [...valid.map((o) => ({ o, j: judge(o) })), ...early].sort((a, b) => b.o.on - a.o.on);
  const grades = { info: 1, warning: 2, critical: 3 };
  let low = false;
  let high = false;
  const settled = new Set();
  for (const { o, j, early: notYet } of inWindow) {
    if (settled.has(o.code)) continue;
    if ((grades[j.low] ?? 0) > (grades[low] ?? 0)) low = j.low;
    high = high || (j.high && (j.partial ? 'partial' : 'serum'));
    if (notYet || j.unreadable) continue;
    settled.add(o.code);
    if (!j.partial) break;
  }
  if (low && high === 'partial') high = false;
  const last = results[0] && judge(results[0]);
  facts.magnesium = { state, pending, low, high: Boolean(high), abnormal: Boolean(low || high),
    recent: valid.some((o) => facts.today - o.on <= LIMITS.lookBackDepleting),
    unavailable: state === 'unavailable', shown: state !== 'valid' && pending ? 'pending' : state, lastLow: valid.length === 0 && Boolean(last?.low) };
}

function others(request, facts) {
  const { today } = facts;
  const d25 = observations(request, facts, 'vitaminD');
  facts.d25 = d25.results.filter((o) => o.kind === 'd25' && ['ng/mL', 'nmol/L'].includes(unitOf(o.value)))
    .map((o) => ({ on: o.on, ng: unitOf(o.value) === 'nmol/L' ? o.value.value * 0.4006 : o.value.value }));
  facts.d25Known = d25.have;
  const blood = observations(request, facts, 'calciumRenal');
  facts.bloodKnown = blood.have;
  const recent = blood.results.filter((o) => today - o.on <= LIMITS.labDays);
  const hundredths = (value) => Math.round((value + 1e-9) * 100) / 100;
  const mgdl = (q) => q.value * (unitOf(q) === 'mmol/L' ? 4.008 : 1);
  const judge = (o) => {
    const limit = o.range?.high && hundredths(mgdl(o.range.high));
    if (o.kind === 'ca-ionized' && limit === undefined) return null;
    let value = mgdl(o.value);
    const albumin = recent.find((other) => other.kind === 'albumin' && other.on === o.on);
    if (o.kind === 'ca-total' && albumin) {
      const gdl = albumin.value.value * (unitOf(albumin.value) === 'g/L' ? 0.1 : 1);
      if (gdl < 4) value += 0.8 * (4 - gdl);
    }
    value = hundredths(value);
    const total = o.kind !== 'ca-ionized';
    const high = (limit !== undefined && value > limit) || (total && value > LIMITS.caHigh);
    return { high, critical: high && total && value >= LIMITS.caCritical };
  };
  // The newest final result decides; a preliminary one that is no older counts when it is high.
  const calcium = recent.filter((o) => o.kind.startsWith('ca-'));
  const deciding = calcium.map((o) => ({ on: o.on, ...judge(o) })).find((o) => o.high !== undefined);
  const early = blood.list.filter((o) => o.kind.startsWith('ca-') && o.status === 'preliminary'
    && typeof o.value?.value === 'number' && today - o.on <= LIMITS.labDays
    && !(deciding && o.on < deciding.on)).map((o) => judge(o)).filter((j) => j?.high);
  facts.calcium = calcium[0] && { on: calcium[0].on };
  facts.calciumHigh = Boolean(deciding?.high || early.length > 0);
  facts.calciumCritical = Boolean(deciding?.critical || early.some((j) => j.critical));
  facts.calciumDecided = Boolean(deciding || early.length > 0);
  const egfr = recent.find((o) => o.kind === 'egfr');
  const got = bring(request.prefetch, 'conditions', facts);
  facts.conditionsKnown = got.have;
  facts.tags = new Set(got.list.filter((r) => r.resourceType === 'Condition' && liveCondition(r))
    .flatMap((r) => CONDITIONS.get(r.code.coding[0].code) ?? []));
  facts.kidney = facts.tags.has('ckd') || facts.tags.has('gate') || Boolean(egfr && egfr.value.value < 60);
  facts.lowEgfr = Boolean(egfr && egfr.value.value < LIMITS.egfr
    && !['>', '>='].includes(egfr.value.comparator));
}

// Completed months at the earliest and latest birth the date allows: [fewest, most], or null.
function ageMonths(birth, today) {
  if (!birth) return null;
  const [y, m, d] = birth.split('-').map(Number);
  const now = new Date(today * 86400000);
  const months = (by, bm, bd) => (now.getUTCFullYear() - by) * 12 + now.getUTCMonth() + 1 - bm
    - (now.getUTCDate() < bd ? 1 : 0);
  const lastDay = new Date(Date.UTC(y, m ?? 12, 0)).getUTCDate();
  return [Math.max(0, months(y, m ?? 12, d ?? lastDay)), months(y, m ?? 1, d ?? 1)];
}

export function collect(request, asOf) {
  const facts = { today: dayNumber(asOf), patientId: request.context.patientId };
  const [patient] = bring(request.prefetch, 'patient', facts).list;
  facts.age = ageMonths(patient?.birthDate, facts.today);
  const adult = LIMITS.adult * 12;
  facts.minor = Boolean(facts.age && facts.age[1] < adult);
  facts.ageUnknown = !facts.age || (facts.age[0] < adult && facts.age[1] >= adult);
  medicines(request, facts);
  vitaminD(facts);
  depleters(facts);
  magnesium(request, facts);
  others(request, facts);
  facts.draftMagnesium = facts.drafts.some((o) => o.medicine.group === 'magnesium');
  facts.triggered = facts.draftD.length > 0 || facts.draftDepleter || facts.draftMagnesium;
  facts.draftActiveForm = facts.drafts.some((o) => o.medicine.group === 'active-d');
  return facts;
}
