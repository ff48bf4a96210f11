import { describe, expect, it } from 'vitest';
import { realisticPod } from '../../test/build/realistic-pod.js';
import { knownSpec } from '../kubernetes/known-specs.js';
import { manifestTexts } from '../kubernetes/manifests.js';
import type { JsonObject } from '../kubernetes/types.js';
import { contentHash, prepareObject, type PreparedObject } from './stored-object.js';

interface Variant {
  readonly metadata?: JsonObject;
  readonly spec?: JsonObject;
  readonly status?: JsonObject;
  /** Name of the volume of the token. */
  readonly token?: string;
  /** Where the app container mounts it, if elsewhere than where it is. */
  readonly mounted?: string;
}

const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'checkout-6d5c9f7b8d', uid: 'u1', controller: true };

/** A pod as a cluster answers it: on a node, with the volume of its token, running. */
function podOf(image: string, { metadata, spec, status, token, mounted }: Variant): JsonObject {
  const pod = realisticPod() as Record<'metadata' | 'spec', JsonObject>;
  const [container] = pod.spec['containers'] as [JsonObject];
  const name = token ?? 'kube-api-access-2x7kq';
  container['image'] = image;
  (container['volumeMounts'] as JsonObject[]).push({ name: mounted ?? name, mountPath: '/var/run/token' });
  const sources = [{ serviceAccountToken: { path: 'token', expirationSeconds: 3607 } }];
  (pod.spec['volumes'] as JsonObject[]).push({ name, projected: { sources } });
  return {
    ...pod,
    metadata: { ...pod.metadata, uid: 'u', ownerReferences: [owner], ...metadata },
    spec: { nodeName: 'node-1', ...pod.spec, ...spec },
    status: {
      phase: 'Running',
      startTime: '2026-01-01T00:00:00Z',
      qosClass: 'Burstable',
      containerStatuses: [statusOf(container['resources'] as JsonObject)],
      ...status,
    },
  };
}

function statusOf(resources: JsonObject): JsonObject {
  return { name: 'checkout', resources, allocatedResources: resources['requests']! };
}

/** Without that which only says how it was made. */
function prepared(manifest: JsonObject): Omit<PreparedObject, 'spec'> {
  const { namespace, name } = manifest['metadata'] as { namespace: string; name: string };
  const { spec: _, ...rest } = prepareObject({ group: '', kind: 'Pod', namespace, name }, manifest, 'Warn');
  return rest;
}

let images = 0;

/** An image of a length of its own for each purpose would change texts: all are of one length. */
function newImage(): string {
  return `registry.example.com/payments/checkout:${String(images++).padStart(6, '0')}`;
}

/** What is made of a pod whose template is known, and of the same pod with an image that nobody has met. */
function both(variant: Variant): { readonly known: unknown; readonly fresh: unknown; readonly found: boolean } {
  const image = newImage();
  for (let index = 0; index < 10; index++) {
    prepared(podOf(image, { spec: { nodeName: `node-${index}` }, token: `kube-api-access-abcd${index}` }));
  }
  const manifest = podOf(image, variant);
  const stripped = prepared(podOf(newImage(), variant)).manifest['spec'] as JsonObject;
  const spec = JSON.parse(JSON.stringify(stripped).replace(/checkout:\d{6}/, image.slice(-15))) as JsonObject;
  const found = knownSpec(spec) !== undefined;
  const known = prepared(manifest);
  expect(known.text).toBe(JSON.stringify(known.manifest));
  expect(known.hash).toBe(contentHash(manifestTexts(known.manifest).content));
  const fresh = newImage();
  const others = { ...prepared(podOf(fresh, variant)), hash: known.hash };
  return { known, fresh: JSON.parse(JSON.stringify(others).replaceAll(fresh, image)), found };
}

const big = { limits: { cpu: '4' }, requests: { cpu: '4', memory: '1Gi' } };
const pending = { type: 'PodResizePending', status: 'True', reason: 'Infeasible' };

