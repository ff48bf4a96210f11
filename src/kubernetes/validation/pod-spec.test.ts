import { describe, expect, it } from 'vitest';
import { sentencesOfPod } from '../../../test/build/pod-sentences.js';
import type { JsonObject } from '../types.js';

type Row = [name: string, spec: JsonObject, expected: string[]];

function table(rows: Row[]): void {
  it.each(rows)('%s', (_, spec, expected) => expect(sentencesOfPod(spec)).toEqual(expected));
}

describe('names and addresses', () => {
  const at = 'spec.dnsConfig';
  const notAnIp = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
  table([
    [
      'a policy that is none',
      { dnsPolicy: 'x' },
      [
        'spec.dnsPolicy: Unsupported value: "x": supported values: "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"',
      ],
    ],
    [
      'no configuration',
      { dnsPolicy: 'None' },
      ['spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None'],
    ],
    [
      'no nameserver',
      { dnsPolicy: 'None', dnsConfig: {} },
      [`${at}.nameservers: Required value: must provide at least one DNS nameserver when \`dnsPolicy\` is None`],
    ],
    [
      'a nameserver by name',
      { dnsConfig: { nameservers: ['ns'] } },
      [`${at}.nameservers[0]: Invalid value: "ns": ${notAnIp}`],
    ],
    [
      'four nameservers',
      { dnsConfig: { nameservers: ['1.1.1.1', '1.1.1.2', '1.1.1.3', '1.1.1.4'] } },
      [
        `${at}.nameservers: Invalid value: ["1.1.1.1","1.1.1.2","1.1.1.3","1.1.1.4"]: must not have more than 3 nameservers`,
      ],
    ],
    [
      'options without name',
      { dnsConfig: { options: [{}], searches: ['.', 'a_b.c.'] } },
      [`${at}.options[0]: Required value: must not be empty`],
    ],
    [
      'an alias of no address',
      { hostAliases: [{ ip: '1.2.3', hostnames: ['a'] }] },
      [`spec.hostAliases[0].ip: Invalid value: "1.2.3": ${notAnIp}`],
    ],
    ['a host name with dots', { hostname: 'a.b' }, ['spec.hostname: Invalid value: "a.b": must not contain dots']],
    [
      'a host name over all others',
      { hostnameOverride: 'a', hostNetwork: true, setHostnameAsFQDN: true },
      [
        'spec.hostnameOverride: Forbidden: may not be specified when setHostnameAsFQDN is true',
        'spec.hostnameOverride: Forbidden: may not be specified when hostNetwork is true',
      ],
    ],
  ]);
});

describe('security context', () => {
  const context = (securityContext: JsonObject, spec: JsonObject = {}): JsonObject => ({ ...spec, securityContext });
  const at = 'spec.securityContext';
  const range = 'must be between 0 and 4294967295, inclusive';
  table([
    [
      'users and groups',
      context({ fsGroup: -1, supplementalGroups: [1, -1] }),
      [`${at}.fsGroup: Invalid value: -1: ${range}`, `${at}.supplementalGroups[1]: Invalid value: -1: ${range}`],
    ],
    [
      'fsGroupChangePolicy',
      context({ fsGroupChangePolicy: 'x' }),
      [`${at}.fsGroupChangePolicy: Unsupported value: "x": supported values: "Always", "OnRootMismatch"`],
    ],
    [
      'sysctls',
      context({ sysctls: [{ name: 'a' }, { name: 'a' }, { name: 'A' }, {}] }),
      [
        `${at}.sysctls[1].name: Duplicate value: "a"`,
        `${at}.sysctls[2].name: Invalid value: "A": must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$`,
        `${at}.sysctls[3].name: Required value`,
      ],
    ],
    [
      'sysctls of the host',
      context({ sysctls: [{ name: 'net.core.somaxconn', value: '1' }] }, { hostNetwork: true }),
      [`${at}.sysctls[0].name: Invalid value: "net.core.somaxconn": may not be specified when 'hostNetwork' is true`],
    ],
    [
      'processes of the host and of the pod',
      context({}, { hostPID: true, shareProcessNamespace: true }),
      [`${at}.shareProcessNamespace: Invalid value: true: ShareProcessNamespace and HostPID cannot both be enabled`],
    ],
    [
      'a process of a Windows host',
      context({ windowsOptions: { hostProcess: true } }),
      ['spec.hostNetwork: Invalid value: false: hostNetwork must be true if pod contains any hostProcess containers'],
    ],
  ]);
});

describe('operating system', () => {
  const os = (name: string, spec: JsonObject): JsonObject => ({ os: { name }, ...spec });
  table([
    ['without name', { os: {} }, ['spec.os.name: Required value']],
    ['that is none', os('plan9', {}), ['spec.os: Unsupported value: "plan9": supported values: "linux", "windows"']],
    [
      'Linux with options of Windows',
      os('linux', { securityContext: { windowsOptions: {} } }),
      ['spec.securityContext.windowsOptions: Forbidden: windows options cannot be set for a linux pod'],
    ],
    [
      'Windows with options of Linux',
      os('windows', { securityContext: { fsGroup: 1 }, hostUsers: true }),
      [
        'spec.hostUsers: Forbidden: cannot be set for a windows pod',
        'spec.securityContext.fsGroup: Forbidden: cannot be set for a windows pod',
      ],
    ],
    [
      'Windows with resources of the pod',
      os('windows', { resources: { requests: { cpu: '1' } } }),
      ['spec.resources: Forbidden: may not be set for a windows pod'],
    ],
  ]);
});

