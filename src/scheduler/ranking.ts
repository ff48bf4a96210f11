/**
 * The best of the feasible nodes: highest total score, then smallest name. Totals are exact; what a plugin can say of a
 * node beforehand (`Scorer.atMost`) spares scoring the many that cannot be among the best.
 */
import type { Scorer } from './framework.js';

/** A plugin that scores this pod, with its weight in the profile. */
export interface ActiveScorer {
  readonly plugin: string;
  readonly weight: number;
  readonly scorer: Scorer;
}

/** Positions in the list of feasible nodes, best first, with their total scores. */
export interface Ranking {
  readonly positions: readonly number[];
  readonly totals: readonly number[];
  /** How many nodes share the highest total. */
  readonly tied: number;
}

/** The total score of every feasible node, at its position. */
export function totalScores(scorers: readonly ActiveScorer[], feasible: Int32Array): Float64Array {
  return addScores(scorers, feasible, new Float64Array(feasible.length));
}

function addScores(scorers: readonly ActiveScorer[], feasible: Int32Array, totals: Float64Array): Float64Array {
  for (const { weight, scorer } of scorers) scorer.add(weight, feasible, feasible.length, totals);
  return totals;
}

/** Used anew by every search: nothing of it is kept. */
let scratch = new Float64Array(0);

function room(length: number): Float64Array {
  if (scratch.length < length) scratch = new Float64Array(length);
  return scratch.fill(0, 0, length);
}

/**
 * The best `limit` nodes, at least one. `feasible` is by name: of equal totals the smaller position is better.
 *
 * @param only slots of the only nodes to be ranked; null: all
 */
export function bestNodes(
  scorers: readonly ActiveScorer[],
  feasible: Int32Array,
  limit: number,
  only: ReadonlySet<number> | null,
): Ranking {
  const bounded = scorers.filter(({ scorer }) => scorer.same === undefined && scorer.atMost !== undefined);
  const different = scorers.filter(({ scorer }) => scorer.same === undefined && scorer.atMost === undefined);
  let same = 0;
  for (const { weight, scorer } of scorers) same += weight * (scorer.same ?? 0);
  const rest = different.length === 0 ? null : addScores(different, feasible, room(feasible.length));
  const bounds = bounded.map(({ weight, scorer }) => ({ weight, atMost: scorer.atMost!() }));
  // By default there are two, looked at without a loop.
  const [first = unbounded, second = unbounded, ...others] = bounds;
  const { weight: firstWeight, atMost: firstMost } = first;
  const { weight: secondWeight, atMost: secondMost } = second;

  const top = new TopList(Math.max(1, limit));
  for (let position = 0; position < feasible.length; position++) {
    const slot = feasible[position]!;
    if (only !== null && !only.has(slot)) continue;
    let total = rest === null ? same : same + rest[position]!;
    let most = total;
    if (first !== unbounded) most += firstWeight * firstMost[slot]!;
    if (second !== unbounded) most += secondWeight * secondMost[slot]!;
    for (let i = 0; i < others.length; i++) most += others[i]!.weight * others[i]!.atMost[slot]!;
    if (most < top.worst) continue;
    for (let i = 0; i < bounded.length; i++) total += bounded[i]!.weight * bounded[i]!.scorer.at(slot);
    top.offer(position, total);
  }
  return top;
}

const unbounded = { weight: 0, atMost: new Uint8Array(0) };

/** The best positions so far, offered in ascending order. */
class TopList implements Ranking {
  readonly positions: number[] = [];
  readonly totals: number[] = [];
  tied = 0;
  /** What a total must reach to matter. */
  worst = Number.NEGATIVE_INFINITY;

  constructor(private readonly limit: number) {}

  offer(position: number, total: number): void {
    const { positions, totals, limit } = this;
    if (total === totals[0]) this.tied++;
    else if (totals.length === 0 || total > totals[0]!) this.tied = 1;
    if (positions.length === limit) {
      if (total <= totals[limit - 1]!) return;
      positions.pop();
      totals.pop();
    }
    // An equal total goes behind. Most land near the end.
    let at = totals.length;
    while (at > 0 && totals[at - 1]! < total) at--;
    positions.splice(at, 0, position);
    totals.splice(at, 0, total);
    if (positions.length === limit) this.worst = totals[limit - 1]!;
  }
}
