/** The scheduler profile that a pod is judged by, and what of it this service leaves out (API.md 2). */
import { defaultProfile, profilesOf } from '../scheduler/configuration.js';
import type { ClusterModel } from '../scheduler/model.js';
import type { PodRecord } from '../scheduler/model-change.js';
import { podClass } from '../scheduler/pod-class.js';
import type { Profile } from '../scheduler/profile.js';
import type { NotEvaluated } from './common.js';

/** The profile of the pod's schedulerName; null when the cluster's configuration has none of that name. */
export function profileOf(model: ClusterModel, record: PodRecord): Profile | null {
  return profilesOf(model.scheduler).get(podClass(record.shape).schedulerName) ?? null;
}

/** What stands in for a scheduler that is not known: the answer is then `unknown`, whatever it computes. */
export function profileOrDefault(model: ClusterModel, record: PodRecord): Profile {
  return profileOf(model, record) ?? defaultProfile;
}

const NAMED = 10;

/** What is left out of Kubernetes' decision for these pods, merged over pods; the first ten pods of each are named. */
export function notEvaluatedOf(model: ClusterModel, records: readonly PodRecord[]): NotEvaluated[] {
  const found = new Map<string, { plugin: string; reason: string; pods: string[] }>();
  const note = (plugin: string, reason: string, pod: string | null): void => {
    const key = `${plugin} ${reason}`;
    let entry = found.get(key);
    if (entry === undefined) found.set(key, (entry = { plugin, reason, pods: [] }));
    if (pod !== null && entry.pods.length < NAMED && !entry.pods.includes(pod)) entry.pods.push(pod);
  };
  for (const record of records) {
    const pod = `${record.namespace}/${record.name}`;
    const { source, schedulerName } = podClass(record.shape);
    for (const [plugin, reason] of source.notEvaluated ?? []) note(plugin, reason, pod);
    const profile = profileOf(model, record);
    if (profile === null) note('', `schedulerName "${schedulerName}" is no known profile`, pod);
    else for (const { plugin, reason } of profile.notEvaluated) note(plugin, reason, null);
  }
  return [...found.values()].map(({ plugin, pods, reason }) => ({ plugin, pods, reason }));
}

export function hasUnknownScheduler(model: ClusterModel, records: readonly PodRecord[]): boolean {
  return records.some((record) => profileOf(model, record) === null);
}
