import { describe, expect, test } from 'vitest';
import { equalScore, scoreEach } from './framework.js';
import { bestNodes, totalScores, type ActiveScorer } from './ranking.js';

const scorer = (scores: readonly number[], atMost?: readonly number[]): ActiveScorer => ({
  plugin: 'Some',
  weight: 1,
  scorer: {
    ...scoreEach((slot) => scores[slot]!),
    ...(atMost === undefined ? {} : { atMost: () => Uint8Array.from(atMost) }),
  },
});

describe('bestNodes', () => {
  const rows = [
    { name: 'best first, ties by position', scores: [1, 3, 2, 3], limit: 3, top: [1, 3, 2], tied: 2 },
    { name: 'all', scores: [1, 1, 1], limit: 10, top: [0, 1, 2], tied: 3 },
    { name: 'at least one', scores: [1, 2], limit: 0, top: [1], tied: 1 },
    { name: 'a late best', scores: [1, 2, 3], limit: 1, top: [2], tied: 1 },
    { name: 'ties beyond the limit count', scores: [3, 1, 3, 3], limit: 1, top: [0], tied: 3 },
    { name: 'nodes that are not asked for', scores: [3, 1, 2], limit: 2, top: [2, 1], tied: 1, only: [1, 2] },
    { name: 'no nodes', scores: [], limit: 2, top: [], tied: 0 },
  ];
  test.each(rows)('$name', ({ scores, limit, top, tied, only }) => {
    const feasible = Int32Array.from(scores.keys());
    const ranking = bestNodes([scorer(scores)], feasible, limit, only === undefined ? null : new Set(only));
    expect({ top: ranking.positions, tied: ranking.tied }).toEqual({ top, tied });
    expect(ranking.totals).toEqual(top.map((position) => scores[position]));
  });

  test('nodes that cannot be among the best are not scored', () => {
    const scored: number[] = [];
    const scores = [5, 9, 4, 9, 8];
    const counting = scorer(scores, [5, 9, 6, 9, 9]);
    const at = (slot: number): number => {
      scored.push(slot);
      return scores[slot]!;
    };
    const ranking = bestNodes(
      [
        { ...counting, scorer: { ...counting.scorer, at } },
        { plugin: 'Same', weight: 2, scorer: equalScore(100) },
      ],
      Int32Array.from(scores.keys()),
      1,
      null,
    );
    expect({ ...ranking, scored }).toMatchObject({ positions: [1], totals: [209], tied: 2, scored: [0, 1, 3, 4] });
  });

  test('a bound that is the same for all nodes stands until the node may be among the best', () => {
    const scored: number[] = [];
    const at = (slot: number): number => {
      scored.push(slot);
      return [0, 100, 100, 40][slot]!;
    };
    const flat = { plugin: 'Flat', weight: 1, scorer: { ...scoreEach(at), most: 100 } };
    const ranking = bestNodes([flat, scorer([9, 8, 3, 9], [9, 9, 5, 9])], Int32Array.of(0, 1, 2, 3), 1, null);
    expect({ ...ranking, scored }).toMatchObject({ positions: [1], totals: [108], tied: 1, scored: [0, 1, 3] });
  });

  test('scorers with and without a bound add up', () => {
    const scorers = [scorer([1, 2, 3], [3, 3, 3]), scorer([30, 20, 10]), scorer([0, 5, 0], [5, 5, 5])];
    const feasible = Int32Array.of(0, 1, 2);
    expect(bestNodes(scorers, feasible, 3, null)).toMatchObject({ positions: [0, 1, 2], totals: [31, 27, 13] });
    expect([...totalScores(scorers, feasible)]).toEqual([31, 27, 13]);
  });
});
