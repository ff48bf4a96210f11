/** Validation of what admission decides by, but quotas (SEMANTICS 9, 10.1, 10.2; upstream `pkg/apis/{core,scheduling,node}/validation`). */
import type { Faults } from '../faults.js';
import { Quantity } from '../quantity.js';
import {
  readLimitRange,
  readPriorityClass,
  readRuntimeClass,
  type LimitRange,
  type LimitRangeItem,
  type PriorityClass,
  type RuntimeClass,
} from '../read-policies.js';
import type { JsonObject } from '../types.js';
import { validateLabels, validateObjectMeta } from '../validation/metadata.js';
import { dnsLabelFaults, dnsSubdomainFaults, qualifiedNameFaults } from '../validation/names.js';
import {
  isOvercommitAllowed,
  validateContainerResourceName,
  validateOverhead,
  validateResourceName,
} from '../validation/resources.js';
import { validateTolerations } from '../validation/tolerations.js';

const limitTypes = new Set(['Container', 'Pod', 'PersistentVolumeClaim']);

export function checkLimitRange(manifest: JsonObject, faults: Faults): LimitRange {
  const limitRange = readLimitRange(manifest, faults);
  validateObjectMeta(limitRange.metadata, { name: dnsSubdomainFaults, namespaced: true }, faults);
  const types = new Set<string>();
  for (const [index, item] of limitRange.limits.entries()) {
    faults.enter(`spec.limits[${index}]`);
    if (!limitTypes.has(item.type) && qualifiedNameFaults(item.type).length > 0) {
      faults.invalidForEach('type', item.type, qualifiedNameFaults(item.type));
    } else if (!limitTypes.has(item.type) && !item.type.includes('/')) {
      faults.invalid('type', item.type, 'must be a standard limit type or fully qualified');
    }
    if (types.has(item.type)) faults.duplicate('type', item.type);
    types.add(item.type);
    validateItem(item, faults);
    faults.leave();
  }
  return limitRange;
}

function validateItem(item: LimitRangeItem, faults: Faults): void {
  const named = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const;
  for (const list of named) {
    if (item.type === 'Pod' && (list === 'default' || list === 'defaultRequest')) {
      if (item[list].size > 0) faults.forbidden(list, "may not be specified when `type` is 'Pod'");
      continue;
    }
    for (const name of item[list].keys()) validateLimitName(item.type, name, list, faults);
  }
  if (item.type === 'PersistentVolumeClaim' && !item.min.has('storage') && !item.max.has('storage')) {
    faults.required('limits', 'either minimum or maximum storage value is required, but neither was provided');
  }
  for (const name of new Set(named.flatMap((list) => [...item[list].keys()]))) validateBounds(item, name, faults);
}

function validateLimitName(type: string, name: string, list: string, faults: Faults): void {
  if (type === 'Pod' || type === 'Container') validateContainerResourceName(name, list, faults);
  else validateResourceName(name, `${list}[${name}]`, faults);
}

function validateBounds(item: LimitRangeItem, name: string, faults: Faults): void {
  const min = item.min.get(name);
  const max = item.max.get(name);
  const limit = item.type === 'Pod' ? undefined : item.default.get(name);
  const request = item.type === 'Pod' ? undefined : item.defaultRequest.get(name);
  const ratio = item.maxLimitRequestRatio.get(name);
  const report = (list: string, value: Quantity, detail: string): void =>
    faults.invalid(`${list}[${name}]`, value.toString(), detail);
  /** The smaller of the two must not exceed the other; the fault is at `list`, with the value that stands there. */
  const inOrder = (low: Bound, high: Bound, list: 'min' | 'default' | 'defaultRequest', shown: Bound): void => {
    if (low.value === undefined || high.value === undefined || shown.value === undefined) return;
    if (low.value.cmp(high.value) <= 0) return;
    const detail = `${low.label} value ${low.value.toString()} is greater than ${high.label} value ${high.value.toString()}`;
    report(list, shown.value, detail);
  };
  const minimum = { label: 'min', value: min };
  const maximum = { label: 'max', value: max };
  const requestDefault = { label: 'default request', value: request };
  inOrder(minimum, maximum, 'min', minimum);
  inOrder(minimum, requestDefault, 'defaultRequest', requestDefault);
  inOrder(requestDefault, maximum, 'defaultRequest', requestDefault);
  inOrder(requestDefault, { label: 'default limit', value: limit }, 'defaultRequest', requestDefault);
  // Upstream shows the bound, not the default, at the default's place.
  inOrder(minimum, { label: 'default', value: limit }, 'default', minimum);
  inOrder({ label: 'default', value: limit }, maximum, 'default', maximum);
  if (ratio !== undefined && ratio.cmp(one) < 0) {
    report('maxLimitRequestRatio', ratio, `ratio ${ratio.toString()} is less than 1`);
  }
  if (ratio !== undefined && min !== undefined && max !== undefined && !min.isZero()) {
    const widest = max.milliNumber() / min.milliNumber();
    if (ratio.milliNumber() / 1000 > widest) {
      const detail = `ratio ${ratio.toString()} is greater than max/min = ${widest.toFixed(6)}`;
      report('maxLimitRequestRatio', ratio, detail);
    }
  }
  if (limit !== undefined && request !== undefined && !isOvercommitAllowed(name) && !limit.equals(request)) {
    const detail = `default value ${limit.toString()} must equal to defaultRequest value ${request.toString()} in ${name}`;
    report('defaultRequest', request, detail);
  }
}

interface Bound {
  readonly label: string;
  readonly value: Quantity | undefined;
}

const one = Quantity.ofValue(1);

const highestUserPriority = 1_000_000_000;
const systemPriorities: ReadonlyMap<string, number> = new Map([
  ['system-cluster-critical', 2_000_000_000],
  ['system-node-critical', 2_000_001_000],
]);

export function checkPriorityClass(manifest: JsonObject, faults: Faults): PriorityClass {
  const item = readPriorityClass(manifest, faults);
  const { name } = item.metadata;
  validateObjectMeta(item.metadata, { name: dnsSubdomainFaults, namespaced: false }, faults);
  if (name.startsWith('system-')) {
    const value = systemPriorities.get(name);
    if (value !== item.value) {
      const why =
        value === undefined
          ? `${name} is not a known system priority class`
          : `value of ${name} PriorityClass must be ${value}`;
      const detail = `priority class names with 'system-' prefix are reserved for system use only. error: ${why}`;
      faults.forbidden('metadata.name', detail);
    }
  } else if (item.value > highestUserPriority) {
    faults.forbidden('value', `maximum allowed value of a user defined priority is ${highestUserPriority}`);
  }
  const policies = ['PreemptLowerPriority', 'Never'];
  if (!policies.includes(item.preemptionPolicy)) {
    faults.notSupported('preemptionPolicy', item.preemptionPolicy, policies);
  }
  return item;
}

export function checkRuntimeClass(manifest: JsonObject, faults: Faults): RuntimeClass {
  const item = readRuntimeClass(manifest, faults);
  validateObjectMeta(item.metadata, { name: dnsSubdomainFaults, namespaced: false }, faults);
  faults.invalidForEach('handler', item.handler, dnsLabelFaults(item.handler));
  if (item.podFixed !== null) validateOverhead(item.podFixed, faults);
  if (item.scheduling !== null) {
    faults.enter('scheduling');
    validateLabels(item.scheduling.nodeSelector, 'nodeSelector', faults);
    validateTolerations(item.scheduling.tolerations, faults);
    faults.leave();
  }
  return item;
}
