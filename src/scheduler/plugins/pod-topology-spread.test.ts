import { describe, expect, it } from 'vitest';
import { cluster, run, scoresOf, verdicts, type PodSketch } from '../../../test/build/small-cluster.js';

const zone = 'topology.kubernetes.io/zone';
const labels = { app: 'web' };
const labelSelector = { matchLabels: labels };
const nodes = ['a', 'b', 'c'].map((name) => ({ name, labels: { [zone]: name } }));

function pods(counts: Record<string, number>): PodSketch[] {
  return Object.entries(counts).flatMap(([node, count]) => Array.from({ length: count }, () => ({ node, labels })));
}

const skewed = ["node(s) didn't match pod topology spread constraints"];
const missing = ["!node(s) didn't match pod topology spread constraints (missing required label)"];

describe('PodTopologySpread filter (SEMANTICS 5.3)', () => {
  it.each([
    ['2, 1, 0 with maxSkew 1', { a: 2, b: 1, c: 0 }, {}, { a: skewed, b: skewed, c: [] }],
    ['2, 1, 0 with maxSkew 2', { a: 2, b: 1, c: 0 }, { maxSkew: 2 }, { a: skewed, b: [], c: [] }],
    ['fewer domains than minDomains', { a: 1, b: 1, c: 1 }, { minDomains: 4 }, { a: skewed, b: skewed, c: skewed }],
    ['as many domains as minDomains', { a: 1, b: 1, c: 1 }, { minDomains: 3 }, { a: [], b: [], c: [] }],
    [
      'an empty selector counts no pod that is there',
      { a: 5, b: 0, c: 0 },
      { labelSelector: {} },
      { a: [], b: [], c: [] },
    ],
    ['no node has the key', { a: 0 }, { topologyKey: 'rack' }, { a: missing, b: missing, c: missing }],
  ])('%s', (_name, counts: Record<string, number>, extra, expected) => {
    const constraint = { maxSkew: 1, topologyKey: zone, whenUnsatisfiable: 'DoNotSchedule', labelSelector, ...extra };
    const result = run(cluster(nodes, pods(counts)), { labels, spec: { topologySpreadConstraints: [constraint] } });
    expect(verdicts(result)).toEqual(expected);
  });

  it('does not count terminating pods', () => {
    const metadata = { deletionTimestamp: '2026-01-01T00:00:00Z' };
    const model = cluster(nodes, [{ node: 'a', labels, metadata }]);
    const constraint = { maxSkew: 1, topologyKey: zone, whenUnsatisfiable: 'DoNotSchedule', labelSelector };
    const result = run(model, { labels, spec: { topologySpreadConstraints: [constraint] } });
    expect(verdicts(result)).toEqual({ a: [], b: [], c: [] });
  });

  it('names constraint, domain and skew', () => {
    const constraint = { maxSkew: 1, topologyKey: zone, whenUnsatisfiable: 'DoNotSchedule', labelSelector };
    const result = run(cluster(nodes, pods({ a: 2 })), { labels, spec: { topologySpreadConstraints: [constraint] } });
    expect(result.explain(result.model.nodeSlot('a'))[0]?.details).toEqual([
      {
        type: 'topologySpread',
        constraint: 0,
        topologyKey: zone,
        domain: 'a',
        count: 2,
        minimum: 0,
        skew: 3,
        maxSkew: 1,
      },
    ]);
  });
});

describe('PodTopologySpread score, weight 2 (SEMANTICS 6.6): zones of 3, 1 and 0 pods', () => {
  it.each([
    ['maxSkew 1: raw 5, 2, 0', 1, { a: 0, b: 120, c: 200 }],
    ['maxSkew 5: raw 9, 6, 4', 5, { a: 88, b: 154, c: 200 }],
  ])('%s', (_name, maxSkew, expected) => {
    const constraint = { maxSkew, topologyKey: zone, whenUnsatisfiable: 'ScheduleAnyway', labelSelector };
    const model = cluster(nodes, pods({ a: 3, b: 1 }));
    const result = run(model, { labels, spec: { topologySpreadConstraints: [constraint] } });
    expect(scoresOf(result, 'PodTopologySpread')).toEqual(expected);
  });

  it('takes its default constraints from the Services that select the pod', () => {
    const model = cluster(nodes, pods({ a: 3, b: 1 }));
    expect(scoresOf(run(model, { labels }), 'PodTopologySpread')).toEqual({ a: 0, b: 0, c: 0 });
    const object = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 's', namespace: 'default' },
      spec: { selector: labels },
    };
    model.apply({ type: 'object', group: '', kind: 'Service', namespace: 'default', name: 's', object });
    const scores = scoresOf(run(model, { labels }), 'PodTopologySpread');
    expect(scores['a']! < scores['b']! && scores['b']! < scores['c']!).toBe(true);
  });
});
