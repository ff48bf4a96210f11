import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../kubernetes/types.js';
import { cluster, run, scoresOf, verdicts, type NodeSketch } from '../../../test/build/small-cluster.js';

const zone = 'topology.kubernetes.io/zone';
const nodes: readonly NodeSketch[] = [
  { name: 'a', labels: { [zone]: 'a' } },
  { name: 'b', labels: { [zone]: 'b' } },
  { name: 'c' },
];
const term = (app: string, extra: JsonObject = {}): JsonObject => ({
  topologyKey: zone,
  labelSelector: { matchLabels: { app } },
  ...extra,
});
const required = (kind: 'podAffinity' | 'podAntiAffinity', ...terms: JsonObject[]): JsonObject => ({
  affinity: { [kind]: { requiredDuringSchedulingIgnoredDuringExecution: terms } },
});

const affinity = ["!node(s) didn't match pod affinity rules"];
const anti = ["node(s) didn't match pod anti-affinity rules"];
const existing = ["node(s) didn't satisfy existing pods anti-affinity rules"];
const db = { node: 'a', labels: { app: 'db' } };

describe('InterPodAffinity filter (SEMANTICS 5.3)', () => {
  it.each([
    ['near a pod', required('podAffinity', term('db')), { a: [], b: affinity, c: affinity }],
    ['away from a pod; without the label it may', required('podAntiAffinity', term('db')), { a: anti, b: [], c: [] }],
    [
      'first of its group: anywhere that has the key',
      required('podAffinity', term('web')),
      { a: [], b: [], c: affinity },
    ],
    [
      'all terms must match one pod',
      required('podAffinity', term('db'), term('x')),
      { a: affinity, b: affinity, c: affinity },
    ],
    [
      'pods of another namespace',
      required('podAffinity', term('db', { namespaces: ['x'] })),
      { a: affinity, b: affinity, c: affinity },
    ],
    ['every namespace', required('podAntiAffinity', term('db', { namespaceSelector: {} })), { a: anti, b: [], c: [] }],
  ])('%s', (_name, spec, expected) => {
    expect(verdicts(run(cluster(nodes, [db]), { labels: { app: 'web' }, spec }))).toEqual(expected);
  });

  it('heeds the anti-affinity of pods that are there, terminating ones too', () => {
    const metadata = { deletionTimestamp: '2026-01-01T00:00:00Z' };
    const guard = { ...db, spec: required('podAntiAffinity', term('web')), metadata };
    const result = run(cluster(nodes, [guard]), { labels: { app: 'web' } });
    expect(verdicts(result)).toEqual({ a: existing, b: [], c: [] });
    expect(result.explain(result.model.nodeSlot('a'))[0]?.details).toEqual([
      { type: 'existingPodAntiAffinity', topologyKey: zone, domain: 'a', pods: ['default/existing-0'] },
    ]);
  });

  it('selects namespaces by their labels', () => {
    const selector = { namespaceSelector: { matchLabels: { env: 'prod' } } };
    const model = cluster(nodes, [{ ...db, namespace: 'shop' }]);
    const pod = { labels: { app: 'web' }, spec: required('podAntiAffinity', term('db', selector)) };
    expect(verdicts(run(model, pod))).toEqual({ a: [], b: [], c: [] });
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels: { env: 'prod' } } };
    model.apply({ type: 'object', group: '', kind: 'Namespace', namespace: '', name: 'shop', object });
    expect(verdicts(run(model, pod))).toEqual({ a: anti, b: [], c: [] });
  });
});

describe('InterPodAffinity score, weight 2 (SEMANTICS 6.7)', () => {
  it('adds wishes to be near and takes away wishes to be apart', () => {
    const wish = (app: string, weight: number): JsonObject => ({ weight, podAffinityTerm: term(app) });
    const spec = {
      affinity: {
        podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [wish('db', 50)] },
        podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [wish('noisy', 50)] },
      },
    };
    const model = cluster(nodes, [db, { node: 'b', labels: { app: 'noisy' } }]);
    expect(scoresOf(run(model, { spec }), 'InterPodAffinity')).toEqual({ a: 200, b: 0, c: 100 });
  });

  it('counts required affinity of pods that are there with hardPodAffinityWeight', () => {
    const fan = { node: 'b', labels: { app: 'fan' }, spec: required('podAffinity', term('web')) };
    expect(scoresOf(run(cluster(nodes, [fan]), { labels: { app: 'web' } }), 'InterPodAffinity')).toEqual({
      a: 0,
      b: 200,
      c: 0,
    });
  });
});
