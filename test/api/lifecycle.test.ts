/** `POST /v1/lifecycle` (API.md 4.9, SEMANTICS 12) as a client meets it. */
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp, type App } from '../../src/app.js';
import { readConfig } from '../../src/config/config.js';
import { fakeStore } from '../build/fake-store.js';

let app: App;
beforeAll(async () => {
  app = await createApp(readConfig({ LOG_LEVEL: 'silent' }), fakeStore());
  await app.nest.init();
  await app.nest.getHttpAdapter().getInstance().ready();
});
afterAll(() => app.close());

const ask = (path = '/v1/lifecycle') => supertest(app.nest.getHttpServer()).post(path);

const app1 = { name: 'app', image: 'a:1', resources: { requests: { cpu: '1', memory: '1Gi' } } };
const migrate = { name: 'migrate', image: 'm:1' };
const proxy = { name: 'proxy', image: 'p:1', restartPolicy: 'Always' };

/** A pod of an init container, a sidecar and an app container. */
const pod = (spec: object = {}, metadata: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', ...metadata },
  spec: { initContainers: [migrate, proxy], containers: [app1], ...spec },
});
const withApp = (fields: object, spec: object = {}): object => pod({ containers: [{ ...app1, ...fields }], ...spec });
const resized = (cpu: string, memory: string, fields: object = {}): object =>
  withApp({ resources: { requests: { cpu, memory } }, ...fields });
const resizePolicy = [
  { resourceName: 'cpu', restartPolicy: 'NotRequired' },
  { resourceName: 'memory', restartPolicy: 'RestartContainer' },
];

/** A valid apps/v1 workload. */
const workload = (kind: string, spec: object = {}, image = 'a:1'): object => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name: 'web' },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { initContainers: [migrate], containers: [{ ...app1, image }] },
    },
    ...spec,
  },
});
const run = (image: string): object => ({ spec: { restartPolicy: 'Never', containers: [{ name: 'app', image }] } });
const job = (spec: object = {}, image = 'a:1'): object => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'load' },
  spec: { template: run(image), ...spec },
});
const indexed = (completions: number, parallelism: number): object =>
  job({ completionMode: 'Indexed', completions, parallelism });
const cronJob = (image: string): object => ({
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name: 'nightly' },
  spec: { schedule: '@daily', jobTemplate: { spec: { template: run(image) } } },
});

type Restarts = 'pods' | 'containers' | 'none';
interface Row {
  readonly name: string;
  readonly from: object;
  readonly to: object;
  readonly restarts: Restarts;
  /** Those that restart in place. */
  readonly containers?: readonly string[];
  /** Default true. */
  readonly allowed?: false;
  /** The first of the API server's sentences. */
  readonly error?: string | RegExp;
  readonly summary: string | RegExp;
}

const replaced = 'the API server refuses this update of a pod: it takes deleting the pod and creating it again';
const notUpdatable = /^spec: Forbidden: pod updates may not change fields other than `spec\.containers\[\*\]\.image`/;
const refusedPod = { restarts: 'pods', allowed: false, summary: new RegExp(`^${replaced}`) } as const;

