/**
 * What scheduling looks at in a pod, as canonical JSON text: the *shape*. Pods of one template share it, so it is parsed
 * and compiled once (`PodClass`) however many pods there are, and booting from the store parses no manifest.
 *
 * Labels that are a pod's own by construction (a StatefulSet pod's name, a Job's index) stay outside and are merged in
 * where a selector names them.
 */
import {
  chargedNonZeroRequests,
  chargedRequests,
  effectiveLimits,
  effectiveRequests,
  isSidecar,
  nonZeroRequests,
} from '../kubernetes/effective.js';
import type {
  Affinity,
  Container,
  ContainerStatus,
  Labels,
  Pod,
  PodAffinityTerm,
  ResourceList,
  Toleration,
  TopologySpreadConstraint,
} from '../kubernetes/types.js';
import { PodFlag, podPhases, type PodRecord } from './model-change.js';
import { isScheduledResource } from './resources.js';
import { SeenBefore } from './seen-before.js';

/** A host port as NodePorts compares it: empty protocol is TCP, empty IP is 0.0.0.0. */
export interface HostPort {
  readonly protocol: string;
  readonly hostIP: string;
  readonly port: number;
}

/** Amounts in JSON: beyond 2^53 as decimal text. */
export type ShapeAmounts = Readonly<Record<string, number | string>>;

/** The JSON behind `PodRecord.shape`. Absent members are empty. Member order is fixed by `shapeOf`. */
export interface PodShape {
  readonly namespace: string;
  readonly labels: Labels;
  /** The controller among the owner references. */
  readonly owner?: { readonly apiVersion: string; readonly kind: string; readonly name: string; readonly uid: string };
  readonly schedulerName: string;
  readonly priority: number;
  readonly preemptionPolicy?: string;
  /** What the pod asks for when it is placed: its spec, pod-level resources and overhead included. */
  readonly requests: ShapeAmounts;
  /** What it is charged where it runs, when in-place resize makes that differ (SEMANTICS 2.6). */
  readonly charged?: ShapeAmounts;
  /** What NodeResourcesFit scores: container requests with the defaults of SEMANTICS 2.7, no pod-level resources. */
  readonly scoring: ShapeAmounts;
  /** cpu and memory charged, with those defaults. */
  readonly nonZero: ShapeAmounts;
  readonly hostPorts?: readonly HostPort[];
  readonly nodeSelector?: Labels;
  readonly affinity?: Affinity;
  readonly tolerations?: readonly Toleration[];
  readonly topologySpreadConstraints?: readonly TopologySpreadConstraint[];
  readonly schedulingGates?: readonly string[];
  /** Image names as ImageLocality looks them up, with tag, one a container (and image volume). */
  readonly images?: readonly string[];
  /** Init and app containers: ImageLocality's upper bound grows with them. */
  readonly containers: number;
  /** Features that NodeDeclaredFeatures requires of a node. */
  readonly requiredFeatures?: readonly string[];
  /** Plugins that would look at something this pod has and that is not evaluated, and what that is. */
  readonly notEvaluated?: readonly (readonly [plugin: string, reason: string])[];
  /** Why a drain treats it specially: mirror pod, local storage, safe-to-evict annotation. */
  readonly eviction?: readonly ('Mirror' | 'LocalStorage' | 'SafeToEvictFalse' | 'SafeToEvictTrue')[];
  readonly qosClass?: string;
  /** What ResourceQuota counts beside the requests: effective limits, the class of PriorityClass scopes, a deadline. */
  readonly limits?: ShapeAmounts;
  readonly priorityClassName?: string;
  readonly activeDeadline?: true;
}

/** Labels unique to one pod of a workload: kept out of the shape. */
const ownLabelKeys = [
  'apps.kubernetes.io/pod-index',
  'batch.kubernetes.io/job-completion-index',
  'statefulset.kubernetes.io/pod-name',
] as const;

const isOwnLabelKey: ReadonlySet<string> = new Set(ownLabelKeys);

export function isOwnLabel(key: string): boolean {
  return isOwnLabelKey.has(key);
}

/**
 * A pod as the model and the store keep it.
 * @param pod read and defaulted; its `spec.nodeName` is where it runs
 * @param known shapes of pods that have the very same spec, which is added to
 */
