/**
 * `npm run demo`: `npm start` with the sample cluster in `default`. It has a database of its own unless DATABASE_URL
 * says otherwise, so that no data of yours is replaced.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { buildWhenStale } from './build-when-stale.mjs';

const sample = new URL('../examples/sample-cluster.yaml', import.meta.url);
if (process.env.DATABASE_URL === undefined) {
  mkdirSync('data', { recursive: true });
  process.env.DATABASE_URL = 'sqlite:data/demo.sqlite';
}
const port = process.env.PORT ?? '3000';
const host = process.env.HOST ?? '127.0.0.1';
const base = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
const headers = {
  'content-type': 'application/yaml',
  ...(process.env.STOWAGE_KEY && { authorization: `Bearer ${process.env.STOWAGE_KEY}` }),
};

async function untilReady() {
  for (let attempt = 0; ; attempt++) {
    const response = await fetch(`${base}/readyz`).catch(() => null);
    if (response?.ok) return;
    if (attempt === 300) throw new Error(`${base}/readyz does not answer 200`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

await buildWhenStale();
await import('../dist/service/main.js');
await untilReady();
const response = await fetch(`${base}/v1/clusters/default/snapshot?force=true&asOf=2026-03-02T09:00:00Z`, {
  method: 'PUT',
  headers,
  body: readFileSync(sample),
});
if (!response.ok) {
  console.error(`The sample cluster was not taken: ${response.status} ${await response.text()}`);
  process.exit(1);
}
console.log(`The sample cluster is in "default": ${JSON.stringify(await response.json())}

Ask it something, in another terminal:

  curl -s ${base}/v1/clusters/default/questions/fit \\
    -H 'Content-Type: application/yaml' --data-binary @examples/does-not-fit/init-container-too-large.yaml

More questions: README.md. Every endpoint, to try out in a browser: ${base}/docs
Ctrl-C stops it.`);