const podRows: Row[] = [
  { name: 'nothing', from: pod(), to: pod(), restarts: 'none', summary: 'nothing changes' },
  {
    name: 'the image of an init container',
    from: pod(),
    to: pod({ initContainers: [{ ...migrate, image: 'm:2' }, proxy] }),
    restarts: 'none',
    summary: 'nothing restarts',
  },
  {
    name: 'the image of a sidecar',
    from: pod(),
    to: pod({ initContainers: [migrate, { ...proxy, image: 'p:2' }] }),
    restarts: 'containers',
    containers: ['proxy'],
    summary: 'only proxy restarts, in place; the pod stays, and init containers do not run again',
  },
  {
    name: 'the image of an app container',
    from: pod(),
    to: withApp({ image: 'a:2' }),
    restarts: 'containers',
    containers: ['app'],
    summary: 'only app restarts, in place; the pod stays, and init containers do not run again',
  },
  {
    name: 'the environment',
    from: pod(),
    to: withApp({ env: [{ name: 'LEVEL', value: 'debug' }] }),
    ...refusedPod,
    error: notUpdatable,
  },
  {
    name: 'the environment, taken away',
    from: withApp({ env: [{ name: 'LEVEL', value: 'debug' }] }),
    to: pod(),
    ...refusedPod,
    error: notUpdatable,
  },
  {
    name: 'a container more',
    from: pod(),
    to: pod({ containers: [app1, { name: 'log', image: 'l' }] }),
    ...refusedPod,
    error: 'spec.containers: Forbidden: pod updates may not add or remove containers',
  },
  {
    name: 'an image, and what cannot be changed',
    from: pod(),
    to: withApp({ image: 'a:2' }, { restartPolicy: 'OnFailure' }),
    ...refusedPod,
    error: notUpdatable,
  },
  {
    name: 'a container less',
    from: pod({ containers: [app1, { name: 'log', image: 'l' }] }),
    to: pod(),
    ...refusedPod,
    error: 'spec.containers: Forbidden: pod updates may not add or remove containers',
  },
  {
    name: 'the order of init containers',
    from: pod(),
    to: pod({ initContainers: [proxy, migrate] }),
    ...refusedPod,
    error: notUpdatable,
  },
  {
    name: 'cpu, which is resized without a restart',
    from: resized('1', '1Gi', { resizePolicy }),
    to: resized('2', '1Gi', { resizePolicy }),
    restarts: 'none',
    summary: 'nothing restarts',
  },
  {
    name: 'memory, where resizePolicy asks for a restart',
    from: resized('1', '1Gi', { resizePolicy }),
    to: resized('1', '2Gi', { resizePolicy }),
    restarts: 'containers',
    containers: ['app'],
    summary: 'only app restarts, in place; the pod stays, and init containers do not run again',
  },
  {
    name: 'memory under restartPolicy Never, without a restart',
    from: withApp({}, { restartPolicy: 'Never' }),
    to: withApp({ resources: { requests: { cpu: '1', memory: '2Gi' } } }, { restartPolicy: 'Never' }),
    restarts: 'none',
    summary: 'nothing restarts',
  },
  {
    name: 'requests that make another QoS class',
    from: pod({ initContainers: [], containers: [{ ...app1, resources: { limits: { cpu: '1', memory: '1Gi' } } }] }),
    to: pod({
      initContainers: [],
      containers: [{ ...app1, resources: { requests: { cpu: '500m' }, limits: { cpu: '1', memory: '1Gi' } } }],
    }),
    ...refusedPod,
    error: notUpdatable,
  },
  {
    name: 'labels and annotations',
    from: pod(),
    to: pod({}, { labels: { tier: 'front' }, annotations: { note: 'x' } }),
    restarts: 'none',
    summary: 'nothing restarts',
  },
  {
    name: 'a toleration more',
    from: pod(),
    to: pod({ tolerations: [{ key: 'gpu', operator: 'Exists' }] }),
    restarts: 'none',
    summary: 'nothing restarts',
  },
  {
    name: 'a toleration less',
    from: pod({ tolerations: [{ key: 'gpu', operator: 'Exists' }] }),
    to: pod({ tolerations: [] }),
    ...refusedPod,
    error: 'spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds',
  },
  {
    name: 'gates removed',
    from: pod({ schedulingGates: [{ name: 'example.com/wait' }] }),
    to: pod(),
    restarts: 'none',
    summary: 'nothing restarts',
  },
  {
    name: 'a deadline set',
    from: pod(),
    to: pod({ activeDeadlineSeconds: 60 }),
    restarts: 'none',
    summary: 'nothing restarts',
  },
  {
    name: 'a deadline put off',
    from: pod({ activeDeadlineSeconds: 60 }),
    to: pod({ activeDeadlineSeconds: 90 }),
    ...refusedPod,
    error: 'spec.activeDeadlineSeconds: Invalid value: 90: must be less than or equal to previous value',
  },
  {
    name: 'an ephemeral container',
    from: pod(),
    to: pod({ ephemeralContainers: [{ name: 'debug', image: 'd', terminationMessagePolicy: 'File' }] }),
    restarts: 'none',
    summary: 'nothing restarts',
  },
];

