/**
 * NodeResourcesFit. Filter: the pod's requests fit into allocatable − requested, and one more pod is allowed. Score:
 * LeastAllocated, MostAllocated or RequestedToCapacityRatio over configured resources. SEMANTICS 5.3, 6.1.
 */
import {
  keepIf,
  type Code,
  type Cycle,
  type Detail,
  type FilterPlugin,
  type Overlay,
  type Rejection,
  type ScorePlugin,
} from '../framework.js';
import type { ClusterModel } from '../model.js';
import { allocatableExactly, nonZeroExactly, requestedExactly } from '../node-resources.js';
import { amountOf, exactAmount, type ResourceVector } from '../pod-class.js';
import type { ScoringStrategy, ShapePoint } from '../profile.js';
import {
  CPU,
  EPHEMERAL_STORAGE,
  isExtendedResource,
  isScalarResource,
  MEMORY,
  resourceId,
  resourceName,
} from '../resources.js';

const name = 'NodeResourcesFit';

export const tooManyPods = 'Too many pods';

/** What the pod asks for and is looked at: resources with an amount, in upstream's order of reasons. */
export interface FitRequest {
  readonly ids: readonly number[];
  readonly amounts: readonly number[];
}

export function fitRequest({ podClass, profile }: Cycle): FitRequest {
  const { requests } = podClass;
  const { ignoredResources, ignoredResourceGroups } = profile.args.nodeResourcesFit;
  const isIgnored = (resource: string): boolean =>
    isExtendedResource(resource) &&
    (ignoredResources.includes(resource) || ignoredResourceGroups.includes(resource.slice(0, resource.indexOf('/'))));
  const ids = [CPU, MEMORY, EPHEMERAL_STORAGE, ...requests.scalars.map(({ id }) => id)].filter(
    (id) => amountOf(requests, id) > 0 && !isIgnored(resourceName(id)),
  );
  return { ids, amounts: ids.map((id) => amountOf(requests, id)) };
}

export const nodeResourcesFit: FilterPlugin & ScorePlugin = {
  name,

  preFilter(cycle) {
    const { model, podClass } = cycle;
    const { requests } = podClass;
    const { ids, amounts } = fitRequest(cycle);

    const rejection = (slot: number, overlay: Overlay | null): Rejection | null => {
      const reasons: string[] = [];
      let code: Code = 'Unschedulable';
      if (podsOn(model, slot, overlay) + 1 > model.allocatablePods[slot]!) reasons.push(tooManyPods);
      ids.forEach((id, i) => {
        const amount = amounts[i]!;
        if (isFree(model, slot, id, amount, requests, overlay)) return;
        reasons.push(`Insufficient ${resourceName(id)}`);
        if (isBeyond(model, slot, id, amount, requests)) code = 'UnschedulableAndUnresolvable';
      });
      return reasons.length === 0 ? null : { plugin: name, code, reasons };
    };

    const keep = (slots: Int32Array, count: number): number => {
      const { podCounts, allocatablePods, wide, anyWide } = model;
      const isFreeOn = (slot: number): boolean =>
        ids.every((id, i) => isFree(model, slot, id, amounts[i]!, requests, null));
      // The first two resources, cpu and memory as a rule, are looked at together; with one it is looked at twice.
      const second = Math.min(1, ids.length - 1);
      const [firstAmount, secondAmount] = second < 0 ? [0, 0] : [amounts[0]!, amounts[second]!];
      const firstAllocatable = model.allocatableColumn(ids[0] ?? CPU);
      const firstRequested = second < 0 ? firstAllocatable : model.requestedColumn(ids[0]!);
      const secondAllocatable = model.allocatableColumn(ids[second] ?? CPU);
      const secondRequested = second < 0 ? secondAllocatable : model.requestedColumn(ids[second]!);
      let left = 0;
      for (let i = 0; i < count; i++) {
        const slot = slots[i]!;
        if (podCounts[slot]! >= allocatablePods[slot]!) continue;
        if (
          (firstAmount <= firstAllocatable[slot]! - firstRequested[slot]! &&
            secondAmount <= secondAllocatable[slot]! - secondRequested[slot]!) ||
          wide[slot] === 1
        ) {
          slots[left++] = slot;
        }
      }
      for (let r = 2; r < ids.length; r++) {
        const amount = amounts[r]!;
        const allocatable = model.allocatableColumn(ids[r]!);
        const requested = model.requestedColumn(ids[r]!);
        const candidates = left;
        left = 0;
        for (let i = 0; i < candidates; i++) {
          const slot = slots[i]!;
          if (amount <= allocatable[slot]! - requested[slot]! || wide[slot] === 1) slots[left++] = slot;
        }
      }
      return anyWide ? keepIf((slot) => wide[slot] === 0 || isFreeOn(slot), slots, left) : left;
    };

    const details = (slot: number): Detail[] => {
      const found: Detail[] = [];
      const pods = model.podCounts[slot]!;
      const allocatablePods = model.allocatablePods[slot]!;
      if (pods + 1 > allocatablePods) found.push({ type: 'tooManyPods', pods, allocatable: allocatablePods });
      for (const id of ids) {
        const requested = exactAmount(requests, id);
        const allocatable = allocatableExactly(model, slot, id);
        const used = requestedExactly(model, slot, id, null);
        const shortfall = requested - (allocatable - used);
        if (shortfall > 0n) {
          found.push({ type: 'insufficient', resource: resourceName(id), requested, allocatable, used, shortfall });
        }
      }
      return found;
    };

    return { type: 'filter', filter: { filter: rejection, keep, details } };
  },

  preScore({ model, podClass, profile }) {
    const { scoringStrategy } = profile.args.nodeResourcesFit;
    const resources = scoredResources(podClass.scoring, scoringStrategy.resources);
    const scoreNode = strategies[scoringStrategy.type];
    return (slots, count, scores) => {
      if (!model.anyWide && isPlain(scoringStrategy, resources)) {
        leastAllocatedOfTwo(model, resources, slots, count, scores);
        return;
      }
      for (let i = 0; i < count; i++) {
        const slot = slots[i]!;
        scores[i] =
          model.wide[slot] === 1
            ? scoreWide(model, slot, podClass.scoring, resources, scoringStrategy)
            : scoreNode(model, slot, resources, scoringStrategy.shape);
      }
    };
  },
};

