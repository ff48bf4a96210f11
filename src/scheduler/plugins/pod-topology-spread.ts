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
  maxNodeScore,
  scoreEach,
  skip,
  strikeByValues,
  type Cycle,
  type Detail,
  type FilterPlugin,
  type Overlay,
  type Rejection,
  type ScorePlugin,
  type ValueVerdicts,
} from '../framework.js';
import type { ClusterModel } from '../model.js';
import type { NodeList } from '../node-list.js';
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
    const participates = participating(model, constraints);
    const isOneKey = new Set(constraints.map(({ topologyKey }) => topologyKey)).size === 1;
    const hard = constraints.map((constraint) => countHard(cycle, constraint, isOneKey ? null : participates));
    const verdicts = hard.map(verdictsOf);

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
        only: hard.every(({ column }) => column.everywhere) ? skewed : undefined,
        strike: (nodes, refused) => strikeByValues(verdicts, nodes, refused),
        details: (slot) => hard.flatMap((entry) => explain(cycle, entry, slot, participates)),
      },
    };
  },

  preScore(cycle, nodes) {
    const { model, podClass, profile } = cycle;
    const constraints = constraintsOf(cycle, false);
    if (constraints.length === 0) return null;
    const needsAllKeys =
      podClass.spreadConstraints.length > 0 || profile.args.podTopologySpread.defaultingType === 'List';
    const participates = needsAllKeys ? participating(model, constraints) : null;
    const soft = constraints.map((constraint) => countSoft(cycle, constraint, nodes, participates));
    const raw = (slot: number): number => rawScore(soft, slot);
    const { min, max } = rangeOf(soft, raw, nodes, participates);
    const at = (slot: number): number => {
      if (participates !== null && !participates(slot)) return 0;
      return max === 0 ? maxNodeScore : Math.trunc((maxNodeScore * (max + min - raw(slot))) / max);
    };
    return scoreEach(at, maxNodeScore);
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

/** `hasAllKeys`; null: every node does. */
function participating(model: ClusterModel, constraints: readonly SpreadConstraint[]): NodePredicate | null {
  if (constraints.every(({ topologyKey }) => model.labelColumn(topologyKey).everywhere)) return null;
  return hasAllKeys(model, constraints);
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
  const counter = spreadCounter(podClass.namespace, constraint.selector);
  const counts =
    participates === null && includes === null
      ? model.counterByValue(counter, column)
      : countIncluded(model, column, model.counter(counter), participates, includes);
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

/** Pods by domain on the nodes that both let in; -1 where none is. */
function countIncluded(
  model: ClusterModel,
  { ids, values }: LabelColumn,
  perNode: Int32Array,
  participates: NodePredicate | null,
  includes: NodePredicate | null,
): Int32Array {
  const counts = new Int32Array(values.length).fill(-1);
  const order = model.nodeSlots();
  for (let i = 0; i < order.length; i++) {
    const slot = order[i]!;
    const domain = ids[slot]!;
    if (domain < 0 || (participates !== null && !participates(slot))) continue;
    if (includes !== null && !includes(slot)) continue;
    counts[domain] = Math.max(counts[domain]!, 0) + perNode[slot]!;
  }
  return counts;
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
  participates: NodePredicate | null,
): number {
  let count = Math.max(entry.counts[domain]!, 0);
  let { minimum } = entry;
  const isCounted = (predicate: NodePredicate | null): boolean => predicate === null || predicate(slot);
  if (overlay !== null && isCounted(participates) && isCounted(entry.includes)) {
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
  return { column, accepted };
}

function explain(cycle: Cycle, entry: HardConstraint, slot: number, participates: NodePredicate | null): Detail[] {
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
  readonly column: LabelColumn;
  readonly isHostname: boolean;
  /** ln(size + 2) */
  readonly weight: number;
  /** maxSkew − 1 */
  readonly offset: number;
  /** Pods by node slot (hostname) or by domain number. */
  readonly counts: Int32Array;
}

/**
 * @param participates nodes that carry the keys of all soft constraints; null: every node does, or with the system's
 *   defaults, where nodes that lack a label take part as one more domain.
 */
function countSoft(
  cycle: Cycle,
  constraint: SpreadConstraint,
  nodes: NodeList,
  participates: NodePredicate | null,
): SoftConstraint {
  const { model, podClass } = cycle;
  const column = model.labelColumn(constraint.topologyKey);
  const counter = spreadCounter(podClass.namespace, constraint.selector);
  const isHostname = constraint.topologyKey === hostnameKey;
  const includes = isHostname ? null : inclusionPolicy(cycle, constraint);
  const size = isHostname ? participants(nodes, participates) : domainExamples(column, nodes, participates).length;
  let counts: Int32Array;
  if (isHostname) counts = model.counter(counter);
  else if (participates === null && includes === null) counts = model.counterByValue(counter, column);
  else counts = countIncluded(model, column, model.counter(counter), participates, includes);
  return { column, isHostname, weight: Math.log(size + 2), offset: constraint.maxSkew - 1, counts };
}

function participants({ slots, out, count, length }: NodeList, participates: NodePredicate | null): number {
  if (participates === null) return count;
  let size = 0;
  for (let i = 0; i < length; i++) if (out[slots[i]!] === 0 && participates(slots[i]!)) size++;
  return size;
}

/** One node of each domain that the nodes are in, those without the label being one. */
function domainExamples(
  { ids, values, everywhere }: LabelColumn,
  { slots, out, length }: NodeList,
  participates: NodePredicate | null,
): number[] {
  // Position 0: the domain of nodes without the label.
  const seen = new Uint8Array(values.length + 1);
  const most = everywhere ? values.length : values.length + 1;
  const examples: number[] = [];
  for (let i = 0; i < length && examples.length < most; i++) {
    const slot = slots[i]!;
    const at = ids[slot]! + 1;
    if (seen[at] === 1 || out[slot] === 1 || (participates !== null && !participates(slot))) continue;
    seen[at] = 1;
    examples.push(slot);
  }
  return examples;
}

/** Σ (count · ln(size + 2) + maxSkew − 1), rounded, over the constraints whose label the node has. */
function rawScore(soft: readonly SoftConstraint[], slot: number): number {
  let sum = 0;
  for (let i = 0; i < soft.length; i++) {
    const { column, isHostname, weight, offset, counts } = soft[i]!;
    const domain = column.ids[slot]!;
    if (domain >= 0) sum += Math.max(counts[isHostname ? slot : domain]!, 0) * weight + offset;
  }
  return Math.round(sum);
}

interface Range {
  readonly min: number;
  readonly max: number;
}

/** The smallest and the largest raw score of the nodes that take part. */
function rangeOf(
  soft: readonly SoftConstraint[],
  raw: (slot: number) => number,
  nodes: NodeList,
  participates: NodePredicate | null,
): Range {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  const include = (slot: number): void => {
    const score = raw(slot);
    if (score < min) min = score;
    if (score > max) max = score;
  };
  const extremes = participates === null ? extremeNodes(soft, nodes) : null;
  if (extremes !== null) for (const slot of extremes) include(slot);
  else {
    for (const slot of nodes.left()) if (participates === null || participates(slot)) include(slot);
  }
  return { min, max };
}

/**
 * Nodes among which are those with the smallest and the largest raw score: of each domain the ones with the fewest and
 * the most pods, because the score grows with both counts. null: not with one constraint by domain and one by node at
 * most.
 */
function extremeNodes(soft: readonly SoftConstraint[], feasible: NodeList): number[] | null {
  const byNode = soft.filter(({ isHostname }) => isHostname);
  const byDomain = soft.filter(({ isHostname }) => !isHostname);
  if (byNode.length > 1 || byDomain.length > 1) return null;
  const [nodes] = byNode;
  const [domains] = byDomain;
  if (nodes?.column.everywhere === false || domains?.column.few === false) return null;
  if (nodes === undefined) return domainExamples(domains!.column, feasible, null);
  return extremesOf(nodes.counts, domains?.column ?? null, feasible);
}

/** Of each domain, or of all nodes, one with the fewest pods and one with the most. */
function extremesOf(counts: Int32Array, column: LabelColumn | null, feasible: NodeList): number[] {
  const { out } = feasible;
  const groups = column === null ? 1 : column.values.length + 1;
  const extremes: number[] = [];
  for (let group = 0; group < groups; group++) {
    const { slots, from, to } =
      column === null ? { slots: feasible.slots, from: 0, to: feasible.length } : column.nodesWith(group - 1);
    let fewest = -1;
    // Most nodes have none.
    for (let i = from; i < to && (fewest === -1 || counts[fewest]! > 0); i++) {
      const slot = slots[i]!;
      if (out[slot] === 0 && (fewest === -1 || counts[slot]! < counts[fewest]!)) fewest = slot;
    }
    if (fewest !== -1) extremes.push(fewest);
  }
  const most = new Int32Array(groups).fill(-1);
  for (let slot = 0; slot < out.length; slot++) {
    if (counts[slot] === 0 || out[slot] === 1) continue;
    const group = column === null ? 0 : column.ids[slot]! + 1;
    if (most[group] === -1 || counts[slot]! > counts[most[group]!]!) most[group] = slot;
  }
  for (const slot of most) if (slot !== -1) extremes.push(slot);
  return extremes;
}
