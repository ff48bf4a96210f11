/** QoS class (pkg/apis/core/v1/helper/qos; SEMANTICS 3). Only cpu and memory, only amounts above zero. */
import type { Pod, ResourceList } from './types.js';
import type { Quantity } from './quantity.js';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

const counted = ['cpu', 'memory'] as const;

/**
 * The class of a pod as created: requests must have been defaulted from limits before. Overhead and ephemeral containers
 * play no part; init containers count like app containers, by plain sums.
 *
 * Upstream's quirk is kept: `spec.resources: {}` alone makes a pod BestEffort, whatever its containers say.
 */
export function qosClass(pod: Pod): QosClass {
  const { spec } = pod;
  const requests = new Map<string, Quantity>();
  const limits = new Map<string, Quantity>();
  let everyLimitSet = true;
  if (spec.resources !== undefined) {
    sumPositive(requests, spec.resources.requests);
    everyLimitSet = sumPositive(limits, spec.resources.limits) === counted.length;
  } else {
    for (const container of [...spec.containers, ...spec.initContainers]) {
      sumPositive(requests, container.resources.requests);
      if (sumPositive(limits, container.resources.limits) < counted.length) everyLimitSet = false;
    }
  }
  if (requests.size === 0 && limits.size === 0) return 'BestEffort';
  const equal =
    requests.size === limits.size &&
    [...requests].every(([name, request]) => limits.get(name)?.equals(request) === true);
  return everyLimitSet && equal ? 'Guaranteed' : 'Burstable';
}

/** @returns how many of the counted resources are positive in `resources` */
function sumPositive(target: Map<string, Quantity>, resources: ResourceList): number {
  let positive = 0;
  for (const name of counted) {
    const quantity = resources.get(name);
    if (quantity === undefined || quantity.sign() <= 0) continue;
    positive++;
    target.set(name, target.get(name)?.add(quantity) ?? quantity);
  }
  return positive;
}
