// Promise: runs invented patients through `cofactor evaluate --trace` and through this folder's own
// reading of the clinical specification, and reports every difference that no stated allowance covers.
// Usage: node compare.mjs COFACTOR [--seed N] [--count N] [--show N] [--explain INDEX]

import { spawnSync } from 'node:child_process';
import { generate } from './patients.mjs';
import { collect } from './facts.mjs';
import { evaluate, ORDER } from './rules.mjs';
import { allowed } from './allowances.mjs';

const AS_OF = '2026-03-01';
const LEAST_FIRED = 20;

// Rules that both sides hold but whose differences have not been gone through yet. Where one of them has
// anything to say about a patient, that patient's cards and check-incomplete, which depend on it, are left
// out; the facts and all other rules are compared for every patient. The aim is an empty list.
const NOT_YET = new Set([]);

export function canonicalClass(name) {
  const known = [[/thiazide/, 'thiazide'], [/loop/, 'loop'], [/ppi|pcab/, 'ppi'],
    [/calcineurin/, 'calcineurin'], [/amphotericin|polyene/, 'amphotericin'], [/egfr/, 'egfr-antibody'],
    [/foscarnet|chelator/, 'foscarnet'], [/pentamidine|antiprotozoal/, 'pentamidine'],
    [/polymyxin|wasting|capreomycin/, 'polymyxin'], [/platinum/, 'platinum'], [/aminoglycoside/, 'aminoglycoside']];
  return known.find(([pattern]) => pattern.test(name))?.[1] ?? name;
}

// The two answers in the same words.
export function theirs(answer) {
  const { facts, rules } = answer.trace;
  return {
    total: facts.vitaminD.iuPerDay,
    classes: [...new Set(facts.depletingClasses.map(canonicalClass))].sort().join(' '),
    magnesium: facts.magnesium.state,
    rules: Object.fromEntries(rules.map((r) => [r.rule, r.outcome])),
    indicators: Object.fromEntries(rules.filter((r) => ['fired', 'merged'].includes(r.outcome))
      .map((r) => [r.rule, r.indicator])),
    cards: answer.cards.map((c) => ({ rule: c.extension['org.cofactor'].rule, indicator: c.indicator,
      alsoFired: [...(c.extension['org.cofactor'].alsoFired ?? [])].sort() })),
  };
}

export function ours(request, present) {
  const facts = collect(request, AS_OF);
  const { outcomes, cards } = evaluate(facts, present);
  return { facts, answer: {
    total: facts.total,
    classes: [...facts.classes.keys()].sort().join(' '),
    magnesium: facts.magnesium.shown ?? facts.magnesium.state,
    rules: Object.fromEntries(Object.entries(outcomes).map(([rule, o]) => [rule, o.outcome])),
    indicators: Object.fromEntries(Object.entries(outcomes).filter(([, o]) => o.indicator)
      .map(([rule, o]) => [rule, o.indicator])),
    cards,
  } };
}

const spoke = (answer) => Object.entries(answer.rules)
  .some(([rule, outcome]) => NOT_YET.has(rule) && outcome !== 'not-applicable');
const withoutCards = (outcome) => (outcome === 'merged' ? 'fired' : outcome);

export function differences(mine, their) {
  const partly = spoke(mine) || spoke(their);
  const list = [];
  const add = (what, a, b) => { if (a !== b) list.push({ what, ours: a, theirs: b }); };
  if (Math.abs(mine.total - their.total) > 1e-6 * Math.max(1, mine.total)) add('total', mine.total, their.total);
  add('classes', mine.classes, their.classes);
  add('magnesium', mine.magnesium, their.magnesium);
  for (const rule of Object.keys(their.rules)) {
    if (NOT_YET.has(rule) || (partly && rule === 'check-incomplete')) continue;
    const [a, b] = [mine.rules[rule], their.rules[rule]].map((o) => (partly ? withoutCards(o) : o));
    add(`rule ${rule}`, a, b);
    if (a === b) add(`indicator ${rule}`, mine.indicators[rule], their.indicators[rule]);
  }
  if (partly) return list;
  const show = (cards) => cards.map((c) => `${c.rule}:${c.indicator}(${c.alsoFired.join(',')})`).join(' | ');
  add('cards', show(mine.cards), show(their.cards));
  return list;
}

