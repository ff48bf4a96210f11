import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../types.js';
import type { ChangeEffect } from './change-effect.js';
import { lifecycleOfChange } from './lifecycle.js';

const effect = (from: JsonObject, to: JsonObject): ChangeEffect => {
  const result = lifecycleOfChange(from, to);
  if (!('answer' in result)) throw new Error(JSON.stringify(result));
  return result.answer;
};

describe('a changed pod', () => {
  const base: JsonObject = {
    initContainers: [
      { name: 'migrate', image: 'm:1' },
      { name: 'proxy', image: 'p:1', restartPolicy: 'Always' },
    ],
    containers: [{ name: 'app', image: 'a:1', resources: { requests: { cpu: '1' } } }],
  };
  const app = (fields: JsonObject): JsonObject => ({
    containers: [{ name: 'app', image: 'a:1', resources: { requests: { cpu: '1' } }, ...fields }],
  });
  const init = (migrate: JsonObject, proxy: JsonObject): JsonObject => ({
    initContainers: [
      { name: 'migrate', image: 'm:1', ...migrate },
      { name: 'proxy', image: 'p:1', restartPolicy: 'Always', ...proxy },
    ],
  });
  const pod = (spec: JsonObject, metadata: JsonObject = {}): JsonObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', ...metadata },
    spec: { ...base, ...spec },
  });
  const restartOnCpu = { resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }] };

  const rows: [
    name: string,
    from: JsonObject,
    to: JsonObject,
    restarts: string,
    containers: string[],
    allowed: boolean,
  ][] = [
    ['in nothing', pod({}), pod({}), 'none', [], true],
    ['in labels', pod({}), pod({}, { labels: { a: 'b' } }), 'none', [], true],
    ['in the image of an app container', pod({}), pod(app({ image: 'a:2' })), 'containers', ['app'], true],
    ['in the image of an init container', pod({}), pod(init({ image: 'm:2' }, {})), 'none', [], true],
    ['in the image of a sidecar', pod({}), pod(init({}, { image: 'p:2' })), 'containers', ['proxy'], true],
    ['in a request', pod({}), pod(app({ resources: { requests: { cpu: '2' } } })), 'none', [], true],
    ['in how a request is written', pod({}), pod(app({ resources: { requests: { cpu: '1000m' } } })), 'none', [], true],
    [
      'in a request with a restart policy',
      pod(app(restartOnCpu)),
      pod(app({ ...restartOnCpu, resources: { requests: { cpu: '2' } } })),
      'containers',
      ['app'],
      true,
    ],
    [
      'in a request that is no cpu or memory',
      pod({}),
      pod(app({ resources: { requests: { cpu: '1', 'example.com/x': '1' } } })),
      'pods',
      [],
      false,
    ],
    [
      'in a limit that makes it another QoS class',
      pod({}),
      pod({
        initContainers: [],
        containers: [{ name: 'app', image: 'a:1', resources: { limits: { cpu: '1', memory: '1Gi' } } }],
      }),
      'pods',
      [],
      false,
    ],
    [
      'in a limit taken away',
      pod(app({ resources: { requests: { cpu: '1' }, limits: { cpu: '2' } } })),
      pod(app({ resources: { requests: { cpu: '1' } } })),
      'pods',
      [],
      false,
    ],
    [
      'in the resources of the pod',
      pod({ resources: { requests: { cpu: '2' } } }),
      pod({ resources: { requests: { cpu: '3' } } }),
      'none',
      [],
      true,
    ],
    [
      'in what is so by default',
      pod({}),
      pod({ restartPolicy: 'Always', dnsPolicy: 'ClusterFirst' }),
      'none',
      [],
      true,
    ],
    ['in an init container made a sidecar', pod({}), pod(init({ restartPolicy: 'Always' }, {})), 'pods', [], false],
    ['in an ephemeral container', pod({}), pod({ ephemeralContainers: [{ name: 'd', image: 'd' }] }), 'none', [], true],
    ['in a gate less', pod({ schedulingGates: [{ name: 'a' }] }), pod({}), 'none', [], true],
    ['in a gate more', pod({}), pod({ schedulingGates: [{ name: 'a' }] }), 'pods', [], false],
    ['in a toleration more', pod({}), pod({ tolerations: [{ operator: 'Exists' }] }), 'none', [], true],
    ['in a lower deadline', pod({ activeDeadlineSeconds: 9 }), pod({ activeDeadlineSeconds: 5 }), 'none', [], true],
    ['in a higher deadline', pod({ activeDeadlineSeconds: 5 }), pod({ activeDeadlineSeconds: 9 }), 'pods', [], false],
    [
      'in the environment',
      pod(app({ env: [{ name: 'A', value: '1' }] })),
      pod(app({ env: [{ name: 'A', value: '2' }] })),
      'pods',
      [],
      false,
    ],
    [
      'in a container more',
      pod({}),
      pod({ containers: [...(base['containers'] as JsonObject[]), { name: 'b', image: 'b' }] }),
      'pods',
      [],
      false,
    ],
  ];
  const withoutPlainInit = new Set([
    'in a limit that makes it another QoS class',
    'in an init container made a sidecar',
  ]);
  it.each(rows)('%s', (name, from, to, restarts, containers, allowed) => {
    const runs = restarts === 'pods' && !withoutPlainInit.has(name);
    expect(effect(from, to)).toMatchObject({ restarts, containers, allowed, initContainersRun: runs });
  });

  it('is refused in the words of the API server', () => {
    const { errors } = effect(pod({ activeDeadlineSeconds: 5 }), pod({ activeDeadlineSeconds: 9 }));
    expect(errors).toEqual([
      'spec.activeDeadlineSeconds: Invalid value: 9: must be less than or equal to previous value',
    ]);
  });

  it('is no resize to another QoS class, nor one that takes a limit away', () => {
    const guaranteed = { limits: { cpu: '1', memory: '1Gi' } };
    const only = (resources: JsonObject): JsonObject =>
      pod({ initContainers: [], containers: [{ name: 'app', image: 'a:1', resources }] });
    const { errors, changes } = effect(only(guaranteed), only({ ...guaranteed, requests: { cpu: '500m' } }));
    expect(errors.at(-1)).toBe(
      'spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing',
    );
    expect(changes.map(({ sentence }) => sentence)).toContain('Pod QOS Class may not change as a result of resizing');
    expect(effect(only(guaranteed), only({ limits: { memory: '1Gi' } })).errors.slice(-3)).toEqual([
      'spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing',
      'spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed',
      'spec.containers[0].resources.limits: Forbidden: resource limits cannot be removed',
    ]);
  });
});

