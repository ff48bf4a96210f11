import { describe, expect, it } from 'vitest';
import { defaultPod } from './defaulting.js';
import { Faults } from './faults.js';
import { warnOfPod } from './pod-warnings.js';
import { readPod } from './read-pod.js';
import type { JsonObject } from './types.js';
import { validatePod } from './validation/validate-pod.js';

const app: JsonObject = { name: 'app', image: 'a' };
const withApp = (fields: JsonObject): JsonObject => ({ containers: [{ ...app, ...fields }] });
const log = (fields: JsonObject): JsonObject => ({ name: 'log', image: 'l', ...fields });

const warningsOf = (spec: JsonObject, annotations: JsonObject = {}, place: readonly string[] = []): string[] => {
  const faults = new Faults();
  for (const segment of place) faults.enter(segment);
  const manifest = { metadata: { name: 'p', namespace: 'n', annotations }, spec: { containers: [app], ...spec } };
  const pod = defaultPod(readPod(manifest, faults));
  validatePod(pod, faults);
  expect(faults.errors).toEqual([]);
  warnOfPod(pod, faults);
  return faults.warnings;
};

const nodeAffinity = (kind: 'required' | 'preferred', key: string): JsonObject => {
  const term = { matchExpressions: [{ key, operator: 'Exists' }] };
  const list: JsonObject =
    kind === 'required'
      ? { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } }
      : { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference: term }] };
  return { affinity: { nodeAffinity: list } };
};
const port = (containerPort: number, more: JsonObject = {}): JsonObject => ({ containerPort, ...more });
const ports = (first: JsonObject, second: JsonObject): JsonObject => ({
  containers: [{ ...app, ports: [first] }, log({ ports: [second] })],
});
const variables = (...env: JsonObject[]): JsonObject => withApp({ env });
const hides = 'spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply';
const matchesNone = 'a null labelSelector results in matching no pod';

