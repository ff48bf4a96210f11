import type { Labels } from '../kubernetes/types.js';
import type { PodRecord } from '../scheduler/model-change.js';
import type { PodShape } from '../scheduler/pod-shape.js';

/** All labels of a pod: those it shares with its class and its own. */
export function mergedPodLabels(pod: PodRecord): Labels {
  const shared = (JSON.parse(pod.shape) as PodShape).labels;
  return pod.ownLabels === null ? shared : { ...shared, ...(JSON.parse(pod.ownLabels) as Labels) };
}
