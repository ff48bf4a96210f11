import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dialects, list, node, pod, start, type Harness } from './harness.js';

const base = '/v1/clusters/default';

describe.each(dialects)('import and snapshot on %s', (dialect) => {
  let api: Harness;
  beforeAll(async () => {
    api = await start(dialect);
  });
  afterAll(() => api.close());
  beforeEach(async () => {
    await api.call().put(`${base}/snapshot?force=true`).send(list());
  });

  const send = (body: string | object, query = '', type = 'application/json') =>
    api.call().post(`${base}/import${query}`).set('Content-Type', type).send(body);

  it('counts what it did, in one revision', async () => {
    const before = (await api.call().get(base)).body.revision;
    const first = await send(
      list(node('n1'), pod('p1'), { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } }),
    );
    expect(first.body).toMatchObject({ revision: before + 1, created: 2, updated: 0, unchanged: 0, deleted: 0 });
    expect(first.body.skipped).toMatchObject([{ kind: 'Secret', apiVersion: 'v1', count: 1 }]);
    const second = await send(list(node('n1'), pod('p1', { cpu: '2' })));
    expect(second.body).toMatchObject({ revision: before + 2, created: 0, updated: 1, unchanged: 1 });
  });

  it('resourceVersion and heartbeats are no change', async () => {
    const status = (time: string) => ({
      ...node('n1'),
      metadata: { name: 'n1', uid: 'u', resourceVersion: time },
      status: {
        allocatable: { cpu: '1', pods: '10' },
        conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: time }],
      },
    });
    await send(status('2026-01-01T00:00:00Z'), '?asOf=2026-01-01T00:00:00Z');
    const again = await send(status('2026-01-02T00:00:00Z'), '?asOf=2026-01-01T00:00:00Z');
    expect(again.body).toMatchObject({ unchanged: 1, updated: 0 });
    expect(again.headers['cluster-revision']).toBe((await api.call().get(base)).headers['cluster-revision']);
  });

  it.each([
    ['a single object', 'application/json', JSON.stringify(node('n1'))],
    ['a List', 'application/json', JSON.stringify(list(node('n1')))],
    [
      'a typed list, its kind behind the items',
      'application/json',
      `{"items":[{"metadata":{"name":"n1"},"status":{}}],"apiVersion":"v1","kind":"NodeList"}`,
    ],
    ['a watch event', 'application/json', JSON.stringify({ type: 'ADDED', object: node('n1') })],
    [
      'NDJSON',
      'application/x-ndjson',
      `${JSON.stringify(node('n1'))}\n\n{"type":"BOOKMARK","object":{"kind":"Node","apiVersion":"v1"}}\n`,
    ],
    ['YAML', 'application/yaml', 'apiVersion: v1\nkind: Node\nmetadata: {name: n1}\n---\n'],
  ])('takes %s', async (_name, type, body) => {
    const response = await send(body, '', type);
    expect(response.body, response.text).toMatchObject({ created: 1 });
    expect((await api.call().get(`${base}/nodes/n1`)).status).toBe(200);
  });

  it('takes gzip', async () => {
    const response = await api
      .call()
      .post(`${base}/import`)
      .set('Content-Type', 'application/json')
      .set('Content-Encoding', 'gzip')
      .serialize((bytes: unknown) => bytes as string)
      .send(gzipSync(JSON.stringify(list(node('n1')))));
    expect(response.body).toMatchObject({ created: 1 });
  });

  it('a DELETED event deletes', async () => {
    await send(node('n1'));
    expect((await send({ type: 'DELETED', object: node('n1') })).body).toMatchObject({ deleted: 1 });
    expect((await api.call().get(`${base}/nodes/n1`)).status).toBe(404);
  });

  it('names the fault of a missing name among the others, whatever the kind, observed or not', async () => {
    const nameless = list(
      { apiVersion: 'v1', kind: 'Pod', metadata: {}, spec: { containers: [{ name: 'c' }] } },
      { apiVersion: 'v1', kind: 'Node', metadata: { generateName: 'n-' }, spec: { taints: [{ key: 'a' }] } },
      { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { uid: 'u' }, spec: {} },
    );
    const { status, body } = await send(nameless);
    expect(status).toBe(422);
    expect(body.errors.map(({ object, message }: Record<string, string>) => `${object} ${message}`)).toEqual([
      'Pod at [0] metadata.name: Required value: name or generateName is required',
      'Pod at [0] spec.containers[0].image: Required value',
      'Node at [1] metadata.name: Required value: name is required',
      'Node at [1] metadata.taints[0].effect: Required value',
      'Deployment at [2] metadata.name: Required value: name is required',
    ]);
  });

  it('is all or nothing, and lists every fault of every object', async () => {
    const twice = pod('bad', {
      spec: {
        containers: [
          { name: 'a', image: 'a' },
          { name: 'a', image: 'a' },
        ],
      },
    });
    const response = await send(list(node('n1'), twice, pod('worse', { cpu: 'much' })));
    expect(response.body).toMatchObject({ status: 422, code: 'invalid_manifest' });
    const faults = response.body.errors.map(
      ({ object, field }: { object: string; field: string }) => `${object} ${field}`,
    );
    expect(faults).toContain('Pod/default/bad spec.containers[1].name');
    expect(faults).toContain('Pod/default/worse spec.containers[0].resources.requests[cpu]');
    expect((await api.call().get(`${base}/nodes/n1`)).status).toBe(404);

    const skipped = await send(list(node('n1'), twice), '?onInvalid=skip');
    expect(skipped.body).toMatchObject({ created: 1, invalid: [{ object: 'Pod/default/bad' }] });
  });

  it('what a real cluster admitted is counted, not judged', async () => {
    const twice = pod('odd', {
      uid: 'u',
      nodeName: 'n1',
      spec: {
        containers: [
          { name: 'a', image: 'a' },
          { name: 'a', image: 'a' },
        ],
      },
    });
    const response = await send(list(node('n1'), twice));
    expect(response.body).toMatchObject({ created: 2 });
    expect(response.body.warnings.join()).toContain('Pod/default/odd');
  });

  it('keeps the stored status and node of what is sent without', async () => {
    await send(list(node('n1'), pod('p1', { nodeName: 'n1', status: { phase: 'Running' } })));
    await send(pod('p1', { labels: { new: 'yes' } }));
    const { body } = await api.call().get(`${base}/namespaces/default/pods/p1`);
    expect(body).toMatchObject({
      metadata: { labels: { new: 'yes' } },
      spec: { nodeName: 'n1' },
      status: { phase: 'Running' },
    });
  });

  it('does not store secrets and bookkeeping', async () => {
    const noisy = {
      ...pod('p1'),
      metadata: {
        name: 'p1',
        namespace: 'default',
        managedFields: [{}],
        annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
      },
      spec: { containers: [{ name: 'a', image: 'a', env: [{ name: 'PASSWORD', value: 'secret' }] }] },
    };
    await send(noisy);
    const { text } = await api.call().get(`${base}/namespaces/default/pods/p1`);
    expect(text).toContain('PASSWORD');
    expect(text).not.toMatch(/secret|managedFields|last-applied/);
  });

  it('unknown fields are warnings, faults, or nothing', async () => {
    const typo = pod('p1', { spec: { containers: [{ name: 'a', image: 'a', resource: {} }] } });
    expect((await send(typo)).body.warnings.join()).toContain('unknown field "spec.containers[0].resource"');
    expect((await send(typo, '?fieldValidation=Ignore')).body.warnings).toEqual([]);
    expect((await send(typo, '?fieldValidation=Strict')).body).toMatchObject({
      status: 422,
      errors: [{ field: 'spec.containers[0].resource' }],
    });
  });

  it('a repeat with the same key gets the first answer', async () => {
    const keyed = (body: object) => send(body).set('Idempotency-Key', `k-${dialect}`);
    const first = await keyed(node('n1'));
    const second = await keyed(node('n1'));
    expect(second.body).toEqual(first.body);
    expect((await keyed(node('n2'))).body).toMatchObject({ status: 422, code: 'idempotency_key_reused' });
  });

  it('a snapshot replaces everything, or the kinds asked for', async () => {
    await send(list(node('n1'), node('n2'), pod('p1')));
    const replaced = await api
      .call()
      .put(`${base}/snapshot`)
      .send(list(node('n1'), pod('p2')));
    expect(replaced.body).toMatchObject({ created: 1, unchanged: 1, deleted: 2 });
    const pods = await api
      .call()
      .put(`${base}/snapshot?kinds=Pod`)
      .send(list(pod('p3'), node('n9')));
    expect(pods.body).toMatchObject({ created: 1, deleted: 1, skipped: [{ kind: 'Node', count: 1 }] });
    expect((await api.call().get(base)).body).toMatchObject({ nodes: 1, pods: 1 });
  });

  it('a snapshot that loses most nodes is suspicious', async () => {
    await send(list(node('n1'), node('n2'), node('n3')));
    const few = await api
      .call()
      .put(`${base}/snapshot`)
      .send(list(node('n1')));
    expect(few.body).toMatchObject({ status: 422, code: 'suspicious_snapshot' });
    expect(
      (
        await api
          .call()
          .put(`${base}/snapshot?force=true`)
          .send(list(node('n1')))
      ).status,
    ).toBe(200);
  });

  it.each(['application/json', 'application/yaml', 'application/x-ndjson'])(
    'a snapshot read as %s is the same cluster elsewhere',
    async (type) => {
      await send(list(node('n1'), pod('p1', { nodeName: 'n1' })));
      const read = await api
        .call()
        .get(`${base}/snapshot`)
        .set('Accept', type)
        .buffer(true)
        .parse((response, done) => {
          let text = '';
          response.on('data', (chunk: Buffer) => (text += chunk.toString()));
          response.on('end', () => done(null, text));
        });
      await api.call().put('/v1/clusters/copy').send({});
      const copied = await api
        .call()
        .put('/v1/clusters/copy/snapshot?force=true')
        .set('Content-Type', type)
        .serialize((text: unknown) => text as string)
        .send(read.body);
      expect(copied.status, copied.text).toBe(200);
      const items = async (cluster: string) => (await api.call().get(`/v1/clusters/${cluster}/snapshot`)).body.items;
      expect(await items('copy')).toEqual(await items('default'));
    },
  );

  describe('a body of more than a megabyte, read in a thread', () => {
    const padding = 'x'.repeat(20_000);
    const nodes = Array.from({ length: 70 }, (_, i) => node(`n${i}`, { labels: { padding: `p${i}` } })).map(
      (one, i) => ({ ...one, metadata: { name: `n${i}`, annotations: { padding } } }),
    );
    const pods = Array.from({ length: 1200 }, (_, i) => pod(`p${i}`, { nodeName: `n${i % 70}`, uid: `u${i}` }));

    it.each([
      ['a List', 'application/json', JSON.stringify(list(...nodes, ...pods))],
      ['NDJSON', 'application/x-ndjson', [...nodes, ...pods].map((one) => JSON.stringify(one)).join('\n')],
      ['YAML', 'application/yaml', [...nodes, ...pods].map((one) => JSON.stringify(one)).join('\n---\n')],
    ])('%s is stored, and counted the second time', async (_name, type, body) => {
      const first = await send(body, '', type);
      expect(first.body, first.text).toMatchObject({ created: 1270, updated: 0, unchanged: 0 });
      expect((await api.call().get(base)).body).toMatchObject({ nodes: 70, pods: 1200 });
      const again = await send(body, '', type);
      expect(again.body).toMatchObject({ created: 0, updated: 0, unchanged: 1270 });
      const read = await api.call().get(`${base}/namespaces/default/pods/p7`);
      expect(read.body).toMatchObject({ metadata: { uid: 'u7' }, spec: { nodeName: 'n7' } });
      expect(await api.app.store.verify('default')).toMatchObject({ equal: true });
    });

    it('replaces, merges and deletes as a small one does', async () => {
      await send(list(...nodes, pod('p1', { nodeName: 'n1' }), pod('p2')));
      const events = [
        ...nodes.map((object) => ({ type: 'MODIFIED', object })),
        { type: 'ADDED', object: pod('p1', { labels: { new: 'yes' } }) },
        { type: 'ADDED', object: pod('p3', { cpu: '1' }) },
        { type: 'MODIFIED', object: pod('p3', { cpu: '2' }) },
        { type: 'DELETED', object: pod('p2') },
      ];
      const { body } = await send(events.map((event) => JSON.stringify(event)).join('\n'), '', 'application/x-ndjson');
      expect(body).toMatchObject({ created: 1, updated: 1, unchanged: 70, deleted: 1 });
      expect((await api.call().get(`${base}/namespaces/default/pods/p1`)).body.spec.nodeName).toBe('n1');
      const three = await api.call().get(`${base}/namespaces/default/pods/p3`);
      expect(three.body.spec.containers[0].resources.requests.cpu).toBe('2');
    });

    it('lists every fault, and stores nothing', async () => {
      const response = await send(list(...nodes, pod('worse', { cpu: 'much' }), pod('bad', { cpu: '-1' })));
      expect(response.body).toMatchObject({ status: 422, code: 'invalid_manifest' });
      expect(response.body.errors.map(({ object }: { object: string }) => object)).toEqual([
        'Pod/default/worse',
        'Pod/default/bad',
      ]);
      expect((await api.call().get(base)).body).toMatchObject({ nodes: 0 });
    });

    it.each([
      ['ends in the middle', JSON.stringify(list(...nodes)).slice(0, -20), 400, 'invalid_body'],
      [
        'has an object larger than one may be',
        JSON.stringify(list(...nodes, { ...node('big'), data: 'x'.repeat(5 * 1024 * 1024) })),
        413,
        'payload_too_large',
      ],
    ])('one that %s is refused', async (_name, text, status, code) => {
      expect((await send(text)).body).toMatchObject({ status, code });
      expect((await api.call().get(base)).body).toMatchObject({ nodes: 0 });
    });

    it('is read again after others failed, and repeated under its key', async () => {
      const keyed = () => send(list(...nodes)).set('Idempotency-Key', `large-${dialect}`);
      const first = await keyed();
      expect(first.body).toMatchObject({ created: 70 });
      expect((await keyed()).body).toEqual(first.body);
    });
  });

  it('a body that ends in the middle stores nothing', async () => {
    const text = JSON.stringify(list(node('n1'), node('n2')));
    expect((await send(text.slice(0, -20))).body).toMatchObject({ status: 400, code: 'invalid_body' });
    expect((await api.call().get(base)).body.nodes).toBe(0);
  });

  it.each([
    ['duplicate keys inside an item', '{"kind":"List","apiVersion":"v1","items":[{"kind":"Node","kind":"Pod"}]}'],
    ['nesting inside an item', `{"kind":"List","apiVersion":"v1","items":[${'['.repeat(10_000)}`],
    ['items of an object that is no list', '{"kind":"Pod","apiVersion":"v1","items":[{"a":1}]}'],
    ['two values', '{} {}'],
    ['an empty body', ' '],
  ])('%s: 400', async (_name, body) => {
    expect((await send(body)).body).toMatchObject({ status: 400, code: 'invalid_body' });
  });
});
