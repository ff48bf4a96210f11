/** What a change of a workload restarts: rollouts, and members that cannot change (SEMANTICS 12.7). */
import { isJsonObject } from '../read-common.js';
import type { Json, JsonObject } from '../types.js';
import { changedPaths } from './changed-paths.js';
import { metadataChange, specOf, type FieldChange, type FieldEffect } from './field-change.js';

interface WorkloadRules {
  /** Members of spec, besides the template, that may change, and what happens then. */
  readonly mutable: Readonly<Record<string, string>>;
  /** Of a changed template; `field` is the path that changed. */
  readonly template: (spec: JsonObject, field: string) => readonly [effect: FieldEffect, sentence: string];
  /** The API server's sentence for a member that may not change. */
  readonly refusal: (member: string, value: Json, spec: JsonObject) => string;
}

const immutable = (member: string, value: Json): string =>
  `spec.${member}: Invalid value: ${JSON.stringify(value)}: field is immutable`;

const scaled = 'pods are added or removed; those that stay do not restart';
const pace = 'changes the pace of later rollouts; nothing restarts';

/** Scaled to zero, by this change or before. */
const nobodyLeft = ['newPods', 'no replica is left to be replaced: pods made later have the new template'] as const;

const rules: Readonly<Record<string, WorkloadRules>> = {
  Deployment: {
    mutable: {
      replicas: scaled,
      strategy: pace,
      minReadySeconds: pace,
      progressDeadlineSeconds: pace,
      revisionHistoryLimit: 'nothing restarts',
      paused: 'a pause holds back rollouts; nothing restarts by itself',
    },
    template: (spec) => {
      if (spec['replicas'] === 0) return nobodyLeft;
      if (spec['paused'] === true) {
        return [
          'newPods',
          'the Deployment is paused: nothing restarts until it is resumed, then all pods are replaced',
        ];
      }
      return strategyType(spec, 'strategy') === 'Recreate'
        ? [
            'pods',
            'any change of the template makes a new ReplicaSet: all old pods are ended first, then new ones start anew, init containers included',
          ]
        : [
            'pods',
            'any change of the template makes a new ReplicaSet: all pods are replaced step by step, and each new one starts anew, init containers included',
          ];
    },
    refusal: immutable,
  },
  ReplicaSet: {
    mutable: { replicas: scaled, minReadySeconds: 'nothing restarts' },
    template: () => ['newPods', 'pods that exist stay as they are; only pods made later have the new template'],
    refusal: immutable,
  },
  ReplicationController: {
    mutable: {
      replicas: scaled,
      minReadySeconds: 'nothing restarts',
      selector: 'pods may be gained or lost; nothing restarts',
    },
    template: () => ['newPods', 'pods that exist stay as they are; only pods made later have the new template'],
    refusal: immutable,
  },
  StatefulSet: {
    mutable: {
      replicas: scaled,
      ordinals: 'pods outside the new range are ended, missing ones made; the others do not restart',
      updateStrategy: pace,
      revisionHistoryLimit: 'nothing restarts',
      persistentVolumeClaimRetentionPolicy: 'nothing restarts',
      minReadySeconds: pace,
    },
    template: (spec) => {
      if (spec['replicas'] === 0) return nobodyLeft;
      if (strategyType(spec, 'updateStrategy') === 'OnDelete') {
        return ['newPods', 'updateStrategy OnDelete: a pod gets the new template when somebody deletes it'];
      }
      const partition = partitionOf(spec);
      const replicas = typeof spec['replicas'] === 'number' ? spec['replicas'] : 1;
      if (partition > 0 && partition >= replicas + firstOrdinal(spec)) {
        return ['newPods', `no pod has an ordinal of ${partition}, the partition, or more: those that exist stay`];
      }
      return partition > 0
        ? [
            'pods',
            `pods with an ordinal of ${partition} or more are replaced, one at a time from the highest ordinal down; the others stay`,
          ]
        : [
            'pods',
            'pods are replaced one at a time from the highest ordinal down, each waiting for the one before to be Ready; each starts anew, init containers included',
          ];
    },
    refusal: () =>
      "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
  },
  DaemonSet: {
    mutable: { updateStrategy: pace, minReadySeconds: pace, revisionHistoryLimit: 'nothing restarts' },
    template: (spec) =>
      strategyType(spec, 'updateStrategy') === 'OnDelete'
        ? ['newPods', 'updateStrategy OnDelete: a pod gets the new template when somebody deletes it']
        : [
            'pods',
            'pods are replaced node by node, by default one at a time; each new one starts anew, init containers included',
          ],
    refusal: immutable,
  },
  Job: {
    mutable: {
      parallelism: 'pods are added or removed; those that stay do not restart',
      suspend: 'suspending ends the running pods, resuming makes new ones',
      activeDeadlineSeconds: 'nothing restarts; the Job is ended when it has passed',
      backoffLimit: 'nothing restarts',
      ttlSecondsAfterFinished: 'nothing restarts',
      maxFailedIndexes: 'nothing restarts',
    },
    template: (spec, field) =>
      spec['suspend'] === true && mutableWhileSuspended.test(field)
        ? [
            'newPods',
            'a suspended Job that has not started may still change where its pods may run; they are made when it is resumed',
          ]
        : ['refused', 'the template of a Job cannot be changed: delete the Job and create it again'],
    refusal: (member, value, spec) =>
      member === 'completions' && spec['completionMode'] === 'Indexed' && value !== null
        ? `spec.completions: Invalid value: ${JSON.stringify(value)}: can only be modified in tandem with spec.parallelism`
        : immutable(member, value),
  },
  CronJob: {
    mutable: {
      schedule: 'later runs start at other times; nothing restarts',
      timeZone: 'later runs start at other times; nothing restarts',
      suspend: 'later runs are held back; nothing restarts',
      concurrencyPolicy: 'concerns later runs; nothing restarts',
      startingDeadlineSeconds: 'concerns later runs; nothing restarts',
      successfulJobsHistoryLimit: 'nothing restarts',
      failedJobsHistoryLimit: 'nothing restarts',
    },
    template: () => ['newPods', 'Jobs that exist stay as they are; the next run has the new template'],
    refusal: immutable,
  },
};