function main(args) {
  const option = (name, fallback) => (args.includes(name) ? Number(args[args.indexOf(name) + 1]) : fallback);
  const [binary] = args;
  const seed = option('--seed', 1);
  const count = option('--count', 10000);
  const show = option('--show', 5);
  const only = option('--explain', undefined);
  const indexes = only === undefined ? Array.from({ length: count }, (_, i) => i) : [only];
  const requests = indexes.map((i) => generate(seed, i, AS_OF));
  const run = spawnSync(binary, ['evaluate', '--ndjson', '--trace', '--as-of', AS_OF, '-'],
    { input: requests.map((q) => JSON.stringify(q)).join('\n'), maxBuffer: 2 ** 31 - 1, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`cofactor evaluate ended with ${run.status}: ${run.stderr}`);
  const answers = run.stdout.trimEnd().split('\n').map((line) => JSON.parse(line));
  if (answers.length !== requests.length) throw new Error(`${answers.length} answers to ${requests.length}`);

  const present = new Set(answers[0].trace.rules.map((rule) => rule.rule));
  const unexplained = new Map();
  const explained = new Map();
  const seen = {};
  let partly = 0;
  requests.forEach((request, i) => {
    const their = theirs(answers[i]);
    const { facts, answer } = ours(request, present);
    for (const [rule, outcome] of Object.entries(their.rules)) {
      seen[rule] ??= {};
      seen[rule][outcome] = (seen[rule][outcome] ?? 0) + 1;
    }
    const all = differences(answer, their);
    if (spoke(answer) || spoke(their)) partly += 1;
    if (only !== undefined) {
      console.log(JSON.stringify({ request, trace: answers[i].trace, cards: answers[i].cards.map((c) => c.summary), answer }, null, 1));
    }
    if (all.length === 0) return;
    const why = allowed(facts, all);
    const into = why ? explained : unexplained;
    const key = why ?? all.map((x) => x.what).join('; ');
    if (!into.has(key)) into.set(key, []);
    into.get(key).push({ index: indexes[i], all });
  });

  const size = (map) => [...map.values()].reduce((sum, list) => sum + list.length, 0);
  for (const [key, list] of [...unexplained].sort((a, b) => b[1].length - a[1].length)) {
    console.log(`${list.length} x ${key}`);
    for (const { index, all } of list.slice(0, show)) {
      console.log(`    patient ${index}: ${all.map((x) => `${x.what}: ours ${x.ours}, theirs ${x.theirs}`).join('; ')}`);
    }
  }
  for (const [why, list] of explained) console.log(`allowed ${list.length} x ${why}`);
  if (args.includes('--coverage')) console.log(JSON.stringify(seen, null, 1));
  console.log(`seed ${seed}: ${count} patients, ${present.size} rules, ${size(unexplained)} unexplained, ${size(explained)} allowed`);
  const waiting = [...present].filter((rule) => NOT_YET.has(rule));
  if (waiting.length > 0) console.log(`not yet compared: ${waiting.join(' ')}; ${partly} patients without their cards`);
  // Agreement on silence alone would prove nothing, nor would a rule that nobody compares.
  const hollow = [...present].filter((rule) => !NOT_YET.has(rule)).filter((rule) => !ORDER.includes(rule)
    || (count >= 10000 && (seen[rule].fired ?? 0) + (seen[rule].merged ?? 0) < LEAST_FIRED));
  for (const rule of hollow) console.log(`${rule}: not known here, or it spoke fewer than ${LEAST_FIRED} times`);
  return size(unexplained) === 0 && hollow.length === 0 ? 0 : 1;
}

process.exitCode = main(process.argv.slice(2));
