import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dialects, node, pod, start, type Harness } from './harness.js';

describe.each(dialects)('clusters on %s', (dialect) => {
  let api: Harness;
  beforeAll(async () => {
    api = await start(dialect);
  });
  afterAll(() => api.close());

  const scheduler = (score: object) => ({
    apiVersion: 'kubescheduler.config.k8s.io/v1',
    kind: 'KubeSchedulerConfiguration',
    profiles: [{ schedulerName: 'default-scheduler', plugins: { score } }],
  });

  it('default is there from the first start', async () => {
    const { body } = await api.call().get('/v1/clusters');
    expect(body).toMatchObject({ items: [{ name: 'default', nodes: 0, asOf: null, scheduler: null }], total: 1 });
  });

  it('lives: created, replaced, deleted, and its revision never goes back', async () => {
    const created = await api.call().put('/v1/clusters/east').send({ description: 'the east' });
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({ name: 'east', description: 'the east' });
    const replaced = await api.call().put('/v1/clusters/east').send({});
    expect(replaced.status).toBe(200);
    expect(replaced.body).toMatchObject({ description: '', revision: created.body.revision + 1 });
    expect((await api.call().put('/v1/clusters/east').send({})).body.revision).toBe(replaced.body.revision);
    expect((await api.call().delete('/v1/clusters/east')).status).toBe(204);
    expect((await api.call().get('/v1/clusters/east')).status).toBe(404);
    expect((await api.call().delete('/v1/clusters/east')).status).toBe(404);
    const again = await api.call().put('/v1/clusters/east').send({});
    expect(again.body.revision).toBeGreaterThan(replaced.body.revision);
  });

  it('writes are conditional on the revision', async () => {
    const put = (header: string, value: string) =>
      api.call().put('/v1/clusters/west').set(header, value).send({ description: value });
    expect((await put('If-Match', '"1"')).status).toBe(412);
    const created = await put('If-None-Match', '*');
    expect(created.status).toBe(201);
    expect((await put('If-None-Match', '*')).status).toBe(412);
    expect((await put('If-Match', '"9999"')).status).toBe(412);
    expect((await put('If-Match', String(created.headers['etag']))).status).toBe(200);
  });

  it('answers by its scheduler configuration, and refuses what it cannot read', async () => {
    const wrong = await api
      .call()
      .put('/v1/clusters/tuned')
      .send({ scheduler: { ...scheduler({}), apiVersion: 'v9' } });
    expect(wrong.body).toMatchObject({ status: 422, code: 'invalid_manifest' });
    expect(wrong.body.errors[0].field).toBe('scheduler.apiVersion');
    const put = await api
      .call()
      .put('/v1/clusters/tuned')
      .send({ scheduler: scheduler({ disabled: [{ name: '*' }] }) });
    expect(put.status, put.text).toBe(201);
    await api.call().post('/v1/clusters/tuned/import').send(node('n1'));
    const { body } = await api.call().post('/v1/clusters/tuned/questions/fit').send(pod('p'));
    expect(body.candidates[0]).toMatchObject({ node: 'n1', score: 0 });
  });

  it('waits for a revision, at most 3 s', async () => {
    const { body } = await api.call().get('/v1/clusters/default');
    const waiting = api
      .call()
      .get(`/v1/clusters/default?minRevision=${body.revision + 1}`)
      .then((response) => response);
    await api.load(node('n1'));
    expect((await waiting).body.revision).toBe(body.revision + 1);
    const since = performance.now();
    const late = await api.call().get(`/v1/clusters/default?minRevision=${body.revision + 100}`);
    expect(late.body).toMatchObject({ status: 503, code: 'revision_not_reached', retryable: true });
    expect(late.headers['retry-after']).toBe('1');
    expect(performance.now() - since).toBeLessThan(6000);
  });

  it('old data is refused when fresh data is demanded', async () => {
    await api.call().post('/v1/clusters/default/import?asOf=2020-01-01T00:00:00Z').send(node('n1'));
    const stale = await api.call().post('/v1/clusters/default/questions/fit?maxAge=60').send(pod('p'));
    expect(stale.body).toMatchObject({ status: 409, code: 'stale_data', asOf: '2020-01-01T00:00:00.000Z' });
    await api.load(node('n1'));
    expect((await api.call().post('/v1/clusters/default/questions/fit?maxAge=60').send(pod('p'))).status).toBe(200);
  });

  it('is ready', async () => {
    expect((await api.call().get('/readyz')).body).toEqual({ status: 'ok' });
    expect((await api.call().get('/metrics')).text).toContain('stowage_http_request_duration_seconds');
  });
});
