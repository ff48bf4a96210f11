import { describe, expect, test } from 'vitest';
import { equalScore, scoreEach } from './framework.js';
import { NodeList } from './node-list.js';
import { NodeOrder } from './node-order.js';
import { bestNodes, totalScores, type ActiveScorer, type Ranking } from './ranking.js';

const scorer = (scores: readonly number[], atMost?: readonly number[]): ActiveScorer => ({
  plugin: 'Some',
  weight: 1,
  scorer: {
    ...scoreEach((slot) => scores[slot]!),
    ...(atMost === undefined
      ? {}
      : { atMost: () => NodeOrder.of(Uint8Array.from(atMost), Int32Array.from(atMost.keys())) }),
  },
});

/** Of nodes whose slots are by name. */
function best(
  scorers: readonly ActiveScorer[],
  nodes: number,
  limit: number,
  { only = null, out = [] }: { only?: ReadonlySet<number> | null; out?: readonly number[] } = {},
): Ranking {
  const slots = Int32Array.from({ length: nodes }, (_, slot) => slot);
  const list = NodeList.of(slots, nodes);
  for (const slot of out) list.out[slot] = 1;
  return bestNodes(scorers, list, limit, slots, only);
}

describe('bestNodes', () => {
  const rows = [
    { name: 'best first, ties by name', scores: [1, 3, 2, 3], limit: 3, top: [1, 3, 2], tied: 2 },
    { name: 'all', scores: [1, 1, 1], limit: 10, top: [0, 1, 2], tied: 3 },
    { name: 'at least one', scores: [1, 2], limit: 0, top: [1], tied: 1 },
    { name: 'a late best', scores: [1, 2, 3], limit: 1, top: [2], tied: 1 },
    { name: 'ties beyond the limit count', scores: [3, 1, 3, 3], limit: 1, top: [0], tied: 3 },
    { name: 'nodes that are not asked for', scores: [3, 1, 2], limit: 2, top: [2, 1], tied: 1, only: [1, 2] },
    { name: 'nodes that are struck out', scores: [3, 1, 2], limit: 3, top: [2, 1], tied: 1, out: [0] },
    { name: 'no nodes', scores: [], limit: 2, top: [], tied: 0 },
  ];
  test.each(rows)('$name', ({ scores, limit, top, tied, only, out }) => {
    // By name, and in the order of a bound that puts the last node first: the order of looking is none of the answer.
    const late = scores.map((_, slot) => 90 + slot);
    for (const scorers of [[scorer(scores)], [scorer(scores, late)], [scorer(scores, scores)]]) {
      const ranking = best(scorers, scores.length, limit, { only: only === undefined ? null : new Set(only), out });
      expect({ top: ranking.slots, tied: ranking.tied }).toEqual({ top, tied });
      expect(ranking.totals).toEqual(top.map((slot) => scores[slot]));
    }
  });

  test('nodes that cannot be among the best are not scored', () => {
    const scored: number[] = [];
    const scores = [5, 9, 4, 9, 8];
    const counting = scorer(scores, [5, 9, 6, 9, 9]);
    const at = (slot: number): number => {
      scored.push(slot);
      return scores[slot]!;
    };
    const scorers = [
      { ...counting, scorer: { ...counting.scorer, at } },
      { plugin: 'Same', weight: 2, scorer: equalScore(100) },
    ];
    const ranking = best(scorers, scores.length, 1);
    expect(ranking).toMatchObject({ slots: [1], totals: [209], tied: 2 });
    expect(new Set(scored)).toEqual(new Set([1, 3, 4]));
  });

  test('a bound that is the same for all nodes stands until the node may be among the best', () => {
    const scored: number[] = [];
    const at = (slot: number): number => {
      scored.push(slot);
      return [0, 100, 100, 40][slot]!;
    };
    const flat = { plugin: 'Flat', weight: 1, scorer: { ...scoreEach(at), most: 100 } };
    const ranking = best([flat, scorer([9, 8, 3, 9], [9, 9, 5, 9])], 4, 1);
    expect(ranking).toMatchObject({ slots: [1], totals: [108], tied: 1 });
    expect(new Set(scored)).toEqual(new Set([0, 1, 3]));
  });

  test('scorers with and without a bound add up', () => {
    const scorers = [scorer([1, 2, 3], [3, 3, 3]), scorer([30, 20, 10]), scorer([0, 5, 0], [5, 5, 5])];
    expect(best(scorers, 3, 3)).toMatchObject({ slots: [0, 1, 2], totals: [31, 27, 13] });
    expect([...totalScores(scorers, Int32Array.of(0, 1, 2))]).toEqual([31, 27, 13]);
  });
});
