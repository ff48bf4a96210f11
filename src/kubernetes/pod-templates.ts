/**
 * Every kind that holds a pod template, as the pods that its controller would create: labels, owner, name, tolerations,
 * volumes. Manifests in, manifests out; `read-pod` reads the result like any pod. Upstream: `pkg/controller/*`.
 */
import { podSpecPath } from './manifests.js';
import type { Manifest } from './manifests.js';
import { isJsonObject } from './read-common.js';
import type { Json, JsonObject, Pod, PodAffinity, PodAffinityTerm, LabelSelector } from './types.js';

/** What a workload stands for. */
export interface WorkloadPods {
  readonly kind: string;
  readonly namespace: string;
  /** Name of the workload; with `generateName` alone, what that gives. */
  readonly name: string;
  /** How many pods the controller would keep; a DaemonSet's depends on the nodes: 1 here, and `perNode`. */
  readonly replicas: number;
  /** One pod an eligible node (DaemonSet): pin each with `pinToNode`. */
  readonly perNode: boolean;
  /** Path of the pod (template) inside the manifest, for field errors: empty for a Pod, else `spec.template` … */
  readonly path: string;
  /** Manifest of the pod with that index, from 0 on. No two have the same name. */
  readonly pod: (index: number) => JsonObject;
  /**
   * Objects that stand beside the pods and that default spreading reads the selector of: the ReplicaSet that a Deployment
   * would create, the ReplicaSet, StatefulSet or ReplicationController itself. Not for a Pod.
   */
  readonly owners: readonly JsonObject[];
}

export interface TemplateOptions {
  /** Instead of the replicas of the manifest (scaleWorkload, an autoscaler's maximum). */
  readonly replicas?: number;
}

/** Stands for the uid of what no cluster has created yet. */
const unborn = '00000000-0000-0000-0000-000000000000';

/** undefined for kinds that hold no pod template. */
export function workloadPods(
  {
    kind,
    apiVersion,
    namespace,
    name: given,
    manifest,
  }: Pick<Manifest, 'kind' | 'apiVersion' | 'namespace' | 'name' | 'manifest'>,
  options: TemplateOptions = {},
): WorkloadPods | undefined {
  const specPath = podSpecPath(kind);
  if (specPath === undefined) return undefined;
  if (kind === 'Pod' && given !== '') return namedPod(namespace, given, manifest, options.replicas ?? 1);
  const path = specPath.slice(0, -1).join('.');
  const metadata = objectAt(manifest, 'metadata');
  const spec = objectAt(manifest, 'spec');
  const template = objectAt(spec, 'template');
  const generateName = textAt(metadata, 'generateName') ?? '';
  // A controller without a name is refused by validation; named like its kind, its pods can be judged all the same.
  const name = given || (kind === 'Pod' ? generateName : generateName.replace(/-$/, '') || kind.toLowerCase());
  const owner = { apiVersion, kind, namespace, name, uid: textAt(metadata, 'uid') ?? unborn };
  const replicas = options.replicas ?? countAt(spec, 'replicas', 1);
  const workload = { kind, namespace, name, path, perNode: false, owners: [manifest] };
  switch (kind) {
    case 'Pod':
      return {
        ...workload,
        replicas: options.replicas ?? 1,
        owners: [],
        pod: (index) => barePod(manifest, given, index),
      };
    case 'ReplicationController':
    case 'ReplicaSet':
      return {
        ...workload,
        replicas,
        pod: (index) => podFrom(template, owner, { name: `${name}-${suffix(index)}`, labels: {} }),
      };
    case 'Deployment': {
      const replicaSet = replicaSetOf(owner, spec, template, replicas);
      const hash = textAt(objectAt(objectAt(replicaSet, 'metadata'), 'labels'), templateHashLabel)!;
      const setName = `${name}-${hash}`;
      const setOwner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', namespace, name: setName, uid: unborn };
      return {
        ...workload,
        replicas,
        owners: [replicaSet],
        pod: (index) =>
          podFrom(template, setOwner, { name: `${setName}-${suffix(index)}`, labels: { [templateHashLabel]: hash } }),
      };
    }
    case 'StatefulSet':
      return { ...workload, replicas, pod: (index) => statefulSetPod(owner, spec, template, index) };
    case 'DaemonSet':
      return {
        ...workload,
        replicas: options.replicas ?? 1,
        perNode: true,
        owners: [],
        pod: (index) => daemonSetPod(owner, template, index),
      };
    case 'Job':
      return {
        ...workload,
        replicas: options.replicas ?? jobPods(spec, objectAt(manifest, 'status')),
        owners: [],
        pod: (index) => jobPod(owner, spec, template, index),
      };
    case 'CronJob': {
      const jobSpec = objectAt(objectAt(spec, 'jobTemplate'), 'spec');
      const jobTemplate = objectAt(jobSpec, 'template');
      // A run is named by its minute since the epoch; the next one's is not known.
      const job = { apiVersion: 'batch/v1', kind: 'Job', namespace, name: `${name}-00000000`, uid: unborn };
      return {
        ...workload,
        replicas: options.replicas ?? jobPods(jobSpec, {}),
        owners: [],
        pod: (index) => jobPod(job, jobSpec, jobTemplate, index),
      };
    }
    default:
      return undefined;
  }
}

