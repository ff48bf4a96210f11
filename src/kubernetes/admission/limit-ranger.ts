/**
 * LimitRanger (`plugin/pkg/admission/limitranger`; SEMANTICS 10.1): fills in missing requests and limits of containers,
 * then holds containers and whole pods against minimum, maximum and ratio.
 */
import { aggregateLimits, podRequests } from '../effective.js';
import { Quantity } from '../quantity.js';
import type { LimitRange, LimitRangeItem } from '../read-policies.js';
import { overlay } from '../read-policies.js';
import type { Container, Pod, ResourceList } from '../types.js';
import type { AdmissionError } from './admission-error.js';

const annotation = 'kubernetes.io/limit-ranger';

/**
 * The pod with what LimitRanges give to containers that say nothing: in the order given, the first to set an amount wins.
 * What was set is named in the annotation that the API server writes (the last LimitRange that set anything).
 */
export function withLimitRangeDefaults(pod: Pod, limitRanges: readonly LimitRange[]): Pod {
  let admitted = pod;
  for (const { limits } of limitRanges) {
    for (const item of limits) if (item.type === 'Container') admitted = withItemDefaults(admitted, item);
  }
  return admitted;
}

function withItemDefaults(pod: Pod, item: LimitRangeItem): Pod {
  if (item.default.size === 0 && item.defaultRequest.size === 0) return pod;
  const notes: string[] = [];
  const fill = (containers: readonly Container[], what: string): readonly Container[] =>
    containers.map((container) => withContainerDefaults(container, item, what, notes));
  const containers = fill(pod.spec.containers, 'container');
  const initContainers = fill(pod.spec.initContainers, 'init container');
  if (notes.length === 0) return pod;
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      annotations: { ...pod.metadata.annotations, [annotation]: `LimitRanger plugin set: ${notes.join('; ')}` },
    },
    spec: { ...pod.spec, containers, initContainers },
  };
}

function withContainerDefaults(container: Container, item: LimitRangeItem, what: string, notes: string[]): Container {
  const { requests, limits } = container.resources;
  const filled = {
    ...container.resources,
    requests: overlay(requests, item.defaultRequest),
    limits: overlay(limits, item.default),
  };
  noteAdded(requests, filled.requests, `request for ${what} ${container.name}`, notes);
  noteAdded(limits, filled.limits, `limit for ${what} ${container.name}`, notes);
  return filled.requests === requests && filled.limits === limits ? container : { ...container, resources: filled };
}

function noteAdded(before: ResourceList, after: ResourceList, what: string, notes: string[]): void {
  if (before === after) return;
  const added = [...after.keys()].filter((name) => !before.has(name)).sort();
  notes.push(`${added.join(', ')} ${what}`);
}

/** Every offence of a pod (defaulted before) against every LimitRange, in their order. */
export function checkLimitRanges(pod: Pod, limitRanges: readonly LimitRange[]): AdmissionError[] {
  const errors: AdmissionError[] = [];
  for (const { limits, metadata } of limitRanges) {
    const object = `LimitRange/${metadata.namespace}/${metadata.name}`;
    const report = (message: string): void => void errors.push({ source: 'LimitRanger', object, message });
    for (const item of limits) {
      if (item.type === 'Container') {
        for (const { resources } of pod.spec.containers) check(item, resources.requests, resources.limits, report);
        for (const { resources } of pod.spec.initContainers) check(item, resources.requests, resources.limits, report);
      } else if (item.type === 'Pod') {
        const { requests, limits: podLimits } = podTotals(pod);
        check(item, requests, podLimits, report);
      }
    }
  }
  return errors;
}

/** The aggregate of containers, replaced by pod-level cpu and memory; overhead is not held against a LimitRange. */
function podTotals(pod: Pod): { readonly requests: ResourceList; readonly limits: ResourceList } {
  const requests = new Map(podRequests(pod, { withoutOverhead: true, withoutPodLevel: true }));
  const limits = new Map(aggregateLimits(pod.spec));
  for (const name of ['cpu', 'memory']) {
    const request = pod.spec.resources?.requests.get(name);
    if (request !== undefined) requests.set(name, request);
    const limit = pod.spec.resources?.limits.get(name);
    if (limit !== undefined) limits.set(name, limit);
  }
  return { requests, limits };
}

function check(
  item: LimitRangeItem,
  requests: ResourceList,
  limits: ResourceList,
  report: (message: string) => void,
): void {
  for (const [name, bound] of item.min) checkMin(item.type, name, bound, requests.get(name), limits.get(name), report);
  for (const [name, bound] of item.max) checkMax(item.type, name, bound, requests.get(name), limits.get(name), report);
  for (const [name, bound] of item.maxLimitRequestRatio) {
    checkRatio(item.type, name, bound, requests.get(name), limits.get(name), report);
  }
}

type Amount = Quantity | undefined;
type Report = (message: string) => void;

function checkMin(type: string, name: string, bound: Quantity, request: Amount, limit: Amount, report: Report): void {
  const rule = `minimum ${name} usage per ${type} is ${bound.toString()}`;
  const [requested, limited, enforced] = comparable(request, limit, bound);
  if (request === undefined) report(`${rule}.  No request is specified`);
  else if (requested < enforced) report(`${rule}, but request is ${request.toString()}`);
  else if (limit !== undefined && limited < enforced) report(`${rule}, but limit is ${limit.toString()}`);
}

function checkMax(type: string, name: string, bound: Quantity, request: Amount, limit: Amount, report: Report): void {
  const rule = `maximum ${name} usage per ${type} is ${bound.toString()}`;
  const [requested, limited, enforced] = comparable(request, limit, bound);
  if (limit === undefined) report(`${rule}.  No limit is specified`);
  else if (limited > enforced) report(`${rule}, but limit is ${limit.toString()}`);
  else if (request !== undefined && requested > enforced) report(`${rule}, but request is ${request.toString()}`);
}

/** limit / request, held against the bound in thousandths where that fits. */
function checkRatio(type: string, name: string, bound: Quantity, request: Amount, limit: Amount, report: Report): void {
  const rule = `${name} max limit to request ratio per ${type} is ${bound.toString()}`;
  const [requested, limited] = comparable(request, limit, bound);
  if (request === undefined || requested === 0n) {
    report(`${rule}, but no request is specified or request is 0`);
  } else if (limit === undefined || limited === 0n) {
    report(`${rule}, but no limit is specified or limit is 0`);
  } else {
    const ratio = Number(limited) / Number(requested);
    const small = bound.value() <= maxMilliValue;
    const exceeds = small ? ratio * 1000 > Number(bound.milliValue()) : ratio > Number(bound.value());
    if (exceeds) report(`${rule}, but provided ratio is ${ratio.toFixed(6)}`);
  }
}

/** (2^63 - 1) / 1000: beyond, upstream compares whole units. */
const maxMilliValue = (2n ** 63n - 1n) / 1000n;

/** request, limit and bound in one unit: thousandths, or whole units when one of them is too large. Absent is 0. */
function comparable(request: Amount, limit: Amount, bound: Quantity): readonly [bigint, bigint, bigint] {
  const amounts = [request ?? Quantity.zero, limit ?? Quantity.zero, bound] as const;
  const milli = amounts.every((amount) => amount.value() <= maxMilliValue);
  const inUnit = (amount: Quantity): bigint => (milli ? amount.milliValue() : amount.value());
  return [inUnit(amounts[0]), inUnit(amounts[1]), inUnit(amounts[2])];
}