const env = [
  { name: 'A', value: '1' },
  { name: 'B', value: '$(A)2' },
];
const withEnv = (list: readonly object[]): object => {
  const template = {
    metadata: { labels: { app: 'web' } },
    spec: { initContainers: [migrate], containers: [{ ...app1, env: list }] },
  };
  return workload('Deployment', { template });
};
const onDelete = { updateStrategy: { type: 'OnDelete' } };
const partition = (at: number): object => ({ replicas: 3, updateStrategy: { rollingUpdate: { partition: at } } });
const workloadRows: Row[] = [
  {
    name: 'the template of a Deployment, rolling',
    from: workload('Deployment'),
    to: workload('Deployment', {}, 'a:2'),
    restarts: 'pods',
    summary: /all pods are replaced step by step/,
  },
  {
    name: 'the template of a Deployment, Recreate',
    from: workload('Deployment', { strategy: { type: 'Recreate' } }),
    to: workload('Deployment', { strategy: { type: 'Recreate' } }, 'a:2'),
    restarts: 'pods',
    summary: /all old pods are ended first/,
  },
  {
    name: 'the order of the environment in a Deployment',
    from: withEnv(env),
    to: withEnv(env.toReversed()),
    restarts: 'pods',
    summary: /all pods are replaced step by step/,
  },
  {
    name: 'the replicas of a Deployment',
    from: workload('Deployment', { replicas: 2 }),
    to: workload('Deployment', { replicas: 5 }),
    restarts: 'none',
    summary: 'nothing restarts',
  },
  {
    name: 'the template of a StatefulSet, OnDelete',
    from: workload('StatefulSet', onDelete),
    to: workload('StatefulSet', onDelete, 'a:2'),
    restarts: 'none',
    summary: 'updateStrategy OnDelete: a pod gets the new template when somebody deletes it',
  },
  {
    name: 'the template of a StatefulSet from a partition on',
    from: workload('StatefulSet', partition(2)),
    to: workload('StatefulSet', partition(2), 'a:2'),
    restarts: 'pods',
    summary: /^pods with an ordinal of 2 or more are replaced/,
  },
  {
    name: 'the template of a StatefulSet below its partition',
    from: workload('StatefulSet', partition(3)),
    to: workload('StatefulSet', partition(3), 'a:2'),
    restarts: 'none',
    summary: /^no pod has an ordinal of 3/,
  },
  {
    name: 'the template of a DaemonSet, OnDelete',
    from: workload('DaemonSet', onDelete),
    to: workload('DaemonSet', onDelete, 'a:2'),
    restarts: 'none',
    summary: 'updateStrategy OnDelete: a pod gets the new template when somebody deletes it',
  },
  {
    name: 'the template of a Job',
    from: job(),
    to: job({}, 'a:2'),
    restarts: 'none',
    allowed: false,
    error: /^spec\.template: Invalid value: .*: field is immutable$/,
    summary: 'the API server refuses this update: the Job must be deleted and created again',
  },
  {
    name: 'completions and parallelism of an Indexed Job together',
    from: indexed(3, 3),
    to: indexed(5, 5),
    restarts: 'none',
    summary: 'nothing restarts',
  },
  {
    name: 'completions of an Indexed Job alone',
    from: indexed(3, 3),
    to: indexed(5, 3),
    restarts: 'none',
    allowed: false,
    error: 'spec.completions: Invalid value: 5: can only be modified in tandem with spec.parallelism',
    summary: 'the API server refuses this update: the Job must be deleted and created again',
  },
  {
    name: 'completions of a Job that is not indexed',
    from: job({ completions: 3, parallelism: 3 }),
    to: job({ completions: 5, parallelism: 5 }),
    restarts: 'none',
    allowed: false,
    error: 'spec.completions: Invalid value: 5: field is immutable',
    summary: 'the API server refuses this update: the Job must be deleted and created again',
  },
  {
    name: 'the template of a CronJob',
    from: cronJob('a:1'),
    to: cronJob('a:2'),
    restarts: 'none',
    summary: 'Jobs that exist stay as they are; the next run has the new template',
  },
];

