/** What `kubectl get nodes,pods -A -o json` prints of a cluster of realistic pods: some 16 KB each, indented by four (6 KB without). */
import { nodeManifest } from '../build/cluster.js';
import { pick, seededRandom, type Random } from '../build/random.js';
import { realisticPod } from '../build/realistic-pod.js';
import type { JsonObject } from '../../src/kubernetes/types.js';

/** Workloads that the pods are of: each has an image, a size and labels of its own. */
const WORKLOADS = 300;

/** A list of 1,000 nodes and as many pods as make the text so long. */
export function kubectlText(seed: number, bytes: number): string {
  const random = seededRandom(seed);
  const nodes = Array.from({ length: 1000 }, (_, i) => nodeManifest(i, random));
  const names = nodes.map(({ metadata }) => (metadata as { name: string }).name);
  const workloads = Array.from({ length: WORKLOADS }, (_, i) => workload(i, random));
  const items = nodes.map(printed);
  let length = items.reduce((sum, item) => sum + item.length, 0);
  for (let i = 0; length < bytes; i++) {
    const item = printed(running(pick(random, workloads), i, pick(random, names), random));
    items.push(item);
    length += item.length + 2;
  }
  return `{\n    "apiVersion": "v1",\n    "items": [\n${items.join(',\n')}\n    ],\n    "kind": "List",\n    "metadata": {\n        "resourceVersion": ""\n    }\n}\n`;
}

const indented = (text: string): string => text.replaceAll(/^/gm, '        ');
const printed = (manifest: JsonObject): string => indented(JSON.stringify(manifest, null, 4));

interface Workload {
  readonly name: string;
  readonly hash: string;
  readonly pod: JsonObject;
}

function workload(index: number, random: Random): Workload {
  const name = `checkout-${index}`;
  const cpu = `${100 + 50 * Math.floor(random() * 20)}m`;
  const text = JSON.stringify(realisticPod())
    .replaceAll('checkout', name)
    .replaceAll('payments', `team-${index % 40}`)
    .replaceAll('"750m"', `"${cpu}"`);
  return { name, hash: letters(random, 10), pod: JSON.parse(text) as JsonObject };
}

const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
const letters = (random: Random, count: number): string =>
  Array.from({ length: count }, () => alphabet[Math.floor(random() * alphabet.length)]).join('');

const started = '2026-03-02T09:00:00Z';

/** The pod as it runs: named, owned, bound, with the token's volume that admission adds, and its status. */
function running({ name, hash, pod }: Workload, index: number, nodeName: string, random: Random): JsonObject {
  const { metadata, spec } = pod as { metadata: JsonObject; spec: Record<string, JsonObject[]> };
  const token = `kube-api-access-${letters(random, 5)}`;
  const mount = { mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', name: token, readOnly: true };
  const mounting = (container: JsonObject): JsonObject => ({
    ...container,
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    volumeMounts: [...((container['volumeMounts'] as JsonObject[] | undefined) ?? []), mount],
  });
  const uid = `${String(index).padStart(8, '0')}-9d1c-4c55-a1a1-${letters(random, 12)}`;
  const condition = (type: string): JsonObject => ({
    lastProbeTime: null,
    lastTransitionTime: started,
    status: 'True',
    type,
  });
  const status = (container: JsonObject): JsonObject => ({
    containerID: `containerd://${uid}${uid}`,
    image: container['image']!,
    imageID: `${container['image'] as string}@sha256:${uid}${uid}`,
    lastState: {},
    name: container['name']!,
    ready: true,
    restartCount: 0,
    started: true,
    state: { running: { startedAt: started } },
  });
  const ip = `10.${index & 63}.${(index >> 6) & 255}.${index & 255}`;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...metadata,
      creationTimestamp: started,
      generateName: `${name}-${hash}-`,
      name: `${name}-${hash}-${index.toString(36)}`,
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          blockOwnerDeletion: true,
          controller: true,
          kind: 'ReplicaSet',
          name: `${name}-${hash}`,
          uid: `9f8a7c6e-0000-4000-8000-${name}`,
        },
      ],
      resourceVersion: String(100_000 + index),
      uid,
    },
    spec: {
      ...spec,
      containers: spec['containers']!.map(mounting),
      dnsPolicy: 'ClusterFirst',
      enableServiceLinks: true,
      initContainers: spec['initContainers']!.map(mounting),
      nodeName,
      preemptionPolicy: 'PreemptLowerPriority',
      priority: 0,
      restartPolicy: 'Always',
      schedulerName: 'default-scheduler',
      tolerations: [
        ...spec['tolerations']!,
        { effect: 'NoExecute', key: 'node.kubernetes.io/not-ready', operator: 'Exists', tolerationSeconds: 300 },
        { effect: 'NoExecute', key: 'node.kubernetes.io/unreachable', operator: 'Exists', tolerationSeconds: 300 },
      ],
      volumes: [
        ...spec['volumes']!,
        {
          name: token,
          projected: {
            defaultMode: 420,
            sources: [
              { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
              { configMap: { items: [{ key: 'ca.crt', path: 'ca.crt' }], name: 'kube-root-ca.crt' } },
              {
                downwardAPI: {
                  items: [{ fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' }, path: 'namespace' }],
                },
              },
            ],
          },
        },
      ],
    },
    status: {
      conditions: ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map(
        condition,
      ),
      containerStatuses: spec['containers']!.map(status),
      hostIP: '10.0.0.1',
      initContainerStatuses: spec['initContainers']!.map(status),
      phase: 'Running',
      podIP: ip,
      podIPs: [{ ip }],
      qosClass: 'Burstable',
      startTime: started,
    },
  };
}
