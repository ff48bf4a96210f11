/**
 * A *part* is one rule of a pod class that looks at other pods, as a count a domain: what a placement changes, and what a
 * node's score or admission is computed from.
 */
import type { Subject } from '../framework.js';
import type { Domains, LaneNodes } from './lane-nodes.js';

/** Topology keys with more values than this are told apart by count, not by value. */
export const fewDomains = 32;

export interface Part {
  readonly domains: Domains;
  readonly counts: Float64Array;
  /** A node is told apart by its domain, which stays; else by its domain's count, which moves. */
  readonly byDomain: boolean;
  /** Where its values are in the buckets, among those that stay or those that move; set by `Parts`. */
  column: number;
  /** Whether pods on the node (by rank) count; null: on every node. */
  readonly counted: ((rank: number) => boolean) | null;
  /** Counts may be negative (weights): a node without the label has 0. */
  readonly signed?: boolean;
  /** Only whether the count is 0 matters. */
  readonly binary?: boolean;
  /** What one more pod adds to its domain. */
  delta(placed: Subject): number;
}

/** What tells the node from others: its domain, or its count; -1 without the label. */
export function valueAt(part: Part, rank: number): number {
  const domain = part.domains.ids[rank]!;
  if (part.byDomain) return domain;
  if (domain < 0) return part.signed === true ? 0 : -1;
  const count = part.counts[domain]!;
  return part.binary === true ? Math.min(count, 1) : count;
}

/** The count behind a value that is not -1. */
export function countOf(part: Part, value: number): number {
  return part.byDomain ? part.counts[value]! : value;
}

/** Adds the pods of a counter (by node slot) to their domains. */
export function addCounts({ domains, counts, counted }: Part, nodes: LaneNodes, perNode: Int32Array, weight = 1): void {
  const { slots } = nodes;
  const { ids } = domains;
  for (let rank = 0; rank < slots.length; rank++) {
    const pods = perNode[slots[rank]!]!;
    if (pods === 0 || ids[rank]! < 0 || (counted !== null && !counted(rank))) continue;
    counts[ids[rank]!]! += weight * pods;
  }
}
