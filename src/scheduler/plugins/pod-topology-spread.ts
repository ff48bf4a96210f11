/**
 * PodTopologySpread. A *domain* is a value of the topology key.
 *
 * Filter (hard constraints): count(domain) + (the pod matches itself ? 1 : 0) − minimum ≤ maxSkew. Counted are matching
 * pods of the namespace on nodes that carry the keys of all hard constraints and pass the constraint's inclusion
 * policies; the minimum is 0 while there are fewer domains than minDomains. SEMANTICS 5.3.
 *
 * Score (soft constraints): raw = round(Σ (count · ln(size + 2) + maxSkew − 1)), the fewest best. SEMANTICS 6.6.
 */
import {
  compileLabelMap,
  compileLabelSelector,
  matches,
  mergeSelectors,
  type Selector,
} from '../../kubernetes/selectors.js';
import { readLabelSelector, readStringMap } from '../../kubernetes/selectors.js';
import type { JsonObject, Labels } from '../../kubernetes/types.js';
import { untoleratedTaint } from '../../kubernetes/tolerations.js';
import {
  keepByValues,
  maxNodeScore,
  skip,
  type Cycle,
  type Detail,
  type FilterPlugin,
  type Overlay,
  type Rejection,
  type ScorePlugin,
  type ValueVerdicts,
} from '../framework.js';
import type { ClusterModel } from '../model.js';
import { matchRequiredNodeAffinity, type NodePredicate } from '../node-matcher.js';
import type { LabelColumn } from '../node-view.js';
import { compileSpreadConstraint, type SpreadConstraint } from '../pod-class.js';
import { spreadCounter } from '../pod-counters.js';
import { isOwnLabel } from '../pod-shape.js';
import { hostnameKey } from '../profile.js';

const name = 'PodTopologySpread';

const missingLabel: Rejection = {
  plugin: name,
  code: 'UnschedulableAndUnresolvable',
  reasons: ["node(s) didn't match pod topology spread constraints (missing required label)"],
};

const skewed: Rejection = {
  plugin: name,
  code: 'Unschedulable',
  reasons: ["node(s) didn't match pod topology spread constraints"],
};

/** A hard constraint over the cluster. */
interface HardConstraint {
  readonly constraint: SpreadConstraint;
  readonly column: LabelColumn;
  /** Whether the node passes the inclusion policies. */
  readonly includes: NodePredicate | null;
  readonly selfMatch: number;
  /** Pods by domain number; -1: no participating node is in the domain. */
  readonly counts: Int32Array;
  /** The smallest count and its domain, the second smallest. */
  readonly minimum: number;
  readonly minimumDomain: number;
  readonly secondMinimum: number;
  readonly domains: number;
}

export const podTopologySpread: FilterPlugin & ScorePlugin = {
  name,

  preFilter(cycle) {
    const { model } = cycle;
    const constraints = constraintsOf(cycle, true);
    if (constraints.length === 0) return skip;
    const participates = hasAllKeys(model, constraints);
    const isOneKey = new Set(constraints.map(({ topologyKey }) => topologyKey)).size === 1;
    const hard = constraints.map((constraint) => countHard(cycle, constraint, isOneKey ? null : participates));

    const violated = (slot: number, overlay: Overlay | null): Rejection | null => {
      for (const entry of hard) {
        const domain = entry.column.ids[slot]!;
        if (domain < 0) return missingLabel;
        if (skewOf(cycle, entry, slot, domain, overlay, participates) > entry.constraint.maxSkew) return skewed;
      }
      return null;
    };

    return {
      type: 'filter',
      filter: {
        filter: violated,
        keep: (slots, count, refused) => keepByValues(hard.map(verdictsOf), slots, count, refused),
        details: (slot) => hard.flatMap((entry) => explain(cycle, entry, slot, participates)),
      },
    };
  },

  preScore(cycle, slots, count) {
    const { model, podClass, profile } = cycle;
    const constraints = constraintsOf(cycle, false);
    if (constraints.length === 0) return null;
    const needsAllKeys =
      podClass.spreadConstraints.length > 0 || profile.args.podTopologySpread.defaultingType === 'List';
    const participates = needsAllKeys ? hasAllKeys(model, constraints) : null;
    const soft = constraints.map((constraint) => countSoft(cycle, constraint, slots, count, participates));
    // Raw scores by node; -1 where the node lacks a key that it needs.
    const raw = new Float64Array(model.slotCount);
    for (const { ids, isHostname, perNode, counts, weight, offset } of soft) {
      for (let i = 0; i < count; i++) {
        const slot = slots[i]!;
        const domain = ids[slot]!;
        if (domain >= 0) raw[slot]! += (isHostname ? perNode[slot]! : counts[domain]!) * weight + offset;
      }
    }
    let min = Number.POSITIVE_INFINITY;
    let max = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < count; i++) {
      const slot = slots[i]!;
      if (participates !== null && !participates(slot)) {
        raw[slot] = -1;
        continue;
      }
      const rounded = Math.round(raw[slot]!);
      raw[slot] = rounded;
      if (rounded < min) min = rounded;
      if (rounded > max) max = rounded;
    }
    const at = (slot: number): number => {
      const value = raw[slot]!;
      if (value === -1) return 0;
      return max === 0 ? maxNodeScore : Math.trunc((maxNodeScore * (max + min - value)) / max);
    };
    return {
      add: (scoreWeight, feasible, feasibleCount, totals) => {
        for (let i = 0; i < feasibleCount; i++) totals[i]! += scoreWeight * at(feasible[i]!);
      },
      at,
    };
  },
};

