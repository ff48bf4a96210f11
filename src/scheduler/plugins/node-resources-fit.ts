/**
 * NodeResourcesFit. Filter: the pod's requests fit into allocatable − requested, and one more pod is allowed. Score:
 * LeastAllocated, MostAllocated or RequestedToCapacityRatio over configured resources. SEMANTICS 5.3, 6.1.
 */
import {
  scoreEach,
  strikeUnless,
  type Code,
  type Cycle,
  type Detail,
  type FilterPlugin,
  type Overlay,
  type Rejection,
  type ScorePlugin,
} from '../framework.js';
import type { ClusterModel } from '../model.js';
import type { NodeList } from '../node-list.js';
import type { NodeOrder } from '../node-order.js';
import { leastAllocatedOfTwo, roomClass } from '../node-usage.js';
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

/** From one node of so many on, the order of all is worth its upkeep. */
const manyNodes = 16;

/** Resources that a double has bits for, beside two others. */
const mostBits = 50;

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

    // Nodes refused for the same reasons share one rejection, found by a bit a reason.
    const rejections = new Map<number, Rejection>();
    const rejection = (slot: number, overlay: Overlay | null): Rejection | null => {
      const isFull = podsOn(model, slot, overlay) + 1 > model.allocatablePods[slot]!;
      let short = isFull ? 1 : 0;
      let code: Code = 'Unschedulable';
      for (let i = 0, bit = 4; i < ids.length; i++, bit *= 2) {
        const id = ids[i]!;
        const amount = amounts[i]!;
        if (isFree(model, slot, id, amount, requests, overlay)) continue;
        if (isBeyond(model, slot, id, amount, requests)) code = 'UnschedulableAndUnresolvable';
        short += bit;
      }
      return short === 0 ? null : ofKind(short, code, slot, overlay);
    };

    const ofKind = (short: number, code: Code, slot: number, overlay: Overlay | null): Rejection => {
      const kind = code === 'Unschedulable' ? short : short + 2;
      const known = rejections.get(kind);
      if (known !== undefined) return known;
      const insufficient = ids.filter((id, i) => !isFree(model, slot, id, amounts[i]!, requests, overlay));
      const reasons = insufficient.map((id) => `Insufficient ${resourceName(id)}`);
      const isFull = (short & 1) === 1;
      const made: Rejection = { plugin: name, code, reasons: isFull ? [tooManyPods, ...reasons] : reasons };
      if (ids.length <= mostBits) rejections.set(kind, made);
      return made;
    };

    const rejectEach = (slots: Int32Array, visit: (slot: number, rejection: Rejection) => void): void => {
      const rooms = ids.map((id) => model.nodeUsage().room(model, id));
      const capacities = ids.map((id) => model.allocatableColumn(id));
      let lastKind = 0;
      let last: Rejection | null = null;
      for (let at = 0; at < slots.length; at++) {
        const slot = slots[at]!;
        let short = 0;
        let beyond = 0;
        for (let i = 0, bit = 4; i < rooms.length; i++, bit *= 2) {
          const amount = amounts[i]!;
          if (amount <= rooms[i]![slot]!) continue;
          if (amount > capacities[i]![slot]!) beyond = 2;
          short += bit;
        }
        // A full node has no room whatever is free, and wide ones are not told by doubles.
        if (short === 0 || !Number.isFinite(rooms[0]![slot]!)) {
          visit(slot, rejection(slot, null)!);
          continue;
        }
        if (short + beyond !== lastKind) {
          lastKind = short + beyond;
          last = ofKind(short, beyond === 0 ? 'Unschedulable' : 'UnschedulableAndUnresolvable', slot, null);
        }
        visit(slot, last!);
      }
    };

    const strike = (nodes: NodeList, refused: Int32Array): number => {
      // Of a few nodes, as lanes ask for after each placement, nothing is worth keeping in order.
      const isShort = nodes.length * manyNodes < model.nodeCount;
      if (isShort || model.anyWide) return strikeUnless((slot) => hasRoom(slot), nodes, refused);
      const usage = model.nodeUsage();
      // Whoever asks for nothing needs a place for a pod: any room will do, also one that is overdrawn.
      const wanted = (ids.length === 0 ? [CPU] : ids).map((id, i) => ({
        room: usage.room(model, id),
        order: usage.roomOrder(model, id),
        amount: amounts[i] ?? -Number.MAX_VALUE,
      }));
      return strikeShort(wanted, nodes, refused);
    };

    const hasRoom = (slot: number): boolean => {
      if (model.anyWide) return rejection(slot, null) === null;
      if (model.podCounts[slot]! >= model.allocatablePods[slot]!) return false;
      for (let i = 0; i < ids.length; i++) {
        const id = ids[i]!;
        if (amounts[i]! > model.allocatableColumn(id)[slot]! - model.requestedColumn(id)[slot]!) return false;
      }
      return true;
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

    return { type: 'filter', filter: { filter: rejection, rejectEach, strike, details } };
  },

  preScore({ model, podClass, profile }) {
    const { scoringStrategy } = profile.args.nodeResourcesFit;
    const resources = scoredResources(podClass.scoring, scoringStrategy.resources);
    const scoreNode = strategies[scoringStrategy.type];
    const scorer = scoreEach((slot) =>
      model.wide[slot] === 1
        ? scoreWide(model, slot, podClass.scoring, resources, scoringStrategy)
        : scoreNode(model, slot, resources, scoringStrategy.shape),
    );
    if (!isPlain(scoringStrategy, resources)) return scorer;
    const [cpuAmount, memoryAmount] = [resources[0]!.amount, resources[1]!.amount];
    const at = (slot: number): number => {
      if (model.wide[slot] === 1) return scorer.at(slot);
      const cpu = model.allocatableColumn(CPU)[slot]!;
      const memory = model.allocatableColumn(MEMORY)[slot]!;
      const freeCpu = cpu - model.nonZeroCpu[slot]! - cpuAmount;
      const freeMemory = memory - model.nonZeroMemory[slot]! - memoryAmount;
      return leastAllocatedOfTwo(cpu, freeCpu, memory, freeMemory);
    };
    return {
      atMost: () => model.nodeUsage().leastAllocated(model),
      add: (weight, slots, count, totals) => {
        for (let i = 0; i < count; i++) totals[i]! += weight * at(slots[i]!);
      },
      at,
    };
  },
};

/** An amount, and the nodes' room for it. */
interface Wanted {
  readonly room: Float64Array;
  readonly order: NodeOrder;
  readonly amount: number;
}

/** Strikes out the nodes that are short of any of the amounts. */
function strikeShort(wanted: readonly Wanted[], { slots, out, length }: NodeList, refused: Int32Array): number {
  let count = 0;
  const strikeOut = (slot: number): void => {
    if (out[slot] === 1) return;
    out[slot] = 1;
    refused[count++] = slot;
  };
  for (const { room, order, amount } of wanted) {
    const wantedClass = roomClass(amount);
    const below = order.below(wantedClass);
    const upTo = order.below(wantedClass + 1);
    if (upTo < length) {
      // From the fullest node on: behind those of the amount's own class all have room.
      for (let at = 0; at < below; at++) strikeOut(order.slots[at]!);
      for (let at = below; at < upTo; at++) if (room[order.slots[at]!]! < amount) strikeOut(order.slots[at]!);
    } else {
      for (let i = 0; i < length; i++) if (room[slots[i]!]! < amount) strikeOut(slots[i]!);
    }
  }
  return count;
}

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
