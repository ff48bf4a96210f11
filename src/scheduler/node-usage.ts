/**
 * What follows from the amounts on the nodes alone, whatever pod is asked about, as columns by node slot: made on first
 * use and kept from one question to the next. Of nodes that have changed since only those are computed anew
 * (`ClusterModel.nodeUsage`).
 */
import type { ClusterModel } from './model.js';
import { NodeOrder } from './node-order.js';
import { CPU, MEMORY } from './resources.js';

type Compute<Column> = (column: Column, model: ClusterModel, slot: number) => void;

interface Kept<Column> {
  readonly values: Column;
  readonly compute: Compute<Column>;
}

/** A column of bytes with the nodes in its order, as long as these are the nodes. */
interface KeptOrder {
  readonly nodes: Int32Array;
  readonly order: NodeOrder;
}

export class NodeUsage {
  private readonly columns = new Map<string, Kept<Float64Array> | Kept<Uint8Array>>();
  private readonly orders = new Map<string, KeptOrder>();
  private readonly smallestById = new Map<number, number>();

  /** No node that has any of the resource has less of it; +∞ where none has any. */
  smallestCapacity(model: ClusterModel, id: number): number {
    let smallest = this.smallestById.get(id);
    if (smallest === undefined) {
      smallest = Number.POSITIVE_INFINITY;
      for (const capacity of model.allocatableColumn(id)) if (capacity > 0 && capacity < smallest) smallest = capacity;
      this.smallestById.set(id, smallest);
    }
    return smallest;
  }

  /** allocatable − requested; −∞ where no further pod is allowed, +∞ where doubles do not hold the amounts exactly. */
  room(model: ClusterModel, id: number): Float64Array {
    return this.column(
      model,
      `room ${id}`,
      (length) => new Float64Array(length),
      (column, current, slot) => {
        column[slot] = roomOn(current, slot, id);
      },
    );
  }

  /** The nodes by the class of their room for a resource (`roomClass`). */
  roomOrder(model: ClusterModel, id: number): NodeOrder {
    return this.order(model, `roomOrder ${id}`, (column, current, slot) => {
      column[slot] = roomClass(roomOn(current, slot, id));
    });
  }

  /** LeastAllocated over cpu and memory of the nodes as they are: no pod makes it more. SEMANTICS 6.1. */
  leastAllocated(model: ClusterModel): NodeOrder {
    return this.order(model, 'leastAllocated', (column, current, slot) => {
      const cpu = current.allocatable[CPU]?.[slot] ?? 0;
      const memory = current.allocatable[MEMORY]?.[slot] ?? 0;
      column[slot] =
        current.wide[slot] === 1
          ? 100
          : leastAllocatedOfTwo(cpu, cpu - current.nonZeroCpu[slot]!, memory, memory - current.nonZeroMemory[slot]!);
    });
  }

  /** What BalancedAllocation scores at most: were the use entirely even with the pod. */
  balanceScoreAtMost(model: ClusterModel, first: number, second: number): NodeOrder {
    return this.order(model, `balanceScoreAtMost ${first} ${second}`, (column, current, slot) => {
      column[slot] = balanceScore(balanceOn(current, slot, first, second), 100);
    });
  }

  /** A copy that may be brought up to date without changing this one. */
  copy(): NodeUsage {
    const copy = new NodeUsage();
    for (const [name, { values, compute }] of this.columns) {
      copy.columns.set(name, { values: values.slice(), compute } as Kept<Float64Array> | Kept<Uint8Array>);
    }
    for (const [name, { nodes, order }] of this.orders) {
      copy.orders.set(name, { nodes, order: order.copy(copy.columns.get(name)!.values as Uint8Array) });
    }
    for (const [id, smallest] of this.smallestById) copy.smallestById.set(id, smallest);
    return copy;
  }

  /** Computes these nodes anew. */
  refresh(model: ClusterModel, slots: readonly number[]): void {
    for (const [name, { values, compute }] of this.columns) {
      const order = this.orders.get(name)?.order;
      for (const slot of slots) {
        const before = values[slot]!;
        (compute as Compute<Float64Array | Uint8Array>)(values, model, slot);
        const after = values[slot]!;
        if (order === undefined || after === before) continue;
        values[slot] = before;
        order.move(slot, after);
      }
    }
    for (const [id, smallest] of this.smallestById) {
      const capacities = model.allocatableColumn(id);
      let least = smallest;
      for (const slot of slots) if (capacities[slot]! > 0 && capacities[slot]! < least) least = capacities[slot]!;
      if (least < smallest) this.smallestById.set(id, least);
    }
  }