/** The pod's own constraints of one strength, or the profile's defaults. */
export function constraintsOf(cycle: Cycle, hard: boolean): readonly SpreadConstraint[] {
  const own = cycle.podClass.spreadConstraints;
  if (own.length > 0) return own.filter((constraint) => constraint.hard === hard);
  const defaults = cycle.profile.args.podTopologySpread.defaultConstraints.filter(
    ({ whenUnsatisfiable }) => (whenUnsatisfiable !== 'ScheduleAnyway') === hard,
  );
  if (defaults.length === 0) return [];
  const selector = defaultSelector(cycle);
  if (selector === null || selector.length === 0) return [];
  return defaults.map((constraint, index) => ({
    ...compileSpreadConstraint(constraint, index, cycle.subject.labels),
    selector,
  }));
}

/** Selectors of the Services that select the pod, and of its owning controller, together. SEMANTICS 6.6. */
function defaultSelector({ model, podClass, subject }: Cycle): Selector {
  let labels: Labels = {};
  for (const { object } of model.objects.list('', 'Service', podClass.namespace)) {
    const selected = specOf(object)['selector'];
    if (selected === null || selected === undefined) continue;
    const selector = readStringMap(selected);
    if (matches(compileLabelMap(selector), subject.labels)) labels = { ...labels, ...selector };
  }
  let selector: Selector = [];
  const { owner } = podClass.source;
  if (owner !== undefined) {
    const { apiVersion, kind } = owner;
    if (apiVersion === 'v1' && kind === 'ReplicationController') {
      const controller = model.objects.get('', kind, podClass.namespace, owner.name);
      if (controller !== undefined) labels = { ...labels, ...readStringMap(specOf(controller)['selector']) };
    } else if (apiVersion === 'apps/v1' && (kind === 'ReplicaSet' || kind === 'StatefulSet')) {
      const controller = model.objects.get('apps', kind, podClass.namespace, owner.name);
      if (controller !== undefined) {
        selector = compileLabelSelector(readLabelSelector(specOf(controller)['selector'])) ?? [];
      }
    }
  }
  return mergeSelectors(compileLabelMap(labels), selector);
}

/** Whether a Service of the namespace selects single pods of a class (as those of StatefulSets may). */
export function selectsOwnLabels(model: ClusterModel, namespace: string): boolean {
  return model.objects
    .list('', 'Service', namespace)
    .some(({ object }) => Object.keys(readStringMap(specOf(object)['selector'])).some((key) => isOwnLabel(key)));
}

function specOf(object: JsonObject): JsonObject {
  const spec = object['spec'];
  return spec !== null && typeof spec === 'object' && !Array.isArray(spec) ? spec : {};
}

/** Whether a node carries the topology keys of all constraints. */
export function hasAllKeys(model: ClusterModel, constraints: readonly SpreadConstraint[]): NodePredicate {
  const columns = constraints.map(({ topologyKey }) => model.labelColumn(topologyKey).ids);
  return (slot) => {
    for (const ids of columns) if (ids[slot]! < 0) return false;
    return true;
  };
}

/** nodeAffinityPolicy and nodeTaintsPolicy as one predicate; null: every node is in. */
export function inclusionPolicy({ model, podClass }: Cycle, constraint: SpreadConstraint): NodePredicate | null {
  const affinity = constraint.honorNodeAffinity ? matchRequiredNodeAffinity(model, podClass) : null;
  if (!constraint.honorNodeTaints) return affinity;
  const { ids, sets } = model.nodeView().taints();
  const tolerated = sets.map((taints) => untoleratedTaint(taints, podClass.tolerations) === undefined);
  return (slot) => tolerated[ids[slot]!]! && (affinity === null || affinity(slot));
}

/** @param participates nodes that carry the keys of all hard constraints; null: those that carry this one's. */
function countHard(cycle: Cycle, constraint: SpreadConstraint, participates: NodePredicate | null): HardConstraint {
  const { model, podClass, subject } = cycle;
  const column = model.labelColumn(constraint.topologyKey);
  const includes = inclusionPolicy(cycle, constraint);
  const perNode = model.counter(spreadCounter(podClass.namespace, constraint.selector));
  const counts = new Int32Array(column.values.length).fill(-1);
  const { ids } = column;
  const order = model.nodeSlots();
  for (let i = 0; i < order.length; i++) {
    const slot = order[i]!;
    const domain = ids[slot]!;
    if (domain < 0 || (participates !== null && !participates(slot))) continue;
    if (includes !== null && !includes(slot)) continue;
    counts[domain] = Math.max(counts[domain]!, 0) + perNode[slot]!;
  }
  const noDomain = 0x7fffffff;
  let [domains, minimum, minimumDomain, secondMinimum] = [0, noDomain, -1, noDomain];
  for (let domain = 0; domain < counts.length; domain++) {
    const count = counts[domain]!;
    if (count < 0) continue;
    domains++;
    if (count < minimum) {
      secondMinimum = minimum;
      minimum = count;
      minimumDomain = domain;
    } else if (count < secondMinimum) secondMinimum = count;
  }
  const selfMatch = matches(constraint.selector, subject.labels) ? 1 : 0;
  return { constraint, column, includes, selfMatch, counts, minimum, minimumDomain, secondMinimum, domains };
}

