/**
 * What the API server lets an update change in a pod that exists (`ValidatePodUpdate`; SEMANTICS 4.11). Stored pods are
 * updated whatever these rules say, because they mirror a cluster; the sentences become warnings.
 *
 * Manifests are compared as sent, so a field is taken for changed only where the new manifest sets it to something else
 * than the old one has: what a client leaves out is what the API server had filled in.
 */
import { Faults } from './faults.js';
import type { FieldError } from './field-error.js';
import { stripManifest } from './manifests.js';
import { isDigitless, Quantity } from './quantity.js';
import { isJsonObject } from './read-common.js';
import type { Json, JsonObject } from './types.js';
import { nodeSelectorTermValue, sortedMap } from './validation/internal-values.js';

const updatable = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
];
/** Upstream prints the difference of the two specs below it. */
export const notUpdatable = `pod updates may not change fields other than ${updatable.join(',')}`;

/** Every sentence that the API server would answer the update with; empty when it would take it. */
export function podUpdateFaults(oldPod: JsonObject, newPod: JsonObject): readonly FieldError[] {
  const [before, after] = comparableSpecs(oldPod, newPod);
  const faults = new Faults();
  faults.enter('spec');
  checkContainers(before, after, 'containers', faults);
  checkContainers(before, after, 'initContainers', faults);
  // Upstream compares containers pairwise from here on.
  if (faults.errors.length > 0) return faults.errors;
  if (!isDeadlineInOrder(before, after, faults)) return faults.errors;
  checkTolerations(before, after, faults);
  checkGates(before, after, faults);
  checkGatedPlacement(before, after, faults);
  if (changedFields(before, after).length > 0) faults.forbidden('', notUpdatable);
  return faults.errors;
}

/** Literal env values are not stored: where the old pod has none, they are left out of the new one too. */
function comparableSpecs(oldPod: JsonObject, newPod: JsonObject): readonly [JsonObject, JsonObject] {
  const before = specOf(oldPod);
  return specOf(stripManifest({ ...oldPod, kind: 'Pod' })) === before
    ? [before, specOf(stripManifest({ ...newPod, kind: 'Pod' }))]
    : [before, specOf(newPod)];
}

function specOf(pod: JsonObject): JsonObject {
  return isJsonObject(pod['spec']) ? pod['spec'] : {};
}

function listAt(object: JsonObject, member: string): readonly Json[] {
  const value = object[member];
  return Array.isArray(value) ? value : [];
}

function checkContainers(before: JsonObject, after: JsonObject, field: string, faults: Faults): void {
  const containers = listAt(after, field);
  if (containers.length !== listAt(before, field).length) {
    faults.forbidden(field, 'pod updates may not add or remove containers');
    return;
  }
  for (const [index, container] of containers.entries()) {
    const image = isJsonObject(container) ? (container['image'] ?? '') : '';
    if (typeof image !== 'string') continue;
    if (image === '') faults.required(`${field}[${index}].image`);
    else if (image.trim() !== image) {
      faults.invalid(`${field}[${index}].image`, image, 'must not have leading or trailing whitespace');
    }
  }
}

/** False where upstream looks no further. */
function isDeadlineInOrder(before: JsonObject, after: JsonObject, faults: Faults): boolean {
  const old = before['activeDeadlineSeconds'] ?? null;
  const now = after['activeDeadlineSeconds'] ?? null;
  const field = 'activeDeadlineSeconds';
  if (typeof now === 'number') {
    if (now < 0 || now > 2 ** 31 - 1) {
      faults.invalid(field, now, 'must be between 0 and 2147483647, inclusive');
      return false;
    }
    if (typeof old === 'number' && old < now) {
      faults.invalid(field, now, 'must be less than or equal to previous value');
      return false;
    }
  } else if (now === null && old !== null) {
    faults.invalid(field, null, 'must not update from a positive integer to nil value');
  }
  return true;
}

