import { admitPod, readPolicies } from '../../../src/kubernetes/admission/admit-pod.js';
import { podQuotaUsage } from '../../../src/kubernetes/admission/resource-quota.js';
import { defaultPod } from '../../../src/kubernetes/defaulting.js';
import { effectiveLimits, effectiveRequests } from '../../../src/kubernetes/effective.js';
import { Faults } from '../../../src/kubernetes/faults.js';
import { qosClass } from '../../../src/kubernetes/qos.js';
import { isJsonObject } from '../../../src/kubernetes/read-common.js';
import { readPod } from '../../../src/kubernetes/read-pod.js';
import type { Json } from '../../../src/kubernetes/types.js';
import { validatePod } from '../../../src/kubernetes/validation/validate-pod.js';
import { differentMultisets, firstDifference } from '../compare.js';
import type { ConformanceCase } from '../registry.js';
import { recorded } from './effective.js';

export const admitCase: ConformanceCase = {
  check({ pod: manifest, limitRanges, expect }) {
    const faults = new Faults();
    const defaulted = defaultPod(readPod(manifest ?? null, faults));
    const policies = readPolicies(Array.isArray(limitRanges) ? limitRanges.filter(isJsonObject) : []);
    const { pod, errors } = admitPod(defaulted, policies);
    validatePod(pod, faults);
    const { limitRangeErrors, validationErrors, ...amounts } = expect;
    const refusals = errors.filter(({ source }) => source === 'LimitRanger').map(({ message }) => message);
    const sentences = faults.errors.map(({ message }) => message);
    return (
      differentMultisets(texts(limitRangeErrors), refusals, 'limitRangeErrors') ??
      differentMultisets(texts(validationErrors), sentences, 'validationErrors') ??
      firstDifference(amounts, {
        containers: Object.fromEntries(
          [...pod.spec.containers, ...pod.spec.initContainers].map(({ name, resources }) => [
            name,
            { requests: recorded(resources.requests), limits: recorded(resources.limits) },
          ]),
        ),
        requests: recorded(effectiveRequests(pod)),
        limits: recorded(effectiveLimits(pod)),
        qosClass: qosClass(pod),
        quotaUsage: recorded(podQuotaUsage(pod)),
      })
    );
  },
};

function texts(list: Json | undefined): string[] {
  return Array.isArray(list) ? list.filter((item) => typeof item === 'string') : [];
}
