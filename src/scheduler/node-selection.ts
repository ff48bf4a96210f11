/**
 * Filters over all nodes. Those that look at nothing but the nodes themselves (names, labels, taints, cordons) say the
 * same of every pod with the same requirements: what they leave is remembered as long as the nodes are the same.
 */
import type { NodeFilter } from './framework.js';
import { NodeList } from './node-list.js';

export interface ActiveFilter {
  readonly plugin: string;
  readonly filter: NodeFilter;
  readonly ofNodesAlone: boolean;
}

/** Nodes that a filter was the first to refuse, in any order. */
export interface Refused {
  readonly plugin: string;
  readonly slots: Int32Array;
}

/** Nodes that pass every filter are left, by name; the others are listed by the filter that refused them first. */
export interface Selection {
  readonly nodes: NodeList;
  readonly refused: readonly Refused[];
}

/** Most requirements remembered at a time. */
const mostRemembered = 256;

/** What `ofNodesAlone` filters leave, by the pods' requirements. Valid as long as the nodes are. */
export type RememberedSelections = Map<string, Selection>;

/**
 * @param candidates nodes to look at, by name
 * @param slotCount all slots are below it
 * @param remembered null: nothing is to be remembered of these
 * @param requirements what the leading filters that are `ofNodesAlone` depend on, as text
 */
export function selectNodes(
  filters: readonly ActiveFilter[],
  candidates: Int32Array,
  slotCount: number,
  remembered: RememberedSelections | null,
  requirements: string,
): Selection {
  const leading = filters.findIndex(({ ofNodesAlone }) => !ofNodesAlone);
  const alone = leading < 0 ? filters.length : leading;
  const all = (): Selection => ({ nodes: NodeList.of(candidates, slotCount), refused: [] });
  if (remembered === null) return narrow(all(), filters);
  const first = filters.slice(0, alone);
  // A pod that names its node has fewer filters before the one of that name.
  const key = `${first.map(({ plugin }) => plugin).join()} ${requirements}`;
  let known = remembered.get(key);
  if (known === undefined) {
    known = narrow(all(), first);
    // Whoever goes on from here need not skip what is out already.
    known = { nodes: NodeList.of(known.nodes.left(), slotCount), refused: known.refused };
    if (remembered.size >= mostRemembered) remembered.clear();
    remembered.set(key, known);
  }
  return narrow({ nodes: known.nodes.copy(), refused: known.refused }, filters.slice(alone));
}

/** Used anew by every filter: what it refuses is copied from here. */
let scratch = new Int32Array(0);

/** Strikes out from the nodes that are given. */
function narrow({ nodes, refused: before }: Selection, filters: readonly ActiveFilter[]): Selection {
  const refused = [...before];
  if (scratch.length < nodes.slots.length) scratch = new Int32Array(nodes.slots.length);
  for (const { plugin, filter } of filters) {
    const count = filter.strike(nodes, scratch);
    if (count === 0) continue;
    refused.push({ plugin, slots: scratch.slice(0, count) });
    nodes.count -= count;
  }
  return { nodes, refused };
}
