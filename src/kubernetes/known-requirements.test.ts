import { describe, expect, it } from 'vitest';
import { defaultPod } from './defaulting.js';
import { Faults } from './faults.js';
import { readPod } from './read-pod.js';
import type { Container, Json } from './types.js';
import { validatePod } from './validation/validate-pod.js';

interface Judged {
  readonly resources: Container['resources'];
  /** Errors, warnings and unknown fields. */
  readonly said: readonly string[];
}

function judged(resources: Json): Judged {
  const faults = new Faults({ unknownFields: true });
  const manifest = { metadata: { name: 'a' }, spec: { containers: [{ name: 'a', image: 'a', resources }] } };
  const pod = defaultPod(readPod(manifest, faults));
  validatePod(pod, faults);
  const { errors, warnings, unknownFields } = faults;
  const said = [...errors.map(({ message }) => message), ...warnings, ...(unknownFields ?? [])];
  return { resources: pod.spec.containers[0]!.resources, said };
}

/** What the tenth of ten equal ones gets: by then they are known, if they ever are. */
function judgedOften(resources: Json): { readonly first: Judged; readonly last: Judged } {
  const all = Array.from({ length: 10 }, () => judged(structuredClone(resources)));
  return { first: all[0]!, last: all.at(-1)! };
}

describe('requirements met before', () => {
  it.each<[string, Json]>([
    ['requests', { requests: { cpu: '1', memory: '2Gi' } }],
    ['limits first', { limits: { cpu: '2' }, requests: { cpu: '1' } }],
    ['nothing', {}],
  ])('are shared: %s', (_, resources) => {
    const { first, last } = judgedOften(resources);
    expect(last).toEqual(first);
    expect(readTwice(resources)).toBe(true);
  });

  it.each<[string, Json]>([
    ['requests from limits', { limits: { cpu: '3', 'nvidia.com/gpu': '1' } }],
    ['an amount that is rounded', { requests: { cpu: '100u' }, limits: { cpu: '1500u' } }],
    ['a request beyond the limit', { requests: { cpu: '2' }, limits: { cpu: '1' } }],
    ['an unknown resource', { requests: { cores: '2' } }],
    ['fractional bytes', { requests: { memory: '1500m' } }],
    ['a text without digits', { limits: { memory: 'Mi' } }],
    ['no quantity', { requests: { cpu: 'one' } }],
    ['a number', { requests: { cpu: 1 } }],
    ['null', { requests: { cpu: null }, limits: null }],
    ['an unknown member', { request: { cpu: '1' }, requests: { cpu: '1' } }],
    ['a claim that the pod has not', { requests: { cpu: '1' }, claims: [{ name: 'a' }] }],
    ['a legal but odd name', JSON.parse('{ "requests": { "__proto__": "1" } }') as Json],
  ])('are judged as at first: %s', (_, resources) => {
    const { first, last } = judgedOften(resources);
    expect(last).toEqual(first);
  });

  it('differ by the place of an amount', () => {
    judgedOften({ requests: { cpu: '7' }, limits: { memory: '7' } });
    const { resources } = judgedOften({ requests: { memory: '7', cpu: '7' }, limits: { memory: '7' } }).last;
    expect([...resources.requests.keys()]).toEqual(['memory', 'cpu']);
    expect([...resources.limits.keys()]).toEqual(['memory']);
  });

  it('are right however many there are', () => {
    const amounts = Array.from({ length: 9000 }, (_, index) => `${index + 1}m`);
    for (const cpu of amounts) judged({ requests: { cpu } });
    for (const cpu of ['1m', '4500m', '9000m']) {
      expect(judgedOften({ requests: { cpu } }).last.resources.requests.get('cpu')!.milliNumber()).toBe(
        Number.parseInt(cpu, 10),
      );
    }
  });
});

/** Whether two equal manifests give one object. */
function readTwice(resources: Json): boolean {
  return judged(structuredClone(resources)).resources === judged(structuredClone(resources)).resources;
}
