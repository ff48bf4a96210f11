/** Whatever is sent: a problem document of the 4xx kind, and the process goes on. */
import { connect, type AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp, type App } from '../../src/app.js';
import { readConfig } from '../../src/config/config.js';
import { fakeStore } from '../build/fake-store.js';

let app: App;
beforeAll(async () => {
  const config = readConfig({ LOG_LEVEL: 'silent', MAX_BODY_BYTES: '3000000' });
  app = await createApp(config, fakeStore());
  await app.nest.listen(0, '127.0.0.1');
});
afterAll(() => app.close());

const api = () => supertest(app.nest.getHttpServer());
const json = 'application/json';
const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'a' },
  spec: { containers: [{ name: 'a', image: 'a' }] },
};

async function alive(): Promise<void> {
  expect((await api().get('/healthz')).status).toBe(200);
}

interface Case {
  method?: 'get' | 'post' | 'put' | 'patch' | 'delete';
  path: string;
  type?: string;
  body?: string | Buffer;
  headers?: Record<string, string>;
  status: number;
  code: string;
  detail?: RegExp;
}

const cases: Record<string, Case> = {
  'an unknown address': { path: '/v1/nothing', status: 404, code: 'not_found' },
  'an address below a route': { path: '/v1/clusters/default/what', status: 404, code: 'not_found' },
  'a method that the address does not know': {
    method: 'post',
    path: '/healthz',
    status: 405,
    code: 'method_not_allowed',
  },
  'another one': { method: 'patch', path: '/v1/clusters/default', status: 405, code: 'method_not_allowed' },
  'an Accept that cannot be met': {
    path: '/v1/clusters',
    headers: { Accept: 'image/png' },
    status: 406,
    code: 'not_acceptable',
  },
  'percent signs that encode nothing': { path: '/v1/clusters/%zz', status: 400, code: 'invalid_request' },
  'bytes that are no UTF-8 in the address': { path: '/v1/clusters/%ff', status: 400, code: 'invalid_request' },
  'an over-long address': { path: `/v1/clusters/${'x'.repeat(2000)}`, status: 414, code: 'uri_too_long' },
  'an unknown cluster': { path: '/v1/clusters/nowhere', status: 404, code: 'not_found' },
  'a cluster name that is no DNS subdomain': {
    method: 'put',
    path: '/v1/clusters/Not_Good',
    type: json,
    body: '{}',
    status: 400,
    code: 'invalid_request',
  },
  'a cluster name that is too long': {
    method: 'put',
    path: `/v1/clusters/${'x'.repeat(254)}`,
    type: json,
    body: '{}',
    status: 400,
    code: 'invalid_request',
  },
  'text that is no JSON': {
    method: 'post',
    path: '/v1/effective',
    type: json,
    body: 'nope',
    status: 400,
    code: 'invalid_body',
  },
  'an empty body': { method: 'post', path: '/v1/effective', type: json, body: '', status: 400, code: 'invalid_body' },
  'no body at all': { method: 'post', path: '/v1/effective', status: 400, code: 'invalid_body' },
  'a media type that is not taken': {
    method: 'post',
    path: '/v1/effective',
    type: 'text/plain',
    body: 'x',
    status: 415,
    code: 'unsupported_media_type',
    detail: /-H 'Content-Type: application\/json'/,
  },
  'a form': {
    method: 'post',
    path: '/v1/effective',
    type: 'application/x-www-form-urlencoded',
    body: 'a=b',
    status: 415,
    code: 'unsupported_media_type',
  },
  'NDJSON where one document is wanted': {
    method: 'post',
    path: '/v1/effective',
    type: 'application/x-ndjson',
    body: '{}',
    status: 415,
    code: 'unsupported_media_type',
  },
  'another encoding': {
    method: 'post',
    path: '/v1/effective',
    type: 'application/json; charset=utf-16',
    body: '{}',
    status: 415,
    code: 'unsupported_media_type',
  },
  'JSON to PATCH': {
    method: 'patch',
    path: '/v1/clusters/default/nodes/a',
    type: json,
    body: '{}',
    status: 415,
    code: 'unsupported_media_type',
    detail: /merge-patch/,
  },
  'an unknown content encoding': {
    method: 'post',
    path: '/v1/effective',
    type: json,
    body: '{}',
    headers: { 'Content-Encoding': 'br' },
    status: 415,
    code: 'unsupported_media_type',
  },
  'gzip that is none': {
    method: 'post',
    path: '/v1/effective',
    type: json,
    body: '{}',
    headers: { 'Content-Encoding': 'gzip' },
    status: 400,
    code: 'invalid_body',
  },
  'an array': { method: 'post', path: '/v1/effective', type: json, body: '[1]', status: 422, code: 'invalid_manifest' },
  'a number': { method: 'put', path: '/v1/clusters/x', type: json, body: '1', status: 400, code: 'invalid_request' },
  'a member of another type': {
    method: 'put',
    path: '/v1/clusters/x',
    type: json,
    body: '{"description":1}',
    status: 400,
    code: 'invalid_request',
  },
  'an If-Match that is no entity tag': {
    method: 'put',
    path: '/v1/clusters/x',
    type: json,
    body: '{}',
    headers: { 'If-Match': 'W/"x"' },
    status: 400,
    code: 'invalid_request',
  },
  'a maxAge that is no number': { path: '/v1/clusters/default?maxAge=soon', status: 400, code: 'invalid_request' },
  'data older than allowed': { path: '/v1/clusters/default?maxAge=1', status: 409, code: 'stale_data' },
  'a limit that is too large': {
    path: '/v1/clusters/default/nodes?limit=100000',
    status: 400,
    code: 'invalid_request',
  },
  'a cursor of somebody else': { path: '/v1/clusters/default/nodes?cursor=e30', status: 400, code: 'invalid_request' },
  'a label selector that cannot be read': {
    path: '/v1/clusters/default/pods?labelSelector=a%20b',
    status: 400,
    code: 'invalid_request',
  },
  'a field selector over another field': {
    path: '/v1/clusters/default/pods?fieldSelector=spec.x%3D1',
    status: 400,
    code: 'invalid_request',
  },
  'a kind that is not kept': {
    path: '/v1/clusters/default/objects/core/Secret/default/x',
    status: 404,
    code: 'not_found',
  },
  'a namespace for a kind without one': {
    path: '/v1/clusters/default/objects/core/Node/default/x',
    status: 400,
    code: 'invalid_request',
  },
  "a name that is not the address's": {
    method: 'put',
    path: '/v1/clusters/default/namespaces/default/pods/b',
    type: json,
    body: JSON.stringify(pod),
    status: 422,
    code: 'invalid_manifest',
  },
  "a namespace that is not the address's": {
    method: 'put',
    path: '/v1/clusters/default/namespaces/default/pods/a',
    type: json,
    body: JSON.stringify({ ...pod, metadata: { name: 'a', namespace: 'b' } }),
    status: 422,
    code: 'invalid_manifest',
  },
  "a kind that is not the address's": {
    method: 'put',
    path: '/v1/clusters/default/nodes/a',
    type: json,
    body: JSON.stringify(pod),
    status: 400,
    code: 'invalid_body',
  },
  'a body that is too large': {
    method: 'post',
    path: '/v1/effective',
    type: json,
    body: `"${'x'.repeat(3_000_000)}"`,
    status: 413,
    code: 'payload_too_large',
  },
  'a body that is too large once decompressed': {
    method: 'post',
    path: '/v1/effective',
    type: json,
    body: gzipSync(`"${'x'.repeat(3_000_000)}"`),
    headers: { 'Content-Encoding': 'gzip' },
    status: 413,
    code: 'payload_too_large',
  },
};

