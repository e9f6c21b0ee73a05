// Promise: the codes the independent check generates and reads, taken by hand from the tables of the
// clinical specification (never from cards/knowledge/), and the numbers of its thresholds table.

export const RXNORM = 'http://www.nlm.nih.gov/research/umls/rxnorm';
export const LOINC = 'http://loinc.org';
export const SNOMED = 'http://snomed.info/sct';
export const ICD10 = 'http://hl7.org/fhir/sid/icd-10-cm';
export const UCUM = 'http://unitsofmeasure.org';

// code -> [ingredients, group, IU in one dosage unit, further]
const d = (ingredient, iu, also = {}) => ({ group: 'vitamin-d', ingredient, iu, ...also });
const of = (group, ingredient, also = {}) => ({ group, ingredient, ...also });
export const MEDICINES = {
  // Nutritional vitamin D: ingredients carry no strength; 1 ug = 40 IU.
  2418: d('cholecalciferol', null),
  4018: d('ergocalciferol', null),
  11253: d('vitamin D', null),
  1367410: d('ergocalciferol', 50000),
  1367416: d('ergocalciferol', 50000),
  705728: d('cholecalciferol', null), // strengths that the table marks as not verified are not loaded
  199362: d('cholecalciferol', null),
  801663: d('cholecalciferol', 2000),
  1092380: d('cholecalciferol', 4000),
  240029: d('cholecalciferol', 5000),
  665063: d('cholecalciferol', 400, { calcium: true }),
  2665428: d('cholecalciferol', 3000),
  904492: d('cholecalciferol', 2800),
  904462: d('cholecalciferol', 5600),
  245500: d('cholecalciferol', null), // strength not in the source: a dose in capsules is unreadable
  435020: d('cholecalciferol', null),
  // Active forms: no IU, never in the sum.
  308867: of('active-d', 'calcitriol'),
  1889: of('active-d', 'calcifediol'),
  73710: of('active-d', 'paricalcitol'),
  // Depleting groups.
  198051: of('ppi', 'omeprazole'),
  200329: of('ppi', 'omeprazole'),
  40790: of('ppi', 'pantoprazole'),
  283742: of('ppi', 'esomeprazole'),
  2604800: of('ppi', 'vonoprazan'), // PCAB: same handling
  4603: of('loop', 'furosemide'),
  38413: of('loop', 'torsemide'),
  197418: of('loop', 'bumetanide'),
  977959: of('loop', 'furosemide'), // with amiloride
  197770: of('thiazide', 'hydrochlorothiazide'),
  5764: of('thiazide', 'indapamide'),
  197499: of('thiazide', 'chlorthalidone'),
  214618: of('thiazide', 'hydrochlorothiazide'), // with lisinopril
  198316: of('thiazide', 'hydrochlorothiazide'), // with triamterene
  1596450: of('aminoglycoside', 'gentamicin'),
  732: of('amphotericin', 'amphotericin B'),
  2555: of('platinum', 'cisplatin'),
  40048: of('platinum', 'carboplatin'),
  42316: of('calcineurin', 'tacrolimus'),
  3008: of('calcineurin', 'cyclosporine'),
  318341: of('egfr-antibody', 'cetuximab'),
  33562: of('foscarnet', 'foscarnet'),
  7994: of('pentamidine', 'pentamidine'),
  8536: of('polymyxin', 'polymyxin B'),
  // Never depleting.
  9997: of('sparing', 'spironolactone'),
  644: of('sparing', 'amiloride'),
  35302: of('unrelated', 'sirolimus'),
  4278: of('unrelated', 'famotidine'),
  1364445: of('unrelated', 'apixaban'),
  52364: of('unrelated', 'magnesium salicylate'), // text says magnesium; it is an analgesic
  // Amplifiers, magnesium, calcium, anticoagulants.
  197604: of('amplifier', 'digoxin'),
  703: of('amplifier', 'amiodarone'),
  9947: of('amplifier', 'sotalol'),
  198741: of('magnesium', 'magnesium oxide'),
  6582: of('magnesium', 'magnesium oxide'),
  314087: of('magnesium', 'magnesium hydroxide'),
  237870: of('magnesium', 'aluminum hydroxide / magnesium hydroxide / simethicone'),
  52356: of('magnesium', 'magnesium citrate'),
  1897: of('calcium', 'calcium carbonate', { calcium: true }),
  47613: of('calcium', 'calcium citrate', { calcium: true }),
  11289: of('vka', 'warfarin'),
};

