/**
 * The best of the feasible nodes: highest total score, then smallest name. Totals are exact; what a plugin can say of a
 * node beforehand (`Scorer.atMost`) spares scoring the many that cannot be among the best.
 */
import { equalScore, type Scorer } from './framework.js';

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

/** A plugin whose scores are asked for only where they may matter. */
interface Bounded {
  readonly weight: number;
  readonly scorer: Scorer;
  /** By node slot; null: `most` of every node. */
  readonly atMost: Uint8Array | null;
  readonly most: number;
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
  const flat: Bounded[] = [];
  const byNode: Bounded[] = [];
  const unbounded: ActiveScorer[] = [];
  let base = 0;
  for (const active of scorers) {
    const { weight, scorer } = active;
    const { same, atMost, most } = scorer;
    if (same !== undefined) base += weight * same;
    else if (atMost !== undefined) byNode.push({ weight, scorer, atMost: atMost(), most: 0 });
    else if (most !== undefined) {
      flat.push({ weight, scorer, atMost: null, most });
      base += weight * most;
    } else unbounded.push(active);
  }
  const rest = unbounded.length === 0 ? null : addScores(unbounded, feasible, room(feasible.length));
  const bounded = [...flat, ...byNode];
  // By default there are two that know a bound of each node, looked at without a loop.
  const [first = none, second = none, ...others] = byNode;
  const { weight: firstWeight, atMost: firstMost } = first;
  const { weight: secondWeight, atMost: secondMost } = second;
  const hasFirst = first !== none;
  const hasSecond = second !== none;

  const top = new TopList(Math.max(1, limit));
  let { worst } = top;
  for (let position = 0; position < feasible.length; position++) {
    const slot = feasible[position]!;
    if (only !== null && !only.has(slot)) continue;
    let total = rest === null ? base : base + rest[position]!;
    if (hasFirst) total += firstWeight * firstMost![slot]!;
    if (hasSecond) total += secondWeight * secondMost![slot]!;
    for (let i = 0; i < others.length; i++) total += others[i]!.weight * others[i]!.atMost![slot]!;
    if (total < worst) continue;
    // A bound becomes the total, plugin by plugin.
    for (let i = 0; i < bounded.length && total >= worst; i++) {
      const { weight, scorer, atMost, most } = bounded[i]!;
      total += weight * (scorer.at(slot) - (atMost === null ? most : atMost[slot]!));
    }
    if (total < worst) continue;
    top.offer(position, total);
    worst = top.worst;
  }
  return top;
}

const none: Bounded = { weight: 0, scorer: equalScore(0), atMost: null, most: 0 };

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
