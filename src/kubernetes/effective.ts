/**
 * What a pod really asks for (k8s.io/component-helpers/resource; SEMANTICS 2.2 to 2.7).
 *
 * With app containers A, init containers I in start order, and per resource name:
 *
 *     work  = Σ A + Σ sidecars of I
 *     stage(c) = c + the sidecars started before it      (a sidecar: with all before it and itself)
 *     init  = max of the stages
 *     base  = max(work, init)
 *     effective = base, replaced by `spec.resources` where that names a resource, + overhead
 *
 * A name is in the result if some contributor mentions it, even with 0. Formats of the sums are upstream's: the left
 * operand's, and the earlier value's among equals.
 */
import type { Quantity } from './quantity.js';
import { Quantity as QuantityValue } from './quantity.js';
import { noResources } from './read-common.js';
import type { Container, ContainerStatus, Pod, PodSpec, ResourceList, ResourceRequirements } from './types.js';

export type ContainerType = 'init' | 'sidecar' | 'work';

/** An init container that is restarted when it ends runs beside all that start after it. */
export function isSidecar(container: Container): boolean {
  return container.restartPolicy === 'Always';
}

/** Names that `spec.resources` may set. */
export function isPodLevelResource(name: string): boolean {
  return name === 'cpu' || name === 'memory' || name.startsWith('hugepages-');
}

export interface PodRequestsOptions {
  /** Count what an in-place resize holds until it is actuated: for pods on nodes (SEMANTICS 2.6). */
  readonly useStatus?: boolean;
  /** Leave `spec.resources` out. */
  readonly withoutPodLevel?: boolean;
  readonly withoutOverhead?: boolean;
  /** Replace what a container does not mention (SEMANTICS 2.7). */
  readonly containerDefaults?: ResourceList;
}

/** What a pod that is to be scheduled asks for: from its spec alone. */
export function effectiveRequests(pod: Pod): ResourceList {
  return podRequests(pod);
}

/** What a pod on a node is charged, in-place resize included (v1.36 rules). */
export function chargedRequests(pod: Pod): ResourceList {
  return podRequests(pod, withStatus);
}

const withStatus: PodRequestsOptions = { useStatus: true };

/** A missing (not zero) cpu or memory request counts as this for scoring: 100m and 200Mi. */
const scoringDefaults: ResourceList = new Map([
  ['cpu', QuantityValue.parse('100m')],
  ['memory', QuantityValue.parse('200Mi')],
]);

const scoring: PodRequestsOptions = { containerDefaults: scoringDefaults };
const scoringWithoutPodLevel: PodRequestsOptions = { containerDefaults: scoringDefaults, withoutPodLevel: true };
const chargedScoring: PodRequestsOptions = { containerDefaults: scoringDefaults, useStatus: true };

/**
 * Requests for scoring of a pod that is to be scheduled: containers that ask for no cpu or memory count with a default.
 * Pod-level resources as `withoutPodLevel` says; NodeResourcesFit leaves them out (SEMANTICS 6.1).
 */
export function nonZeroRequests(pod: Pod, options: Pick<PodRequestsOptions, 'withoutPodLevel'> = {}): ResourceList {
  return podRequests(pod, options.withoutPodLevel === true ? scoringWithoutPodLevel : scoring);
}

/**
 * Requests for scoring of a pod on a node (NodeInfo.NonZeroRequested). With pod-level requests a default stands in only
 * for what the effective requests do not mention at all.
 */
export function chargedNonZeroRequests(pod: Pod): ResourceList {
  if (!hasPodLevelRequests(pod.spec)) return podRequests(pod, chargedScoring);
  const requests = new Map(podRequests(pod, withStatus));
  for (const [name, quantity] of scoringDefaults) if (!requests.has(name)) requests.set(name, quantity);
  return requests;
}

/** The requests formula with its options. */
export function podRequests(pod: Pod, options: PodRequestsOptions = {}): ResourceList {
  const { spec } = pod;
  const requests = aggregate(spec, requestsOf(pod, options));
  if (!options.withoutPodLevel && hasPodLevelRequests(spec)) {
    const podLevel = options.useStatus ? chargedPodLevelRequests(pod) : (spec.resources?.requests ?? noResources);
    overrideWith(requests, podLevel);
  }
  if (!options.withoutOverhead) addInto(requests, spec.overhead);
  return requests;
}

