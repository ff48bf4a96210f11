/** A pod shape, compiled: everything about a pod that does not depend on a cluster. Immutable and shared. */
import { compileLabelSelector, mergeSelectors, type Selector } from '../kubernetes/selectors.js';
import type { Labels, LabelSelector, NodeAffinity, Toleration } from '../kubernetes/types.js';
import { compileAffinityTerm, type AffinityTerm, type WeightedAffinityTerm } from './affinity-term.js';
import { shapeOfText, type HostPort, type PodShape, type ShapeAmounts } from './pod-shape.js';
import { CPU, EPHEMERAL_STORAGE, exactLimit, isScheduledResource, MEMORY, resourceId } from './resources.js';
import { SeenBefore } from './seen-before.js';

/** The affinity terms of a pod, by what they mean to others. */
export type TermKind = 'requiredAffinity' | 'requiredAntiAffinity' | 'preferredAffinity' | 'preferredAntiAffinity';

/** Amounts of resources by id (`resources.ts`); `exact` is there when one is beyond what a double holds exactly. */
export interface ResourceVector {
  readonly cpu: number;
  readonly memory: number;
  readonly ephemeralStorage: number;
  /** Extended resources, hugepages …, in name order, zeros included. */
  readonly scalars: readonly { readonly id: number; readonly amount: number }[];
  readonly exact: ReadonlyMap<number, bigint> | null;
}

export interface SpreadConstraint {
  /** Position in `spec.topologySpreadConstraints`, or in the default constraints. */
  readonly index: number;
  readonly maxSkew: number;
  readonly topologyKey: string;
  readonly hard: boolean;
  /** matchLabelKeys merged in. */
  readonly selector: Selector;
  readonly minDomains: number;
  readonly honorNodeAffinity: boolean;
  readonly honorNodeTaints: boolean;
}

export interface PodClass {
  /** The text it was compiled from. */
  readonly shape: string;
  readonly source: PodShape;
  readonly namespace: string;
  /** Without own labels. */
  readonly labels: Labels;
  readonly schedulerName: string;
  readonly priority: number;
  /** As a pod to be placed. */
  readonly requests: ResourceVector;
  /** As a pod that runs. */
  readonly charged: ResourceVector;
  readonly scoring: ResourceVector;
  readonly nonZeroCpu: number;
  readonly nonZeroMemory: number;
  readonly hostPorts: readonly HostPort[];
  readonly nodeSelector: Selector;
  readonly nodeAffinity: NodeAffinity | undefined;
  /** All that it requires of nodes themselves (selector, affinity, tolerations), as text: equal texts, equal verdicts. */
  readonly nodeRequirements: string;
  readonly tolerations: readonly Toleration[];
  readonly spreadConstraints: readonly SpreadConstraint[];
  readonly requiredAffinity: readonly AffinityTerm[];
  readonly requiredAntiAffinity: readonly AffinityTerm[];
  readonly preferredAffinity: readonly WeightedAffinityTerm[];
  readonly preferredAntiAffinity: readonly WeightedAffinityTerm[];
  readonly images: readonly string[];
  readonly containers: number;
  readonly requiredFeatures: readonly string[];
  /** Whether pods of the class act on others once placed: host ports or affinity terms. */
  readonly hasEffects: boolean;
}

/** Compiled shapes by text, of those that have come up more than once. Bounded: dropped whole when full. */
const cache = new Map<string, PodClass>();
const cacheLimit = 16384;
const seen = new SeenBefore();
/** The shape compiled last: one question asks for the class of its pod several times. */
let last: PodClass | null = null;

export function podClass(shape: string): PodClass {
  if (last?.shape === shape) return last;
  let compiled = cache.get(shape);
  if (compiled === undefined) {
    compiled = compile(shape);
    last = compiled;
    if (!seen.check(shape)) return compiled;
    if (cache.size >= cacheLimit) cache.clear();
    cache.set(shape, compiled);
  }
  return compiled;
}

