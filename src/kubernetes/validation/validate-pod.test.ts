import { describe, expect, it } from 'vitest';
import { faultsOfPod as faultsOf, sentencesOfPod as sentences } from '../../../test/build/pod-sentences.js';
import { defaultPodTemplate } from '../defaulting.js';
import { Faults } from '../faults.js';
import { readPod } from '../read-pod.js';
import type { JsonObject } from '../types.js';
import { validatePodTemplate } from './validate-pod.js';

const good = { name: 'a', image: 'nginx' };

const container = (more: JsonObject): JsonObject => ({ containers: [{ ...good, ...more }] });
const initContainer = (more: JsonObject): JsonObject => ({ initContainers: [{ name: 'i', image: 'x', ...more }] });
const sidecar = (more: JsonObject): JsonObject => initContainer({ restartPolicy: 'Always', ...more });
const probe = { tcpSocket: { port: 80 } };

type Row = [name: string, spec: JsonObject, expected: string[]];

function table(rows: Row[]): void {
  it.each(rows)('%s', (_, spec, expected) => expect(sentences(spec)).toEqual(expected));
}

describe('metadata', () => {
  const nameMissing = 'metadata.name: Required value: name or generateName is required';
  const many = Object.fromEntries(Array.from({ length: 3 }, (_, index) => [`k${index}`, 'x'.repeat(100_000)]));
  it.each<[string, JsonObject, string[]]>([
    ['no name', {}, [nameMissing]],
    ['a name to be generated', { generateName: 'web-' }, []],
    [
      'annotations of 300 kB',
      { name: 'p', annotations: many },
      ['metadata.annotations: Too long: may not be more than 262144 bytes'],
    ],
    ['annotation keys in capitals', { name: 'p', annotations: { 'Example.com/Key': '' } }, []],
    [
      'two controllers',
      {
        name: 'p',
        ownerReferences: ['a', 'b'].map((name) => ({ apiVersion: 'v1', kind: 'X', name, uid: '1', controller: true })),
      },
      [
        'metadata.ownerReferences: Invalid value: [{"apiVersion":"v1","kind":"X","name":"a","uid":"1","controller":true},{"apiVersion":"v1","kind":"X","name":"b","uid":"1","controller":true}]: Only one reference can have Controller set to true. Found "true" in references for X/a and X/b',
      ],
    ],
  ])('%s', (_, metadata, expected) => expect(sentences({}, metadata)).toEqual(expected));
});

describe('init containers', () => {
  const refused = 'may not be set for init containers without restartPolicy=Always';
  const at = 'spec.initContainers[0]';
  table([
    ['a probe on a plain one', initContainer({ startupProbe: probe }), [`${at}.startupProbe: Forbidden: ${refused}`]],
    ['a hook on a plain one', initContainer({ lifecycle: {} }), [`${at}.lifecycle: Forbidden: ${refused}`]],
    [
      'a probe on one that restarts on failure',
      initContainer({ restartPolicy: 'OnFailure', livenessProbe: probe }),
      [`${at}.livenessProbe: Forbidden: ${refused}`],
    ],
    [
      'all of them on a sidecar',
      sidecar({
        startupProbe: probe,
        livenessProbe: probe,
        readinessProbe: probe,
        lifecycle: { preStop: { exec: { command: ['x'] } } },
      }),
      [],
    ],
    ['the name of an app container', initContainer({ name: 'a' }), [`${at}.name: Duplicate value: "a"`]],
    [
      'restart on resize',
      initContainer({ resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }] }),
      [
        `${at}.resizePolicy[0].restartPolicy: Invalid value: "RestartContainer": must not be set to 'RestartContainer' for non-sidecar initContainers`,
      ],
    ],
    [
      'restart on resize of a sidecar',
      sidecar({ resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }] }),
      [],
    ],
    [
      'a host port twice in one',
      initContainer({
        ports: [
          { containerPort: 1, hostPort: 8080 },
          { containerPort: 2, hostPort: 8080 },
        ],
      }),
      [`${at}.ports[1].hostPort: Duplicate value: "TCP//8080"`],
    ],
    [
      'a host port once in each of two',
      {
        initContainers: ['i', 'j'].map((name) => ({ name, image: 'x', ports: [{ containerPort: 1, hostPort: 8080 }] })),
      },
      [],
    ],
  ]);
});

