/** API.md 1: what holds on every route. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dialects, list, node, pod, start, type Harness } from '../harness.js';

const base = '/v1/clusters/default';
const template = {
  metadata: { labels: { app: 'd' } },
  spec: { containers: [{ name: 'main', image: 'main:1' }] },
};
const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'd', namespace: 'default' },
  spec: { replicas: 1, selector: { matchLabels: { app: 'd' } }, template },
};

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

describe.each(dialects)('in general on %s', (dialect) => {
  let api: Harness;
  let reservation: string;
  beforeAll(async () => {
    api = await start(dialect);
    await api.load(node('n'), pod('p'), deployment);
    const claimed = await api
      .call()
      .post(`${base}/reservations`)
      .send({ items: [{ manifest: pod('r') }] });
    reservation = `${base}/reservations/${claimed.body.items[0].id}`;
  });
  afterAll(() => api.close());

  const send = (method: Method, path: string, body?: object) => {
    const request = api.call()[method](path);
    return body === undefined ? request : request.send(body);
  };
  const at = (path: string): string => (path === ':reservation' ? reservation : path);

  it.each<[Method, string, object?]>([
    ['get', '/v1/clusters'],
    ['get', base],
    ['put', base, {}],
    ['delete', base],
    ['post', `${base}/import`, list()],
    ['put', `${base}/snapshot`, list()],
    ['get', `${base}/snapshot`],
    ['get', `${base}/nodes`],
    ['delete', `${base}/nodes/n`],
    ['delete', `${base}/namespaces/default/pods/p`],
    ['delete', `${base}/objects/apps/Deployment/default/d`],
    ['get', `${base}/changes`],
    ['get', `${base}/pending`],
    ['get', `${base}/reservations`],
    ['post', `${base}/reservations`, { items: [{ manifest: pod('x') }] }],
    ['patch', ':reservation', { ttlSeconds: 60 }],
    ['delete', ':reservation'],
    ['post', '/v1/effective', pod('x')],
    ['post', `${base}/questions/fit`, pod('x')],
  ])('%s %s refuses a query parameter that it does not know', async (method, path, body) => {
    const response = await send(method, `${at(path)}?bogus=1`, body);
    expect(response.body, response.text).toMatchObject({ status: 400, code: 'invalid_request' });
    expect(response.body.detail).toContain('bogus');
  });

  it.each<[Method, string, object?]>([
    ['get', base],
    ['get', `${base}/snapshot`],
    ['get', `${base}/nodes`],
    ['get', `${base}/nodes/n`],
    ['get', `${base}/objects`],
    ['get', `${base}/changes`],
    ['get', `${base}/pending`],
    ['get', `${base}/namespaces/default/pods/p/explanation`],
    ['get', `${base}/reservations`],
    ['get', ':reservation'],
    ['post', `${base}/questions/fit`, pod('x')],
    ['post', `${base}/questions/fit?require=yes`, pod('x', { cpu: '99' })],
    ['post', `${base}/questions/capacity`, pod('x')],
    ['post', `${base}/questions/simulate`, pod('x')],
    ['post', `${base}/questions/effective`, pod('x')],
    ['post', `${base}/import`, list()],
    ['put', `${base}/nodes/gone`, node('gone')],
    ['delete', `${base}/nodes/gone`],
  ])('%s %s says at which revision', async (method, path, body) => {
    const response = await send(method, at(path), body);
    const { body: now } = await api.call().get(base);
    expect(response.headers['cluster-revision'], response.text).toBe(String(now.revision));
  });

  it.each(['', '/nodes', '/pods', '/objects', '/pending', '/reservations'])(
    'GET %s says as of when the data is',
    async (path) => {
      const { body: now } = await api.call().get(base);
      expect((await api.call().get(`${base}${path}`)).body.asOf).toBe(now.asOf);
    },
  );

  it.each(['yesterday', '2026-13-45T00:00:00Z', '2026-02-30T00:00:00Z', '2026-01-01T25:00:00Z', '2026-01-01'])(
    'asOf=%s is 400',
    async (asOf) => {
      const response = await api.call().post(`${base}/import?asOf=${asOf}`).send(node('n'));
      expect(response.body, response.text).toMatchObject({ status: 400, code: 'invalid_request' });
    },
  );

  it('asOf with an offset becomes UTC', async () => {
    const response = await api
      .call()
      .post(`${base}/import?asOf=${encodeURIComponent('2026-02-28T01:00:00+02:00')}`)
      .send(list());
    expect(response.body.asOf).toBe('2026-02-27T23:00:00.000Z');
  });

  it.each([
    ['application/yaml', ''],
    ['application/yaml', '---\n# nothing\n---\n'],
    ['application/x-ndjson', '\n\n'],
    ['application/json', ' '],
  ])('an empty %s body (%j) is 400, and empties nothing', async (type, body) => {
    for (const path of ['/import', '/snapshot?force=true', '/snapshot?kinds=Pod']) {
      const method = path === '/import' ? 'post' : 'put';
      const response = await send(method, `${base}${path}`).set('Content-Type', type).send(body);
      expect(response.body, response.text).toMatchObject({ status: 400, code: 'invalid_body' });
    }
    expect((await api.call().get(`${base}/nodes/n`)).status).toBe(200);
  });

  it('a POST is conditional like any other write', async () => {
    const post = (name: string, header: string, value: string) =>
      api.call().post(`${base}/nodes`).set(header, value).send(node(name));
    expect((await post('new', 'If-Match', '"1"')).status).toBe(412);
    expect((await post('new', 'If-None-Match', '"1"')).status).toBe(400);
    expect((await post('new', 'If-None-Match', '*')).status).toBe(201);
    expect((await post('new', 'If-None-Match', '*')).body.code).toBe('already_exists');
  });

  it('of concurrent writes with one If-Match, one wins', async () => {
    const { headers } = await api.call().get(`${base}/nodes/n`);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        api
          .call()
          .put(`${base}/nodes/n`)
          .set('If-Match', String(headers['etag']))
          .send(node('n', { labels: { index: String(index) } })),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 412)).toHaveLength(19);
  });

  it('a body of another kind than the address is 400 and names both', async () => {
    const response = await api.call().put(`${base}/nodes/n`).send(pod('n'));
    expect(response.body).toMatchObject({ status: 400, code: 'invalid_body' });
    expect(response.body.detail).toBe('the body is a Pod (v1), the address is of a v1 Node');
  });
});

describe('the same data in another order', () => {
  let api: Harness;
  beforeAll(async () => {
    api = await start('sqlite');
  });
  afterAll(() => api.close());

  it('gives the same bytes', async () => {
    const objects = [
      ...Array.from({ length: 12 }, (_, index) => node(`n${index}`, { labels: { zone: `z${index % 3}` } })),
      ...Array.from({ length: 30 }, (_, index) =>
        pod(`p${index}`, {
          nodeName: `n${(index * 7) % 12}`,
          cpu: `${100 + 10 * index}m`,
          labels: { app: `a${index % 3}` },
        }),
      ),
      ...Array.from({ length: 4 }, (_, index) => pod(`w${index}`, { cpu: '5' })),
      deployment,
    ];
    for (const [cluster, order] of [
      ['a', objects],
      ['b', objects.toReversed()],
    ] as const) {
      await api.call().put(`/v1/clusters/${cluster}`).send({});
      const imported = await api
        .call()
        .post(`/v1/clusters/${cluster}/import?asOf=2026-01-01T00:00:00Z`)
        .send(list(...order));
      expect(imported.status, imported.text).toBe(200);
    }
    const spread = pod('x', {
      labels: { app: 'a1' },
      spec: {
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: 'zone',
            whenUnsatisfiable: 'DoNotSchedule',
            labelSelector: { matchLabels: { app: 'a1' } },
          },
        ],
      },
    });
    const questions: [string, object?][] = [
      ['/questions/fit?explain=all', spread],
      ['/questions/fit?explain=all', pod('x', { cpu: '9' })],
      ['/questions/fit?explain=all&preemption=true', pod('x', { cpu: '4', spec: { priority: 5 } })],
      ['/questions/capacity?sequence=true', spread],
      ['/questions/simulate', { ...deployment, spec: { ...deployment.spec, replicas: 9 } }],
      ['/pending'],
      ['/snapshot'],
      ['/pods'],
      ['/namespaces/default/pods/w1/explanation'],
    ];
    for (const [path, body] of questions) {
      const [one, two, again] = await Promise.all(
        ['a', 'b', 'a'].map((cluster) => {
          const address = `/v1/clusters/${cluster}${path}`;
          return body === undefined ? api.call().get(address) : api.call().post(address).send(body);
        }),
      );
      expect(one!.status, one!.text).toBe(200);
      expect(two!.text, path).toBe(one!.text);
      expect(again!.text, path).toBe(one!.text);
    }
  });
});
