import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../kubernetes/types.js';
import { nodeOf, podOf, questionContext, workloadOf } from '../../test/build/question-context.js';
import type { RemedyKind } from './answers.js';
import { fit } from './fit.js';
import type { WhatIfOperation } from './request.js';

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';

describe('remedies', () => {
  const zoneSpread = (maxSkew: number): JsonObject => ({
    topologySpreadConstraints: [
      {
        maxSkew,
        topologyKey: 'zone',
        whenUnsatisfiable: 'DoNotSchedule',
        labelSelector: { matchLabels: { app: 'web' } },
      },
    ],
  });
  const antiAffinity: JsonObject = {
    affinity: {
      podAntiAffinity: {
        [REQUIRED]: [{ topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'web' } } }],
      },
    },
  };
  const rows: readonly {
    name: string;
    cluster: readonly Json[];
    subject: Json;
    kind: RemedyKind;
    operations?: readonly WhatIfOperation[];
    sentence: string;
  }[] = [
    {
      name: 'an init container alone',
      cluster: [nodeOf('n1', { cpu: '2' })],
      subject: podOf('web', {
        spec: {
          initContainers: [{ name: 'migrate', image: 'x', resources: { requests: { cpu: '2500m' } } }],
          containers: [{ name: 'app', image: 'x', resources: { requests: { cpu: '650m' } } }],
        },
      }),
      kind: 'lowerRequest',
      operations: [
        {
          op: 'patchSubject',
          patch: {
            spec: { initContainers: [{ name: 'migrate', image: 'x', resources: { requests: { cpu: '2' } } }] },
          },
        },
      ],
      sentence:
        'Lower the cpu request of init container migrate by 500m, from 2500m to 2 ' +
        '(init containers alone: it costs the running pod nothing): then n1 takes the pod.',
    },
    {
      name: 'a taint',
      cluster: [nodeOf('n1', { taints: [{ key: 'gpu', value: 'true', effect: 'NoSchedule' }] })],
      subject: podOf('web'),
      kind: 'addToleration',
      operations: [
        {
          op: 'patchSubject',
          patch: { spec: { tolerations: [{ key: 'gpu', operator: 'Equal', value: 'true', effect: 'NoSchedule' }] } },
        },
      ],
      sentence: 'Tolerate the taint gpu=true:NoSchedule: then n1 takes the pod.',
    },
    {
      name: 'a cordon, and the taint that comes with it',
      cluster: [
        nodeOf('n1', {
          unschedulable: true,
          taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }],
        }),
      ],
      subject: podOf('web'),
      kind: 'uncordon',
      operations: [{ op: 'uncordon', names: ['n1'] }],
      sentence: 'Uncordon n1: then n1 takes the pod.',
    },
    {
      name: 'a node selector of a Deployment',
      cluster: [nodeOf('n1', { labels: { disk: 'hdd' } })],
      subject: workloadOf('web', { spec: { nodeSelector: { disk: 'ssd' } } }),
      kind: 'relaxSelector',
      operations: [{ op: 'patchSubject', patch: { spec: { template: { spec: { nodeSelector: { disk: null } } } } } }],
      sentence: 'No longer require disk=ssd: then n1 takes the pod.',
    },
    {
      name: 'a spread constraint',
      cluster: [
        nodeOf('a1', { labels: { zone: 'a' } }),
        nodeOf('b1', { labels: { zone: 'b' }, cpu: '100m' }),
        podOf('w1', { node: 'a1', labels: { app: 'web' }, requests: { cpu: '1' } }),
      ],
      subject: podOf('web', { labels: { app: 'web' }, requests: { cpu: '1' }, spec: zoneSpread(1) }),
      kind: 'relaxSpread',
      sentence: 'Raise maxSkew of the spread over zone from 1 to 2: then a1 takes the pod.',
    },
    {
      name: 'anti-affinity to its own kind',
      cluster: [nodeOf('n1'), podOf('w1', { node: 'n1', labels: { app: 'web' } })],
      subject: podOf('web', { labels: { app: 'web' }, spec: antiAffinity }),
      kind: 'relaxAntiAffinity',
      sentence: 'Drop required pod anti-affinity term 0 (kubernetes.io/hostname): then n1 takes the pod.',
    },
    {
      name: 'the pod that holds the port',
      cluster: [
        nodeOf('n1'),
        podOf('proxy', {
          node: 'n1',
          spec: { containers: [{ name: 'c', image: 'x', ports: [{ containerPort: 80, hostPort: 80 }] }] },
        }),
      ],
      subject: podOf('web', {
        spec: { containers: [{ name: 'c', image: 'x', ports: [{ containerPort: 80, hostPort: 80 }] }] },
      }),
      kind: 'freePods',
      operations: [{ op: 'removePods', names: ['default/proxy'] }],
      sentence: 'Remove default/proxy, which holds host port 80: then n1 takes the pod.',
    },
    {
      name: 'the least important pod that makes room',
      cluster: [
        nodeOf('n1', { pods: '2' }),
        podOf('big', { node: 'n1', requests: { cpu: '2' }, spec: { priority: 100 } }),
        podOf('small', { node: 'n1', requests: { cpu: '1' } }),
      ],
      subject: podOf('web', { requests: { cpu: '500m' } }),
      kind: 'freePods',
      operations: [{ op: 'removePods', names: ['default/small'] }],
      sentence: 'Remove default/small from n1: then n1 takes the pod.',
    },
    {
      name: 'the pod that holds the port leaves room enough: nobody else goes',
      cluster: [
        nodeOf('n1'),
        podOf('other', { node: 'n1', requests: { cpu: '2' } }),
        podOf('proxy', {
          node: 'n1',
          spec: {
            containers: [
              {
                name: 'c',
                image: 'x',
                ports: [{ containerPort: 80, hostPort: 80 }],
                resources: { requests: { cpu: '2' } },
              },
            ],
          },
        }),
      ],
      subject: podOf('web', {
        spec: {
          containers: [
            {
              name: 'c',
              image: 'x',
              ports: [{ containerPort: 80, hostPort: 80 }],
              resources: { requests: { cpu: '1' } },
            },
          ],
        },
      }),
      kind: 'freePods',
      operations: [{ op: 'removePods', names: ['default/proxy'] }],
      sentence: 'Remove default/proxy, which holds host port 80: then n1 takes the pod.',
    },
    {
      name: 'a pod whose disruption budget is used up stays while another would do',
      cluster: [
        nodeOf('n1', { pods: '2' }),
        podOf('a-guarded', { node: 'n1', labels: { app: 'db' } }),
        podOf('b-free', { node: 'n1' }),
        {
          apiVersion: 'policy/v1',
          kind: 'PodDisruptionBudget',
          metadata: { name: 'db', namespace: 'default' },
          spec: { minAvailable: 1, selector: { matchLabels: { app: 'db' } } },
          status: { disruptionsAllowed: 0 },
        },
      ],
      subject: podOf('web'),
      kind: 'freePods',
      operations: [{ op: 'removePods', names: ['default/b-free'] }],
      sentence: 'Remove default/b-free from n1: then n1 takes the pod.',
    },
    {
      name: 'two obstacles at once',
      cluster: [nodeOf('n1', { unschedulable: true, labels: { disk: 'hdd' } })],
      subject: podOf('web', { spec: { nodeSelector: { disk: 'ssd' } } }),
      kind: 'relaxSelector',
      sentence: 'Uncordon n1, and no longer require disk=ssd: then n1 takes the pod.',
    },
    {
      name: 'one more node',
      cluster: [nodeOf('n1', { cpu: '2' }), podOf('a', { node: 'n1', requests: { cpu: '1500m' } })],
      subject: podOf('web', { requests: { cpu: '2' } }),
      kind: 'addNode',
      operations: [{ op: 'addNodes', count: 1, like: 'n1' }],
      sentence: 'Add a node like n1: then n1-like-1 takes the pod.',
    },
    {
      name: 'a gpu that cannot be overcommitted: request and limit',
      cluster: [nodeOf('n1', { extra: { 'x.io/gpu': '1' } })],
      subject: podOf('web', {
        spec: {
          containers: [
            { name: 'c', image: 'x', resources: { requests: { 'x.io/gpu': '2' }, limits: { 'x.io/gpu': '2' } } },
          ],
        },
      }),
      kind: 'lowerRequest',
      sentence: 'Lower the x.io/gpu request of container c by 1, from 2 to 1: then n1 takes the pod.',
    },
  ];

  test.each(rows)('$name', ({ cluster, subject, kind, operations, sentence }) => {
    const context = questionContext(cluster);
    const { remedies, node } = fit(context, { manifest: subject, explain: 'all' });
    expect(node).toBeNull();
    const remedy = remedies.find((each) => each.kind === kind);
    expect(remedy?.sentence).toBe(sentence);
    if (operations !== undefined) expect(remedy?.whatIf).toEqual(operations);
    expect(remedies.length).toBeLessThanOrEqual(5);
    for (const { whatIf } of remedies) expect(fit(context, { manifest: subject, whatIf }).verdict).toBe('yes');
  });

  test('none for a pod that no change of these makes fit', () => {
    const { remedies } = fit(questionContext([]), { manifest: podOf('web'), explain: 'all' });
    expect(remedies).toEqual([]);
  });

  test('only when asked for', () => {
    const context = questionContext([nodeOf('n1', { unschedulable: true })]);
    expect(fit(context, { manifest: podOf('web') }).remedies).toEqual([]);
    expect(fit(context, { manifest: podOf('web'), explain: 'nodes' }).remedies).toEqual([]);
  });

  test('cheapest first', () => {
    const context = questionContext([
      nodeOf('n1', { taints: [{ key: 'gpu', value: '', effect: 'NoSchedule' }] }),
      nodeOf('n2', { cpu: '1' }),
      nodeOf('n3', { unschedulable: true }),
    ]);
    const manifest = podOf('web', { requests: { cpu: '2' } });
    const { remedies } = fit(context, { manifest, explain: 'all' });
    expect(remedies.map(({ kind }) => kind)).toEqual(['addToleration', 'uncordon', 'lowerRequest', 'addNode']);
  });
});
