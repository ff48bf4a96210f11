import { describe, expect, it } from 'vitest';
import { sentencesOfPod } from '../../../test/build/pod-sentences.js';
import type { JsonObject } from '../types.js';

type Row = [name: string, container: JsonObject, expected: string[], spec?: JsonObject];

/** Rows of one container; the expected sentences begin below `spec.containers[0]`. */
function table(rows: Row[]): void {
  it.each(rows)('%s', (_, container, expected, spec = {}) => {
    const said = sentencesOfPod({ ...spec, containers: [{ name: 'a', image: 'nginx', ...container }] });
    expect(said).toEqual(expected.map((sentence) => `spec.containers[0]${sentence}`));
  });
}

describe('variables', () => {
  const from = (valueFrom: JsonObject): JsonObject => ({ env: [{ name: 'A', valueFrom }] });
  const at = '.env[0].valueFrom';
  table([
    [
      'of no source',
      from({}),
      [
        `${at}: Invalid value: "": must specify one of: \`fieldRef\`, \`resourceFieldRef\`, \`configMapKeyRef\`, \`secretKeyRef\` or \`fileKeyRef\``,
      ],
    ],
    [
      'of two sources',
      from({ fieldRef: { fieldPath: 'metadata.name' }, secretKeyRef: { name: 's', key: 'k' } }),
      [`${at}: Invalid value: "": may not have more than one field specified at a time`],
    ],
    ['of a field without a path', from({ fieldRef: {} }), [`${at}.fieldRef.fieldPath: Required value`]],
    [
      'of an unknown field',
      from({ fieldRef: { fieldPath: 'spec.x' } }),
      [
        `${at}.fieldRef.fieldPath: Invalid value: "spec.x": error converting fieldPath: field label not supported: spec.x`,
      ],
    ],
    [
      'of a field that variables cannot have',
      from({ fieldRef: { fieldPath: 'metadata.labels' } }),
      [
        `${at}.fieldRef.fieldPath: Unsupported value: "metadata.labels": supported values: "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"`,
      ],
    ],
    ['of one label', from({ fieldRef: { fieldPath: "metadata.labels['app']" } }), []],
    [
      'of an amount that is none',
      from({ resourceFieldRef: { resource: 'limits.gpu' } }),
      [
        `${at}.resourceFieldRef.resource: Unsupported value: "limits.gpu": supported values: "limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory"`,
      ],
    ],
    [
      'of a thousandth of a thousandth',
      from({ resourceFieldRef: { resource: 'limits.cpu', divisor: '2m' } }),
      [
        `${at}.resourceFieldRef.divisor: Invalid value: "limits.cpu": only divisor's values 1m and 1 are supported with the cpu resource`,
      ],
    ],
    [
      'of a key that is none',
      from({ configMapKeyRef: { name: 'c', key: 'a b' } }),
      [
        `${at}.configMapKeyRef.key: Invalid value: "a b": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')`,
      ],
    ],
    [
      'of a file of no volume',
      from({ fileKeyRef: { volumeName: 'v', path: 'p', key: 'K' } }),
      [`${at}.fileKeyRef.volumeName: Not found: "v"`],
    ],
    [
      'of lists',
      { envFrom: [{}, { configMapRef: {} }, { prefix: '=', secretRef: { name: 's' } }] },
      [
        '.envFrom: Invalid value: "": must specify one of: `configMapRef` or `secretRef`',
        '.envFrom[1].configMapRef.name: Required value',
        `.envFrom[2].prefix: Invalid value: "=": a valid environment variable name must consist only of printable ASCII characters other than '='`,
      ],
    ],
  ]);
});

describe('security context', () => {
  const context = (securityContext: JsonObject): JsonObject => ({ securityContext });
  const at = '.securityContext';
  table([
    [
      'root is no name',
      context({ runAsUser: -1, runAsGroup: 2 ** 32 }),
      [
        `${at}.runAsUser: Invalid value: -1: must be between 0 and 4294967295, inclusive`,
        `${at}.runAsGroup: Invalid value: 4294967296: must be between 0 and 4294967295, inclusive`,
      ],
    ],
    [
      'procMount',
      context({ procMount: 'x' }),
      [`${at}.procMount: Unsupported value: "x": supported values: "Default", "Unmasked"`],
    ],
    [
      "procMount in the host's users",
      context({ procMount: 'Unmasked' }),
      [`${at}.procMount: Invalid value: "Unmasked": \`hostUsers\` must be false to use \`Unmasked\``],
    ],
    [
      'seccomp without type',
      context({ seccompProfile: {} }),
      [`${at}.seccompProfile.type: Required value: type is required when seccompProfile is set`],
    ],
    [
      'seccomp of a file without file',
      context({ seccompProfile: { type: 'Localhost' } }),
      [`${at}.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost`],
    ],
    [
      'seccomp of a file that is none',
      context({ seccompProfile: { type: 'Unconfined', localhostProfile: 'f' } }),
      [
        `${at}.seccompProfile.localhostProfile: Invalid value: {"Type":"Unconfined","LocalhostProfile":"f"}: can only be set when seccomp type is Localhost`,
      ],
    ],
    [
      'AppArmor',
      context({ appArmorProfile: { type: 'x' } }),
      [
        `${at}.appArmorProfile.type: Unsupported value: "x": supported values: "Localhost", "RuntimeDefault", "Unconfined"`,
      ],
    ],
    [
      'privileged without more privileges',
      context({ privileged: true, allowPrivilegeEscalation: false }),
      [
        `${at}: Invalid value: {"Capabilities":null,"Privileged":true,"SELinuxOptions":null,"WindowsOptions":null,"RunAsUser":null,"RunAsGroup":null,"RunAsNonRoot":null,"ReadOnlyRootFilesystem":null,"AllowPrivilegeEscalation":false,"ProcMount":null,"SeccompProfile":null,"AppArmorProfile":null}: cannot set \`allowPrivilegeEscalation\` to false and \`privileged\` to true`,
      ],
    ],
    [
      'a Windows user',
      context({ windowsOptions: { runAsUserName: 'a\\b\\c' } }),
      [
        `${at}.windowsOptions.runAsUserName: Invalid value: "a\\\\b\\\\c": runAsUserName cannot contain more than one backslash`,
      ],
    ],
  ]);
});

