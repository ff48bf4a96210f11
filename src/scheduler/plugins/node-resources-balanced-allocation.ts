/**
 * NodeResourcesBalancedAllocation: whether the pod makes the node's use of its resources more even. SEMANTICS 6.2.
 *
 *     f = min(1, requested / capacity) per resource;  std = |f1 − f2| / 2 for two, the standard deviation for more
 *     b = trunc((1 − std) · 100);  score = 50 + trunc((50 + b(with the pod) − b(without)) / 2)
 */
import type { ScorePlugin } from '../framework.js';
import type { ClusterModel } from '../model.js';
import { allocatableExactly, requestedExactly } from '../node-resources.js';
import { exactAmount, type ResourceVector } from '../pod-class.js';
import { scoredResources, type ScoredResource } from './node-resources-fit.js';

export const nodeResourcesBalancedAllocation: ScorePlugin = {
  name: 'NodeResourcesBalancedAllocation',
  preScore({ model, podClass, profile }) {
    const resources = scoredResources(podClass.requests, profile.args.nodeResourcesBalancedAllocation.resources);
    if (resources.every(({ amount }) => amount === 0)) return null;
    const before = new Float64Array(resources.length);
    const after = new Float64Array(resources.length);
    return (slots, count, scores) => {
      if (!model.anyWide && resources.length === 2) {
        balanceOfTwo(model, resources, slots, count, scores);
        return;
      }
      for (let i = 0; i < count; i++) {
        const slot = slots[i]!;
        const used =
          model.wide[slot] === 1
            ? fractionsWide(model, slot, podClass.requests, resources, before, after)
            : fractions(model, slot, resources, before, after);
        scores[i] = 50 + Math.trunc((50 + balance(after, used) - balance(before, used)) / 2);
      }
    };
  },
};

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

/** The score over two resources, for many nodes. */
function balanceOfTwo(
  model: ClusterModel,
  resources: readonly ScoredResource[],
  slots: Int32Array,
  count: number,
  scores: Float64Array,
): void {
  const first = resources[0]!;
  const second = resources[1]!;
  const allFirst = model.allocatableColumn(first.id);
  const allSecond = model.allocatableColumn(second.id);
  const usedFirst = model.requestedColumn(first.id);
  const usedSecond = model.requestedColumn(second.id);
  const podFirst = first.amount;
  const podSecond = second.amount;
  // What the node is without the pod is the same for every pod: kept when most nodes are asked for.
  const balances = count * 2 > model.nodeCount ? balancesOf(model, first.id, second.id) : null;
  for (let i = 0; i < count; i++) {
    const slot = slots[i]!;
    const a = allFirst[slot]!;
    const b = allSecond[slot]!;
    // With fewer than two resources there is nothing to balance: 100 without and with the pod.
    if (a === 0 || b === 0) {
      scores[i] = 75;
      continue;
    }
    const u = usedFirst[slot]!;
    const v = usedSecond[slot]!;
    const x = u + podFirst;
    const y = v + podSecond;
    const after = (x < a ? x / a : 1) - (y < b ? y / b : 1);
    const balanceBefore = balances === null ? balanceOf(u, a, v, b) : balances[slot]!;
    // `| 0` truncates: all of these are between 0 and 150.
    const balanceAfter = ((1 - Math.abs(after / 2)) * 100) | 0;
    scores[i] = 50 + ((50 + balanceAfter - balanceBefore) >> 1);
  }
}

/** b of two resources: used u of a, v of b. */
function balanceOf(u: number, a: number, v: number, b: number): number {
  const difference = (u < a ? u / a : 1) - (v < b ? v / b : 1);
  return ((1 - Math.abs(difference / 2)) * 100) | 0;
}

interface Balances {
  readonly stamp: number;
  readonly first: number;
  readonly second: number;
  /** By node slot. Only where the node has both resources. */
  readonly values: Uint8Array;
}

const balancesByModel = new WeakMap<ClusterModel, Balances>();

/** b without the pod, of the model as it is. */
function balancesOf(model: ClusterModel, first: number, second: number): Uint8Array {
  const known = balancesByModel.get(model);
  if (known?.stamp === model.stamp && known.first === first && known.second === second) return known.values;
  const values = new Uint8Array(model.slotCount);
  const allFirst = model.allocatableColumn(first);
  const allSecond = model.allocatableColumn(second);
  const usedFirst = model.requestedColumn(first);
  const usedSecond = model.requestedColumn(second);
  for (let slot = 0; slot < values.length; slot++) {
    const a = allFirst[slot]!;
    const b = allSecond[slot]!;
    if (a > 0 && b > 0) values[slot] = balanceOf(usedFirst[slot]!, a, usedSecond[slot]!, b);
  }
  balancesByModel.set(model, { stamp: model.stamp, first, second, values });
  return values;
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
