/** A question's context from plain manifests, as if they had been imported. */
import { defaultPod } from '../../src/kubernetes/defaulting.js';
import { Faults } from '../../src/kubernetes/faults.js';
import { readManifests, stripManifest } from '../../src/kubernetes/manifests.js';
import { expandMatchLabelKeys } from '../../src/kubernetes/pod-templates.js';
import { readNode } from '../../src/kubernetes/read-node.js';
import { readPod } from '../../src/kubernetes/read-pod.js';
import type { Json, JsonObject } from '../../src/kubernetes/types.js';
import type { QuestionContext } from '../../src/planning/context.js';
import { ClusterModel } from '../../src/scheduler/model.js';
import { podRecord } from '../../src/scheduler/pod-shape.js';

export interface ContextOptions {
  readonly cluster?: string;
  readonly scheduler?: JsonObject | null;
}

export function questionContext(documents: readonly Json[], options: ContextOptions = {}): QuestionContext {
  const model = ClusterModel.empty();
  const manifests = new Map<string, JsonObject>();
  for (const { group, kind, namespace, name, manifest } of readManifests(documents).manifests) {
    const stored = stripManifest(manifest);
    manifests.set(`${group === '' ? 'core' : group}/${kind}/${namespace}/${name}`, stored);
    if (group === '' && kind === 'Node') model.apply({ type: 'node', name, node: readNode(stored, new Faults()) });
    else if (group === '' && kind === 'Pod') {
      model.apply({
        type: 'pod',
        namespace,
        name,
        pod: podRecord(expandMatchLabelKeys(defaultPod(readPod(stored, new Faults())))),
      });
    } else model.apply({ type: 'object', group, kind, namespace, name, object: stored });
  }
  if (options.scheduler != null) model.apply({ type: 'scheduler', configuration: options.scheduler });
  return { cluster: options.cluster ?? 'default', revision: 17, asOf: '2026-01-01T00:00:00.000Z', model, manifests };
}

export interface NodeParts {
  readonly cpu?: string;
  readonly memory?: string;
  readonly pods?: string;
  readonly labels?: JsonObject;
  readonly taints?: Json[];
  readonly unschedulable?: boolean;
  readonly extra?: JsonObject;
}

/** 4 cpu, 8Gi, 110 pods, with a hostname, unless told otherwise. */
export function nodeOf(name: string, parts: NodeParts = {}): JsonObject {
  const {
    cpu = '4',
    memory = '8Gi',
    pods = '110',
    labels = {},
    taints = [],
    unschedulable = false,
    extra = {},
  } = parts;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } },
    spec: { taints, ...(unschedulable ? { unschedulable } : {}) },
    status: { allocatable: { cpu, memory, pods, ...extra } },
  };
}

export interface PodParts {
  readonly namespace?: string;
  readonly node?: string;
  readonly requests?: JsonObject;
  readonly labels?: JsonObject;
  readonly spec?: JsonObject;
  readonly metadata?: JsonObject;
  readonly status?: JsonObject;
}

export function podOf(name: string, parts: PodParts = {}): JsonObject {
  const { namespace = 'default', node, requests = {}, labels = {}, spec = {}, metadata = {}, status } = parts;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels, ...metadata },
    spec: {
      containers: [{ name: 'app', image: 'app', resources: { requests } }],
      ...(node === undefined ? {} : { nodeName: node }),
      ...spec,
    },
    ...(status === undefined ? {} : { status }),
  };
}

export interface WorkloadParts {
  readonly kind?: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  readonly namespace?: string;
  readonly replicas?: number;
  readonly requests?: JsonObject;
  readonly spec?: JsonObject;
}

export function workloadOf(name: string, parts: WorkloadParts = {}): JsonObject {
  const { kind = 'Deployment', namespace = 'default', replicas, requests = {}, spec = {} } = parts;
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace },
    spec: {
      ...(replicas === undefined ? {} : { replicas }),
      ...(kind === 'StatefulSet' ? { serviceName: name } : {}),
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'app', image: 'app', resources: { requests } }], ...spec },
      },
    },
  };
}
