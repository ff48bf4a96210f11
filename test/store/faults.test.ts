/** What breaks below the store: every write says what is known of it, and writes work again once the cause is gone. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import process from 'node:process';
import type { ClusterStore } from '../../src/store/cluster-store.js';
import { openStore } from '../../src/store/open-store.js';
import type { Change, Committed } from '../../src/store/store.js';
import { startPostgres } from '../build/postgres.js';
import { startProxy, type TcpProxy } from '../build/tcp-proxy.js';
import { commitChanges, deletion, nodeKey, podKey, putNode, putPod, requestFor } from './changes.js';
import { createDatabase, type TestDatabase } from './databases.js';

const code = (...expected: string[]): unknown =>
  expect.objectContaining({ code: expect.toBeOneOf(expected) as unknown });

/** Two commits, of which the second waits while the first one's batch is written and committed. */
function commitInARow(store: ClusterStore, change: Change): Record<'dying' | 'next', Promise<Committed<null>>> {
  let queued: (next: Promise<Committed<null>>) => void;
  const next = new Promise<Committed<null>>((resolve) => (queued = resolve));
  const dying = store.commit(
    'default',
    requestFor([change], () => {
      queued(commitChanges(store, 'default', putPod('next', { node: 'n' })));
      return { changes: [change], result: null };
    }),
  );
  return { dying, next };
}

describe('SQLite', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createDatabase('sqlite');
  });
  afterEach(async () => {
    delete process.env['STOWAGE_FAILPOINTS'];
    await database.drop();
  });

  test.each([
    ['before the commit', 'commit.before-commit', false],
    ['after the commit, before the answer', 'commit.after-commit', true],
  ])('the storage thread dies %s', async (_name, point, stored) => {
    const first = openStore(database.url);
    await first.open();
    await commitChanges(first, 'default', putNode('n'));
    await first.close();
    // The thread reads the environment when it starts; the second transaction of the new store dies.
    process.env['STOWAGE_FAILPOINTS'] = `${point}=exit@2`;
    const store = openStore(database.url, { maintenanceMs: 0, pollMs: 600_000 });
    await store.open();
    const revision = (await commitChanges(store, 'default', putPod('before', { node: 'n' }))).revision;
    const dying = commitChanges(store, 'default', putPod('p', { node: 'n' }));
    await expect(dying).rejects.toEqual(code('outcome_unknown'));
    delete process.env['STOWAGE_FAILPOINTS'];
    expect(store.cluster('default')!.revision).toBe(revision);
    expect((await store.get('default', podKey('p'))) !== undefined).toBe(stored);
    await expect
      .poll(
        async () =>
          await commitChanges(store, 'default', putPod('after', { node: 'n' })).then(
            () => true,
            () => false,
          ),
      )
      .toBe(true);
    expect(store.cluster('default')!.model.pod('default', 'p') !== undefined).toBe(stored);
    expect(await store.verify('default')).toMatchObject({ equal: true });
    await store.close();
  });

  test('a batch that fails while the next one waits takes nothing of it along, and leaves it nothing', async () => {
    const store = openStore(`${database.url}?max_page_count=2000`, { maintenanceMs: 0, pollMs: 600_000 });
    await store.open();
    const { revision } = await commitChanges(store, 'default', putNode('n'));
    const { dying, next } = commitInARow(store, putPod('p', { labels: { filler: 'x'.repeat(12_000_000) } }));
    await expect(dying).rejects.toEqual(code('storage_full'));
    expect((await next).revision).toBe(revision + 1);
    expect(store.cluster('default')!.model.pod('default', 'p')).toBeUndefined();
    expect(await store.verify('default')).toMatchObject({ equal: true });
    await store.close();
  });

  test('a full database refuses writes, answers reads, and takes writes again once there is room', async () => {
    const store = openStore(`${database.url}?max_page_count=120`, { maintenanceMs: 0, retention: { changes: 0 } });
    await store.open();
    const acknowledged: string[] = [];
    const fill = async (): Promise<void> => {
      for (let index = 0; index < 5000; index++) {
        await commitChanges(store, 'default', putPod(`p${index}`, { labels: { filler: 'x'.repeat(2000) } }));
        acknowledged.push(`p${index}`);
      }
    };
    await expect(fill()).rejects.toEqual(code('storage_full'));
    expect(acknowledged.length).toBeGreaterThan(10);
    await store.ping();
    expect((await store.list('default', { limit: 1 })).total).toBe(acknowledged.length);
    expect(await store.verify('default')).toMatchObject({ equal: true });
    // Compacting the log makes room, and then deleting makes more.
    await store.maintain();
    await commitChanges(store, 'default', ...acknowledged.slice(0, 10).map((name) => deletion(podKey(name))));
    await commitChanges(store, 'default', putPod('again'));
    expect(await store.get('default', podKey('again'))).toBeDefined();
    expect(await store.verify('default')).toMatchObject({ equal: true });
    await store.close();
  });
});

