/**
 * Reads and validates an object of any kept kind but Pod (`read-pod`, `validation/validate-pod`), as far as answers depend
 * on it. The caller decides what the faults are worth: errors for what a client proposes, warnings for what a real cluster
 * has admitted.
 */
import type { Faults } from '../faults.js';
import { readObjectMeta } from '../read-meta.js';
import type { JsonObject } from '../types.js';
import { validateObjectMeta } from '../validation/metadata.js';
import { dnsLabelFaults, dnsSubdomainFaults } from '../validation/names.js';
import { checkNode } from './node.js';
import { checkMembers } from './object-schema.js';
import { checkLimitRange, checkPriorityClass, checkRuntimeClass } from './policies.js';
import { checkResourceQuota } from './resource-quotas.js';
import { checkHorizontalPodAutoscaler, checkPodDisruptionBudget, checkService } from './budgets.js';
import { checkDaemonSet, checkDeployment, checkReplicaSet, checkReplicationController } from './deployments.js';
import { checkCronJob, checkJob } from './jobs.js';
import { checkStatefulSet } from './stateful-sets.js';

type Check = (manifest: JsonObject, faults: Faults) => unknown;

/** Objects of which only the name matters. */
const metadataOf =
  (rules: Parameters<typeof validateObjectMeta>[1]): Check =>
  (manifest, faults) =>
    validateObjectMeta(readObjectMeta(manifest['metadata'], 'metadata', faults), rules, faults);

const clusterScoped = metadataOf({ name: dnsSubdomainFaults, namespaced: false });

const checks: Readonly<Record<string, Check>> = {
  Node: checkNode,
  Namespace: metadataOf({ name: dnsLabelFaults, namespaced: false }),
  Service: checkService,
  ReplicationController: checkReplicationController,
  LimitRange: checkLimitRange,
  ResourceQuota: checkResourceQuota,
  PersistentVolume: clusterScoped,
  PersistentVolumeClaim: metadataOf({ name: dnsSubdomainFaults, namespaced: true }),
  Deployment: checkDeployment,
  StatefulSet: checkStatefulSet,
  ReplicaSet: checkReplicaSet,
  DaemonSet: checkDaemonSet,
  Job: checkJob,
  CronJob: checkCronJob,
  HorizontalPodAutoscaler: checkHorizontalPodAutoscaler,
  PodDisruptionBudget: checkPodDisruptionBudget,
  PriorityClass: checkPriorityClass,
  RuntimeClass: checkRuntimeClass,
  StorageClass: clusterScoped,
  CSINode: clusterScoped,
};

/**
 * @param kind of a kept group (`keptKind`): its name alone tells it apart
 * @param manifest with its namespace filled in
 */
export function checkObject(kind: string, manifest: JsonObject, faults: Faults): void {
  checkMembers(kind, manifest, faults);
  if (Object.hasOwn(checks, kind)) checks[kind]?.(manifest, faults);
}
