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

  it('has an owner, ten minutes unless told otherwise, and what may consume it', async () => {
    const reserve = async (rest: object) => {
      const { body } = await api
        .call()
        .post(`${base}/reservations`)
        .send({ items: [{ manifest: pod('p') }], ...rest });
      return (await api.call().get(`${base}/reservations/${body.items[0].id}`)).body;
    };
    const seconds = ({ createdAt, expiresAt }: { createdAt: string; expiresAt: string }) =>
      (Date.parse(expiresAt) - Date.parse(createdAt)) / 1000;
    const plain = await reserve({});
    expect(plain).toMatchObject({ pod: 'default/p', node: 'n', status: 'granted', owner: '', consumedBy: null });
    expect(seconds(plain)).toBe(600);
    const consumedBy = { namespace: 'default', labelSelector: 'app=web' };
    const told = await reserve({ ttlSeconds: 90, owner: 'team-a', consumedBy });
    expect(told).toMatchObject({ owner: 'team-a', consumedBy, endedAt: null, consumedByPod: null });
    expect(seconds(told)).toBe(90);
  });

  it('says that it ignores a node in the manifest', async () => {
    await api.load(node('m'));
    const { body } = await claim(pod('p', { nodeName: 'n' }));
    expect(body.items[0]).toMatchObject({ node: 'm', status: 'granted' });
    expect(body.warnings).toEqual(['Pod/default/p: spec.nodeName is ignored; name the node beside the manifest']);
  });

  it('counts in every question, unless they are asked to ignore it', async () => {
    await claim(pod('p', { cpu: '3' }));
    const ask = async (question: string, body: object, query = '') =>
      (await api.call().post(`${base}/questions/${question}${query}`).send(body)).body;
    const wish = pod('q', { cpu: '2' });
    for (const [query, verdict, replicas] of [
      ['', 'no', 0],
      ['?reservations=ignore', 'yes', 2],
    ] as const) {
      expect(await ask('fit', wish, query)).toMatchObject({ verdict });
      expect(await ask('capacity', wish, query)).toMatchObject({ verdict, replicas });
      expect(await ask('simulate', wish, query)).toMatchObject({ verdict });
    }
    expect(await freeCpu()).toBe(1000);
  });

  it('of one request share a revision, of two never', async () => {
    const { body } = await api
      .call()
      .post(`${base}/reservations`)
      .send({ items: [{ manifest: pod('p'), count: 2 }, { manifest: pod('q') }], gang: true });
    const ids: string[] = body.items.map(({ id }: { id: string }) => id);
    const revisions = await Promise.all(
      ids.map(async (id) => (await api.call().get(`${base}/reservations/${id}`)).body.revision as number),
    );
    expect(revisions).toEqual([body.revision, body.revision, body.revision]);
    expect((await claim(pod('r'))).body.revision).toBe(body.revision + 1);
  });

  it('is consumed wherever its pod arrives', async () => {
    await api.load(node('m'));
    const { body } = await api
      .call()
      .post(`${base}/reservations`)
      .send({ items: [{ manifest: pod('p'), node: 'm' }] });
    await api.load(pod('p', { nodeName: 'n' }));
    expect(await status(body.items[0].id)).toBe('consumed');
    const free = await api.call().get(`${base}/nodes/m?include=allocated&quantities=integer`);
    expect([await freeCpu(), free.body.stowage.allocated.free.cpu]).toEqual([3000, 4000]);
  });

  describe('consumed by pods that match', () => {
    const consumedBy = { namespace: 'default', labelSelector: 'app=web' };
    const reserve = async (name: string, rest: object = { consumedBy }): Promise<string> =>
      (
        await api
          .call()
          .post(`${base}/reservations`)
          .send({ items: [{ manifest: pod(name) }], ...rest })
      ).body.items[0].id as string;
    const web = (name: string, namespace = 'default') =>
      pod(name, { nodeName: 'n', namespace, labels: { app: 'web' } });

    it('takes the one of the name before one that matches', async () => {
      const [matching, named] = [await reserve('p'), await reserve('web-1')];
      await api.load(web('web-1'));
      expect([await status(matching), await status(named)]).toEqual(['granted', 'consumed']);
    });

    it('takes the oldest of several, one a pod', async () => {
      const ids = [await reserve('p'), await reserve('q')];
      await api.load(web('web-1'));
      expect(await Promise.all(ids.map(status))).toEqual(['consumed', 'granted']);
      const { body } = await api.call().get(`${base}/reservations/${ids[0]}`);
      expect(body.consumedByPod).toBe('default/web-1');
    });

    it('takes no more than there are pods, and pods beyond them take room of their own', async () => {
      const id = await reserve('p');
      await api.load(web('web-1'), web('web-2'));
      expect(await status(id)).toBe('consumed');
      expect(await freeCpu()).toBe(2000);
    });

    it('takes none for a pod of another namespace, nor one that still waits', async () => {
      const id = await reserve('p');
      await api.load(web('web-1', 'other'), pod('web-2', { labels: { app: 'web' } }));
      expect(await status(id)).toBe('granted');
      await api.load(web('web-2'));
      expect(await status(id)).toBe('consumed');
    });
  });

  it.each<[string, (id: string) => PromiseLike<unknown>]>([
    ['released', (id) => api.call().delete(`${base}/reservations/${id}`)],
    ['consumed', () => api.load(pod('p', { nodeName: 'n' }))],
    ['lost', () => api.call().delete(`${base}/nodes/n`)],
  ])('stays as it ended when it is renewed or released later: %s', async (ended, end) => {
    const { id } = (await claim(pod('p'))).body.items[0];
    await end(id);
    const address = `${base}/reservations/${id}`;
    expect((await api.call().patch(address).send({ ttlSeconds: 60 })).body).toMatchObject({
      status: 409,
      code: 'reservation_ended',
      reservation: { id, status: ended },
    });
    const { revision } = (await api.call().get(base)).body;
    expect((await api.call().delete(address)).status).toBe(204);
    expect((await api.call().get(address)).body).toMatchObject({ status: ended, endedAt: expect.any(String) });
    expect((await api.call().get(base)).body.revision).toBe(revision);
  });

  it('one key means one thing a cluster and a path', async () => {
    const other = '/v1/clusters/other';
    await api.call().put(other).send({});
    await api.call().post(`${other}/import`).send(node('n'));
    const body = { items: [{ manifest: pod('p') }] };
    const keyed = (path: string, content: object) =>
      api.call().post(path).set('Idempotency-Key', `scoped-${dialect}`).send(content);
    const here = await keyed(`${base}/reservations`, body);
    const there = await keyed(`${other}/reservations`, { ...body, owner: 'team-b' });
    expect([here.status, there.status]).toEqual([201, 201]);
    expect(there.body.items[0].id).not.toBe(here.body.items[0].id);
    expect((await keyed(`${base}/import`, pod('q'))).status).toBe(200);
    expect((await keyed(`${base}/reservations`, body)).text).toBe(here.text);
    expect((await keyed(`${base}/reservations`, { ...body, owner: 'team-b' })).body).toMatchObject({
      status: 422,
      code: 'idempotency_key_reused',
    });
    await api.call().delete(other);
  });

  it('a key answers what it answered, whatever has become of the reservation', async () => {
    const keyed = () =>
      api
        .call()
        .post(`${base}/reservations`)
        .set('Idempotency-Key', `ended-${dialect}`)
        .send({ items: [{ manifest: pod('p') }] });
    const first = await keyed();
    await api.call().delete(`${base}/reservations/${first.body.items[0].id}`);
    expect((await keyed()).text).toBe(first.text);
    expect((await api.call().get(base)).body.reservations).toBe(0);
  });

  it.each([
    ['empty', ''],
    ['too long', 'k'.repeat(256)],
  ])('a key that is %s is 400', async (_, key) => {
    const answer = await api
      .call()
      .post(`${base}/reservations`)
      .set('Idempotency-Key', key)
      .send({ items: [{ manifest: pod('p') }] });
    expect(answer.body).toMatchObject({ status: 400, code: 'invalid_request' });
  });
});
