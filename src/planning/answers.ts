/**
 * Requests and answers of every question as plain JSON-able objects, members in the order of API.md 4. Amounts are
 * canonical strings, or integers when the request says `quantities: integer`.
 */
import type { Json, JsonObject } from '../kubernetes/types.js';
import type { Admission, CommonMembers } from './common.js';
import type { Amounts } from './quantities.js';
import type { CommonOptions, SubjectRequest, WhatIfOperation, WorkloadRef } from './request.js';

// ---- 4.1 effective

export interface EffectiveRequest extends Pick<
  CommonOptions,
  'allowEmpty' | 'namespace' | 'fieldValidation' | 'quantities' | 'admission'
> {
  /** One manifest, a List, or an array of the documents of one body. */
  readonly manifest?: Json;
  readonly workload?: WorkloadRef;
}

export type ContainerType = 'init' | 'sidecar' | 'work';

export interface EffectiveItem {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly replicas: number;
  readonly qosClass: string;
  readonly requests: Amounts;
  readonly limits: Amounts;
  /** Whether every stage and container has a limit for the resource: else the number bounds nothing (SEMANTICS 2.3). */
  readonly limitComplete: Readonly<Record<string, boolean>>;
  readonly init: { readonly requests: Amounts; readonly limits: Amounts };
  readonly work: { readonly requests: Amounts; readonly limits: Amounts };
  readonly overhead: Amounts;
  readonly podLevel: { readonly requests: Amounts; readonly limits: Amounts } | null;
  /** Cumulative: a container plus the sidecars started before it. */
  readonly stages: readonly { readonly container: string; readonly type: ContainerType; readonly requests: Amounts }[];
  readonly decidedBy: Readonly<
    Record<string, { readonly phase: 'init' | 'work' | 'podLevel'; readonly containers: readonly string[] }>
  >;
  readonly containers: readonly {
    readonly name: string;
    readonly type: ContainerType;
    readonly requests: Amounts;
    readonly limits: Amounts;
  }[];
  /** max(0, init − work) per resource: held for the pod's whole life only because of init. */
  readonly reservedForInitOnly: Amounts;
  readonly admission: Admission;
  readonly warnings: readonly string[];
}

export interface EffectiveAnswer extends CommonMembers {
  readonly items: readonly EffectiveItem[];
}

// ---- 4.2 fit

export interface FitRequest extends CommonOptions, SubjectRequest {
  /** Default 10, at most 20000. */
  readonly candidateLimit?: number;
  /** Default `summary`. */
  readonly explain?: 'summary' | 'nodes' | 'all';
  /** Report on these nodes only; the verdict is still the cluster's. */
  readonly nodes?: readonly string[];
}

export interface SubjectSummary {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly replicas: number;
  /** How many of the replicas this answer judges. */
  readonly evaluated: number;
}

export interface Candidate {
  readonly node: string;
  readonly score: number;
  /** Weighted, per plugin; they add up to `score`. */
  readonly scores: Readonly<Record<string, number>>;
  readonly freeAfter: Amounts;
}

/** Why a filter says no, as a word for programs; open. */
export type ReasonCode = string;

/** One failing plugin on one node. What else is present depends on the plugin. */
export interface Failure {
  readonly plugin: string;
  readonly reasonCode: ReasonCode;
  readonly reasons: readonly string[];
  /** NodeResourcesFit: how much more must be free, per resource. */
  readonly shortfall?: Amounts;
  /** Further facts by plugin: the taint, the port and its holder, the term, the domain and its skew … */
  readonly details?: readonly JsonObject[];
}

export interface Rejection {
  readonly node: string;
  /** The first failing plugin, as kube-scheduler records it; empty for a PreFilter narrowing. */
  readonly plugin: string;
  /** `Unschedulable`: preemption may help. */
  readonly code: 'Unschedulable' | 'UnschedulableAndUnresolvable';
  readonly reasons: readonly string[];
  /** With `explain: all`. */
  readonly all?: readonly Failure[];
}

export interface RejectedGroup {
  readonly plugin: string;
  readonly reason: string;
  readonly reasonCode: ReasonCode;
  readonly resource?: string;
  readonly nodes: number;
  readonly examples: readonly string[];
}

export interface Blocker {
  readonly plugin: string;
  /** Nodes on which it is the first plugin to fail, one of those that fail, the only one that fails. */
  readonly first: number;
  readonly any: number;
  readonly only: number;
}

export interface PreemptionAnswer {
  readonly node: string | null;
  readonly victims: readonly string[];
  /** The whole sentence of the cluster's event. */
  readonly message: string;
}

export type RemedyKind =
  | 'lowerRequest'
  | 'addToleration'
  | 'relaxSelector'
  | 'relaxSpread'
  | 'relaxAffinity'
  | 'relaxAntiAffinity'
  | 'freePods'
  | 'uncordon'
  | 'addNode'
  | 'removeNodeName';

export interface Remedy {
  readonly kind: RemedyKind;
  /** Operations that, sent back, give a yes. */
  readonly whatIf: readonly WhatIfOperation[];
  /** The node that then takes the pod. */
  readonly node: string | null;
  readonly sentence: string;
}

