/** Paths inside volumes and profiles: they must stay where they are put (upstream validateLocalDescendingPath). */
import type { Faults } from '../faults.js';

/** `..` as an element; `a..b` is none. */
export function hasBacksteps(path: string): boolean {
  return path.includes('..') && path.split('/').includes('..');
}

export function validateNoBacksteps(path: string, field: string, faults: Faults): void {
  if (hasBacksteps(path)) faults.invalid(field, path, "must not contain '..'");
}

/** Relative, without backsteps; '' is fine. */
export function validateDescendingPath(path: string, field: string, faults: Faults): void {
  if (path.startsWith('/')) faults.invalid(field, path, 'must be a relative path');
  validateNoBacksteps(path, field, faults);
}

/** Names beginning with `..` are those of the kubelet's own files in a volume. */
export function validateNonReservedPath(path: string, field: string, faults: Faults): void {
  validateDescendingPath(path, field, faults);
  if (path.startsWith('..') && !path.startsWith('../')) faults.invalid(field, path, "must not start with '..'");
}
