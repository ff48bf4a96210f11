/**
 * The members of every kind but Pod and Node (Kubernetes v1.36), so that a misspelt one (`spec.replcas`) is reported as an
 * unknown field. Members without a schema of their own here are of no further interest, or are checked where they are
 * read: metadata, pod templates, selectors.
 */
import type { Faults } from '../faults.js';
import { checkFields, list, object, readElsewhere, type ObjectSchema, type Schema } from '../schema.js';
import type { JsonObject } from '../types.js';

/** An object of `members`, all of which are read elsewhere. */
const members = (names: string): ObjectSchema => object(readElsewhere(...names.split(' ')));

const objectMembers = ['apiVersion', 'kind', 'metadata', 'status'];
const withSpec = (spec: ObjectSchema): ObjectSchema => object({ ...readElsewhere(...objectMembers), spec });
const withMembers = (names: string): ObjectSchema => object(readElsewhere(...objectMembers, ...names.split(' ')));

/** A spec: names of the members of no schema, and those that have one. */
const spec = (names: string, known: Readonly<Record<string, Schema>> = {}): ObjectSchema =>
  withSpec(object({ ...readElsewhere(...names.split(' ').filter(Boolean)), ...known }));

const jobMembers =
  'parallelism completions activeDeadlineSeconds podFailurePolicy successPolicy backoffLimit backoffLimitPerIndex ' +
  'maxFailedIndexes selector manualSelector template ttlSecondsAfterFinished completionMode suspend ' +
  'podReplacementPolicy managedBy';

const strategyOf = (rollingUpdate: string): Schema => object({ type: 'string', rollingUpdate: members(rollingUpdate) });
const updateStrategy = strategyOf('maxUnavailable maxSurge');

const schemas: ReadonlyMap<string, ObjectSchema> = new Map([
  ['Namespace', spec('finalizers')],
  [
    'Service',
    spec(
      'ports selector clusterIP clusterIPs type externalIPs sessionAffinity loadBalancerIP loadBalancerSourceRanges ' +
        'externalName externalTrafficPolicy healthCheckNodePort publishNotReadyAddresses sessionAffinityConfig ' +
        'ipFamilies ipFamilyPolicy allocateLoadBalancerNodePorts loadBalancerClass internalTrafficPolicy ' +
        'trafficDistribution',
    ),
  ],
  ['ReplicationController', spec('replicas minReadySeconds selector template')],
  ['LimitRange', spec('', { limits: list(members('type max min default defaultRequest maxLimitRequestRatio')) })],
  [
    'ResourceQuota',
    spec('hard scopes', {
      scopeSelector: object({ matchExpressions: list(members('scopeName operator values')) }),
    }),
  ],
  [
    'PersistentVolumeClaim',
    spec(
      'accessModes selector resources volumeName storageClassName volumeMode dataSource dataSourceRef ' +
        'volumeAttributesClassName',
    ),
  ],
  [
    'Deployment',
    spec('replicas selector template minReadySeconds revisionHistoryLimit paused progressDeadlineSeconds', {
      strategy: updateStrategy,
    }),
  ],
  ['ReplicaSet', spec('replicas minReadySeconds selector template')],
  [
    'StatefulSet',
    spec(
      'replicas selector template volumeClaimTemplates serviceName podManagementPolicy revisionHistoryLimit ' +
        'minReadySeconds',
      {
        updateStrategy: strategyOf('partition maxUnavailable'),
        persistentVolumeClaimRetentionPolicy: members('whenDeleted whenScaled'),
        ordinals: members('start'),
      },
    ),
  ],
  ['DaemonSet', spec('selector template minReadySeconds revisionHistoryLimit', { updateStrategy })],
  ['Job', withSpec(members(jobMembers))],
  [
    'CronJob',
    spec(
      'schedule timeZone startingDeadlineSeconds concurrencyPolicy suspend successfulJobsHistoryLimit ' +
        'failedJobsHistoryLimit',
      { jobTemplate: object({ metadata: 'any', spec: members(jobMembers) }) },
    ),
  ],
  [
    // The last member is that of version 1.
    'HorizontalPodAutoscaler',
    spec('minReplicas maxReplicas metrics behavior targetCPUUtilizationPercentage', {
      scaleTargetRef: members('apiVersion kind name'),
    }),
  ],
  ['PodDisruptionBudget', spec('minAvailable maxUnavailable selector unhealthyPodEvictionPolicy')],
  ['PriorityClass', withMembers('value globalDefault description preemptionPolicy')],
  [
    'RuntimeClass',
    object({
      ...readElsewhere('apiVersion', 'kind', 'metadata', 'handler'),
      overhead: members('podFixed'),
      scheduling: members('nodeSelector tolerations'),
    }),
  ],
  [
    'StorageClass',
    withMembers(
      'provisioner parameters reclaimPolicy mountOptions allowVolumeExpansion volumeBindingMode allowedTopologies',
    ),
  ],
  ['CSINode', spec('drivers')],
]);

/** Reports members that the kind does not have, and those above that are of another type, at any depth given here. */
export function checkMembers(kind: string, manifest: JsonObject, faults: Faults): void {
  const schema = schemas.get(kind);
  if (schema !== undefined) checkFields(manifest, schema, faults);
}
