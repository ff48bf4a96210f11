import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dialects, list, node, pod, start, type Harness } from './harness.js';

const base = '/v1/clusters/default';

describe.each(dialects)('objects on %s', (dialect) => {
  let api: Harness;
  beforeAll(async () => {
    api = await start(dialect);
  });
  afterAll(() => api.close());
  beforeEach(async () => {
    await api.call().put(`${base}/snapshot?force=true`).send(list());
  });

  it('a node lives: created, read, replaced, patched, deleted', async () => {
    const created = await api.call().post(`${base}/nodes`).send(node('n1'));
    expect(created.status).toBe(201);
    const read = await api.call().get(`${base}/nodes/n1`);
    expect(read.body).toEqual(node('n1'));
    expect(read.headers['etag']).toBe(created.headers['etag']);
    expect(read.headers['cluster-revision']).toBe(created.headers['cluster-revision']);

    const replaced = await api
      .call()
      .put(`${base}/nodes/n1`)
      .send(node('n1', { labels: { zone: 'a' } }));
    expect(replaced.status).toBe(200);
    const patched = await api
      .call()
      .patch(`${base}/nodes/n1`)
      .set('Content-Type', 'application/merge-patch+json')
      .send(JSON.stringify({ spec: { unschedulable: true }, metadata: { labels: { zone: null } } }));
    expect(patched.status, patched.text).toBe(200);
    expect(patched.body).toEqual(node('n1', { spec: { unschedulable: true } }));

    expect((await api.call().delete(`${base}/nodes/n1`)).status).toBe(204);
    const gone = await api.call().get(`${base}/nodes/n1`);
    expect(gone.body).toMatchObject({ status: 404, code: 'not_found', resource: { kind: 'Node', name: 'n1' } });
  });

  it('writes are conditional on the revision of the last change', async () => {
    const { headers } = await api.call().post(`${base}/nodes`).send(node('n1'));
    const etag = String(headers['etag']);
    const put = (header: string, value: string, name = 'n1') =>
      api
        .call()
        .put(`${base}/nodes/${name}`)
        .set(header, value)
        .send(node(name, { labels: { x: value.length.toString() } }));
    expect((await put('If-None-Match', '*')).body).toMatchObject({ status: 412, code: 'precondition_failed' });
    expect((await put('If-Match', '"1"')).status).toBe(412);
    expect((await put('If-Match', etag, 'n2')).status).toBe(412);
    expect((await put('If-Match', etag)).status).toBe(200);
    expect((await put('If-Match', etag)).status).toBe(412);
    expect((await put('If-None-Match', '*', 'n2')).status).toBe(201);
    expect((await api.call().delete(`${base}/nodes/n2`).set('If-Match', '"1"')).status).toBe(412);
  });

  it('a write that changes nothing moves no revision', async () => {
    const first = await api.call().put(`${base}/nodes/n1`).send(node('n1'));
    const second = await api.call().put(`${base}/nodes/n1`).send(node('n1'));
    expect(second.headers['etag']).toBe(first.headers['etag']);
    expect(second.headers['cluster-revision']).toBe(first.headers['cluster-revision']);
  });

  it('POST refuses what exists', async () => {
    await api.call().post(`${base}/nodes`).send(node('n1'));
    expect((await api.call().post(`${base}/nodes`).send(node('n1'))).body).toMatchObject({
      status: 409,
      code: 'already_exists',
    });
  });

  it('reads and writes YAML', async () => {
    const yaml = 'apiVersion: v1\nkind: Node\nmetadata:\n  name: n1\nstatus:\n  allocatable: {cpu: 4, pods: "10"}\n';
    expect((await api.call().post(`${base}/nodes`).type('application/yaml').send(yaml)).status).toBe(201);
    const read = await api.call().get(`${base}/nodes/n1`).set('Accept', 'application/yaml');
    expect(read.headers['content-type']).toMatch(/^application\/yaml/);
    expect(read.text).toContain('name: n1');
  });

  it('pages see every object that stays exactly once', async () => {
    const names = Array.from({ length: 25 }, (_, index) => `n${String(index).padStart(2, '0')}`);
    await api.load(...names.map((name) => node(name)));
    const seen: string[] = [];
    let cursor = '';
    do {
      const { body } = await api.call().get(`${base}/nodes?limit=10${cursor}`);
      expect(body.total).toBe(25);
      seen.push(...body.items.map((item: { metadata: { name: string } }) => item.metadata.name));
      cursor = body.nextCursor === null ? '' : `&cursor=${body.nextCursor}`;
    } while (cursor !== '');
    expect(seen).toEqual(names);
  });

  it('selects by label and by field', async () => {
    await api.load(
      node('n1', { labels: { zone: 'a' } }),
      node('n2', { labels: { zone: 'b' }, spec: { unschedulable: true } }),
      pod('p1', { nodeName: 'n1', labels: { app: 'web' } }),
      pod('p2', { labels: { app: 'db' } }),
      pod('p3', { namespace: 'other', labels: { app: 'web' } }),
    );
    const names = async (path: string): Promise<string[]> => {
      const { body } = await api.call().get(`${base}${path}`);
      return body.items.map((item: { metadata: { name: string } }) => item.metadata.name);
    };
    expect(await names('/nodes?labelSelector=zone%20in%20(a)')).toEqual(['n1']);
    expect(await names('/nodes?fieldSelector=spec.unschedulable%3Dtrue')).toEqual(['n2']);
    expect(await names('/pods?labelSelector=app%3Dweb')).toEqual(['p1', 'p3']);
    expect(await names('/namespaces/default/pods')).toEqual(['p1', 'p2']);
    expect(await names('/pods?fieldSelector=spec.nodeName%3Dn1')).toEqual(['p1']);
    expect(await names('/objects?kind=Node')).toEqual(['n1', 'n2']);
  });

  it('adds what pods ask for and what nodes hold, and takes it off again on writes', async () => {
    await api.load(node('n1'), pod('p1', { nodeName: 'n1' }));
    const read = await api.call().get(`${base}/nodes/n1?include=allocated`);
    expect(read.body.stowage.allocated).toMatchObject({ requested: { cpu: '1', pods: '1' }, free: { cpu: '3' } });
    const asked = await api.call().get(`${base}/namespaces/default/pods/p1?include=effective&quantities=integer`);
    expect(asked.body.stowage.effective.requests).toEqual({ cpu: 1000 });
    const back = await api.call().put(`${base}/nodes/n1`).send(read.body);
    expect(back.headers['etag']).toBe(read.headers['etag']);
  });

  it('any kept kind is read and written by its address', async () => {
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'default' },
      spec: { selector: { app: 'web' } },
    };
    expect((await api.call().put(`${base}/objects/core/Service/default/web`).send(service)).status).toBe(201);
    expect((await api.call().get(`${base}/objects/core/Service/default/web`)).body).toEqual(service);
    expect((await api.call().delete(`${base}/objects/core/Service/default/web`)).status).toBe(204);
  });
});
