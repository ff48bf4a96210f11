import { describe, expect, it } from 'vitest';
import { Faults } from './faults.js';
import { readPod, readPodTemplateSpec } from './read-pod.js';
import type { Json, JsonObject } from './types.js';

function wrong(path: string, type: string, actual: string): string {
  return `${path}: Invalid value: "${actual}": ${path} in body must be of type ${type}: "${actual}"`;
}

describe('readPod', () => {
  it.each<[string, JsonObject, string[]]>([
    ['containers as an object', { containers: {} }, [wrong('spec.containers', 'array', 'object')]],
    ['a container as a text', { containers: ['a'] }, [wrong('spec.containers[0]', 'object', 'string')]],
    ['a name as a number', { containers: [{ name: 1 }] }, [wrong('spec.containers[0].name', 'string', 'integer')]],
    [
      'a port as a text',
      { containers: [{ ports: [{ containerPort: '80' }] }] },
      [wrong('spec.containers[0].ports[0].containerPort', 'integer', 'string')],
    ],
    ['a fraction', { activeDeadlineSeconds: 1.5 }, [wrong('spec.activeDeadlineSeconds', 'integer', 'number')]],
    ['beyond int32', { priority: 2 ** 31 }, [wrong('spec.priority', 'int32', 'integer')]],
    ['beyond int64', { activeDeadlineSeconds: 1e19 }, [wrong('spec.activeDeadlineSeconds', 'int64', 'integer')]],
    [
      'a field that is not read further',
      { containers: [{ env: [{ value: true }] }] },
      [wrong('spec.containers[0].env[0].value', 'string', 'boolean')],
    ],
    ['a selector value', { nodeSelector: { a: 1 } }, [wrong('spec.nodeSelector[a]', 'string', 'integer')]],
    [
      'a quantity that is none',
      { containers: [{ resources: { requests: { cpu: '1 core' } } }] },
      [
        `spec.containers[0].resources.requests[cpu]: Invalid value: "1 core": quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`,
      ],
    ],
    [
      'a quantity beyond int64',
      { overhead: { memory: '1e19' } },
      ['spec.overhead[memory]: Invalid value: "1e19": must fit a 64-bit integer'],
    ],
    [
      'cpu beyond int64 in thousandths',
      { overhead: { cpu: '9223372036854776' } },
      ['spec.overhead[cpu]: Invalid value: "9223372036854776": must fit a 64-bit integer in thousandths'],
    ],
    ['null everywhere', { containers: null, affinity: null, tolerations: [null], volumes: null }, []],
    ['numbers and white space as quantities', { overhead: { cpu: 2, memory: ' 1Gi ' } }, []],
  ])('%s', (_, spec, expected) => {
    const faults = new Faults();
    readPod({ spec }, faults);
    expect(faults.errors.map(({ message }) => message)).toEqual(expected);
  });

  it.each<Json>([null, true, 1, 'x', []])('%j is no pod', (manifest) => {
    const faults = new Faults();
    const pod = readPod(manifest, faults);
    expect(pod.spec.containers).toEqual([]);
    expect(faults.errors).toHaveLength(manifest === null ? 0 : 1);
  });

  it('warns of quantities that are zero by accident', () => {
    const faults = new Faults();
    readPod({ spec: { containers: [{ resources: { limits: { memory: 'Mi' } } }] } }, faults);
    expect(faults.warnings).toEqual([
      'spec.containers[0].resources.limits[memory]: quantity "Mi" has no digits and is read as 0',
    ]);
  });

  it('collects unknown fields of every depth when asked', () => {
    const manifest = {
      specs: {},
      metadata: { label: {} },
      spec: {
        containers: [{ resource: {}, resources: { request: {} }, env: [{ valueFrom: { secretRef: {} } }] }],
        affinity: { nodeAffinity: { required: {} } },
        tolerations: [{ keys: 'a' }],
      },
    };
    const faults = new Faults({ unknownFields: true });
    readPod(manifest, faults);
    expect(faults.unknownFields?.toSorted()).toEqual([
      'unknown field "metadata.label"',
      'unknown field "spec.affinity.nodeAffinity.required"',
      'unknown field "spec.containers[0].env[0].valueFrom.secretRef"',
      'unknown field "spec.containers[0].resource"',
      'unknown field "spec.containers[0].resources.request"',
      'unknown field "spec.tolerations[0].keys"',
      'unknown field "specs"',
    ]);
    expect(faults.errors).toEqual([]);
    const careless = new Faults();
    readPod(manifest, careless);
    expect(careless.unknownFields).toBeNull();
  });

  const template = (spec: JsonObject): JsonObject => ({ ephemeral: { volumeClaimTemplate: { spec } } });
  const token = (serviceAccountToken: JsonObject): JsonObject => ({
    projected: { sources: [{ serviceAccountToken }] },
  });
  const volumes: [name: string, source: JsonObject, errors: string[], unknown: string[]][] = [
    ['a projection', token({ path: 'token', expirationSeconds: 600, audience: 'a' }), [], []],
    [
      'a projection of no kind that is known',
      { projected: { sources: [{ secrets: { name: 's' } }] } },
      [],
      ['projected.sources[0].secrets'],
    ],
    ['a member of a projection', token({ paths: 'token' }), [], ['projected.sources[0].serviceAccountToken.paths']],
    [
      'a text for a number',
      token({ expirationSeconds: '600' }),
      ['projected.sources[0].serviceAccountToken.expirationSeconds'],
      [],
    ],
    ['a claim', template({ accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }), [], []],
    [
      'a member of a claim',
      template({ accessMode: 'ReadWriteOnce' }),
      [],
      ['ephemeral.volumeClaimTemplate.spec.accessMode'],
    ],
    [
      'an amount of a claim that is none',
      template({ resources: { requests: { storage: '1 Gi' } } }),
      ['ephemeral.volumeClaimTemplate.spec.resources.requests[storage]'],
      [],
    ],
    ['a volume of before', { iscsi: { targetPortal: 't', iqn: 'i', lun: 0, secretRef: { name: 's' } } }, [], []],
    ['a text for a number in one of before', { iscsi: { lun: '0' } }, ['iscsi.lun'], []],
    ['a member of one of before', { rbd: { monitor: [] } }, [], ['rbd.monitor']],
    ['a text for a list in one of before', { cephfs: { monitors: 'a' } }, ['cephfs.monitors'], []],
  ];
  it.each(volumes)('looks into volumes: %s', (_, source, errors, unknown) => {
    const faults = new Faults({ unknownFields: true });
    readPod({ spec: { volumes: [{ name: 'v', ...source }] } }, faults);
    expect(faults.errors.map(({ field }) => field)).toEqual(errors.map((field) => `spec.volumes[0].${field}`));
    expect(faults.unknownFields).toEqual(unknown.map((field) => `unknown field "spec.volumes[0].${field}"`));
  });

  it('takes keys that objects have by birth for what they are', () => {
    const faults = new Faults({ unknownFields: true });
    const manifest: Json = JSON.parse(
      '{"metadata":{"labels":{"__proto__":"a","constructor":"b"}},"__proto__":{"spec":1}}',
    );
    const pod = readPod(manifest, faults);
    expect(Object.entries(pod.metadata.labels)).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
    expect(faults.errors).toEqual([]);
    expect(faults.unknownFields).toEqual(['unknown field "__proto__"']);
  });

  it('applies the scalar defaults', () => {
    const { metadata, spec } = readPod(
      { spec: { containers: [{ livenessProbe: {}, ports: [{}] }], volumes: [{}] } },
      new Faults(),
    );
    expect(metadata.namespace).toBe('default');
    expect(spec).toMatchObject({
      restartPolicy: 'Always',
      schedulerName: 'default-scheduler',
      terminationGracePeriodSeconds: 30,
      hostNetwork: false,
    });
    expect(spec.containers[0]?.livenessProbe).toMatchObject({
      timeoutSeconds: 1,
      periodSeconds: 10,
      successThreshold: 1,
      failureThreshold: 3,
    });
    expect(spec.containers[0]?.ports[0]?.protocol).toBe('TCP');
    expect(spec.volumes[0]?.source).toBe('emptyDir');
  });

  it('reads a template at its place', () => {
    const faults = new Faults();
    const pod = readPodTemplateSpec(
      { metadata: { labels: { a: 'b' } }, spec: { priority: '1' } },
      'spec.template',
      faults,
      {
        namespace: 'team',
      },
    );
    expect(pod.metadata).toMatchObject({ name: '', namespace: 'team', labels: { a: 'b' } });
    expect(faults.errors.map(({ field }) => field)).toEqual(['spec.template.spec.priority']);
  });
});
