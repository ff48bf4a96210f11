/** Requests, limits and overhead (SEMANTICS 4.5, 4.6). */
import { aggregateLimits, aggregateRequests, isPodLevelResource } from '../effective.js';
import { Faults } from '../faults.js';
import { KnownRequirements } from '../known-requirements.js';
import { Quantity } from '../quantity.js';
import { noResources } from '../read-common.js';
import type { Container, PodSpec, ResourceList, ResourceRequirements } from '../types.js';
import { qualifiedNameFaults } from './names.js';
import { validateClaims } from './resource-claims.js';

const hugepagesPrefix = 'hugepages-';

/** Names without a domain that some object may use. */
const standardNames = new Set([
  'cpu',
  'memory',
  'ephemeral-storage',
  'requests.cpu',
  'requests.memory',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'storage',
  'requests.storage',
  'services.nodeports',
  'services.loadbalancers',
]);

/** Names without a domain that count objects. */
const countedNames = new Set([
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
]);

/** What nearly every list names: known by sight, before texts are searched. */
function isComputeResource(name: string): boolean {
  return name === 'cpu' || name === 'memory' || name === 'ephemeral-storage';
}

export function isHugepages(name: string): boolean {
  return !isComputeResource(name) && name.startsWith(hugepagesPrefix);
}

/** Kubernetes' own: no domain, or one that contains `kubernetes.io/`. */
export function isNativeResource(name: string): boolean {
  return isComputeResource(name) || !name.includes('/') || name.includes('kubernetes.io/');
}

/** A device plugin's, such as `nvidia.com/gpu`: must also be usable as a quota's `requests.<name>`. */
export function isExtendedResource(name: string): boolean {
  return (
    !isNativeResource(name) && !name.startsWith('requests.') && qualifiedNameFaults(`requests.${name}`).length === 0
  );
}

/** Whether a limit may be greater than the request. */
export function isOvercommitAllowed(name: string): boolean {
  return isNativeResource(name) && !isHugepages(name);
}

export function isIntegerResource(name: string): boolean {
  return countedNames.has(name) || isExtendedResource(name);
}

/** An amount of a resource at `field` of any object: not negative, whole where things are counted. */
export function validateResourceQuantity(name: string, quantity: Quantity, field: string, faults: Faults): void {
  if (quantity.sign() < 0) faults.invalid(field, quantity.toString(), 'must be greater than or equal to 0');
  if (!quantity.isWhole() && isIntegerResource(name)) faults.invalid(field, quantity.toString(), 'must be an integer');
}

/** A resource name of any object: a standard one, or one with a domain. */
export function validateResourceName(name: string, field: string, faults: Faults): void {
  const nameFaults = qualifiedNameFaults(name);
  faults.invalidForEach(field, name, nameFaults);
  if (nameFaults.length === 0 && !name.includes('/') && !standardNames.has(name) && !isHugepages(name)) {
    faults.invalid(field, name, 'must be a standard resource type or fully qualified');
  }
}

/** Judges the name of an entry of `list`, `requests` or `limits`. */
type NameCheck = (name: string, list: string, faults: Faults) => void;

/** Also of limit ranges. */
export const validateContainerResourceName: NameCheck = (name, list, faults) => {
  if (isComputeResource(name)) return;
  const field = `${list}[${name}]`;
  validateResourceName(name, field, faults);
  if (!name.includes('/')) {
    if (!isHugepages(name)) {
      faults.invalid(field, name, 'must be a standard resource for containers');
    }
  } else if (!isNativeResource(name) && !isExtendedResource(name)) {
    faults.invalid(field, name, "doesn't follow extended resource name standard");
  }
};

const validatePodResourceName: NameCheck = (name, list, faults) => {
  const before = faults.errors.length;
  validateResourceName(name, `${list}[${name}]`, faults);
  // Upstream stops here with a name that no object may use.
  if (faults.errors.length > before && !name.includes('/')) return;
  if (!isPodLevelResource(name)) faults.notSupported(`${list}[${name}]`, name, ['cpu', 'hugepages-', 'memory']);
};

/** `resources` of a container, at its position. */
export function validateContainerResources(
  { resources, raw }: Container,
  podClaims: readonly string[],
  faults: Faults,
): void {
  if (KnownRequirements.areInOrder(resources, isInOrder)) return;
  faults.enter('resources');
  validateRequirements(resources, validateContainerResourceName, faults);
  if (resources.claims.length > 0) validateClaims(raw.resources, podClaims, faults);
  faults.leave();
}

/** Whether there is neither a fault in them nor anything to warn of. */
function isInOrder(resources: ResourceRequirements): boolean {
  const trial = new Faults();
  validateRequirements(resources, validateContainerResourceName, trial);
  return trial.isEmpty();
}

/** `overhead` of a pod's spec or of a RuntimeClass: as if it were a container's limits. */
export function validateOverhead(overhead: ResourceList, faults: Faults): void {
  if (overhead.size === 0) return;
  warnOfFractionalBytes(overhead, 'overhead', faults);
  faults.enter('overhead');
  validateAmounts({ requests: noResources, limits: overhead, claims: [] }, validateContainerResourceName, faults);
  faults.leave();
}

/** `spec.resources` against itself and against what the containers ask for. */
export function validatePodResources(spec: PodSpec, faults: Faults): void {
  const { resources } = spec;
  if (resources === undefined) return;
  faults.enter('resources');
  if (spec.os === 'windows') faults.forbidden('', 'may not be set for a windows pod');
  else {
    if (resources.claims.length > 0) faults.forbidden('claims', 'claims may not be set for Resources at pod-level');
    validateRequirements(resources, validatePodResourceName, faults);
    if (resources.claims.length > 0) validateClaims(spec.raw.resources, spec.resourceClaims, faults);
    validateAgainstContainers(spec, resources, faults);
  }
  faults.leave();
}

