import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../kubernetes/types.js';
import { cluster, run, type PodSketch } from '../../../test/build/small-cluster.js';
import type { ClusterModel } from '../model.js';
import { preempt, victimNames } from './default-preemption.js';

const full = { cpu: '4' };
const half = { cpu: '2' };
const low = (node: string, priority: number, startTime: string, requests = half): PodSketch => ({
  node,
  requests,
  labels: { app: 'low' },
  spec: { priority },
  status: { startTime },
});

function budget(model: ClusterModel, disruptionsAllowed: number): void {
  const object: JsonObject = {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'b', namespace: 'default' },
    spec: { selector: { matchLabels: { app: 'low' } } },
    status: { disruptionsAllowed },
  };
  model.apply({
    type: 'object',
    group: 'policy',
    kind: 'PodDisruptionBudget',
    namespace: 'default',
    name: 'b',
    object,
  });
}

function outcome(model: ClusterModel, pod: PodSketch): { node: string; victims: string[]; message: string } {
  const { node, victims, message } = preempt(run(model, pod));
  return { node: node < 0 ? '' : model.nodeName(node), victims: victimNames(model, victims), message };
}

describe('DefaultPreemption (SEMANTICS 8)', () => {
  const early = '2026-01-01T00:00:00Z';
  const late = '2026-01-01T01:00:00Z';

  it('reprieves the more important pod', () => {
    const model = cluster([{ name: 'n' }], [low('n', 5, late), low('n', 1, early)]);
    expect(outcome(model, { requests: half, spec: { priority: 10 } })).toMatchObject({
      node: 'n',
      victims: ['default/existing-1'],
    });
  });

  it('among equals reprieves the one that started earlier', () => {
    const model = cluster([{ name: 'n' }], [low('n', 1, late), low('n', 1, early)]);
    expect(outcome(model, { requests: half, spec: { priority: 10 } }).victims).toEqual(['default/existing-0']);
  });

  it('prefers the node whose highest victim matters least', () => {
    const model = cluster([{ name: 'a' }, { name: 'b' }], [low('a', 5, early, full), low('b', 3, early, full)]);
    expect(outcome(model, { requests: full, spec: { priority: 10 } }).node).toBe('b');
  });

  it('prefers the node where no budget is violated', () => {
    const model = cluster(
      [{ name: 'a' }, { name: 'b' }],
      [low('a', 1, early, full), { ...low('b', 3, early, full), labels: { app: 'x' } }],
    );
    expect(outcome(model, { requests: full, spec: { priority: 10 } }).node).toBe('a');
    budget(model, 0);
    expect(outcome(model, { requests: full, spec: { priority: 10 } }).node).toBe('b');
  });

  it.each([
    [
      'nobody of lower priority',
      0,
      {},
      '0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.',
    ],
    [
      'preemptionPolicy Never',
      10,
      { preemptionPolicy: 'Never' },
      '0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: not eligible due to preemptionPolicy=Never.',
    ],
    [
      'not helpful',
      10,
      { nodeSelector: { x: 'y' } },
      "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.",
    ],
  ])('finds nothing: %s', (_name, priority, spec: JsonObject, message) => {
    const model = cluster([{ name: 'n' }], [low('n', 1, early, full)]);
    expect(outcome(model, { requests: half, spec: { priority, ...spec } })).toEqual({ node: '', victims: [], message });
  });
});
