import { describe, expect, it } from 'vitest';
import { defaultPod, defaultPodTemplate } from './defaulting.js';
import { Faults } from './faults.js';
import { qosClass, type QosClass } from './qos.js';
import { readPod } from './read-pod.js';
import type { JsonObject, Pod, ResourceList, ResourceRequirements } from './types.js';

function read(spec: JsonObject): Pod {
  return readPod({ metadata: { name: 'p' }, spec }, new Faults());
}

function shown(resources: ResourceList): Record<string, string> {
  return Object.fromEntries([...resources].map(([name, quantity]) => [name, quantity.toString()]));
}

function both(resources: ResourceRequirements | undefined): unknown {
  return resources && { requests: shown(resources.requests), limits: shown(resources.limits) };
}

const container = (resources: JsonObject): JsonObject => ({ name: 'c', resources });

describe('defaultPod', () => {
  it.each<[string, JsonObject, unknown]>([
    [
      'requests from limits, not the other way',
      { limits: { cpu: '1' }, requests: { memory: '1Gi' } },
      { requests: { memory: '1Gi', cpu: '1' }, limits: { cpu: '1' } },
    ],
    ['every entry up to thousandths', { requests: { cpu: '1n' } }, { requests: { cpu: '1m' }, limits: {} }],
    ['null is zero', { requests: { cpu: null } }, { requests: { cpu: '0' }, limits: {} }],
  ])('%s', (_, resources, expected) => {
    const pod = read({ containers: [container(resources)], initContainers: [container(resources)] });
    expect(both(defaultPod(pod).spec.containers[0]?.resources)).toEqual(expected);
    expect(both(defaultPod(pod).spec.initContainers[0]?.resources)).toEqual(expected);
  });

  it.each<[string, JsonObject, JsonObject[], unknown]>([
    [
      'requests alone gain nothing',
      { requests: { memory: '1Gi' } },
      [{ limits: { cpu: '1' } }],
      { requests: { memory: '1Gi' }, limits: {} },
    ],
    [
      'limits bring requests: the sum where there is one, else the limit',
      { limits: { cpu: '4', memory: '1Gi' } },
      [{ limits: { cpu: '1' } }, {}],
      { requests: { cpu: '1', memory: '1Gi' }, limits: { cpu: '4', memory: '1Gi' } },
    ],
    [
      'huge pages of containers become a limit, and with it the rest follows',
      { requests: { cpu: '1' } },
      [{ limits: { 'hugepages-2Mi': '4Mi', memory: '64Mi' } }],
      { requests: { cpu: '1', memory: '64Mi', 'hugepages-2Mi': '4Mi' }, limits: { 'hugepages-2Mi': '4Mi' } },
    ],
    [
      'sums are of unrounded values',
      { limits: { cpu: '1' } },
      [{ requests: { cpu: '100u' } }, { requests: { cpu: '100u' } }],
      { requests: { cpu: '1m' }, limits: { cpu: '1' } },
    ],
    ['empty stays empty', {}, [{ limits: { cpu: '1' } }], { requests: {}, limits: {} }],
  ])('pod-level: %s', (_, resources, containers, expected) => {
    const pod = defaultPod(read({ resources, containers: containers.map(container) }));
    expect(both(pod.spec.resources)).toEqual(expected);
  });

  it('gives a pod in the host network its host ports', () => {
    const ports: JsonObject[] = [{ containerPort: 80 }, { containerPort: 81, hostPort: 82 }];
    const spec = { hostNetwork: true, containers: [{ name: 'c', ports }] };
    expect(defaultPod(read(spec)).spec.containers[0]?.ports.map(({ hostPort }) => hostPort)).toEqual([80, 82]);
    expect(defaultPodTemplate(read(spec)).spec.containers[0]?.ports[0]?.hostPort).toBe(0);
  });

  it('returns what needs no default as it is', () => {
    const pod = read({ containers: [container({ requests: { cpu: '1' } })] });
    expect(defaultPod(pod)).toBe(pod);
  });

  it('leaves requests of a template alone', () => {
    const template = read({ containers: [container({ limits: { cpu: '1' } })] });
    expect(both(defaultPodTemplate(template).spec.containers[0]?.resources)).toEqual({
      requests: {},
      limits: { cpu: '1' },
    });
  });
});

describe('qosClass', () => {
  const full = { limits: { cpu: '1', memory: '1Gi' } };
  it.each<[string, JsonObject, QosClass]>([
    ['nothing asked for', { containers: [container({})] }, 'BestEffort'],
    [
      'zeros count as nothing',
      { containers: [container({ requests: { cpu: '0' }, limits: { memory: '0' } })] },
      'BestEffort',
    ],
    ['only storage and devices', { containers: [container({ limits: { 'example.com/gpu': '1' } })] }, 'BestEffort'],
    ['limits alone, both', { containers: [container(full)] }, 'Guaranteed'],
    ['one container without', { containers: [container(full), container({})] }, 'Burstable'],
    ['an init container without', { containers: [container(full)], initContainers: [container({})] }, 'Burstable'],
    ['a request below its limit', { containers: [container({ ...full, requests: { cpu: '500m' } })] }, 'Burstable'],
    ['overhead does not count', { containers: [container(full)], overhead: { cpu: '1' } }, 'Guaranteed'],
    ['pod-level, both limits', { resources: full, containers: [container({})] }, 'Guaranteed'],
    ['pod-level, one limit', { resources: { limits: { cpu: '1' } }, containers: [container({})] }, 'Burstable'],
    ['pod-level but empty', { resources: {}, containers: [container(full)] }, 'BestEffort'],
  ])('%s', (_, spec, expected) => expect(qosClass(defaultPod(read(spec)))).toBe(expected));
});
