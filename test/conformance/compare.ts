/** Comparing an answer with a recorded one. */
import type { Mismatch } from './registry.js';

/** The first difference of two JSON values, exact but for the order of object members; null when there is none. */
export function firstDifference(expected: unknown, actual: unknown, path = ''): Mismatch | null {
  if (Object.is(expected, actual)) return null;
  if (Array.isArray(expected) && Array.isArray(actual)) {
    if (expected.length !== actual.length) return { path, expected, actual };
    for (const [index, item] of expected.entries()) {
      const found = firstDifference(item, actual[index], `${path}[${index}]`);
      if (found) return found;
    }
    return null;
  }
  if (isObject(expected) && isObject(actual)) {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
      const found = firstDifference(member(expected, key), member(actual, key), path === '' ? key : `${path}.${key}`);
      if (found) return found;
    }
    return null;
  }
  return { path, expected, actual };
}

/** Two lists of sentences, in any order, each as often in one as in the other. */
export function differentMultisets(
  expected: readonly string[],
  actual: readonly string[],
  path: string,
): Mismatch | null {
  return firstDifference([...expected].sort(), [...actual].sort()) === null ? null : { path, expected, actual };
}

/** Two lists of sentences, in any order, repetitions ignored. */
export function differentSets(expected: readonly string[], actual: readonly string[], path: string): Mismatch | null {
  return differentMultisets([...new Set(expected)], [...new Set(actual)], path) === null
    ? null
    : { path, expected, actual };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function member(object: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
