/**
 * The frame that plugins fit into, after upstream's scheduling framework: PreFilter computes what the pod needs once,
 * Filter says per node why not, PreScore and Score give 0..100 per feasible node. A plugin is a value with those steps;
 * what a step has computed lives in the closure that it returns.
 */
import type { Labels, Taint } from '../kubernetes/types.js';
import type { ClusterModel } from './model.js';
import type { PodClass } from './pod-class.js';
import type { Profile } from './profile.js';

export type Code = 'Unschedulable' | 'UnschedulableAndUnresolvable';

/** The pod that is to be placed. */
export interface Subject {
  readonly podClass: PodClass;
  readonly name: string;
  /** Own labels included. */
  readonly labels: Labels;
  readonly ownLabels: string | null;
  readonly profile: Profile;
  /** `spec.nodeName` that must hold; empty: none. */
  readonly nodeName: string;
  readonly nominatedNodeName: string;
}

/** What all steps of one scheduling cycle see. */
export interface Cycle {
  readonly model: ClusterModel;
  readonly subject: Subject;
  readonly podClass: PodClass;
  readonly profile: Profile;
}

/** Why a node is refused by one plugin. */
export interface Rejection {
  readonly plugin: string;
  readonly code: Code;
  readonly reasons: readonly string[];
}

/** One thing that keeps the pod off a node, in numbers. Amounts in the scheduler's units (cpu in millicores). */
export type Detail =
  | { readonly type: 'unschedulable' }
  | { readonly type: 'nodeName'; readonly required: string }
  | { readonly type: 'taint'; readonly taint: Taint }
  /** Parts of the requirement that the node misses: nodeSelector keys, required terms by index, addedAffinity. */
  | {
      readonly type: 'nodeAffinity';
      readonly enforced: boolean;
      readonly nodeSelectorKeys: readonly string[];
      readonly failedTerms: readonly number[];
    }
  | {
      readonly type: 'hostPort';
      readonly port: number;
      readonly protocol: string;
      readonly hostIP: string;
      readonly heldBy: readonly string[];
    }
  | { readonly type: 'tooManyPods'; readonly pods: number; readonly allocatable: number }
  | {
      readonly type: 'insufficient';
      readonly resource: string;
      readonly requested: bigint;
      readonly allocatable: bigint;
      readonly used: bigint;
      /** requested − (allocatable − used) */
      readonly shortfall: bigint;
    }
  | { readonly type: 'topologyLabelMissing'; readonly constraint: number; readonly topologyKey: string }
  | {
      readonly type: 'topologySpread';
      readonly constraint: number;
      readonly topologyKey: string;
      readonly domain: string;
      readonly count: number;
      readonly minimum: number;
      readonly skew: number;
      readonly maxSkew: number;
    }
  | {
      readonly type: 'podAffinity';
      readonly term: number;
      readonly topologyKey: string;
      readonly domain: string | null;
    }
  | {
      readonly type: 'podAntiAffinity';
      readonly term: number;
      readonly topologyKey: string;
      readonly domain: string;
      readonly pods: readonly string[];
    }
  | {
      readonly type: 'existingPodAntiAffinity';
      readonly topologyKey: string;
      readonly domain: string;
      readonly pods: readonly string[];
    }
  | { readonly type: 'declaredFeature'; readonly feature: string }
  /** PreFilter narrowed the candidates to other nodes. */
  | { readonly type: 'notSelected' };

export interface Explanation extends Rejection {
  readonly details: readonly Detail[];
}

/**
 * A node as it would be after pods have left it and come to it, in this order: what preemption and nominated pods need.
 * `pod` is a slot of the model; it counts as running on the node.
 */
export type Overlay = readonly { readonly pod: number; readonly sign: 1 | -1 }[];

/** What a plugin's PreFilter leaves for Filter. */
export interface NodeFilter {
  /** null: the node passes. */
  filter(slot: number, overlay: Overlay | null): Rejection | null;
  /**
   * Moves the nodes that pass, as they are, to the front of `slots`, in order, and returns their number: the verdicts of
   * `filter`, for many nodes and without making them.
   */
  keep(slots: Int32Array, count: number): number;
  /** Numbers behind a rejection of the node as it is. */
  details(slot: number): Detail[];
}

export type PreFilterResult =
  /** Nothing to filter. */
  | { readonly type: 'skip' }
  | { readonly type: 'filter'; readonly filter: NodeFilter; readonly onlyNodes?: readonly string[] }
  /** The whole pod fails. */
  | { readonly type: 'fail'; readonly code: Code; readonly reason: string };

export const skip: PreFilterResult = { type: 'skip' };

export interface FilterPlugin {
  readonly name: string;
  preFilter(cycle: Cycle): PreFilterResult;
}

/**
 * Writes the final (normalised, unweighted, integer) scores of `count` feasible nodes into `scores`, at the positions that
 * the nodes have in `slots`.
 */
export type Scorer = (slots: Int32Array, count: number, scores: Float64Array) => void;

export interface ScorePlugin {
  readonly name: string;
  /** null: the plugin skips and adds nothing. */
  preScore(cycle: Cycle, slots: Int32Array, count: number): Scorer | null;
}

/** `NodeFilter.keep` from a predicate. */
export function keepIf(passes: (slot: number) => boolean, slots: Int32Array, count: number): number {
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const slot = slots[i]!;
    if (passes(slot)) slots[kept++] = slot;
  }
  return kept;
}

export const maxNodeScore = 100;

/** Upstream's DefaultNormalizeScore (SEMANTICS 6): relative to the largest raw score. */
export function normalize(scores: Float64Array, count: number, reverse: boolean): void {
  let max = 0;
  for (let i = 0; i < count; i++) if (scores[i]! > max) max = scores[i]!;
  if (max === 0) {
    if (reverse) scores.fill(maxNodeScore, 0, count);
    return;
  }
  for (let i = 0; i < count; i++) {
    const score = Math.floor((maxNodeScore * scores[i]!) / max);
    scores[i] = reverse ? maxNodeScore - score : score;
  }
}