/** The limits formula: overhead is added only to a limit that is there and not zero (SEMANTICS 2.3). */
export function effectiveLimits(pod: Pod): ResourceList {
  const limits = aggregate(pod.spec, limitsOf);
  if (hasPodLevelResources(pod.spec)) overrideWith(limits, pod.spec.resources?.limits ?? noResources);
  for (const [name, quantity] of pod.spec.overhead) {
    const limit = limits.get(name);
    if (limit !== undefined && !limit.isZero()) limits.set(name, limit.add(quantity));
  }
  return limits;
}

/** The container part of the formula, without pod-level resources and overhead: what pod-level values are held against. */
export function aggregateRequests(spec: PodSpec): ResourceList {
  return aggregate(spec, specRequestsOf);
}

/** The container part of the limits formula. */
export function aggregateLimits(spec: PodSpec): ResourceList {
  return aggregate(spec, limitsOf);
}

/**
 * Numbers as the scheduler counts them (SEMANTICS 2.8): cpu in thousandths, everything else in whole units, each rounded
 * up once on the pod's total.
 */
export function schedulerUnits(resources: ResourceList): Map<string, number> {
  const units = new Map<string, number>();
  for (const [name, quantity] of resources) {
    units.set(name, name === 'cpu' ? quantity.milliNumber() : quantity.toNumber());
  }
  return units;
}

// ---- the formula

function specRequestsOf(container: Container): ResourceList {
  return container.resources.requests;
}

function limitsOf(container: Container): ResourceList {
  return container.resources.limits;
}

function requestsOf(pod: Pod, options: PodRequestsOptions): (container: Container, init: boolean) => ResourceList {
  const { containerDefaults, useStatus } = options;
  const charged =
    useStatus && (pod.status.containerStatuses.length > 0 || pod.status.initContainerStatuses.length > 0)
      ? (container: Container, init: boolean): ResourceList => chargedContainerRequests(pod, container, init)
      : specRequestsOf;
  if (containerDefaults === undefined) return charged;
  return (container, init) => withDefaults(charged(container, init), containerDefaults);
}

function withDefaults(requests: ResourceList, defaults: ResourceList): ResourceList {
  let result: Map<string, Quantity> | undefined;
  for (const [name, quantity] of defaults) {
    if (!requests.has(name)) (result ??= new Map(requests)).set(name, quantity);
  }
  return result ?? requests;
}

function aggregate(
  spec: PodSpec,
  resourcesOf: (container: Container, init: boolean) => ResourceList,
): Map<string, Quantity> {
  const total = new Map<string, Quantity>();
  for (const container of spec.containers) addInto(total, resourcesOf(container, false));
  if (spec.initContainers.length === 0) return total;
  let sidecars: ResourceList = noResources;
  const peak = new Map<string, Quantity>();
  for (const container of spec.initContainers) {
    const resources = resourcesOf(container, true);
    if (isSidecar(container)) {
      addInto(total, resources);
      // Mostly there is one: then no sum is made.
      sidecars = sidecars.size === 0 ? resources : sumOf(sidecars, resources);
      maxInto(peak, sidecars);
    } else {
      maxInto(peak, sidecars.size === 0 ? resources : sumOf(resources, sidecars));
    }
  }
  maxInto(total, peak);
  return total;
}

function addInto(target: Map<string, Quantity>, addend: ResourceList): void {
  for (const [name, quantity] of addend) {
    const present = target.get(name);
    target.set(name, present === undefined ? quantity : present.add(quantity));
  }
}

function maxInto(target: Map<string, Quantity>, other: ResourceList): void {
  for (const [name, quantity] of other) {
    const present = target.get(name);
    if (present === undefined || quantity.cmp(present) > 0) target.set(name, quantity);
  }
}

function sumOf(left: ResourceList, right: ResourceList): ResourceList {
  const sum = new Map(left);
  addInto(sum, right);
  return sum;
}

// ---- pod-level resources

function hasPodLevelRequests(spec: PodSpec): boolean {
  return spec.resources !== undefined && someName(spec.resources.requests, isPodLevelResource);
}