describe('bad input', () => {
  it.each(Object.entries(cases))(
    '%s',
    async (_name, { method = 'get', path, type, body, headers, status, code, detail }) => {
      let call = api()[method](path);
      if (type) call = call.set('Content-Type', type);
      for (const [name, value] of Object.entries(headers ?? {})) call = call.set(name, value);
      const response = await (body === undefined ? call : call.serialize((raw: unknown) => raw as string).send(body));
      expect(response.body, response.text).toMatchObject({ status, code });
      expect(response.status).toBe(status);
      expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
      expect(response.headers['x-request-id']).toBeTruthy();
      expect(Object.keys(response.body).slice(0, 7)).toEqual([
        'type',
        'title',
        'status',
        'detail',
        'instance',
        'code',
        'retryable',
      ]);
      expect(response.text).not.toMatch(/\.(ts|js):\d+/);
      if (detail) expect(response.body.detail).toMatch(detail);
      await alive();
    },
  );

  it('names the methods that are allowed', async () => {
    const { headers } = await api().post('/v1/clusters/default');
    expect(headers['allow']).toBe('DELETE, GET, HEAD, PUT');
  });

  it('what is not HTTP gets a problem too', async () => {
    const { port } = app.nest.getHttpServer().address() as AddressInfo;
    const answer = await new Promise<string>((resolve, reject) => {
      let text = '';
      const socket = connect(port, '127.0.0.1', () => socket.write('HELLO\r\n\r\n'));
      socket.on('data', (chunk) => (text += chunk.toString()));
      socket.on('close', () => resolve(text));
      socket.on('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 [\s\S]*application\/problem\+json[\s\S]*"code":"invalid_request"/);
    await alive();
  });

  it('arbitrary JSON as a question is answered or refused, never an error of ours', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json({ maxDepth: 6 }), async (body) => {
        const response = await api().post('/v1/effective').type(json).send(body);
        expect(response.status, `${body} → ${response.text}`).toBeLessThan(500);
      }),
      { numRuns: 150 },
    );
    await alive();
  });

  it('arbitrary values inside a pod are answered or refused, never an error of ours', async () => {
    const fields = [
      'containers',
      'initContainers',
      'resources',
      'overhead',
      'tolerations',
      'affinity',
      'volumes',
      'nodeName',
      'topologySpreadConstraints',
      'schedulingGates',
    ];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...fields), fc.jsonValue({ maxDepth: 5 }), async (field, value) => {
        const response = await api()
          .post('/v1/effective')
          .send({ ...pod, spec: { ...pod.spec, [field]: value } });
        expect(response.status, `${field}: ${JSON.stringify(value)} → ${response.text}`).toBeLessThan(500);
      }),
      { numRuns: 200 },
    );
    await alive();
  });
});