describe('probes and hooks', () => {
  const at = 'spec.containers[0]';
  table([
    [
      'negative counts',
      container({ livenessProbe: { ...probe, periodSeconds: -1 } }),
      [`${at}.livenessProbe.periodSeconds: Invalid value: -1: must be greater than or equal to 0`],
    ],
    [
      'a threshold of a liveness probe',
      container({ livenessProbe: { ...probe, successThreshold: 2 } }),
      [`${at}.livenessProbe.successThreshold: Invalid value: 2: must be 1`],
    ],
    ['a threshold of a readiness probe', container({ readinessProbe: { ...probe, successThreshold: 2 } }), []],
    [
      'grace of a readiness probe',
      container({ readinessProbe: { ...probe, terminationGracePeriodSeconds: 1 } }),
      [`${at}.readinessProbe.terminationGracePeriodSeconds: Invalid value: 1: must not be set for readinessProbes`],
    ],
    [
      'no handler',
      container({ startupProbe: {} }),
      [`${at}.startupProbe: Required value: must specify a handler type`],
    ],
    [
      'two handlers, whatever their order',
      container({ startupProbe: { ...probe, exec: { command: ['x'] } } }),
      [`${at}.startupProbe.tcpSocket: Forbidden: may not specify more than 1 handler type`],
    ],
    ['no command', container({ startupProbe: { exec: {} } }), [`${at}.startupProbe.exec.command: Required value`]],
    [
      'a port of 0',
      container({ startupProbe: { httpGet: {} } }),
      [`${at}.startupProbe.httpGet.port: Invalid value: 0: must be between 1 and 65535, inclusive`],
    ],
    [
      'a sleep beyond the grace period',
      container({ lifecycle: { preStop: { sleep: { seconds: 31 } } } }),
      [
        `${at}.lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and less than terminationGracePeriodSeconds (30)`,
      ],
    ],
  ]);
});

describe('ephemeral containers', () => {
  const at = 'spec.ephemeralContainers';
  const onCreate = `${at}: Forbidden: cannot be set on create`;
  const ephemeral = (more: JsonObject): JsonObject => ({ ephemeralContainers: [{ name: 'e', image: 'x', ...more }] });
  table([
    ['at all', ephemeral({}), [onCreate]],
    [
      'what they cannot have',
      ephemeral({ resources: { requests: { cpu: '1' } }, livenessProbe: probe, ports: [] }),
      [
        `${at}[0].ports: Forbidden: cannot be set for an Ephemeral Container`,
        `${at}[0].resources: Forbidden: cannot be set for an Ephemeral Container`,
        `${at}[0].livenessProbe: Forbidden: cannot be set for an Ephemeral Container`,
        onCreate,
      ],
    ],
    [
      'an unknown target',
      ephemeral({ targetContainerName: 'b' }),
      [`${at}[0].targetContainerName: Not found: "b"`, onCreate],
    ],
    ['a taken name', ephemeral({ name: 'a' }), [`${at}[0].name: Duplicate value: "a"`, onCreate]],
  ]);
});

describe('container restart rules', () => {
  const at = 'spec.containers[0]';
  const rule = { action: 'Restart', exitCodes: { operator: 'In', values: [1] } };
  table([
    ['with a policy', container({ restartPolicy: 'Never', restartPolicyRules: [rule] }), []],
    [
      'without one',
      container({ restartPolicyRules: [rule] }),
      [`${at}.restartPolicy: Required value: must specify restartPolicy when restart rules are used`],
    ],
    [
      'too many',
      container({ restartPolicy: 'Never', restartPolicyRules: Array.from({ length: 21 }, () => rule) }),
      [`${at}.restartPolicyRules: Too many: 21: must have at most 20 items`],
    ],
    [
      'an operator that is none',
      container({ restartPolicy: 'Never', restartPolicyRules: [{ ...rule, exitCodes: { operator: 'Is' } }] }),
      [`${at}.restartPolicyRules[0].exitCodes.operator: Unsupported value: "Is": supported values: "In", "NotIn"`],
    ],
  ]);
});

