/**
 * What replacing one manifest by another restarts: the pods, single containers in place, or nothing (SEMANTICS 12.6, 12.7,
 * 4.11, 2.6). Two manifests of one kind in, the effect of each changed field out.
 */
import { isSidecar } from '../effective.js';
import { Faults } from '../faults.js';
import { podSpecPath } from '../manifests.js';
import { Quantity } from '../quantity.js';
import { isJsonObject } from '../read-common.js';
import { readContainer } from '../read-container.js';
import type { Json, JsonObject } from '../types.js';
import { podUpdateFaults } from '../update-rules.js';

export type FieldEffect =
  /** Nothing restarts. */
  | 'none'
  /** One container restarts in place. */
  | 'container'
  /** Pods are replaced by new ones. */
  | 'pods'
  /** Pods that exist stay; those made later have it. */
  | 'newPods'
  /** The API server refuses it: the object must be deleted and created again. */
  | 'refused';

export interface FieldChange {
  /** `spec.template.spec.containers[app].image`: containers by name. */
  readonly field: string;
  readonly effect: FieldEffect;
  /** The container concerned; null for other fields. */
  readonly container: string | null;
  readonly sentence: string;
}

export interface ChangeEffect {
  readonly kind: string;
  readonly restarts: 'pods' | 'containers' | 'none';
  /** Containers that restart in place, in the order of the manifest. */
  readonly containers: readonly string[];
  /** False: the API server refuses the update as it is. */
  readonly allowed: boolean;
  /** The API server's sentences where it refuses. */
  readonly errors: readonly string[];
  /** Whether init containers run (again) because of this change. */
  readonly initContainersRun: boolean;
  readonly changes: readonly FieldChange[];
  readonly summary: string;
}

/** Both manifests are of that kind, not necessarily of one name. */
export function changeEffect(kind: string, before: JsonObject, after: JsonObject): ChangeEffect {
  const changes = kind === 'Pod' ? podChanges(before, after) : workloadChanges(kind, before, after);
  const errors =
    kind === 'Pod'
      ? podUpdateFaults(before, after).map(({ message }) => message)
      : refusals(kind, before, after, changes);
  // A resize is refused as an update of the pod and taken by its own subresource: it is allowed, by that way.
  const refused = changes.some(({ effect }) => effect === 'refused');
  const containers = [
    ...new Set(changes.flatMap(({ effect, container }) => (effect === 'container' && container ? [container] : []))),
  ];
  const replaces = changes.some(({ effect }) => effect === 'pods') || (refused && kind === 'Pod');
  const restarts = replaces ? 'pods' : containers.length > 0 ? 'containers' : 'none';
  return {
    kind,
    restarts,
    containers,
    allowed: !refused,
    errors: refused ? errors : [],
    initContainersRun: replaces && hasPlainInit(kind, after),
    changes,
    summary: summaryOf(kind, changes, restarts, containers, refused),
  };
}

function summaryOf(
  kind: string,
  changes: readonly FieldChange[],
  restarts: ChangeEffect['restarts'],
  containers: readonly string[],
  refused: boolean,
): string {
  if (changes.length === 0) return 'nothing changes';
  if (refused && kind === 'Pod') {
    return 'the API server refuses this update of a pod: it takes deleting the pod and creating it again, which runs everything anew';
  }
  if (refused) return `the API server refuses this update: the ${kind} must be deleted and created again`;
  if (restarts === 'pods') return changes.find(({ effect }) => effect === 'pods')!.sentence;
  if (restarts === 'containers')
    return `only ${containers.join(', ')} restarts, in place; the pod stays, and init containers do not run again`;
  if (changes.some(({ effect }) => effect === 'newPods'))
    return changes.find(({ effect }) => effect === 'newPods')!.sentence;
  return 'nothing restarts';
}

// ---- pods

interface Place {
  readonly list: 'containers' | 'initContainers' | 'ephemeralContainers';
  readonly name: string;
  readonly member: string;
}