describe('POST /v1/lifecycle, a change', () => {
  it.each([...podRows, ...workloadRows])('of $name', async ({ from, to, error, summary, ...expected }) => {
    const { status, body } = await ask().send({ from, to });
    expect(status, JSON.stringify(body)).toBe(200);
    const { restarts, containers = [], allowed = true } = expected;
    expect(body.change).toMatchObject({ restarts, containers, allowed });
    expect(body.change.summary).toMatch(summary);
    if (error === undefined) expect(body.change.errors).toEqual([]);
    else expect(body.change.errors[0]).toMatch(error);
    expect(body.warnings).toEqual([]);
  });

  it('says what is refused whatever it replaces', async () => {
    const restart = [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }];
    const never = (cpu: string): object =>
      withApp({ resources: { requests: { cpu } }, resizePolicy: restart }, { restartPolicy: 'Never' });
    const { body } = await ask().send({ from: never('1'), to: never('2') });
    expect(body.warnings).toEqual([
      "to is not valid by itself: spec.containers[0].resizePolicy: Invalid value: \"RestartContainer\": must be 'NotRequired' when pod `restartPolicy` is 'Never'",
    ]);
  });

  const nameless = { metadata: {}, spec: { containers: [app1] } };
  const bad: [name: string, body: object, status: number, code: string, field?: string][] = [
    ['of kinds', { from: pod(), to: workload('Deployment') }, 422, 'invalid_manifest', 'to.kind'],
    ['of names', { from: pod(), to: pod({}, { name: 'api' }) }, 422, 'invalid_manifest', 'to.metadata.name'],
    [
      'of namespaces',
      { from: pod(), to: pod({}, { namespace: 'shop' }) },
      422,
      'invalid_manifest',
      'to.metadata.namespace',
    ],
    ['from what has no kind', { from: nameless, to: pod() }, 422, 'invalid_manifest', 'from.kind'],
    ['to what is no object', { from: pod(), to: 7 }, 422, 'invalid_manifest', 'to'],
    [
      'to two manifests',
      { from: pod(), to: { apiVersion: 'v1', kind: 'List', items: [pod(), pod()] } },
      422,
      'invalid_manifest',
      'to.items[1]',
    ],
    [
      'to an amount that is none',
      { from: pod(), to: resized('1 core', '1Gi') },
      422,
      'invalid_manifest',
      'to.spec.containers[0].resources.requests[cpu]',
    ],
    [
      'to replicas that are no number',
      { from: workload('Deployment'), to: workload('Deployment', { replicas: '3' }) },
      422,
      'invalid_manifest',
      'to.spec.replicas',
    ],
    ['of what holds no pod', { from: service(), to: service() }, 422, 'nothing_to_evaluate'],
    ['without an end', { from: pod() }, 400, 'invalid_request'],
    ['beside a manifest', { from: pod(), to: pod(), manifest: pod() }, 400, 'invalid_request'],
  ];
  it.each(bad)('%s is refused', async (_, body, status, code, field) => {
    const response = await ask().send(body);
    expect(response.status).toBe(status);
    expect(response.body.code).toBe(code);
    if (field !== undefined) expect(response.body.errors[0].field).toBe(field);
  });

  it('is read from YAML too', async () => {
    const yaml = (image: string): string =>
      `{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [{name: app, image: '${image}'}]}}`;
    const { status, body } = await ask()
      .type('application/yaml')
      .send(`from: ${yaml('a:1')}\nto: ${yaml('a:2')}\n`);
    expect(status).toBe(200);
    expect(body.change).toMatchObject({ restarts: 'containers', containers: ['app'] });
  });
});

