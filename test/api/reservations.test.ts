import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dialects, list, node, pod, start, type Harness } from './harness.js';

const base = '/v1/clusters/default';

describe.each(dialects)('reservations on %s', (dialect) => {
  let api: Harness;
  beforeAll(async () => {
    api = await start(dialect);
  });
  afterAll(() => api.close());
  beforeEach(async () => {
    const { body } = await api.call().get(`${base}/reservations?limit=1000`);
    for (const { id, status } of body.items)
      if (status === 'granted') await api.call().delete(`${base}/reservations/${id}`);
    await api
      .call()
      .put(`${base}/snapshot?force=true`)
      .send(list(node('n1'), node('n2')));
  });

  const reserve = (body: object) => api.call().post(`${base}/reservations`).send(body);
  const wish = (name: string, rest: object = {}) => ({ items: [{ manifest: pod(name), ...rest }] });
  const statusOf = async (id: string): Promise<string> =>
    (await api.call().get(`${base}/reservations/${id}`)).body.status;

  it('chooses the best node and claims it: later answers count it', async () => {
    const claimed = await reserve({ ...wish('a'), owner: 'team-a' });
    expect(claimed.status, claimed.text).toBe(201);
    expect(claimed.body.items).toMatchObject([{ pod: 'default/a', node: 'n1', status: 'granted' }]);
    const { body } = await api.call().post(`${base}/questions/fit`).send(pod('b'));
    expect(body).toMatchObject({ node: 'n2', revision: claimed.body.revision });
    const ignoring = await api.call().post(`${base}/questions/fit?reservations=ignore`).send(pod('b'));
    expect(ignoring.body.node).toBe('n1');
  });

  it('never promises room twice, however many ask at once', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => reserve(wish(`r${index}`))));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(8);
    const refused = answers.filter(({ status }) => status !== 201);
    expect(refused).toHaveLength(12);
    for (const { body } of refused) {
      expect(body).toMatchObject({
        status: 409,
        code: 'does_not_fit',
        message: '0/2 nodes are available: 2 Insufficient cpu.',
        shortfall: { cpu: '1' },
      });
    }
  });

  it('a gang is claimed whole or not at all', async () => {
    expect((await reserve({ ...wish('a', { count: 9 }), gang: true })).body).toMatchObject({
      status: 409,
      code: 'does_not_fit',
      placed: 8,
    });
    expect((await api.call().get(base)).body.reservations).toBe(0);
    const whole = await reserve({ ...wish('a', { count: 8 }), gang: true });
    expect(whole.body.items).toHaveLength(8);
    expect(new Set(whole.body.items.map(({ pod: name }: { pod: string }) => name)).size).toBe(8);
  });

  it('without a gang each pod has its own outcome', async () => {
    const { status, body } = await reserve(wish('a', { count: 9 }));
    expect(status).toBe(201);
    expect(body.items.map((item: { status: string }) => item.status)).toEqual([
      ...Array<string>(8).fill('granted'),
      'refused',
    ]);
  });

  it('a named node is that node or none', async () => {
    expect((await reserve(wish('a', { node: 'n2' }))).body.items[0]).toMatchObject({ node: 'n2' });
    expect((await reserve({ items: [{ manifest: pod('b', { cpu: '4' }), node: 'n2' }] })).body).toMatchObject({
      status: 409,
      shortfall: { cpu: '1' },
    });
    expect((await reserve(wish('a', { node: 'nowhere' }))).body.status).toBe(409);
  });

  it('is released, once and for all', async () => {
    const { body } = await reserve(wish('a'));
    const { id } = body.items[0];
    expect((await api.call().delete(`${base}/reservations/${id}`)).status).toBe(204);
    expect((await api.call().delete(`${base}/reservations/${id}`)).status).toBe(204);
    expect(await statusOf(id)).toBe('released');
    expect((await api.call().patch(`${base}/reservations/${id}`).send({ ttlSeconds: 5 })).body).toMatchObject({
      status: 409,
      code: 'reservation_ended',
    });
    expect((await api.call().delete(`${base}/reservations/none`)).status).toBe(404);
  });

  it('expires, unless it is renewed', async () => {
    const short = (await reserve({ ...wish('a'), ttlSeconds: 1 })).body.items[0];
    const renewed = (await reserve({ ...wish('b'), ttlSeconds: 1 })).body.items[0];
    const answer = await api.call().patch(`${base}/reservations/${renewed.id}`).send({ ttlSeconds: 600 });
    expect(answer.body.expiresAt > renewed.expiresAt).toBe(true);
    const before = (await api.call().get(base)).body.revision;
    await expect.poll(() => statusOf(short.id), { timeout: 5000 }).toBe('expired');
    expect((await api.call().get(base)).body).toMatchObject({ revision: before + 1, reservations: 1 });
    expect(await statusOf(renewed.id)).toBe('granted');
  });

  it('is consumed when the pod of its name arrives on a node', async () => {
    const { id, node: on } = (await reserve(wish('a'))).body.items[0];
    await api.load(pod('a'));
    expect(await statusOf(id)).toBe('granted');
    await api.load(pod('a', { nodeName: on }));
    const { body } = await api.call().get(`${base}/reservations/${id}`);
    expect(body).toMatchObject({ status: 'consumed', consumedByPod: 'default/a' });
    const allocated = await api.call().get(`${base}/nodes/${on}?include=allocated`);
    expect(allocated.body.stowage.allocated.requested.cpu).toBe('1');
  });

  it('pods that consumedBy matches consume one each', async () => {
    const consumedBy = { namespace: 'default', labelSelector: 'app=web' };
    const claimed = await reserve({ ...wish('a', { count: 3 }), consumedBy });
    const ids: string[] = claimed.body.items.map((item: { id: string }) => item.id);
    await api.load(
      pod('web-1', { nodeName: 'n1', labels: { app: 'web' } }),
      pod('web-2', { nodeName: 'n2', labels: { app: 'web' } }),
      pod('db-1', { nodeName: 'n2' }),
    );
    // what is there already consumes nothing more
    await api.load(pod('web-1', { nodeName: 'n1', labels: { app: 'web', changed: 'yes' } }));
    expect((await Promise.all(ids.map(statusOf))).sort()).toEqual(['consumed', 'consumed', 'granted']);
  });

  it('is lost with its node', async () => {
    const { id } = (await reserve(wish('a', { node: 'n1' }))).body.items[0];
    await api.call().delete(`${base}/nodes/n1`);
    expect(await statusOf(id)).toBe('lost');
  });

  it('a repeat with the same key gets the first answer and claims nothing more', async () => {
    const keyed = (body: object) => reserve(body).set('Idempotency-Key', `claim-${dialect}`);
    const [first, second] = await Promise.all([keyed(wish('a')), keyed(wish('a'))]);
    const third = await keyed(wish('a'));
    expect(third.status).toBe(201);
    for (const repeat of [first, second]) if (repeat.status === 201) expect(repeat.body).toEqual(third.body);
    expect((await api.call().get(base)).body.reservations).toBe(1);
    expect((await keyed(wish('b'))).body).toMatchObject({ status: 422, code: 'idempotency_key_reused' });
  });

  it.each([
    ['no items', {}, 'items'],
    ['a wrong count', { items: [{ manifest: pod('a'), count: 0 }] }, 'items[0].count'],
    ['an unknown member', { items: [{ manifest: pod('a'), nodes: 1 }] }, 'items[0].nodes'],
    ['a wrong time to live', { items: [{ manifest: pod('a') }], ttlSeconds: -1 }, 'ttlSeconds'],
  ])('%s is 400', async (_name, body, field) => {
    expect((await reserve(body)).body).toMatchObject({ status: 400, code: 'invalid_request', errors: [{ field }] });
  });

  it('a refusal is the first answer of its key, too', async () => {
    const keyed = () => reserve(wish('big', { node: 'n1' })).set('Idempotency-Key', `refused-${dialect}`);
    const filler = (await reserve(wish('filler', { node: 'n1', count: 4 }))).body.items;
    const first = await keyed();
    expect(first.body).toMatchObject({ status: 409, code: 'does_not_fit', shortfall: { cpu: '1' } });
    for (const { id } of filler) await api.call().delete(`${base}/reservations/${id}`);
    // there is room now, and still the key's answer is the one that was given
    const { instance: _, ...again } = (await keyed()).body;
    expect(again).toEqual({ ...again, ...first.body, instance: undefined });
    expect((await api.call().get(base)).body.reservations).toBe(0);
  });

  it('quotas bound claims, earlier ones counted, in the words of the API server', async () => {
    await api.load({
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'small', namespace: 'default' },
      spec: { hard: { 'requests.cpu': '3' } },
    });
    const { body } = await reserve(wish('a', { count: 4 }));
    expect(body.items.map(({ status }: { status: string }) => status)).toEqual([
      'granted',
      'granted',
      'granted',
      'refused',
    ]);
    const message =
      'pods "a" is forbidden: exceeded quota: small, requested: requests.cpu=1, used: requests.cpu=3, limited: requests.cpu=3';
    const racing = await Promise.all(Array.from({ length: 5 }, () => reserve(wish('a'))));
    for (const refused of racing) expect(refused.body).toMatchObject({ status: 409, code: 'does_not_fit', message });
    await api.call().delete(`${base}/reservations/${body.items[0].id}`);
    const retried = await Promise.all(Array.from({ length: 5 }, () => reserve(wish('a'))));
    expect(retried.filter(({ status }) => status === 201)).toHaveLength(1);
  });

  it('a pod that waits and its reservation count once against a quota', async () => {
    const quota = { 'requests.cpu': '2' };
    await api.load(
      { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'q', namespace: 'default' }, spec: { hard: quota } },
      pod('a'),
    );
    expect((await reserve(wish('a'))).status).toBe(201);
    expect((await reserve(wish('b'))).status).toBe(201);
    expect((await reserve(wish('c'))).status).toBe(409);
  });

  it.each([
    ['a volume', { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }] }, 'VolumeBinding'],
    ['an unknown scheduler', { schedulerName: 'other' }, ''],
  ])('says what it does not evaluate: %s', async (_name, spec, plugin) => {
    const { status, body } = await reserve({ items: [{ manifest: pod('a', { spec }) }] });
    expect(status).toBe(201);
    expect(body.notEvaluated.map((entry: { plugin: string }) => entry.plugin)).toContain(plugin);
    expect((await reserve(wish('b'))).body.notEvaluated).toEqual([]);
  });

  it('holds its place among pods that keep apart', async () => {
    const labels = { app: 'apart' };
    const apart = {
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { labelSelector: { matchLabels: labels }, topologyKey: 'kubernetes.io/hostname' },
          ],
        },
      },
    };
    const claims = await Promise.all(
      ['a', 'b', 'c'].map((name) => reserve({ items: [{ manifest: pod(name, { labels, spec: apart }) }] })),
    );
    const granted = claims.filter(({ status }) => status === 201);
    expect(granted.map(({ body }) => body.items[0].node as string).sort()).toEqual(['n1', 'n2']);
  });

  it('an over-full node takes no claim, and every write that does not worsen it', async () => {
    const { id } = (await reserve(wish('a', { node: 'n1' }))).body.items[0];
    await api.load(...Array.from({ length: 5 }, (_, index) => pod(`p${index}`, { nodeName: 'n1' })));
    expect((await reserve(wish('b', { node: 'n1' }))).body).toMatchObject({ status: 409, shortfall: { cpu: '3' } });
    await api.load(node('n1', { allocatable: { cpu: '2' } }));
    const cordon = { spec: { unschedulable: true } };
    const patch = api.call().patch(`${base}/nodes/n1`).set('Content-Type', 'application/merge-patch+json');
    expect((await patch.send(JSON.stringify(cordon))).status).toBe(200);
    expect((await api.call().patch(`${base}/reservations/${id}`).send({ ttlSeconds: 60 })).status).toBe(200);
    expect((await api.call().delete(`${base}/reservations/${id}`)).status).toBe(204);
  });

  it('stays lost when its node comes back', async () => {
    const { id } = (await reserve(wish('a', { node: 'n2' }))).body.items[0];
    await api
      .call()
      .put(`${base}/snapshot?force=true`)
      .send(list(node('n1')));
    expect(await statusOf(id)).toBe('lost');
    await api.load(node('n2'));
    expect(await statusOf(id)).toBe('lost');
    expect((await api.call().get(base)).body.reservations).toBe(0);
  });

  it('tells its life in the changes', async () => {
    const since = (await api.call().get(base)).body.revision;
    const claimed = (await reserve(wish('a', { node: 'n1' }))).body;
    const { id } = claimed.items[0];
    await api.call().delete(`${base}/reservations/${id}`);
    const { body } = await api.call().get(`${base}/changes?sinceRevision=${since}`);
    const data = { pod: 'default/a', node: 'n1', requests: { cpu: 1000 } };
    expect(body.items).toMatchObject([
      {
        type: 'ADDED',
        kind: 'Reservation',
        name: id,
        revision: claimed.revision,
        data: { ...data, status: 'granted' },
      },
      { type: 'DELETED', kind: 'Reservation', name: id, data: { ...data, status: 'released' } },
    ]);
  });

  it('lists those of one state', async () => {
    const { id } = (await reserve(wish('a'))).body.items[0];
    const granted = (await api.call().get(`${base}/reservations?status=granted`)).body;
    expect(granted).toMatchObject({ total: 1, items: [{ id }] });
    expect((await api.call().get(`${base}/reservations?status=gone`)).status).toBe(400);
  });

  it('lists them in pages', async () => {
    await reserve(wish('a', { count: 3 }));
    const { body } = await api.call().get(`${base}/reservations?limit=2`);
    expect(body.items).toHaveLength(2);
    expect(body.nextCursor).toEqual(expect.any(String));
    expect(body.total).toBeGreaterThanOrEqual(3);
  });
});
