import { describe, expect, it } from 'vitest';
import { defaultPod } from './defaulting.js';
import {
  chargedNonZeroRequests,
  chargedRequests,
  effectiveLimits,
  effectiveRequests,
  explainEffective,
  nonZeroRequests,
  schedulerUnits,
} from './effective.js';
import { Faults } from './faults.js';
import { readPod } from './read-pod.js';
import type { Json, JsonObject, Pod, ResourceList } from './types.js';

function podOf(spec: Json, status: Json = {}): Pod {
  const faults = new Faults();
  const pod = defaultPod(readPod({ metadata: { name: 'p' }, spec, status }, faults));
  expect(faults.errors).toEqual([]);
  return pod;
}

function shown(resources: ResourceList): Record<string, string> {
  return Object.fromEntries([...resources].map(([name, quantity]) => [name, quantity.toString()]));
}

const app = (requests: JsonObject, limits: JsonObject = {}): JsonObject => ({
  name: 'a',
  resources: { requests, limits },
});
const init = (requests: JsonObject, name = 'i'): JsonObject => ({ name, resources: { requests } });
const sidecar = (requests: JsonObject, name = 's'): JsonObject => ({
  ...init(requests, name),
  restartPolicy: 'Always',
});

describe('effectiveRequests', () => {
  it.each<[string, JsonObject, Record<string, string>]>([
    [
      'init peak per resource, overhead on top',
      {
        containers: [app({ cpu: '200m', memory: '256Mi' }), app({ cpu: '300m', memory: '512Mi' })],
        initContainers: [init({ cpu: '1', memory: '128Mi' }), init({ cpu: '200m', memory: '1Gi' })],
        overhead: { cpu: '50m', memory: '64Mi' },
      },
      { cpu: '1050m', memory: '1088Mi' },
    ],
    [
      'a sidecar between two init containers',
      {
        containers: [app({ cpu: '500m' })],
        initContainers: [init({ cpu: '2' }), sidecar({ cpu: '1' }), init({ cpu: '1500m' })],
      },
      { cpu: '2500m' },
    ],
    [
      'a sidecar before both',
      {
        containers: [app({ cpu: '500m' })],
        initContainers: [sidecar({ cpu: '1' }), init({ cpu: '2' }), init({ cpu: '1500m' })],
      },
      { cpu: '3' },
    ],
    [
      'a sidecar after both',
      {
        containers: [app({ cpu: '500m' })],
        initContainers: [init({ cpu: '2' }), init({ cpu: '1500m' }), sidecar({ cpu: '1' })],
      },
      { cpu: '2' },
    ],
    [
      'an extended resource of an init container only',
      {
        containers: [app({ cpu: '1', memory: '1Gi' })],
        initContainers: [
          sidecar({ cpu: '100m', memory: '64Mi' }, 's0'),
          init({ cpu: '800m', 'example.com/gpu': '1' }),
          sidecar({ cpu: '200m', memory: '128Mi' }, 's1'),
          init({ memory: '2Gi' }),
        ],
      },
      { cpu: '1300m', memory: '2240Mi', 'example.com/gpu': '1' },
    ],
    [
      'pod-level requests replace the sum, overhead comes last',
      {
        containers: [app({ cpu: '500m', memory: '256Mi' }), app({ cpu: '700m' })],
        resources: { requests: { cpu: '2' } },
        overhead: { cpu: '100m' },
      },
      { cpu: '2100m', memory: '256Mi' },
    ],
    [
      'pod-level limits become requests: the sum where there is one, else the limit',
      { containers: [app({}, { cpu: '1' }), app({})], resources: { limits: { cpu: '4', memory: '1Gi' } } },
      { cpu: '1', memory: '1Gi' },
    ],
    ['an explicit zero is mentioned', { containers: [app({ cpu: '0' })] }, { cpu: '0' }],
    ['overhead alone', { containers: [app({})], overhead: { memory: '1Mi' } }, { memory: '1Mi' }],
    [
      'each entry is rounded up before the sum',
      { containers: [app({ cpu: '1n' }), app({ cpu: '1n' })] },
      { cpu: '2m' },
    ],
  ])('%s', (_, spec, expected) => expect(shown(effectiveRequests(podOf(spec)))).toEqual(expected));
});

describe('effectiveLimits', () => {
  it('adds overhead only to a limit that is there', () => {
    const spec = { containers: [app({}, { cpu: '500m' }), app({})], overhead: { cpu: '100m', memory: '50Mi' } };
    expect(shown(effectiveLimits(podOf(spec)))).toEqual({ cpu: '600m' });
    expect(Object.fromEntries(explainEffective(podOf(spec)).limitComplete)).toEqual({ cpu: false, memory: false });
  });
});

