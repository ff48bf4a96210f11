/**
 * Kubernetes objects as this service reads them: the fields that decide where a pod may run, what it asks for and
 * whether the API server would take it. Every object here is the product of a reader (`read-*.ts`): types are checked,
 * quantities parsed, API server defaults applied where the reader says so. Field names and nesting are Kubernetes' own.
 *
 * Fields that nothing here depends on (env, volumeMounts, securityContext …) are checked by the readers for what
 * validation needs and otherwise stay in the raw manifest.
 */
import type { Quantity } from './quantity.js';

/** Any JSON value, as `JSON.parse` gives it. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** Resource name → quantity, in manifest order. */
export type ResourceList = ReadonlyMap<string, Quantity>;

/** A label map exactly as in the manifest. Look up with `Object.hasOwn`: `__proto__` and `constructor` are legal keys. */
export type Labels = Readonly<Record<string, string>>;

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

export interface ObjectMeta {
  readonly name: string;
  readonly generateName?: string;
  /** Empty for cluster-scoped objects. */
  readonly namespace: string;
  /** Present only on objects that a real cluster has admitted. */
  readonly uid?: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly ownerReferences: readonly OwnerReference[];
  /** RFC 3339 text, as sent. */
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly finalizers: readonly string[];
}

export interface ResourceRequirements {
  readonly requests: ResourceList;
  readonly limits: ResourceList;
  /** Names of `claims` (DRA). */
  readonly claims: readonly string[];
}

export interface ContainerPort {
  readonly name?: string;
  readonly containerPort: number;
  readonly hostPort: number;
  readonly hostIP: string;
  readonly protocol: string;
}

/** With the API server's defaults. */
export interface Probe {
  readonly initialDelaySeconds: number;
  /** Default 1. */
  readonly timeoutSeconds: number;
  /** Default 10. */
  readonly periodSeconds: number;
  /** Default 1. */
  readonly successThreshold: number;
  /** Default 3. */
  readonly failureThreshold: number;
  readonly terminationGracePeriodSeconds?: number;
  readonly raw: JsonObject;
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly resources: ResourceRequirements;
  /** `Always` on an init container makes it a sidecar. */
  readonly restartPolicy?: string;
  readonly restartPolicyRules?: readonly {
    readonly action?: string;
    readonly exitCodes?: { readonly operator?: string; readonly values?: readonly number[] };
  }[];
  readonly ports: readonly ContainerPort[];
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly startupProbe?: Probe;
  readonly lifecycle?: JsonObject;
  readonly resizePolicy?: readonly { readonly resourceName: string; readonly restartPolicy: string }[];
  /** The container's manifest, types checked: for what validation looks at and nothing else needs. */
  readonly raw: JsonObject;
}

export interface EphemeralContainer extends Container {
  readonly targetContainerName?: string;
}

export interface Toleration {
  readonly key: string;
  /** `Equal` (also for ""), `Exists`, `Lt`, `Gt`. */
  readonly operator: string;
  readonly value: string;
  /** Empty tolerates every effect. */
  readonly effect: string;
  readonly tolerationSeconds?: number;
}

export interface Taint {
  readonly key: string;
  readonly value: string;
  readonly effect: string;
}

export interface LabelSelectorRequirement {
  readonly key: string;
  readonly operator: string;
  readonly values: readonly string[];
}

/** `null` (absent) matches nothing; an empty one matches everything, with the exceptions SEMANTICS names. */
export interface LabelSelector {
  readonly matchLabels: Labels;
  readonly matchExpressions: readonly LabelSelectorRequirement[];
}

export interface NodeSelectorTerm {
  readonly matchExpressions: readonly LabelSelectorRequirement[];
  readonly matchFields: readonly LabelSelectorRequirement[];
}

export interface PreferredSchedulingTerm {
  readonly weight: number;
  readonly preference: NodeSelectorTerm;
}

export interface NodeAffinity {
  /** Absent: no requirement. Present and empty: matches nothing. */
  readonly required?: { readonly nodeSelectorTerms: readonly NodeSelectorTerm[] };
  readonly preferred: readonly PreferredSchedulingTerm[];
}

export interface PodAffinityTerm {
  readonly labelSelector: LabelSelector | null;
  readonly topologyKey: string;
  readonly namespaces: readonly string[];
  readonly namespaceSelector: LabelSelector | null;
  readonly matchLabelKeys: readonly string[];
  readonly mismatchLabelKeys: readonly string[];
}