export interface FitAnswer extends CommonMembers {
  readonly subject: SubjectSummary | null;
  readonly node: string | null;
  readonly message: string | null;
  readonly eventMessage: string | null;
  readonly requests: Amounts;
  readonly nodeCounts: { readonly total: number; readonly feasible: number };
  readonly candidates: readonly Candidate[];
  /** How many nodes share the top score. */
  readonly tied: number;
  readonly rejected?: readonly Rejection[];
  readonly rejectedGroups: readonly RejectedGroup[];
  readonly funnel: readonly { readonly plugin: string; readonly rejected: number; readonly remaining: number }[];
  /** With `explain: all`. */
  readonly blockers?: readonly Blocker[];
  /** With `preemption: true` and nothing fitting otherwise. */
  readonly preemption?: PreemptionAnswer;
  readonly remedies: readonly Remedy[];
  readonly admission: Admission;
}

export interface FitAcrossRequest extends FitRequest {
  /** Default all. */
  readonly clusters?: readonly string[];
}

export interface FitAcrossAnswer extends CommonMembers {
  /** Best first: verdict yes, unknown, no; then the score of the best node, then the name. */
  readonly clusters: readonly { readonly cluster: string; readonly answer: FitAnswer }[];
}

// ---- 4.3 capacity

export interface CapacityRequest extends CommonOptions, SubjectRequest {
  readonly mix?: readonly { readonly manifest: Json; readonly weight?: number }[];
  /** Default 1000000. */
  readonly max?: number;
  /** Ask whether so many fit. */
  readonly replicas?: number;
  /** Give `nodeSequence`. */
  readonly sequence?: boolean;
}

export interface CapacityAnswer extends CommonMembers {
  readonly subject: SubjectSummary | null;
  readonly replicas: number;
  /** `admission`: a LimitRange refuses every such pod. */
  readonly limitedBy: 'nodes' | 'quota' | 'admission' | 'max';
  /** kube-scheduler's sentence, or the API server's when quota or admission is the bound; null at `max`. */
  readonly message: string | null;
  readonly nodeReplicas: Readonly<Record<string, number>>;
  readonly nodeSequence?: readonly string[];
  /** With `preemption: true`: whom the replicas would evict. */
  readonly preemption?: { readonly victims: readonly string[] };
  readonly requested?: number;
  readonly remaining?: number;
  /** With `mix`: whole rounds placed, and replicas of each template. */
  readonly rounds?: number;
  readonly mix?: readonly {
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
    readonly weight: number;
    readonly replicas: number;
  }[];
  readonly admission: Admission;
}

// ---- 4.4 simulate

export interface SimulateRequest extends CommonOptions {
  /** One manifest, a List, or an array of the documents of one body. */
  readonly manifests?: Json;
  readonly workloads?: readonly WorkloadRef[];
  readonly replicas?: 'spec' | 'hpaMax';
  /** Default `delta`. */
  readonly existing?: 'delta' | 'replace' | 'add';
  readonly gang?: boolean;
}

export interface AllocationTotals {
  readonly nodes: number;
  readonly pods: number;
  readonly allocatable: Amounts;
  readonly requested: Amounts;
  readonly free: Amounts;
}

export interface SimulateAnswer extends CommonMembers {
  readonly requested: number;
  readonly placed: number;
  readonly remaining: number;
  /** Running pods of the given workloads that stay (`delta`), are replaced, or run beside the new ones (`add`). */
  readonly existing: number;
  readonly placements: readonly { readonly pod: string; readonly node: string }[];
  readonly failures: readonly { readonly pod: string; readonly message: string }[];
  /** With `preemption: true`: whom the pods would evict; they are not placed again. */
  readonly preemption?: { readonly victims: readonly string[] };
  readonly admission: Admission;
  readonly allocation: { readonly before: AllocationTotals; readonly after: AllocationTotals };
}

// ---- 4.10 pending, explanation

export interface PendingRequest {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly quantities?: CommonOptions['quantities'];
}

export interface PendingGroup {
  readonly stage: PodStage;
  readonly message: string;
  readonly count: number;
  /** `namespace/name`, the first ten bytewise. */
  readonly examples: readonly string[];
  /** What the pods of the group ask for together. */
  readonly requests: Amounts;
}

export interface PendingAnswer extends CommonMembers {
  readonly pending: number;
  readonly groups: readonly PendingGroup[];
}

/** Where a stored pod stands; open. */
export type PodStage =
  | 'gated'
  | 'schedulable'
  | 'unscheduled'
  | 'nominated'
  | 'notEvaluated'
  | 'boundNotStarted'
  | 'running'
  | 'terminating'
  | 'finished'
  | 'orphan';

export interface ExplanationRequest {
  readonly namespace: string;
  readonly name: string;
  readonly quantities?: CommonOptions['quantities'];
}

export interface ExplanationAnswer extends CommonMembers {
  readonly pod: string;
  readonly stage: PodStage;
  readonly sentence: string;
  readonly node: string | null;
  /** What the cluster itself says: its PodScheduled condition; null when the manifest carries none. */
  readonly condition: {
    readonly type: string;
    readonly status: string;
    readonly reason: string;
    readonly message: string;
  } | null;
  /** The computed answer, with `explain: all`; null for a pod that is bound or finished. */
  readonly fit: FitAnswer | null;
}