interface Owner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

interface PodChanges {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

function podFrom(template: JsonObject, owner: Owner, changes: PodChanges): JsonObject {
  const metadata = objectAt(template, 'metadata');
  const annotations = { ...objectAt(metadata, 'annotations'), ...changes.annotations };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: changes.name,
      namespace: owner.namespace,
      labels: { ...objectAt(metadata, 'labels'), ...changes.labels },
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
      ownerReferences: [
        {
          apiVersion: owner.apiVersion,
          kind: owner.kind,
          name: owner.name,
          uid: owner.uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: template['spec'] ?? {},
  };
}

/** The commonest workload by far, without what only templates need. */
function namedPod(namespace: string, name: string, manifest: JsonObject, replicas: number): WorkloadPods {
  const pod = (index: number): JsonObject => barePod(manifest, name, index);
  return { kind: 'Pod', namespace, name, path: '', perNode: false, replicas, owners: [], pod };
}

/** Copies of a bare pod are told apart by a suffix; the first one keeps its name. */
function barePod(manifest: JsonObject, name: string, index: number): JsonObject {
  if (name !== '' && index === 0) return manifest;
  const metadata = objectAt(manifest, 'metadata');
  const base = name === '' ? (textAt(metadata, 'generateName') ?? '') : `${name}-`;
  return { ...manifest, metadata: { ...metadata, name: `${base}${suffix(index)}` } };
}

const templateHashLabel = 'pod-template-hash';

/** The ReplicaSet that the Deployment's controller would create for this template. */
function replicaSetOf(deployment: Owner, spec: JsonObject, template: JsonObject, replicas: number): JsonObject {
  const hash = templateHash(template);
  const templateMetadata = objectAt(template, 'metadata');
  const labels = { ...objectAt(templateMetadata, 'labels'), [templateHashLabel]: hash };
  const selector = objectAt(spec, 'selector');
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${deployment.name}-${hash}`,
      namespace: deployment.namespace,
      labels,
      ownerReferences: [
        {
          apiVersion: deployment.apiVersion,
          kind: 'Deployment',
          name: deployment.name,
          uid: deployment.uid,
          controller: true,
        },
      ],
    },
    spec: {
      replicas,
      selector: { ...selector, matchLabels: { ...objectAt(selector, 'matchLabels'), [templateHashLabel]: hash } },
      template: { ...template, metadata: { ...templateMetadata, labels } },
    },
  };
}

/** Letters and digits that generated names are made of: no vowels, so that no words appear. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** Five characters for an index, different for each of the first 14 million. */
function suffix(index: number): string {
  let text = '';
  for (let rest = index, place = 0; place < 5; place++) {
    text = alphabet[rest % alphabet.length]! + text;
    rest = Math.floor(rest / alphabet.length);
  }
  return text;
}

/**
 * A pod-template-hash that no stored pod has: equal templates give equal hashes, and the vowel in it keeps it apart from
 * every hash that a real controller writes.
 */
function templateHash(template: JsonObject): string {
  // FNV-1a, 32 bits, over the UTF-16 code units.
  let hash = 0x811c9dc5;
  for (const char of JSON.stringify(template)) hash = Math.imul(hash ^ char.codePointAt(0)!, 0x01000193) >>> 0;
  return `new${suffix(hash)}`;
}

function statefulSetPod(owner: Owner, spec: JsonObject, template: JsonObject, index: number): JsonObject {
  const ordinal = index + countAt(objectAt(spec, 'ordinals'), 'start', 0);
  const name = `${owner.name}-${ordinal}`;
  const pod = podFrom(template, owner, {
    name,
    labels: {
      'statefulset.kubernetes.io/pod-name': name,
      'apps.kubernetes.io/pod-index': String(ordinal),
      'controller-revision-hash': `${owner.name}-${templateHash(template)}`,
    },
  });
  const claims = listAt(spec, 'volumeClaimTemplates').flatMap((claim) => {
    const claimName = isJsonObject(claim) ? textAt(objectAt(claim, 'metadata'), 'name') : undefined;
    return claimName === undefined ? [] : [claimName];
  });
  if (claims.length === 0) return pod;
  const podSpec = objectAt(pod, 'spec');
  const others = listAt(podSpec, 'volumes').filter(
    (volume) => !isJsonObject(volume) || !claims.includes(textAt(volume, 'name') ?? ''),
  );
  const volumes = claims.map((claim) => ({ name: claim, persistentVolumeClaim: { claimName: `${claim}-${name}` } }));
  return { ...pod, spec: { ...podSpec, volumes: [...others, ...volumes] } };
}

/** Condition taints that a DaemonSet's controller makes its pods tolerate (`daemon/util/daemonset_util.go`). */
const daemonTolerations: readonly JsonObject[] = [
  ['not-ready', 'NoExecute'],
  ['unreachable', 'NoExecute'],
  ['disk-pressure', 'NoSchedule'],
  ['memory-pressure', 'NoSchedule'],
  ['pid-pressure', 'NoSchedule'],
  ['unschedulable', 'NoSchedule'],
].map(([key, effect]) => ({ key: `node.kubernetes.io/${key}`, operator: 'Exists', effect: effect! }));

const hostNetworkToleration: JsonObject = {
  key: 'node.kubernetes.io/network-unavailable',
  operator: 'Exists',
  effect: 'NoSchedule',
};

function daemonSetPod(owner: Owner, template: JsonObject, index: number): JsonObject {
  const pod = podFrom(template, owner, {
    name: `${owner.name}-${suffix(index)}`,
    labels: { 'controller-revision-hash': templateHash(template), 'pod-template-generation': '1' },
  });
  const spec = objectAt(pod, 'spec');
  const added = spec['hostNetwork'] === true ? [...daemonTolerations, hostNetworkToleration] : daemonTolerations;
  const own = spec['tolerations'];
  return { ...pod, spec: { ...spec, tolerations: [...(Array.isArray(own) ? own : []), ...added] } };
}

const required = 'requiredDuringSchedulingIgnoredDuringExecution';

/**
 * A DaemonSet's pod for one node: its required node affinity is replaced by the node's name, as its controller does once
 * it has found the node eligible (whose node affinity, selector and taints the unpinned pod must pass).
 */
export function pinToNode(pod: JsonObject, nodeName: string): JsonObject {
  const spec = objectAt(pod, 'spec');
  const affinity = objectAt(spec, 'affinity');
  const nodeSelectorTerms = [
    { matchFields: [{ key: 'metadata.name', operator: 'In', values: [nodeName] }] },
  ] satisfies Json;
  const nodeAffinity = { ...objectAt(affinity, 'nodeAffinity'), [required]: { nodeSelectorTerms } };
  return { ...pod, spec: { ...spec, affinity: { ...affinity, nodeAffinity } } };
}

/** min(parallelism, completions left); without completions (a work queue) parallelism. */
function jobPods(spec: JsonObject, status: JsonObject): number {
  const parallelism = countAt(spec, 'parallelism', 1);
  const completions = countAt(spec, 'completions', Number.isInteger(spec['parallelism']) ? -1 : 1);
  if (completions < 0) return parallelism;
  return Math.min(parallelism, Math.max(0, completions - countAt(status, 'succeeded', 0)));
}

function jobPod(owner: Owner, spec: JsonObject, template: JsonObject, index: number): JsonObject {
  const indexed = spec['completionMode'] === 'Indexed';
  const completionIndex: Record<string, string> = indexed
    ? { 'batch.kubernetes.io/job-completion-index': String(index) }
    : {};
  return podFrom(template, owner, {
    name: indexed ? `${owner.name}-${index}-${suffix(index)}` : `${owner.name}-${suffix(index)}`,
    labels: {
      'batch.kubernetes.io/controller-uid': owner.uid,
      'batch.kubernetes.io/job-name': owner.name,
      'controller-uid': owner.uid,
      'job-name': owner.name,
      ...completionIndex,
    },
    annotations: completionIndex,
  });
}

/** spec.maxReplicas of the first HorizontalPodAutoscaler (of the same namespace) that scales the workload. */
export function autoscalerMaximum(
  workload: Pick<Manifest, 'kind' | 'namespace' | 'name'>,
  autoscalers: Iterable<JsonObject>,
): number | undefined {
  for (const autoscaler of autoscalers) {
    const spec = objectAt(autoscaler, 'spec');
    const target = objectAt(spec, 'scaleTargetRef');
    const namespace = textAt(objectAt(autoscaler, 'metadata'), 'namespace') ?? 'default';
    if (target['kind'] !== workload.kind || target['name'] !== workload.name || namespace !== workload.namespace)
      continue;
    const maximum = countAt(spec, 'maxReplicas', -1);
    if (maximum >= 0) return maximum;
  }
  return undefined;
}

/**
 * `matchLabelKeys` and `mismatchLabelKeys` written into the selectors, as the API server does on create (SEMANTICS 5.3):
 * for keys that the pod has, and only where there is a labelSelector. For pods that no cluster has admitted yet.
 */
export function expandMatchLabelKeys(pod: Pod): Pod {
  const { labels } = pod.metadata;
  const { affinity, topologySpreadConstraints } = pod.spec;
  let spec = pod.spec;
  if (topologySpreadConstraints.some(({ matchLabelKeys }) => matchLabelKeys.length > 0)) {
    spec = {
      ...spec,
      topologySpreadConstraints: topologySpreadConstraints.map((constraint) => ({
        ...constraint,
        labelSelector: expanded(constraint.labelSelector, labels, constraint.matchLabelKeys, []),
      })),
    };
  }
  if (affinity?.podAffinity !== undefined || affinity?.podAntiAffinity !== undefined) {
    const podAffinity = affinity.podAffinity && expandedAffinity(affinity.podAffinity, labels);
    const podAntiAffinity = affinity.podAntiAffinity && expandedAffinity(affinity.podAntiAffinity, labels);
    spec = { ...spec, affinity: { ...affinity, podAffinity, podAntiAffinity } };
  }
  return spec === pod.spec ? pod : { ...pod, spec };
}

function expandedAffinity(affinity: PodAffinity, labels: Pod['metadata']['labels']): PodAffinity {
  const term = (item: PodAffinityTerm): PodAffinityTerm => ({
    ...item,
    labelSelector: expanded(item.labelSelector, labels, item.matchLabelKeys, item.mismatchLabelKeys),
  });
  return {
    required: affinity.required.map(term),
    preferred: affinity.preferred.map((item) => ({ ...item, podAffinityTerm: term(item.podAffinityTerm) })),
  };
}

function expanded(
  selector: LabelSelector | null,
  labels: Pod['metadata']['labels'],
  matchKeys: readonly string[],
  mismatchKeys: readonly string[],
): LabelSelector | null {
  if (selector === null || matchKeys.length + mismatchKeys.length === 0) return selector;
  const expressions = (keys: readonly string[], operator: string): LabelSelector['matchExpressions'] =>
    keys.filter((key) => Object.hasOwn(labels, key)).map((key) => ({ key, operator, values: [labels[key]!] }));
  return {
    matchLabels: selector.matchLabels,
    matchExpressions: [
      ...selector.matchExpressions,
      ...expressions(matchKeys, 'In'),
      ...expressions(mismatchKeys, 'NotIn'),
    ],
  };
}

function objectAt(object: JsonObject, member: string): JsonObject {
  const value = object[member];
  return isJsonObject(value) ? value : {};
}

function listAt(object: JsonObject, member: string): readonly Json[] {
  const value = object[member];
  return Array.isArray(value) ? value : [];
}

function textAt(object: JsonObject, member: string): string | undefined {
  const value = object[member];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A whole number from 0 to 2^31 - 1, else the default. */
function countAt(object: JsonObject, member: string, absent: number): number {
  const value = object[member];
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 31 ? value : absent;
}
