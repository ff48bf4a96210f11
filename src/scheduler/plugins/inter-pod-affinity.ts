/**
 * InterPodAffinity: pods that must or want to be together or apart within a domain (a value of the term's topology key).
 * Filter: the pod's required affinity, then its required anti-affinity, then that of the pods already there. Score: the
 * sum of the preferred terms' weights, both ways. SEMANTICS 5.3, 6.7.
 */
import type { AffinityTerm } from '../affinity-term.js';
import {
  equalScore,
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
  type Scorer,
  type ValueVerdicts,
} from '../framework.js';
import type { ClusterModel, CounterDefinition } from '../model.js';
import type { NodeList } from '../node-list.js';
import type { LabelColumn } from '../node-view.js';
import type { TermKind } from '../pod-class.js';
import { holdersOf, matchedByAll, termMatches } from '../pod-counters.js';

const name = 'InterPodAffinity';

const affinityRejection: Rejection = {
  plugin: name,
  code: 'UnschedulableAndUnresolvable',
  reasons: ["node(s) didn't match pod affinity rules"],
};

const antiAffinityRejection: Rejection = {
  plugin: name,
  code: 'Unschedulable',
  reasons: ["node(s) didn't match pod anti-affinity rules"],
};

const existingAntiAffinityRejection: Rejection = {
  plugin: name,
  code: 'Unschedulable',
  reasons: ["node(s) didn't satisfy existing pods anti-affinity rules"],
};

/** Pods by domain of one topology key. */
interface DomainCounts {
  readonly topologyKey: string;
  readonly column: LabelColumn;
  readonly ids: Int32Array;
  readonly counts: Int32Array;
  /** Whether any pod is counted anywhere. */
  readonly held: boolean;
  /** What one pod adds to its domain: for overlays and explanations. */
  readonly weight: (pod: number) => number;
}

export const interPodAffinity: FilterPlugin & ScorePlugin = {
  name,

  preFilter(cycle) {
    const { model, podClass, subject } = cycle;
    const affinity = podClass.requiredAffinity.map((term) => affinityCounts(model, term, podClass.requiredAffinity));
    const antiAffinity = podClass.requiredAntiAffinity.map((term) => affinityCounts(model, term, [term]));
    const existing = matchingTerms(cycle, 'requiredAntiAffinity').map((term) => existingCounts(model, term));
    // Terms that only nominated pods hold take part, but do not keep the plugin from skipping (as upstream's PreFilter).
    const existingHeld = existing.some(({ held }) => held);
    if (affinity.length === 0 && antiAffinity.length === 0 && !existingHeld) return skip;
    // The first pod of a group that wants to be together may go anywhere.
    const matchesItself =
      affinity.length > 0 &&
      podClass.requiredAffinity.every((term) => termMatches(model, term, podClass.namespace, subject.labels));
    const nobodyThere = affinity.every(({ held }) => !held);

    const rejected = (slot: number, overlay: Overlay | null): Rejection | null => {
      if (affinity.length > 0 && !hasCompany(affinity, slot, overlay, matchesItself, nobodyThere)) {
        return affinityRejection;
      }
      for (const entry of antiAffinity) if (countAt(entry, slot, overlay) > 0) return antiAffinityRejection;
      for (const entry of existing) if (countAt(entry, slot, overlay) > 0) return existingAntiAffinityRejection;
      return null;
    };

    return {
      type: 'filter',
      filter: {
        filter: rejected,
        only: onlyOf(affinity, antiAffinity, existing),
        strike: (nodes, refused) =>
          strikeByValues(verdictsOf(affinity, antiAffinity, existing, matchesItself && nobodyThere), nodes, refused),
        details: (slot) => explain(model, { affinity, antiAffinity, existing, matchesItself, nobodyThere }, slot),
      },
    };
  },

  preScore(cycle, nodes) {
    const { model, podClass, profile } = cycle;
    const { hardPodAffinityWeight, ignorePreferredTermsOfExistingPods } = profile.args.interPodAffinity;
    const { preferredAffinity, preferredAntiAffinity } = podClass;
    const own = preferredAffinity.length > 0 || preferredAntiAffinity.length > 0;
    if (ignorePreferredTermsOfExistingPods && !own) return null;

    const contributions = new Map<string, Contribution>();
    /** Adds `weight` a pod counted to the pod's domain. */
    const add = (topologyKey: string, counter: CounterDefinition, weight: number): void => {
      const column = model.labelColumn(topologyKey);
      if (!model.countsAny(counter, column)) return;
      const pods = model.counterByValue(counter, column);
      const others = contributions.get(topologyKey);
      contributions.set(topologyKey, others === undefined ? { column, pods, weight } : together(others, pods, weight));
    };
    for (const { term, weight } of preferredAffinity) add(term.topologyKey, matchedByAll(model, [term]), weight);
    for (const { term, weight } of preferredAntiAffinity) add(term.topologyKey, matchedByAll(model, [term]), -weight);
    const addHolders = (kind: TermKind, weight: number): void => {
      for (const term of matchingTerms(cycle, kind)) add(term.topologyKey, holdersOf(kind, term.key), weight);
    };
    if (hardPodAffinityWeight > 0) addHolders('requiredAffinity', hardPodAffinityWeight);
    addHolders('preferredAffinity', 1);
    addHolders('preferredAntiAffinity', -1);
    if (contributions.size === 0) return null;
    return scorerOf([...contributions.values()], nodes);
  },
};