export function podRecord(pod: Pod, known?: Map<string, string>): PodRecord {
  const { metadata, spec, status } = pod;
  let ownLabels: Record<string, string> | null = null;
  for (const key of ownLabelKeys) {
    if (Object.hasOwn(metadata.labels, key)) (ownLabels ??= {})[key] = metadata.labels[key]!;
  }
  let flags = Math.max(0, podPhases.indexOf(status.phase as (typeof podPhases)[number]));
  if (metadata.deletionTimestamp !== undefined) flags |= PodFlag.terminating;
  if (spec.schedulingGates.length > 0) flags |= PodFlag.gated;
  if (metadata.uid !== undefined) flags |= PodFlag.observed;
  for (const { type, status: value, reason } of status.conditions) {
    if (type === 'DisruptionTarget' && value === 'True' && reason === 'PreemptionByScheduler')
      flags |= PodFlag.preempted;
  }
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    nodeName: spec.nodeName,
    shape: known === undefined ? shared(textOf(shapeOf(pod))) : shapeAmong(known, pod),
    ownLabels: ownLabels === null ? null : JSON.stringify(ownLabels),
    flags,
    startTime: milliseconds(status.startTime),
    creationTime: milliseconds(metadata.creationTimestamp),
    nominatedNodeName: status.nominatedNodeName,
  };
}

/** The shape that was written last, with its text: what is asked about is compiled next. */
let last: { readonly text: string; readonly shape: PodShape } | null = null;

function textOf(shape: PodShape): string {
  const text = JSON.stringify(shape);
  last = { text, shape };
  return text;
}

/** The shape behind its text. */
export function shapeOfText(text: string): PodShape {
  return last?.text === text ? last.shape : (JSON.parse(text) as PodShape);
}

/** @param time as manifests write it; null is what cannot be read */
export function milliseconds(time: string | undefined): number | null {
  if (time === undefined) return null;
  const value = Date.parse(time);
  return Number.isNaN(value) ? null : value;
}

const mostOfSpec = 64;

function shapeAmong(known: Map<string, string>, pod: Pod): string {
  if (!isChargedAsAsked(pod)) return shared(textOf(shapeOf(pod)));
  const { metadata, status } = pod;
  const beside = [
    metadata.namespace,
    sharedLabels(metadata.labels),
    ownerOf(pod),
    evictionTraits(pod),
    status.qosClass,
  ];
  const key = JSON.stringify(beside);
  let shape = known.get(key);
  if (shape === undefined) {
    if (known.size >= mostOfSpec) known.clear();
    known.set(key, (shape = shared(textOf(shapeOf(pod)))));
  }
  return shape;
}

/** Whether the status is as it is without a resize: then it plays no part in what the pod is charged. */
function isChargedAsAsked({ spec, status }: Pod): boolean {
  if (status.resources !== undefined || status.allocatedResources !== undefined) return false;
  return (
    haveWhatTheyAsk(status.containerStatuses, spec.containers) &&
    haveWhatTheyAsk(status.initContainerStatuses, spec.initContainers)
  );
}

function haveWhatTheyAsk(statuses: readonly ContainerStatus[], containers: readonly Container[]): boolean {
  for (const { name, resources, allocatedResources = noAmounts } of statuses) {
    const container = containers.find((candidate) => candidate.name === name);
    if (container === undefined) return false;
    if (resources !== undefined && resources !== container.resources) return false;
    for (const [resource, quantity] of allocatedResources) {
      const asked = container.resources.requests.get(resource);
      if (asked === undefined || quantity.cmp(asked) > 0) return false;
    }
  }
  return true;
}

const noAmounts: ResourceList = new Map();

/** Pods of one template hold one text between them, not a copy each: an import keeps 150,000 records for a while. */
const MAX_SHARED = 4096;
const sharedShapes = new Map<string, string>();
const seen = new SeenBefore();

function shared(shape: string): string {
  const known = sharedShapes.get(shape);
  if (known !== undefined || !seen.check(shape)) return known ?? shape;
  if (sharedShapes.size >= MAX_SHARED) sharedShapes.clear();
  sharedShapes.set(shape, shape);
  return shape;
}

