/**
 * Filters over all nodes. Those that look at nothing but the nodes themselves (names, labels, taints, cordons) say the
 * same of every pod with the same requirements: what they leave is remembered as long as the nodes are the same.
 */
import type { NodeFilter } from './framework.js';

export interface ActiveFilter {
  readonly plugin: string;
  readonly filter: NodeFilter;
  readonly ofNodesAlone: boolean;
}

/** Nodes that a filter was the first to refuse, by name. */
export interface Refused {
  readonly plugin: string;
  readonly slots: Int32Array;
}

/** Nodes that pass every filter, and the others by the filter that refused them first. Both by name. */
export interface Selection {
  readonly passing: Int32Array;
  readonly refused: readonly Refused[];
}

/** Most requirements remembered at a time. */
const mostRemembered = 256;

/** What `ofNodesAlone` filters leave, by the pods' requirements. Valid as long as the nodes are. */
export type RememberedSelections = Map<string, Selection>;

/**
 * @param candidates nodes to look at, by name
 * @param remembered null: nothing is to be remembered of these
 * @param requirements what the leading filters that are `ofNodesAlone` depend on, as text
 */
export function selectNodes(
  filters: readonly ActiveFilter[],
  candidates: Int32Array,
  remembered: RememberedSelections | null,
  requirements: string,
): Selection {
  const leading = filters.findIndex(({ ofNodesAlone }) => !ofNodesAlone);
  const alone = leading < 0 ? filters.length : leading;
  if (remembered === null || alone === 0) return narrow({ passing: candidates, refused: [] }, filters);
  const first = filters.slice(0, alone);
  // A pod that names its node has fewer filters before the one of that name.
  const key = `${first.map(({ plugin }) => plugin).join()} ${requirements}`;
  let known = remembered.get(key);
  if (known === undefined) {
    known = narrow({ passing: candidates, refused: [] }, first);
    if (remembered.size >= mostRemembered) remembered.clear();
    remembered.set(key, known);
  }
  return narrow(known, filters.slice(alone));
}

/** Used anew by every filter: what it refuses is copied from here. */
let scratch = new Int32Array(0);

function narrow(from: Selection, filters: readonly ActiveFilter[]): Selection {
  if (filters.length === 0) return from;
  const slots = from.passing.slice();
  if (scratch.length < slots.length) scratch = new Int32Array(slots.length);
  const refused = [...from.refused];
  let count = slots.length;
  for (const { plugin, filter } of filters) {
    const kept = filter.keep(slots, count, scratch);
    if (kept === count) continue;
    refused.push({ plugin, slots: scratch.slice(0, count - kept) });
    count = kept;
  }
  return { passing: slots.subarray(0, count), refused };
}