describe('in-place resize (v1.36)', () => {
  const pending = (reason: string): JsonObject => ({
    conditions: [{ type: 'PodResizePending', status: 'True', reason }],
  });
  const status = (resources: Json, allocated: Json, more: JsonObject = {}): JsonObject => ({
    containerStatuses: [{ name: 'a', resources, allocatedResources: allocated }],
    ...more,
  });
  const one = { requests: { cpu: '1' } };
  it.each<[string, string, JsonObject, string]>([
    ['shrinking counts what is actuated', '500m', status(one, { cpu: '1' }), '1'],
    ['deferred counts what is desired', '2', status(one, { cpu: '1' }, pending('Deferred')), '2'],
    ['infeasible leaves out what is desired', '2', status(one, { cpu: '1' }, pending('Infeasible')), '1'],
    ['no status resources: the spec', '2', status(null, { cpu: '3' }), '2'],
    ['allocated counts as well', '1', status(one, { cpu: '3' }), '3'],
  ])('%s', (_, desired, reported, charged) => {
    const pod = podOf({ containers: [app({ cpu: desired })] }, reported);
    expect(shown(chargedRequests(pod))).toEqual({ cpu: charged });
    expect(shown(effectiveRequests(pod))).toEqual({ cpu: desired });
  });

  it('sums the maxima of the containers', () => {
    const containers = [
      { name: 'a', resources: { requests: { cpu: '1' } } },
      { name: 'b', resources: { requests: { cpu: '3' } } },
    ];
    const containerStatuses = [
      { name: 'a', resources: { requests: { cpu: '2' } } },
      { name: 'b', resources: { requests: { cpu: '1' } } },
    ];
    expect(shown(chargedRequests(podOf({ containers }, { containerStatuses })))).toEqual({ cpu: '5' });
  });

  it('takes plain init containers from the spec and sidecars from their status', () => {
    const initContainerStatuses = [
      { name: 'i', resources: { requests: { cpu: '9' } } },
      { name: 's', resources: { requests: { cpu: '2' } } },
    ];
    const spec = { containers: [app({ cpu: '1' })], initContainers: [init({ cpu: '1' }), sidecar({ cpu: '1' })] };
    expect(shown(chargedRequests(podOf(spec, { initContainerStatuses })))).toEqual({ cpu: '3' });
  });

  it('counts pod-level resources of the status', () => {
    const spec = { containers: [app({ cpu: '1' })], resources: { requests: { cpu: '2' } } };
    const pod = podOf(spec, { resources: { requests: { cpu: '3' } }, allocatedResources: { cpu: '4' } });
    expect(shown(chargedRequests(pod))).toEqual({ cpu: '4' });
  });
});

describe('requests for scoring', () => {
  it('stand in for what a container does not mention', () => {
    const spec = { containers: [app({ cpu: '200m' }), app({})], initContainers: [init({ memory: '1Gi' })] };
    expect(shown(nonZeroRequests(podOf(spec)))).toEqual({ cpu: '300m', memory: '1Gi' });
    expect(shown(effectiveRequests(podOf(spec)))).toEqual({ cpu: '200m', memory: '1Gi' });
  });

  it('leave an explicit zero', () => {
    expect(shown(nonZeroRequests(podOf({ containers: [app({ cpu: '0' })] })))).toEqual({ cpu: '0', memory: '200Mi' });
  });

  it('of a pod on a node with pod-level requests stand in for the whole pod only', () => {
    const spec = { containers: [app({}), app({})], resources: { requests: { memory: '1Gi' } } };
    expect(shown(chargedNonZeroRequests(podOf(spec)))).toEqual({ cpu: '100m', memory: '1Gi' });
  });
});

describe('explainEffective', () => {
  it('names the stage that decides, and what is held for it alone', () => {
    const explained = explainEffective(
      podOf({
        containers: [app({ cpu: '500m', memory: '1Gi' })],
        initContainers: [sidecar({ cpu: '100m' }), sidecar({ memory: '1Mi' }, 'other'), init({ cpu: '2' }, 'migrate')],
        overhead: { cpu: '100m' },
      }),
    );
    expect(Object.fromEntries(explained.decidedBy)).toEqual({
      cpu: { phase: 'init', containers: ['s', 'migrate'] },
      memory: { phase: 'work', containers: ['other', 'a'] },
    });
    expect(shown(explained.requests)).toEqual({ cpu: '2200m', memory: '1025Mi' });
    expect(shown(explained.init.requests)).toEqual({ cpu: '2100m', memory: '1Mi' });
    expect(shown(explained.work.requests)).toEqual({ cpu: '600m', memory: '1025Mi' });
    expect(shown(explained.reservedForInitOnly)).toEqual({ cpu: '1500m' });
    expect(explained.stages.map(({ container, type, requests }) => [container, type, shown(requests)])).toEqual([
      ['s', 'sidecar', { cpu: '100m' }],
      ['other', 'sidecar', { cpu: '100m', memory: '1Mi' }],
      ['migrate', 'init', { cpu: '2100m', memory: '1Mi' }],
    ]);
    expect(explained.containers.map(({ name, type }) => `${name} ${type}`)).toEqual([
      's sidecar',
      'other sidecar',
      'migrate init',
      'a work',
    ]);
  });

  it('gives a tie to the work phase, and pod-level values to podLevel', () => {
    const spec = { containers: [app({ cpu: '1' })], initContainers: [init({ cpu: '1' })] };
    expect(explainEffective(podOf(spec)).decidedBy.get('cpu')).toEqual({ phase: 'work', containers: ['a'] });
    const podLevel = explainEffective(podOf({ ...spec, resources: { requests: { cpu: '2' } } }));
    expect(podLevel.decidedBy.get('cpu')).toEqual({ phase: 'podLevel', containers: [] });
    expect(podLevel.reservedForInitOnly.size).toBe(0);
  });

  it('a stage is bounded by the limits of its sidecars', () => {
    const bounded = { name: 's', restartPolicy: 'Always', resources: { limits: { cpu: '1' } } };
    const containers = [app({}, { cpu: '1' })];
    const complete = (initContainers: Json): boolean | undefined =>
      explainEffective(podOf({ containers, initContainers })).limitComplete.get('cpu');
    expect(complete([bounded, init({})])).toBe(true);
    expect(complete([init({}), bounded])).toBe(false);
  });
});

describe('schedulerUnits', () => {
  it('counts cpu in thousandths and the rest whole, rounded up once', () => {
    const pod = podOf({
      containers: [app({ cpu: '1500m', memory: '100m' }), app({ memory: '100m', 'example.com/gpu': '1' })],
    });
    expect(Object.fromEntries(schedulerUnits(effectiveRequests(pod)))).toEqual({
      cpu: 1500,
      memory: 1,
      'example.com/gpu': 1,
    });
  });
});