function shapeOf(pod: Pod): PodShape {
  const { metadata, spec } = pod;
  const requests = amountsOf(effectiveRequests(pod));
  const charged = mayBeResized(pod) ? amountsOf(chargedRequests(pod)) : requests;
  const limits = effectiveLimits(pod);
  return {
    namespace: metadata.namespace,
    labels: sharedLabels(metadata.labels),
    owner: ownerOf(pod),
    schedulerName: spec.schedulerName,
    priority: spec.priority ?? 0,
    preemptionPolicy: spec.preemptionPolicy,
    requests,
    charged: haveSameAmounts(requests, charged) ? undefined : charged,
    scoring: amountsOf(nonZeroRequests(pod, { withoutPodLevel: true })),
    nonZero: cpuAndMemory(amountsOf(chargedNonZeroRequests(pod))),
    hostPorts: nonEmpty(hostPorts(pod)),
    nodeSelector: Object.keys(spec.nodeSelector).length === 0 ? undefined : sortedLabels(spec.nodeSelector),
    affinity: affinityJson(spec.affinity),
    tolerations: nonEmpty(
      spec.tolerations.map(({ key, operator, value, effect }) => ({ key, operator, value, effect })),
    ),
    topologySpreadConstraints: nonEmpty(spec.topologySpreadConstraints.map(spreadJson)),
    schedulingGates: nonEmpty(spec.schedulingGates),
    images: nonEmpty(imageNames(pod)),
    containers: spec.initContainers.length + spec.containers.length,
    requiredFeatures: nonEmpty(requiredFeatures(pod)),
    notEvaluated: nonEmpty(notEvaluated(pod)),
    eviction: nonEmpty(evictionTraits(pod)),
    qosClass: pod.status.qosClass,
    limits: limits.size === 0 ? undefined : amountsOf(limits),
    priorityClassName: spec.priorityClassName === '' ? undefined : spec.priorityClassName,
    activeDeadline: spec.activeDeadlineSeconds === undefined ? undefined : true,
  };
}

function ownerOf({ metadata }: Pod): PodShape['owner'] {
  const owner = metadata.ownerReferences.find((reference) => reference.controller === true);
  return owner && { apiVersion: owner.apiVersion, kind: owner.kind, name: owner.name, uid: owner.uid };
}

/** Only a status can make a pod be charged other than what it asks for. */
function mayBeResized({ status }: Pod): boolean {
  return (
    status.containerStatuses.length > 0 || status.initContainerStatuses.length > 0 || status.resources !== undefined
  );
}

/** Of two that `amountsOf` has made: their names are in one order. */
function haveSameAmounts(left: ShapeAmounts, right: ShapeAmounts): boolean {
  return left === right || JSON.stringify(left) === JSON.stringify(right);
}

function nonEmpty<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list;
}

function sortedLabels(labels: Labels): Labels {
  const sorted: Record<string, string> = {};
  for (const key of inOrder(Object.keys(labels))) define(sorted, key, labels[key]!);
  return sorted;
}

function sharedLabels(labels: Labels): Labels {
  const kept: Record<string, string> = {};
  for (const key of inOrder(Object.keys(labels))) if (!isOwnLabelKey.has(key)) define(kept, key, labels[key]!);
  return kept;
}

/** Also `__proto__`, which is a legal key. */
function define(labels: Record<string, string>, key: string, value: string): void {
  if (key === '__proto__') Object.defineProperty(labels, key, { value, enumerable: true });
  else labels[key] = value;
}

/**
 * In the scheduler's units (SEMANTICS 2.8): cpu in millicores, everything else in base units, the pod's total rounded up
 * once per resource; resources that the scheduler does not account for are left out.
 */
function amountsOf(list: ResourceList): ShapeAmounts {
  const amounts: Record<string, number | string> = {};
  for (const name of inOrder([...list.keys()])) {
    if (!isScheduledResource(name)) continue;
    const quantity = list.get(name)!;
    const number = name === 'cpu' ? quantity.milliNumber() : quantity.toNumber();
    amounts[name] = Number.isSafeInteger(number)
      ? number
      : (name === 'cpu' ? quantity.milliValue() : quantity.value()).toString();
  }
  return amounts;
}

/** Most lists are sorted as they come, and looking costs less than sorting. */
function inOrder(names: string[]): string[] {
  for (let index = 1; index < names.length; index++) if (names[index - 1]! > names[index]!) return names.sort();
  return names;
}

function cpuAndMemory(amounts: ShapeAmounts): ShapeAmounts {
  return { cpu: amounts['cpu'] ?? 0, memory: amounts['memory'] ?? 0 };
}

/** App containers and sidecars; plain init containers' ports are not looked at (SEMANTICS 5.3 NodePorts). */
function hostPorts(pod: Pod): HostPort[] {
  return [...pod.spec.initContainers.filter(isSidecar), ...pod.spec.containers].flatMap((container) =>
    container.ports
      .filter(({ hostPort }) => hostPort > 0)
      .map(({ protocol, hostIP, hostPort }) => ({
        protocol: protocol === '' ? 'TCP' : protocol,
        hostIP: hostIP === '' ? '0.0.0.0' : hostIP,
        port: hostPort,
      })),
  );
}