describe('resources', () => {
  const at = 'spec.containers[0].resources';
  const requests = (list: JsonObject): JsonObject => container({ resources: { requests: list } });
  table([
    [
      'a bare unknown name',
      requests({ pods: '1' }),
      [`${at}.requests[pods]: Invalid value: "pods": must be a standard resource for containers`],
    ],
    [
      'a domain that is no extended resource',
      container({ resources: { limits: { 'requests.example.com/x': '1' } } }),
      Array.from(
        { length: 2 },
        (_, index) =>
          `${at}.${['limits', 'requests'][index]}[requests.example.com/x]: Invalid value: "requests.example.com/x": doesn't follow extended resource name standard`,
      ),
    ],
    ['a name of kubernetes.io', requests({ 'attachable-volumes.kubernetes.io/x': '1' }), []],
    [
      'negative',
      requests({ memory: '-1' }),
      [`${at}.requests[memory]: Invalid value: "-1": must be greater than or equal to 0`],
    ],
    [
      'a container beyond the limit of its pod',
      { ...container({ resources: { limits: { cpu: '2' } } }), resources: { limits: { cpu: '1' } } },
      [
        'spec.resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
        'spec.resources.containers[0][cpu].limits: Invalid value: "2": must be less than or equal to pod limits of 1',
      ],
    ],
    [
      'pod-level on Windows',
      { os: { name: 'windows' }, resources: { requests: { cpu: '1' } } },
      ['spec.resources: Forbidden: may not be set for a windows pod'],
    ],
    [
      'claims at pod level and unknown ones',
      { ...container({ resources: { claims: [{ name: 'gpu' }] } }), resources: { claims: [{ name: 'gpu' }] } },
      [
        `${at}.claims[0]: Not found: "gpu": must be one of the names in pod.spec.resourceClaims which is empty`,
        'spec.resources.claims: Forbidden: claims may not be set for Resources at pod-level',
        'spec.resources.claims[0]: Not found: "gpu": must be one of the names in pod.spec.resourceClaims which is empty',
      ],
    ],
  ]);

  it('warns of fractions of bytes', () => {
    const { errors, warnings } = faultsOf({
      ...container({ resources: { limits: { memory: '100m', cpu: '100m' } } }),
      overhead: { 'ephemeral-storage': '1.5' },
    });
    expect(errors).toEqual([]);
    const invalid = (field: string, value: string): string =>
      `${field}: fractional byte value "${value}" is invalid, must be an integer`;
    expect(warnings).toEqual([
      invalid(`${at}.requests[memory]`, '100m'),
      invalid(`${at}.limits[memory]`, '100m'),
      invalid('spec.overhead[ephemeral-storage]', '1500m'),
    ]);
  });
});

describe('volumes and mounts', () => {
  const mounts = (...volumeMounts: JsonObject[]): JsonObject => ({
    ...container({ volumeMounts }),
    volumes: [{ name: 'v' }],
  });
  const at = 'spec.containers[0].volumeMounts';
  table([
    [
      'a path out of the volume',
      mounts({ name: 'v', mountPath: '/v', subPath: 'a/../b' }),
      [`${at}.subPath: Invalid value: "a/../b": must not contain '..'`],
    ],
    [
      'an absolute path in a volume',
      mounts({ name: 'v', mountPath: '/v', subPathExpr: '/$(NAME)' }),
      [`${at}.subPathExpr: Invalid value: "/$(NAME)": must be a relative path`],
    ],
    [
      'propagation to the host without privilege',
      mounts({ name: 'v', mountPath: '/v', mountPropagation: 'Bidirectional' }),
      [`${at}.mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged containers`],
    ],
    ['a mount of no volume', mounts({ name: 'w', mountPath: '/w' }), [`${at}[0].name: Not found: "w"`]],
    [
      'a path twice',
      mounts({ name: 'v', mountPath: '/v' }, { name: 'v', mountPath: '/v' }),
      [`${at}[1].mountPath: Invalid value: "/v": must be unique`],
    ],
    ['a name twice', { volumes: [{ name: 'v' }, { name: 'v' }] }, ['spec.volumes[1].name: Duplicate value: "v"']],
    [
      'two sources',
      { volumes: [{ name: 'v', emptyDir: {}, secret: { secretName: 's' } }] },
      ['spec.volumes[0].secret: Forbidden: may not specify more than 1 volume type'],
    ],
    [
      'a claim without its name',
      { volumes: [{ name: 'v', persistentVolumeClaim: {} }] },
      ['spec.volumes[0].persistentVolumeClaim.claimName: Required value'],
    ],
    [
      'a block device of a directory',
      { ...container({ volumeDevices: [{ name: 'v', devicePath: '/d' }] }), volumes: [{ name: 'v' }] },
      [
        'spec.containers[0].volumeDevices[0].name: Invalid value: "v": can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode',
      ],
    ],
  ]);
});