/** Whether `spec.resources` sets anything that it may set. */
export function hasPodLevelResources(spec: PodSpec): boolean {
  return (
    hasPodLevelRequests(spec) || (spec.resources !== undefined && someName(spec.resources.limits, isPodLevelResource))
  );
}

function someName(resources: ResourceList, test: (name: string) => boolean): boolean {
  for (const name of resources.keys()) if (test(name)) return true;
  return false;
}

function overrideWith(target: Map<string, Quantity>, podLevel: ResourceList): void {
  for (const [name, quantity] of podLevel) if (isPodLevelResource(name)) target.set(name, quantity);
}

// ---- in-place resize (SEMANTICS 2.6, v1.36)

/** Only the first condition of the type counts, whatever its status. */
function isResizeInfeasible(pod: Pod): boolean {
  return pod.status.conditions.find(({ type }) => type === 'PodResizePending')?.reason === 'Infeasible';
}

/** max(spec, actuated, allocated), without spec when the resize is infeasible; plain init containers: spec. */
function chargedContainerRequests(pod: Pod, container: Container, init: boolean): ResourceList {
  if (init && !isSidecar(container)) return container.resources.requests;
  const statuses = init ? pod.status.initContainerStatuses : pod.status.containerStatuses;
  const status = statuses.find(({ name }) => name === container.name);
  return status?.resources === undefined ? container.resources.requests : resized(pod, container.resources, status);
}

function chargedPodLevelRequests(pod: Pod): ResourceList {
  const { resources = noRequests } = pod.spec;
  return pod.status.resources === undefined ? resources.requests : resized(pod, resources, pod.status);
}

function resized(
  pod: Pod,
  desired: ResourceRequirements,
  { resources, allocatedResources }: Pick<ContainerStatus, 'resources' | 'allocatedResources'>,
): ResourceList {
  const charged = new Map<string, Quantity>();
  if (!isResizeInfeasible(pod)) maxInto(charged, desired.requests);
  if (resources) maxInto(charged, resources.requests);
  if (allocatedResources) maxInto(charged, allocatedResources);
  return charged;
}

const noRequests: ResourceRequirements = { requests: noResources, limits: noResources, claims: [] };

// ---- the explained form

export interface ContainerResources {
  readonly name: string;
  readonly type: ContainerType;
  readonly requests: ResourceList;
  readonly limits: ResourceList;
}

/** A container of the init phase together with the sidecars started before it. */
export interface Stage {
  readonly container: string;
  readonly type: 'init' | 'sidecar';
  readonly requests: ResourceList;
  readonly limits: ResourceList;
}

export interface Decision {
  readonly phase: 'init' | 'work' | 'podLevel';
  /** In start order; empty for `podLevel`, and where overhead alone asks. */
  readonly containers: readonly string[];
}

/** All that SEMANTICS 2 says of a pod, step by step. */
export interface EffectiveResources {
  /** Overhead and pod-level resources included. */
  readonly requests: ResourceList;
  readonly limits: ResourceList;
  /**
   * Resource → whether the limit bounds the whole pod: the pod-level limit is set, or every app container and every
   * stage has a limit that is not zero. Names: cpu, memory and all in `requests` and `limits`.
   */
  readonly limitComplete: ReadonlyMap<string, boolean>;
  /** The peak of the stages. */
  readonly init: { readonly requests: ResourceList; readonly limits: ResourceList };
  /** App containers and sidecars. */
  readonly work: { readonly requests: ResourceList; readonly limits: ResourceList };
  readonly overhead: ResourceList;
  readonly podLevel: ResourceRequirements | null;
  readonly stages: readonly Stage[];
  /** In start order: init containers and sidecars, then app containers. */
  readonly containers: readonly ContainerResources[];
  /** For each name in `requests`; a tie is `work`. */
  readonly decidedBy: ReadonlyMap<string, Decision>;
  /** init − work where that is positive: held for the pod's whole life only because of init. */
  readonly reservedForInitOnly: ResourceList;
}