function podsOn(model: ClusterModel, slot: number, overlay: Overlay | null): number {
  let pods = model.podCounts[slot]!;
  if (overlay !== null) for (const { sign } of overlay) pods += sign;
  return pods;
}

/** amount ≤ allocatable − requested */
function isFree(
  model: ClusterModel,
  slot: number,
  id: number,
  amount: number,
  requests: ResourceVector,
  overlay: Overlay | null,
): boolean {
  if (model.wide[slot] === 1) {
    const free = allocatableExactly(model, slot, id) - requestedExactly(model, slot, id, overlay);
    return exactAmount(requests, id) <= free;
  }
  const allocatable = model.allocatable[id];
  const requested = model.requested[id];
  let used = requested === undefined ? 0 : requested[slot]!;
  if (overlay !== null) {
    for (const { pod, sign } of overlay) used += sign * amountOf(model.classOfPod(pod).charged, id);
  }
  return amount <= (allocatable === undefined ? 0 : allocatable[slot]!) - used;
}

/** The node could not hold it even when empty. */
function isBeyond(model: ClusterModel, slot: number, id: number, amount: number, requests: ResourceVector): boolean {
  if (model.wide[slot] === 1) return exactAmount(requests, id) > allocatableExactly(model, slot, id);
  return amount > (model.allocatable[id]?.[slot] ?? 0);
}

// ---- scores

export interface ScoredResource {
  readonly id: number;
  readonly weight: number;
  /** What the pod adds. */
  readonly amount: number;
}

/** The configured resources that count for this pod: scalar ones only if it asks for them. */
export function scoredResources(
  podRequest: ResourceVector,
  resources: readonly { readonly name: string; readonly weight: number }[],
): ScoredResource[] {
  return resources
    .map((resource) => {
      const id = resourceId(resource.name);
      return { id, weight: resource.weight === 0 ? 1 : resource.weight, amount: amountOf(podRequest, id) };
    })
    .filter(({ id, amount }) => amount !== 0 || !isScalarResource(resourceName(id)));
}

/** Requested with the scoring defaults, without the pod. */
function nonZeroRequested(model: ClusterModel, slot: number, id: number): number {
  if (id === CPU) return model.nonZeroCpu[slot]!;
  if (id === MEMORY) return model.nonZeroMemory[slot]!;
  return model.requested[id]?.[slot] ?? 0;
}

type NodeScore = (
  model: ClusterModel,
  slot: number,
  resources: readonly ScoredResource[],
  shape: readonly ShapePoint[],
) => number;

/** s = requested > capacity ? 0 : trunc((capacity − requested)·100 / capacity); score = trunc(Σ w·s / Σ w) */
const leastAllocated: NodeScore = (model, slot, resources) => {
  let [sum, weights] = [0, 0];
  for (const { id, weight, amount } of resources) {
    const capacity = model.allocatable[id]?.[slot] ?? 0;
    if (capacity === 0) continue;
    const requested = nonZeroRequested(model, slot, id) + amount;
    if (requested <= capacity) sum += weight * Math.floor(((capacity - requested) * 100) / capacity);
    weights += weight;
  }
  return weights === 0 ? 0 : Math.floor(sum / weights);
};

