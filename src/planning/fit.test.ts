import { describe, expect, test } from 'vitest';
import type { Json } from '../kubernetes/types.js';
import { nodeOf, podOf, questionContext, workloadOf } from '../../test/build/question-context.js';
import { PlanningError } from './errors.js';
import { fit, fitAcross } from './fit.js';
import type { FitRequest } from './answers.js';

/** SEMANTICS 6.11: n1 used 1cpu/2Gi, n2 used 2cpu/8Gi of 4cpu/16Gi; the pod asks 500m/1Gi. */
const worked = questionContext([
  nodeOf('n1', { memory: '16Gi' }),
  nodeOf('n2', { memory: '16Gi' }),
  podOf('a', { node: 'n1', requests: { cpu: '1', memory: '2Gi' } }),
  podOf('b', { node: 'n2', requests: { cpu: '2', memory: '8Gi' } }),
]);
const subject = podOf('web', { requests: { cpu: '500m', memory: '1Gi' } });

/** Members as they are printed: what is undefined is left out. */
function printedKeys(answer: object): string[] {
  return Object.keys(JSON.parse(JSON.stringify(answer)) as object);
}

describe('fit', () => {
  test('the worked example of SEMANTICS 6.11', () => {
    const answer = fit(worked, { manifest: subject });
    expect(answer).toMatchObject({
      verdict: 'yes',
      revision: 17,
      subject: { kind: 'Pod', namespace: 'default', name: 'web', replicas: 1, evaluated: 1 },
      node: 'n1',
      message: null,
      eventMessage: null,
      requests: { cpu: '500m', memory: '1Gi' },
      nodeCounts: { total: 2, feasible: 2 },
      tied: 1,
      rejectedGroups: [],
      remedies: [],
      admission: { allowed: true, errors: [] },
    });
    expect(answer.candidates).toEqual([
      {
        node: 'n1',
        score: 444,
        scores: expect.objectContaining({
          TaintToleration: 300,
          NodeResourcesFit: 71,
          NodeResourcesBalancedAllocation: 73,
        }) as unknown,
        freeAfter: { cpu: '2500m', memory: '13Gi', pods: '108' },
      },
      expect.objectContaining({ node: 'n2', score: 413 }),
    ]);
    for (const { score, scores } of answer.candidates) {
      expect(Object.values(scores).reduce((sum, part) => sum + part, 0)).toBe(score);
    }
  });

  test('members come in the order of the contract', () => {
    expect(printedKeys(fit(worked, { manifest: subject, explain: 'nodes' }))).toEqual([
      'verdict',
      'revision',
      'asOf',
      'engine',
      'notEvaluated',
      'assumptions',
      'warnings',
      'skipped',
      'subject',
      'node',
      'message',
      'eventMessage',
      'requests',
      'nodeCounts',
      'candidates',
      'tied',
      'rejected',
      'rejectedGroups',
      'funnel',
      'remedies',
      'admission',
    ]);
  });

  test('the same question gives the same bytes', () => {
    const ask = (): string => JSON.stringify(fit(worked, { manifest: subject, explain: 'all' }));
    expect(ask()).toBe(ask());
  });

  test('integers instead of quantities', () => {
    const answer = fit(worked, { manifest: subject, quantities: 'integer', candidateLimit: 1 });
    expect(answer.requests).toEqual({ cpu: 500, memory: 1_073_741_824 });
    expect(answer.candidates[0]?.freeAfter).toEqual({ cpu: 2500, memory: 13 * 1_073_741_824, pods: 108 });
  });

  test('nothing fits: the sentence, groups, the funnel, every failing plugin with its shortfall', () => {
    const context = questionContext([
      nodeOf('n1'),
      nodeOf('n2', { taints: [{ key: 'gpu', value: 'true', effect: 'NoSchedule' }] }),
      podOf('a', { node: 'n1', requests: { cpu: '3500m', memory: '6Gi' } }),
      podOf('b', { node: 'n2', requests: { cpu: '3650m' } }),
    ]);
    const answer = fit(context, {
      manifest: podOf('web', { requests: { cpu: '600m', memory: '1Gi' } }),
      explain: 'all',
    });
    expect(answer).toMatchObject({
      verdict: 'no',
      node: null,
      message: '0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s).',
      eventMessage:
        '0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s). no new claims to deallocate, ' +
        'preemption: 0/2 nodes are available: 1 No preemption victims found for incoming pod, ' +
        '1 Preemption is not helpful for scheduling.',
      nodeCounts: { total: 2, feasible: 0 },
      candidates: [],
      tied: 0,
    });
    expect(answer.rejected).toMatchObject([
      {
        node: 'n1',
        plugin: 'NodeResourcesFit',
        code: 'Unschedulable',
        reasons: ['Insufficient cpu'],
        all: [{ plugin: 'NodeResourcesFit', reasonCode: 'InsufficientResource', shortfall: { cpu: '100m' } }],
      },
      {
        node: 'n2',
        plugin: 'TaintToleration',
        code: 'UnschedulableAndUnresolvable',
        all: [
          {
            plugin: 'TaintToleration',
            reasonCode: 'UntoleratedTaint',
            details: [{ type: 'taint', taint: { key: 'gpu', value: 'true', effect: 'NoSchedule' } }],
          },
          { plugin: 'NodeResourcesFit', shortfall: { cpu: '250m' } },
        ],
      },
    ]);
    expect(answer.rejectedGroups).toEqual([
      {
        plugin: 'TaintToleration',
        reason: 'node(s) had untolerated taint(s)',
        reasonCode: 'UntoleratedTaint',
        nodes: 1,
        examples: ['n2'],
      },
      {
        plugin: 'NodeResourcesFit',
        reason: 'Insufficient cpu',
        reasonCode: 'InsufficientResource',
        resource: 'cpu',
        nodes: 1,
        examples: ['n1'],
      },
    ]);
    expect(answer.funnel).toContainEqual({ plugin: 'TaintToleration', rejected: 1, remaining: 1 });
    expect(answer.funnel.at(-1)?.remaining).toBe(0);
    expect(answer.blockers).toEqual([
      { plugin: 'TaintToleration', first: 1, any: 1, only: 0 },
      { plugin: 'NodeResourcesFit', first: 1, any: 2, only: 1 },
    ]);
  });

  test('why not node n2? The verdict is still the cluster’s', () => {
    const context = questionContext([nodeOf('n1'), nodeOf('n2', { unschedulable: true })]);
    const answer = fit(context, { manifest: subject, nodes: ['n2'] });
    expect(answer).toMatchObject({ verdict: 'yes', node: 'n1', candidates: [] });
    expect(answer.rejected).toMatchObject([
      { node: 'n2', all: [{ plugin: 'NodeUnschedulable', details: [{ type: 'unschedulable' }] }] },
    ]);
  });

  test('a stored pod is taken out first, and its nodeName ignored', () => {
    const context = questionContext([nodeOf('n1', { cpu: '1' }), podOf('web', { node: 'n1', requests: { cpu: '1' } })]);
    const manifest = podOf('web', { node: 'elsewhere', requests: { cpu: '1' } });
    expect(fit(context, { manifest })).toMatchObject({
      verdict: 'yes',
      node: 'n1',
      assumptions: { ignored: ['spec.nodeName'] },
    });
    expect(fit(context, { manifest, keepNodeName: true })).toMatchObject({
      verdict: 'no',
      message: "0/1 nodes are available: 1 node(s) didn't match the requested node name.",
    });
    expect(fit(context, { workload: { kind: 'Pod', namespace: 'default', name: 'web' } })).toMatchObject({
      verdict: 'yes',
    });
    expect(context.model.pod('default', 'web')?.nodeName).toBe('n1');
  });

  test('preemption', () => {
    const context = questionContext([
      nodeOf('n1', { cpu: '1' }),
      podOf('low', { node: 'n1', requests: { cpu: '1' }, spec: { priority: 0 } }),
    ]);
    const manifest = podOf('high', { requests: { cpu: '1' }, spec: { priority: 1000 } });
    expect(fit(context, { manifest }).verdict).toBe('no');
    expect(fit(context, { manifest, preemption: true })).toMatchObject({
      verdict: 'yes',
      node: null,
      preemption: { node: 'n1', victims: ['default/low'], message: '0/1 nodes are available: 1 Insufficient cpu.' },
    });
  });

  test('pending pods are ignored, or placed first', () => {
    const context = questionContext([nodeOf('n1', { cpu: '1' }), podOf('waits', { requests: { cpu: '600m' } })]);
    const manifest = podOf('web', { requests: { cpu: '500m' } });
    expect(fit(context, { manifest })).toMatchObject({ verdict: 'yes', assumptions: { pendingIgnored: 1 } });
    expect(fit(context, { manifest, pending: 'first' })).toMatchObject({
      verdict: 'no',
      assumptions: { pendingPlaced: 1, pendingUnplaced: 0 },
    });
  });

  const verdicts: readonly { name: string; manifest: Json; verdict: string; answer?: object }[] = [
    {
      name: 'a volume claim leaves a yes unknown',
      manifest: podOf('web', { spec: { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'c' } }] } }),
      verdict: 'unknown',
      answer: { notEvaluated: [{ plugin: 'VolumeBinding', pods: ['default/web'] }] },
    },
    {
      name: 'a claim does not turn a no into unknown',
      manifest: podOf('web', {
        requests: { cpu: '9' },
        spec: { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'c' } }] },
      }),
      verdict: 'no',
    },
    { name: 'another scheduler', manifest: podOf('web', { spec: { schedulerName: 'volcano' } }), verdict: 'unknown' },
    {
      name: 'a gated pod is not attempted',
      manifest: podOf('web', { spec: { schedulingGates: [{ name: 'a.io/b' }] } }),
      verdict: 'no',
      answer: { node: null, message: 'Scheduling is blocked due to non-empty scheduling gates', candidates: [] },
    },
    {
      name: 'a Deployment stands for its pod',
      manifest: workloadOf('web', { replicas: 400 }),
      verdict: 'yes',
      answer: { subject: { kind: 'Deployment', replicas: 400, evaluated: 1 } },
    },
    {
      name: 'generateName is fine',
      manifest: { ...podOf(''), metadata: { generateName: 'web-' } },
      verdict: 'yes',
      answer: { subject: { name: 'web-' } },
    },
    {
      name: 'several: the first is judged, with a warning',
      manifest: [podOf('a'), podOf('b')],
      verdict: 'yes',
      answer: { subject: { name: 'a' }, warnings: [expect.stringContaining('only the first')] },
    },
    {
      name: 'what holds no pod is skipped',
      manifest: [{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 's' } }, podOf('a')],
      verdict: 'yes',
      answer: { skipped: [{ kind: 'PersistentVolumeClaim', count: 1 }] },
    },
  ];
  test.each(verdicts)('$name', ({ manifest, verdict, answer }) => {
    const context = questionContext([nodeOf('n1')]);
    expect(fit(context, { manifest })).toMatchObject({ verdict, ...answer });
  });

  const refused: readonly { name: string; request: FitRequest; code: string }[] = [
    { name: 'no subject', request: {}, code: 'nothing_to_evaluate' },
    {
      name: 'no pod in the body',
      request: { manifest: { apiVersion: 'v1', kind: 'Service', metadata: { name: 's' } } },
      code: 'nothing_to_evaluate',
    },
    {
      name: 'an empty list',
      request: { manifest: { apiVersion: 'v1', kind: 'List', items: [] } },
      code: 'nothing_to_evaluate',
    },
    { name: 'no manifest at all', request: { manifest: 'web' }, code: 'invalid_manifest' },
    {
      name: 'a wrong type',
      request: { manifest: { ...podOf('web'), spec: { containers: 'none' } } },
      code: 'invalid_manifest',
    },
    {
      name: 'no containers',
      request: { manifest: { ...podOf('web'), spec: { containers: [] } } },
      code: 'invalid_manifest',
    },
    {
      name: 'a workload that is not stored',
      request: { workload: { kind: 'Deployment', namespace: 'x', name: 'y' } },
      code: 'not_found',
    },
    { name: 'an unknown node', request: { manifest: podOf('web'), nodes: ['nowhere'] }, code: 'empty_selection' },
    { name: 'a limit below 0', request: { manifest: podOf('web'), candidateLimit: -1 }, code: 'invalid_request' },
    {
      name: 'an unknown field, strictly',
      request: { manifest: { ...podOf('web'), sepc: {} }, fieldValidation: 'Strict' },
      code: 'invalid_manifest',
    },
  ];
  test.each(refused)('refuses $name', ({ request, code }) => {
    const context = questionContext([nodeOf('n1')]);
    expect(() => fit(context, request)).toThrow(PlanningError);
    expect(() => fit(context, request)).toThrow(expect.objectContaining({ code }) as Error);
  });

  test('an unknown field is a warning by default', () => {
    const answer = fit(questionContext([nodeOf('n1')]), { manifest: { ...podOf('web'), sepc: {} } });
    expect(answer.warnings).toEqual(['unknown field "sepc"']);
  });

  test('faults carry the path of the template', () => {
    const manifest = workloadOf('web', { spec: { containers: [{ name: 'UPPER', image: 'x' }] } });
    try {
      fit(questionContext([nodeOf('n1')]), { manifest });
      expect.unreachable();
    } catch (error) {
      expect((error as PlanningError).extras.errors?.[0]).toMatchObject({
        object: 'Deployment/default/web',
        field: 'spec.template.spec.containers[0].name',
      });
    }
  });
});

test('fitAcross: best cluster first', () => {
  const clusters = [
    questionContext([nodeOf('n1', { cpu: '1' })], { cluster: 'full' }),
    questionContext([nodeOf('n1')], { cluster: 'small' }),
    questionContext([nodeOf('n1', { cpu: '64', memory: '256Gi' })], { cluster: 'large' }),
  ];
  const answer = fitAcross(clusters, { manifest: podOf('web', { requests: { cpu: '2', memory: '1Gi' } }) });
  expect(answer.clusters.map(({ cluster, answer: { verdict } }) => [cluster, verdict])).toEqual([
    ['large', 'yes'],
    ['small', 'yes'],
    ['full', 'no'],
  ]);
  expect(answer).toMatchObject({ verdict: 'yes', revision: null, asOf: null });
});
