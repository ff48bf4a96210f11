/** Long questions (API.md 4.11): promised, looked at, streamed, cancelled, given up. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../src/kubernetes/types.js';
import { Operations } from '../../src/service/operations.js';
import { QuestionThreads } from '../../src/service/question-threads.js';
import { dialects, node, pod, start, type Harness } from './harness.js';

const base = '/v1/clusters/default';
const NODES = 400;

/** Room for 40 x NODES replicas of 100m. */
const nodes = Array.from({ length: NODES }, (_, index) => node(`n${String(index).padStart(3, '0')}`));
const small = pod('small', { cpu: '100m' }) as JsonObject;
/** Each replica may move every score and forks the model: long enough to be caught running. */
const slow = {
  manifests: [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'slow', namespace: 'default' },
      spec: {
        replicas: 1_000_000,
        selector: { matchLabels: { app: 'slow' } },
        template: {
          metadata: { labels: { app: 'slow' } },
          spec: { containers: [{ name: 'main', image: 'main:1', resources: { requests: { cpu: '100m' } } }] },
        },
      },
    },
  ],
};

const capacityOf = (manifest: Json) =>
  ({ question: 'capacity', cluster: 'default', revision: 1, request: { manifest } }) as const;

describe.each(dialects)('operations on %s', (dialect) => {
  let api: Harness;
  beforeAll(async () => {
    api = await start(dialect);
    await api.load(...nodes);
  });
  afterAll(() => api.close());

  const promise = (question: string, body: object, headers: Record<string, string> = {}) =>
    api
      .call()
      .post(`${base}/questions/${question}`)
      .set({ Prefer: 'respond-async', ...headers })
      .send(body);

  async function ended(location: string): Promise<{ status: string; result?: object; error?: { code: string } }> {
    for (;;) {
      const { body } = await api.call().get(location);
      if (body.status !== 'running') return body;
      await sleep(20);
    }
  }

  it('gives at last what the same question answers at once', async () => {
    const promised = await promise('capacity', small);
    expect(promised.status, promised.text).toBe(202);
    expect(promised.headers).toMatchObject({ 'preference-applied': 'respond-async' });
    expect(promised.headers['location']).toBe(`${base}/operations/${promised.body.id}`);
    const operation = await ended(String(promised.headers['location']));
    expect(operation).toMatchObject({ status: 'succeeded', result: { replicas: 40 * NODES } });
    const atOnce = await api.call().post(`${base}/questions/capacity`).send(small);
    expect(operation.result).toEqual(atOnce.body);
  });

  it('refuses what the question itself would refuse', async () => {
    const promised = await promise('capacity', { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'x' } });
    const operation = await ended(String(promised.headers['location']));
    expect(operation).toMatchObject({ status: 'failed', error: { code: 'nothing_to_evaluate' } });
  });

  it('the same Idempotency-Key is the same operation; another body under it is refused', async () => {
    const first = await promise('capacity', small, { 'Idempotency-Key': 'once' });
    const again = await promise('capacity', small, { 'Idempotency-Key': 'once' });
    expect(again.body.id).toBe(first.body.id);
    const other = await promise('capacity', pod('other'), { 'Idempotency-Key': 'once' });
    expect(other.body).toMatchObject({ status: 422, code: 'idempotency_key_reused' });
  });

  it('streams its end as an event', async () => {
    const { headers } = await promise('capacity', small);
    const { text } = await api.call().get(String(headers['location'])).set('Accept', 'text/event-stream').buffer(true);
    const [, data] = /event: end\ndata: (.*)\n\n$/.exec(text) ?? [];
    expect(JSON.parse(data ?? 'null')).toMatchObject({ status: 'succeeded', result: { replicas: 40 * NODES } });
  });

  it('a running one is cancelled, and the thread is free within a few seconds', async () => {
    const { headers } = await promise('simulate', slow);
    const location = String(headers['location']);
    await sleep(300);
    expect((await api.call().get(location)).body.status).toBe('running');
    expect((await api.call().delete(location)).status).toBe(204);
    expect((await api.call().get(location)).body).toMatchObject({ status: 'cancelled' });
    const since = performance.now();
    expect((await api.call().post(`${base}/questions/capacity`).send(small)).status).toBe(200);
    expect(performance.now() - since).toBeLessThan(10_000);
    // a finished one is forgotten
    expect((await api.call().delete(location)).status).toBe(204);
    expect((await api.call().get(location)).status).toBe(404);
  });

  it('belongs to its cluster', async () => {
    const { body } = await promise('capacity', small);
    await api.call().put('/v1/clusters/other').send({});
    expect((await api.call().get(`/v1/clusters/other/operations/${body.id}`)).status).toBe(404);
  });

  it('short questions are answered while a long one runs', async () => {
    const { headers } = await promise('simulate', slow);
    const since = performance.now();
    for (let i = 0; i < 10; i++) {
      expect((await api.call().get('/healthz')).status).toBe(200);
      expect((await api.call().post(`${base}/questions/fit`).send(small)).body.verdict).toBe('yes');
    }
    expect(performance.now() - since).toBeLessThan(5000);
    await api.call().delete(String(headers['location']));
  });
});

describe.each(dialects)('a time limit on %s', (dialect) => {
  it('ends a question that takes longer, and says how to ask it', async () => {
    const api = await start(dialect, { QUESTION_TIMEOUT_MS: '50' });
    try {
      await api.load(...nodes);
      const { body } = await api.call().post(`${base}/questions/simulate`).send(slow);
      expect(body).toMatchObject({ status: 503, code: 'timeout' });
      expect(body.detail).toContain('respond-async');
    } finally {
      await api.close();
    }
  });
});

describe('question threads', () => {
  it('a database that cannot be opened is the error of each question', async () => {
    const threads = new QuestionThreads('sqlite:/nonexistent/folder/x.db', 1, () => undefined);
    try {
      await expect(threads.ask(capacityOf(small))).rejects.toMatchObject({ code: 'storage_unavailable' });
    } finally {
      await threads.close();
    }
  });

  it('a thread that dies refuses its question and is replaced for the next', async () => {
    const api = await start('sqlite');
    const threads = new QuestionThreads(api.app.store.address, 1, () => undefined);
    try {
      await api.load(...nodes);
      const started = threads.ask(capacityOf(small));
      const [thread] = Reflect.get(threads, 'threads') as { start(): Worker }[];
      await thread!.start().terminate();
      await expect(started).rejects.toMatchObject({ code: 'overloaded' });
      await expect(threads.ask(capacityOf(small))).resolves.toMatchObject({ verdict: 'yes' });
    } finally {
      await threads.close();
      await api.close();
    }
  });
});

describe('operations', () => {
  it('tells its watchers of progress, and of nothing after its end', async () => {
    const operations = new Operations();
    const about = { cluster: 'default', question: 'simulate', revision: 7 };
    const seen: string[] = [];
    let report = (_done: number): void => undefined;
    let finish = (): void => undefined;
    const { id } = operations.start(about, ({ onProgress }) => {
      report = (done) => onProgress({ done, total: 10 });
      return new Promise((resolve) => {
        finish = () => resolve({ verdict: 'yes', revision: 8, json: new TextEncoder().encode('{}') });
      });
    });
    operations.watch('default', id, ({ status, progress }) =>
      seen.push(`${status} ${progress.done}/${progress.total}`),
    );
    report(3);
    finish();
    await sleep(0);
    report(9);
    expect(seen).toEqual(['running 3/10', 'succeeded 3/10']);
    expect(operations.get('default', id)).toMatchObject({ status: 'succeeded', revision: 8 });
    operations.close();
  });
});
