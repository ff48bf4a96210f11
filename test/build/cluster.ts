/**
 * A seeded cluster of any size: nodes of a few machine types in three zones, workloads of a few hundred templates whose
 * pods are spread over the nodes at random. For benchmarks and property tests.
 */
import { defaultPod } from '../../src/kubernetes/defaulting.js';
import { Faults } from '../../src/kubernetes/faults.js';
import { expandMatchLabelKeys } from '../../src/kubernetes/pod-templates.js';
import { readNode } from '../../src/kubernetes/read-node.js';
import { readPod } from '../../src/kubernetes/read-pod.js';
import type { JsonObject } from '../../src/kubernetes/types.js';
import { ClusterModel } from '../../src/scheduler/model.js';
import { podRecord } from '../../src/scheduler/pod-shape.js';
import { pick, seededRandom, type Random } from './random.js';

export interface ClusterOptions {
  readonly seed: number;
  readonly nodes: number;
  readonly pods: number;
  /** Distinct templates that the pods are of. */
  readonly templates: number;
  /** Share of templates with affinity or spread. */
  readonly constrained?: number;
}

const zones = ['zone-a', 'zone-b', 'zone-c'];

const machines = [
  { type: 'm.4xlarge', cpu: '15890m', memory: '64Gi' },
  { type: 'm.8xlarge', cpu: '31850m', memory: '128Gi' },
  { type: 'c.8xlarge', cpu: '31850m', memory: '64Gi' },
  { type: 'r.4xlarge', cpu: '15890m', memory: '128Gi' },
];

export function nodeManifest(index: number, random: Random): JsonObject {
  const name = `node-${String(index).padStart(5, '0')}`;
  const machine = pick(random, machines);
  const tainted = random();
  const allocatable = { cpu: machine.cpu, memory: machine.memory, pods: '110', 'ephemeral-storage': '100Gi' };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'node.kubernetes.io/instance-type': machine.type,
        'topology.kubernetes.io/region': 'region-1',
        'topology.kubernetes.io/zone': zones[index % zones.length]!,
      },
    },
    spec: {
      taints:
        tainted < 0.05
          ? [{ key: 'dedicated', value: 'infra', effect: 'NoSchedule' }]
          : tainted < 0.1
            ? [{ key: 'spot', effect: 'PreferNoSchedule' }]
            : [],
    },
    status: { allocatable, capacity: allocatable, images: [] },
  };
}

const hostname = 'kubernetes.io/hostname';
const zone = 'topology.kubernetes.io/zone';

export type Constraint = 'none' | 'spread' | 'antiAffinity' | 'affinity' | 'preferred' | 'selector';

/** Affinity and spread of a template whose pods carry `app: <app>`. */
export function constraintSpec(constraint: Constraint, app: string): JsonObject {
  const labelSelector = { matchLabels: { app } };
  switch (constraint) {
    case 'none':
      return {};
    case 'spread':
      return {
        topologySpreadConstraints: [
          { maxSkew: 5, topologyKey: zone, whenUnsatisfiable: 'DoNotSchedule', labelSelector },
          { maxSkew: 1, topologyKey: hostname, whenUnsatisfiable: 'ScheduleAnyway', labelSelector },
        ],
      };
    case 'antiAffinity':
      return {
        affinity: {
          podAntiAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: hostname, labelSelector }],
          },
        },
      };
    case 'affinity':
      return {
        affinity: {
          podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: zone, labelSelector }] },
        },
      };
    case 'preferred':
      return {
        affinity: {
          podAntiAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 100, podAffinityTerm: { topologyKey: hostname, labelSelector } },
            ],
          },
        },
      };
    case 'selector':
      return { nodeSelector: { 'node.kubernetes.io/instance-type': 'm.8xlarge' } };
  }
}

const constraints: readonly Constraint[] = ['spread', 'antiAffinity', 'affinity', 'preferred', 'selector'];

/** A template's pod, bound when `nodeName` is not empty. */
export function podManifest(app: string, name: string, nodeName: string, size: PodSize, extra: JsonObject): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: size.namespace, labels: { app, tier: size.tier } },
    spec: {
      containers: [
        {
          name: 'app',
          image: `registry.example.com/${app}:1`,
          resources: { requests: { cpu: size.cpu, memory: size.memory } },
        },
      ],
      ...extra,
      ...(nodeName === '' ? {} : { nodeName }),
    },
    status: { phase: nodeName === '' ? 'Pending' : 'Running' },
  };
}

export interface PodSize {
  readonly namespace: string;
  readonly tier: string;
  readonly cpu: string;
  readonly memory: string;
}

export function podSize(random: Random): PodSize {
  return {
    namespace: `team-${Math.floor(random() * 20)}`,
    tier: pick(random, ['front', 'back', 'batch']),
    cpu: pick(random, ['50m', '100m', '250m', '500m', '1']),
    memory: pick(random, ['64Mi', '128Mi', '256Mi', '512Mi', '1Gi']),
  };
}

export interface Template {
  readonly app: string;
  readonly size: PodSize;
  readonly extra: JsonObject;
}

export function templates(random: Random, count: number, constrained: number): Template[] {
  return Array.from({ length: count }, (_, index) => {
    const app = `app-${index}`;
    const constraint = random() < constrained ? pick(random, constraints) : 'none';
    return { app, size: podSize(random), extra: constraintSpec(constraint, app) };
  });
}

export function readRecord(manifest: JsonObject): ReturnType<typeof podRecord> {
  return podRecord(expandMatchLabelKeys(defaultPod(readPod(manifest, new Faults()))));
}

export function buildCluster(options: ClusterOptions): ClusterModel {
  const random = seededRandom(options.seed);
  const model = ClusterModel.empty();
  for (let index = 0; index < options.nodes; index++) {
    const node = readNode(nodeManifest(index, random), new Faults());
    model.apply({ type: 'node', name: node.metadata.name, node });
  }
  const records = templates(random, options.templates, options.constrained ?? 0.3).map(({ app, size, extra }) =>
    readRecord(podManifest(app, app, 'bound', size, extra)),
  );
  const slots = model.nodeSlots();
  for (let index = 0; index < options.pods; index++) {
    const record = pick(random, records);
    const nodeName = model.nodeName(slots[Math.floor(random() * slots.length)]!);
    const name = `${record.name}-${index}`;
    model.apply({ type: 'pod', namespace: record.namespace, name, pod: { ...record, name, nodeName } });
  }
  return model;
}