export const OTHER_DEPLETERS = new Set([
  'aminoglycoside', 'amphotericin', 'platinum', 'calcineurin', 'egfr-antibody', 'foscarnet',
  'pentamidine', 'polymyxin',
]);
export const DEPLETERS = new Set(['ppi', 'loop', 'thiazide', ...OTHER_DEPLETERS]);

// Routes that keep a drug out of the circulation.
export const LOCAL_ROUTES = new Set(['54485002', '10547007', '6064005', '447694001']);
export const ROUTES = {
  oral: '26643006', intravenous: '47625008', ophthalmic: '54485002', otic: '10547007',
  topical: '6064005', inhaled: '447694001',
};

export const LABS = {
  '19123-9': 'mg-serum', '2601-3': 'mg-serum', '35249-2': 'mg-serum',
  '2600-5': 'mg-partial', '2593-2': 'mg-partial', '26746-8': 'mg-partial', '2597-3': 'mg-partial',
  '62292-8': 'd25', '1989-3': 'd25', '60493-4': 'd25',
  '17861-6': 'ca-total', '2000-8': 'ca-total', '29265-6': 'ca-corrected', '1995-0': 'ca-ionized',
  '1751-7': 'albumin', '98979-8': 'egfr', '62238-1': 'egfr',
  // 19124-7 urine, 29364-7 CSF, 55937-7 post-dialysis, 1220-3 blood group Mg: no assessment.
};
export const SERUM_MAGNESIUM_ORDERS = new Set(['19123-9', '2601-3', '35249-2']);

const conditions = (tags, ...codes) => codes.map((code) => [code, tags]);
export const CONDITIONS = new Map([
  ...conditions(['deficiency'], '34713006', 'E55.9'),
  ...conditions(['deficiency', 'rickets'], '41345002', '4598005', 'E55.0', 'M83.9'),
  ...conditions(['calcium'], '66931009', 'E83.52', '27712000', 'E67.3', '36348003', 'E21.0',
    '31541009', '56717001', 'D86.3', 'A15.0'),
  ...conditions(['ckd', 'gate'], '431857002', '433146000', 'N18.4', 'N18.5'),
  ...conditions(['ckd'], '433144002', 'N18.30'),
  ...conditions(['gate'], 'N17.9'),
  ...conditions(['ckd', 'gate', 'dialysis'], 'Z99.2', '105502003'),
  ...conditions(['hospice'], '385763009', '170935008', '300936002', '162608008'),
  ...conditions(['pregnancy'], '77386006', 'Z33.1'),
  ...conditions(['block'], '27885002', '195042002', '28189009', 'I44.2', 'I44.1'),
  ...conditions(['myasthenia'], '91637004', 'G70.00'),
  // Traps: first-degree block, palliative care, secondary hyperparathyroidism, history of
  // tuberculosis, not pregnant, calcium disorder of no direction.
  ...conditions([], '270492004', 'I44.0', '103735009', 'Z51.5', '91478007', 'N25.81', '161414005',
    '60001007', 'E83.50', '64859006'),
]);

export const LIMITS = {
  interaction: 2000, high: 4000, noael: 10000, suspectDose: 50000, suspectAverage: 100000,
  bolus: 300000, courseWeek: 60000, courseDays: 84, lookBackDepleting: 90, lookBackNone: 365,
  mgLow: 0.75, mgSevere: 0.5, mgHigh: 1.07, ppiDays: 90, egfr: 30, caHigh: 10.5, caCritical: 12,
  d25Days: 180, d25Toxic: 150, d25High: 100, d25Watch: 50, d25Enough: 30, rise: 5,
  responseDays: 60, earlyDays: 30, pendingDays: 30, caThiazideDays: 90, labDays: 365, elderly: 70, adult: 19,
};
