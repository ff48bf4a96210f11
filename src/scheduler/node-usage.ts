/**
 * What follows from the amounts on the nodes alone, whatever pod is asked about, as columns by node slot: made on first
 * use and kept from one question to the next. Of nodes that have changed since only those are computed anew
 * (`ClusterModel.nodeUsage`).
 */
import type { ClusterModel } from './model.js';
import { CPU, MEMORY } from './resources.js';

type Compute<Column> = (column: Column, model: ClusterModel, slot: number) => void;

interface Kept<Column> {
  readonly values: Column;
  readonly compute: Compute<Column>;
}

export class NodeUsage {
  private readonly columns: Map<string, Kept<Float64Array> | Kept<Uint8Array>>;
  private readonly smallestById: Map<number, number>;

  constructor(
    columns: ReadonlyMap<string, Kept<Float64Array> | Kept<Uint8Array>> = new Map(),
    smallestById: ReadonlyMap<number, number> = new Map(),
  ) {
    this.columns = new Map(columns);
    this.smallestById = new Map(smallestById);
  }

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
      (column, { podCounts, allocatablePods, wide, allocatable, requested }, slot) => {
        if (podCounts[slot]! >= allocatablePods[slot]!) column[slot] = Number.NEGATIVE_INFINITY;
        else if (wide[slot] === 1) column[slot] = Number.POSITIVE_INFINITY;
        else column[slot] = (allocatable[id]?.[slot] ?? 0) - (requested[id]?.[slot] ?? 0);
      },
    );
  }

  /** LeastAllocated over cpu and memory of the node as it is: no pod makes it more. SEMANTICS 6.1. */
  leastAllocated(model: ClusterModel): Uint8Array {
    return this.column(model, 'leastAllocated', bytes, (column, current, slot) => {
      const cpu = current.allocatable[CPU]?.[slot] ?? 0;
      const memory = current.allocatable[MEMORY]?.[slot] ?? 0;
      column[slot] =
        current.wide[slot] === 1
          ? 100
          : leastAllocatedOfTwo(cpu, cpu - current.nonZeroCpu[slot]!, memory, memory - current.nonZeroMemory[slot]!);
    });
  }

  /** What BalancedAllocation scores at most: were the use entirely even with the pod. */
  balanceScoreAtMost(model: ClusterModel, first: number, second: number): Uint8Array {
    return this.column(model, `balanceScoreAtMost ${first} ${second}`, bytes, (column, current, slot) => {
      column[slot] = balanceScore(balanceOn(current, slot, first, second), 100);
    });
  }

  /** A copy that may be brought up to date without changing this one. */
  copy(): NodeUsage {
    const columns = new Map<string, Kept<Float64Array> | Kept<Uint8Array>>();
    for (const [name, { values, compute }] of this.columns) {
      columns.set(name, { values: values.slice(), compute } as Kept<Float64Array> | Kept<Uint8Array>);
    }
    return new NodeUsage(columns, this.smallestById);
  }

  /** Computes these nodes anew. */
  refresh(model: ClusterModel, slots: readonly number[]): void {
    for (const { values, compute } of this.columns.values()) {
      for (const slot of slots) (compute as Compute<Float64Array | Uint8Array>)(values, model, slot);
    }
    for (const [id, smallest] of this.smallestById) {
      const capacities = model.allocatableColumn(id);
      let least = smallest;
      for (const slot of slots) if (capacities[slot]! > 0 && capacities[slot]! < least) least = capacities[slot]!;
      if (least < smallest) this.smallestById.set(id, least);
    }
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