export function explainEffective(pod: Pod): EffectiveResources {
  const { spec } = pod;
  const stages = stagesOf(spec);
  const init = { requests: new Map<string, Quantity>(), limits: new Map<string, Quantity>() };
  for (const stage of stages) {
    maxInto(init.requests, stage.requests);
    maxInto(init.limits, stage.limits);
  }
  const work = { requests: new Map<string, Quantity>(), limits: new Map<string, Quantity>() };
  for (const container of [...spec.containers, ...spec.initContainers.filter(isSidecar)]) {
    addInto(work.requests, container.resources.requests);
    addInto(work.limits, container.resources.limits);
  }
  const requests = effectiveRequests(pod);
  const limits = effectiveLimits(pod);
  const decidedBy = new Map<string, Decision>();
  const reservedForInitOnly = new Map<string, Quantity>();
  for (const name of requests.keys()) {
    const decision = decide(name, spec, stages, init.requests, work.requests);
    decidedBy.set(name, decision);
    const peak = init.requests.get(name);
    if (decision.phase === 'init' && peak) {
      const worked = work.requests.get(name);
      reservedForInitOnly.set(name, worked ? peak.sub(worked) : peak);
    }
  }
  const limitComplete = new Map<string, boolean>();
  for (const name of new Set(['cpu', 'memory', ...requests.keys(), ...limits.keys()])) {
    limitComplete.set(name, isLimitComplete(name, spec, stages));
  }
  return {
    requests,
    limits,
    limitComplete,
    init,
    work,
    overhead: spec.overhead,
    podLevel: spec.resources ?? null,
    stages,
    containers: containersOf(spec),
    decidedBy,
    reservedForInitOnly,
  };
}

function stagesOf(spec: PodSpec): Stage[] {
  let sidecarRequests: ResourceList = noResources;
  let sidecarLimits: ResourceList = noResources;
  return spec.initContainers.map((container) => {
    const { resources, name } = container;
    if (!isSidecar(container)) {
      return {
        container: name,
        type: 'init',
        requests: sumOf(resources.requests, sidecarRequests),
        limits: sumOf(resources.limits, sidecarLimits),
      };
    }
    sidecarRequests = sumOf(sidecarRequests, resources.requests);
    sidecarLimits = sumOf(sidecarLimits, resources.limits);
    return { container: name, type: 'sidecar', requests: sidecarRequests, limits: sidecarLimits };
  });
}

function containersOf(spec: PodSpec): ContainerResources[] {
  const shown = (container: Container, type: ContainerType): ContainerResources => ({
    name: container.name,
    type,
    requests: container.resources.requests,
    limits: container.resources.limits,
  });
  return [
    ...spec.initContainers.map((container) => shown(container, isSidecar(container) ? 'sidecar' : 'init')),
    ...spec.containers.map((container) => shown(container, 'work')),
  ];
}

function decide(
  name: string,
  spec: PodSpec,
  stages: readonly Stage[],
  init: ResourceList,
  work: ResourceList,
): Decision {
  if (isPodLevelResource(name) && spec.resources?.requests.has(name)) return { phase: 'podLevel', containers: [] };
  const asks = (container: Container): boolean => (container.resources.requests.get(name)?.sign() ?? 0) > 0;
  const peak = init.get(name);
  const worked = work.get(name);
  const initDecides = peak !== undefined && peak.sign() > 0 && (worked === undefined || peak.cmp(worked) > 0);
  if (!initDecides) {
    const running = [...spec.initContainers.filter(isSidecar), ...spec.containers];
    return { phase: 'work', containers: running.filter(asks).map((container) => container.name) };
  }
  // The first stage that reaches the peak; the sidecars that run beside it are those before it.
  const index = stages.findIndex(({ requests }) => requests.get(name)?.equals(peak) === true);
  const beside = spec.initContainers.slice(0, index).filter((container) => isSidecar(container) && asks(container));
  return { phase: 'init', containers: [...beside, ...spec.initContainers.slice(index, index + 1)].map((c) => c.name) };
}

/** When the kubelet writes the pod's own cgroup limit (SEMANTICS 2.3). */
function isLimitComplete(name: string, spec: PodSpec, stages: readonly Stage[]): boolean {
  if (isPodLevelResource(name) && (spec.resources?.limits.get(name)?.sign() ?? 0) > 0) return true;
  const isSet = (limits: ResourceList): boolean => (limits.get(name)?.sign() ?? 0) > 0;
  return (
    spec.containers.every(({ resources }) => isSet(resources.limits)) && stages.every(({ limits }) => isSet(limits))
  );
}