  private order(model: ClusterModel, name: string, compute: Compute<Uint8Array>): NodeOrder {
    const values = this.column(model, name, bytes, compute);
    const nodes = model.nodeSlots();
    let known = this.orders.get(name);
    if (known?.nodes !== nodes) this.orders.set(name, (known = { nodes, order: NodeOrder.of(values, nodes) }));
    return known.order;
  }

  private column<Column extends Float64Array | Uint8Array>(
    model: ClusterModel,
    name: string,
    make: (length: number) => Column,
    compute: Compute<Column>,
  ): Column {
    const known = this.columns.get(name);
    if (known !== undefined) return known.values as Column;
    // As long as the model's own columns: nodes that come later have their places.
    const values = make(model.podCounts.length);
    for (let slot = 0; slot < values.length; slot++) compute(values, model, slot);
    this.columns.set(name, { values, compute } as Kept<Float64Array> | Kept<Uint8Array>);
    return values;
  }
}

function roomOn(model: ClusterModel, slot: number, id: number): number {
  const { podCounts, allocatablePods, wide, allocatable, requested } = model;
  if (podCounts[slot]! >= allocatablePods[slot]!) return Number.NEGATIVE_INFINITY;
  if (wide[slot] === 1) return Number.POSITIVE_INFINITY;
  return (allocatable[id]?.[slot] ?? 0) - (requested[id]?.[slot] ?? 0);
}

const double = new DataView(new ArrayBuffer(8));

/**
 * A byte that never falls as the amount grows: 0 for negative ones, 1 below one, then four to each power of two. So amounts
 * of different classes compare as their classes do.
 */
export function roomClass(amount: number): number {
  if (amount < 0) return 0;
  if (amount < 1) return 1;
  // The exponent and the first two bits behind the point.
  double.setFloat64(0, amount);
  return Math.min((double.getUint32(0) >>> 18) - 4 * 1023 + 2, 255);
}

function bytes(length: number): Uint8Array {
  return new Uint8Array(length);
}

/** How even the node's use of two resources is, 0..100; 0 where it has not both. SEMANTICS 6.2. */
function balanceOn(
  { allocatable, requested, wide }: ClusterModel,
  slot: number,
  first: number,
  second: number,
): number {
  const a = allocatable[first]?.[slot] ?? 0;
  const b = allocatable[second]?.[slot] ?? 0;
  if (a === 0 || b === 0 || wide[slot] === 1) return 0;
  return balanceOfTwo(requested[first]?.[slot] ?? 0, a, requested[second]?.[slot] ?? 0, b);
}

/**
 * s = free > 0 ? trunc(free·100 / capacity) : 0 per resource; the average of those that the node has, truncated.
 *
 * @param freeCpu of `cpu`, negative when more is requested
 */
export function leastAllocatedOfTwo(cpu: number, freeCpu: number, memory: number, freeMemory: number): number {
  // `| 0` truncates: both are between 0 and 100.
  const cpuScore = freeCpu > 0 ? ((freeCpu * 100) / cpu) | 0 : 0;
  const memoryScore = freeMemory > 0 ? ((freeMemory * 100) / memory) | 0 : 0;
  const sum = cpuScore + memoryScore;
  return cpu > 0 && memory > 0 ? sum >> 1 : sum;
}

/** b = trunc((1 − |f1 − f2| / 2) · 100): used u of a, v of b. */
export function balanceOfTwo(u: number, a: number, v: number, b: number): number {
  const difference = (u < a ? u / a : 1) - (v < b ? v / b : 1);
  return ((1 - Math.abs(difference / 2)) * 100) | 0;
}

/** 50 + trunc((50 + b(with the pod) − b(without)) / 2), of whole numbers from 0 to 100. */
export function balanceScore(before: number, after: number): number {
  return 50 + ((50 + after - before) >> 1);
}
