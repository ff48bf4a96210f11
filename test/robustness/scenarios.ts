/** Every fault of the suite. Names say what happens; `short` ones run in CI. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { promisify } from 'node:util';
import { Client, NoAnswer } from './client.js';
import { readPage } from './follower.js';
import type { Environment, Scenario } from './scenario.js';
import { ServiceProcess } from './service-process.js';
import { sleep, until } from './wait.js';
import { nodeManifest, podManifest, type ChangeItem, type ClaimAnswer } from './wire.js';

const cluster = '/v1/clusters/default';

/** Before and after every step of a commit, of an import's staging, of following and of replying. */
const commitSteps = [
  'commit.before-begin',
  'commit.after-lock',
  'commit.after-decide',
  'commit.before-write',
  'commit.after-write',
  'commit.before-commit',
  'commit.after-commit',
  'commit.before-publish',
  'commit.after-publish',
  'commit.before-reply',
] as const;
const stageSteps = ['stage.before-write', 'stage.after-write'] as const;
const followSteps = ['follow.before-apply', 'follow.after-apply'] as const;

/** The process dies at the named point, at a passage that the seed chooses, and is started again. */
function killedAt(point: string, database: 'sqlite' | 'postgres', replicas = 1, short = false): Scenario {
  return {
    name: `killed at ${point}`,
    database,
    replicas,
    short,
    fault: async ({ replicas: [first], random, progress, note, expect }) => {
      const hit = 5 + random.below(60);
      note('passage', hit);
      await first.service.restartWith(`${point}=kill@${hit}`);
      await until(`death at ${point}`, () => first.service.deaths.length > 0, 30_000);
      expect(
        first.service.deaths.every((death) => death === 'SIGKILL'),
        `it died of ${first.service.deaths.join(', ')}`,
      );
      await first.service.ready();
      await progress(100);
    },
  };
}

/** One import of 3,000 pending pods; its outcome is written down when the answer, or none, has come. */
async function importMany({ replicas: [first], workload }: Environment, namespace: string): Promise<void> {
  const pods = Array.from({ length: 3000 }, (_, i) => `${namespace}/p-${i}`);
  const size = { cpu: 10, memory: 16 };
  for (const pod of pods) workload.sizes.set(pod, size);
  const client = new Client(first.service.base, { timeoutMs: 20_000 });
  const body = { apiVersion: 'v1', kind: 'List', items: pods.map((pod) => podManifest(pod, size)) };
  const answer = await client.ask('POST', `${cluster}/import`, body).catch((error: unknown) => {
    if (error instanceof NoAnswer) return undefined;
    throw error;
  });
  client.close();
  workload.operations.push({
    operation: 'import',
    pods,
    outcome: answer?.status === 200 ? 'confirmed' : 'unknown',
    ...(answer?.status === 200 && { revision: (answer.body as { revision: number }).revision }),
  });
}

async function importHalfway(environment: Environment): Promise<void> {
  const { replicas, random, progress } = environment;
  const [{ service }] = replicas;
  for (let round = 0; round < 3; round++) {
    const imported = importMany(environment, `import-${round}`);
    await sleep(20 + random.below(300));
    service.crash();
    await imported;
    await service.ready();
    await progress(50);
  }
}

/** A large import stages its manifests before it commits: the process dies while it does. */
function killedStaging(point: string, database: 'sqlite' | 'postgres'): Scenario {
  return {
    name: `killed at ${point}`,
    database,
    fault: async (environment) => {
      const { replicas, expect, progress } = environment;
      const [{ service }] = replicas;
      await service.restartWith(`${point}=kill`);
      await importMany(environment, 'staged');
      expect(service.deaths.includes('SIGKILL'), `${point} was not passed`);
      await service.ready();
      await progress(50);
    },
  };
}