describe('claims', () => {
  const both = 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified';
  table([
    [
      'of two sources and of none',
      {
        resourceClaims: [{ name: 'a', resourceClaimName: 'b', resourceClaimTemplateName: 'c' }, { name: 'a' }],
      },
      [
        `spec.resourceClaims[0]: Invalid value: {"Name":"a","ResourceClaimName":"b","ResourceClaimTemplateName":"c"}: ${both}`,
        'spec.resourceClaims[1].name: Duplicate value: "a"',
        'spec.resourceClaims[1]: Invalid value: {"Name":"a","ResourceClaimName":null,"ResourceClaimTemplateName":null}: must specify one of: `resourceClaimName`, `resourceClaimTemplateName`',
      ],
    ],
  ]);
});

describe('gates, users, ephemeral containers', () => {
  table([
    [
      'no condition',
      { readinessGates: [{}] },
      [
        'spec.readinessGates[0].conditionType: Invalid value: "": name part must be non-empty',
        "spec.readinessGates[0].conditionType: Invalid value: \"\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      ],
    ],
    [
      'a gate twice',
      { schedulingGates: [{ name: 'a' }, { name: 'a' }] },
      ['spec.schedulingGates[1]: Duplicate value: "a"'],
    ],
    [
      "own users and the host's processes",
      { hostUsers: false, hostPID: true, hostIPC: true },
      ['spec.HostPID: Forbidden: when `hostUsers` is false', 'spec.HostIPC: Forbidden: when `hostUsers` is false'],
    ],
    [
      'ephemeral containers',
      { ephemeralContainers: [{ name: 'a', image: 'x', targetContainerName: 'b', ports: [{ containerPort: 1 }] }] },
      [
        'spec.ephemeralContainers[0].name: Duplicate value: "a"',
        'spec.ephemeralContainers[0].targetContainerName: Not found: "b"',
        'spec.ephemeralContainers[0].ports: Forbidden: cannot be set for an Ephemeral Container',
        'spec.ephemeralContainers: Forbidden: cannot be set on create',
      ],
    ],
  ]);
});

describe('annotations', () => {
  const seccomp = 'container.seccomp.security.alpha.kubernetes.io/a';
  const appArmor = 'container.apparmor.security.beta.kubernetes.io/x';
  it.each<[name: string, annotations: JsonObject, spec: JsonObject, expected: string[]]>([
    [
      'a mirror on no node',
      { 'kubernetes.io/config.mirror': 'x' },
      {},
      [
        'metadata.annotations[kubernetes.io/config.mirror]: Invalid value: "x": must set spec.nodeName if mirror pod annotation is set',
      ],
    ],
    [
      'a cost in words',
      { 'controller.kubernetes.io/pod-deletion-cost': 'much' },
      {},
      [
        'metadata.annotations[controller.kubernetes.io/pod-deletion-cost]: Invalid value: "much": must be a 32bit integer',
      ],
    ],
    [
      'a profile that is none',
      { [seccomp]: 'x' },
      {},
      [`metadata.annotations.${seccomp}: Invalid value: "x": must be a valid seccomp profile`],
    ],
    [
      'two profiles of one container',
      { [seccomp]: 'unconfined' },
      { containers: [{ name: 'a', image: 'x', securityContext: { seccompProfile: { type: 'RuntimeDefault' } } }] },
      [
        'spec.containers[0].securityContext.seccompProfile.type: Forbidden: seccomp type in annotation and field must match',
      ],
    ],
    [
      'a profile of no container',
      { [appArmor]: 'unconfined' },
      {},
      [`metadata.annotations[${appArmor}]: Invalid value: "x": container not found`],
    ],
  ])('%s', (_, annotations, spec, expected) => {
    expect(sentencesOfPod(spec, { name: 'p', annotations })).toEqual(expected);
  });
});

describe('label keys', () => {
  const spread = { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' };
  const at = 'spec.topologySpreadConstraints[0]';
  const both = 'exists in both matchLabelKeys and labelSelector';
  it.each<[name: string, labels: JsonObject, constraint: JsonObject, expected: string[]]>([
    [
      'without selector',
      {},
      { matchLabelKeys: ['a'] },
      [`${at}.matchLabelKeys: Forbidden: must not be specified when labelSelector is not set`],
    ],
    ['of no label of the pod', {}, { matchLabelKeys: ['a'], labelSelector: { matchLabels: { a: 'x' } } }, []],
    [
      'that the selector has',
      { a: 'x' },
      { matchLabelKeys: ['a'], labelSelector: { matchLabels: { a: 'x' } } },
      [`${at}[0]: Invalid value: "a": ${both}`],
    ],
    [
      'that are none',
      { a: 'x' },
      { matchLabelKeys: ['/'], labelSelector: {} },
      [`${at}.matchLabelKeys[0]: Invalid value: "/": prefix part must be non-empty`],
    ],
  ])('%s', (_, labels, constraint, expected) => {
    const topologySpreadConstraints = [{ ...spread, ...constraint }];
    const said = sentencesOfPod({ topologySpreadConstraints }, { name: 'p', labels });
    expect(said.slice(0, expected.length)).toEqual(expected);
    expect(said.length > 0).toBe(expected.length > 0);
  });
});
