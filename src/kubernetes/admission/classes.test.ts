import { describe, expect, it } from 'vitest';
import { Faults } from '../faults.js';
import { readPriorityClass, readRuntimeClass } from '../read-policies.js';
import { readPod } from '../read-pod.js';
import type { JsonObject, Pod } from '../types.js';
import { admitPriority } from './priority.js';
import { admitRuntimeClass } from './runtime-class.js';

const pod = (spec: JsonObject): Pod =>
  readPod({ metadata: { name: 'p' }, spec: { containers: [{ name: 'c' }], ...spec } }, new Faults());

describe('PriorityClass', () => {
  const item = (name: string, fields: JsonObject): ReturnType<typeof readPriorityClass> =>
    readPriorityClass({ metadata: { name }, ...fields }, new Faults());
  const classes = [
    item('high', { value: 1000 }),
    item('batch', { value: -5, preemptionPolicy: 'Never' }),
    item('usual', { value: 7, globalDefault: true }),
    item('usual-too', { value: 9, globalDefault: true }),
  ];
  const high = { priorityClassName: 'high' };
  const rows: [
    name: string,
    spec: JsonObject,
    priority: number | undefined,
    policy: string | undefined,
    sentences: string[],
  ][] = [
    ['named', high, 1000, 'PreemptLowerPriority', []],
    ['with its policy', { priorityClassName: 'batch' }, -5, 'Never', []],
    ['none: the lowest global default', {}, 7, 'PreemptLowerPriority', []],
    [
      'of the system, always there',
      { priorityClassName: 'system-node-critical' },
      2_000_001_000,
      'PreemptLowerPriority',
      [],
    ],
    ['unknown', { priorityClassName: 'x' }, undefined, undefined, ['no PriorityClass with name x was found']],
    ['the same priority given', { ...high, priority: 1000 }, 1000, 'PreemptLowerPriority', []],
    [
      'another priority given',
      { ...high, priority: 5 },
      5,
      'PreemptLowerPriority',
      [
        'the integer value of priority (5) must not be provided in pod spec; priority admission controller computed 1000 from the given PriorityClass name',
      ],
    ],
    [
      'another policy given',
      { ...high, preemptionPolicy: 'Never' },
      1000,
      'Never',
      [
        'the string value of PreemptionPolicy (Never) must not be provided in pod spec; priority admission controller computed PreemptLowerPriority from the given PriorityClass name',
      ],
    ],
  ];
  it.each(rows)('%s', (_, spec, priority, policy, sentences) => {
    const admitted = admitPriority(pod(spec), classes);
    expect(admitted.pod.spec.priority).toBe(priority);
    expect(admitted.pod.spec.preemptionPolicy).toBe(policy);
    expect(admitted.errors.map(({ message }) => message)).toEqual(sentences);
  });

  it('without a global default is priority 0', () => {
    expect(admitPriority(pod({}), []).pod.spec).toMatchObject({
      priority: 0,
      preemptionPolicy: 'PreemptLowerPriority',
    });
  });

  it('unknown is a warning while none are stored', () => {
    const { errors, warnings } = admitPriority(pod({ priorityClassName: 'x', priority: 3 }), []);
    expect(errors).toEqual([]);
    expect(warnings).toHaveLength(1);
  });
});

describe('RuntimeClass', () => {
  const item = (name: string, fields: JsonObject): ReturnType<typeof readRuntimeClass> =>
    readRuntimeClass({ metadata: { name }, handler: 'h', ...fields }, new Faults());
  const gvisor = { key: 'gvisor', operator: 'Exists' };
  const classes = [
    item('plain', {}),
    item('kata', { overhead: { podFixed: { cpu: '250m' } } }),
    item('gvisor', { scheduling: { nodeSelector: { runtime: 'gvisor' }, tolerations: [gvisor] } }),
  ];
  const rows: [name: string, spec: JsonObject, overhead: string | undefined, sentences: string[]][] = [
    ['none', {}, undefined, []],
    ['without overhead', { runtimeClassName: 'plain' }, undefined, []],
    ['with overhead', { runtimeClassName: 'kata' }, '250m', []],
    ['with the same overhead given', { runtimeClassName: 'kata', overhead: { cpu: '0.25' } }, '250m', []],
    [
      'with another given',
      { runtimeClassName: 'kata', overhead: { cpu: '1' } },
      '1',
      ["pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead"],
    ],
    ['unknown', { runtimeClassName: 'x' }, undefined, ['pod rejected: RuntimeClass "x" not found']],
    [
      'overhead without a class',
      { overhead: { cpu: '1' } },
      '1',
      ['pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead'],
    ],
    [
      'a node selector in conflict',
      { runtimeClassName: 'gvisor', nodeSelector: { runtime: 'runc' } },
      undefined,
      ['conflict: runtimeClass.scheduling.nodeSelector[runtime] = gvisor; pod.spec.nodeSelector[runtime] = runc'],
    ],
  ];
  it.each(rows)('%s', (_, spec, overhead, sentences) => {
    const admitted = admitRuntimeClass(pod(spec), classes);
    expect(admitted.pod.spec.overhead.get('cpu')?.toString()).toBe(overhead);
    expect(admitted.errors.map(({ message }) => message)).toEqual(sentences);
  });

  it('gives its node selector and tolerations, once', () => {
    const { spec } = admitRuntimeClass(
      pod({ runtimeClassName: 'gvisor', nodeSelector: { a: 'b' }, tolerations: [gvisor] }),
      classes,
    ).pod;
    expect(spec.nodeSelector).toEqual({ runtime: 'gvisor', a: 'b' });
    expect(spec.tolerations.map(({ key }) => key)).toEqual(['gvisor']);
  });

  it.each([[{ runtimeClassName: 'x' }], [{ overhead: { cpu: '1' } }]])(
    'is a warning while none are stored: %j',
    (spec) => {
      const { errors, warnings } = admitRuntimeClass(pod(spec), []);
      expect(errors).toEqual([]);
      expect(warnings).toHaveLength(1);
    },
  );
});