/** The default: cpu and memory, equally. */
function isPlain({ type }: ScoringStrategy, resources: readonly ScoredResource[]): boolean {
  const [first, second] = resources;
  return (
    type === 'LeastAllocated' &&
    resources.length === 2 &&
    first!.id === CPU &&
    second!.id === MEMORY &&
    first!.weight === 1 &&
    second!.weight === 1
  );
}

/** `leastAllocated` over cpu and memory, for many nodes. */
function leastAllocatedOfTwo(
  model: ClusterModel,
  resources: readonly ScoredResource[],
  slots: Int32Array,
  count: number,
  scores: Float64Array,
): void {
  const { nonZeroCpu, nonZeroMemory } = model;
  const allCpu = model.allocatableColumn(CPU);
  const allMemory = model.allocatableColumn(MEMORY);
  const podCpu = resources[0]!.amount;
  const podMemory = resources[1]!.amount;
  for (let i = 0; i < count; i++) {
    const slot = slots[i]!;
    const cpu = allCpu[slot]!;
    const memory = allMemory[slot]!;
    const freeCpu = cpu - nonZeroCpu[slot]! - podCpu;
    const freeMemory = memory - nonZeroMemory[slot]! - podMemory;
    // `| 0` truncates: both are between 0 and 100.
    const cpuScore = freeCpu > 0 ? ((freeCpu * 100) / cpu) | 0 : 0;
    const memoryScore = freeMemory > 0 ? ((freeMemory * 100) / memory) | 0 : 0;
    const sum = cpuScore + memoryScore;
    // A resource that the node has not is left out of the average.
    scores[i] = cpu > 0 && memory > 0 ? sum >> 1 : sum;
  }
}

/** s = trunc(min(requested, capacity)·100 / capacity); averaged likewise */
const mostAllocated: NodeScore = (model, slot, resources) => {
  let [sum, weights] = [0, 0];
  for (const { id, weight, amount } of resources) {
    const capacity = model.allocatable[id]?.[slot] ?? 0;
    if (capacity === 0) continue;
    const requested = Math.min(nonZeroRequested(model, slot, id) + amount, capacity);
    sum += weight * Math.floor((requested * 100) / capacity);
    weights += weight;
  }
  return weights === 0 ? 0 : Math.floor(sum / weights);
};

/** Utilization through the shape; resources that score 0 count in neither sum; rounded half away from zero. */
const requestedToCapacityRatio: NodeScore = (model, slot, resources, shape) => {
  let [sum, weights] = [0, 0];
  for (const { id, weight, amount } of resources) {
    const capacity = model.allocatable[id]?.[slot] ?? 0;
    if (capacity === 0) continue;
    const requested = nonZeroRequested(model, slot, id) + amount;
    const score = shapeScore(shape, requested > capacity ? 100 : Math.floor((requested * 100) / capacity));
    if (score <= 0) continue;
    sum += weight * score;
    weights += weight;
  }
  return weights === 0 ? 0 : Math.round(sum / weights);
};

const strategies: Readonly<Record<ScoringStrategy['type'], NodeScore>> = {
  LeastAllocated: leastAllocated,
  MostAllocated: mostAllocated,
  RequestedToCapacityRatio: requestedToCapacityRatio,
};

/** Piecewise linear between the points, constant outside; configured scores 0..10 become 0..100. Truncated. */
export function shapeScore(shape: readonly ShapePoint[], utilization: number): number {
  for (let i = 0; i < shape.length; i++) {
    const point = shape[i]!;
    if (utilization > point.utilization) continue;
    if (i === 0) return point.score * 10;
    const before = shape[i - 1]!;
    const rise = (point.score - before.score) * 10;
    const run = point.utilization - before.utilization;
    return before.score * 10 + Math.trunc((rise * (utilization - before.utilization)) / run);
  }
  return (shape.at(-1)?.score ?? 0) * 10;
}

/** The same three formulas in BigInt. */
function scoreWide(
  model: ClusterModel,
  slot: number,
  podRequest: ResourceVector,
  resources: readonly ScoredResource[],
  { type, shape }: ScoringStrategy,
): number {
  let [sum, weights] = [0, 0];
  for (const { id, weight } of resources) {
    const capacity = allocatableExactly(model, slot, id);
    if (capacity === 0n) continue;
    const requested = nonZeroExactly(model, slot, id) + exactAmount(podRequest, id);
    const bounded = requested > capacity ? capacity : requested;
    if (type === 'RequestedToCapacityRatio') {
      const score = shapeScore(shape, Number((bounded * 100n) / capacity));
      if (score <= 0) continue;
      sum += weight * score;
    } else if (type === 'MostAllocated') sum += weight * Number((bounded * 100n) / capacity);
    else sum += weight * Number(((capacity - bounded) * 100n) / capacity);
    weights += weight;
  }
  if (weights === 0) return 0;
  return type === 'RequestedToCapacityRatio' ? Math.round(sum / weights) : Math.floor(sum / weights);
}