/** 200 requests for 50 slots on a node of its own, through every replica at once: exactly 50 are granted. */
async function lastSlot({ replicas, workload, nodes, expect, note }: Environment, rounds: number): Promise<void> {
  const [first] = replicas;
  const admin = new Client(first.service.base, { timeoutMs: 10_000 });
  const size = { cpu: 1000, memory: 64 };
  const clients = replicas.map(({ service }) => new Client(service.base, { connections: 50, timeoutMs: 20_000 }));
  const slots = 50;
  const requests = 200;
  let late = 0;
  for (let round = 0; round < rounds; round++) {
    const node = `slots-${round}`;
    const allocatable = { cpu: slots * size.cpu, memory: 1_048_576 };
    nodes.push({ name: node, allocatable, pods: 1000 });
    await admin.ask('POST', `${cluster}/import`, nodeManifest(node, allocatable, 1000, true));
    const outcomes = await Promise.all(
      Array.from({ length: requests }, async (_, i) => {
        const pod = `slots/r${round}-${i}`;
        workload.sizes.set(pod, size);
        const client = clients[i % clients.length] ?? admin;
        const body = { items: [{ manifest: podManifest(pod, size, '', true), node }], ttlSeconds: 3600, owner: 'race' };
        const sentAt = Date.now();
        const key = randomUUID();
        let answer = await client.ask('POST', `${cluster}/reservations`, body, { 'idempotency-key': key });
        while (answer.status === 503) {
          late++;
          await sleep(20);
          answer = await client.ask('POST', `${cluster}/reservations`, body, { 'idempotency-key': key });
        }
        const granted = answer.status === 201;
        const result = answer.body as ClaimAnswer;
        const id = granted ? result.items[0]?.id : undefined;
        workload.operations.push({
          operation: 'claim',
          pod,
          size,
          request: key,
          gang: false,
          ttlSeconds: 3600,
          sentAt,
          answeredAt: Date.now(),
          outcome: granted ? 'granted' : 'refused',
          ...(id !== undefined && { id, node, revision: result.revision }),
        });
        return granted;
      }),
    );
    const granted = outcomes.filter(Boolean).length;
    expect(granted === slots, `round ${round}: ${granted} of ${slots} slots granted to ${requests} requests`);
  }
  note('races', rounds);
  note('claims in races', rounds * requests);
  if (late > 0) note('asked again', late);
  for (const client of [admin, ...clients]) client.close();
}

/** SIGTERM: what was sent before is answered, the process is gone in 3 s, keep-alive clients or not. */
async function terminatedUnderLoad({ replicas, expect, note, progress }: Environment): Promise<void> {
  for (const { service } of replicas) {
    const client = new Client(service.base, { connections: 32, timeoutMs: 10_000 });
    let terminated = Number.POSITIVE_INFINITY;
    let lost = 0;
    let answered = 0;
    const load = { over: false };
    const loops = Array.from({ length: 32 }, async () => {
      while (!load.over) {
        const sentAt = performance.now();
        try {
          const { status } = await client.ask('GET', `${cluster}/nodes?limit=10`);
          if (status === 200) answered++;
        } catch {
          // Refused after SIGTERM is as it should be; unanswered before is not. 5 ms for what was on its way.
          if (sentAt < terminated - 5) lost++;
          await sleep(20);
        }
      }
    });
    await sleep(500);
    terminated = performance.now();
    const took = await service.stop('SIGTERM');
    load.over = true;
    await Promise.all(loops);
    client.close();
    note('ms from SIGTERM to exit', Math.round(took));
    note('answered before SIGTERM', answered);
    expect(took < 3000, `it took ${Math.round(took)} ms to end`);
    expect(lost === 0, `${lost} requests sent before SIGTERM got no answer`);
    service.spawn();
    await service.ready();
  }
  await progress(50);
}

