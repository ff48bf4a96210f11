/**
 * What the API server fills in when a pod is created (pkg/apis/core/v1/defaults.go; SEMANTICS 2.1, 2.5), beyond the scalar
 * defaults that the readers apply. Values are never changed in place: what needs no default is returned as it is.
 */
import { aggregateLimits, aggregateRequests, isPodLevelResource } from './effective.js';
import { KnownContainer } from './known-containers.js';
import { KnownRequirements } from './known-requirements.js';
import type { Quantity } from './quantity.js';
import type { Container, EphemeralContainer, Pod, PodSpec, ResourceList, ResourceRequirements } from './types.js';

/**
 * A pod as it is stored after create, before admission: host ports of a hostNetwork pod, requests from limits, pod-level
 * resources, and then, the sums having been taken of unrounded values, every quantity rounded up to thousandths.
 */
export function defaultPod(pod: Pod): Pod {
  let { spec } = pod;
  if (spec.hostNetwork) spec = withContainers(spec, withHostPorts);
  spec = withContainers(spec, withRequestsFromLimits);
  spec = withPodLevelDefaults(spec);
  spec = roundedSpec(spec);
  return spec === pod.spec ? pod : { ...pod, spec };
}

/**
 * A pod template as it is stored: only the rounding. The pod that its controller makes of it is created like any other:
 * `defaultPod` of the same value.
 */
export function defaultPodTemplate(template: Pod): Pod {
  const spec = roundedSpec(template.spec);
  return spec === template.spec ? template : { ...template, spec };
}

/** Every entry rounded up to whole thousandths, as any ResourceList is when decoded (SEMANTICS 1.4). */
export function roundedUp(resources: ResourceList): ResourceList {
  let rounded: Map<string, Quantity> | undefined;
  for (const [name, quantity] of resources) {
    const whole = quantity.roundUpToMilli();
    if (whole !== quantity) (rounded ??= new Map(resources)).set(name, whole);
  }
  return rounded ?? resources;
}

function withContainers(spec: PodSpec, change: (container: Container) => Container): PodSpec {
  const containers = mapped(spec.containers, change);
  const initContainers = mapped(spec.initContainers, change);
  return containers === spec.containers && initContainers === spec.initContainers
    ? spec
    : { ...spec, containers, initContainers };
}

/** The list itself when nothing changes. */
function mapped<T>(list: readonly T[], change: (item: T) => T): readonly T[] {
  let result: T[] | undefined;
  for (let index = 0; index < list.length; index++) {
    const item = list[index]!;
    const changed = change(item);
    if (changed !== item) (result ??= [...list])[index] = changed;
  }
  return result ?? list;
}

function withHostPorts(container: Container): Container {
  const ports = mapped(container.ports, (port) =>
    port.hostPort === 0 ? { ...port, hostPort: port.containerPort } : port,
  );
  return ports === container.ports ? container : { ...container, ports };
}

function withRequestsFromLimits(container: Container): Container {
  return KnownContainer.withRequests(container, givenRequests);
}

function givenRequests(container: Container): Container {
  const { resources } = container;
  if (KnownRequirements.areSettled(resources, needNoDefaults)) return container;
  const requests = requestsWithLimits(resources);
  if (requests === resources.requests) return container;
  return { ...container, resources: { requests, limits: resources.limits, claims: resources.claims } };
}

function requestsWithLimits({ requests, limits }: ResourceRequirements): ResourceList {
  let result: Map<string, Quantity> | undefined;
  for (const [name, limit] of limits) {
    if (!requests.has(name)) (result ??= new Map(requests)).set(name, limit);
  }
  return result ?? requests;
}

function needNoDefaults(resources: ResourceRequirements): boolean {
  const { requests, limits } = resources;
  return requestsWithLimits(resources) === requests && roundedUp(requests) === requests && roundedUp(limits) === limits;
}

function withPodLevelDefaults(spec: PodSpec): PodSpec {
  const { resources } = spec;
  if (resources === undefined || (resources.requests.size === 0 && resources.limits.size === 0)) return spec;
  const limits = new Map(resources.limits);
  for (const [name, quantity] of aggregateLimits(spec)) {
    if (name.startsWith('hugepages-') && !resources.requests.has(name) && !limits.has(name)) limits.set(name, quantity);
  }
  const requests = new Map(resources.requests);
  if (limits.size > 0) {
    // Of the names a pod may set, only cpu and memory can be overcommitted.
    for (const [name, quantity] of aggregateRequests(spec)) {
      if ((name === 'cpu' || name === 'memory') && !requests.has(name)) requests.set(name, quantity);
    }
    for (const [name, quantity] of limits) {
      if (isPodLevelResource(name) && !requests.has(name)) requests.set(name, quantity);
    }
  }
  return { ...spec, resources: { ...resources, requests, limits } };
}

function roundedSpec(spec: PodSpec): PodSpec {
  const rounded = withContainers(spec, roundedContainer);
  const ephemeralContainers = mapped(spec.ephemeralContainers, withRoundedResources<EphemeralContainer>);
  const resources = spec.resources && roundedRequirements(spec.resources);
  const overhead = roundedUp(spec.overhead);
  return ephemeralContainers === spec.ephemeralContainers && resources === spec.resources && overhead === spec.overhead
    ? rounded
    : { ...rounded, ephemeralContainers, resources, overhead };
}

function roundedContainer(container: Container): Container {
  return KnownContainer.rounded(container, withRoundedResources);
}

function withRoundedResources<T extends Container>(container: T): T {
  const resources = roundedRequirements(container.resources);
  return resources === container.resources ? container : { ...container, resources };
}

function roundedRequirements(resources: ResourceRequirements): ResourceRequirements {
  if (KnownRequirements.areSettled(resources, needNoDefaults)) return resources;
  const requests = roundedUp(resources.requests);
  const limits = roundedUp(resources.limits);
  return requests === resources.requests && limits === resources.limits
    ? resources
    : { requests, limits, claims: resources.claims };
}