/** Where pods may run, and what they ask for: all that a Job which has not started may still change of its template. */
const mutableWhileSuspended =
  /^spec\.template\.(?:metadata\.(?:labels|annotations)|spec\.(?:affinity|nodeSelector|tolerations|schedulingGates|(?:initContainers|containers)\[.*\]\.resources))\b/;

function firstOrdinal({ ordinals }: JsonObject): number {
  return isJsonObject(ordinals) && typeof ordinals['start'] === 'number' ? ordinals['start'] : 0;
}

function strategyType(spec: JsonObject, member: string): string {
  const strategy = spec[member];
  return isJsonObject(strategy) && typeof strategy['type'] === 'string' ? strategy['type'] : 'RollingUpdate';
}

function partitionOf(spec: JsonObject): number {
  const strategy = spec['updateStrategy'];
  const rollingUpdate = isJsonObject(strategy) ? strategy['rollingUpdate'] : undefined;
  const partition = isJsonObject(rollingUpdate) ? rollingUpdate['partition'] : undefined;
  return typeof partition === 'number' ? partition : 0;
}

/** Every field that two workloads of one kind differ in. */
export function workloadChanges(kind: string, before: JsonObject, after: JsonObject): FieldChange[] {
  const rule = Object.hasOwn(rules, kind) ? rules[kind] : undefined;
  if (rule === undefined) return [];
  const changes: FieldChange[] = [];
  for (const field of changedPaths(before, after)) {
    if (field === 'apiVersion' || field === 'kind' || field.startsWith('status')) continue;
    if (field.startsWith('metadata')) {
      changes.push(
        ...metadataChange(field).map((change) => ({
          ...change,
          sentence: `of the ${kind} itself, not of its pods: nothing restarts`,
        })),
      );
      continue;
    }
    const member = /^spec\.([A-Za-z]+)/.exec(field)?.[1] ?? '';
    const container = /\.(?:initContainers|containers)\[(.*?)\]/.exec(field)?.[1] ?? null;
    if (member === 'template' || member === 'jobTemplate') {
      const [effect, sentence] = rule.template(specOf(after), field);
      changes.push({ field, effect, container, sentence });
    } else if (kind === 'Job' && field === 'spec.completions') {
      changes.push(completionsChange(specOf(after)));
    } else if (Object.hasOwn(rule.mutable, member)) {
      changes.push({ field, effect: 'none', container: null, sentence: rule.mutable[member]! });
    } else {
      changes.push({ field, effect: 'refused', container: null, sentence: `${member} of a ${kind} cannot be changed` });
    }
  }
  return changes;
}

/** An Indexed Job is scaled by completions and parallelism together (ElasticIndexedJob); of others they are fixed. */
function completionsChange(spec: JsonObject): FieldChange {
  const change = (effect: FieldEffect, sentence: string): FieldChange => ({
    field: 'spec.completions',
    effect,
    container: null,
    sentence,
  });
  if (spec['completionMode'] !== 'Indexed') return change('refused', 'completions of a Job cannot be changed');
  return isElastic(spec)
    ? change('none', 'an Indexed Job is scaled: pods of new indexes are made, those of indexes beyond are ended')
    : change('refused', 'completions of an Indexed Job change only together with parallelism, to the same number');
}

/** Whether completions and parallelism are the same number; parallelism is 1 by default. */
function isElastic({ completions = null, parallelism = null }: JsonObject): boolean {
  return completions === (parallelism ?? 1);
}

/** The API server's sentences for members that may not change. */
export function refusals(
  kind: string,
  _before: JsonObject,
  after: JsonObject,
  changes: readonly FieldChange[],
): string[] {
  const rule = Object.hasOwn(rules, kind) ? rules[kind] : undefined;
  if (rule === undefined) return [];
  const members = changes
    .filter(({ effect }) => effect === 'refused')
    .map(({ field }) => /^spec\.([A-Za-z]+)/.exec(field)?.[1] ?? '');
  return [
    ...new Set(
      [...new Set(members)].map((member) => rule.refusal(member, specOf(after)[member] ?? null, specOf(after))),
    ),
  ];
}