function podChanges(before: JsonObject, after: JsonObject): FieldChange[] {
  const changes: FieldChange[] = [];
  for (const field of changedPaths(before, after)) {
    if (field === 'apiVersion' || field === 'kind' || field.startsWith('status')) continue;
    if (field.startsWith('metadata')) {
      changes.push(...metadataChange(field));
      continue;
    }
    const place = containerPlace(field);
    changes.push(
      place === undefined ? podFieldChange(field, before, after) : containerChange(field, place, before, after),
    );
  }
  return changes;
}

function metadataChange(field: string): FieldChange[] {
  if (!/^metadata\.(?:labels|annotations)/.test(field) || field.includes('last-applied-configuration')) return [];
  const sentence = field.startsWith('metadata.labels')
    ? 'labels change at once; nothing restarts (selectors may gain or lose the pod)'
    : 'annotations change at once; nothing restarts';
  return [{ field, effect: 'none', container: null, sentence }];
}

function containerPlace(field: string): Place | undefined {
  const match = /^spec\.(containers|initContainers|ephemeralContainers)\[(.*?)\](?:\.([A-Za-z]+))?/.exec(field);
  if (match === null) return undefined;
  const [, list, name = '', member = ''] = match;
  return { list: list as Place['list'], name, member };
}

function containerChange(
  field: string,
  { list, name, member }: Place,
  before: JsonObject,
  after: JsonObject,
): FieldChange {
  const old = containerIn(before, list, name);
  const now = containerIn(after, list, name);
  const change = (effect: FieldEffect, sentence: string): FieldChange => ({ field, effect, container: name, sentence });
  if (list === 'ephemeralContainers') {
    return change('none', 'an ephemeral container is added through its own subresource; nothing restarts');
  }
  if (old === undefined || now === undefined)
    return change('refused', 'containers of a pod cannot be added or removed');
  const sidecar = list === 'initContainers' && isSidecar(readContainer(now, new Faults()));
  if (member === 'image') {
    if (list === 'containers') return change('container', `${name} restarts with the new image; the pod stays`);
    if (sidecar) return change('container', `the sidecar ${name} alone restarts with the new image`);
    return change(
      'none',
      `the image of an init container that has run is not looked at again: nothing restarts; if ${name} has not run yet it runs with the new image`,
    );
  }
  if (member === 'resources') return resizeChange(field, name, list === 'initContainers' && !sidecar, old, now);
  return change('refused', `${member} of a container cannot be changed in a pod that exists`);
}

/** Through the `resize` subresource (SEMANTICS 2.6): in place, with a restart where the container's resizePolicy says so. */
function resizeChange(field: string, name: string, plainInit: boolean, old: JsonObject, now: JsonObject): FieldChange {
  const change = (effect: FieldEffect, sentence: string): FieldChange => ({ field, effect, container: name, sentence });
  const resource = /\.resources\.(?:requests|limits)\[(.*)\]$/.exec(field)?.[1];
  if (resource !== undefined && resource !== 'cpu' && resource !== 'memory') {
    return change('refused', 'only cpu and memory resources are mutable');
  }
  if (resource === undefined) return change('refused', 'only requests and limits of cpu and memory can be resized');
  if (plainInit) return change('none', `resized through the resize subresource; ${name} does not run again for it`);
  const policies = Array.isArray(now['resizePolicy']) ? now['resizePolicy'] : old['resizePolicy'];
  const restarts =
    Array.isArray(policies) &&
    policies.some(
      (policy) =>
        isJsonObject(policy) && policy['resourceName'] === resource && policy['restartPolicy'] === 'RestartContainer',
    );
  return restarts
    ? change(
        'container',
        `resized through the resize subresource; ${name} restarts, as its resizePolicy for ${resource} says`,
      )
    : change('none', `resized in place through the resize subresource; nothing restarts`);
}

const podFieldSentences: Readonly<Record<string, string>> = {
  activeDeadlineSeconds: 'may be set or lowered; nothing restarts, the pod is ended when it has passed',
  tolerations: 'tolerations may be added; nothing restarts',
  schedulingGates: 'gates may be removed; nothing restarts, without gates the pod is scheduled',
};

