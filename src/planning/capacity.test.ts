import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../kubernetes/types.js';
import { nodeOf, podOf, questionContext, workloadOf } from '../../test/build/question-context.js';
import type { CapacityRequest } from './answers.js';
import { capacity } from './capacity.js';

const quota = (hard: object): Json => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'q', namespace: 'default' },
  spec: { hard: hard as Json },
});
const limitRange = (cpu: string): Json => ({
  apiVersion: 'v1',
  kind: 'LimitRange',
  metadata: { name: 'limits', namespace: 'default' },
  spec: { limits: [{ type: 'Pod', max: { cpu } }] },
});
const limited = (cpu: string): JsonObject => ({
  containers: [{ name: 'a', image: 'x', resources: { limits: { cpu }, requests: { cpu } } }],
});
const nodes = [nodeOf('n1', { cpu: '2' }), nodeOf('n2', { cpu: '4' })];
const running = podOf('old', { node: 'n2', requests: { cpu: '1', memory: '1Gi' } });
const web = podOf('web', { requests: { cpu: '1', memory: '1Gi' } });

describe('capacity', () => {
  const rows: readonly {
    name: string;
    cluster: readonly Json[];
    request: Partial<CapacityRequest>;
    answer: object;
  }[] = [
    {
      name: 'until the nodes are full',
      cluster: [...nodes, running],
      request: { sequence: true },
      answer: {
        verdict: 'yes',
        subject: { kind: 'Pod', name: 'web', evaluated: 5 },
        replicas: 5,
        limitedBy: 'nodes',
        message: '0/2 nodes are available: 2 Insufficient cpu.',
        nodeReplicas: { n1: 2, n2: 3 },
      },
    },
    {
      name: 'a LimitRange refuses every replica',
      cluster: [...nodes, limitRange('500m')],
      request: { manifest: podOf('web', { spec: limited('1') }) },
      answer: {
        verdict: 'no',
        replicas: 0,
        limitedBy: 'admission',
        message: 'maximum cpu usage per Pod is 500m, but limit is 1',
        admission: { allowed: false },
      },
    },
    {
      name: 'a LimitRange that is asked to be ignored',
      cluster: [...nodes, limitRange('500m')],
      request: { manifest: podOf('web', { spec: limited('1') }), admission: 'ignore' },
      answer: { replicas: 6, limitedBy: 'nodes' },
    },
    {
      name: 'a LimitRange in the body counts like one that is stored',
      cluster: nodes,
      request: { manifest: [limitRange('500m'), podOf('web', { spec: limited('1') })] },
      answer: { replicas: 0, limitedBy: 'admission', skipped: [] },
    },
    {
      name: 'gated pods are placed nowhere',
      cluster: nodes,
      request: { manifest: podOf('web', { spec: { schedulingGates: [{ name: 'wait' }] } }) },
      answer: {
        verdict: 'no',
        replicas: 0,
        limitedBy: 'nodes',
        message: 'Scheduling is blocked due to non-empty scheduling gates',
      },
    },
    {
      name: 'preemption: the room of pods of lower priority counts, and they are named',
      cluster: [...nodes, podOf('low', { node: 'n1', requests: { cpu: '2' }, spec: { priority: -1 } })],
      request: { preemption: true },
      answer: {
        verdict: 'yes',
        replicas: 6,
        limitedBy: 'nodes',
        nodeReplicas: { n1: 2, n2: 4 },
        preemption: { victims: ['default/low'] },
      },
    },
    {
      name: 'a DaemonSet is warned about',
      cluster: nodes,
      request: { manifest: workloadOf('agent', { kind: 'DaemonSet', requests: { cpu: '1' } }), max: 1 },
      answer: { warnings: ['a DaemonSet runs one pod on every eligible node: ask simulate to place them all'] },
    },
    {
      name: 'until max',
      cluster: nodes,
      request: { max: 3 },
      answer: { replicas: 3, limitedBy: 'max', message: null },
    },
    {
      name: 'so many asked for, and there',
      cluster: nodes,
      request: { replicas: 6 },
      answer: { verdict: 'yes', requested: 6, remaining: 0 },
    },
    {
      name: 'so many asked for, and not there',
      cluster: nodes,
      request: { replicas: 10 },
      answer: { verdict: 'no', replicas: 6, requested: 10, remaining: 4 },
    },
    {
      name: 'until the quota is used up, what runs counting',
      cluster: [...nodes, running, quota({ 'requests.cpu': '3', pods: '10' })],
      request: {},
      answer: {
        verdict: 'yes',
        replicas: 2,
        limitedBy: 'quota',
        message: 'exceeded quota: q, requested: requests.cpu=1, used: requests.cpu=3, limited: requests.cpu=3',
        admission: { allowed: false, errors: [{ source: 'ResourceQuota', object: 'ResourceQuota/default/q' }] },
      },
    },
    {
      name: 'a quota that is ignored',
      cluster: [...nodes, running, quota({ 'requests.cpu': '3' })],
      request: { admission: 'ignore' },
      answer: { replicas: 5, limitedBy: 'nodes', admission: { allowed: true } },
    },
    {
      name: 'a quota with nothing left',
      cluster: [...nodes, quota({ pods: '0' })],
      request: {},
      answer: { verdict: 'no', replicas: 0, limitedBy: 'quota' },
    },
    {
      name: 'no room at all',
      cluster: [nodeOf('n1', { cpu: '500m' })],
      request: {},
      answer: { verdict: 'no', replicas: 0, message: '0/1 nodes are available: 1 Insufficient cpu.' },
    },
    {
      name: 'a stored pod gives its room back',
      cluster: [nodeOf('n1', { cpu: '1' }), podOf('web', { node: 'n1', requests: { cpu: '1' } })],
      request: {},
      answer: { replicas: 1 },
    },
  ];
  test.each(rows)('$name', ({ cluster, request, answer }) => {
    expect(capacity(questionContext(cluster), { manifest: web, ...request })).toMatchObject(answer);
  });

  test('nodeSequence counts to nodeReplicas', () => {
    const { nodeSequence = [], nodeReplicas } = capacity(questionContext(nodes), { manifest: web, sequence: true });
    for (const [node, replicas] of Object.entries(nodeReplicas)) {
      expect(nodeSequence.filter((each) => each === node)).toHaveLength(replicas);
    }
  });

  test('a mix: whole rounds only', () => {
    const small = podOf('small', { requests: { cpu: '500m' } });
    const big = workloadOf('big', { requests: { cpu: '1500m' } });
    // 6 cpu; a round is 2 × 500m + 1500m. Two rounds: 5 cpu; of the third both small ones fit, the big one does not.
    const answer = capacity(questionContext(nodes), { mix: [{ manifest: small, weight: 2 }, { manifest: big }] });
    expect(answer).toMatchObject({
      verdict: 'yes',
      subject: null,
      replicas: 6,
      rounds: 2,
      limitedBy: 'nodes',
      mix: [
        { kind: 'Pod', name: 'small', weight: 2, replicas: 4 },
        { kind: 'Deployment', name: 'big', weight: 1, replicas: 2 },
      ],
    });
    expect(answer.message).toMatch(/^0\/2 nodes are available: /);
  });

  test('a mix stops before max would be passed', () => {
    const answer = capacity(questionContext(nodes), { mix: [{ manifest: web, weight: 2 }], max: 5 });
    expect(answer).toMatchObject({ replicas: 4, rounds: 2, limitedBy: 'max', message: null });
  });

  const refused: readonly { name: string; request: CapacityRequest; code: string }[] = [
    { name: 'a max below 0', request: { manifest: web, max: -1 }, code: 'invalid_request' },
    { name: 'a weight of 0', request: { mix: [{ manifest: web, weight: 0 }] }, code: 'invalid_request' },
    { name: 'an empty mix', request: { mix: [] }, code: 'nothing_to_evaluate' },
    { name: 'no subject', request: {}, code: 'nothing_to_evaluate' },
  ];
  test.each(refused)('refuses $name', ({ request, code }) => {
    expect(() => capacity(questionContext(nodes), request)).toThrow(expect.objectContaining({ code }) as Error);
  });
});
