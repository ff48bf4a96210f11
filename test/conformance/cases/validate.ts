import { defaultPod } from '../../../src/kubernetes/defaulting.js';
import { Faults } from '../../../src/kubernetes/faults.js';
import { readPod } from '../../../src/kubernetes/read-pod.js';
import type { Json } from '../../../src/kubernetes/types.js';
import { validatePod } from '../../../src/kubernetes/validation/validate-pod.js';
import { isJsonObject } from '../../../src/kubernetes/read-common.js';
import { firstDifference } from '../compare.js';
import type { ConformanceCase } from '../registry.js';

export const validateCase: ConformanceCase = {
  check(row) {
    const faults = new Faults();
    validatePod(defaultPod(readPod(row.pod ?? null, faults)), faults);
    const errors = faults.errors.map(({ type, field, detail, message }) => ({ type, field, detail, full: message }));
    return firstDifference(
      { valid: row.expect.valid, errors: sorted(row.expect.errors ?? []) },
      { valid: errors.length === 0, errors: sorted(errors) },
    );
  },
};

/** The full sentences of recorded errors. */
export function recordedSentences(errors: Json | undefined): string[] {
  return Array.isArray(errors)
    ? errors.map((error) => (isJsonObject(error) && typeof error.full === 'string' ? error.full : ''))
    : [];
}

function sorted(errors: Json): string[] {
  return Array.isArray(errors)
    ? errors
        .map((error) =>
          JSON.stringify(isJsonObject(error) ? [error.type, error.field, error.detail, error.full] : error),
        )
        .sort()
    : [];
}