/** What the terms of one topology key add to the nodes: `weight` for each of the pods in their domain. */
interface Contribution {
  readonly column: LabelColumn;
  /** By domain number. */
  readonly pods: Int32Array | Float64Array;
  readonly weight: number;
}

/** With further pods of the same topology key: sums are made where there are several. */
function together({ column, pods, weight }: Contribution, more: Int32Array, moreWeight: number): Contribution {
  const sums = new Float64Array(pods.length);
  for (let domain = 0; domain < sums.length; domain++) {
    sums[domain] = weight * pods[domain]! + moreWeight * more[domain]!;
  }
  return { column, pods: sums, weight: 1 };
}

/** raw = Σ of the node's domains; score = trunc(100 · (raw − min) / (max − min)) over the nodes. */
function scorerOf(contributions: readonly Contribution[], nodes: NodeList): Scorer {
  const raw = (slot: number): number => {
    let sum = 0;
    for (let i = 0; i < contributions.length; i++) {
      const { column, pods, weight } = contributions[i]!;
      const domain = column.ids[slot]!;
      if (domain >= 0) sum += weight * pods[domain]!;
    }
    return sum;
  };
  const { min, max } = rangeOf(contributions, raw, nodes);
  const range = max - min;
  if (!(range > 0)) return equalScore(0);
  return scoreEach((slot) => Math.trunc(maxNodeScore * ((raw(slot) - min) / range)), maxNodeScore);
}

/** The smallest and the largest raw value. */
function rangeOf(
  contributions: readonly Contribution[],
  raw: (slot: number) => number,
  nodes: NodeList,
): { min: number; max: number } {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  const include = (value: number): void => {
    if (value < min) min = value;
    if (value > max) max = value;
  };
  const { slots, out, length, count } = nodes;
  const [first, ...others] = contributions;
  if (others.length > 0) {
    for (let i = 0; i < length; i++) if (out[slots[i]!] === 0) include(raw(slots[i]!));
    return { min, max };
  }
  // Most domains have none of the pods: only nodes in the others are looked at.
  const { column, pods } = first!;
  let seen = 0;
  for (let domain = 0; domain < pods.length; domain++) {
    if (pods[domain] === 0) continue;
    const { slots: members, from, to } = column.nodesWith(domain);
    for (let i = from; i < to; i++) {
      const slot = members[i]!;
      if (out[slot] === 1) continue;
      seen++;
      include(raw(slot));
    }
  }
  if (seen < count) include(0);
  return { min, max };
}

/** Distinct terms of one kind, held by pods that are there, that apply to the pod to be placed. */
export function matchingTerms({ model, podClass, subject }: Cycle, kind: TermKind): AffinityTerm[] {
  const found: AffinityTerm[] = [];
  for (const term of model.classGroups().terms[kind].of(podClass.namespace)) {
    if (termMatches(model, term, podClass.namespace, subject.labels)) found.push(term);
  }
  return found;
}

function byDomain(
  model: ClusterModel,
  topologyKey: string,
  counter: CounterDefinition,
): Pick<DomainCounts, 'column' | 'ids' | 'counts' | 'held'> {
  const column = model.labelColumn(topologyKey);
  const counts = model.counterByValue(counter, column);
  return { column, ids: column.ids, counts, held: model.countsAny(counter, column) };
}

/** Pods by domain of `term` that match all of `terms`. */
function affinityCounts(model: ClusterModel, term: AffinityTerm, terms: readonly AffinityTerm[]): DomainCounts {
  return {
    topologyKey: term.topologyKey,
    ...byDomain(model, term.topologyKey, matchedByAll(model, terms)),
    weight: (pod) => {
      const { namespace } = model.classOfPod(pod);
      const labels = model.podLabels(pod);
      return terms.every((other) => termMatches(model, other, namespace, labels)) ? 1 : 0;
    },
  };
}

/** Pods by domain that hold an anti-affinity term. */
function existingCounts(model: ClusterModel, term: AffinityTerm): DomainCounts {
  const definition = holdersOf('requiredAntiAffinity', term.key);
  return {
    topologyKey: term.topologyKey,
    ...byDomain(model, term.topologyKey, definition),
    weight: (pod) => definition.weight(model.classOfPod(pod)),
  };
}

