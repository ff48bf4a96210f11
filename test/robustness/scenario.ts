/**
 * The frame of every scenario: services on a database of their own, writers and followers at work, a fault in the
 * middle, recovery, and at the end everything read from a fresh process and handed to the checker.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { check, type Violation } from './checker.js';
import { Client } from './client.js';
import { FaultySystem } from './faulty-system.js';
import { PollingFollower, readLog, StreamingFollower, type Follower } from './follower.js';
import type { FinalState, History, LoggedEvent, Node } from './history.js';
import { integrity } from './integrity.js';
import { PostgresProcess } from './postgres-process.js';
import { Random } from './random.js';
import { ServiceProcess } from './service-process.js';
import { readFinalState } from './stored-state.js';
import { TcpProxy } from './tcp-proxy.js';
import { sleep, until } from './wait.js';
import { nodeManifest, readChange } from './wire.js';
import { Writer, type Workload } from './workload.js';

const cluster = '/v1/clusters/default';

export interface Replica {
  readonly service: ServiceProcess;
  /** Between the service and PostgreSQL. */
  readonly proxy: TcpProxy | undefined;
}

/** What a fault may get its hands on. */
export interface Environment {
  readonly random: Random;
  readonly replicas: readonly [Replica, ...Replica[]];
  readonly postgres: PostgresProcess | undefined;
  readonly system: FaultySystem | undefined;
  readonly workload: Workload;
  readonly followers: readonly Follower[];
  /** A scenario that stores more nodes adds them here. */
  readonly nodes: Node[];
  readonly folder: string;
  /** Waits until `count` more operations had a definite answer. */
  readonly progress: (count: number, timeoutMs?: number) => Promise<void>;
  /** A failed expectation of the scenario itself, as a sentence. */
  readonly expect: (truth: boolean, sentence: string) => void;
  /** A measurement for the report. */
  readonly note: (name: string, value: string | number) => void;
  /** Declares by how much the clock was moved, at most. */
  readonly clockJump: (milliseconds: number) => void;
}

export interface Scenario {
  readonly name: string;
  readonly database: 'sqlite' | 'postgres';
  /** Default 1. */
  readonly replicas?: number;
  /** Preloads `faulty-system.c` into the services, or into PostgreSQL. */
  readonly faultySystem?: 'service' | 'postgres';
  /** PostgreSQL with `pg_dump` and `pg_restore`, which the npm package lacks. */
  readonly needsDump?: boolean;
  /** The first replica gets no writes: it only follows. */
  readonly firstFollows?: boolean;
  /** What the services are started with besides. */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * The log is compacted meanwhile: what the first follower saw is the log, because it cannot be read at the end, and so
   * many of the others are too slow for it.
   */
  readonly slowFollowers?: number;
  /** Injects the fault while everything is at work, and takes it away again. */
  readonly fault: (environment: Environment) => Promise<void>;
  /** In the short form too. */
  readonly short?: boolean;
}

export interface Outcome {
  readonly scenario: string;
  readonly database: string;
  readonly seed: number;
  readonly seconds: number;
  readonly operations: number;
  readonly unanswered: number;
  readonly events: number;
  readonly deaths: readonly string[];
  readonly notes: Readonly<Record<string, string | number>>;
  readonly violations: readonly Violation[];
}

const WRITERS = 32;
const FOLLOWERS = 6;
/** A model is compared with its rows so often: every run is checked throughout, not only at its end. */
const VERIFY_INTERVAL_MS = '1000';

/**
 * @param minimumRate operations a second that must be going on before the fault
 */