function checkTolerations(before: JsonObject, after: JsonObject, faults: Faults): void {
  // A client that names none leaves those that the API server and the cluster have added.
  if (after['tolerations'] === undefined || after['tolerations'] === null) return;
  const now = new Set(listAt(after, 'tolerations').map(tolerationText));
  if (listAt(before, 'tolerations').every((toleration) => now.has(tolerationText(toleration)))) return;
  faults.forbidden('tolerations', 'existing toleration can not be modified except its tolerationSeconds');
}

function tolerationText(toleration: Json): string {
  if (!isJsonObject(toleration)) return '';
  const { key = '', operator = 'Equal', value = '', effect = '' } = toleration;
  return JSON.stringify([key, operator === '' ? 'Equal' : operator, value, effect]);
}

function gateNames(spec: JsonObject): readonly Json[] {
  return listAt(spec, 'schedulingGates').map((gate) => (isJsonObject(gate) ? (gate['name'] ?? '') : ''));
}

function checkGates(before: JsonObject, after: JsonObject, faults: Faults): void {
  const old = gateNames(before);
  for (const [index, name] of gateNames(after).entries()) {
    if (old.includes(name) || typeof name !== 'string') continue;
    const detail = `only deletion is allowed, but found new scheduling gate '${name}'`;
    faults.forbidden(`schedulingGates[${index}].name`, detail);
  }
}

const required = 'requiredDuringSchedulingIgnoredDuringExecution';

/** While a pod is gated its placement may be narrowed: node selector and required node affinity only gain conditions. */
function checkGatedPlacement(before: JsonObject, after: JsonObject, faults: Faults): void {
  if (!isGated(before)) return;
  const old = isJsonObject(before['nodeSelector']) ? before['nodeSelector'] : {};
  const now = isJsonObject(after['nodeSelector']) ? after['nodeSelector'] : {};
  if (Object.keys(old).some((key) => !Object.hasOwn(now, key) || now[key] !== old[key])) {
    const detail = 'only additions to spec.nodeSelector are allowed (no mutations or deletions)';
    faults.invalid('nodeSelector', Object.keys(now).length === 0 ? null : sortedMap(now), detail);
  }
  const oldTerms = requiredTerms(before);
  const nowTerms = requiredTerms(after);
  const field = `affinity.nodeAffinity.${required}.nodeSelectorTerms`;
  if (oldTerms.length > 0 && nowTerms.length !== oldTerms.length) {
    const shown = nowTerms.length === 0 ? null : nowTerms.map(nodeSelectorTermValue);
    faults.invalid(field, shown, 'no additions/deletions to non-empty NodeSelectorTerms list are allowed');
    return;
  }
  for (const [index, term] of oldTerms.entries()) {
    for (const list of ['matchExpressions', 'matchFields']) {
      const kept = isJsonObject(term) ? listAt(term, list) : [];
      const given = nowTerms[index];
      const conditions = isJsonObject(given) ? listAt(given, list) : [];
      if (kept.every((condition, at) => sameJson(condition, conditions[at]))) continue;
      faults.invalid(
        `${field}[${index}]`,
        nodeSelectorTermValue(given),
        'only additions are allowed (no mutations or deletions)',
      );
      break;
    }
  }
}

function isGated(spec: JsonObject): boolean {
  return listAt(spec, 'schedulingGates').length > 0;
}

function requiredTerms(spec: JsonObject): readonly Json[] {
  let value: Json | undefined = spec['affinity'];
  for (const member of ['nodeAffinity', required]) value = isJsonObject(value) ? value[member] : undefined;
  return isJsonObject(value) ? listAt(value, 'nodeSelectorTerms') : [];
}

function sameJson(a: Json, b: Json | undefined): boolean {
  return b !== undefined && !contradicts(a, b) && !contradicts(b, a);
}

/** Fields with rules of their own, and one that only a subresource changes. */
const ruled = new Set(['activeDeadlineSeconds', 'tolerations', 'schedulingGates', 'ephemeralContainers']);

