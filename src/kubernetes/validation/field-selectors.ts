/** What the downward API may refer to, in variables and in files (upstream validateObjectFieldSelector and its like). */
import type { Faults } from '../faults.js';
import type { Json, JsonObject } from '../types.js';
import { qualifiedNameFaults } from './names.js';
import { quantityOf, textOf } from './raw.js';

/** Of variables, sorted as they are printed. */
export const envFieldPaths: readonly string[] = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];

/** Of files. */
export const volumeFieldPaths: readonly string[] = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
];

/** Field labels of pods that the conversion between versions knows, whether the downward API takes them or not. */
const knownLabels = new Set([
  ...envFieldPaths,
  ...volumeFieldPaths,
  'spec.restartPolicy',
  'spec.schedulerName',
  'status.phase',
]);

/** At the position of the selector. */
export function validateFieldRef(selector: JsonObject, allowed: readonly string[], faults: Faults): void {
  const version = textOf(selector.apiVersion) || 'v1';
  const label = textOf(selector.fieldPath);
  if (label === '') {
    faults.required('fieldPath');
    return;
  }
  // As nearly all are; none that is allowed has a subscript or another name.
  if (version === 'v1' && allowed.includes(label)) return;
  const [path, subscript] = splitSubscript(label);
  const subscriptable = path === 'metadata.annotations' || path === 'metadata.labels';
  const converted = (why: string): void => faults.invalid('fieldPath', label, `error converting fieldPath: ${why}`);
  if (version !== 'v1') converted(`unsupported pod version: ${version}`);
  else if (subscript !== undefined) {
    if (!subscriptable) converted(`field label does not support subscript: ${label}`);
    else {
      // Annotation keys are compared in lower case.
      const key = path === 'metadata.annotations' ? subscript.toLowerCase() : subscript;
      faults.invalidForEach('', key, qualifiedNameFaults(key));
    }
  } else if (label !== 'spec.host' && !knownLabels.has(label)) converted(`field label not supported: ${label}`);
  else {
    const known = label === 'spec.host' ? 'spec.nodeName' : label;
    if (!allowed.includes(known)) faults.notSupported('fieldPath', known, allowed);
  }
}

/** `metadata.labels['key']` → the path and the key. */
function splitSubscript(label: string): readonly [path: string, subscript?: string] {
  const at = label.indexOf("['");
  return at > 0 && label.endsWith("']") && at + 2 <= label.length - 2
    ? [label.slice(0, at), label.slice(at + 2, -2)]
    : [label];
}

const resources: readonly string[] = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];

const byteDivisors = '1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei';

/** At the position of the selector. @param inVolume a file has no container of its own, so it must name one */
export function validateResourceFieldRef(selector: JsonObject, inVolume: boolean, faults: Faults): void {
  const resource = textOf(selector.resource);
  if (inVolume && textOf(selector.containerName) === '') faults.required('containerName');
  else if (resource === '') faults.required('resource');
  else if (!resources.includes(resource) && !isHugepages(resource)) {
    faults.notSupported('resource', resource, resources);
  }
  validateDivisor(resource, selector.divisor, faults);
}

function isHugepages(resource: string): boolean {
  return resource.startsWith('requests.hugepages-') || resource.startsWith('limits.hugepages-');
}

function validateDivisor(resource: string, value: Json | undefined, faults: Faults): void {
  const divisor = quantityOf(value);
  if (divisor === undefined || divisor.isZero()) return;
  const text = divisor.toString();
  if (resource === 'limits.cpu' || resource === 'requests.cpu') {
    if (text === '1' || text === '1m') return;
    faults.invalid('divisor', resource, "only divisor's values 1m and 1 are supported with the cpu resource");
    return;
  }
  const what =
    divisorNames.get(resource.replace(/^(?:limits|requests)\./, '')) ?? (isHugepages(resource) && 'hugepages');
  if (!what || byteDivisors.split(', ').includes(text)) return;
  faults.invalid('divisor', resource, `only divisor's values ${byteDivisors} are supported with the ${what} resource`);
}

const divisorNames: ReadonlyMap<string, string> = new Map([
  ['memory', 'memory'],
  ['ephemeral-storage', 'local ephemeral storage'],
]);
