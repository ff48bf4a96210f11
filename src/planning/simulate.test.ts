import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../kubernetes/types.js';
import { nodeOf, podOf, questionContext, workloadOf } from '../../test/build/question-context.js';
import type { SimulateRequest } from './answers.js';
import { simulate } from './simulate.js';

const nodes = [nodeOf('n1'), nodeOf('n2')];

function ownedBy(kind: string, owner: string, pod: JsonObject): Json {
  const ownerReferences = [{ apiVersion: 'apps/v1', kind, name: owner, uid: 'u', controller: true }];
  return { ...pod, metadata: { ...(pod['metadata'] as JsonObject), ownerReferences } };
}

const stateful = workloadOf('db', { kind: 'StatefulSet', replicas: 3, requests: { cpu: '1' } });
const db0 = ownedBy('StatefulSet', 'db', podOf('db-0', { node: 'n1', requests: { cpu: '1' } }));

describe('simulate', () => {
  const rows: readonly { name: string; cluster: readonly Json[]; request: SimulateRequest; answer: object }[] = [
    {
      name: 'delta: what runs stays, the missing ordinals are placed',
      cluster: [...nodes, db0],
      request: { manifests: stateful },
      answer: {
        verdict: 'yes',
        requested: 3,
        placed: 2,
        remaining: 0,
        existing: 1,
        placements: [
          { pod: 'default/db-1', node: 'n2' },
          { pod: 'default/db-2', node: 'n1' },
        ],
        failures: [],
      },
    },
    {
      name: 'replace: all anew',
      cluster: [...nodes, db0],
      request: { manifests: stateful, existing: 'replace' },
      answer: { requested: 3, placed: 3, existing: 1, allocation: { before: { pods: 1 }, after: { pods: 3 } } },
    },
    {
      name: 'add: beside what runs',
      cluster: [...nodes, db0],
      request: { manifests: stateful, existing: 'add' },
      answer: { requested: 3, placed: 3, existing: 1, allocation: { after: { pods: 4, free: { cpu: '4' } } } },
    },
    {
      name: 'a stored workload',
      cluster: [...nodes, db0, stateful],
      request: { workloads: [{ kind: 'StatefulSet', namespace: 'default', name: 'db' }] },
      answer: { placed: 2, existing: 1 },
    },
    {
      name: 'a Deployment knows its pods by its ReplicaSet',
      cluster: [
        ...nodes,
        ownedBy('ReplicaSet', 'web-abc', podOf('web-abc-1', { node: 'n1', labels: { 'pod-template-hash': 'abc' } })),
      ],
      request: { manifests: workloadOf('web', { replicas: 2 }) },
      answer: { requested: 2, placed: 1, existing: 1 },
    },
    {
      name: 'pods of it that wait are placed',
      cluster: [...nodes, ownedBy('StatefulSet', 'db', podOf('db-1', { requests: { cpu: '1' } }))],
      request: { manifests: stateful },
      answer: { placed: 3, existing: 0, assumptions: { pendingIgnored: 0 } },
    },
    {
      name: 'a stored Pod that runs is there already',
      cluster: [...nodes, podOf('web', { node: 'n1' })],
      request: { manifests: podOf('web') },
      answer: { requested: 1, placed: 0, existing: 1, verdict: 'yes' },
    },
    {
      name: 'absent replicas are one',
      cluster: nodes,
      request: { manifests: workloadOf('web') },
      answer: { requested: 1, placed: 1 },
    },
    {
      name: 'a DaemonSet: one pod an eligible node',
      cluster: [
        ...nodes,
        nodeOf('n3', { taints: [{ key: 'gpu', effect: 'NoSchedule' }] }),
        nodeOf('n4', {
          unschedulable: true,
          taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }],
        }),
      ],
      request: { manifests: workloadOf('agent', { kind: 'DaemonSet', requests: { cpu: '1' } }) },
      answer: { requested: 3, placed: 3, placements: [{ node: 'n1' }, { node: 'n2' }, { node: 'n4' }] },
    },
    {
      name: 'a DaemonSet on a full node',
      cluster: [nodeOf('n1', { cpu: '1' }), nodeOf('n2')],
      request: { manifests: workloadOf('agent', { kind: 'DaemonSet', requests: { cpu: '2' } }) },
      answer: {
        verdict: 'no',
        placed: 1,
        remaining: 1,
        failures: [
          {
            message: "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) didn't satisfy plugin(s) [NodeAffinity].",
          },
        ],
      },
    },
    {
      name: 'hpaMax',
      cluster: [
        ...nodes,
        {
          apiVersion: 'autoscaling/v2',
          kind: 'HorizontalPodAutoscaler',
          metadata: { name: 'h', namespace: 'default' },
          spec: { maxReplicas: 5, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } },
        },
      ],
      request: { manifests: workloadOf('web', { replicas: 2 }), replicas: 'hpaMax' },
      answer: { requested: 5, placed: 5 },
    },
    {
      name: 'priority before the order of the body',
      cluster: [nodeOf('n1', { cpu: '1' })],
      request: {
        manifests: [
          podOf('low', { requests: { cpu: '1' } }),
          podOf('high', { requests: { cpu: '1' }, spec: { priority: 10 } }),
        ],
      },
      answer: {
        verdict: 'no',
        placements: [{ pod: 'default/high', node: 'n1' }],
        failures: [{ pod: 'default/low', message: '0/1 nodes are available: 1 Insufficient cpu.' }],
      },
    },
    {
      name: 'a gang is placed whole or not at all',
      cluster: [nodeOf('n1', { cpu: '2' })],
      request: { manifests: workloadOf('web', { replicas: 3, requests: { cpu: '1' } }), gang: true },
      answer: {
        verdict: 'no',
        requested: 3,
        placed: 0,
        remaining: 3,
        placements: [],
        allocation: { after: { pods: 0 } },
      },
    },
    {
      name: 'quota, cumulatively',
      cluster: [
        ...nodes,
        {
          apiVersion: 'v1',
          kind: 'ResourceQuota',
          metadata: { name: 'q', namespace: 'default' },
          spec: { hard: { pods: '2' } },
        },
      ],
      request: { manifests: [workloadOf('a', { replicas: 1 }), workloadOf('b', { replicas: 2 })] },
      answer: {
        verdict: 'no',
        placed: 2,
        remaining: 1,
        failures: [
          {
            message: expect.stringContaining(
              'is forbidden: exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2',
            ),
          },
        ],
        admission: { allowed: false },
      },
    },
    {
      name: 'what the quota refuses is let in when admission is ignored',
      cluster: [
        ...nodes,
        {
          apiVersion: 'v1',
          kind: 'ResourceQuota',
          metadata: { name: 'q', namespace: 'default' },
          spec: { hard: { pods: '0' } },
        },
      ],
      request: { manifests: workloadOf('a', { replicas: 2 }), admission: 'ignore' },
      answer: { verdict: 'yes', placed: 2 },
    },
    {
      name: 'a quota in the body bounds the pods beside it',
      cluster: nodes,
      request: {
        manifests: [
          workloadOf('a', { replicas: 2 }),
          {
            apiVersion: 'v1',
            kind: 'ResourceQuota',
            metadata: { name: 'q', namespace: 'default' },
            spec: { hard: { pods: '1' } },
          },
        ],
      },
      answer: { verdict: 'no', placed: 1, skipped: [], admission: { allowed: false } },
    },
    {
      name: 'a LimitRange refuses every pod',
      cluster: [
        ...nodes,
        {
          apiVersion: 'v1',
          kind: 'LimitRange',
          metadata: { name: 'limits', namespace: 'default' },
          spec: { limits: [{ type: 'Container', min: { cpu: '2' } }] },
        },
      ],
      request: { manifests: podOf('web', { requests: { cpu: '1' } }) },
      answer: {
        verdict: 'no',
        failures: [
          {
            pod: 'default/web',
            message: 'pods "web" is forbidden: minimum cpu usage per Container is 2, but request is 1',
          },
        ],
      },
    },
    {
      name: 'preemption makes room, and names whom it evicts',
      cluster: [
        nodeOf('n1', { cpu: '1' }),
        podOf('low', { node: 'n1', requests: { cpu: '1' }, spec: { priority: -1 } }),
      ],
      request: { manifests: podOf('web', { requests: { cpu: '1' } }), preemption: true },
      answer: {
        verdict: 'yes',
        placements: [{ pod: 'default/web', node: 'n1' }],
        preemption: { victims: ['default/low'] },
      },
    },
    {
      name: 'a gated pod is not attempted',
      cluster: nodes,
      request: { manifests: podOf('web', { spec: { schedulingGates: [{ name: 'a.io/b' }] } }) },
      answer: { verdict: 'no', failures: [{ message: 'Scheduling is blocked due to non-empty scheduling gates' }] },
    },
  ];
  test.each(rows)('$name', ({ cluster, request, answer }) => {
    const context = questionContext(cluster);
    const before = context.model.checksum();
    const actual = simulate(context, request);
    expect(actual).toMatchObject(answer);
    expect(actual.placed).toBe(actual.placements.length);
    expect(context.model.checksum()).toBe(before);
  });

  test('allocation before and after', () => {
    const context = questionContext([nodeOf('n1'), podOf('a', { node: 'n1', requests: { cpu: '1', memory: '1Gi' } })]);
    const { allocation } = simulate(context, { manifests: podOf('b', { requests: { cpu: '500m' } }) });
    expect(allocation).toEqual({
      before: {
        nodes: 1,
        pods: 1,
        allocatable: { cpu: '4', memory: '8Gi', pods: '110' },
        requested: { cpu: '1', memory: '1Gi', pods: '1' },
        free: { cpu: '3', memory: '7Gi', pods: '109' },
      },
      after: {
        nodes: 1,
        pods: 2,
        allocatable: { cpu: '4', memory: '8Gi', pods: '110' },
        requested: { cpu: '1500m', memory: '1Gi', pods: '2' },
        free: { cpu: '2500m', memory: '7Gi', pods: '108' },
      },
    });
  });

  test('nothing to place is refused', () => {
    expect(() => simulate(questionContext(nodes), {})).toThrow(
      expect.objectContaining({ code: 'nothing_to_evaluate' }) as Error,
    );
    expect(() => simulate(questionContext(nodes), { manifests: [] })).toThrow(
      expect.objectContaining({ code: 'nothing_to_evaluate' }) as Error,
    );
    expect(simulate(questionContext(nodes), { manifests: [], allowEmpty: true }).verdict).toBe('yes');
  });

  test('lists the first 10,000 failures and counts all of them', () => {
    const manifests = workloadOf('web', { replicas: 10_500, requests: { cpu: '1000' } });
    const answer = simulate(questionContext(nodes), { manifests });
    expect(answer).toMatchObject({ verdict: 'no', requested: 10_500, placed: 0, remaining: 10_500 });
    expect(answer.failures).toHaveLength(10_000);
    expect(answer.warnings).toContain('failures lists the first 10000 of 10500 pods that found no place');
  });
});
