import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newsSteps } from '../../src/store/load-state.js';
import { openStore } from '../../src/store/open-store.js';
import { PodClasses } from '../../src/store/pod-classes.js';
import { PostgresDatabase } from '../../src/store/postgres-database.js';
import { describeStore } from './contract.js';
import { createDatabase, type TestDatabase } from './databases.js';

describeStore('postgres');

describe('plans of a database that has no statistics yet', () => {
  let database: TestDatabase;
  let server: PostgresDatabase;
  beforeAll(async () => {
    database = await createDatabase('postgres');
    const store = openStore(database.url, { maintenanceMs: 0 });
    await store.open();
    await store.close();
    server = new PostgresDatabase(database.url);
  });
  afterAll(async () => {
    await server.close();
    await database.drop();
  });

  // A plan is kept as long as the connection: one that reads all rows of the cluster for each event cost 2 ms a claim.
  test('what others wrote is found by keys, row by row', async () => {
    const plans = newsSteps({ id: 1, revision: 1 }, new PodClasses()).flatMap((step) =>
      step.op === 'select' && step.sql.includes(' JOIN ') ? { ...step, sql: `EXPLAIN ${step.sql}` } : [],
    );
    const results = await server.read((session) => session.run(plans));
    const [pods = '', reservations = ''] = results.map((rows) => rows.join('\n'));
    expect(pods).toContain('(namespace = l.namespace) AND (name = l.name)');
    expect(reservations).toContain('(id = l.name)');
    for (const plan of [pods, reservations]) expect(plan).not.toContain('Join Filter');
  });
});
