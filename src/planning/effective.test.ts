import { describe, expect, test } from 'vitest';
import type { Json } from '../kubernetes/types.js';
import { nodeOf, podOf, questionContext, workloadOf } from '../../test/build/question-context.js';
import { effective } from './effective.js';
import type { PlanningError } from './errors.js';

const requests = (cpu: string, memory?: string): { requests: Json } => ({
  requests: memory === undefined ? { cpu } : { cpu, memory },
});

describe('effective', () => {
  test('the example of the contract: who decides each resource', () => {
    const manifest = podOf('web', {
      spec: {
        overhead: { cpu: '100m' },
        initContainers: [{ name: 'migrate', image: 'x', resources: requests('2500m') }],
        containers: [{ name: 'app', image: 'x', resources: { ...requests('650m', '1Gi'), limits: { memory: '2Gi' } } }],
      },
    });
    const answer = effective(null, { manifest });
    expect(answer).toMatchObject({ verdict: 'yes', revision: null, asOf: null, skipped: [] });
    expect(answer.items).toEqual([
      {
        kind: 'Pod',
        namespace: 'default',
        name: 'web',
        replicas: 1,
        qosClass: 'Burstable',
        requests: { cpu: '2600m', memory: '1Gi' },
        limits: { memory: '2Gi' },
        limitComplete: { cpu: false, memory: false },
        init: { requests: { cpu: '2500m' }, limits: {} },
        work: { requests: { cpu: '650m', memory: '1Gi' }, limits: { memory: '2Gi' } },
        overhead: { cpu: '100m' },
        podLevel: null,
        stages: [{ container: 'migrate', type: 'init', requests: { cpu: '2500m' } }],
        decidedBy: {
          cpu: { phase: 'init', containers: ['migrate'] },
          memory: { phase: 'work', containers: ['app'] },
        },
        containers: [
          { name: 'migrate', type: 'init', requests: { cpu: '2500m' }, limits: {} },
          { name: 'app', type: 'work', requests: { cpu: '650m', memory: '1Gi' }, limits: { memory: '2Gi' } },
        ],
        reservedForInitOnly: { cpu: '1850m' },
        admission: { allowed: true, errors: [] },
        warnings: [],
      },
    ]);
  });

  // SEMANTICS 2.2: app 500m; init containers i 2 cpu and i 1500m, and a sidecar s of 1 cpu.
  const i1 = { name: 'i1', image: 'x', resources: requests('2') };
  const i2 = { name: 'i2', image: 'x', resources: requests('1500m') };
  const s = { name: 's', image: 'x', restartPolicy: 'Always', resources: requests('1') };
  const rows: readonly { name: string; initContainers: Json[]; cpu: string; containers: string[] }[] = [
    { name: 'a sidecar in the middle', initContainers: [i1, s, i2], cpu: '2500m', containers: ['s', 'i2'] },
    { name: 'a sidecar first', initContainers: [s, i1, i2], cpu: '3', containers: ['s', 'i1'] },
    { name: 'a sidecar last', initContainers: [i1, i2, s], cpu: '2', containers: ['i1'] },
  ];
  test.each(rows)('$name', ({ initContainers, cpu, containers }) => {
    const manifest = podOf('web', { requests: { cpu: '500m' }, spec: { initContainers } });
    const [item] = effective(null, { manifest }).items;
    expect(item?.requests).toEqual({ cpu });
    expect(item?.decidedBy).toEqual({ cpu: { phase: 'init', containers } });
  });

  test('items in order, templates with their replicas, other kinds skipped, integers', () => {
    const manifest = {
      apiVersion: 'v1',
      kind: 'List',
      items: [
        workloadOf('web', { replicas: 3, requests: { cpu: '1', memory: '1Gi' } }),
        { apiVersion: 'v1', kind: 'Service', metadata: { name: 's' } },
        podOf('one', { requests: { cpu: '1500m' } }),
      ],
    };
    const answer = effective(null, { manifest, quantities: 'integer' });
    expect(answer.items).toMatchObject([
      { kind: 'Deployment', name: 'web', replicas: 3, requests: { cpu: 1000, memory: 1_073_741_824 } },
      { kind: 'Pod', name: 'one', replicas: 1, requests: { cpu: 1500 } },
    ]);
    expect(answer.skipped).toMatchObject([{ kind: 'Service', apiVersion: 'v1', count: 1 }]);
  });

  const limitRange = {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { name: 'limits', namespace: 'default' },
    spec: { limits: [{ type: 'Container', defaultRequest: { cpu: '250m' }, max: { memory: '1Gi' } }] },
  };
  const quota = {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'q', namespace: 'default' },
    spec: { hard: { pods: '1' } },
  };

  test('a cluster’s LimitRanges and quotas', () => {
    const context = questionContext([nodeOf('n1'), limitRange, quota, podOf('other', { node: 'n1' })]);
    const manifest = podOf('web', {
      spec: { containers: [{ name: 'app', image: 'x', resources: { limits: { memory: '2Gi' } } }] },
    });
    const answer = effective(context, { manifest });
    expect(answer).toMatchObject({ verdict: 'no', revision: 17 });
    expect(answer.items[0]).toMatchObject({
      requests: { cpu: '250m', memory: '2Gi' },
      admission: {
        allowed: false,
        errors: [
          {
            source: 'LimitRanger',
            object: 'LimitRange/default/limits',
            message: 'maximum memory usage per Container is 1Gi, but limit is 2Gi',
          },
          {
            source: 'ResourceQuota',
            object: 'ResourceQuota/default/q',
            message: 'exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1',
          },
        ],
      },
    });
    // A stored pod that is sent again does not count twice.
    expect(effective(context, { manifest: podOf('other') }).items[0]?.admission.allowed).toBe(true);
  });

  test('a runtime class and a priority class', () => {
    const context = questionContext([
      {
        apiVersion: 'node.k8s.io/v1',
        kind: 'RuntimeClass',
        metadata: { name: 'kata' },
        handler: 'kata',
        overhead: { podFixed: { cpu: '100m' } },
      },
    ]);
    const manifest = podOf('web', { requests: { cpu: '1' }, spec: { runtimeClassName: 'kata' } });
    expect(effective(context, { manifest }).items[0]).toMatchObject({
      requests: { cpu: '1100m' },
      overhead: { cpu: '100m' },
    });
  });

  test('every fault of every object, and admission beside them', () => {
    const manifest = [podOf('a', { spec: { containers: [] } }), podOf('Bad_Name')];
    try {
      effective(questionContext([]), { manifest });
      expect.unreachable();
    } catch (error) {
      const { code, extras } = error as PlanningError;
      expect(code).toBe('invalid_manifest');
      expect(extras.errors).toMatchObject([
        { object: 'Pod/default/a', field: 'spec.containers', type: 'FieldValueRequired' },
        { object: 'Pod/default/Bad_Name', field: 'metadata.name' },
      ]);
      expect(extras.admission).toEqual({ allowed: true, errors: [] });
    }
  });

  test('nothing to evaluate', () => {
    const manifest = { apiVersion: 'v1', kind: 'List', items: [] };
    expect(() => effective(null, { manifest })).toThrow(
      expect.objectContaining({ code: 'nothing_to_evaluate' }) as Error,
    );
    expect(effective(null, { manifest, allowEmpty: true })).toMatchObject({ verdict: 'yes', items: [] });
  });
});
