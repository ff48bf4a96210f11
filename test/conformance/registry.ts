/**
 * Which case judges which file of conformance vectors.
 *
 * A file belongs to the case with the longest name that the file's name begins with: `schedule2.jsonl.gz` and
 * `schedule2-other-seed.jsonl.gz` belong to `schedule2`, not to `schedule`.
 */
import type { JsonObject } from '../../src/kubernetes/types.js';
import { admitCase } from './cases/admit.js';
import { effectiveCase } from './cases/effective.js';
import { preemptCase } from './cases/preempt.js';
import { quantityCase } from './cases/quantity.js';
import { scheduleCase } from './cases/schedule.js';
import { sequenceCase } from './cases/sequence.js';
import { validateCase } from './cases/validate.js';

/** One recorded answer; what else is in the row depends on the file (see `vectors/README.md`). */
export interface Row extends JsonObject {
  id: string;
  expect: JsonObject;
}

/** Where an answer differs from the recorded one: the first difference found. */
export interface Mismatch {
  /** Path inside `expect`: `rejected.node-1.reasons`. */
  readonly path: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

export interface ConformanceCase {
  /** null: the answer is the recorded one. May throw: a bug, counted as a mismatch. */
  check(row: Row): Mismatch | null;
}

export const cases: Readonly<Record<string, ConformanceCase>> = {
  quantity: quantityCase,
  effective: effectiveCase,
  validate: validateCase,
  admit: admitCase,
  schedule: scheduleCase,
  schedule2: scheduleCase,
  preempt: preemptCase,
  sequence: sequenceCase,
};

/** The case for a file of vectors, undefined when none is registered. */
export function caseFor(fileName: string): ConformanceCase | undefined {
  const name = Object.keys(cases)
    .filter((candidate) => fileName.startsWith(candidate))
    .sort((a, b) => b.length - a.length)[0];
  return name === undefined ? undefined : cases[name];
}
