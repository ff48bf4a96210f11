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

const ask = (path = '/v1/effective') => supertest(app.nest.getHttpServer()).post(path);

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web' },
  spec: {
    initContainers: [{ name: 'migrate', image: 'm', resources: { requests: { cpu: '2500m' } } }],
    containers: [{ name: 'app', image: 'a', resources: { requests: { cpu: '650m', memory: '1Gi' } } }],
  },
};

const yaml = `
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  initContainers:
  - {name: migrate, image: m, resources: {requests: {cpu: 2500m}}}
  containers:
  - {name: app, image: a, resources: {requests: {cpu: 650m, memory: 1Gi}}}
`;

describe('POST /v1/effective', () => {
  it('takes the larger of the init phase and the work phase', async () => {
    const { status, body } = await ask().send(pod);
    expect(status).toBe(200);
    expect(body).toMatchObject({ verdict: 'yes', revision: null, asOf: null });
    expect(body.items).toHaveLength(1);
    expect(body.items[0]).toMatchObject({
      kind: 'Pod',
      namespace: 'default',
      name: 'web',
      requests: { cpu: '2500m', memory: '1Gi' },
      reservedForInitOnly: { cpu: '1850m' },
    });
  });

  it.each([
    ['a request object', () => ask().send({ manifest: pod })],
    ['YAML', () => ask().type('application/yaml').send(yaml)],
    ['a List', () => ask().send({ apiVersion: 'v1', kind: 'List', items: [pod] })],
    [
      'a typed list whose items name no kind',
      () => {
        const { kind: _, apiVersion: __, ...item } = pod;
        return ask().send({ apiVersion: 'v1', kind: 'PodList', items: [item] });
      },
    ],
  ])('answers the same for %s', async (_name, send) => {
    const expected = await ask().send(pod);
    const { status, body } = await send();
    expect(status).toBe(200);
    expect(body).toEqual(expected.body);
  });

  it('reads every document of a YAML body', async () => {
    const { body } = await ask()
      .type('text/yaml')
      .send(`${yaml}---\n${yaml.replace('web', 'api')}`);
    expect(body.items.map((item: { name: string }) => item.name)).toEqual(['web', 'api']);
  });

  it('takes options from the query beside a manifest', async () => {
    const { body } = await ask('/v1/effective?quantities=integer&namespace=team-a').send(pod);
    expect(body.items[0]).toMatchObject({ namespace: 'team-a', requests: { cpu: 2500, memory: 1073741824 } });
  });

  it.each([
    ['an unknown member', '/v1/effective', { manifest: pod, manifets: 1 }, 'manifets'],
    ['an unknown query parameter', '/v1/effective?quantity=integer', pod, 'quantity'],
    [
      'the same option twice',
      '/v1/effective?quantities=integer',
      { manifest: pod, quantities: 'string' },
      'quantities',
    ],
    ['a query parameter given twice', '/v1/effective?namespace=a&namespace=b', pod, 'namespace'],
    ['a word that is none', '/v1/effective?quantities=numbers', pod, 'quantities'],
  ])('%s is 400', async (_name, path, body, field) => {
    const response = await ask(path).send(body);
    expect(response.status).toBe(400);
    expect(response.body).toMatchObject({ code: 'invalid_request', errors: [{ field }] });
  });

  it('a body without pods is 422, unless that is allowed', async () => {
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'x' }, spec: {} };
    expect((await ask().send(service)).body).toMatchObject({ status: 422, code: 'nothing_to_evaluate' });
    expect((await ask('/v1/effective?allowEmpty=true').send(service)).body.items).toEqual([]);
  });

  it('an unparsable quantity is 422 with its field', async () => {
    const wrong = structuredClone(pod);
    wrong.spec.containers[0]!.resources.requests.cpu = '1 core';
    const { status, body } = await ask().send(wrong);
    expect(status).toBe(422);
    expect(body.code).toBe('invalid_manifest');
    expect(body.errors[0].field).toBe('spec.containers[0].resources.requests[cpu]');
  });
});