describe('environment', () => {
  const env = (...variables: JsonObject[]): JsonObject => container({ env: variables });
  const at = 'spec.containers[0].env[0]';
  table([
    ['no name', env({ value: 'x' }), [`${at}.name: Required value`]],
    [
      'a name with =',
      env({ name: 'a=b' }),
      [
        `${at}.name: Invalid value: "a=b": a valid environment variable name must consist only of printable ASCII characters other than '='`,
      ],
    ],
    [
      'a value twice',
      env({ name: 'a', value: 'x', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }),
      [`${at}.valueFrom: Invalid value: "": may not be specified when \`value\` is not empty`],
    ],
  ]);
});

describe('scheduling', () => {
  const spread = { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' };
  const spreadAt = 'spec.topologySpreadConstraints[0]';
  const term = (requirement: JsonObject): JsonObject => ({
    affinity: {
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [requirement] } },
    },
  });
  const termAt = 'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0]';
  table([
    [
      'keys without a selector',
      { topologySpreadConstraints: [{ ...spread, matchLabelKeys: ['a'] }] },
      [`${spreadAt}.matchLabelKeys: Forbidden: must not be specified when labelSelector is not set`],
    ],
    [
      'a key that the selector has',
      {
        topologySpreadConstraints: [
          {
            ...spread,
            matchLabelKeys: ['b', 'a'],
            labelSelector: { matchLabels: { a: 'b' }, matchExpressions: [{ key: 'a', operator: 'Exists' }] },
          },
        ],
      },
      [`${spreadAt}[1]: Invalid value: "a": exists in both matchLabelKeys and labelSelector`],
    ],
    [
      'a policy that is none',
      { topologySpreadConstraints: [{ ...spread, nodeTaintsPolicy: 'x' }] },
      [`${spreadAt}.nodeTaintsPolicy: Unsupported value: "x": supported values: "Honor", "Ignore"`],
    ],
    [
      'an operator that is none',
      term({ matchExpressions: [{ key: 'a', operator: 'Is' }] }),
      [`${termAt}.matchExpressions[0].operator: Invalid value: "Is": not a valid selector operator`],
    ],
    [
      'values where none belong',
      term({ matchExpressions: [{ key: 'a', operator: 'Exists', values: ['x'] }] }),
      [
        `${termAt}.matchExpressions[0].values: Forbidden: may not be specified when \`operator\` is 'Exists' or 'DoesNotExist'`,
      ],
    ],
    [
      'a field that is none',
      term({ matchFields: [{ key: 'a', operator: 'In', values: ['x'] }] }),
      [`${termAt}.matchFields[0].key: Invalid value: "a": not a valid field selector key`],
    ],
    [
      'two values of a field',
      term({ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['x', 'y'] }] }),
      [
        `${termAt}.matchFields[0].values: Required value: must be only one value when \`operator\` is 'In' or 'NotIn' for node field selector`,
      ],
    ],
    [
      'a gated pod on a node',
      { nodeName: 'n', schedulingGates: [{ name: 'example.com/g' }] },
      ['spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared'],
    ],
    [
      'numeric tolerations',
      { tolerations: [{ key: 'a', operator: 'Gt', value: '1' }] },
      ['spec.tolerations[0].operator: Unsupported value: "Gt": supported values: "Equal", "Exists"'],
    ],
    [
      'a deadline of 0',
      { activeDeadlineSeconds: 0 },
      ['spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive'],
    ],
    [
      'a user namespace in the host network',
      { hostNetwork: true, hostUsers: false },
      ['spec.hostNetwork: Forbidden: when `hostUsers` is false'],
    ],
    [
      'a resize policy of a pod that never restarts',
      {
        restartPolicy: 'Never',
        ...container({ resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }] }),
      },
      [
        "spec.containers[0].resizePolicy: Invalid value: \"RestartContainer\": must be 'NotRequired' when pod `restartPolicy` is 'Never'",
      ],
    ],
  ]);
});

describe('pod templates', () => {
  it.each<Row>([
    ['white space in an image', { containers: [{ ...good, image: 'nginx ' }] }, []],
    [
      'the host network without host ports',
      { hostNetwork: true, ...container({ ports: [{ containerPort: 80 }] }) },
      [],
    ],
    [
      'ephemeral containers',
      { ephemeralContainers: [{ name: 'e', image: 'x' }] },
      ['spec.ephemeralContainers: Forbidden: ephemeral containers not allowed in pod template'],
    ],
    ['no container', { containers: [] }, ['spec.containers: Required value']],
  ])('%s', (_, spec, expected) => {
    const faults = new Faults();
    validatePodTemplate(defaultPodTemplate(readPod({ spec: { containers: [good], ...spec } }, faults)), faults);
    expect(faults.errors.map(({ message }) => message)).toEqual(expected);
  });
});