/** While the fault lasts: writes answer 503 or 507 as problem documents, reads go on. */
async function storageFault(environment: Environment, on: () => void, off: () => void): Promise<void> {
  const { replicas, workload, expect, note, progress } = environment;
  const [first] = replicas;
  const client = new Client(first.service.base, { timeoutMs: 10_000 });
  const pid = first.service.pid;
  on();
  await sleep(500);
  const statuses = new Map<number, number>();
  for (let i = 0; i < 20; i++) {
    const pod = `fault/p-${i}`;
    const size = { cpu: 10, memory: 16 };
    workload.sizes.set(pod, size);
    const sentAt = Date.now();
    const body = { items: [{ manifest: podManifest(pod, size) }], ttlSeconds: 3600, owner: 'fault' };
    const answer = await client.ask('POST', `${cluster}/reservations`, body).catch(() => ({ status: 0, body: {} }));
    const { status } = answer;
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    expect([0, 201, 409, 503, 507].includes(status), `a write was answered ${status}`);
    if (status === 503 || status === 507)
      expect(typeof (answer.body as { code?: unknown }).code === 'string', `${status} without a problem document`);
    workload.operations.push({
      operation: 'claim',
      pod,
      size,
      request: pod,
      gang: false,
      ttlSeconds: 3600,
      sentAt,
      answeredAt: Date.now(),
      // Without a key nobody can find out.
      outcome: status === 201 ? 'granted' : status === 409 ? 'refused' : 'unknown',
      ...(status === 201 && {
        id: (answer.body as ClaimAnswer).items[0]?.id,
        node: (answer.body as ClaimAnswer).items[0]?.node ?? '',
      }),
    });
    const read = await client.ask('GET', `${cluster}/nodes?limit=1`).catch(() => ({ status: 0 }));
    expect(read.status === 200, `a read was answered ${read.status} meanwhile`);
  }
  note('answers to writes meanwhile', [...statuses].map(([status, count]) => `${count} × ${status}`).join(', '));
  off();
  await progress(100, 60_000);
  expect(first.service.pid === pid && first.service.deaths.length === 0, 'it was started anew to work again');
  client.close();
}

/** `npm run backup` while everything writes: the copy is whole, starts, and its log is where this one was at a moment. */
async function backupUnderWrites({ replicas: [first], folder, progress, expect, note }: Environment): Promise<void> {
  const source = new Client(first.service.base, { timeoutMs: 20_000 });
  for (let round = 0; round < 3; round++) {
    const acknowledged = (await source.ask('GET', cluster)).body as { revision: number };
    const target = path.join(folder, `backup-${round}.db`);
    const began = performance.now();
    await promisify(execFile)(process.execPath, ['scripts/backup.mjs', target], {
      env: { ...process.env, DATABASE_URL: first.service.options.databaseUrl },
    });
    note('ms a backup', Math.round(performance.now() - began));
    const restored = await ServiceProcess.start({ name: `restored-${round}`, databaseUrl: `sqlite:${target}`, folder });
    const copy = new Client(restored.base, { timeoutMs: 20_000 });
    const [theirs, ours] = [await wholeLog(copy), await wholeLog(source)];
    const last = theirs.at(-1)?.revision ?? 0;
    expect(
      last >= acknowledged.revision,
      `the copy ends at ${last}, ${acknowledged.revision} was acknowledged before it`,
    );
    // Expiries go on in the copy by themselves: what it has beyond its start may differ.
    const copied = Date.now() - (performance.now() - began);
    const common = theirs.filter(({ at }) => Date.parse(at) < copied);
    for (const [i, event] of common.entries())
      if (JSON.stringify(event) !== JSON.stringify(ours[i])) {
        expect(false, `event ${i} of the copy is ${JSON.stringify(event)}, here ${JSON.stringify(ours[i])}`);
        break;
      }
    copy.close();
    await restored.stop();
    await progress(50);
  }
  source.close();
}

async function wholeLog(client: Client): Promise<ChangeItem[]> {
  const items: ChangeItem[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await readPage(client, cursor);
    if (page === undefined || page === 'compacted' || page.items.length === 0) return items;
    items.push(...page.items);
    cursor = page.nextCursor;
  }
}

