/** What a cluster has and what is asked of it, over all nodes. */
import type { ClusterModel } from '../scheduler/model.js';
import { resourceName } from '../scheduler/resources.js';
import type { AllocationTotals } from './answers.js';
import { amount, bytewise } from './quantities.js';
import type { Amounts, QuantityFormat } from './quantities.js';

/** Pods are those on stored nodes; `free` is allocatable − requested and may be negative. Resource names sorted. */
export function allocationTotals(model: ClusterModel, format: QuantityFormat): AllocationTotals {
  const slots = model.nodeSlots();
  const sum = (column: ArrayLike<number> | undefined): number => {
    let total = 0;
    if (column !== undefined) for (const slot of slots) total += column[slot]!;
    return total;
  };
  const pods = sum(model.podCounts);
  const rows = [{ name: 'pods', allocatable: sum(model.allocatablePods), requested: pods }];
  for (let id = 0; id < Math.max(model.allocatable.length, model.requested.length); id++) {
    const row = {
      name: resourceName(id),
      allocatable: sum(model.allocatable[id]),
      requested: sum(model.requested[id]),
    };
    if (row.allocatable !== 0 || row.requested !== 0) rows.push(row);
  }
  rows.sort((a, b) => bytewise(a.name, b.name));
  const list = (of: (row: (typeof rows)[number]) => number): Amounts =>
    Object.fromEntries(rows.map((row) => [row.name, amount(row.name, of(row), format)]));
  return {
    nodes: slots.length,
    pods,
    allocatable: list((row) => row.allocatable),
    requested: list((row) => row.requested),
    free: list((row) => row.allocatable - row.requested),
  };
}