function compile(shape: string): PodClass {
  const source = shapeOfText(shape);
  const { namespace, labels, affinity } = source;
  const required = (terms: readonly Parameters<typeof compileAffinityTerm>[0][] | undefined): AffinityTerm[] =>
    (terms ?? []).map((term) => compileAffinityTerm(term, namespace));
  const preferred = (terms: readonly PreferredTerm[] | undefined): WeightedAffinityTerm[] =>
    (terms ?? [])
      .filter(({ weight }) => weight !== 0)
      .map(({ weight, podAffinityTerm }) => ({ weight, term: compileAffinityTerm(podAffinityTerm, namespace) }));
  const requests = vector(source.requests);
  const hostPorts = source.hostPorts ?? [];
  const requiredAffinity = required(affinity?.podAffinity?.required);
  const requiredAntiAffinity = required(affinity?.podAntiAffinity?.required);
  const preferredAffinity = preferred(affinity?.podAffinity?.preferred);
  const preferredAntiAffinity = preferred(affinity?.podAntiAffinity?.preferred);
  const terms = [requiredAffinity, requiredAntiAffinity, preferredAffinity, preferredAntiAffinity];
  return {
    shape,
    source,
    namespace,
    labels,
    schedulerName: source.schedulerName,
    priority: source.priority,
    requests,
    charged: source.charged === undefined ? requests : vector(source.charged),
    scoring: vector(source.scoring),
    nonZeroCpu: Number(source.nonZero['cpu'] ?? 0),
    nonZeroMemory: Number(source.nonZero['memory'] ?? 0),
    hostPorts,
    nodeSelector: nodeSelectorOf(source.nodeSelector),
    nodeAffinity: affinity?.nodeAffinity,
    nodeRequirements: JSON.stringify([source.nodeSelector, affinity?.nodeAffinity, source.tolerations]),
    tolerations: source.tolerations ?? [],
    spreadConstraints: (source.topologySpreadConstraints ?? []).map((constraint, index) =>
      compileSpreadConstraint(constraint, index, labels),
    ),
    requiredAffinity,
    requiredAntiAffinity,
    preferredAffinity,
    preferredAntiAffinity,
    images: source.images ?? [],
    containers: source.containers,
    requiredFeatures: source.requiredFeatures ?? [],
    hasEffects: hostPorts.length > 0 || terms.some((list) => list.length > 0),
  };
}

type PreferredTerm = { readonly weight: number; readonly podAffinityTerm: Parameters<typeof compileAffinityTerm>[0] };

/** nodeSelector values are compared as they are, label-shaped or not. */
function nodeSelectorOf(labels: Labels | undefined): Selector {
  if (labels === undefined) return [];
  return Object.keys(labels)
    .sort()
    .map((key) => ({ key, operator: 'In', values: [labels[key]!], bound: 0n }));
}

/** `key In (the pod's value)` for each matchLabelKeys key that the pod has is merged into the selector (SEMANTICS 5.3). */
export function compileSpreadConstraint(
  constraint: {
    readonly maxSkew: number;
    readonly topologyKey: string;
    readonly whenUnsatisfiable: string;
    readonly labelSelector: LabelSelector | null;
    readonly minDomains?: number;
    readonly nodeAffinityPolicy?: string;
    readonly nodeTaintsPolicy?: string;
    readonly matchLabelKeys: readonly string[];
  },
  index: number,
  podLabels: Labels,
): SpreadConstraint {
  let selector = compileLabelSelector(constraint.labelSelector);
  const keys = constraint.matchLabelKeys.filter((key) => Object.hasOwn(podLabels, key));
  if (keys.length > 0) {
    const merged = Object.fromEntries(keys.map((key) => [key, podLabels[key]!]));
    selector = mergeSelectors(selector, compileLabelSelector({ matchLabels: merged, matchExpressions: [] }));
  }
  return {
    index,
    maxSkew: constraint.maxSkew,
    topologyKey: constraint.topologyKey,
    hard: constraint.whenUnsatisfiable !== 'ScheduleAnyway',
    selector,
    minDomains: constraint.minDomains ?? 1,
    honorNodeAffinity: constraint.nodeAffinityPolicy !== 'Ignore',
    honorNodeTaints: constraint.nodeTaintsPolicy === 'Honor',
  };
}

function vector(amounts: ShapeAmounts): ResourceVector {
  let [cpu, memory, ephemeralStorage] = [0, 0, 0];
  let wide = false;
  const scalars: { id: number; amount: number }[] = [];
  const exact = new Map<number, bigint>();
  for (const name of Object.keys(amounts)) {
    if (!isScheduledResource(name)) continue;
    const id = resourceId(name);
    const amount = Number(amounts[name]);
    if (amount > exactLimit) wide = true;
    exact.set(id, BigInt(amounts[name]!));
    if (id === CPU) cpu = amount;
    else if (id === MEMORY) memory = amount;
    else if (id === EPHEMERAL_STORAGE) ephemeralStorage = amount;
    else scalars.push({ id, amount });
  }
  return { cpu, memory, ephemeralStorage, scalars, exact: wide ? exact : null };
}

/** The amount of one resource, exact. */
export function exactAmount(vectorOf: ResourceVector, id: number): bigint {
  const exact = vectorOf.exact?.get(id);
  if (exact !== undefined) return exact;
  return BigInt(amountOf(vectorOf, id));
}

export function amountOf(vectorOf: ResourceVector, id: number): number {
  if (id === CPU) return vectorOf.cpu;
  if (id === MEMORY) return vectorOf.memory;
  if (id === EPHEMERAL_STORAGE) return vectorOf.ephemeralStorage;
  for (const scalar of vectorOf.scalars) if (scalar.id === id) return scalar.amount;
  return 0;
}

/** Every affinity term of a pod. */
export function termsOf(compiled: PodClass): AffinityTerm[] {
  return [
    ...compiled.requiredAffinity,
    ...compiled.requiredAntiAffinity,
    ...compiled.preferredAffinity.map(({ term }) => term),
    ...compiled.preferredAntiAffinity.map(({ term }) => term),
  ];
}
