/** Feasible nodes, rejections, scores, the best nodes and the sentence. */
import type { Json } from '../../../src/kubernetes/types.js';
import { schedule } from '../../../src/scheduler/cycle.js';
import type { ScheduleResult } from '../../../src/scheduler/schedule-result.js';
import { differentMultisets, differentSets, firstDifference } from '../compare.js';
import type { ConformanceCase, Mismatch, Row } from '../registry.js';
import { object, readScenario, text, texts, type InvalidScenario } from '../scenario.js';

export const scheduleCase: ConformanceCase = {
  check(row) {
    const scenario = readScenario(row);
    if ('invalid' in scenario) return checkInvalid(row, scenario);
    if (row.expect.invalid !== undefined) return { path: 'invalid', expected: row.expect.invalid, actual: undefined };
    return checkSchedule(row, schedule(scenario.model, scenario.subject));
  },
};

export function checkInvalid(row: Row, { invalid }: InvalidScenario): Mismatch | null {
  const expected = object(row.expect).invalid;
  if (expected === undefined) return { path: 'invalid', expected, actual: invalid };
  return differentMultisets(fullSentences(expected), invalid.errors, 'invalid');
}

function fullSentences(expected: Json): string[] {
  const errors = Array.isArray(expected) ? expected : (object(expected).errors ?? []);
  if (!Array.isArray(errors)) return [];
  return errors.map((error) => (typeof error === 'string' ? error : text(object(error).full)));
}

export function checkSchedule({ expect }: Row, result: ScheduleResult): Mismatch | null {
  const { model, feasible, totals } = result;
  const names = Array.from(feasible, (slot) => model.nodeName(slot));
  const difference =
    differentMultisets(texts(expect.feasible), names, 'feasible') ??
    checkRejections(object(expect.rejected), result) ??
    checkScores(object(expect.scores), names, result);
  if (difference !== null) return difference;
  const highest = totals.length === 0 ? 0 : Math.max(...totals);
  const best = names.filter((_, i) => totals[i] === highest);
  return (
    differentMultisets(texts(expect.best), best, 'best') ??
    checkRanking(result) ??
    firstDifference(text(expect.message), result.message() ?? '', 'message')
  );
}

const ranked = 3;

/** The search for the best nodes, which scores few of them, against the totals of all. */
function checkRanking(result: ScheduleResult): Mismatch | null {
  const { totals, feasible } = result;
  const sorted = Array.from(feasible, (_, position) => position).sort((a, b) => totals[b]! - totals[a]! || a - b);
  const expected = sorted.slice(0, ranked);
  const { slots, totals: scores, tied } = result.ranking(ranked);
  return (
    firstDifference(
      expected.map((position) => feasible[position]),
      [...slots],
      'ranking',
    ) ??
    firstDifference(
      expected.map((position) => totals[position]),
      [...scores],
      'ranking.totals',
    ) ??
    firstDifference(totals.filter((total) => total === totals[sorted[0]!]).length, tied, 'tied')
  );
}

function checkRejections(expected: ReturnType<typeof object>, result: ScheduleResult): Mismatch | null {
  const { model, feasible } = result;
  const isFeasible = new Set(feasible);
  for (const slot of model.nodeSlots()) {
    const name = model.nodeName(slot);
    const path = `rejected.${name}`;
    if (isFeasible.has(slot)) {
      if (expected[name] !== undefined) return { path, expected: expected[name], actual: undefined };
      continue;
    }
    const actual = result.rejection(slot);
    const recorded = object(expected[name]);
    const difference =
      firstDifference([recorded.plugin, recorded.code], [actual?.plugin, actual?.code], path) ??
      differentSets(texts(recorded.reasons), actual?.reasons ?? [], `${path}.reasons`);
    if (difference !== null) return difference;
  }
  return null;
}

/** An absent score equals 0. */
function checkScores(
  expected: ReturnType<typeof object>,
  names: readonly string[],
  result: ScheduleResult,
): Mismatch | null {
  for (const [position, name] of names.entries()) {
    const actual: Record<string, number> = {
      ...result.scoresOf(result.feasible[position]!),
      total: result.totals[position]!,
    };
    const recorded = object(expected[name]);
    for (const plugin of new Set([...Object.keys(recorded), ...Object.keys(actual)])) {
      const difference = firstDifference(recorded[plugin] ?? 0, actual[plugin] ?? 0, `scores.${name}.${plugin}`);
      if (difference !== null) return difference;
    }
  }
  return null;
}
