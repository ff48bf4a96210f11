import { get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dialects, node, start, type Harness } from './harness.js';

const base = '/v1/clusters/default';

describe.each(dialects)('changes on %s', (dialect) => {
  let api: Harness;
  beforeAll(async () => {
    api = await start(dialect);
  });
  afterAll(() => api.close());

  it('come in order, without gaps, page by page', async () => {
    const since = (await api.call().get(base)).body.revision;
    await api.load(node('a'), node('b'));
    await api.load(node('a', { labels: { x: 'y' } }));
    await api.call().delete(`${base}/nodes/b`);
    const seen: string[] = [];
    let query = `sinceRevision=${since}&limit=2`;
    for (let page = 0; page < 10; page++) {
      const { body } = await api.call().get(`${base}/changes?${query}`);
      if (body.items.length === 0) break;
      for (const { revision, type, kind, name } of body.items) {
        if (kind === 'Node') seen.push(`${revision - since} ${type} ${name}`);
      }
      query = `cursor=${body.nextCursor}&limit=2`;
    }
    expect(seen).toEqual(['1 ADDED a', '1 ADDED b', '2 MODIFIED a', '3 DELETED b']);
  });

  it('a page without news says where to go on', async () => {
    const { body: first } = await api.call().get(`${base}/changes?limit=1000`);
    const { body } = await api.call().get(`${base}/changes?cursor=${first.nextCursor}`);
    expect(body).toMatchObject({ items: [], nextCursor: first.nextCursor });
  });

  it('as server-sent events, resumable', async () => {
    const { port } = api.app.nest.getHttpServer().address() as AddressInfo;
    const open = (headers: Record<string, string>, query: string): Promise<IncomingMessage> =>
      new Promise((resolve, reject) => {
        get(
          {
            port,
            host: '127.0.0.1',
            path: `${base}/changes?${query}`,
            headers: { Accept: 'text/event-stream', ...headers },
          },
          resolve,
        ).on('error', reject);
      });
    const collect = (stream: IncomingMessage): string[] => {
      const events: string[] = [];
      let rest = '';
      stream.on('data', (chunk: Buffer) => {
        const blocks = (rest + chunk.toString()).split('\n\n');
        rest = blocks.pop() ?? '';
        events.push(...blocks.filter((block) => block.includes('event: change')));
      });
      return events;
    };
    const since = (await api.call().get(base)).body.revision;
    const stream = await open({}, `sinceRevision=${since}`);
    expect(stream.headers['content-type']).toBe('text/event-stream');
    const events = collect(stream);
    for (const name of ['s1', 's2', 's3'])
      await api
        .call()
        .post(`${base}/nodes`)
        .send(node(`${name}-${dialect}`));
    await expect.poll(() => events.length, { timeout: 5000 }).toBe(3);
    stream.destroy();

    const id = /^id: (.*)$/m.exec(events[0] ?? '')?.[1] ?? '';
    const resumed = await open({ 'Last-Event-ID': id }, `sinceRevision=${since}`);
    const rest = collect(resumed);
    await expect.poll(() => rest.length, { timeout: 5000 }).toBe(2);
    expect(rest).toEqual(events.slice(1));
    resumed.destroy();
  });

  it('a cursor of somebody else is 400', async () => {
    expect((await api.call().get(`${base}/changes?cursor=abc`)).body).toMatchObject({
      status: 400,
      code: 'invalid_request',
    });
  });
});