function service(): object {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: {} };
}

describe('POST /v1/lifecycle, one manifest', () => {
  const rules = [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }];
  const failures: [name: string, spec: object, init: string, work: string, sentence: RegExp][] = [
    ['Always', { restartPolicy: 'Always' }, 'retried', 'retried', /^it is run again until it exits with code 0/],
    ['OnFailure', { restartPolicy: 'OnFailure' }, 'retried', 'retried', /^it is run again until it exits with code 0/],
    ['Never', { restartPolicy: 'Never' }, 'podFails', 'stays terminated', /^the pod fails as a whole/],
    [
      "an init container's own Never",
      { initContainers: [{ ...migrate, restartPolicy: 'Never' }, proxy] },
      'podFails',
      'retried',
      /^the pod fails as a whole/,
    ],
    [
      'an init container with rules',
      { initContainers: [{ ...migrate, restartPolicy: 'Never', restartPolicyRules: rules }, proxy] },
      'podFails',
      'retried',
      /^unless one of its 1 restartPolicyRules matches the exit code: the pod fails/,
    ],
  ];
  it.each(failures)('a failing init container under %s', async (_, spec, init, work, sentence) => {
    const { status, body } = await ask().send(pod(spec));
    expect(status, JSON.stringify(body)).toBe(200);
    const [, failing, sidecar, working] = body.items[0].stages;
    expect(failing.onFailure.effect).toBe(init);
    expect(failing.onFailure.sentence).toMatch(sentence);
    expect(sidecar.onFailure.effect).toBe('retried');
    expect(working.onFailure.effect).toBe(work);
  });

  it("names app containers whose own restartPolicy goes before the pod's", async () => {
    const own = { ...app1, name: 'own', restartPolicy: 'Never', restartPolicyRules: rules };
    const { body } = await ask().send(pod({ containers: [app1, own] }));
    expect(body.items[0].stages.at(-1).onFailure.sentence).toMatch(
      /a restartPolicy of the container's own goes first: own \(Never, after its 1 restartPolicyRules\)$/,
    );
  });

  it('waits for the startupProbe of a sidecar', async () => {
    const startupProbe = { exec: { command: ['true'] } };
    const { body } = await ask().send(pod({ initContainers: [{ ...proxy, startupProbe }, migrate] }));
    expect(body.items[0].stages.map(({ endsWhen }: { endsWhen: string | null }) => endsWhen)).toEqual([
      'the sandbox exists, the network is set up and all volumes are mounted',
      'proxy is started: its process runs and its startupProbe has succeeded',
      'migrate exits with code 0',
      null,
    ]);
  });

  it('is that of the pod of a Job', async () => {
    const { body } = await ask().send(job());
    expect(body.items[0]).toMatchObject({ kind: 'Job', name: 'load', restartPolicy: 'Never' });
  });

  it('is told of every YAML document', async () => {
    const document = (name: string): string =>
      `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec: {containers: [{name: app, image: a}]}\n`;
    const { status, body } = await ask()
      .type('application/yaml')
      .send(`${document('one')}---\n${document('two')}`);
    expect(status).toBe(200);
    expect(body.items.map(({ name }: { name: string }) => name)).toEqual(['one', 'two']);
  });

  it('is refused with every fault of the manifest', async () => {
    const { status, body } = await ask().send(pod({ restartPolicy: 'Sometimes', containers: [] }));
    expect(status).toBe(422);
    expect(body.errors.map(({ field }: { field: string }) => field)).toEqual(['spec.containers', 'spec.restartPolicy']);
  });
});