function podFieldChange(field: string, before: JsonObject, after: JsonObject): FieldChange {
  const member = /^spec\.([A-Za-z]+)/.exec(field)?.[1] ?? '';
  const allowed = podUpdateFaults(before, withMember(before, after, member)).length === 0;
  if (allowed) {
    const sentence = Object.hasOwn(podFieldSentences, member) ? podFieldSentences[member]! : 'nothing restarts';
    return { field, effect: 'none', container: null, sentence };
  }
  return { field, effect: 'refused', container: null, sentence: `${member} cannot be changed so in a pod that exists` };
}

/** The old pod with one member of its spec as in the new one: judges a field by itself. */
function withMember(before: JsonObject, after: JsonObject, member: string): JsonObject {
  const spec = { ...specOf(before) };
  const now = specOf(after)[member];
  if (now === undefined) delete spec[member];
  else spec[member] = now;
  return { ...before, spec };
}

function specOf(manifest: JsonObject): JsonObject {
  return isJsonObject(manifest['spec']) ? manifest['spec'] : {};
}

function containerIn(pod: JsonObject, list: string, name: string): JsonObject | undefined {
  const containers = specOf(pod)[list];
  if (!Array.isArray(containers)) return undefined;
  return containers.find((item): item is JsonObject => isJsonObject(item) && item['name'] === name);
}

// ---- workloads

interface WorkloadRules {
  /** Members of spec, besides the template, that may change, and what happens then. */
  readonly mutable: Readonly<Record<string, string>>;
  /** Of a changed template. */
  readonly template: (spec: JsonObject) => readonly [effect: FieldEffect, sentence: string];
  /** The API server's sentence for a member that may not change. */
  readonly refusal: (member: string, value: Json) => string;
}

const immutable = (member: string, value: Json): string =>
  `spec.${member}: Invalid value: ${JSON.stringify(value)}: field is immutable`;

