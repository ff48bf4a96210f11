/**
 * The frame that plugins fit into, after upstream's scheduling framework: PreFilter computes what the pod needs once,
 * Filter says per node why not, PreScore and Score give 0..100 per feasible node. A plugin is a value with those steps;
 * what a step has computed lives in the closure that it returns.
 */
import type { Labels, Taint } from '../kubernetes/types.js';
import type { ClusterModel } from './model.js';
import type { NodeList } from './node-list.js';
import type { NodeOrder } from './node-order.js';
import type { LabelColumn } from './node-view.js';
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
   * The verdicts of `filter` on nodes as they are, for many of them and without making rejections: strikes out those that
   * it refuses and puts them at the front of `refused`, in any order.
   *
   * @returns how many it refuses
   */
  strike(nodes: NodeList, refused: Int32Array): number;
  /** What `filter` says of each of the nodes that `strike` has refused, where there is a shorter way for many. */
  rejectEach?(slots: Int32Array, visit: (slot: number, rejection: Rejection) => void): void;
  /** What `filter` says of every node that `strike` refuses, where that is one and the same. */
  readonly only?: Rejection;
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
  /** Its verdicts depend on names, labels, taints and cordons of nodes alone, and on `PodClass.nodeRequirements`. */
  readonly ofNodesAlone?: true;
  preFilter(cycle: Cycle): PreFilterResult;
}

/** The final (normalised, integer) scores of one plugin. */
export interface Scorer {
  /** The score of every node, where all have the same. */
  readonly same?: number;
  /** By node slot, no less than `at` says: known beforehand, so that most nodes need not be scored to find the best. */
  readonly atMost?: () => NodeOrder;
  /** No node scores more than this, and asking for one node is cheap: as `atMost`, the same for all nodes. */
  readonly most?: number;
  /** Adds `weight` times the score of each of the first `count` nodes of `slots` to `totals`, at the same position. */
  add(weight: number, slots: Int32Array, count: number, totals: Float64Array): void;
  /** The score of one node: 0..100, without the weight. */
  at(slot: number): number;
}

export interface ScorePlugin {
  readonly name: string;
  /**
   * Looks at the feasible nodes as far as scores are relative to one another.
   *
   * @returns null: the plugin skips and adds nothing
   */
  preScore(cycle: Cycle, nodes: NodeList): Scorer | null;
}

/** A plugin that says the same of every node. */
export function equalScore(score: number): Scorer {
  return {
    same: score,
    add: (weight, _slots, count, totals) => {
      if (score === 0) return;
      for (let i = 0; i < count; i++) totals[i]! += weight * score;
    },
    at: () => score,
  };
}

/** A scorer that is given node by node; `most` as in `Scorer`. */
export function scoreEach(at: (slot: number) => number, most?: number): Scorer {
  return {
    most,
    add: (weight, slots, count, totals) => {
      for (let i = 0; i < count; i++) totals[i]! += weight * at(slots[i]!);
    },
    at,
  };
}

/** `NodeFilter.strike` from a predicate. */
export function strikeUnless(
  passes: (slot: number) => boolean,
  { slots, out, length }: NodeList,
  refused: Int32Array,
): number {
  let count = 0;
  for (let i = 0; i < length; i++) {
    const slot = slots[i]!;
    if (out[slot] === 1 || passes(slot)) continue;
    out[slot] = 1;
    refused[count++] = slot;
  }
  return count;
}

/** A verdict by the value that the nodes have of a label: at position 0 for nodes without it, then by value number. */
export interface ValueVerdicts {
  readonly column: LabelColumn;
  /** 1: the node passes. */
  readonly accepted: Uint8Array;
}

/** `NodeFilter.strike` where a node passes if each label says so. Nodes with accepted values are not looked at. */
export function strikeByValues(verdicts: readonly ValueVerdicts[], { out }: NodeList, refused: Int32Array): number {
  let count = 0;
  for (const { column, accepted } of verdicts) {
    for (let at = 0; at < accepted.length; at++) {
      if (accepted[at] === 1) continue;
      const { slots, from, to } = column.nodesWith(at - 1);
      for (let i = from; i < to; i++) {
        const slot = slots[i]!;
        if (out[slot] === 1) continue;
        out[slot] = 1;
        refused[count++] = slot;
      }
    }
  }
  return count;
}

export const maxNodeScore = 100;

/** Upstream's DefaultNormalizeScore (SEMANTICS 6): relative to `max`, the largest raw score of a feasible node. */
export function normalized(raw: number, max: number, reverse: boolean): number {
  const score = max === 0 ? 0 : Math.floor((maxNodeScore * raw) / max);
  return reverse ? maxNodeScore - score : score;
}