describe('restarts', () => {
  const rules = (restartPolicyRules: JsonObject[], restartPolicy: string | null = 'Never'): JsonObject => ({
    restartPolicy,
    restartPolicyRules,
  });
  table([
    [
      'a policy that is none',
      { restartPolicy: 'x' },
      ['.restartPolicy: Unsupported value: "x": supported values: "Always", "Never", "OnFailure"'],
    ],
    [
      'a rule without policy',
      rules([{ action: 'Restart', exitCodes: { operator: 'In', values: [1] } }], null),
      ['.restartPolicy: Required value: must specify restartPolicy when restart rules are used'],
    ],
    [
      'a rule of nothing',
      rules([{}]),
      [
        '.restartPolicyRules[0].action: Unsupported value: "": supported values: "Restart", "RestartAllContainers"',
        '.restartPolicyRules[0].exitCodes: Required value: must be specified',
      ],
    ],
    [
      'an operator that is none',
      rules([{ action: 'Restart', exitCodes: { operator: 'Is', values: [1] } }]),
      ['.restartPolicyRules[0].exitCodes.operator: Unsupported value: "Is": supported values: "In", "NotIn"'],
    ],
    [
      '21 rules',
      rules(Array.from({ length: 21 }, () => ({ action: 'Restart', exitCodes: { operator: 'In', values: [1] } }))),
      ['.restartPolicyRules: Too many: 21: must have at most 20 items'],
    ],
    [
      'a resize of a disk',
      { resizePolicy: [{ resourceName: 'disk', restartPolicy: 'Never' }] },
      [
        '.resizePolicy: Unsupported value: "disk": supported values: "cpu", "memory"',
        '.resizePolicy: Unsupported value: "Never": supported values: "NotRequired", "RestartContainer"',
      ],
    ],
  ]);
});

describe('handlers', () => {
  table([
    ['of nothing', { livenessProbe: {} }, ['.livenessProbe: Required value: must specify a handler type']],
    [
      'of two things',
      { readinessProbe: { tcpSocket: { port: 1 }, exec: { command: ['x'] } } },
      ['.readinessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type'],
    ],
    [
      'of an empty command',
      { lifecycle: { preStop: { exec: {} } } },
      ['.lifecycle.preStop.exec.command: Required value'],
    ],
    [
      'of a request',
      { livenessProbe: { httpGet: { port: 0, scheme: 'FTP', httpHeaders: [{ name: 'a b' }] } } },
      [
        '.livenessProbe.httpGet.port: Invalid value: 0: must be between 1 and 65535, inclusive',
        '.livenessProbe.httpGet.scheme: Unsupported value: "FTP": supported values: "HTTP", "HTTPS"',
        ".livenessProbe.httpGet.httpHeaders: Invalid value: \"a b\": a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')",
      ],
    ],
    [
      'a sleep longer than the grace',
      { lifecycle: { preStop: { sleep: { seconds: 31 } } } },
      [
        '.lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and less than terminationGracePeriodSeconds (30)',
      ],
    ],
  ]);
});

describe('the rest', () => {
  const known = 'must be one of the names in pod.spec.resourceClaims';
  const resourceClaims = [{ name: 'gpu', resourceClaimName: 'g' }];
  const claims = (...list: JsonObject[]): JsonObject => ({ resources: { claims: list } });
  table([
    [
      'an image in blanks',
      { image: ' nginx' },
      ['.image: Invalid value: " nginx": must not have leading or trailing whitespace'],
    ],
    [
      'imagePullPolicy',
      { imagePullPolicy: 'Often' },
      ['.imagePullPolicy: Unsupported value: "Often": supported values: "Always", "IfNotPresent", "Never"'],
    ],
    [
      'terminationMessagePolicy',
      { terminationMessagePolicy: 'x' },
      ['.terminationMessagePolicy: Unsupported value: "x": supported values: "File", "FallbackToLogsOnError"'],
    ],
    ['a claim of the pod', claims({ name: 'gpu' }), [], { resourceClaims }],
    [
      'a claim of none',
      claims({ name: 'x' }),
      [`.resources.claims[0]: Not found: "x": ${known}: gpu`],
      { resourceClaims },
    ],
    [
      'a claim twice',
      claims({ name: 'gpu' }, { name: 'gpu', request: 'r' }),
      ['.resources.claims[1]: Duplicate value: "gpu"'],
      { resourceClaims },
    ],
    [
      'a request twice',
      claims({ name: 'gpu', request: 'r' }, { name: 'gpu', request: 'r' }),
      ['.resources.claims[1]: Duplicate value: "gpu/r"'],
      { resourceClaims },
    ],
  ]);
});
