/** Trap 5: Fastify's requestTimeout of 0 lets a client hold a connection open for ever, byte by byte. */
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createApp, type App } from '../../../src/app.js';
import { readConfig } from '../../../src/config/config.js';
import { fakeStore } from '../../build/fake-store.js';

let app: App;
let port: number;

beforeAll(async () => {
  const config = readConfig({ LOG_LEVEL: 'silent', REQUEST_TIMEOUT_MS: '600', HEADERS_TIMEOUT_MS: '300' });
  app = await createApp(config, fakeStore());
  await app.nest.listen(0, '127.0.0.1');
  port = (app.nest.getHttpServer().address() as AddressInfo).port;
});
afterAll(() => app.close());

/** Sends the text, then nothing; what came back and how long the connection lived. */
function hang(text: string): Promise<{ answer: string; ms: number }> {
  return new Promise((resolve, reject) => {
    const since = performance.now();
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('error', reject);
    socket.on('close', () => resolve({ answer, ms: performance.now() - since }));
  });
}

it.each([
  ['headers that never end', 'GET /healthz HTTP/1.1\r\nHost: x\r\n'],
  [
    'a body that never ends',
    'PUT /v1/clusters/x HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
  ],
])('%s: 408 as a problem, and the connection is closed', async (_name, text) => {
  const { answer, ms } = await hang(text);
  expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  expect(answer).toContain('application/problem+json');
  expect(answer).toContain('"code":"request_timeout"');
  expect(ms).toBeLessThan(3000);
});

it('the server has all three timeouts', () => {
  const server = app.nest.getHttpServer() as { requestTimeout: number; headersTimeout: number };
  expect(server.requestTimeout).toBe(600);
  expect(server.headersTimeout).toBe(300);
});