describe('warnings of a proposed pod', () => {
  const rows: [name: string, spec: JsonObject, warnings: string[]][] = [
    ['nothing', {}, []],
    [
      'deprecated node labels',
      { nodeSelector: { 'beta.kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' } },
      ['spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead'],
    ],
    [
      'deprecated node labels in required affinity',
      nodeAffinity('required', 'node-role.kubernetes.io/master'),
      [
        'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].key: node-role.kubernetes.io/master is use "node-role.kubernetes.io/control-plane" instead',
      ],
    ],
    [
      'deprecated node labels in preferred affinity',
      nodeAffinity('preferred', 'beta.kubernetes.io/arch'),
      [
        'spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference.matchExpressions[0].key: beta.kubernetes.io/arch is deprecated since v1.14; use "kubernetes.io/arch" instead',
      ],
    ],
    [
      'spreading over a deprecated label, of no pods',
      {
        topologySpreadConstraints: [
          { maxSkew: 1, topologyKey: 'failure-domain.beta.kubernetes.io/zone', whenUnsatisfiable: 'DoNotSchedule' },
        ],
      },
      [
        'spec.topologySpreadConstraints[0].topologyKey: failure-domain.beta.kubernetes.io/zone is deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
        `spec.topologySpreadConstraints[0].labelSelector: ${matchesNone}`,
      ],
    ],
    [
      'affinity to no pods',
      {
        affinity: {
          podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone' }] },
          podAntiAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone', labelSelector: {} }],
            preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: { topologyKey: 'zone' } }],
          },
        },
      },
      [
        `spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].labelSelector: ${matchesNone}`,
        `spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm.labelSelector: ${matchesNone}`,
      ],
    ],
    [
      'volume plugins that are gone',
      {
        volumes: [
          { name: 'a', gitRepo: { repository: 'r' } },
          { name: 'b', glusterfs: { endpoints: 'e', path: 'p' } },
          { name: 'c', storageos: { volumeName: 'v' } },
          { name: 'd', emptyDir: {} },
        ],
      },
      [
        'spec.volumes[0].gitRepo: deprecated in v1.11',
        'spec.volumes[1].glusterfs: deprecated in v1.25, non-functional in v1.26+',
        'spec.volumes[2].storageOS: deprecated in v1.22, non-functional in v1.25+',
      ],
    ],
    [
      'a claim of a fraction of a byte',
      {
        volumes: [
          {
            name: 'a',
            ephemeral: {
              volumeClaimTemplate: {
                spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1500m' } } },
              },
            },
          },
        ],
      },
      [
        'spec.volumes[0].ephemeral.volumeClaimTemplate.spec.resources.requests[storage]: fractional byte value "1500m" is invalid, must be an integer',
      ],
    ],
    [
      'host aliases of one address',
      { hostAliases: [{ ip: '10.0.0.1' }, { ip: '10.0.0.1' }] },
      ['spec.hostAliases[1].ip: duplicate ip "10.0.0.1"'],
    ],
    [
      'pull secrets twice, and without a name',
      { imagePullSecrets: [{ name: 's' }, { name: 's' }, {}] },
      ['spec.imagePullSecrets[1].name: duplicate name "s"', 'spec.imagePullSecrets[2].name: invalid empty name ""'],
    ],
    ['a variable twice', variables({ name: 'A', value: '1' }, { name: 'A', value: '2' }), [hides]],
    ['a variable that adds to itself', variables({ name: 'A', value: '1' }, { name: 'A', value: '$(A)2' }), []],
    ['a variable that is itself', variables({ name: 'A', value: '1' }, { name: 'A', value: '$(A)' }), [hides]],
    [
      'a variable from elsewhere',
      variables({ name: 'A', value: '1' }, { name: 'A', valueFrom: { configMapKeyRef: { name: 'c', key: 'k' } } }),
      [hides],
    ],
    [
      'one port in two containers',
      ports(port(80), port(80)),
      ['spec.containers[1].ports[0]: duplicate port definition with spec.containers[0].ports[0]'],
    ],
    ['one port of two protocols', ports(port(53), port(53, { protocol: 'UDP' })), []],
    [
      'a port that overlaps one of the host',
      ports(port(80), port(80, { hostPort: 8080 })),
      ['spec.containers[1].ports[0]: overlapping port definition with spec.containers[0].ports[0]'],
    ],
    [
      'a port that is ambiguous',
      ports(port(80, { hostPort: 80 }), port(80, { hostPort: 80, hostIP: '10.0.0.1' })),
      ['spec.containers[1].ports[0]: dangerously ambiguous port definition with spec.containers[0].ports[0]'],
    ],
    ['two ports of the host', ports(port(80, { hostPort: 80 }), port(80, { hostPort: 81 })), []],
    [
      'an address of the host without its port',
      withApp({ ports: [port(80, { hostIP: '10.0.0.1' })] }),
      [
        'spec.containers[0].ports[0]: hostIP set without hostPort: {Name: HostPort:0 ContainerPort:80 Protocol:TCP HostIP:10.0.0.1}',
      ],
    ],
    [
      'a negative grace period',
      { terminationGracePeriodSeconds: -1 },
      ['spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1'],
    ],
  ];
  it.each(rows)('%s', (_, spec, warnings) => {
    expect(warningsOf(spec)).toEqual(warnings);
  });

  const seccomp = 'container.seccomp.security.alpha.kubernetes.io/app';
  const appArmor = 'container.apparmor.security.beta.kubernetes.io/app';
  const annotations: [name: string, key: string, value: string, spec: JsonObject, sentence: string | null][] = [
    [
      'that do nothing any more',
      'scheduler.alpha.kubernetes.io/critical-pod',
      '',
      {},
      'non-functional in v1.16+; use the "priorityClassName" field instead',
    ],
    [
      'of a profile',
      'seccomp.security.alpha.kubernetes.io/pod',
      'runtime/default',
      {},
      'non-functional in v1.27+; use the "seccompProfile" field instead',
    ],
    [
      'of a profile that the field has too',
      'seccomp.security.alpha.kubernetes.io/pod',
      'runtime/default',
      { securityContext: { seccompProfile: { type: 'RuntimeDefault' } } },
      null,
    ],
    [
      "of a container's profile",
      seccomp,
      'runtime/default',
      {},
      'non-functional in v1.27+; use the "seccompProfile" field instead',
    ],
    ['of AppArmor', appArmor, 'runtime/default', {}, 'deprecated since v1.30; use the "appArmorProfile" field instead'],
    [
      'of AppArmor where the field says the same',
      appArmor,
      'runtime/default',
      withApp({ securityContext: { appArmorProfile: { type: 'RuntimeDefault' } } }),
      null,
    ],
    ['of anybody', 'example.com/note', 'x', {}, null],
  ];
  it.each(annotations)('annotations %s', (_, key, value, spec, sentence) => {
    const expected = sentence === null ? [] : [`metadata.annotations[${key}]: ${sentence}`];
    expect(warningsOf(spec, { [key]: value })).toEqual(expected);
  });

  it('have the path of the template', () => {
    expect(warningsOf(ports(port(80), port(80)), {}, ['spec', 'template'])).toEqual([
      'spec.template.spec.containers[1].ports[0]: duplicate port definition with spec.template.spec.containers[0].ports[0]',
    ]);
  });
});