/** `matchLabelKeys` of terms have been expanded into their selectors by now, so they are left out. */
function affinityJson(affinity: Affinity | undefined): Affinity | undefined {
  if (affinity === undefined) return undefined;
  const { nodeAffinity, podAffinity, podAntiAffinity } = affinity;
  const term = (t: PodAffinityTerm): PodAffinityTerm => ({ ...t, matchLabelKeys: [], mismatchLabelKeys: [] });
  const pods = (side: typeof podAffinity): typeof podAffinity =>
    side && {
      required: side.required.map(term),
      preferred: side.preferred.map(({ weight, podAffinityTerm }) => ({
        weight,
        podAffinityTerm: term(podAffinityTerm),
      })),
    };
  return { nodeAffinity, podAffinity: pods(podAffinity), podAntiAffinity: pods(podAntiAffinity) };
}

function spreadJson(constraint: TopologySpreadConstraint): TopologySpreadConstraint {
  const { maxSkew, topologyKey, whenUnsatisfiable, labelSelector, minDomains } = constraint;
  const { nodeAffinityPolicy, nodeTaintsPolicy, matchLabelKeys } = constraint;
  return {
    maxSkew,
    topologyKey,
    whenUnsatisfiable,
    labelSelector,
    minDomains,
    nodeAffinityPolicy,
    nodeTaintsPolicy,
    matchLabelKeys,
  };
}

/** `name` → `name:latest`: a name without a tag after its last slash means the latest (SEMANTICS 6.5). */
export function normalizedImageName(name: string): string {
  return name.lastIndexOf(':') <= name.lastIndexOf('/') ? `${name}:latest` : name;
}

function imageNames(pod: Pod): string[] {
  const { initContainers, containers, volumes } = pod.spec;
  const names = [...initContainers, ...containers].map(({ image }) => image);
  for (const volume of volumes) {
    const reference = volume.source === 'image' ? volume.raw['reference'] : undefined;
    if (typeof reference === 'string') names.push(reference);
  }
  return names.map(normalizedImageName);
}

/**
 * What v1.36's NodeDeclaredFeatures infers from a pod (SEMANTICS 5.3): user namespaces together with the host's network,
 * and a container rule that restarts the whole pod.
 */
function requiredFeatures({ spec }: Pod): string[] {
  const features: string[] = [];
  const restartsAll = [...spec.initContainers, ...spec.containers].some((container) =>
    container.restartPolicyRules?.some((rule) => rule.action === 'RestartAllContainers'),
  );
  if (restartsAll) features.push('RestartAllContainersOnContainerExits');
  if (spec.hostNetwork && spec.hostUsers === false) features.push('UserNamespacesHostNetworkSupport');
  return features;
}

const volumePlugins: Readonly<Record<string, string>> = {
  persistentVolumeClaim: 'VolumeBinding',
  ephemeral: 'VolumeBinding',
  csi: 'NodeVolumeLimits',
  gcePersistentDisk: 'VolumeRestrictions',
  awsElasticBlockStore: 'VolumeRestrictions',
  iscsi: 'VolumeRestrictions',
  rbd: 'VolumeRestrictions',
};

function notEvaluated({ spec }: Pod): [string, string][] {
  const found: [string, string][] = [];
  for (const { name, source } of spec.volumes) {
    if (Object.hasOwn(volumePlugins, source)) found.push([volumePlugins[source]!, `volume ${name} (${source})`]);
  }
  for (const claim of spec.resourceClaims) found.push(['DynamicResources', `resource claim ${claim}`]);
  if (spec.podGroup !== undefined) found.push(['GangScheduling', `pod group ${spec.podGroup}`]);
  return found;
}

const mirrorAnnotation = 'kubernetes.io/config.mirror';
const safeToEvictAnnotation = 'cluster-autoscaler.kubernetes.io/safe-to-evict';

function evictionTraits({
  metadata,
  spec,
}: Pod): ('Mirror' | 'LocalStorage' | 'SafeToEvictFalse' | 'SafeToEvictTrue')[] {
  const traits: ('Mirror' | 'LocalStorage' | 'SafeToEvictFalse' | 'SafeToEvictTrue')[] = [];
  if (Object.hasOwn(metadata.annotations, mirrorAnnotation)) traits.push('Mirror');
  if (spec.volumes.some(({ source }) => source === 'emptyDir' || source === 'hostPath')) traits.push('LocalStorage');
  const safe = Object.hasOwn(metadata.annotations, safeToEvictAnnotation)
    ? metadata.annotations[safeToEvictAnnotation]
    : undefined;
  if (safe === 'false') traits.push('SafeToEvictFalse');
  if (safe === 'true') traits.push('SafeToEvictTrue');
  return traits;
}
