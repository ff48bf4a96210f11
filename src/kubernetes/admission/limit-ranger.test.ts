import { describe, expect, it } from 'vitest';
import { defaultPod } from '../defaulting.js';
import { Faults } from '../faults.js';
import { readLimitRange } from '../read-policies.js';
import { readPod } from '../read-pod.js';
import type { JsonObject, Pod } from '../types.js';
import { checkLimitRanges, withLimitRangeDefaults } from './limit-ranger.js';

const limitRanges = (...items: JsonObject[]): ReturnType<typeof readLimitRange>[] =>
  items.map((item, index) => {
    const metadata = { name: `limits-${index}`, namespace: 'shop' };
    return readLimitRange({ metadata, spec: { limits: [{ type: 'Container', ...item }] } }, new Faults());
  });
const pod = (resources: JsonObject, more: JsonObject = {}): Pod =>
  defaultPod(
    readPod({ metadata: { name: 'p' }, spec: { containers: [{ name: 'c', resources }], ...more } }, new Faults()),
  );
const amounts = ({ spec }: Pod): string[] =>
  [...spec.containers, ...spec.initContainers].map(({ name, resources: { requests, limits } }) => {
    const shown = (list: typeof requests): string =>
      [...list].map(([key, value]) => `${key}=${value.toString()}`).join(',');
    return `${name} ${shown(requests)}/${shown(limits)}`;
  });

describe('defaults', () => {
  const rows: [name: string, resources: JsonObject, items: JsonObject[], expected: string][] = [
    ['requests and limits', {}, [{ default: { cpu: '2' }, defaultRequest: { cpu: '1' } }], 'c cpu=1/cpu=2'],
    ['a request from the default limit', {}, [{ default: { cpu: '2' } }], 'c cpu=2/cpu=2'],
    ['a limit from the maximum', {}, [{ max: { cpu: '4' } }], 'c cpu=4/cpu=4'],
    ['a request from the minimum', {}, [{ min: { cpu: '100m' } }], 'c cpu=100m/'],
    [
      'nothing for what is set',
      { requests: { cpu: '3' }, limits: { cpu: '3' } },
      [{ default: { cpu: '2' } }],
      'c cpu=3/cpu=3',
    ],
    [
      'a request that came from a limit stays',
      { limits: { cpu: '3' } },
      [{ defaultRequest: { cpu: '1' } }],
      'c cpu=3/cpu=3',
    ],
    [
      'the first LimitRange wins',
      {},
      [{ default: { cpu: '1' } }, { default: { cpu: '2', memory: '1Gi' } }],
      'c cpu=1,memory=1Gi/cpu=1,memory=1Gi',
    ],
    ['nothing from type Pod', {}, [{ type: 'Pod', max: { cpu: '1' } }], 'c /'],
  ];
  it.each(rows)('%s', (_, resources, items, expected) => {
    expect(amounts(withLimitRangeDefaults(pod(resources), limitRanges(...items)))).toEqual([expected]);
  });

  it('go to init containers too and are named in the annotation', () => {
    const subject = pod({ requests: { cpu: '1' } }, { initContainers: [{ name: 'i' }] });
    const admitted = withLimitRangeDefaults(subject, limitRanges({ default: { memory: '1Gi', cpu: '2' } }));
    expect(amounts(admitted)).toEqual(['c cpu=1,memory=1Gi/memory=1Gi,cpu=2', 'i memory=1Gi,cpu=2/memory=1Gi,cpu=2']);
    expect(admitted.metadata.annotations).toEqual({
      'kubernetes.io/limit-ranger':
        'LimitRanger plugin set: memory request for container c; cpu, memory limit for container c; cpu, memory request for init container i; cpu, memory limit for init container i',
    });
    expect(subject.metadata.annotations).toEqual({});
  });
});

describe('checks', () => {
  const rows: [name: string, resources: JsonObject, item: JsonObject, sentences: string[]][] = [
    ['within', { requests: { cpu: '1' }, limits: { cpu: '1' } }, { min: { cpu: '1' }, max: { cpu: '1' } }, []],
    ['no request', {}, { min: { cpu: '1' } }, ['minimum cpu usage per Container is 1.  No request is specified']],
    [
      'request too small',
      { requests: { cpu: '50m' } },
      { min: { cpu: '100m' } },
      ['minimum cpu usage per Container is 100m, but request is 50m'],
    ],
    [
      'limit too small',
      { requests: { cpu: '1' }, limits: { cpu: '1m' } },
      { min: { cpu: '1' } },
      ['minimum cpu usage per Container is 1, but limit is 1m'],
    ],
    ['no limit', {}, { max: { cpu: '1' } }, ['maximum cpu usage per Container is 1.  No limit is specified']],
    [
      'limit too large',
      { limits: { cpu: '2' } },
      { max: { cpu: '1' } },
      ['maximum cpu usage per Container is 1, but limit is 2'],
    ],
    [
      'request too large',
      { requests: { cpu: '2' }, limits: { cpu: '1' } },
      { max: { cpu: '1' } },
      ['maximum cpu usage per Container is 1, but request is 2'],
    ],
    [
      'ratio without request',
      {},
      { maxLimitRequestRatio: { cpu: '2' } },
      ['cpu max limit to request ratio per Container is 2, but no request is specified or request is 0'],
    ],
    [
      'ratio without limit',
      { requests: { cpu: '1' } },
      { maxLimitRequestRatio: { cpu: '2' } },
      ['cpu max limit to request ratio per Container is 2, but no limit is specified or limit is 0'],
    ],
    [
      'ratio exceeded',
      { requests: { cpu: '1' }, limits: { cpu: '4' } },
      { maxLimitRequestRatio: { cpu: '2' } },
      ['cpu max limit to request ratio per Container is 2, but provided ratio is 4.000000'],
    ],
    ['ratio kept', { requests: { cpu: '1' }, limits: { cpu: '2' } }, { maxLimitRequestRatio: { cpu: '2' } }, []],
  ];
  it.each(rows)('%s', (_, resources, item, sentences) => {
    const errors = checkLimitRanges(pod(resources), limitRanges(item));
    expect(errors.map(({ message }) => message)).toEqual(sentences);
    for (const { source, object } of errors)
      expect([source, object]).toEqual(['LimitRanger', 'LimitRange/shop/limits-0']);
  });

  const whole: [name: string, more: JsonObject, max: string, sentences: string[]][] = [
    [
      'a pod is its effective requests',
      { initContainers: [{ name: 'i', resources: { limits: { cpu: '5' } } }] },
      '4',
      ['maximum cpu usage per Pod is 4, but limit is 5'],
    ],
    ['overhead does not count', { overhead: { cpu: '9' } }, '4', []],
    [
      'pod-level resources decide',
      { resources: { limits: { cpu: '6' } } },
      '5',
      ['maximum cpu usage per Pod is 5, but limit is 6'],
    ],
  ];
  it.each(whole)('%s', (_, more, cpu, sentences) => {
    const errors = checkLimitRanges(pod({ limits: { cpu: '1' } }, more), limitRanges({ type: 'Pod', max: { cpu } }));
    expect(errors.map(({ message }) => message)).toEqual(sentences);
  });
});
