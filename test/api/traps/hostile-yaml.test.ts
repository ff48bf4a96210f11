/** Trap 4: YAML that aborts, blocks or fills the process of a careless reader; and JSON in the same spirit. */
import supertest from 'supertest';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createApp, type App } from '../../../src/app.js';
import { readConfig } from '../../../src/config/config.js';
import { fakeStore } from '../../build/fake-store.js';

let app: App;
beforeAll(async () => {
  app = await createApp(readConfig({ LOG_LEVEL: 'silent' }), fakeStore());
  await app.nest.init();
  await app.nest.getHttpAdapter().getInstance().ready();
});
afterAll(() => app.close());

const laughs = [
  'a0: &a0 [x, x, x, x, x, x, x, x, x]',
  ...Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(', ')}]`),
].join('\n');

const yaml = 'application/yaml';
const json = 'application/json';

it.each([
  ['10 KB of [', yaml, '['.repeat(10_000)],
  ['10 KB of [ and ]', yaml, '['.repeat(5000) + ']'.repeat(5000)],
  ['10 KB of {a:', yaml, '{a: '.repeat(3000)],
  ['block nesting', yaml, Array.from({ length: 3000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
  ['sequence nesting on one line', yaml, '- '.repeat(5000)],
  ['billion laughs', yaml, laughs],
  ['an alias inside its own anchor', yaml, 'a: &a [*a]'],
  ['an unknown alias', yaml, 'a: *nobody'],
  ['5000 aliases', yaml, `a: &a x\nb: [${Array(5000).fill('*a').join(', ')}]`],
  ['a duplicate key', yaml, 'description: a\ndescription: b'],
  ['a duplicate key in flow style', yaml, '{description: a, description: b}'],
  ['__proto__', yaml, '__proto__: {a: b}'],
  ['a number that JSON does not know', yaml, 'description: .nan'],
  ['an unknown tag', yaml, 'description: !!js/function "x"'],
  ['a tab for indentation', yaml, 'a:\n\tb: c'],
  ['nothing', yaml, ''],
  ['only comments', yaml, '# nothing\n---\n# here'],
  ['JSON nested 10,000 deep', json, '['.repeat(10_000) + ']'.repeat(10_000)],
  ['JSON nested 10,000 deep, unfinished', json, '{"a":'.repeat(10_000)],
  ['JSON with a member named twice', json, '{"description":"a","description":"b"}'],
  ['JSON with an escaped member named twice', json, '{"description":"a","descriptio\\u006e":"b"}'],
  ['JSON with __proto__', json, '{"__proto__":{"a":1}}'],
  ['JSON with an escaped __proto__', json, '{"\\u005f_proto__":{"a":1}}'],
  ['not JSON', json, 'nodes: 3'],
  ['a number beyond doubles', json, '{"description":1e999}'],
])('%s is 400', async (_name, type, body) => {
  const since = performance.now();
  const response = await supertest(app.nest.getHttpServer()).put('/v1/clusters/x').set('Content-Type', type).send(body);
  expect(response.status, response.text).toBe(400);
  expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(response.body).toMatchObject({ code: 'invalid_body', status: 400, retryable: false });
  expect(performance.now() - since).toBeLessThan(1000);
});

it('bytes that are not UTF-8 are 400', async () => {
  const response = await supertest(app.nest.getHttpServer())
    .put('/v1/clusters/x')
    .set('Content-Type', json)
    .serialize((bytes: unknown) => bytes as string)
    .send(Buffer.from([0x22, 0xff, 0xfe, 0x22]));
  expect(response.body).toMatchObject({ code: 'invalid_body', detail: 'the body is not UTF-8' });
});

it('names the member that is there twice', async () => {
  const response = await supertest(app.nest.getHttpServer())
    .put('/v1/clusters/x')
    .set('Content-Type', json)
    .send('{"scheduler":{"profiles":[{"a":1},{"b":2,"b":3}]}}');
  expect(response.body.detail).toBe('the body names the member scheduler.profiles[1].b twice');
});

it('a 2 MB string is read like any other, and too long for a description', async () => {
  const response = await supertest(app.nest.getHttpServer())
    .put('/v1/clusters/x')
    .set('Content-Type', yaml)
    .send(`description: ${'x'.repeat(2_000_000)}`);
  expect(response.status).toBe(400);
  expect(response.body.code).toBe('invalid_request');
});
