/** One scheduler profile: which plugins run, with what weight and arguments. `configuration.ts` makes them. */
import type { LabelSelector, NodeAffinity } from '../kubernetes/types.js';

export interface ResourceWeight {
  readonly name: string;
  readonly weight: number;
}

/** `utilization` 0..100, `score` 0..10 as configured. */
export interface ShapePoint {
  readonly utilization: number;
  readonly score: number;
}

export type ScoringStrategyType = 'LeastAllocated' | 'MostAllocated' | 'RequestedToCapacityRatio';

export interface ScoringStrategy {
  readonly type: ScoringStrategyType;
  readonly resources: readonly ResourceWeight[];
  readonly shape: readonly ShapePoint[];
}

export interface DefaultSpreadConstraint {
  readonly maxSkew: number;
  readonly topologyKey: string;
  readonly whenUnsatisfiable: string;
  readonly labelSelector: LabelSelector | null;
  readonly minDomains?: number;
  readonly nodeAffinityPolicy?: string;
  readonly nodeTaintsPolicy?: string;
  readonly matchLabelKeys: readonly string[];
}

export interface PluginArgs {
  readonly nodeResourcesFit: {
    readonly ignoredResources: readonly string[];
    readonly ignoredResourceGroups: readonly string[];
    readonly scoringStrategy: ScoringStrategy;
  };
  readonly nodeResourcesBalancedAllocation: { readonly resources: readonly ResourceWeight[] };
  readonly podTopologySpread: {
    readonly defaultingType: 'System' | 'List';
    readonly defaultConstraints: readonly DefaultSpreadConstraint[];
  };
  readonly interPodAffinity: {
    readonly hardPodAffinityWeight: number;
    readonly ignorePreferredTermsOfExistingPods: boolean;
  };
  readonly nodeAffinity: { readonly addedAffinity: NodeAffinity | null };
}

export interface Profile {
  readonly schedulerName: string;
  /** Plugins that run at an extension point, in order. */
  readonly preFilters: readonly string[];
  readonly filters: readonly string[];
  readonly postFilters: readonly string[];
  /** Score plugin → weight. */
  readonly scores: ReadonlyMap<string, number>;
  readonly args: PluginArgs;
  /** What the document asks for and is not honoured. */
  readonly notEvaluated: readonly { readonly plugin: string; readonly reason: string }[];
}

const cpuAndMemory: readonly ResourceWeight[] = [
  { name: 'cpu', weight: 1 },
  { name: 'memory', weight: 1 },
];

/** The spread that upstream applies to pods without constraints of their own (SEMANTICS 6.6). */
export const systemSpreadConstraints: readonly DefaultSpreadConstraint[] = [
  {
    maxSkew: 3,
    topologyKey: 'kubernetes.io/hostname',
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: null,
    matchLabelKeys: [],
  },
  {
    maxSkew: 5,
    topologyKey: 'topology.kubernetes.io/zone',
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: null,
    matchLabelKeys: [],
  },
];

export const defaultArgs: PluginArgs = {
  nodeResourcesFit: {
    ignoredResources: [],
    ignoredResourceGroups: [],
    scoringStrategy: { type: 'LeastAllocated', resources: cpuAndMemory, shape: [] },
  },
  nodeResourcesBalancedAllocation: { resources: cpuAndMemory },
  podTopologySpread: { defaultingType: 'System', defaultConstraints: systemSpreadConstraints },
  interPodAffinity: { hardPodAffinityWeight: 1, ignorePreferredTermsOfExistingPods: false },
  nodeAffinity: { addedAffinity: null },
};

/** Labels with a hostname are unique to a node: domains of this key are the nodes themselves. */
export const hostnameKey = 'kubernetes.io/hostname';