function validateAgainstContainers(spec: PodSpec, { requests, limits }: ResourceRequirements, faults: Faults): void {
  for (const [name, aggregate] of aggregateRequests(spec)) {
    const own = requests.get(name);
    if (own === undefined || aggregate.cmp(own) <= 0) continue;
    const detail = `must be greater than or equal to aggregate container requests of ${aggregate.toString()}`;
    faults.invalid(`requests[${name}]`, own.toString(), detail);
  }
  for (const [name, aggregate] of aggregateLimits(spec)) {
    const own = limits.get(name);
    if (!isHugepages(name) || own === undefined || aggregate.cmp(own) <= 0) continue;
    const detail = `must be greater than or equal to aggregate container limits of ${aggregate.toString()}`;
    faults.invalid(`limits[${name}]`, own.toString(), detail);
  }
  // Upstream's path, below `spec.resources`; init containers are not looked at.
  for (const [index, container] of spec.containers.entries()) {
    for (const [name, limit] of container.resources.limits) {
      const own = limits.get(name);
      if (own === undefined || limit.cmp(own) <= 0) continue;
      const detail = `must be less than or equal to pod limits of ${own.toString()}`;
      faults.invalid(`containers[${index}][${name}].limits`, limit.toString(), detail);
    }
  }
}

function validateRequirements(resources: ResourceRequirements, validateName: NameCheck, faults: Faults): void {
  const { requests, limits } = resources;
  if (requests.size === 0 && limits.size === 0) return;
  if (!validateAmounts(resources, validateName, faults)) return;
  warnOfFractionalBytes(requests, 'requests', faults);
  warnOfFractionalBytes(limits, 'limits', faults);
}

/** @returns whether an amount other than cpu has a fraction */
function validateAmounts({ requests, limits }: ResourceRequirements, validateName: NameCheck, faults: Faults): boolean {
  let hugepages = false;
  let fractional = false;
  for (const [name, quantity] of limits) {
    validateAmount(name, quantity, 'limits', validateName, faults);
    if (isHugepages(name)) validatePages(name, quantity, 'limits', faults);
    hugepages ||= isHugepages(name);
    fractional ||= name !== 'cpu' && !quantity.isWhole();
  }
  for (const [name, quantity] of requests) {
    validateAmount(name, quantity, 'requests', validateName, faults);
    validateRequestAgainstLimit(name, quantity, limits.get(name), faults);
    if (isHugepages(name)) validatePages(name, quantity, 'requests', faults);
    hugepages ||= isHugepages(name);
    fractional ||= name !== 'cpu' && !quantity.isWhole();
  }
  if (hugepages && !hasCpuOrMemory(limits) && !hasCpuOrMemory(requests)) {
    faults.forbidden('', 'HugePages require cpu or memory');
  }
  return fractional;
}

function validateAmount(name: string, quantity: Quantity, list: string, validateName: NameCheck, faults: Faults): void {
  validateName(name, list, faults);
  if (quantity.sign() < 0 || (!isComputeResource(name) && !quantity.isWhole())) {
    validateResourceQuantity(name, quantity, `${list}[${name}]`, faults);
  }
}

function validatePages(name: string, quantity: Quantity, list: string, faults: Faults): void {
  if (isMultipleOfPage(name, quantity)) return;
  const text = quantity.toString();
  faults.invalid(`${list}[${name}]`, text, `${text} is not positive integer multiple of ${name}`);
}

function hasCpuOrMemory(resources: ResourceList): boolean {
  return resources.has('cpu') || resources.has('memory');
}

function validateRequestAgainstLimit(
  name: string,
  request: Quantity,
  limit: Quantity | undefined,
  faults: Faults,
): void {
  if (limit === undefined) {
    if (!isOvercommitAllowed(name)) {
      faults.required('limits', 'Limit must be set for non overcommitable resources');
    }
    return;
  }
  const order = request.cmp(limit);
  if (order === 0) return;
  if (!isOvercommitAllowed(name)) {
    faults.invalid('requests', request.toString(), `must be equal to ${name} limit of ${limit.toString()}`);
  } else if (order > 0) {
    faults.invalid(
      'requests',
      request.toString(),
      `must be less than or equal to ${name} limit of ${limit.toString()}`,
    );
  }
}

function isMultipleOfPage(name: string, quantity: Quantity): boolean {
  const page = Quantity.tryParse(name.slice(hugepagesPrefix.length));
  if (!(page instanceof Quantity) || page.sign() <= 0 || !page.isWhole()) return false;
  return quantity.value() % page.value() === 0n;
}

/** The API server takes thousandths of a byte, with this warning (pkg/api/pod/warnings.go). */
export function warnOfFractionalBytes(resources: ResourceList, field: string, faults: Faults): void {
  warnUnlessWhole(resources.get('memory'), 'memory', field, faults);
  warnUnlessWhole(resources.get('ephemeral-storage'), 'ephemeral-storage', field, faults);
}

function warnUnlessWhole(quantity: Quantity | undefined, name: string, field: string, faults: Faults): void {
  if (quantity === undefined || quantity.isWhole()) return;
  const text = quantity.toString();
  faults.warn(`${faults.path(field)}[${name}]: fractional byte value "${text}" is invalid, must be an integer`);
}
