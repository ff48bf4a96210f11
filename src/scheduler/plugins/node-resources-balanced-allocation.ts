/**
 * NodeResourcesBalancedAllocation: whether the pod makes the node's use of its resources more even. SEMANTICS 6.2.
 *
 *     f = min(1, requested / capacity) per resource;  std = |f1 − f2| / 2 for two, the standard deviation for more
 *     b = trunc((1 − std) · 100);  score = 50 + trunc((50 + b(with the pod) − b(without)) / 2)
 */
import { scoreEach, type ScorePlugin } from '../framework.js';
import type { ClusterModel } from '../model.js';
import { balanceOfTwo, balanceScore } from '../node-usage.js';
import { allocatableExactly, requestedExactly } from '../node-resources.js';
import { exactAmount, type ResourceVector } from '../pod-class.js';
import { scoredResources, type ScoredResource } from './node-resources-fit.js';

export const nodeResourcesBalancedAllocation: ScorePlugin = {
  name: 'NodeResourcesBalancedAllocation',
  preScore({ model, podClass, profile }) {
    const resources = scoredResources(podClass.requests, profile.args.nodeResourcesBalancedAllocation.resources);
    if (resources.every(({ amount }) => amount === 0)) return null;
    let [before, after] = [noFractions, noFractions];
    const scorer = scoreEach((slot) => {
      if (before === noFractions) {
        before = new Float64Array(resources.length);
        after = new Float64Array(resources.length);
      }
      const used =
        model.wide[slot] === 1
          ? fractionsWide(model, slot, podClass.requests, resources, before, after)
          : fractions(model, slot, resources, before, after);
      return 50 + Math.trunc((50 + balance(after, used) - balance(before, used)) / 2);
    });
    if (resources.length !== 2) return scorer;
    const [first, second] = resources;
    const { id: firstId, amount: firstAmount } = first!;
    const { id: secondId, amount: secondAmount } = second!;
    const at = (slot: number): number => {
      if (model.wide[slot] === 1) return scorer.at(slot);
      const a = model.allocatableColumn(firstId)[slot]!;
      const b = model.allocatableColumn(secondId)[slot]!;
      // With fewer than two resources there is nothing to balance: 100 without and with the pod.
      if (a === 0 || b === 0) return 75;
      const u = model.requestedColumn(firstId)[slot]!;
      const v = model.requestedColumn(secondId)[slot]!;
      return balanceScore(balanceOfTwo(u, a, v, b), balanceOfTwo(u + firstAmount, a, v + secondAmount, b));
    };
    const most = mostOfTwo(model, first!, second!);
    const isTight = most < looseBound;
    return {
      most: isTight ? most : undefined,
      atMost: isTight ? undefined : () => model.nodeUsage().balanceScoreAtMost(model, firstId, secondId),
      add: (weight, slots, count, totals) => {
        for (let i = 0; i < count; i++) totals[i]! += weight * at(slots[i]!);
      },
      at,
    };
  },
};

/** Two resources, as usual, need no room for more. */
const noFractions = new Float64Array(0);

/** A bound of all nodes beyond which one of each node is better. */
const looseBound = 80;

/**
 * No node scores more over two resources: fractions of capacity move by the pod's share of it at most, so their difference
 * moves by the larger share, and b by half of that. +∞ where doubles do not hold all amounts.
 */
function mostOfTwo(model: ClusterModel, first: ScoredResource, second: ScoredResource): number {
  if (model.anyWide) return Number.POSITIVE_INFINITY;
  const usage = model.nodeUsage();
  const share = ({ id, amount }: ScoredResource): number => amount / usage.smallestCapacity(model, id);
  // Truncation may add one, and rounding in the last place must not take it away.
  const gain = Math.ceil(50 * Math.max(share(first), share(second)) + 1e-6);
  return balanceScore(0, gain);
}

/** Fills the fractions without and with the pod; returns how many resources the node has. */
function fractions(
  model: ClusterModel,
  slot: number,
  resources: readonly ScoredResource[],
  before: Float64Array,
  after: Float64Array,
): number {
  let used = 0;
  for (const { id, amount } of resources) {
    const capacity = model.allocatable[id]?.[slot] ?? 0;
    if (capacity === 0) continue;
    const requested = model.requested[id]?.[slot] ?? 0;
    before[used] = Math.min(1, requested / capacity);
    after[used] = Math.min(1, (requested + amount) / capacity);
    used++;
  }
  return used;
}

function fractionsWide(
  model: ClusterModel,
  slot: number,
  podRequest: ResourceVector,
  resources: readonly ScoredResource[],
  before: Float64Array,
  after: Float64Array,
): number {
  let used = 0;
  for (const { id } of resources) {
    const capacity = allocatableExactly(model, slot, id);
    if (capacity === 0n) continue;
    const requested = requestedExactly(model, slot, id, null);
    before[used] = Math.min(1, Number(requested) / Number(capacity));
    after[used] = Math.min(1, Number(requested + exactAmount(podRequest, id)) / Number(capacity));
    used++;
  }
  return used;
}

function balance(parts: Float64Array, count: number): number {
  let std = 0;
  if (count === 2) std = Math.abs((parts[0]! - parts[1]!) / 2);
  else if (count > 2) {
    let total = 0;
    for (let i = 0; i < count; i++) total += parts[i]!;
    const mean = total / count;
    let squares = 0;
    for (let i = 0; i < count; i++) squares += (parts[i]! - mean) * (parts[i]! - mean);
    std = Math.sqrt(squares / count);
  }
  return Math.trunc((1 - std) * 100);
}