export async function run(scenario: Scenario, seed: number, minimumRate: number): Promise<Outcome> {
  const began = performance.now();
  const folder = mkdtempSync(path.join(tmpdir(), 'stowage-robustness-'));
  const random = Random.of(seed, scenario.name);
  const violations: Violation[] = [];
  const notes: Record<string, string | number> = {};
  const cleanup: (() => unknown)[] = [];
  const expect = (truth: boolean, sentence: string): void => {
    if (!truth) violations.push({ rule: 'scenario', sentence });
  };
  const workload: Workload = { operations: [], sizes: new Map(), answered: 0, unanswered: 0, surprises: [] };
  let events = 0;
  const deaths: string[] = [];
  try {
    const system = scenario.faultySystem === undefined ? undefined : new FaultySystem(folder);
    const faulty = (what: Scenario['faultySystem']): Record<string, string> =>
      scenario.faultySystem === what ? (system?.environment ?? {}) : {};
    const postgres =
      scenario.database === 'postgres' ? await PostgresProcess.create(folder, scenario, faulty('postgres')) : undefined;
    if (postgres !== undefined) cleanup.push(() => postgres.kill('SIGQUIT'));
    const replicas: Replica[] = [];
    for (let i = 0; i < (scenario.replicas ?? 1); i++) {
      const proxy = postgres === undefined ? undefined : await TcpProxy.start(postgres.port);
      if (proxy !== undefined) cleanup.push(() => proxy.close());
      const service = await ServiceProcess.start({
        name: `replica-${i}`,
        databaseUrl: postgres === undefined ? `sqlite:${folder}/stowage.db` : postgres.url(proxy?.port),
        folder,
        environment: { VERIFY_INTERVAL_MS, ...scenario.environment, ...faulty('service') },
      });
      cleanup.push(() => service.stop('SIGKILL'));
      replicas.push({ service, proxy });
    }
    const [first, ...others] = replicas;
    if (first === undefined) throw new Error('a scenario needs a replica');
    const nodes = makeNodes(random, 8);
    const admin = new Client(first.service.base, { timeoutMs: 30_000 });
    const started = await start(admin, nodes);

    const nodeNames = nodes.map(({ name }) => name) as [string, ...string[]];
    const clientsOf = (some: readonly Replica[]): readonly [Client, ...Client[]] => {
      const clients = some.map(({ service }) => new Client(service.base)) as [Client, ...Client[]];
      cleanup.push(() => clients.forEach((client) => client.close()));
      return clients;
    };
    const writable = scenario.firstFollows === true ? others : replicas;
    const writers = Array.from(
      { length: WRITERS },
      (_, i) => new Writer(`w${i}`, clientsOf(writable), random.fork(), nodeNames, workload),
    );
    const slow = FOLLOWERS - (scenario.slowFollowers ?? 0);
    // One that waits for a replica that stands still is no quick one.
    const followed = scenario.slowFollowers === undefined ? replicas : writable;
    const followers = Array.from({ length: FOLLOWERS }, (_, i): Follower => {
      if (i >= slow)
        return new PollingFollower(`slow-${i}`, clientsOf(replicas), started, { pauseMs: 1000, limit: 20 });
      if (i % 3 === 2) return new StreamingFollower(`stream-${i}`, clientsOf(followed), started);
      return new PollingFollower(`poll-${i}`, clientsOf(followed), started);
    });

    let clockJump = 0;
    const progress = async (count: number, timeoutMs = 30_000): Promise<void> => {
      const goal = workload.answered + count;
      await until(`${count} more answers`, () => workload.answered >= goal, timeoutMs);
    };
    // The rate before the fault, after a second of warming up.
    await sleep(1000);
    const answeredBefore = workload.answered;
    await sleep(2000);
    const rate = (workload.answered - answeredBefore) / 2;
    notes['operations/s before the fault'] = Math.round(rate);
    expect(rate >= minimumRate, `only ${rate} operations/s before the fault, at least ${minimumRate} are due`);
    try {
      await scenario.fault({
        random,
        replicas: [first, ...others],
        postgres,
        system,
        workload,
        followers,
        nodes,
        folder,
        progress,
        expect,
        note: (name, value) => {
          notes[name] = value;
        },
        clockJump: (milliseconds) => {
          clockJump = Math.max(clockJump, Math.abs(milliseconds));
        },
      });
      // Whatever happened, everything works again without help.
      const healed = performance.now();
      await progress(200, 60_000);
      notes['ms to 200 answers after it'] = Math.round(performance.now() - healed);
    } catch (error) {
      expect(false, error instanceof Error ? error.message : String(error));
    }
    for (const writer of writers) writer.stop();
    await Promise.all(writers.map(({ done }) => done));

    for (const { service } of replicas) {
      const compared = await comparisons(service);
      expect(compared > 0, `${service.options.name}: no model was compared with its rows`);
    }

    // From a fresh process: what is there is what was stored, not what somebody remembers.
    for (const { service } of replicas) deaths.push(...service.deaths);
    const { service: survivor } = replicas.at(-1) ?? first;
    for (const { service, proxy } of replicas) {
      proxy?.heal();
      await service.stop();
    }
    for (const { service } of replicas)
      expect(!service.logged('the model is not what its rows make'), `${service.options.name}: a model went astray`);
    if (scenario.database === 'sqlite') expect(...integrity(folder));
    survivor.spawn();
    await survivor.ready();
    const reader = new Client(survivor.base, { timeoutMs: 30_000 });
    cleanup.push(() => reader.close());
    const [recorder] = followers;
    const finish = async (): Promise<{ log: LoggedEvent[]; final: FinalState }> => {
      const items =
        scenario.slowFollowers === undefined ? await readLog(reader, { sinceRevision: started }) : undefined;
      const { final, expiry } = await readFinalState(reader);
      if (items !== undefined) return { final, log: withExpiry(items.map(readChange), expiry) };
      await until('the log is whole', () => (recorder?.seen.lastRevision ?? 0) >= final.revision, 15_000);
      return { final, log: withExpiry(recorder?.seen.stretches[0].events ?? [], expiry) };
    };
    let { log, final } = await finish();
    // Short-lived claims still expire: read again until nothing moved while it was read.
    for (let attempt = 0; attempt < 20 && log.at(-1)?.revision !== final.revision; attempt++) {
      await sleep(500);
      ({ log, final } = await finish());
    }
    events = log.length;
    const last = log.at(-1)?.revision ?? 0;
    await until(
      'followers reach the end',
      () => followers.every(({ seen }) => seen.lastRevision >= last),
      15_000,
    ).catch(() => {
      for (const { name, seen } of followers)
        expect(seen.lastRevision >= last, `${name} stopped at revision ${seen.lastRevision} of ${last}`);
    });
    for (const follower of followers) follower.stop();
    await Promise.all(followers.map(({ done }) => done));
    admin.close();
    const history: History = {
      nodes,
      sizes: workload.sizes,
      initialPods: new Map(),
      operations: workload.operations,
      log,
      startRevision: started,
      followers: followers.flatMap(({ name, seen }) =>
        seen.stretches.map(({ after, events: sighted }) => ({
          follower: name,
          after,
          // Expiries that came after the log was read are nobody's fault.
          events: sighted.filter(({ revision }) => revision <= last),
        })),
      ),
      rebuilt: followers.flatMap(({ name, seen }) =>
        seen.current.state === undefined || seen.lastRevision > last ? [] : [{ follower: name, ...seen.current.state }],
      ),
      final,
      clockJump,
    };
    violations.push(...check(history));
    for (const surprise of workload.surprises.slice(0, 10)) expect(false, surprise);
  } catch (error) {
    expect(false, error instanceof Error ? (error.stack ?? error.message) : String(error));
  } finally {
    for (const undo of cleanup.reverse()) await undo();
    if (violations.length === 0) rmSync(folder, { recursive: true, force: true });
    else notes['kept'] = folder;
  }
  return {
    scenario: scenario.name,
    database: scenario.database,
    seed,
    seconds: Math.round((performance.now() - began) / 1000),
    operations: workload.operations.length,
    unanswered: workload.unanswered,
    events,
    deaths,
    notes,
    violations,
  };
}

