/** Storage that fails for a while: writes are answered 503 or 507, reads go on, and nobody has to start anything anew. */
import { Client } from '../client.js';
import type { Environment, Scenario } from '../scenario.js';
import { sleep } from '../wait.js';
import { podManifest, type ClaimAnswer, type Problem } from '../wire.js';

const cluster = '/v1/clusters/default';

export const diskFull: Scenario = {
  name: 'disk full, and freed',
  database: 'sqlite',
  faultySystem: 'service',
  short: true,
  fault: (environment) =>
    failingStorage(environment, 507, (full) => {
      if (environment.system) environment.system.diskFull = full;
    }),
};

export const diskFullUnderPostgres: Scenario = {
  name: 'disk full, and freed',
  database: 'postgres',
  replicas: 2,
  faultySystem: 'postgres',
  fault: (environment) =>
    failingStorage(environment, 507, (full) => {
      if (environment.system) environment.system.diskGrows = !full;
    }),
};

export const fsyncFails: Scenario = {
  name: 'fsync fails, and works again',
  database: 'sqlite',
  faultySystem: 'service',
  fault: (environment) =>
    failingStorage(environment, 503, (fails) => {
      if (environment.system) environment.system.fsyncFails = fails;
    }),
};

/**
 * PostgreSQL panics when its log cannot be synced, and gives up recovering when that cannot sync either: whoever runs it
 * starts it anew. The service stays.
 */
export const fsyncFailsUnderPostgres: Scenario = {
  name: 'fsync fails, and works again',
  database: 'postgres',
  replicas: 2,
  faultySystem: 'postgres',
  fault: (environment) =>
    failingStorage(
      environment,
      503,
      async (fails) => {
        const { system, postgres, note } = environment;
        if (system) system.fsyncFails = fails;
        if (fails || postgres === undefined) return;
        note('PostgreSQL', await postgres.restore());
      },
      [200, 503],
    ),
};

export const databaseUnreachable: Scenario = {
  name: 'database unreachable: connections cut and refused',
  database: 'postgres',
  replicas: 2,
  fault: (environment) =>
    failingStorage(
      environment,
      503,
      (away) => {
        for (const { proxy } of environment.replicas)
          if (away) proxy?.refuse();
          else proxy?.heal();
      },
      [503],
    ),
};

export const databaseKilled: Scenario = {
  name: 'database killed and started again',
  database: 'postgres',
  replicas: 2,
  short: true,
  fault: async ({ postgres, progress }) => {
    for (const signal of ['SIGKILL', 'SIGQUIT'] as const) {
      await postgres?.kill(signal);
      await sleep(1000);
      await postgres?.start();
      await progress(100, 60_000);
    }
  },
};

export const blackHoled: Scenario = {
  name: 'one replica black-holed for five seconds, then cut',
  database: 'postgres',
  replicas: 2,
  fault: async ({ replicas: [first], progress }) => {
    first.proxy?.blackHole();
    await sleep(5000);
    first.proxy?.cut();
    first.proxy?.heal();
    await progress(200, 60_000);
  },
};

export const cutAfterCommit: Scenario = {
  name: 'cut after COMMIT, thirty times',
  database: 'postgres',
  replicas: 2,
  short: true,
  fault: async ({ replicas, progress, note, expect }) => {
    let cut = 0;
    for (let i = 0; i < 30; i++) {
      const { proxy } = replicas[i % replicas.length] ?? replicas[0];
      const done = proxy?.cutAfterCommit().then(() => cut++);
      await Promise.race([done, sleep(10_000)]);
    }
    note('commits cut', cut);
    expect(cut === 30, `only ${cut} connections were cut after COMMIT`);
    await progress(100);
  },
};

/**
 * Questions go on in any case: they are answered from memory.
 *
 * @param status of the writes that fail
 * @param readStatuses of lists of manifests, which are nowhere but in the database
 */
async function failingStorage(
  environment: Environment,
  status: 503 | 507,
  fails: (failing: boolean) => void | Promise<void>,
  readStatuses: readonly (200 | 503)[] = [200],
): Promise<void> {
  const { replicas, expect, note, progress } = environment;
  const [{ service }] = replicas;
  const client = new Client(service.base, { timeoutMs: 10_000 });
  const { pid } = service;
  await fails(true);
  await sleep(500);
  const statuses = new Map<number, number>();
  for (let i = 0; i < 20; i++) {
    const answered = await claimMeanwhile(environment, client, `fault/p-${i}`);
    statuses.set(answered, (statuses.get(answered) ?? 0) + 1);
    const read = await client.ask('GET', `${cluster}/nodes?limit=1`).catch(() => ({ status: 0 }));
    expect((readStatuses as readonly number[]).includes(read.status), `a list was answered ${read.status} meanwhile`);
    const known = await client.ask('GET', cluster).catch(() => ({ status: 0 }));
    expect(known.status === 200, `the cluster was answered ${known.status} meanwhile`);
    const question = await client
      .ask('POST', `${cluster}/questions/fit`, podManifest('fault/question', { cpu: 10, memory: 16 }))
      .catch(() => ({ status: 0 }));
    expect(question.status === 200, `a question was answered ${question.status} meanwhile`);
  }
  note('answers to writes meanwhile', [...statuses].map(([code, count]) => `${count} × ${code}`).join(', '));
  expect(statuses.has(status), `no write was answered ${status}`);
  await fails(false);
  await progress(100, 60_000);
  expect(service.pid === pid && service.deaths.length === 0, 'it was started anew to work again');
  client.close();
}

/** A claim without a key, so that nobody can find out what became of it; @returns its status, 0 for no answer */
async function claimMeanwhile({ workload, expect }: Environment, client: Client, pod: string): Promise<number> {
  const size = { cpu: 10, memory: 16 };
  workload.sizes.set(pod, size);
  const sentAt = Date.now();
  const claim = { items: [{ manifest: podManifest(pod, size) }], ttlSeconds: 3600, owner: 'fault' };
  const { status, body } = await client
    .ask('POST', `${cluster}/reservations`, claim)
    .catch(() => ({ status: 0, body: {} }));
  expect([0, 201, 409, 503, 507].includes(status), `a write was answered ${status}`);
  if (status === 503 || status === 507)
    expect(typeof (body as Problem).code === 'string', `${status} without a problem document`);
  const item = status === 201 ? (body as ClaimAnswer).items[0] : undefined;
  workload.operations.push({
    operation: 'claim',
    pod,
    size,
    request: pod,
    gang: false,
    ttlSeconds: 3600,
    sentAt,
    answeredAt: Date.now(),
    outcome: status === 201 ? 'granted' : status === 409 ? 'refused' : 'unknown',
    ...(item !== undefined && { id: item.id, node: item.node ?? '' }),
  });
  return status;
}
