/**
 * A small seeded cluster in which everything that scheduling looks at comes up: labels that some nodes lack, taints,
 * images, host ports, several namespaces, every kind of affinity and spread over few and many domains, labels of a pod's
 * own, nominated pods. For property tests.
 */
import { Faults } from '../../src/kubernetes/faults.js';
import { readNode } from '../../src/kubernetes/read-node.js';
import type { JsonObject } from '../../src/kubernetes/types.js';
import { ClusterModel } from '../../src/scheduler/model.js';
import { readRecord } from './cluster.js';
import { pick, seededRandom, type Random } from './random.js';

const namespaces = ['one', 'two', 'three'];
const apps = ['a', 'b', 'c'];
const keys = { hostname: 'kubernetes.io/hostname', zone: 'topology.kubernetes.io/zone', rack: 'example.com/rack' };
const topologyKeys = Object.values(keys);
const images = ['registry.example.com/a:1', 'registry.example.com/b:1'];
const gpu = 'example.com/gpu';

function chance(random: Random, share: number): boolean {
  return random() < share;
}

function some<T>(random: Random, share: number, make: () => T): T[] {
  return chance(random, share) ? [make()] : [];
}

function variedNode(index: number, random: Random): JsonObject {
  const name = `node-${index}`;
  const allocatable = {
    cpu: pick(random, ['2', '4', '8']),
    memory: pick(random, ['4Gi', '8Gi', '16Gi']),
    pods: pick(random, ['4', '8', '30']),
    ...(chance(random, 0.3) ? { [gpu]: '2' } : {}),
  };
  const labels: Record<string, string> = {};
  if (chance(random, 0.95)) labels[keys.hostname] = chance(random, 0.03) ? 'twin' : name;
  if (chance(random, 0.9)) labels[keys.zone] = pick(random, ['z1', 'z2', 'z3']);
  if (chance(random, 0.8)) labels[keys.rack] = `rack-${Math.floor(random() * 45)}`;
  if (chance(random, 0.5)) labels['disk'] = pick(random, ['ssd', 'hdd']);
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels },
    spec: {
      ...(chance(random, 0.05) ? { unschedulable: true } : {}),
      taints: [
        ...some(random, 0.1, () => ({ key: 'dedicated', value: 'infra', effect: 'NoSchedule' })),
        ...some(random, 0.2, () => ({ key: 'spot', value: '', effect: 'PreferNoSchedule' })),
        ...some(random, 0.1, () => ({ key: 'old', value: '', effect: 'PreferNoSchedule' })),
      ],
    },
    status: {
      allocatable,
      capacity: allocatable,
      images: images
        .filter(() => chance(random, 0.4))
        .map((image) => ({ names: [image], sizeBytes: pick(random, [50, 400, 900]) * 2 ** 20 })),
    },
  };
}

function labelSelector(random: Random): JsonObject {
  if (chance(random, 0.1)) return {};
  if (chance(random, 0.2)) return { matchExpressions: [{ key: 'tier', operator: 'Exists' }] };
  return { matchLabels: { app: pick(random, apps) } };
}

function affinityTerm(random: Random): JsonObject {
  const where = random();
  return {
    topologyKey: pick(random, topologyKeys),
    labelSelector: labelSelector(random),
    ...(where < 0.2 ? { namespaces: [pick(random, namespaces), 'one'] } : {}),
    ...(where > 0.8 ? { namespaceSelector: chance(random, 0.5) ? {} : { matchLabels: { team: 'blue' } } } : {}),
  };
}

function podAffinity(random: Random, required: number, preferred: number): JsonObject {
  return {
    requiredDuringSchedulingIgnoredDuringExecution: some(random, required, () => affinityTerm(random)),
    preferredDuringSchedulingIgnoredDuringExecution: some(random, preferred, () => ({
      weight: pick(random, [1, 30, 100]),
      podAffinityTerm: affinityTerm(random),
    })),
  };
}

function spreadConstraint(random: Random): JsonObject {
  const hard = chance(random, 0.5);
  return {
    maxSkew: pick(random, [1, 2, 4]),
    topologyKey: pick(random, topologyKeys),
    whenUnsatisfiable: hard ? 'DoNotSchedule' : 'ScheduleAnyway',
    labelSelector: labelSelector(random),
    ...(hard && chance(random, 0.2) ? { minDomains: 3 } : {}),
    ...(chance(random, 0.2) ? { nodeAffinityPolicy: 'Ignore' } : {}),
    ...(chance(random, 0.3) ? { nodeTaintsPolicy: 'Honor' } : {}),
    ...(chance(random, 0.2) ? { matchLabelKeys: ['tier'] } : {}),
  };
}