describe('PostgreSQL', () => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let store: ClusterStore;
  beforeEach(async () => {
    database = await createDatabase('postgres');
    const url = new URL(database.url);
    proxy = await startProxy({ host: url.hostname, port: Number(url.port) });
    url.port = String(proxy.port);
    store = openStore(url.href, { maintenanceMs: 0, pollMs: 600_000 });
    await store.open();
    await commitChanges(store, 'default', putNode('n'));
  });
  afterEach(async () => {
    proxy.mode = 'pass';
    await store.close();
    await proxy.close();
    await database.drop();
  });

  test.each([
    ['before the COMMIT arrives', 'cut-before', false],
    ['after the COMMIT, before its answer', 'cut-after', true],
  ] as const)('the connection is cut %s', async (_name, mode, stored) => {
    const before = store.cluster('default')!.revision;
    proxy.mode = mode;
    await expect(commitChanges(store, 'default', putPod('p', { node: 'n' }))).rejects.toEqual(code('outcome_unknown'));
    proxy.mode = 'pass';
    expect(store.cluster('default')!.revision).toBe(before);
    const { revision } = await commitChanges(store, 'default', putPod('q', { node: 'n' }));
    expect(revision).toBe(before + (stored ? 2 : 1));
    expect(store.cluster('default')!.model.pod('default', 'p') !== undefined).toBe(stored);
    expect(await store.verify('default')).toMatchObject({ equal: true });
  });

  test.each([
    ['before the COMMIT arrives', 'cut-before', false],
    ['after the COMMIT, before its answer', 'cut-after', true],
  ] as const)('the connection is cut %s, while the next batch asks for the lock', async (_name, mode, stored) => {
    const before = store.cluster('default')!.revision;
    proxy.mode = mode;
    const { dying, next } = commitInARow(store, putPod('p', { node: 'n' }));
    await expect(dying).rejects.toEqual(code('outcome_unknown'));
    proxy.mode = 'pass';
    expect((await next).revision).toBe(before + (stored ? 2 : 1));
    expect(store.cluster('default')!.model.pod('default', 'p') !== undefined).toBe(stored);
    expect(await store.verify('default')).toMatchObject({ equal: true });
  });

  test('whose commit is not answered keeps the lock from nobody', async () => {
    const other = openStore(database.url, { maintenanceMs: 0 });
    await other.open();
    proxy.mode = 'cut-after';
    proxy.actMs = 4000;
    let answered = false;
    const { dying, next } = commitInARow(store, putPod('p', { node: 'n' }));
    const refused = expect(dying.finally(() => (answered = true))).rejects.toEqual(code('outcome_unknown'));
    await expect.poll(() => other.get('default', podKey('p'))).toBeDefined();
    await commitChanges(other, 'default', putPod('theirs'));
    expect(answered).toBe(false);
    await refused;
    proxy.mode = 'pass';
    await next;
    expect(await store.verify('default')).toMatchObject({ equal: true });
    await other.close();
  });

  test('all connections are cut: the write fails or goes through, the next one works', async () => {
    const writes = Array.from({ length: 30 }, (_, index) => commitChanges(store, 'default', putPod(`p${index}`)));
    setTimeout(() => proxy.cut(), 5);
    const outcomes = await Promise.allSettled(writes);
    for (const [index, outcome] of outcomes.entries()) {
      const present = await store
        .get('default', podKey(`p${index}`))
        .catch(() => store.get('default', podKey(`p${index}`)));
      if (outcome.status === 'fulfilled') expect(present).toBeDefined();
      else expect(outcome.reason).toEqual(code('outcome_unknown', 'storage_unavailable'));
      if (outcome.status === 'rejected' && (outcome.reason as { code: string }).code === 'storage_unavailable') {
        expect(present).toBeUndefined();
      }
    }
    await commitChanges(store, 'default', putPod('next'));
    expect(await store.verify('default')).toMatchObject({ equal: true });
  });

  test('a writer whose connection is cut while it holds the lock loses it, others go on', async () => {
    const other = openStore(database.url, { maintenanceMs: 0 });
    await other.open();
    const change = putPod('p');
    const dying = store.commit(
      'default',
      requestFor([change], () => {
        proxy.cut();
        return { changes: [change], result: null };
      }),
    );
    await expect(dying).rejects.toEqual(code('storage_unavailable', 'outcome_unknown'));
    expect((await commitChanges(other, 'default', putPod('q'))).revision).toBe(3);
    await other.close();
  });
});

describe('PostgreSQL is stopped and started', () => {
  test('writes are refused as unavailable meanwhile, the model goes on answering, then everything works', async () => {
    const server = await startPostgres();
    const store = openStore(server.url, { maintenanceMs: 0, pollMs: 100 });
    await store.open();
    await commitChanges(store, 'default', putNode('n'));
    await server.crash();
    await expect(commitChanges(store, 'default', putNode('m'))).rejects.toEqual(code('storage_unavailable'));
    await expect(store.ping()).rejects.toEqual(code('storage_unavailable'));
    await expect.poll(() => store.ready).toBe(false);
    expect(store.cluster('default')!.model.nodeSlot('n')).toBeGreaterThanOrEqual(0);
    await server.restart();
    await commitChanges(store, 'default', putNode('m'));
    expect(await store.get('default', nodeKey('m'))).toBeDefined();
    await expect.poll(() => store.ready).toBe(true);
    expect(await store.verify('default')).toMatchObject({ equal: true });
    await store.close();
    await server.stop();
  });
});
