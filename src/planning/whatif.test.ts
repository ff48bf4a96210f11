import { describe, expect, test } from 'vitest';
import type { Json } from '../kubernetes/types.js';
import { nodeOf, podOf, questionContext, workloadOf } from '../../test/build/question-context.js';
import { fit } from './fit.js';
import type { WhatIfOperation } from './request.js';

const daemonSet = workloadOf('agent', { kind: 'DaemonSet', requests: { cpu: '1' } });
const owned = (kind: string, name: string): object => ({
  metadata: {
    name: '',
    namespace: 'default',
    labels: { app: name },
    ownerReferences: [{ apiVersion: 'apps/v1', kind, name, uid: 'u', controller: true }],
  },
});

function ownedPod(name: string, kind: string, owner: string, node: string, cpu: string): Json {
  const pod = podOf(name, { node, requests: { cpu } });
  return { ...pod, metadata: { ...(owned(kind, owner) as { metadata: object }).metadata, name } };
}

/** Two nodes of 4 cpu: n1 has 1 left, n2 is cordoned. */
const cluster = questionContext([
  nodeOf('n1', { labels: { pool: 'a' } }),
  nodeOf('n2', {
    labels: { pool: 'b' },
    unschedulable: true,
    taints: [
      { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' },
      { key: 'team', value: 'x', effect: 'PreferNoSchedule' },
    ],
  }),
  workloadOf('web', { kind: 'StatefulSet', replicas: 2, requests: { cpu: '1' } }),
  ownedPod('web-0', 'StatefulSet', 'web', 'n1', '1'),
  ownedPod('web-1', 'StatefulSet', 'web', 'n1', '1'),
  ownedPod('agent-n1', 'DaemonSet', 'agent', 'n1', '1'),
]);

describe('what-if operations', () => {
  const rows: readonly {
    name: string;
    whatIf: readonly WhatIfOperation[];
    cpu: string;
    node: string | null;
    free?: string;
    assumptions?: object;
  }[] = [
    { name: 'nothing', whatIf: [], cpu: '1', node: 'n1' },
    { name: 'nothing, and more than is free', whatIf: [], cpu: '2', node: null },
    { name: 'uncordon', whatIf: [{ op: 'uncordon', names: ['n2'] }], cpu: '2', node: 'n2', free: '2' },
    { name: 'cordon by label', whatIf: [{ op: 'cordon', labelSelector: 'pool=a' }], cpu: '1', node: null },
    {
      name: 'add a node like another, without its cordon',
      whatIf: [{ op: 'addNodes', count: 2, like: 'n2' }],
      cpu: '4',
      node: 'n2-like-1',
      free: '0',
    },
    {
      name: 'add a node given whole: it keeps its name',
      whatIf: [{ op: 'addNodes', node: nodeOf('n9', { cpu: '64' }) }],
      cpu: '32',
      node: 'n9',
    },
    {
      name: 'add a machine of the catalogue',
      whatIf: [{ op: 'addNodes', shape: 'm5.xlarge' }],
      cpu: '3900m',
      node: 'm5.xlarge-1',
      free: '20m',
    },
    {
      name: 'a new node gets the daemons',
      whatIf: [
        { op: 'import', manifests: daemonSet },
        { op: 'addNodes', like: 'n2' },
      ],
      cpu: '3',
      node: 'n2-like-1',
      free: '0',
    },
    { name: 'remove pods by name', whatIf: [{ op: 'removePods', names: ['web-0'] }], cpu: '2', node: 'n1', free: '0' },
    {
      name: 'remove pods by label',
      whatIf: [{ op: 'removePods', labelSelector: 'app=web' }],
      cpu: '3',
      node: 'n1',
      free: '0',
    },
    {
      name: 'patch a node',
      whatIf: [{ op: 'patchNodes', names: ['n1'], patch: { status: { allocatable: { cpu: '8' } } } }],
      cpu: '5',
      node: 'n1',
      free: '0',
    },
    {
      name: 'add pods on a node',
      whatIf: [{ op: 'addPods', manifest: podOf('x', { requests: { cpu: '500m' } }), count: 2, node: 'n1' }],
      cpu: '100m',
      node: null,
    },
    {
      name: 'add pods where they fit',
      whatIf: [{ op: 'addPods', manifest: podOf('x', { requests: { cpu: '500m' } }), count: 3 }],
      cpu: '100m',
      node: null,
      assumptions: { whatIfUnplaced: 1 },
    },
    {
      name: 'scale down: the highest ordinal goes',
      whatIf: [
        { op: 'scaleWorkload', workload: { kind: 'StatefulSet', namespace: 'default', name: 'web' }, replicas: 1 },
      ],
      cpu: '2',
      node: 'n1',
      free: '0',
    },
    {
      name: 'scale up',
      whatIf: [
        { op: 'scaleWorkload', workload: { kind: 'StatefulSet', namespace: 'default', name: 'web' }, replicas: 3 },
      ],
      cpu: '100m',
      node: null,
    },
    {
      name: 'remove a node: its pods wait, its daemons go',
      whatIf: [
        { op: 'uncordon', names: ['n2'] },
        { op: 'removeNodes', names: ['n1'] },
      ],
      cpu: '4',
      node: 'n2',
      assumptions: { pendingIgnored: 2 },
    },
    {
      name: 'remove a node and its pods',
      whatIf: [
        { op: 'uncordon', names: ['n2'] },
        { op: 'removeNodes', names: ['n1'], pods: 'remove' },
      ],
      cpu: '4',
      node: 'n2',
      assumptions: { pendingIgnored: 0 },
    },
    {
      name: 'import',
      whatIf: [{ op: 'import', manifests: { apiVersion: 'v1', kind: 'List', items: [nodeOf('n3', { cpu: '8' })] } }],
      cpu: '8',
      node: 'n3',
      free: '0',
    },
    {
      name: 'patch the subject',
      whatIf: [{ op: 'patchSubject', patch: { spec: { nodeSelector: { pool: 'b' } } } }],
      cpu: '1',
      node: null,
    },
  ];
  test.each(rows)('$name', ({ whatIf, cpu, node, free, assumptions }) => {
    const before = cluster.model.checksum();
    const answer = fit(cluster, { manifest: podOf('subject', { requests: { cpu } }), whatIf });
    expect(answer.node).toBe(node);
    if (free !== undefined) expect(answer.candidates[0]?.freeAfter['cpu']).toBe(free);
    if (assumptions !== undefined) expect(answer.assumptions).toMatchObject(assumptions);
    expect(cluster.model.checksum()).toBe(before);
  });

  const refused: readonly { name: string; operation: WhatIfOperation; code: string; message: string }[] = [
    {
      name: 'an unknown node',
      operation: { op: 'cordon', names: ['nowhere'] },
      code: 'empty_selection',
      message: 'whatIf[1]: node "nowhere" not found',
    },
    {
      name: 'a selector that matches nothing',
      operation: { op: 'removeNodes', labelSelector: 'pool=z' },
      code: 'empty_selection',
      message: 'whatIf[1]: labelSelector "pool=z" matches no node',
    },
    {
      name: 'an unknown pod',
      operation: { op: 'removePods', names: ['nobody'] },
      code: 'empty_selection',
      message: 'whatIf[1]: pod "default/nobody" not found',
    },
    {
      name: 'names and a selector',
      operation: { op: 'cordon', names: ['n1'], labelSelector: 'a=b' },
      code: 'invalid_request',
      message: 'whatIf[1]: give names or a labelSelector',
    },
    {
      name: 'an unknown shape',
      operation: { op: 'addNodes', shape: 'abacus' },
      code: 'empty_selection',
      message: 'whatIf[1]: shape "abacus" is not known; known are ',
    },
    {
      name: 'a node that is none',
      operation: { op: 'addNodes', node: { status: { allocatable: { cpu: 'many' } } } },
      code: 'invalid_manifest',
      message: 'whatIf[1]: status.allocatable',
    },
    {
      name: 'a workload that is not stored',
      operation: { op: 'scaleWorkload', workload: { kind: 'Deployment', namespace: 'x', name: 'y' }, replicas: 1 },
      code: 'not_found',
      message: 'whatIf[1]: Deployment "x/y" not found',
    },
    {
      name: 'a faulty import',
      operation: { op: 'import', manifests: [3] },
      code: 'invalid_manifest',
      message: 'whatIf[1]: ',
    },
  ];
  test.each(refused)('refuses $name, with its index', ({ operation, code, message }) => {
    const whatIf: WhatIfOperation[] = [{ op: 'uncordon', names: ['n2'] }, operation];
    expect(() => fit(cluster, { manifest: podOf('subject'), whatIf })).toThrow(
      expect.objectContaining({
        code,
        message: expect.stringContaining(message) as string,
        extras: expect.objectContaining({ whatIfIndex: 1 }) as object,
      }) as Error,
    );
  });
});