/** What the API server fills in where a manifest says nothing. */
const defaults: Readonly<Record<string, Json>> = {
  restartPolicy: 'Always',
  schedulerName: 'default-scheduler',
  terminationGracePeriodSeconds: 30,
  dnsPolicy: 'ClusterFirst',
  enableServiceLinks: true,
  serviceAccountName: 'default',
  serviceAccount: 'default',
  preemptionPolicy: 'PreemptLowerPriority',
  hostNetwork: false,
  hostPID: false,
  hostIPC: false,
  imagePullPolicy: 'IfNotPresent',
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  protocol: 'TCP',
  securityContext: {},
  resources: {},
};

/** Paths below `spec` that differ and that no rule allows to differ. */
function changedFields(before: JsonObject, after: JsonObject): string[] {
  const changed: string[] = [];
  for (const field of Object.keys(after)) {
    if (ruled.has(field)) continue;
    const old = before[field];
    const now = after[field]!;
    if (field === 'containers' || field === 'initContainers') {
      changed.push(...changedContainerFields(listAt(before, field), listAt(after, field), field));
    } else if (field === 'terminationGracePeriodSeconds') {
      const wasNegative = typeof old === 'number' && old < 0;
      if (!(wasNegative && now === 1) && contradicts(now, old ?? 30)) changed.push(field);
    } else if (field === 'nodeName') {
      // A pod without a node may get one: by the binding subresource.
      if (typeof old === 'string' && old !== '' && contradicts(now, old)) changed.push(field);
    } else if (isGated(before) && field === 'nodeSelector') {
      continue;
    } else if (isGated(before) && field === 'affinity') {
      if (contradicts(withoutNodeAffinity(now), withoutNodeAffinity(old ?? null))) changed.push(field);
    } else if (contradicts(now, old ?? defaultOf(field))) {
      changed.push(field);
    }
  }
  return changed;
}

function changedContainerFields(before: readonly Json[], after: readonly Json[], list: string): string[] {
  return after.flatMap((container, index) => {
    const old = before[index];
    if (!isJsonObject(container) || !isJsonObject(old)) return [];
    return Object.keys(container)
      .filter((field) => field !== 'image' && contradicts(container[field]!, old[field] ?? containerDefaultOf(field)))
      .map((field) => `${list}[${index}].${field}`);
  });
}

function withoutNodeAffinity(affinity: Json): Json {
  return isJsonObject(affinity) ? { ...affinity, nodeAffinity: null } : affinity;
}

/** A container of its own restartPolicy is another kind of container: there is no default. */
function containerDefaultOf(field: string): Json {
  return field === 'restartPolicy' ? null : defaultOf(field);
}

function defaultOf(field: string): Json {
  return Object.hasOwn(defaults, field) ? defaults[field]! : null;
}

/** Whether `now` says something else than `old` does. Lists of named things are compared by name. */
function contradicts(now: Json, old: Json): boolean {
  if (now === null) return false;
  if (Array.isArray(now)) {
    const olds = Array.isArray(old) ? old : [];
    if (now.every(isNamed)) {
      return now.some((item) => {
        const counterpart = olds.find((other) => isNamed(other) && other['name'] === item['name']);
        return counterpart === undefined || contradicts(item, counterpart);
      });
    }
    return now.length !== olds.length || now.some((item, index) => contradicts(item, olds[index] ?? null));
  }
  if (isJsonObject(now)) {
    const olds = isJsonObject(old) ? old : {};
    return Object.keys(now).some((key) =>
      contradicts(now[key]!, Object.hasOwn(olds, key) ? olds[key]! : defaultOf(key)),
    );
  }
  return now !== old && !sameQuantity(now, old);
}

function isNamed(value: Json): value is JsonObject {
  return isJsonObject(value) && typeof value['name'] === 'string';
}

/** `1` and `1000m` are one amount. */
function sameQuantity(a: Json, b: Json): boolean {
  if ((typeof a !== 'string' && typeof a !== 'number') || (typeof b !== 'string' && typeof b !== 'number'))
    return false;
  if (isDigitless(String(a)) || isDigitless(String(b))) return false;
  const left = Quantity.tryParse(String(a));
  const right = Quantity.tryParse(String(b));
  return left instanceof Quantity && right instanceof Quantity && left.equals(right);
}