describe('a changed workload', () => {
  const workload = (kind: string, spec: JsonObject, image = 'a:1'): JsonObject => ({
    apiVersion: kind.endsWith('Job') ? 'batch/v1' : 'apps/v1',
    kind,
    metadata: { name: 'web' },
    spec: {
      ...spec,
      ...(kind === 'CronJob'
        ? { jobTemplate: { spec: { template: { spec: { containers: [{ name: 'app', image }] } } } } }
        : {
            template: { spec: { initContainers: [{ name: 'i', image: 'i' }], containers: [{ name: 'app', image }] } },
          }),
    },
  });
  const rows: [
    name: string,
    kind: string,
    from: JsonObject,
    to: JsonObject,
    image: string,
    restarts: string,
    effects: string[],
    allowed: boolean,
  ][] = [
    ['scaled', 'Deployment', { replicas: 1 }, { replicas: 2 }, 'a:1', 'none', ['none'], true],
    ['rolled out', 'Deployment', {}, {}, 'a:2', 'pods', ['pods'], true],
    ['paused', 'Deployment', { paused: true }, { paused: true }, 'a:2', 'none', ['newPods'], true],
    ['rolled out at zero', 'Deployment', {}, { replicas: 0 }, 'a:2', 'none', ['none', 'newPods'], true],
    ['in order at zero', 'StatefulSet', { replicas: 0 }, { replicas: 0 }, 'a:2', 'none', ['newPods'], true],
    [
      'with another selector',
      'Deployment',
      { selector: { matchLabels: { a: 'b' } } },
      { selector: { matchLabels: { a: 'c' } } },
      'a:1',
      'none',
      ['refused'],
      false,
    ],
    ['without a rollout', 'ReplicaSet', {}, {}, 'a:2', 'none', ['newPods'], true],
    ['rolled out in order', 'StatefulSet', {}, {}, 'a:2', 'pods', ['pods'], true],
    [
      'with OnDelete',
      'StatefulSet',
      {},
      { updateStrategy: { type: 'OnDelete' } },
      'a:2',
      'none',
      ['none', 'newPods'],
      true,
    ],
    [
      'with another serviceName',
      'StatefulSet',
      { serviceName: 'a' },
      { serviceName: 'b' },
      'a:1',
      'none',
      ['refused'],
      false,
    ],
    ['node by node', 'DaemonSet', {}, {}, 'a:2', 'pods', ['pods'], true],
    [
      'above its partition',
      'StatefulSet',
      { replicas: 3, updateStrategy: { rollingUpdate: { partition: 3 } } },
      { replicas: 3, updateStrategy: { rollingUpdate: { partition: 3 } } },
      'a:2',
      'none',
      ['newPods'],
      true,
    ],
    ['while it is suspended', 'Job', { suspend: true }, { suspend: true }, 'a:2', 'none', ['refused'], false],
    ['with one replica, which it had', 'Deployment', {}, { replicas: 1 }, 'a:1', 'none', [], true],
    ['that cannot change', 'Job', {}, {}, 'a:2', 'none', ['refused'], false],
    ['with other parallelism', 'Job', { parallelism: 1 }, { parallelism: 2 }, 'a:1', 'none', ['none'], true],
    ['in its next run', 'CronJob', {}, {}, 'a:2', 'none', ['newPods'], true],
  ];
  it.each(rows)('%s: %s', (_, kind, from, to, image, restarts, effects, allowed) => {
    const answer = effect(workload(kind, from), workload(kind, to, image));
    expect(answer).toMatchObject({ restarts, allowed, initContainersRun: restarts === 'pods' });
    expect(answer.changes.map((change) => change.effect).sort()).toEqual([...effects].sort());
  });

  it('is refused in the words of the API server', () => {
    expect(effect(workload('Job', {}), workload('Job', {}, 'a:2')).errors[0]).toMatch(
      /^spec\.template: Invalid value: \{.*\}: field is immutable$/,
    );
    expect(
      effect(workload('StatefulSet', { serviceName: 'a' }), workload('StatefulSet', { serviceName: 'b' })).errors,
    ).toEqual([
      "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ]);
  });

  it('must stay of one kind', () => {
    expect(lifecycleOfChange(workload('Job', {}), workload('DaemonSet', {}))).toMatchObject({
      errors: [{ field: 'to.kind' }],
    });
    expect(lifecycleOfChange(7, workload('DaemonSet', {}))).toMatchObject({
      errors: [{ type: 'FieldValueTypeInvalid' }],
    });
  });
});