const hour = 3_600_000;

export const scenarios: readonly Scenario[] = [
  ...commitSteps.map((point, i) => killedAt(point, 'sqlite', 1, i === 5)),
  ...stageSteps.flatMap((point) => [killedStaging(point, 'sqlite'), killedStaging(point, 'postgres')]),
  ...commitSteps.map((point, i) => killedAt(point, 'postgres', 2, i === 6)),
  ...followSteps.map((point) => killedAt(point, 'postgres', 2)),
  ...(['sqlite', 'postgres'] as const).flatMap((database): Scenario[] => [
    {
      name: 'kill -9, three times',
      database,
      replicas: database === 'sqlite' ? 1 : 3,
      short: true,
      fault: async ({ replicas, random, progress }) => {
        for (let i = 0; i < 3; i++) {
          const { service } = replicas[i % replicas.length] ?? replicas[0];
          await sleep(random.below(500));
          service.crash();
          await sleep(50);
          await service.ready();
          await progress(50);
        }
      },
    },
    {
      name: 'stopped for ten seconds and resumed',
      database,
      replicas: database === 'sqlite' ? 1 : 3,
      fault: async ({ replicas: [first], progress }) => {
        first.service.signal('SIGSTOP');
        await sleep(10_000);
        first.service.signal('SIGCONT');
        await progress(100);
      },
    },
    { name: 'import killed half-way', database, replicas: database === 'sqlite' ? 1 : 2, fault: importHalfway },
    {
      name: 'SIGTERM under load',
      database,
      replicas: database === 'sqlite' ? 1 : 2,
      short: database === 'sqlite',
      fault: terminatedUnderLoad,
    },
    {
      name: 'the race for the last slot',
      database,
      replicas: database === 'sqlite' ? 1 : 2,
      short: database === 'postgres',
      fault: (environment) => lastSlot(environment, 20),
    },
    {
      name: 'the clock moved by an hour, both ways',
      database,
      replicas: database === 'sqlite' ? 1 : 2,
      faultySystem: true,
      fault: async ({ system, progress, clockJump }) => {
        clockJump(hour);
        for (const offset of [hour, 0, -hour, 0]) {
          system?.moveClock(offset);
          await progress(200);
          await sleep(500);
        }
      },
    },
  ]),
  { name: 'backup under writes', database: 'sqlite', fault: backupUnderWrites },
  {
    name: 'disk full, and freed',
    database: 'sqlite',
    faultySystem: true,
    short: true,
    fault: (environment) =>
      storageFault(
        environment,
        () => {
          if (environment.system) environment.system.diskFull = true;
        },
        () => {
          if (environment.system) environment.system.diskFull = false;
        },
      ),
  },
  {
    name: 'fsync fails, and works again',
    database: 'sqlite',
    faultySystem: true,
    fault: (environment) =>
      storageFault(
        environment,
        () => {
          if (environment.system) environment.system.fsyncFails = true;
        },
        () => {
          if (environment.system) environment.system.fsyncFails = false;
        },
      ),
  },
  {
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
  },
  {
    name: 'database unreachable: connections cut and refused',
    database: 'postgres',
    replicas: 2,
    fault: (environment) => {
      const { replicas } = environment;
      return storageFault(
        environment,
        () => replicas.forEach(({ proxy }) => proxy?.refuse()),
        () => replicas.forEach(({ proxy }) => proxy?.heal()),
      );
    },
  },
  {
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
  },
  {
    name: 'cut after COMMIT, thirty times',
    database: 'postgres',
    replicas: 2,
    short: true,
    fault: async ({ replicas, progress, note }) => {
      for (let i = 0; i < 30; i++) {
        const { proxy } = replicas[i % replicas.length] ?? replicas[0];
        await Promise.race([proxy?.cutAfterCommit(), sleep(10_000)]);
      }
      note('commits cut', 30);
      await progress(100);
    },
  },
];
