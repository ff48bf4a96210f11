/** PreFilter: what the filters need to know of the pod and the cluster, once; and which nodes are to be asked at all. */
import type { Cycle, NodeFilter, Overlay, Rejection, Subject } from './framework.js';
import type { ClusterModel } from './model.js';
import type { ActiveFilter } from './node-selection.js';
import { filterPlugins } from './registry.js';

const filterPluginByName = new Map(filterPlugins.map((plugin) => [plugin.name, plugin]));

/** What PreFilter leaves: the filters that have something to say, and the nodes to ask. */
export interface Prepared {
  readonly cycle: Cycle;
  readonly filters: readonly ActiveFilter[];
  /** Slots to look at, by name. */
  readonly candidates: Int32Array;
  /** Plugins that narrowed the candidates. */
  readonly narrowedBy: readonly string[];
  readonly failure: Rejection | null;
}

/** @param without filters that the caller sees to */
export function prepare(model: ClusterModel, subject: Subject, without: ReadonlySet<string> = new Set()): Prepared {
  const { profile } = subject;
  const cycle: Cycle = { model, subject, podClass: subject.podClass, profile };
  const filters: ActiveFilter[] = [];
  const narrowedBy: string[] = [];
  const narrowings: (readonly string[])[] = [];
  const all = model.nodeSlots();
  const prepared = new Map<string, NodeFilter>();
  for (const name of new Set([...profile.preFilters, ...profile.filters])) {
    if (without.has(name)) continue;
    const result = filterPluginByName.get(name)!.preFilter(cycle);
    if (result.type === 'filter') prepared.set(name, result.filter);
    if (!profile.preFilters.includes(name)) continue;
    if (result.type === 'fail') {
      const failure = { plugin: name, code: result.code, reasons: [result.reason] };
      return { cycle, filters: [], candidates: new Int32Array(0), narrowedBy, failure };
    }
    if (result.type === 'filter' && result.onlyNodes !== undefined) {
      narrowings.push(result.onlyNodes);
      narrowedBy.push(name);
    }
  }
  for (const plugin of profile.filters) {
    const filter = prepared.get(plugin);
    if (filter === undefined) continue;
    const ofNodesAlone = filterPluginByName.get(plugin)!.ofNodesAlone === true;
    filters.push({ plugin, filter, ofNodesAlone });
  }
  let candidates = all;
  for (const names of narrowings) candidates = candidates.filter((slot) => names.includes(model.nodeName(slot)));
  return { cycle, filters, candidates, narrowedBy, failure: null };
}

/** The first rejection of a node, null if it passes: what kube-scheduler records. */
export function filterNode({ filters }: Prepared, slot: number, overlay: Overlay | null): Rejection | null {
  for (const { filter } of filters) {
    const rejection = filter.filter(slot, overlay);
    if (rejection !== null) return rejection;
  }
  return null;
}
