/** API.md 5: room is promised once. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dialects, list, node, pod, start, type Harness } from '../harness.js';

const base = '/v1/clusters/default';

describe.each(dialects)('promised room on %s', (dialect) => {
  let api: Harness;
  beforeAll(async () => {
    api = await start(dialect);
  });
  afterAll(() => api.close());
  beforeEach(async () => {
    await api.call().put(`${base}/snapshot?force=true`).send(list());
    await api.load(node('n'));
  });

  const claim = (manifest: object) =>
    api
      .call()
      .post(`${base}/reservations`)
      .send({ items: [{ manifest }] });
  const status = async (id: string): Promise<string> =>
    (await api.call().get(`${base}/reservations/${id}`)).body.status as string;
  const freeCpu = async (): Promise<number> =>
    (await api.call().get(`${base}/nodes/n?include=allocated&quantities=integer`)).body.stowage.allocated.free
      .cpu as number;

  it('is not promised to a pod that has its node already', async () => {
    await api.load(pod('p', { nodeName: 'n' }));
    const refused = await claim(pod('p'));
    expect(refused.body).toMatchObject({ status: 409, code: 'does_not_fit' });
    expect(refused.body.detail).toBe('default/p: the pod is on node "n" already');
    expect(await freeCpu()).toBe(3000);
  });

  it('is promised to a pod made anew under the name of a finished one', async () => {
    await api.load(pod('p', { nodeName: 'n', status: { phase: 'Failed' } }));
    expect((await claim(pod('p'))).status).toBe(201);
    expect(await freeCpu()).toBe(3000);
  });

  const arrived = pod('p', { nodeName: 'n' });
  it.each<[string, () => PromiseLike<{ status: number }>]>([
    ['imported', () => api.call().post(`${base}/import`).send(arrived)],
    ['created', () => api.call().post(`${base}/namespaces/default/pods`).send(arrived)],
    ['put', () => api.call().put(`${base}/namespaces/default/pods/p`).send(arrived)],
    [
      'in a snapshot',
      () =>
        api
          .call()
          .put(`${base}/snapshot`)
          .send(list(node('n'), arrived)),
    ],
    ['in a watch event', () => api.call().post(`${base}/import`).send({ type: 'ADDED', object: arrived })],
  ])('is consumed by its pod, %s: counted once before and after', async (_, arrive) => {
    const { body } = await claim(pod('p'));
    expect(await freeCpu()).toBe(3000);
    expect((await arrive()).status).toBeLessThan(300);
    expect(await status(body.items[0].id)).toBe('consumed');
    expect(await freeCpu()).toBe(3000);
  });

  it.each<[string, () => PromiseLike<unknown>]>([
    ['deleted', () => api.call().delete(`${base}/nodes/n`)],
    [
      'absent from a snapshot',
      () =>
        api
          .call()
          .put(`${base}/snapshot`)
          .send(list(node('m'))),
    ],
    [
      'gone in a watch event',
      () =>
        api
          .call()
          .post(`${base}/import`)
          .send({ type: 'DELETED', object: node('n') }),
    ],
  ])('is lost with its node, %s', async (_, remove) => {
    const { body } = await claim(pod('p'));
    await remove();
    expect(await status(body.items[0].id)).toBe('lost');
  });

  it('is renewed and released under its entity tag', async () => {
    const { body } = await claim(pod('p'));
    const address = `${base}/reservations/${body.items[0].id}`;
    const { headers } = await api.call().get(address);
    const renew = (tag: string) => api.call().patch(address).set('If-Match', tag).send({ ttlSeconds: 60 });
    expect((await renew('"1"')).body.code).toBe('precondition_failed');
    const renewed = await renew(String(headers['etag']));
    expect(renewed.status).toBe(200);
    expect((await api.call().delete(address).set('If-Match', String(headers['etag']))).status).toBe(412);
    expect((await api.call().delete(address).set('If-Match', String(renewed.headers['etag']))).status).toBe(204);
    expect(await status(body.items[0].id)).toBe('released');
  });

  it('repeats with one key, all at once, claim once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        api
          .call()
          .post(`${base}/reservations`)
          .set('Idempotency-Key', `once-${dialect}`)
          .send({ items: [{ manifest: pod('p') }] }),
      ),
    );
    expect((await api.call().get(base)).body.reservations).toBe(1);
    const granted = answers.filter(({ status: code }) => code === 201);
    expect(new Set(granted.map(({ text }) => text)).size).toBe(1);
    const others = answers.filter(({ status: code }) => code !== 201);
    expect(others.map(({ body }) => body.code)).toEqual(others.map(() => 'request_in_progress'));
  });
});