describe('a pod of a known template', () => {
  it.each<[string, Variant]>([
    ['another one', {}],
    ['on another node', { spec: { nodeName: 'node-77.example.com' } }],
    ['with another token', { token: 'kube-api-access-zzzzz' }],
    ['of a StatefulSet', { metadata: { labels: { 'statefulset.kubernetes.io/pod-name': 'a-0', app: 'a' } } }],
    ['of another owner', { metadata: { ownerReferences: [{ ...owner, uid: 'u2' }] } }],
    ['without an owner', { metadata: { ownerReferences: [] } }],
    ['elsewhere', { metadata: { namespace: 'other' } }],
    ['that is proposed', { metadata: { uid: '' }, status: {} }],
    ['that is proposed and wrong', { metadata: { uid: '', labels: { '-': '' } } }],
    ['with a name that is none', { metadata: { name: 'A_B' } }],
    ['with an unknown member', { metadata: { label: {} } }],
    [
      'that may not be evicted',
      { metadata: { annotations: { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false' } } },
    ],
    [
      'with a profile that is none',
      { metadata: { annotations: { 'seccomp.security.alpha.kubernetes.io/pod': 'none' } } },
    ],
    [
      'with a profile of a container that is not there',
      { metadata: { annotations: { 'container.apparmor.security.beta.kubernetes.io/x': 'unconfined' } } },
    ],
    ['that is over', { status: { phase: 'Succeeded' } }],
    ['of another class', { status: { qosClass: 'BestEffort' } }],
    ['that is being resized', { status: { containerStatuses: [statusOf(big)] } }],
    [
      'that was given more',
      { status: { containerStatuses: [{ name: 'checkout', resources: {}, allocatedResources: big.requests }] } },
    ],
    ['that cannot be resized', { status: { conditions: [pending], containerStatuses: [statusOf(big)] } }],
    ['resized as a whole', { status: { resources: big } }],
    ['with a status of no container', { status: { containerStatuses: [{ name: 'x', resources: big }] } }],
    ['that was nominated', { status: { nominatedNodeName: 'node-2' } }],
    ['with a wrong status', { status: { phase: 1 } }],
  ])('is what it would be by itself: %s', (_, variant) => {
    const { known, fresh, found } = both(variant);
    expect(JSON.parse(JSON.stringify(known))).toEqual(fresh);
    expect(found).toBe(true);
  });

  it.each<[string, Variant]>([
    ['its token is mounted elsewhere', { mounted: 'kube-api-access-yyyyy' }],
    ['its token has another name', { token: 'kube-api-access-long-name' }],
    ['its node has no name', { spec: { nodeName: '' } }],
    ['its node has a wrong name', { spec: { nodeName: 'Node_1' } }],
    ['it has a deadline', { spec: { activeDeadlineSeconds: 5 } }],
    ['a text is different', { spec: { serviceAccountName: 'other' } }],
    ['a number is different', { spec: { terminationGracePeriodSeconds: 46 } }],
    ['something is null', { spec: { securityContext: null } }],
    ['a list is empty', { spec: { tolerations: [] } }],
  ])('is another one when %s', (_, variant) => {
    const { known, fresh, found } = both(variant);
    expect(JSON.parse(JSON.stringify(known))).toEqual(fresh);
    expect(found).toBe(false);
  });

  it.each<[string, JsonObject]>([
    ['its volumes are named after it', { volumes: [{ name: 'a', ephemeral: { volumeClaimTemplate: { spec: {} } } }] }],
    ['it waits at a gate', { schedulingGates: [{ name: 'a' }] }],
    ['something is wrong', { restartPolicy: 'Sometimes' }],
    ['something is unknown', { restartPolice: 'Always' }],
    [
      'its labels say whom it spreads from',
      {
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: 'zone',
            whenUnsatisfiable: 'ScheduleAnyway',
            labelSelector: {},
            matchLabelKeys: ['pod-template-hash'],
          },
        ],
      },
    ],
  ])('is read each time when %s', (_, spec) => {
    const image = newImage();
    for (let index = 0; index < 10; index++) prepared(podOf(image, { spec }));
    expect(knownSpec(prepared(podOf(image, { spec })).manifest['spec'])).toBeUndefined();
  });
});
