/** Where two manifests differ. */
import { Quantity } from '../quantity.js';
import { isJsonObject } from '../read-common.js';
import type { Json, JsonObject } from '../types.js';

/**
 * Paths of the deepest members that differ, in the order of the new manifest. Lists of named things are compared by name
 * (`containers[app]`), and are named themselves where what both have stands in another order; other lists are compared as
 * a whole. Absent and null are one.
 */
export function changedPaths(before: Json, after: Json, path = ''): string[] {
  const amounts = /\.(?:resources|requests|limits|labels|annotations|nodeSelector)$/.test(path);
  const old = amounts ? (before ?? {}) : before;
  const now = amounts ? (after ?? {}) : after;
  if (isJsonObject(old) && isJsonObject(now)) {
    const keys = new Set([...Object.keys(now), ...Object.keys(old)]);
    return [...keys].flatMap((key) => changedPaths(memberOf(old, key), memberOf(now, key), childPath(path, key)));
  }
  if (Array.isArray(old) && Array.isArray(now) && [...old, ...now].every(isNamed)) {
    const names = new Set([...now, ...old].map(nameOf));
    const paths = [...names].flatMap((name) => changedPaths(named(old, name), named(now, name), `${path}[${name}]`));
    return isReordered(old.map(nameOf), now.map(nameOf)) ? [path, ...paths] : paths;
  }
  return same(old, now, path) ? [] : [path];
}

/** Whether the names that both lists have stand in another order. */
function isReordered(old: readonly string[], now: readonly string[]): boolean {
  const kept = old.filter((name) => now.includes(name));
  const after = now.filter((name) => old.includes(name));
  return kept.some((name, index) => after[index] !== name);
}

function same(old: Json, now: Json, path: string): boolean {
  if (JSON.stringify(old) === JSON.stringify(now) || (isEmpty(old) && isEmpty(now))) return true;
  if (old === null || now === null) return isDefault(path, old ?? now);
  if (!/\.(?:requests|limits)\[.*\]$/.test(path) || !isAmount(old) || !isAmount(now)) return false;
  // `1` and `1000m` are one amount.
  const left = Quantity.tryParse(String(old));
  const right = Quantity.tryParse(String(now));
  return left instanceof Quantity && right instanceof Quantity && left.equals(right);
}

/** What the API server fills in where a manifest says nothing, by the end of the path. */
const defaults: readonly (readonly [path: RegExp, value: Json])[] = [
  [/(?:^|\.)spec\.restartPolicy$/, 'Always'],
  [/(?:^|\.)spec\.schedulerName$/, 'default-scheduler'],
  [/(?:^|\.)spec\.terminationGracePeriodSeconds$/, 30],
  [/(?:^|\.)spec\.dnsPolicy$/, 'ClusterFirst'],
  [/(?:^|\.)spec\.enableServiceLinks$/, true],
  [/(?:^|\.)spec\.(?:hostNetwork|hostPID|hostIPC)$/, false],
  [/^spec\.(?:replicas|parallelism)$/, 1],
  [/^spec\.(?:suspend|paused)$/, false],
  [/\.terminationMessagePath$/, '/dev/termination-log'],
  [/\.terminationMessagePolicy$/, 'File'],
];

/** Setting a member to what it is by default, or leaving that out, changes nothing. */
function isDefault(path: string, value: Json): boolean {
  return defaults.some(([pattern, standard]) => value === standard && pattern.test(path));
}

function isAmount(value: Json): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

function memberOf(object: JsonObject, key: string): Json {
  return Object.hasOwn(object, key) ? (object[key] ?? null) : null;
}

/** Resource names and label keys stand in brackets, as in the API server's paths. */
function childPath(path: string, key: string): string {
  if (path === '') return key;
  return /\.(?:requests|limits|labels|annotations|nodeSelector|matchLabels)$/.test(path)
    ? `${path}[${key}]`
    : `${path}.${key}`;
}

function isEmpty(value: Json): boolean {
  return value === null || (typeof value === 'object' && Object.keys(value).length === 0);
}

function isNamed(value: Json): boolean {
  return isJsonObject(value) && typeof value['name'] === 'string';
}

function nameOf(value: Json): string {
  return isJsonObject(value) && typeof value['name'] === 'string' ? value['name'] : '';
}

function named(list: readonly Json[], name: string): Json {
  return list.find((item) => nameOf(item) === name) ?? null;
}
