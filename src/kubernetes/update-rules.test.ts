import { describe, expect, it } from 'vitest';
import type { JsonObject } from './types.js';
import { podUpdateFaults } from './update-rules.js';

const pod = (spec: JsonObject): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p' },
  spec: { containers: [{ name: 'c', image: 'nginx:1' }], ...spec },
});
const container = (fields: JsonObject): JsonObject => ({ containers: [{ name: 'c', image: 'nginx:1', ...fields }] });
const notUpdatable =
  'spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';
const gate = { schedulingGates: [{ name: 'a' }] };
const gpu = { key: 'gpu', operator: 'Exists' };
const terms = (...nodeSelectorTerms: JsonObject[]): JsonObject => ({
  ...gate,
  affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
});
const zone = { key: 'zone', operator: 'In', values: ['a'] };
const disk = { key: 'disk', operator: 'Exists' };
const termsField = 'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms';

describe('podUpdateFaults', () => {
  const rows: [name: string, from: JsonObject, to: JsonObject, sentences: string[]][] = [
    ['nothing', {}, {}, []],
    ['an image', {}, container({ image: 'nginx:2' }), []],
    [
      'an image of an init container',
      { initContainers: [{ name: 'i', image: 'a' }] },
      { initContainers: [{ name: 'i', image: 'b' }] },
      [],
    ],
    [
      'an init container made a sidecar',
      { initContainers: [{ name: 'i', image: 'a' }] },
      { initContainers: [{ name: 'i', image: 'a', restartPolicy: 'Always' }] },
      [notUpdatable],
    ],
    ['an image taken away', {}, container({ image: '' }), ['spec.containers[0].image: Required value']],
    [
      'a container more',
      {},
      { initContainers: [{ name: 'i', image: 'a' }] },
      ['spec.initContainers: Forbidden: pod updates may not add or remove containers'],
    ],
    ['a deadline set', {}, { activeDeadlineSeconds: 60 }, []],
    ['a deadline lowered', { activeDeadlineSeconds: 60 }, { activeDeadlineSeconds: 30 }, []],
    [
      'a deadline raised',
      { activeDeadlineSeconds: 60 },
      { activeDeadlineSeconds: 90 },
      ['spec.activeDeadlineSeconds: Invalid value: 90: must be less than or equal to previous value'],
    ],
    [
      'a deadline taken away',
      { activeDeadlineSeconds: 60 },
      {},
      ['spec.activeDeadlineSeconds: Invalid value: null: must not update from a positive integer to nil value'],
    ],
    ['a toleration more', { tolerations: [gpu] }, { tolerations: [gpu, { key: 'x', operator: 'Exists' }] }, []],
    [
      'other tolerationSeconds',
      { tolerations: [{ ...gpu, effect: 'NoExecute', tolerationSeconds: 3 }] },
      { tolerations: [{ ...gpu, effect: 'NoExecute', tolerationSeconds: 9 }] },
      [],
    ],
    [
      'a toleration changed',
      { tolerations: [gpu] },
      { tolerations: [{ ...gpu, key: 'x' }] },
      ['spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds'],
    ],
    ['a gate taken away', gate, {}, []],
    [
      'a gate more',
      {},
      gate,
      ["spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling gate 'a'"],
    ],
    [
      'grace period of a pod that had a negative one',
      { terminationGracePeriodSeconds: -1 },
      { terminationGracePeriodSeconds: 1 },
      [],
    ],
    ['grace period', {}, { terminationGracePeriodSeconds: 5 }, [notUpdatable]],
    [
      'a request',
      container({ resources: { requests: { cpu: '1' } } }),
      container({ resources: { requests: { cpu: '2' } } }),
      [notUpdatable],
    ],
    [
      'the same amount written otherwise',
      container({ resources: { requests: { cpu: '1' } } }),
      container({ resources: { requests: { cpu: '1000m' } } }),
      [],
    ],
    [
      'a default written out',
      {},
      {
        restartPolicy: 'Always',
        terminationGracePeriodSeconds: 30,
        ...container({ terminationMessagePath: '/dev/termination-log' }),
      },
      [],
    ],
    [
      'what the cluster has added left out',
      { volumes: [{ name: 'kube-api-access', projected: {} }], nodeName: 'n', tolerations: [gpu] },
      {},
      [],
    ],
    ['a node for a pod without one', {}, { nodeName: 'n' }, []],
    ['another node', { nodeName: 'm' }, { nodeName: 'n' }, [notUpdatable]],
    [
      'an env value, which is not stored',
      container({ env: [{ name: 'A' }] }),
      container({ env: [{ name: 'A', value: 'x' }] }),
      [],
    ],
    ['a node selector', {}, { nodeSelector: { a: 'b' } }, [notUpdatable]],
    [
      'a node selector narrowed while gated',
      { ...gate, nodeSelector: { a: 'b' } },
      { ...gate, nodeSelector: { a: 'b', c: 'd' } },
      [],
    ],
    [
      'a node selector changed while gated',
      { ...gate, nodeSelector: { a: 'b' } },
      { ...gate, nodeSelector: { a: 'c' } },
      [
        'spec.nodeSelector: Invalid value: {"a":"c"}: only additions to spec.nodeSelector are allowed (no mutations or deletions)',
      ],
    ],
    [
      'node affinity narrowed while gated',
      terms({ matchExpressions: [zone] }),
      terms({ matchExpressions: [zone, disk] }),
      [],
    ],
    [
      'node affinity widened while gated',
      terms({ matchExpressions: [zone] }),
      terms({ matchExpressions: [zone] }, { matchExpressions: [disk] }),
      [
        `${termsField}: Invalid value: [{"MatchExpressions":[{"Key":"zone","Operator":"In","Values":["a"]}],"MatchFields":null},{"MatchExpressions":[{"Key":"disk","Operator":"Exists","Values":null}],"MatchFields":null}]: no additions/deletions to non-empty NodeSelectorTerms list are allowed`,
      ],
    ],
    [
      'node affinity changed while gated',
      terms({ matchExpressions: [zone] }),
      terms({ matchExpressions: [disk] }),
      [
        `${termsField}[0]: Invalid value: {"MatchExpressions":[{"Key":"disk","Operator":"Exists","Values":null}],"MatchFields":null}: only additions are allowed (no mutations or deletions)`,
      ],
    ],
  ];
  it.each(rows)('%s', (_, from, to, sentences) => {
    expect(podUpdateFaults(pod(from), pod(to)).map(({ message }) => message)).toEqual(sentences);
  });

  it.each([[{}], [{ spec: 1 }], [{ spec: { containers: {}, tolerations: 'x', schedulingGates: [1], affinity: [] } }]])(
    'takes any JSON: %j',
    (manifest) => {
      expect(Array.isArray(podUpdateFaults(manifest as JsonObject, pod(gate)))).toBe(true);
      expect(Array.isArray(podUpdateFaults(pod(gate), manifest as JsonObject))).toBe(true);
    },
  );
});
