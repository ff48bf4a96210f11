import { describe, expect, it } from 'vitest';
import { defaultPod } from './defaulting.js';
import { Faults } from './faults.js';
import { KnownContainer } from './known-containers.js';
import { readPod } from './read-pod.js';
import type { Container, Json, JsonObject } from './types.js';
import { validatePod } from './validation/validate-pod.js';

interface Judged {
  readonly containers: readonly Container[];
  /** Errors, warnings and unknown fields. */
  readonly said: readonly string[];
}

function judged(spec: JsonObject): Judged {
  const faults = new Faults({ unknownFields: true });
  const pod = defaultPod(readPod(structuredClone({ metadata: { name: 'a' }, spec }), faults));
  validatePod(pod, faults);
  const { errors, warnings, unknownFields } = faults;
  const said = [...errors.map(({ message }) => message), ...warnings, ...(unknownFields ?? [])];
  return { containers: [...pod.spec.initContainers, ...pod.spec.containers].map((read) => ({ ...read })), said };
}

let images = 0;

/** A pod of one container, whose image no test has. */
function podOf(members: JsonObject, spec: JsonObject = {}): JsonObject {
  return { containers: [{ name: 'a', image: `image-${images++}`, ...members }], ...spec };
}

function isKnown(spec: JsonObject): boolean {
  return readPod(structuredClone({ spec }), new Faults()).spec.containers[0] instanceof KnownContainer;
}

function meetOften(spec: JsonObject): Judged {
  return Array.from({ length: 100 }, () => judged(spec)).at(-1)!;
}

const mount = { name: 'data', mountPath: '/data' };
const data = { volumes: [{ name: 'data', emptyDir: {} }] };
const sleeps = { lifecycle: { preStop: { sleep: { seconds: 20 } } } };
const resizes = { resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }] };
const unmasked = { securityContext: { procMount: 'Unmasked' } };
const probed = { readinessProbe: { httpGet: { port: 80 } } };
const hostPort = { ports: [{ containerPort: 80, hostPort: 80 }] };

