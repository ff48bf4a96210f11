import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../kubernetes/types.js';
import { ClusterModel } from '../scheduler/model.js';
import { PlanningError } from './errors.js';
import { readSubjects, replica } from './subject.js';

function pod(name: string, spec: JsonObject = {}, metadata: JsonObject = {}): JsonObject {
  const container = { name: 'main', image: 'app', resources: { requests: { cpu: '100m' } } };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, ...metadata }, spec: { containers: [container], ...spec } };
}

/** What is read of a manifest, or the problem with it, comparable. */
function read(manifest: Json, model: ClusterModel | null, options: object = {}): unknown {
  try {
    const [subject] = readSubjects(manifest, { ...options, manyAlike: true }, model).subjects;
    const { workload, ...rest } = subject!;
    return { ...rest, pods: [0, 1].map((index) => [workload.pod(index), replica(subject!, index)]) };
  } catch (error) {
    if (error instanceof PlanningError) return { message: error.message, extras: error.extras };
    throw error;
  }
}

function modelWith(...limitRanges: JsonObject[]): ClusterModel {
  const model = ClusterModel.empty();
  for (const object of limitRanges) {
    model.apply({ type: 'object', group: '', kind: 'LimitRange', namespace: 'default', name: 'limits', object });
  }
  return model;
}

const limitRange = (cpu: string): JsonObject => ({
  apiVersion: 'v1',
  kind: 'LimitRange',
  metadata: { name: 'limits', namespace: 'default' },
  spec: { limits: [{ type: 'Container', default: { memory: '1Gi' }, max: { cpu } }] },
});

const manifests: readonly [string, (name: string) => JsonObject][] = [
  ['a plain pod', (name) => pod(name)],
  ['of a namespace', (name) => pod(name, {}, { namespace: 'shop', labels: { app: 'a' } })],
  ['with a hostname', (name) => pod(name, { hostname: 'h', subdomain: 's' })],
  ['with a label of its own', (name) => pod(name, {}, { labels: { 'statefulset.kubernetes.io/pod-name': 'x' } })],
  ['that would be warned about', (name) => pod(name, { unknownField: 1 })],
  ['that is not valid', (name) => pod(name, { restartPolicy: 'Sometimes' })],
  ['of a real cluster', (name) => pod(name, {}, { uid: 'u', annotations: { name } })],
  ['with its name elsewhere', (name) => pod(name, {}, { labels: { name } })],
];

const names = ['first', 'second', 'third-0', 'a.b', 'UPPER', 'x'.repeat(63), 'x'.repeat(64), '-'];

describe('pods that differ in their name', () => {
  it.each(manifests)('%s: read as one that was never read before', (_title, manifest) => {
    for (const name of names) {
      // New objects are new policies, however equal: nothing is remembered under them.
      const fresh = read(manifest(name), modelWith(limitRange('4')));
      const model = modelWith(limitRange('4'));
      read(manifest('first'), model);
      expect(read(manifest(name), model)).toEqual(fresh);
    }
  });

  it('policies that change are heeded', () => {
    expect(read(pod('a'), modelWith(limitRange('1')))).toMatchObject({ admission: { allowed: true } });
    expect(read(pod('b'), modelWith(limitRange('50m')))).toMatchObject({ extras: { admission: { allowed: false } } });
    expect(read(pod('c'), modelWith())).toMatchObject({ admission: { allowed: true } });
  });

  it('options are heeded', () => {
    const model = modelWith(limitRange('50m'));
    expect(read(pod('a'), model, { admission: 'ignore' })).toMatchObject({ admission: { allowed: true } });
    expect(read(pod('b'), model)).toMatchObject({ extras: { admission: { allowed: false } } });
    expect(read(pod('c'), model, { admission: 'ignore', namespace: 'shop' })).toMatchObject({ namespace: 'shop' });
  });
});
