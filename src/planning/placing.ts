/** Placing pods for good on a private fork, each where `fit` would put it. */
import { compilePod, placedRecord, schedule } from '../scheduler/cycle.js';
import type { ClusterModel } from '../scheduler/model.js';
import type { PodRecord } from '../scheduler/model-change.js';
import { profileOrDefault } from './profiles.js';

export interface Placement {
  readonly node: string | null;
  /** kube-scheduler's sentence when there is no node. */
  readonly message: string | null;
}

/** Places one pod on the best node of the fork, which then has it. */
export function placeOne(model: ClusterModel, record: PodRecord): Placement {
  const subject = compilePod(record, profileOrDefault(model, record));
  const result = schedule(model, subject);
  const { best } = result;
  if (best < 0) return { node: null, message: result.message() };
  const node = model.nodeName(best);
  const pod = placedRecord(subject, node);
  model.apply({ type: 'pod', namespace: pod.namespace, name: pod.name, pod });
  return { node, message: null };
}

/** One after another; null where a pod fits nowhere. */
export function placeAll(model: ClusterModel, records: readonly PodRecord[]): (string | null)[] {
  return records.map((record) => placeOne(model, record).node);
}