const scaled = 'pods are added or removed; those that stay do not restart';
const pace = 'changes the pace of later rollouts; nothing restarts';

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
      if (spec['paused'] === true) {
        return [
          'newPods',
          'the Deployment is paused: nothing restarts until it is resumed, then all pods are replaced',
        ];
      }
      return strategyType(spec, 'strategy') === 'Recreate'
        ? [
            'pods',
            'any change of the template makes a new ReplicaSet: all old pods are ended first, then new ones start and run all init containers',
          ]
        : [
            'pods',
            'any change of the template makes a new ReplicaSet: all pods are replaced step by step, and each new one runs all init containers',
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
      if (strategyType(spec, 'updateStrategy') === 'OnDelete') {
        return ['newPods', 'updateStrategy OnDelete: a pod gets the new template when somebody deletes it'];
      }
      const partition = partitionOf(spec);
      return partition > 0
        ? [
            'pods',
            `pods with an ordinal of ${partition} or more are replaced, one at a time from the highest ordinal down; the others stay`,
          ]
        : [
            'pods',
            'pods are replaced one at a time from the highest ordinal down, each waiting for the one before to be Ready; each runs all init containers',
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
        : ['pods', 'pods are replaced node by node, by default one at a time; each new one runs all init containers'],
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
    template: (spec) =>
      spec['suspend'] === true
        ? [
            'newPods',
            'a suspended Job that has not started may still change where its pods may run; they are made when it is resumed',
          ]
        : ['refused', 'the template of a Job cannot be changed: delete the Job and create it again'],
    refusal: immutable,
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

function workloadChanges(kind: string, before: JsonObject, after: JsonObject): FieldChange[] {
  const rule = Object.hasOwn(rules, kind) ? rules[kind] : undefined;
  if (rule === undefined) return [];
  const changes: FieldChange[] = [];
  for (const field of changedPaths(before, after)) {
    if (field === 'apiVersion' || field === 'kind' || field.startsWith('status')) continue;
    if (field.startsWith('metadata')) {
      changes.push(
        ...metadataChange(field).map((change) => ({
          ...change,
          sentence: `${kind} alone is relabelled; its pods do not change`,
        })),
      );
      continue;
    }
    const member = /^spec\.([A-Za-z]+)/.exec(field)?.[1] ?? '';
    const container = /\.(?:initContainers|containers)\[(.*?)\]/.exec(field)?.[1] ?? null;
    if (member === 'template' || member === 'jobTemplate') {
      const [effect, sentence] = rule.template(specOf(after));
      changes.push({ field, effect, container, sentence });
    } else if (Object.hasOwn(rule.mutable, member)) {
      changes.push({ field, effect: 'none', container: null, sentence: rule.mutable[member]! });
    } else {
      changes.push({ field, effect: 'refused', container: null, sentence: `${member} of a ${kind} cannot be changed` });
    }
  }
  return changes;
}

function refusals(kind: string, _before: JsonObject, after: JsonObject, changes: readonly FieldChange[]): string[] {
  const rule = Object.hasOwn(rules, kind) ? rules[kind] : undefined;
  if (rule === undefined) return [];
  const members = changes
    .filter(({ effect }) => effect === 'refused')
    .map(({ field }) => /^spec\.([A-Za-z]+)/.exec(field)?.[1] ?? '');
  return [...new Set([...new Set(members)].map((member) => rule.refusal(member, specOf(after)[member] ?? null)))];
}

function hasPlainInit(kind: string, manifest: JsonObject): boolean {
  let value: Json | undefined = manifest;
  for (const member of podSpecPath(kind) ?? []) value = isJsonObject(value) ? value[member] : undefined;
  const containers = isJsonObject(value) ? value['initContainers'] : undefined;
  return (
    Array.isArray(containers) && containers.some((item) => isJsonObject(item) && item['restartPolicy'] !== 'Always')
  );
}

// ---- differences

/**
 * Paths of the deepest members that differ, in the order of the new manifest. Lists of named things are compared by name
 * (`containers[app]`), other lists as a whole. Absent and null are one.
 */
function changedPaths(before: Json, after: Json, path = ''): string[] {
  const amounts = /\.(?:resources|requests|limits|labels|annotations|nodeSelector)$/.test(path);
  const old = amounts ? (before ?? {}) : before;
  const now = amounts ? (after ?? {}) : after;
  if (isJsonObject(old) && isJsonObject(now)) {
    const keys = new Set([...Object.keys(now), ...Object.keys(old)]);
    return [...keys].flatMap((key) => changedPaths(memberOf(old, key), memberOf(now, key), childPath(path, key)));
  }
  if (Array.isArray(old) && Array.isArray(now) && [...old, ...now].every(isNamed)) {
    const names = new Set([...now, ...old].map(nameOf));
    return [...names].flatMap((name) => changedPaths(named(old, name), named(now, name), `${path}[${name}]`));
  }
  return same(old, now, path) ? [] : [path];
}

function same(old: Json, now: Json, path: string): boolean {
  if (JSON.stringify(old) === JSON.stringify(now) || (isEmpty(old) && isEmpty(now))) return true;
  if (!/\.(?:requests|limits)\[.*\]$/.test(path) || !isAmount(old) || !isAmount(now)) return false;
  // `1` and `1000m` are one amount.
  const left = Quantity.tryParse(String(old));
  const right = Quantity.tryParse(String(now));
  return left instanceof Quantity && right instanceof Quantity && left.equals(right);
}

function isAmount(value: Json): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

function memberOf(object: JsonObject, key: string): Json {
  return Object.hasOwn(object, key) ? (object[key] ?? null) : null;
}

/** Resource names and label keys stand in brackets, as in the API server's paths. */
function childPath(path: string, key: string): string {
  if (path === '') return key;
  return /\.(?:requests|limits|labels|annotations|nodeSelector|matchLabels)$/.test(path)
    ? `${path}[${key}]`
    : `${path}.${key}`;
}

function isEmpty(value: Json): boolean {
  return value === null || (typeof value === 'object' && Object.keys(value).length === 0);
}

function isNamed(value: Json): boolean {
  return isJsonObject(value) && typeof value['name'] === 'string';
}

function nameOf(value: Json): string {
  return isJsonObject(value) && typeof value['name'] === 'string' ? value['name'] : '';
}

function named(list: readonly Json[], name: string): Json {
  return list.find((item) => nameOf(item) === name) ?? null;
}
