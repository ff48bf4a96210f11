/** 200 requests for 50 slots, again and again: exactly 50 are granted, whatever batches and replicas they come to. */
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp, type App } from '../../src/app.js';
import { readConfig } from '../../src/config/config.js';
import { createDatabase, type TestDatabase } from '../store/databases.js';
import { list, node, pod } from './harness.js';

const REQUESTS = 200;
const SLOTS = 50;
const ROUNDS = 20;
const base = '/v1/clusters/default';

/** SQLite has one process; PostgreSQL two replicas over one database. */
describe.each([
  ['sqlite', 1],
  ['postgres', 2],
] as const)('racing for the last slots on %s with %i replicas', (dialect, replicas) => {
  let database: TestDatabase;
  const apps: App[] = [];
  beforeAll(async () => {
    database = await createDatabase(dialect);
    for (let i = 0; i < replicas; i++) {
      const app = await createApp(readConfig({ LOG_LEVEL: 'silent', DATABASE_URL: database.url }));
      apps.push(app);
      await app.nest.listen(0, '127.0.0.1');
    }
  });
  afterAll(async () => {
    for (const app of apps) await app.close();
    await database.drop();
  });

  const call = (replica: number) => supertest(apps[replica % apps.length]!.nest.getHttpServer());

  it('never grants one too many', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      // Five nodes with ten slots each; a snapshot without the old ones ends what the round before has claimed.
      const nodes = Array.from({ length: 5 }, (_, index) =>
        node(`r${round}-n${index}`, { allocatable: { cpu: '10' } }),
      );
      const loaded = await call(round)
        .put(`${base}/snapshot?force=true`)
        .send(list(...nodes));
      expect(loaded.status, loaded.text).toBe(200);
      const answers = await Promise.all(
        Array.from({ length: REQUESTS }, (_, index) =>
          call(index)
            .post(`${base}/reservations`)
            .send({ items: [{ manifest: pod(`r${round}-p${index}`) }] }),
        ),
      );
      const granted = answers.filter(({ status }) => status === 201).map(({ body }) => body);
      expect(granted).toHaveLength(SLOTS);
      expect(answers.filter(({ body }) => body.code === 'does_not_fit')).toHaveLength(REQUESTS - SLOTS);
      const perNode = new Map<string, number>();
      for (const { items } of granted) perNode.set(items[0].node, (perNode.get(items[0].node) ?? 0) + 1);
      expect([...perNode.values()]).toEqual(Array<number>(5).fill(10));
      expect(new Set(granted.map(({ revision }) => revision)).size).toBe(SLOTS);
    }
    for (const { store } of apps) expect(await store.verify('default')).toMatchObject({ equal: true });
  }, 120_000);
});
