/** PodTopologySpread in a lane: its constraints as parts. The rules are those of `plugins/pod-topology-spread.ts`. */
import { matches } from '../../kubernetes/selectors.js';
import type { Cycle, Subject } from '../framework.js';
import { constraintsOf, hasAllKeys, inclusionPolicy } from '../plugins/pod-topology-spread.js';
import type { SpreadConstraint } from '../pod-class.js';
import { spreadCounter } from '../pod-counters.js';
import { hostnameKey } from '../profile.js';
import type { LaneNodes } from './lane-nodes.js';
import { addCounts, fewDomains, type Part } from './part.js';

export interface HardSpread extends Part {
  /** maxSkew − (the pod matches itself ? 1 : 0) */
  readonly most: number;
  readonly minDomains: number;
  /** Domains that take part. */
  readonly present: number;
  /** Domains that take part, by count. */
  readonly histogram: number[];
  /** The smallest count that has any. */
  minimum: number;
}

export interface SoftSpread extends Part {
  readonly topologyKey: string;
  /** Every node is a domain. */
  readonly isHostname: boolean;
  /** maxSkew − 1 */
  readonly offset: number;
}

export interface SpreadParts {
  readonly hard: readonly HardSpread[];
  readonly soft: readonly SoftSpread[];
  /** Whether a node (by slot) takes part in the score, having all labels; null: all do. */
  readonly participates: ((slot: number) => boolean) | null;
}

type ByRank = (rank: number) => boolean;

export function spreadParts(cycle: Cycle, nodes: LaneNodes): SpreadParts {
  const { model, podClass, profile } = cycle;
  const { slots } = nodes;
  const byRank =
    (predicate: (slot: number) => boolean): ByRank =>
    (rank) =>
      predicate(slots[rank]!);
  const included = (constraint: SpreadConstraint, takesPart: ByRank | null): ByRank | null => {
    const policy = inclusionPolicy(cycle, constraint);
    if (policy === null) return takesPart;
    return takesPart === null ? byRank(policy) : (rank) => takesPart(rank) && policy(slots[rank]!);
  };

  const filters = profile.filters.includes('PodTopologySpread');
  const hardConstraints = filters ? constraintsOf(cycle, true) : [];
  const hasHardKeys = byRank(hasAllKeys(model, hardConstraints));
  const hard = hardConstraints.map((constraint) =>
    hardSpread(cycle, nodes, constraint, included(constraint, hasHardKeys)!),
  );
  const scores = (profile.scores.get('PodTopologySpread') ?? 0) > 0;
  const softConstraints = scores ? constraintsOf(cycle, false) : [];
  // With the system's defaults, nodes that lack a label take part as one more domain.
  const needsAllKeys =
    softConstraints.length > 0 &&
    (podClass.spreadConstraints.length > 0 || profile.args.podTopologySpread.defaultingType === 'List');
  const participates = needsAllKeys ? hasAllKeys(model, softConstraints) : null;
  const soft = softConstraints.map((constraint) =>
    softSpread(cycle, nodes, constraint, included(constraint, participates === null ? null : byRank(participates))),
  );
  return { hard, soft, participates };
}

function hardSpread(cycle: Cycle, nodes: LaneNodes, constraint: SpreadConstraint, counted: ByRank): HardSpread {
  const { model, subject, podClass } = cycle;
  const domains = nodes.domains(constraint.topologyKey);
  const part = {
    domains,
    counts: new Float64Array(domains.size),
    column: -1,
    byDomain: domains.size <= fewDomains,
    counted,
    delta: (placed: Subject) => spreadDelta(subject, constraint, placed),
    most: constraint.maxSkew - (matches(constraint.selector, subject.labels) ? 1 : 0),
    minDomains: constraint.minDomains,
  };
  addCounts(part, nodes, model.counter(spreadCounter(podClass.namespace, constraint.selector)));
  const takesPart = new Uint8Array(domains.size);
  for (let rank = 0; rank < nodes.count; rank++) if (counted(rank)) takesPart[domains.ids[rank]!] = 1;
  const histogram: number[] = [];
  let present = 0;
  part.counts.forEach((count, domain) => {
    if (takesPart[domain] === 0) return;
    present++;
    histogram[count] = (histogram[count] ?? 0) + 1;
  });
  const spread = { present, histogram, minimum: 0, ...part };
  raiseMinimum(spread);
  return spread;
}

function softSpread(cycle: Cycle, nodes: LaneNodes, constraint: SpreadConstraint, counted: ByRank | null): SoftSpread {
  const { model, subject, podClass } = cycle;
  const isHostname = constraint.topologyKey === hostnameKey;
  const domains = isHostname ? nodes.eachAlone(hostnameKey) : nodes.domains(constraint.topologyKey);
  const part = {
    domains,
    counts: new Float64Array(domains.size),
    column: -1,
    // The score needs the number of domains that are there: however many, they are told apart.
    byDomain: !isHostname,
    // No policy applies to single nodes.
    counted: isHostname ? null : counted,
    delta: (placed: Subject) => spreadDelta(subject, constraint, placed),
    topologyKey: constraint.topologyKey,
    isHostname,
    offset: constraint.maxSkew - 1,
  };
  addCounts(part, nodes, model.counter(spreadCounter(podClass.namespace, constraint.selector)));
  return part;
}

function spreadDelta(subject: Subject, { selector }: SpreadConstraint, placed: Subject): number {
  if (placed.podClass.namespace !== subject.podClass.namespace) return 0;
  return selector !== null && selector.length > 0 && matches(selector, placed.labels) ? 1 : 0;
}

/** Whether nodes whose domain has `count` pods may take one more. */
export function isBalanced(part: HardSpread, count: number): boolean {
  return count <= part.most + (part.present < part.minDomains ? 0 : part.minimum);
}

/** A domain's count has grown from `before` to `after`. */
export function moveInHistogram(part: HardSpread, before: number, after: number): void {
  part.histogram[before]!--;
  part.histogram[after] = (part.histogram[after] ?? 0) + 1;
  raiseMinimum(part);
}

function raiseMinimum(part: { readonly histogram: number[]; minimum: number }): void {
  while (part.minimum < part.histogram.length && !(part.histogram[part.minimum]! > 0)) part.minimum++;
}
