import { describe, expect, it } from 'vitest';
import { defaultPod } from '../defaulting.js';
import { Faults } from '../faults.js';
import { readPod } from '../read-pod.js';
import type { JsonObject, Pod } from '../types.js';
import { admitPod, readPolicies } from './admit-pod.js';

const named = (kind: string, name: string, more: JsonObject, namespace?: string): JsonObject => ({
  kind,
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  ...more,
});
const defaultRequest = (name: string, cpu: string, namespace = 'shop'): JsonObject =>
  named('LimitRange', name, { spec: { limits: [{ type: 'Container', defaultRequest: { cpu } }] } }, namespace);
const maximum = (cpu: string): JsonObject =>
  named('LimitRange', 'max', { spec: { limits: [{ type: 'Pod', max: { cpu } }] } }, 'shop');
const priorityClass = (name: string, value: number, more: JsonObject = {}): JsonObject =>
  named('PriorityClass', name, { value, ...more });
const runtimeClass = (name: string, cpu: string): JsonObject =>
  named('RuntimeClass', name, { handler: 'h', overhead: { podFixed: { cpu } } });

function pod(spec: JsonObject, cpu?: string): Pod {
  const resources: JsonObject = cpu === undefined ? {} : { requests: { cpu }, limits: { cpu } };
  const containers = [{ name: 'a', image: 'x', resources }];
  const manifest: JsonObject = { metadata: { name: 'p', namespace: 'shop' }, spec: { containers, ...spec } };
  return defaultPod(readPod(manifest, new Faults()));
}

describe('admitPod', () => {
  interface Expected {
    readonly cpu?: string;
    readonly priority?: number;
    readonly overhead?: string;
    readonly errors?: readonly string[];
  }
  const rows: [name: string, policies: JsonObject[], subject: Pod, expected: Expected][] = [
    ['nothing stored: priority 0 and no more', [], pod({}), { priority: 0 }],
    [
      'LimitRanges in the order of their names, not of storing',
      [defaultRequest('b', '2'), defaultRequest('a', '1')],
      pod({}),
      { cpu: '1', priority: 0 },
    ],
    ['LimitRanges of its own namespace', [defaultRequest('a', '1', 'other')], pod({}), { priority: 0 }],
    [
      'the class of its name, its overhead, both defaults at once',
      [defaultRequest('a', '1'), priorityClass('high', 7), runtimeClass('kata', '250m')],
      pod({ priorityClassName: 'high', runtimeClassName: 'kata' }),
      { cpu: '1', priority: 7, overhead: '250m' },
    ],
    [
      'the global default class',
      [priorityClass('usual', 3, { globalDefault: true }), priorityClass('high', 7)],
      pod({}),
      { priority: 3 },
    ],
    [
      'one error an offence, from every source',
      [maximum('1'), priorityClass('high', 7), runtimeClass('kata', '250m')],
      pod({ priorityClassName: 'none', runtimeClassName: 'none' }, '2'),
      { cpu: '2', errors: ['LimitRanger', 'Priority', 'RuntimeClass'] },
    ],
  ];
  it.each(rows)('%s', (_, policies, subject, expected) => {
    const admitted = admitPod(subject, readPolicies(policies));
    const { spec } = admitted.pod;
    expect(spec.containers[0]?.resources.requests.get('cpu')?.toString()).toBe(expected.cpu);
    if (expected.priority !== undefined) expect(spec.priority).toBe(expected.priority);
    expect(spec.overhead.get('cpu')?.toString()).toBe(expected.overhead);
    expect([...new Set(admitted.errors.map(({ source }) => source))]).toEqual(expected.errors ?? []);
  });
});

describe('readPolicies', () => {
  it('passes over other kinds, keeps what it can read of faulty ones, and sorts by name within a namespace', () => {
    const policies = readPolicies([
      named('Service', 's', {}, 'shop'),
      named('LimitRange', 'b', { spec: 'nonsense' }, 'shop'),
      named('LimitRange', 'a', { spec: { limits: [{ type: 'Container', max: { cpu: 'much' } }] } }, 'shop'),
      named('ResourceQuota', 'q', { spec: { hard: { pods: '3' } } }, 'other'),
    ]);
    expect(policies.limitRanges.get('shop')?.map(({ metadata }) => metadata.name)).toEqual(['a', 'b']);
    expect([...policies.quotas.keys()]).toEqual(['other']);
    expect(policies.quotas.get('other')?.[0]?.hard.get('pods')?.toString()).toBe('3');
    expect(policies.priorityClasses).toEqual([]);
  });
});