/**
 * count + selfMatch − minimum. With an overlay, matching pods that leave or come count at once, whatever their selector's
 * emptiness or their termination say of pods that were there before (upstream's updateWithPod).
 */
function skewOf(
  { model, podClass }: Cycle,
  entry: HardConstraint,
  slot: number,
  domain: number,
  overlay: Overlay | null,
  participates: NodePredicate,
): number {
  let count = Math.max(entry.counts[domain]!, 0);
  let { minimum } = entry;
  if (overlay !== null && participates(slot) && (entry.includes === null || entry.includes(slot))) {
    for (const { pod, sign } of overlay) {
      if (model.classOfPod(pod).namespace !== podClass.namespace) continue;
      if (matches(entry.constraint.selector, model.podLabels(pod))) count += sign;
    }
    minimum = Math.min(count, domain === entry.minimumDomain ? entry.secondMinimum : minimum);
  }
  if (entry.domains < entry.constraint.minDomains) minimum = 0;
  return count + entry.selfMatch - minimum;
}

/** `violated` without an overlay, by domain; nodes without the key are refused. */
function verdictsOf({ constraint, column, counts, minimum, domains, selfMatch }: HardConstraint): ValueVerdicts {
  const most = constraint.maxSkew - selfMatch + (domains < constraint.minDomains ? 0 : minimum);
  const accepted = new Uint8Array(counts.length + 1);
  for (let domain = 0; domain < counts.length; domain++) {
    if (most >= 0 && counts[domain]! <= most) accepted[domain + 1] = 1;
  }
  return { ids: column.ids, accepted };
}

function explain(cycle: Cycle, entry: HardConstraint, slot: number, participates: NodePredicate): Detail[] {
  const { index, topologyKey, maxSkew, minDomains } = entry.constraint;
  const domain = entry.column.ids[slot]!;
  if (domain < 0) return [{ type: 'topologyLabelMissing', constraint: index, topologyKey }];
  const skew = skewOf(cycle, entry, slot, domain, null, participates);
  if (skew <= maxSkew) return [];
  return [
    {
      type: 'topologySpread',
      constraint: index,
      topologyKey,
      domain: entry.column.values[domain]!,
      count: Math.max(entry.counts[domain]!, 0),
      minimum: entry.domains < minDomains ? 0 : entry.minimum,
      skew,
      maxSkew,
    },
  ];
}

// ---- score

interface SoftConstraint {
  readonly ids: Int32Array;
  readonly isHostname: boolean;
  /** ln(size + 2) */
  readonly weight: number;
  /** maxSkew − 1 */
  readonly offset: number;
  /** Pods by node slot (hostname). */
  readonly perNode: Int32Array;
  /** Pods by domain number. */
  readonly counts: Float64Array;
}

/**
 * @param participates nodes that carry the keys of all soft constraints; null with the system's defaults, where nodes
 *   that lack a label take part as one more domain.
 */
function countSoft(
  cycle: Cycle,
  constraint: SpreadConstraint,
  slots: Int32Array,
  count: number,
  participates: NodePredicate | null,
): SoftConstraint {
  const { model, podClass } = cycle;
  const { ids, values } = model.labelColumn(constraint.topologyKey);
  const perNode = model.counter(spreadCounter(podClass.namespace, constraint.selector));
  const isHostname = constraint.topologyKey === hostnameKey;
  const counts = new Float64Array(values.length);
  const order = model.nodeSlots();
  // Position 0: the domain of nodes without the label.
  const seen = new Uint8Array(values.length + 1);
  let size = 0;
  for (let i = 0; i < count; i++) {
    const slot = slots[i]!;
    if (participates !== null && !participates(slot)) continue;
    const at = ids[slot]! + 1;
    if (isHostname) size++;
    else if (seen[at] === 0) {
      seen[at] = 1;
      size++;
    }
  }
  if (!isHostname) {
    const includes = inclusionPolicy(cycle, constraint);
    for (let i = 0; i < order.length; i++) {
      const slot = order[i]!;
      const domain = ids[slot]!;
      if (domain < 0 || perNode[slot] === 0) continue;
      if (participates !== null && !participates(slot)) continue;
      if (includes === null || includes(slot)) counts[domain]! += perNode[slot]!;
    }
  }
  return { ids, isHostname, weight: Math.log(size + 2), offset: constraint.maxSkew - 1, perNode, counts };
}
