/** API.md 3: what is stored of a manifest, and what is not. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dialects, list, node, pod, start, type Harness } from '../harness.js';

const base = '/v1/clusters/default';
const SECRET = 's3cr3t';

const leakyMetadata = {
  annotations: { 'kubectl.kubernetes.io/last-applied-configuration': SECRET, kept: 'yes' },
  managedFields: [{ manager: SECRET }],
};
const leakySpec = {
  containers: [{ name: 'main', image: 'main:1', env: [{ name: 'A', value: SECRET }] }],
  initContainers: [{ name: 'init', image: 'init:1', env: [{ name: 'B', value: SECRET }] }],
};
const leakyTemplate = { metadata: { ...leakyMetadata, labels: { app: 'x' } }, spec: leakySpec };
const selector = { matchLabels: { app: 'x' } };
const jobSpec = { template: { ...leakyTemplate, spec: { ...leakySpec, restartPolicy: 'Never' } } };
const leaky = (apiVersion: string, kind: string, spec: object): object => ({
  apiVersion,
  kind,
  metadata: { ...leakyMetadata, name: 'leaky', namespace: 'default' },
  spec,
});

const leakyObjects: [string, object][] = [
  ['core/Pod', leaky('v1', 'Pod', leakySpec)],
  [
    'core/ReplicationController',
    leaky('v1', 'ReplicationController', { selector: { app: 'x' }, template: leakyTemplate }),
  ],
  ['apps/Deployment', leaky('apps/v1', 'Deployment', { selector, template: leakyTemplate })],
  ['apps/ReplicaSet', leaky('apps/v1', 'ReplicaSet', { selector, template: leakyTemplate })],
  ['apps/StatefulSet', leaky('apps/v1', 'StatefulSet', { selector, serviceName: 's', template: leakyTemplate })],
  ['apps/DaemonSet', leaky('apps/v1', 'DaemonSet', { selector, template: leakyTemplate })],
  ['batch/Job', leaky('batch/v1', 'Job', jobSpec)],
  [
    'batch/CronJob',
    leaky('batch/v1', 'CronJob', { schedule: '0 0 * * *', jobTemplate: { metadata: leakyMetadata, spec: jobSpec } }),
  ],
];

describe.each(dialects)('what is stored on %s', (dialect) => {
  let api: Harness;
  beforeAll(async () => {
    api = await start(dialect);
  });
  afterAll(() => api.close());
  beforeEach(async () => {
    await api.call().put(`${base}/snapshot?force=true`).send(list());
  });

  it.each(leakyObjects)('%s: neither secrets nor bookkeeping, at any depth', async (address, manifest) => {
    const written = await api.call().put(`${base}/objects/${address}/default/leaky`).send(manifest);
    expect(written.status, written.text).toBe(201);
    await api.load(manifest);
    for (const { text } of [
      written,
      await api.call().get(`${base}/snapshot`),
      await api.call().get(`${base}/changes`),
    ]) {
      expect(text).not.toContain(SECRET);
    }
    expect(written.text).toContain('"kept":"yes"');
    expect(written.text).toContain('"env":[{"name":"A"}]');
  });

  it('a patch brings no secrets in', async () => {
    await api.load(pod('p'));
    const patched = await api
      .call()
      .patch(`${base}/namespaces/default/pods/p`)
      .set('Content-Type', 'application/merge-patch+json')
      .send(JSON.stringify({ metadata: leakyMetadata, spec: { containers: leakySpec.containers } }));
    expect(patched.status, patched.text).toBe(200);
    expect(patched.text).not.toContain(SECRET);
  });

  it('what is sent without status and node, and is the same otherwise, is unchanged', async () => {
    await api.load(node('n'), pod('p', { nodeName: 'n', status: { phase: 'Running' } }));
    const again = await api.call().post(`${base}/import`).send(pod('p'));
    expect(again.body).toMatchObject({ updated: 0, unchanged: 1 });
    const changed = await api
      .call()
      .post(`${base}/import`)
      .send(pod('p', { labels: { a: 'b' } }));
    expect(changed.body).toMatchObject({ updated: 1, unchanged: 0 });
    const { body } = await api.call().get(`${base}/namespaces/default/pods/p`);
    expect(body).toMatchObject({ spec: { nodeName: 'n' }, status: { phase: 'Running' } });
  });

  it.each([
    ['a/b', 'default'],
    ['..', 'default'],
    ['a%2fb', 'default'],
    ['a\u0000b', 'default'],
    ['a', 'x/y'],
  ])('the name %j in namespace %j could not be addressed: refused, with a uid too', async (name, namespace) => {
    const response = await api
      .call()
      .post(`${base}/import`)
      .send(pod(name, { namespace, uid: 'u' }));
    expect(response.body, response.text).toMatchObject({ status: 422, code: 'invalid_manifest' });
  });

  it('a node that comes back finds its pods', async () => {
    await api.load(node('n'), pod('p', { nodeName: 'n', cpu: '4' }));
    const ask = async () => (await api.call().post(`${base}/questions/fit`).send(pod('x'))).body;
    await api.call().delete(`${base}/nodes/n`);
    expect(await ask()).toMatchObject({ verdict: 'no', assumptions: { orphanPods: 1 } });
    await api.load(node('n'));
    expect(await ask()).toMatchObject({ verdict: 'no', assumptions: { orphanPods: 0 } });
    await api.load(pod('p', { nodeName: 'n', cpu: '4', status: { phase: 'Succeeded' } }));
    expect(await ask()).toMatchObject({ verdict: 'yes' });
  });

  it('watch events in one body take effect in order', async () => {
    const events = [
      { type: 'ADDED', object: pod('a') },
      { type: 'ADDED', object: pod('b') },
      { type: 'MODIFIED', object: pod('b', { cpu: '2' }) },
      { type: 'BOOKMARK', object: { apiVersion: 'v1', kind: 'Pod', metadata: { resourceVersion: '9' } } },
      { type: 'DELETED', object: pod('a') },
    ];
    const response = await api
      .call()
      .post(`${base}/import`)
      .set('Content-Type', 'application/x-ndjson')
      .send(events.map((event) => JSON.stringify(event)).join('\n'));
    expect(response.status, response.text).toBe(200);
    const { body } = await api.call().get(`${base}/pods`);
    expect(body.items).toMatchObject([
      { metadata: { name: 'b' }, spec: { containers: [{ resources: { requests: { cpu: '2' } } }] } },
    ]);
  });
});