/** Small enough that the writers fill them and are refused. */
function makeNodes(random: Random, count: number): Node[] {
  return Array.from({ length: count }, (_, i) => ({
    name: `node-${i}`,
    allocatable: { cpu: 8000 + 1000 * random.below(8), memory: 16_384 + 1024 * random.below(8) },
    pods: 20 + random.below(20),
  }));
}

/** Stores the nodes. @returns the revision from which the run is judged */
async function start(admin: Client, nodes: readonly Node[]): Promise<number> {
  const items = nodes.map(({ name, allocatable, pods }) => nodeManifest(name, allocatable, pods));
  const list = { apiVersion: 'v1', kind: 'List', items };
  const { status, body } = await admin.ask('PUT', `${cluster}/snapshot?force=true`, list);
  if (status !== 200) throw new Error(`the nodes were not taken: ${status} ${JSON.stringify(body)}`);
  return (body as { revision: number }).revision;
}

/** `expiresAt` is not in the log. */
function withExpiry(log: readonly LoggedEvent[], expiry: ReadonlyMap<string, string>): LoggedEvent[] {
  return log.map((event) => {
    const expiresAt = expiry.get(event.name);
    return event.reservation === undefined || expiresAt === undefined
      ? event
      : { ...event, reservation: { ...event.reservation, expiresAt } };
  });
}

/** How often the process has compared a model with its rows; waits for the first time. */
async function comparisons({ base }: ServiceProcess): Promise<number> {
  let compared = 0;
  const read = async (): Promise<boolean> => {
    const response = await fetch(`${base}/metrics`).catch(() => undefined);
    compared = Number(/^stowage_model_verifications_total (\d+)$/m.exec((await response?.text()) ?? '')?.[1] ?? 0);
    return compared > 0;
  };
  await until('a model was compared with its rows', read, 15_000).catch(() => undefined);
  return compared;
}