describe('containers met before', () => {
  it.each<[string, JsonObject, JsonObject?]>([
    ['a plain one', { env: [{ name: 'A', value: 'b' }], args: ['a', 'b'] }],
    ['one that mounts', { volumeMounts: [mount] }, data],
    ['requests from limits', { resources: { limits: { cpu: '3', 'nvidia.com/gpu': '1' } } }],
    ['amounts that are rounded', { resources: { requests: { cpu: '100u' }, limits: { cpu: '1500u' } } }],
    ['host ports', { ports: [{ containerPort: 80 }] }, { hostNetwork: true }],
    ['what is wrong at validation', { securityContext: { runAsUser: -1 } }],
    ['what deserves a warning', { resources: { requests: { memory: '1500m' } } }],
  ])('are shared and judged as at first: %s', (_, members, spec) => {
    const pod = podOf(members, spec);
    const first = judged(pod);
    expect(meetOften(pod)).toEqual(first);
    expect(isKnown(pod)).toBe(true);
  });

  it.each<[string, JsonObject]>([
    ['a wrong type', { args: 'a' }],
    ['a wrong type below', { env: [{ name: 1 }] }],
    ['an unknown member', { imagee: 'a' }],
    ['a text without digits', { resources: { limits: { memory: 'Mi' } } }],
  ])('are never shared with a fault: %s', (_, members) => {
    const pod = podOf(members);
    const first = judged(pod);
    expect(first.said).not.toEqual([]);
    expect(meetOften(pod)).toEqual(first);
    expect(isKnown(pod)).toBe(false);
  });

  it.each<[string, JsonObject, JsonObject, JsonObject]>([
    ['a volume that is not there', { volumeMounts: [mount] }, data, {}],
    ['a volume that is not in order', { volumeMounts: [mount] }, data, { volumes: [{ name: 'data', csi: {} }] }],
    ['a shorter grace period', sleeps, {}, { terminationGracePeriodSeconds: 10 }],
    ['no restart', resizes, {}, { restartPolicy: 'Never' }],
    ['the host’s users', unmasked, { hostUsers: false }, {}],
    [
      'a claim that is not there',
      { resources: { claims: [{ name: 'c' }] } },
      { resourceClaims: [{ name: 'c', resourceClaimName: 'c' }] },
      {},
    ],
    [
      'a volume that is no claim',
      { volumeDevices: [{ name: 'data', devicePath: '/dev/a' }] },
      { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'a' } }] },
      data,
    ],
    [
      'a file in no emptyDir',
      { env: [{ name: 'A', valueFrom: { fileKeyRef: { volumeName: 'data', path: 'a', key: 'A' } } }] },
      data,
      { volumes: [{ name: 'data', configMap: { name: 'a' } }] },
    ],
  ])('are judged in their pod: %s', (_, members, good, bad) => {
    const pod = podOf(members, good);
    expect(meetOften(pod).said).toEqual([]);
    const { said } = judged({ containers: pod['containers']!, ...bad });
    expect(said).not.toEqual([]);
    expect(judged(podOf(members, bad)).said).toEqual(said);
  });

  it.each<[string, JsonObject]>([
    ['twice of one name', {}],
    ['a host port twice', hostPort],
  ])('are judged beside others: %s', (_, members) => {
    const pod = podOf(members);
    const [container] = pod['containers'] as [JsonObject];
    expect(meetOften(pod).said).toEqual([]);
    const twice = { containers: [container, container] };
    const fresh = { containers: twice.containers.map((item) => ({ ...item, image: 'another image' })) };
    expect(judged(twice).said).toEqual(judged(fresh).said);
    expect(judged(twice).said).not.toEqual([]);
  });

  it('are judged by their place: an init container has no probes', () => {
    const pod = podOf(probed);
    expect(meetOften(pod).said).toEqual([]);
    const initContainers = (pod['containers'] as JsonObject[]).map((item) => ({ ...item, name: 'init' }));
    expect(meetOften({ ...pod, initContainers }).said).toEqual([
      'spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
    ]);
  });

  it.each<[string, Json, Json]>([
    ['another text', ['a'], ['b']],
    ['another length', ['a'], ['a', 'a']],
    ['none', [], ['a']],
    ['a text for a list', ['1'], '1'],
    ['null', ['a'], null],
    ['an object for a list', [], {}],
  ])('are others when they say something else: %s', (_, known, other) => {
    const pod = podOf({ args: known });
    meetOften(pod);
    const [container] = pod['containers'] as [JsonObject];
    const changed = { containers: [{ ...container, args: other }] };
    expect(isKnown(pod)).toBe(true);
    expect(isKnown(changed)).toBe(false);
    expect(readPod({ spec: changed }, new Faults()).spec.containers[0]!.raw['args']).toEqual(other);
  });

  it('are others with a member more or less', () => {
    const pod = podOf({ tty: true, env: [{ name: 'A', value: 'b' }] });
    meetOften(pod);
    const [container] = pod['containers'] as [JsonObject];
    expect(isKnown({ containers: [{ ...container, stdin: true }] })).toBe(false);
    const { tty: _, ...less } = container;
    expect(isKnown({ containers: [less] })).toBe(false);
    expect(isKnown({ containers: [{ ...container, env: [{ name: 'A' }] }] })).toBe(false);
  });

  it('are found among ever new ones of their image', () => {
    const image = 'image-of-many';
    const variant = (index: number): JsonObject => ({
      containers: [{ name: 'a', image, env: [{ name: 'A', value: String(index) }] }],
    });
    for (let index = 0; index < 1000; index++) expect(judged(variant(index)).said).toEqual([]);
    meetOften(variant(5000));
    meetOften(variant(5000));
    expect(isKnown(variant(5000))).toBe(true);
  });
});
