import { defaultPod } from '../../../src/kubernetes/defaulting.js';
import { effectiveLimits, effectiveRequests, podRequests } from '../../../src/kubernetes/effective.js';
import { Faults } from '../../../src/kubernetes/faults.js';
import { qosClass } from '../../../src/kubernetes/qos.js';
import { readPod } from '../../../src/kubernetes/read-pod.js';
import type { ResourceList } from '../../../src/kubernetes/types.js';
import { validatePod } from '../../../src/kubernetes/validation/validate-pod.js';
import { differentMultisets, firstDifference } from '../compare.js';
import type { ConformanceCase } from '../registry.js';
import { recordedSentences } from './validate.js';

export const effectiveCase: ConformanceCase = {
  check(row) {
    const faults = new Faults();
    const pod = defaultPod(readPod(row.pod ?? null, faults));
    validatePod(pod, faults);
    const sentences = faults.errors.map(({ message }) => message);
    if (row.expect.invalid !== undefined) {
      return differentMultisets(recordedSentences(row.expect.invalid), sentences, 'invalid');
    }
    if (sentences.length > 0) return { path: 'invalid', expected: undefined, actual: sentences };
    return firstDifference(row.expect, {
      requests: recorded(effectiveRequests(pod)),
      limits: recorded(effectiveLimits(pod)),
      requestsNoOverhead: recorded(podRequests(pod, { withoutOverhead: true })),
      containerRequestsOnly: recorded(podRequests(pod, { withoutPodLevel: true })),
      qosClass: qosClass(pod),
    });
  },
};

/** A resource list as the rows write it. */
export function recorded(resources: ResourceList): Record<string, unknown> {
  return Object.fromEntries(
    [...resources].map(([name, quantity]) => [
      name,
      {
        canonical: quantity.toString(),
        value: String(quantity.value()),
        milliValue: String(quantity.milliValue()),
      },
    ]),
  );
}
