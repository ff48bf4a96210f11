/**
 * A backup by the documented commands (docs/operations.md) while everything writes: the copy is whole, a service starts on
 * it, and its log is this one's up to a moment.
 */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { Client } from '../client.js';
import { readLog } from '../follower.js';
import type { Environment, Scenario } from '../scenario.js';
import { ServiceProcess } from '../service-process.js';

const run = promisify(execFile);
const cluster = '/v1/clusters/default';

/** Copies the database and restores it. @returns where the restored one is */
type Backup = (environment: Environment, round: number) => Promise<string>;

const sqlite: Backup = async ({ replicas: [{ service }], folder, note }, round) => {
  const target = path.join(folder, `backup-${round}.db`);
  const began = performance.now();
  await run(process.execPath, ['scripts/backup.mjs', target], {
    env: { ...process.env, DATABASE_URL: service.options.databaseUrl },
  });
  note('ms a backup', Math.round(performance.now() - began));
  return `sqlite:${target}`;
};

const postgres: Backup = async ({ postgres: server, folder, note }, round) => {
  if (server === undefined) throw new Error('there is no PostgreSQL');
  const dump = path.join(folder, `backup-${round}.dump`);
  const restored = server.url(server.port, `restored_${round}`);
  const began = performance.now();
  await run(path.join(server.binaries, 'pg_dump'), ['--format=custom', `--file=${dump}`, server.url()]);
  note('ms a backup', Math.round(performance.now() - began));
  await run(path.join(server.binaries, 'psql'), ['-c', `CREATE DATABASE restored_${round}`, server.url()]);
  const restore = ['--clean', '--if-exists', '--single-transaction', `--dbname=${restored}`, dump];
  await run(path.join(server.binaries, 'pg_restore'), restore);
  return restored;
};

export function backupUnderWrites(database: Scenario['database']): Scenario {
  return {
    name: 'backup under writes, and restore',
    database,
    needsDump: database === 'postgres',
    fault: async (environment) => {
      for (let round = 0; round < 3; round++)
        await backUp(environment, round, database === 'sqlite' ? sqlite : postgres);
    },
  };
}

async function backUp(environment: Environment, round: number, copy: Backup): Promise<void> {
  const { replicas, folder, progress, expect } = environment;
  const source = new Client(replicas[0].service.base, { timeoutMs: 20_000 });
  const acknowledged = (await source.ask('GET', cluster)).revision;
  const databaseUrl = await copy(environment, round);
  const atMost = (await source.ask('GET', cluster)).revision;
  const restored = await ServiceProcess.start({ name: `restored-${round}`, databaseUrl, folder });
  const client = new Client(restored.base, { timeoutMs: 20_000 });
  const [theirs, ours] = [await readLog(client, { sinceRevision: 0 }), await readLog(source, { sinceRevision: 0 })];
  const last = theirs.at(-1)?.revision ?? 0;
  expect(last >= acknowledged, `the copy ends at ${last}, ${acknowledged} was acknowledged before it`);
  // The copy's own expiries may come after what was copied, and nothing else does.
  const differs = theirs.findIndex((event, i) => JSON.stringify(event) !== JSON.stringify(ours[i]));
  const own = differs < 0 ? [] : theirs.slice(differs);
  const foreign = own.find(({ revision, data }) => revision <= acknowledged || data?.status !== 'expired');
  expect(
    foreign === undefined,
    `the copy has ${JSON.stringify(foreign)}, here it is ${JSON.stringify(ours[theirs.indexOf(foreign ?? theirs[0]!)])}`,
  );
  expect(last - own.length <= atMost, `the copy ends at ${last}, the source was at ${atMost} after it`);
  const pod = { metadata: { name: 'after-restore', namespace: 'backup' } };
  const manifest = { apiVersion: 'v1', kind: 'Pod', ...pod, spec: { containers: [{ name: 'work', image: 'work:1' }] } };
  const written = await client.ask('POST', `${cluster}/import`, manifest);
  expect(written.status === 200 && written.revision > last, `a write to the copy was answered ${written.status}`);
  client.close();
  source.close();
  await restored.stop();
  await progress(50);
}