function nodeAffinity(random: Random): JsonObject {
  const onSsd = { matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] };
  const onZones = { matchExpressions: [{ key: keys.zone, operator: 'NotIn', values: ['z1'] }] };
  return {
    ...(chance(random, 0.3)
      ? { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [onZones] } }
      : {}),
    preferredDuringSchedulingIgnoredDuringExecution: some(random, 0.6, () => ({ weight: 10, preference: onSsd })),
  };
}

/** A template: pods that `pod` makes of it are of one class but for what is their own. */
export interface VariedTemplate {
  /** @param index tells pods with labels of their own apart */
  pod(index: number): JsonObject;
}

export function variedTemplate(random: Random): VariedTemplate {
  const app = pick(random, apps);
  const namespace = pick(random, namespaces);
  const hasOwnLabels = chance(random, 0.15);
  const ports = some(random, 0.15, () => ({ containerPort: 80, hostPort: pick(random, [8080, 8081]) }));
  const requests = {
    cpu: pick(random, ['100m', '250m', '1']),
    memory: pick(random, ['128Mi', '512Mi', '1Gi']),
    ...(chance(random, 0.1) ? { [gpu]: '1' } : {}),
  };
  const spec: JsonObject = {
    priority: pick(random, [0, 0, 10]),
    containers: [{ name: 'main', image: pick(random, [...images, 'other:1']), ports, resources: { requests } }],
    ...(chance(random, 0.2) ? { nodeSelector: { disk: 'ssd' } } : {}),
    tolerations: [
      ...some(random, 0.3, () => ({ key: 'dedicated', operator: 'Exists' })),
      ...some(random, 0.3, () => ({ key: 'spot', operator: 'Exists', effect: 'PreferNoSchedule' })),
    ],
    affinity: {
      ...(chance(random, 0.3) ? { nodeAffinity: nodeAffinity(random) } : {}),
      podAffinity: podAffinity(random, 0.15, 0.25),
      podAntiAffinity: podAffinity(random, 0.25, 0.25),
    },
    topologySpreadConstraints: [
      ...some(random, 0.4, () => spreadConstraint(random)),
      ...some(random, 0.2, () => spreadConstraint(random)),
    ],
  };
  const labels: Record<string, string> = { app };
  if (chance(random, 0.5)) labels['tier'] = pick(random, ['x', 'y']);
  return {
    pod: (index) => {
      const own: Record<string, string> = hasOwnLabels
        ? { 'statefulset.kubernetes.io/pod-name': `${app}-${index}` }
        : {};
      return {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: `${app}-${index}`, namespace, labels: { ...labels, ...own } },
        spec,
        status: { phase: 'Pending' },
      };
    },
  };
}

export interface VariedOptions {
  readonly seed: number;
  /** Pods wait that are nominated to a node. */
  readonly nominated: boolean;
}

export function variedCluster({ seed, nominated }: VariedOptions): ClusterModel {
  const random = seededRandom(seed);
  const model = ClusterModel.empty();
  const nodes = 1 + Math.floor(random() * 70);
  for (let index = 0; index < nodes; index++) {
    const node = readNode(variedNode(index, random), new Faults());
    model.apply({ type: 'node', name: node.metadata.name, node });
  }
  for (const name of ['one', 'two']) {
    const object = { metadata: { name, labels: { team: name === 'one' ? 'blue' : 'red' } } };
    model.apply({ type: 'object', group: '', kind: 'Namespace', namespace: '', name, object });
  }
  if (chance(random, 0.5)) {
    const object = { metadata: { name: 'a' }, spec: { selector: { app: 'a' } } };
    model.apply({ type: 'object', group: '', kind: 'Service', namespace: 'one', name: 'a', object });
  }
  const put = (pod: JsonObject, name: string, nodeName: string, nominatedNodeName = ''): void => {
    const record = { ...readRecord(pod), name, nodeName, nominatedNodeName };
    model.apply({ type: 'pod', namespace: record.namespace, name, pod: record });
  };
  const residents = Array.from({ length: 5 }, () => variedTemplate(random));
  for (let index = 0; index < nodes * 2; index++) {
    put(pick(random, residents).pod(index), `resident-${index}`, `node-${Math.floor(random() * nodes)}`);
  }
  if (nominated) {
    for (let index = 0; index < 3; index++) {
      const pod = pick(random, residents).pod(index);
      put(pod, `nominated-${index}`, '', `node-${Math.floor(random() * nodes)}`);
    }
  }
  return model;
}
