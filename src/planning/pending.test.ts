import { describe, expect, test } from 'vitest';
import { nodeOf, podOf, questionContext } from '../../test/build/question-context.js';
import { explanation } from './explanation.js';
import { pending } from './pending.js';

const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'what the cluster said' };
const context = questionContext([
  nodeOf('n1', { cpu: '2' }),
  podOf('big-a', {
    requests: { cpu: '4' },
    labels: { app: 'big' },
    status: { phase: 'Pending', conditions: [condition] },
  }),
  podOf('big-b', { requests: { cpu: '4' }, labels: { app: 'big' } }),
  podOf('small', { requests: { cpu: '1' } }),
  podOf('gated', { namespace: 'team', spec: { schedulingGates: [{ name: 'a.io/b' }] } }),
  podOf('other', { namespace: 'team', spec: { schedulerName: 'volcano' } }),
  podOf('runs', { node: 'n1', status: { phase: 'Running' } }),
  podOf('starts', { node: 'n1', status: { phase: 'Pending' } }),
  podOf('lost', { node: 'gone', status: { phase: 'Running' } }),
  podOf('done', { node: 'n1', status: { phase: 'Succeeded' } }),
  podOf('going', {
    node: 'n1',
    metadata: { name: 'going', namespace: 'default', deletionTimestamp: '2026-01-01T00:00:00Z' },
  }),
]);

describe('pending', () => {
  test('groups by what the pods wait for', () => {
    expect(pending(context, {})).toMatchObject({
      verdict: 'no',
      revision: 17,
      assumptions: { orphanPods: 1 },
      pending: 5,
      groups: [
        {
          stage: 'unscheduled',
          message: '0/1 nodes are available: 1 Insufficient cpu.',
          count: 2,
          examples: ['default/big-a', 'default/big-b'],
          requests: { cpu: '8' },
        },
        { stage: 'gated', count: 1, examples: ['team/gated'] },
        { stage: 'schedulable', count: 1, examples: ['default/small'] },
        { stage: 'notEvaluated', message: 'schedulerName "volcano" is no known profile' },
      ],
    });
  });

  test('of one namespace, of one label', () => {
    expect(pending(context, { namespace: 'team' })).toMatchObject({ pending: 2 });
    expect(pending(context, { labelSelector: 'app=big' })).toMatchObject({ pending: 2 });
    expect(pending(context, { labelSelector: 'app=none' })).toMatchObject({ verdict: 'yes', pending: 0, groups: [] });
    expect(() => pending(context, { labelSelector: 'app in' })).toThrow(
      expect.objectContaining({ code: 'invalid_request' }) as Error,
    );
  });
});

describe('explanation', () => {
  const rows = [
    { name: 'big-a', stage: 'unscheduled', verdict: 'no', node: null, waits: true },
    { name: 'small', stage: 'schedulable', verdict: 'yes', node: null, waits: true },
    { name: 'runs', stage: 'running', verdict: 'yes', node: 'n1', waits: false },
    { name: 'starts', stage: 'boundNotStarted', verdict: 'yes', node: 'n1', waits: false },
    { name: 'lost', stage: 'orphan', verdict: 'yes', node: 'gone', waits: false },
    { name: 'done', stage: 'finished', verdict: 'yes', node: 'n1', waits: false },
    { name: 'going', stage: 'terminating', verdict: 'yes', node: 'n1', waits: false },
  ];
  test.each(rows)('$name is $stage', ({ name, stage, verdict, node, waits }) => {
    const answer = explanation(context, { namespace: 'default', name });
    expect(answer).toMatchObject({ pod: `default/${name}`, stage, verdict, node });
    expect(answer.fit !== null).toBe(waits);
  });

  test('the computed answer beside what the cluster said', () => {
    expect(explanation(context, { namespace: 'default', name: 'big-a' })).toMatchObject({
      condition,
      sentence: '0/1 nodes are available: 1 Insufficient cpu.',
      fit: { rejected: [{ node: 'n1', all: [{ plugin: 'NodeResourcesFit', shortfall: { cpu: '2' } }] }] },
    });
  });

  test('gated, with the gates', () => {
    expect(explanation(context, { namespace: 'team', name: 'gated' })).toMatchObject({
      stage: 'gated',
      sentence: 'Scheduling is blocked due to non-empty scheduling gates: waiting for scheduling gates: [a.io/b]',
      fit: { verdict: 'no' },
    });
  });

  test('a pod that is not stored', () => {
    expect(() => explanation(context, { namespace: 'default', name: 'nobody' })).toThrow(
      expect.objectContaining({ code: 'not_found' }) as Error,
    );
  });
});
