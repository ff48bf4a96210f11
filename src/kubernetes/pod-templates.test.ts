import { describe, expect, it } from 'vitest';
import { readManifests } from './manifests.js';
import { autoscalerMaximum, expandMatchLabelKeys, pinToNode, workloadPods } from './pod-templates.js';
import type { TemplateOptions } from './pod-templates.js';
import { readLabelSelector } from './selectors.js';
import type { Json, JsonObject, Pod } from './types.js';

const template: JsonObject = {
  metadata: { labels: { app: 'web' }, annotations: { note: 'x' } },
  spec: { containers: [{ name: 'c' }] },
};
const workload = (apiVersion: string, kind: string, spec: JsonObject, more: JsonObject = {}): JsonObject => ({
  apiVersion,
  kind,
  metadata: { name: 'web', namespace: 'shop', uid: 'u1' },
  spec,
  ...more,
});
const pods = (manifest: JsonObject, options?: TemplateOptions): NonNullable<ReturnType<typeof workloadPods>> =>
  workloadPods(readManifests([manifest], { nameless: true }).manifests[0]!, options)!;
const metadata = (pod: JsonObject): Record<string, Json> => pod['metadata'] as JsonObject;

describe('replicas', () => {
  const job = (spec: JsonObject, status: JsonObject = {}): JsonObject =>
    workload('batch/v1', 'Job', { template, ...spec }, { status });
  const rows: [name: string, manifest: JsonObject, options: TemplateOptions, replicas: number][] = [
    ['a pod is one', { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' } }, {}, 1],
    ['absent', workload('apps/v1', 'Deployment', { template }), {}, 1],
    ['given', workload('apps/v1', 'Deployment', { template, replicas: 3 }), {}, 3],
    ['zero', workload('apps/v1', 'StatefulSet', { template, replicas: 0 }), {}, 0],
    ['asked for', workload('apps/v1', 'ReplicaSet', { template, replicas: 3 }), { replicas: 7 }, 7],
    ['no number', workload('apps/v1', 'ReplicaSet', { template, replicas: 'x' }), {}, 1],
    ['Job, defaults', job({}), {}, 1],
    ['Job, parallelism below completions', job({ parallelism: 2, completions: 5 }), {}, 2],
    ['Job, completions below parallelism', job({ parallelism: 5, completions: 2 }), {}, 2],
    ['Job, completions left', job({ parallelism: 5, completions: 5 }, { succeeded: 3 }), {}, 2],
    ['Job, a work queue', job({ parallelism: 4 }), {}, 4],
    ['Job, completions alone', job({ completions: 4 }), {}, 1],
    ['Job, finished', job({ completions: 4 }, { succeeded: 4 }), {}, 0],
    [
      'CronJob, one run',
      workload('batch/v1', 'CronJob', { jobTemplate: { spec: { template, parallelism: 3, completions: 3 } } }),
      {},
      3,
    ],
  ];
  it.each(rows)('%s', (_, manifest, options, replicas) => expect(pods(manifest, options).replicas).toBe(replicas));
});

describe('pods', () => {
  it('of a Deployment belong to its new ReplicaSet', () => {
    const expansion = pods(workload('apps/v1', 'Deployment', { template, selector: { matchLabels: { app: 'web' } } }));
    const { labels, ownerReferences, name, namespace, annotations } = metadata(expansion.pod(0));
    const hash = (labels as Record<string, string>)['pod-template-hash']!;
    expect(hash).toMatch(/e/); // no real hash has a vowel
    expect(labels).toEqual({ app: 'web', 'pod-template-hash': hash });
    expect(annotations).toEqual({ note: 'x' });
    expect(namespace).toBe('shop');
    expect(name).toBe(`web-${hash}-bbbbb`);
    expect(ownerReferences).toMatchObject([{ kind: 'ReplicaSet', name: `web-${hash}`, controller: true }]);
    expect(expansion.owners).toMatchObject([
      {
        kind: 'ReplicaSet',
        metadata: { name: `web-${hash}`, namespace: 'shop' },
        spec: { selector: { matchLabels: labels } },
      },
    ]);
    expect(metadata(expansion.pod(1))['name']).toBe(`web-${hash}-bbbbc`);
    expect(expansion.path).toBe('spec.template');
  });

  it('of equal templates have the same hash, of others another', () => {
    const hash = (image: string): Json =>
      metadata(pods(workload('apps/v1', 'Deployment', { template: { spec: { image } } })).pod(0))['labels']!;
    expect(hash('a')).toEqual(hash('a'));
    expect(hash('a')).not.toEqual(hash('b'));
  });

  it('of a StatefulSet have ordinals and claims of their own', () => {
    const volumes = [
      { name: 'data', emptyDir: {} },
      { name: 'tmp', emptyDir: {} },
    ];
    const expansion = pods(
      workload('apps/v1', 'StatefulSet', {
        template: { spec: { volumes } },
        ordinals: { start: 2 },
        volumeClaimTemplates: [{ metadata: { name: 'data' } }],
      }),
    );
    const pod = expansion.pod(1);
    expect(metadata(pod)['name']).toBe('web-3');
    expect(metadata(pod)['labels']).toMatchObject({
      'statefulset.kubernetes.io/pod-name': 'web-3',
      'apps.kubernetes.io/pod-index': '3',
    });
    expect(pod['spec']).toEqual({
      volumes: [
        { name: 'tmp', emptyDir: {} },
        { name: 'data', persistentVolumeClaim: { claimName: 'data-web-3' } },
      ],
    });
  });

  it('of a DaemonSet tolerate the conditions of nodes and can be pinned', () => {
    const keys = (pod: JsonObject): string[] =>
      ((pod['spec'] as JsonObject)['tolerations'] as Record<string, string>[]).map(
        ({ key, effect }) => `${key}:${effect}`,
      );
    const own = [{ key: 'gpu', operator: 'Exists', effect: 'NoSchedule' }];
    const expansion = pods(workload('apps/v1', 'DaemonSet', { template: { spec: { tolerations: own } } }));
    expect(expansion.perNode).toBe(true);
    expect(keys(expansion.pod(0))).toEqual([
      'gpu:NoSchedule',
      'node.kubernetes.io/not-ready:NoExecute',
      'node.kubernetes.io/unreachable:NoExecute',
      'node.kubernetes.io/disk-pressure:NoSchedule',
      'node.kubernetes.io/memory-pressure:NoSchedule',
      'node.kubernetes.io/pid-pressure:NoSchedule',
      'node.kubernetes.io/unschedulable:NoSchedule',
    ]);
    const host = pods(workload('apps/v1', 'DaemonSet', { template: { spec: { hostNetwork: true } } }));
    expect(keys(host.pod(0))).toContain('node.kubernetes.io/network-unavailable:NoSchedule');
    expect(pinToNode(expansion.pod(0), 'n1')).toMatchObject({
      spec: {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n1'] }] }],
            },
          },
        },
      },
    });
  });

  it('of a Job carry its labels, indexed ones their index', () => {
    const plain = metadata(pods(workload('batch/v1', 'Job', { template })).pod(1));
    expect(plain['labels']).toEqual({
      app: 'web',
      'batch.kubernetes.io/controller-uid': 'u1',
      'batch.kubernetes.io/job-name': 'web',
      'controller-uid': 'u1',
      'job-name': 'web',
    });
    const indexed = metadata(pods(workload('batch/v1', 'Job', { template, completionMode: 'Indexed' })).pod(1));
    expect(indexed['labels']).toMatchObject({ 'batch.kubernetes.io/job-completion-index': '1' });
    expect(indexed['annotations']).toEqual({ note: 'x', 'batch.kubernetes.io/job-completion-index': '1' });
  });

  it('of a CronJob belong to one of its Jobs', () => {
    const pod = pods(workload('batch/v1', 'CronJob', { jobTemplate: { spec: { template } } })).pod(0);
    expect(metadata(pod)['ownerReferences']).toMatchObject([{ kind: 'Job', name: 'web-00000000' }]);
    expect(metadata(pod)['labels']).toMatchObject({ app: 'web', 'job-name': 'web-00000000' });
  });

  it('that are bare keep their name, copies get one of their own', () => {
    const named = pods({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' } });
    expect([0, 1].map((index) => metadata(named.pod(index))['name'])).toEqual(['p', 'p-bbbbc']);
    const generated = pods({ apiVersion: 'v1', kind: 'Pod', metadata: { generateName: 'p-' } });
    expect([0, 1].map((index) => metadata(generated.pod(index))['name'])).toEqual(['p-bbbbb', 'p-bbbbc']);
    expect(generated.name).toBe('p-');
  });

  it('all have different names', () => {
    const expansion = pods(workload('apps/v1', 'ReplicaSet', { template }));
    const names = Array.from({ length: 30_000 }, (_, index) => metadata(expansion.pod(index))['name']);
    expect(new Set(names).size).toBe(names.length);
  });

  it('are none for kinds without a template', () => {
    const { manifests } = readManifests([{ apiVersion: 'v1', kind: 'Service', metadata: { name: 's' } }]);
    expect(workloadPods(manifests[0]!)).toBeUndefined();
  });

  it.each(['Deployment', 'StatefulSet', 'ReplicaSet', 'DaemonSet'])('of an empty %s have an empty spec', (kind) => {
    const expansion = pods({ apiVersion: 'apps/v1', kind, metadata: { name: 'web' } });
    expect(expansion.pod(0)).toMatchObject({ kind: 'Pod', spec: {} });
  });
});

describe('autoscalerMaximum', () => {
  const autoscaler = (namespace: string, name: string, maxReplicas: number): JsonObject => ({
    metadata: { namespace },
    spec: { scaleTargetRef: { kind: 'Deployment', name }, maxReplicas },
  });
  it('is that of the autoscaler of the same workload', () => {
    const all = [autoscaler('x', 'web', 1), autoscaler('shop', 'api', 2), autoscaler('shop', 'web', 9)];
    expect(autoscalerMaximum({ kind: 'Deployment', namespace: 'shop', name: 'web' }, all)).toBe(9);
    expect(autoscalerMaximum({ kind: 'StatefulSet', namespace: 'shop', name: 'web' }, all)).toBeUndefined();
  });
});

describe('expandMatchLabelKeys', () => {
  const selector = readLabelSelector({ matchLabels: { app: 'web' } });
  const pod = (labelSelector: typeof selector): Pod =>
    ({
      metadata: { labels: { app: 'web', rev: '7' } },
      spec: {
        topologySpreadConstraints: [{ labelSelector, matchLabelKeys: ['rev', 'absent'] }],
        affinity: {
          podAntiAffinity: {
            required: [{ labelSelector, matchLabelKeys: ['rev'], mismatchLabelKeys: ['app'] }],
            preferred: [],
          },
        },
      },
    }) as unknown as Pod;

  it('adds the values of the keys that the pod has', () => {
    const { spec } = expandMatchLabelKeys(pod(selector));
    const rev = { key: 'rev', operator: 'In', values: ['7'] };
    expect(spec.topologySpreadConstraints[0]?.labelSelector?.matchExpressions).toEqual([rev]);
    expect(spec.affinity?.podAntiAffinity?.required[0]?.labelSelector?.matchExpressions).toEqual([
      rev,
      { key: 'app', operator: 'NotIn', values: ['web'] },
    ]);
  });

  it('leaves an absent selector absent', () => {
    const { spec } = expandMatchLabelKeys(pod(null));
    expect(spec.topologySpreadConstraints[0]?.labelSelector).toBeNull();
    expect(spec.affinity?.podAntiAffinity?.required[0]?.labelSelector).toBeNull();
  });
});