export interface WeightedPodAffinityTerm {
  readonly weight: number;
  readonly podAffinityTerm: PodAffinityTerm;
}

export interface PodAffinity {
  readonly required: readonly PodAffinityTerm[];
  readonly preferred: readonly WeightedPodAffinityTerm[];
}

export interface Affinity {
  readonly nodeAffinity?: NodeAffinity;
  readonly podAffinity?: PodAffinity;
  readonly podAntiAffinity?: PodAffinity;
}

export interface TopologySpreadConstraint {
  readonly maxSkew: number;
  readonly topologyKey: string;
  readonly whenUnsatisfiable: string;
  readonly labelSelector: LabelSelector | null;
  readonly minDomains?: number;
  /** Default `Honor`. */
  readonly nodeAffinityPolicy?: string;
  /** Default `Ignore`. */
  readonly nodeTaintsPolicy?: string;
  readonly matchLabelKeys: readonly string[];
}

export interface Volume {
  readonly name: string;
  /** The one source member present (`configMap`, `persistentVolumeClaim`, `image` …) and its raw content. */
  readonly source: string;
  readonly raw: JsonObject;
}

export interface PodSpec {
  readonly containers: readonly Container[];
  readonly initContainers: readonly Container[];
  readonly ephemeralContainers: readonly EphemeralContainer[];
  /** Pod-level resources (`spec.resources`); absent is not the same as empty (QoS). */
  readonly resources?: ResourceRequirements;
  readonly overhead: ResourceList;
  readonly nodeName: string;
  readonly nodeSelector: Labels;
  readonly affinity?: Affinity;
  readonly tolerations: readonly Toleration[];
  readonly topologySpreadConstraints: readonly TopologySpreadConstraint[];
  readonly schedulingGates: readonly string[];
  readonly schedulerName: string;
  readonly restartPolicy: string;
  readonly hostNetwork: boolean;
  readonly hostUsers?: boolean;
  readonly activeDeadlineSeconds?: number;
  readonly terminationGracePeriodSeconds: number;
  readonly priorityClassName: string;
  /** As sent; absent before admission. */
  readonly priority?: number;
  readonly preemptionPolicy?: string;
  readonly runtimeClassName?: string;
  readonly volumes: readonly Volume[];
  /** `spec.resourceClaims[].name` (DRA). */
  readonly resourceClaims: readonly string[];
  /** Present when the pod belongs to a pod group / workload (not evaluated). */
  readonly podGroup?: string;
  readonly os?: string;
  /** The spec's manifest, types checked: for what validation looks at and nothing else needs. */
  readonly raw: JsonObject;
}

/** One `status.containerStatuses[]` or `initContainerStatuses[]` entry, as far as in-place resize needs it. */
export interface ContainerStatus {
  readonly name: string;
  readonly allocatedResources?: ResourceList;
  /** Absent when the status carries no `resources`. */
  readonly resources?: ResourceRequirements;
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

export interface PodStatus {
  readonly phase: string;
  readonly nominatedNodeName: string;
  /** RFC 3339 text, as sent. */
  readonly startTime?: string;
  readonly qosClass?: string;
  readonly conditions: readonly Condition[];
  readonly containerStatuses: readonly ContainerStatus[];
  readonly initContainerStatuses: readonly ContainerStatus[];
  /** Pod-level in-place resize. */
  readonly resources?: ResourceRequirements;
  readonly allocatedResources?: ResourceList;
}

export interface Pod {
  readonly kind: 'Pod';
  readonly metadata: ObjectMeta;
  readonly spec: PodSpec;
  readonly status: PodStatus;
}

export interface NodeImage {
  readonly names: readonly string[];
  readonly sizeBytes: number;
}

export interface Node {
  readonly kind: 'Node';
  readonly metadata: ObjectMeta;
  readonly spec: { readonly unschedulable: boolean; readonly taints: readonly Taint[] };
  readonly status: {
    readonly capacity: ResourceList;
    /** `capacity` when the manifest has none. */
    readonly allocatable: ResourceList;
    readonly images: readonly NodeImage[];
    readonly declaredFeatures: readonly string[];
    readonly conditions: readonly Condition[];
  };
}
