/** Changes as a use case would decide them, for store tests. */
import { createHash } from 'node:crypto';
import { Faults } from '../../src/kubernetes/faults.js';
import { readNode } from '../../src/kubernetes/read-node.js';
import type { JsonObject } from '../../src/kubernetes/types.js';
import type { PodRecord } from '../../src/scheduler/model-change.js';
import type { Change, CommitRequest, Committed, Decision, Draft, ObjectKey, Store } from '../../src/store/store.js';

export function nodeKey(name: string): ObjectKey {
  return { group: '', kind: 'Node', namespace: '', name };
}

export function podKey(name: string, namespace = 'default'): ObjectKey {
  return { group: '', kind: 'Pod', namespace, name };
}

export function objectKey(kind: string, name: string, namespace = '', group = ''): ObjectKey {
  return { group, kind, namespace, name };
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

export function nodeManifest(name: string, cpu = '4', labels: Record<string, string> = {}): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels },
    status: { allocatable: { cpu, memory: '8Gi', pods: '110' } },
  };
}

export function putNode(name: string, cpu = '4', labels: Record<string, string> = {}): Change {
  const manifest = nodeManifest(name, cpu, labels);
  const text = JSON.stringify(manifest);
  const model = { type: 'node', name, node: readNode(manifest, new Faults()) } as const;
  return { op: 'put', key: nodeKey(name), manifest: text, hash: hashOf(text), labels: JSON.stringify(labels), model };
}

export interface PodOptions {
  readonly namespace?: string;
  readonly node?: string;
  readonly cpu?: number;
  readonly labels?: Record<string, string>;
  readonly ownLabels?: Record<string, string>;
  readonly flags?: number;
}

export function podRecord(name: string, options: PodOptions = {}): PodRecord {
  const { namespace = 'default', node = '', cpu = 100, labels = {}, ownLabels, flags = 0 } = options;
  const shape = {
    namespace,
    labels,
    schedulerName: 'default-scheduler',
    priority: 0,
    requests: { cpu },
    scoring: { cpu },
    nonZero: { cpu },
    containers: 1,
  };
  return {
    namespace,
    name,
    nodeName: node,
    shape: JSON.stringify(shape),
    ownLabels: ownLabels === undefined ? null : JSON.stringify(ownLabels),
    flags,
    startTime: null,
    creationTime: 1_700_000_000_000,
    nominatedNodeName: '',
  };
}

export function putPod(name: string, options: PodOptions = {}): Change & { op: 'put' } {
  const pod = podRecord(name, options);
  const labels = { ...options.labels, ...options.ownLabels };
  const manifest = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: pod.namespace, labels },
    spec: {
      nodeName: pod.nodeName,
      containers: [{ name: 'app', resources: { requests: { cpu: `${options.cpu ?? 100}m` } } }],
    },
  };
  const text = JSON.stringify(manifest);
  return {
    op: 'put',
    key: podKey(name, pod.namespace),
    manifest: text,
    hash: hashOf(text),
    labels: JSON.stringify(labels),
    model: { type: 'pod', namespace: pod.namespace, name, pod },
  };
}

export function putObject(key: ObjectKey, manifest: JsonObject, modelled = false): Change {
  const text = JSON.stringify(manifest);
  const model = modelled ? ({ type: 'object', ...key, object: manifest } as const) : null;
  return { op: 'put', key, manifest: text, hash: hashOf(text), labels: null, model };
}

export function deletion(key: ObjectKey): Change {
  const { namespace, name } = key;
  if (key.group === '' && key.kind === 'Node') return { op: 'delete', key, model: { type: 'node', name, node: null } };
  if (key.group === '' && key.kind === 'Pod') {
    return { op: 'delete', key, model: { type: 'pod', namespace, name, pod: null } };
  }
  return { op: 'delete', key, model: { type: 'object', ...key, object: null } };
}

export function reservation(
  id: string,
  node: string,
  options: { cpu?: number; status?: 'granted' | 'released'; expiresAt?: string } = {},
): Change & { op: 'reservation' } {
  const { cpu = 100, status = 'granted', expiresAt = '2030-01-01T00:00:00.000Z' } = options;
  const pod = podRecord(`claim-${id}`, { node, cpu });
  return {
    op: 'reservation',
    row: {
      id,
      namespace: 'default',
      podName: pod.name,
      node,
      status,
      owner: 'team-a',
      createdAt: '2026-01-01T00:00:00.000Z',
      expiresAt,
      endedAt: status === 'granted' ? null : '2026-01-01T00:00:01.000Z',
      manifest: { kind: 'Pod' },
      consumedBy: null,
      consumedByPod: null,
    },
    model: status === 'granted' ? { type: 'reservation', id, reservation: { id, pod } } : null,
  };
}

/** Commits the changes, loading what they need. */
export function commitChanges(store: Store, cluster: string, ...changes: Change[]): Promise<Committed<null>> {
  return store.commit(
    cluster,
    requestFor(changes, () => ({ changes, result: null })),
  );
}

/** A request that loads what the changes need and decides by the function. */
export function requestFor<T>(changes: readonly Change[], decide: (draft: Draft) => Decision<T>): CommitRequest<T> {
  const keys = changes.flatMap((change) => ('key' in change ? [change.key] : []));
  const ids = changes.flatMap((change) => (change.op === 'reservation' ? [change.row.id] : []));
  return { load: { keys, manifests: false }, reservations: { ids }, decide };
}
