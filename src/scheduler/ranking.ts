/**
 * The best of the feasible nodes: highest total score, then smallest name. Totals are exact; what a plugin can say of a
 * node beforehand (`Scorer.atMost`) spares looking at the many that cannot be among the best.
 */
import { maxNodeScore, type Scorer } from './framework.js';
import type { NodeList } from './node-list.js';
import type { NodeOrder } from './node-order.js';

/** A plugin that scores this pod, with its weight in the profile. */
export interface ActiveScorer {
  readonly plugin: string;
  readonly weight: number;
  readonly scorer: Scorer;
}

/** Slots of nodes, best first, with their total scores. */
export interface Ranking {
  readonly slots: readonly number[];
  readonly totals: readonly number[];
  /** How many nodes share the highest total. */
  readonly tied: number;
}

/** The total score of each of the nodes, at its position. */
export function totalScores(scorers: readonly ActiveScorer[], slots: Int32Array): Float64Array {
  const totals = new Float64Array(slots.length);
  for (const { weight, scorer } of scorers) scorer.add(weight, slots, slots.length, totals);
  return totals;
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
 * The best `limit` of the nodes that are left, at least one.
 *
 * @param ranks by slot: of equal totals the smaller rank is better (`NodeView.ranks`)
 * @param only slots of the only nodes to be ranked; null: all
 */
export function bestNodes(
  scorers: readonly ActiveScorer[],
  nodes: NodeList,
  limit: number,
  ranks: Int32Array,
  only: ReadonlySet<number> | null,
): Ranking {
  const flat: Bounded[] = [];
  const byNode: Bounded[] = [];
  // The first bound that tells nodes apart leads: behind a node whose bound is too low, all are.
  let lead: NodeOrder | null = null;
  let leadWeight = 0;
  let base = 0;
  for (const { weight, scorer } of scorers) {
    const { same, atMost, most = maxNodeScore } = scorer;
    if (same !== undefined) base += weight * same;
    else if (atMost === undefined) {
      flat.push({ weight, scorer, atMost: null, most });
      base += weight * most;
    } else {
      const order = atMost();
      if (lead === null) {
        lead = order;
        leadWeight = weight;
      } else base += weight * maxNodeScore;
      byNode.push({ weight, scorer, atMost: order.values, most: maxNodeScore });
    }
  }
  const bounded = [...flat, ...byNode];
  const others = byNode.slice(1);
  const leadMost = lead?.values ?? null;
  const { slots, length } = lead === null ? nodes : { slots: lead.slots, length: lead.slots.length };
  const { out } = nodes;

  const top = new TopList(Math.max(1, limit), ranks);
  let { worst } = top;
  for (let at = length - 1; at >= 0; at--) {
    const slot = slots[at]!;
    let total = leadMost === null ? base : base + leadWeight * leadMost[slot]!;
    if (total < worst) {
      if (leadMost !== null) break;
      continue;
    }
    if (out[slot] === 1 || (only !== null && !only.has(slot))) continue;
    for (let i = 0; i < others.length; i++) {
      const { weight, atMost, most } = others[i]!;
      total += weight * (atMost![slot]! - most);
    }
    // A bound becomes the total, plugin by plugin.
    for (let i = 0; i < bounded.length && total >= worst; i++) {
      const { weight, scorer, atMost, most } = bounded[i]!;
      total += weight * (scorer.at(slot) - (atMost === null ? most : atMost[slot]!));
    }
    if (total < worst) continue;
    top.offer(slot, total);
    worst = top.worst;
  }
  return top;
}

/** The best nodes so far. */
class TopList implements Ranking {
  readonly slots: number[] = [];
  readonly totals: number[] = [];
  tied = 0;
  /** What a total must reach to matter. */
  worst = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly limit: number,
    private readonly ranks: Int32Array,
  ) {}

  offer(slot: number, total: number): void {
    const { slots, totals, limit, ranks } = this;
    if (total === totals[0]) this.tied++;
    else if (totals.length === 0 || total > totals[0]!) this.tied = 1;
    // Most land near the end.
    let at = totals.length;
    while (at > 0 && (totals[at - 1]! < total || (totals[at - 1] === total && ranks[slots[at - 1]!]! > ranks[slot]!)))
      at--;
    if (at === limit) return;
    const last = slots.length < limit ? slots.length : limit - 1;
    for (let i = last; i > at; i--) {
      slots[i] = slots[i - 1]!;
      totals[i] = totals[i - 1]!;
    }
    slots[at] = slot;
    totals[at] = total;
    if (slots.length === limit) this.worst = totals[limit - 1]!;
  }
}