/** Pods in the node's domain; 0 where the node lacks the label. */
function countAt({ ids, counts, weight }: DomainCounts, slot: number, overlay: Overlay | null): number {
  const domain = ids[slot]!;
  if (domain < 0) return 0;
  let count = counts[domain]!;
  if (overlay !== null) for (const { pod, sign } of overlay) count += sign * weight(pod);
  return count;
}

/** `rejected` without an overlay, by domain. */
function verdictsOf(
  affinity: readonly DomainCounts[],
  antiAffinity: readonly DomainCounts[],
  existing: readonly DomainCounts[],
  anywhere: boolean,
): ValueVerdicts[] {
  const wanted = affinity.map(({ column, counts }) => ({ column, accepted: acceptedWhere(counts, anywhere, true) }));
  const blocking = [...antiAffinity, ...existing].filter(({ held }) => held);
  for (const { column, counts } of blocking) wanted.push({ column, accepted: acceptedWhere(counts, true, false) });
  return wanted;
}

/** For nodes without the label, then by domain: whether the node passes where nobody is, and where somebody is. */
function acceptedWhere(counts: Int32Array, nobody: boolean, somebody: boolean): Uint8Array {
  const accepted = new Uint8Array(counts.length + 1);
  // Being together needs a domain, being apart does not.
  accepted[0] = somebody ? 0 : 1;
  for (let domain = 0; domain < counts.length; domain++) {
    if (counts[domain]! > 0 ? somebody : nobody) accepted[domain + 1] = 1;
  }
  return accepted;
}

/** The rejection that is left where the pod meets terms of one sort. */
function onlyOf(
  affinity: readonly DomainCounts[],
  antiAffinity: readonly DomainCounts[],
  existing: readonly DomainCounts[],
): Rejection | undefined {
  const met = [
    ...(affinity.length > 0 ? [affinityRejection] : []),
    ...(antiAffinity.length > 0 ? [antiAffinityRejection] : []),
    ...(existing.length > 0 ? [existingAntiAffinityRejection] : []),
  ];
  return met.length === 1 ? met[0] : undefined;
}

function hasCompany(
  affinity: readonly DomainCounts[],
  slot: number,
  overlay: Overlay | null,
  matchesItself: boolean,
  nobodyThere: boolean,
): boolean {
  let everyTerm = true;
  for (const entry of affinity) {
    if (entry.ids[slot]! < 0) return false;
    if (countAt(entry, slot, overlay) <= 0) everyTerm = false;
  }
  if (everyTerm) return true;
  if (!matchesItself) return false;
  if (overlay === null) return nobodyThere;
  // Only the node's own domains have changed.
  return affinity.every(
    (entry) =>
      countAt(entry, slot, overlay) <= 0 &&
      !entry.counts.some((count, domain) => count > 0 && domain !== entry.ids[slot]),
  );
}

interface Prepared {
  readonly affinity: readonly DomainCounts[];
  readonly antiAffinity: readonly DomainCounts[];
  readonly existing: readonly DomainCounts[];
  readonly matchesItself: boolean;
  readonly nobodyThere: boolean;
}

function explain(model: ClusterModel, prepared: Prepared, slot: number): Detail[] {
  const { affinity, antiAffinity, existing, matchesItself, nobodyThere } = prepared;
  const details: Detail[] = [];
  const domainOf = ({ topologyKey, ids }: DomainCounts): string | null =>
    ids[slot]! < 0 ? null : model.labelColumn(topologyKey).values[ids[slot]!]!;
  if (affinity.length > 0 && !hasCompany(affinity, slot, null, matchesItself, nobodyThere)) {
    affinity.forEach((entry, term) => {
      if (countAt(entry, slot, null) > 0) return;
      details.push({ type: 'podAffinity', term, topologyKey: entry.topologyKey, domain: domainOf(entry) });
    });
  }
  antiAffinity.forEach((entry, term) => {
    if (countAt(entry, slot, null) <= 0) return;
    const { topologyKey } = entry;
    const domain = domainOf(entry)!;
    details.push({ type: 'podAntiAffinity', term, topologyKey, domain, pods: podsInDomain(model, entry, slot) });
  });
  for (const entry of existing) {
    if (countAt(entry, slot, null) <= 0) continue;
    const { topologyKey } = entry;
    const domain = domainOf(entry)!;
    details.push({ type: 'existingPodAntiAffinity', topologyKey, domain, pods: podsInDomain(model, entry, slot) });
  }
  return details;
}

const namedPods = 10;

/** The first pods (by node name, namespace, name) that are counted in the node's domain. */
function podsInDomain(model: ClusterModel, { ids, weight }: DomainCounts, slot: number): string[] {
  const pods: string[] = [];
  for (const other of model.nodeSlots()) {
    if (ids[other] !== ids[slot]) continue;
    for (const pod of model.podSlotsOn(other)) if (weight(pod) > 0) pods.push(model.podKey(pod));
    if (pods.length >= namedPods) return pods.slice(0, namedPods);
  }
  return pods;
}
