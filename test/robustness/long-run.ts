/**
 * The long run: round after round, many clients race for few slots, some let go at once what they got, and every so many
 * rounds a process is killed or its connections are cut while it commits. What is judged, and forgotten, at the end of
 * each round: `race-checker.ts`.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { RawConnection, requestText, type RawAnswer } from '../build/raw-connection.js';
import { Client } from './client.js';
import { readPage, type Position } from './follower.js';
import { integrity } from './integrity.js';
import { PostgresProcess } from './postgres-process.js';
import { RaceChecker } from './race-checker.js';
import { Random } from './random.js';
import { ServiceProcess } from './service-process.js';
import { readReservations } from './stored-state.js';
import { TcpProxy } from './tcp-proxy.js';
import { sleep } from './wait.js';
import { nodeManifest, podManifest, readChange, type ClaimAnswer, type Problem } from './wire.js';

const cluster = '/v1/clusters/default';
const CONNECTIONS = 64;
const REQUESTS_A_ROUND = 2000;
/** Requests after which nobody lets go any more: every slot is taken at the end of the round. */
const RELEASING = 1500;
const NODES = 5;
const SLOTS_A_NODE = 10;
const ROUNDS_A_FAULT = 15;
/** For all answers of a round, whatever befalls it. */
const PATIENCE_MS = 60_000;

export interface LongOutcome {
  readonly database: 'sqlite' | 'postgres';
  readonly replicas: number;
  readonly seed: number;
  readonly seconds: number;
  readonly rounds: number;
  readonly claims: number;
  readonly granted: number;
  readonly refused: number;
  /** Pods whose client got no answer and had no key to ask again. */
  readonly unanswered: number;
  readonly deaths: number;
  readonly cuts: number;
  /** Of this process, at the end: what is checked must not pile up. */
  readonly residentMiB: number;
  readonly violations: readonly string[];
}

interface Options {
  readonly database: 'sqlite' | 'postgres';
  /** Ends with the round in which so many were made. */
  readonly claims: number;
  readonly seed: number;
  /** Ends with the round in which it is over. */
  readonly seconds: number;
}

interface Race extends Options {
  readonly random: Random;
  readonly services: readonly [ServiceProcess, ...ServiceProcess[]];
  readonly proxies: readonly TcpProxy[];
  readonly checker: RaceChecker;
  readonly counts: { claims: number; refused: number; unanswered: number; cuts: number };
}

export async function longRun(options: Options): Promise<LongOutcome> {
  const { database, claims, seed, seconds } = options;
  const began = performance.now();
  const folder = mkdtempSync(path.join(tmpdir(), 'stowage-race-'));
  const cleanup: (() => unknown)[] = [];
  const counts = { claims: 0, refused: 0, unanswered: 0, cuts: 0 };
  let rounds = 0;
  let services: ServiceProcess[] = [];
  let checker = new RaceChecker(new Map(), 0);
  const violations: string[] = [];
  try {
    const proxies: TcpProxy[] = [];
    const urls = [`sqlite:${folder}/stowage.db`];
    if (database === 'postgres') {
      const server = await PostgresProcess.create(folder);
      cleanup.push(() => server.kill('SIGQUIT'));
      for (let i = 0; i < 2; i++) proxies.push(await TcpProxy.start(server.port));
      for (const proxy of proxies) cleanup.push(() => proxy.close());
      urls.splice(0, 1, ...proxies.map(({ port }) => server.url(port)));
    }
    services = await Promise.all(
      urls.map((databaseUrl, i) => ServiceProcess.start({ name: `replica-${i}`, databaseUrl, folder })),
    );
    const [first, ...others] = services;
    if (first === undefined) throw new Error('a race needs a replica');
    for (const service of services) cleanup.push(() => service.stop('SIGKILL'));

    const admin = new Client(first.base, { timeoutMs: 30_000 });
    cleanup.push(() => admin.close());
    const slots = new Map(Array.from({ length: NODES }, (_, i) => [`node-${i}`, SLOTS_A_NODE]));
    const { status, revision } = await admin.ask('PUT', `${cluster}/snapshot?force=true`, {
      apiVersion: 'v1',
      kind: 'List',
      items: [...slots].map(([name, room]) => nodeManifest(name, { cpu: room * 1000, memory: 65_536 }, 110)),
    });
    if (status !== 200) throw new Error(`the nodes were not taken: ${status}`);
    checker = new RaceChecker(slots, revision);
    const race: Race = {
      ...options,
      random: Random.of(seed, `race on ${database}`),
      services: [first, ...others],
      proxies,
      checker,
      counts,
    };
    let position: Position = { sinceRevision: revision };
    while (counts.claims < claims && performance.now() - began < seconds * 1000 && checker.violations.length === 0) {
      position = await round(race, rounds++, position, slots);
    }
    if (counts.claims < claims) violations.push(`${counts.claims} of ${claims} claims were made in ${seconds} s`);

    for (const service of services) await service.stop();
    if (database === 'sqlite') {
      const [whole, sentence] = integrity(folder);
      if (!whole) violations.push(sentence);
    }
    first.spawn();
    await first.ready();
    const { revision: last } = await admin.ask('GET', cluster);
    if (last !== checker.revision) violations.push(`the log ends at ${checker.revision}, the cluster is at ${last}`);
    const stored = await readReservations(admin, { status: 'granted' });
    if (stored.length > 0) violations.push(`${stored.length} claims are stored that the log says have ended`);
  } catch (error) {
    violations.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  } finally {
    for (const undo of cleanup.reverse()) await undo();
  }
  violations.push(...checker.violations);
  if (violations.length === 0) rmSync(folder, { recursive: true, force: true });
  else violations.push(`kept: ${folder}`);
  return {
    database,
    replicas: services.length,
    seed,
    seconds: Math.round((performance.now() - began) / 1000),
    rounds,
    ...counts,
    granted: checker.granted,
    deaths: services.reduce((sum, { deaths }) => sum + deaths.length, 0),
    residentMiB: Math.round(process.memoryUsage.rss() / 1_048_576),
    violations,
  };
}

/** One race, the log of it read, judged, and everything let go. @returns where the log goes on */
async function round(
  race: Race,
  number: number,
  from: Position,
  slots: ReadonlyMap<string, number>,
): Promise<Position> {
  const { checker, services, random } = race;
  const racers = Array.from({ length: CONNECTIONS }, (_, i) => new Racer(race, i));
  let next = 0;
  const faultAt = number % ROUNDS_A_FAULT === ROUNDS_A_FAULT - 1 ? random.below(RELEASING) : -1;
  await Promise.all(
    racers.map(async (racer) => {
      for (let i = next++; i < REQUESTS_A_ROUND; i = next++) {
        if (i === faultAt) strike(race, number);
        await racer.claim(`r${number}-${i}`, kinds[i % kinds.length] ?? kinds[0], i < RELEASING);
      }
    }),
  );
  const reader = new Client((services[number % services.length] ?? services[0]).base, { timeoutMs: 20_000 });
  let position = await readOn(race, reader, from);
  const open = [...checker.open.keys()];
  const room = [...slots.values()].reduce((sum, slot) => sum + slot, 0);
  if (open.length !== room) checker.violations.push(`round ${number}: ${open.length} of ${room} slots are taken`);
  await Promise.all(
    racers.map(async (racer, i) => {
      for (let j = i; j < open.length; j += racers.length) await racer.release(open[j] ?? '');
      racer.close();
    }),
  );
  position = await readOn(race, reader, position);
  reader.close();
  checker.endRound();
  if (checker.open.size > 0) checker.violations.push(`round ${number}: ${checker.open.size} claims were not let go`);
  return position;
}

/** Kills a replica, or cuts its connection after a COMMIT: the clients of what it was deciding get no answer from it. */
function strike({ services, proxies, random, counts }: Race, number: number): void {
  const proxy = proxies[number % Math.max(1, proxies.length)];
  if (proxy !== undefined && random.next() < 0.5) {
    counts.cuts++;
    void proxy.cutAfterCommit();
  } else (services[random.below(services.length)] ?? services[0]).crash();
}

/** Reads to the end of the log, through a replica that may have to catch up first. */
async function readOn({ checker, services }: Race, reader: Client, from: Position): Promise<Position> {
  for (const service of services) await service.ready();
  const { revision: target } = await newest(services);
  let position = from;
  for (const deadline = performance.now() + PATIENCE_MS; performance.now() < deadline;) {
    const page = await readPage(reader, position);
    if (page === 'compacted') throw new Error('the log was compacted');
    for (const item of page?.items ?? []) checker.read(readChange(item));
    if (page !== undefined && page.items.length > 0) position = { cursor: page.nextCursor };
    else if (page !== undefined && checker.revision >= target) return position;
    else await sleep(20);
  }
  throw new Error(`the log ends at ${checker.revision}, a replica is at ${target}`);
}

async function newest(services: Race['services']): Promise<{ revision: number }> {
  const revisions = await Promise.all(
    services.map(async ({ base }) => {
      const client = new Client(base, { timeoutMs: 20_000 });
      const { revision } = await client.ask('GET', cluster);
      client.close();
      return revision;
    }),
  );
  return { revision: Math.max(...revisions) };
}

/** What is asked for in turn: one pod, four of which each has its own outcome, or two that come together or not at all. */
interface Kind {
  readonly pods: number;
  readonly gang: boolean;
}
const one: Kind = { pods: 1, gang: false };
const four: Kind = { pods: 4, gang: false };
const pair: Kind = { pods: 2, gang: true };
const kinds = [four, one, pair, one, four, one, one, one] as const;

const size = { cpu: 1000, memory: 64 };
const [beforeName = '', afterName = ''] = JSON.stringify(podManifest('race/NAME', size)).split('NAME');
const claimText = (names: readonly string[], gang: boolean): string =>
  `{"items":[${names.map((name) => `{"manifest":${beforeName}${name}${afterName}}`).join(',')}],"gang":${gang},"ttlSeconds":3600,"owner":"race"}`;

/** A client on a connection of its own, with one replica until that gives no answer. */
class Racer {
  #connection: RawConnection | undefined;
  readonly #random: Random;

  constructor(
    readonly race: Race,
    private replica: number,
  ) {
    this.#random = race.random.fork();
  }

  /** Opens a connection when there is none; where that fails, nothing was sent. */
  async #ask(text: string): Promise<RawAnswer & { readonly sent: boolean }> {
    const { services } = this.race;
    if (this.#connection?.usable !== true) {
      const { port } = services[this.replica % services.length] ?? services[0];
      this.#connection = await RawConnection.open(port).catch(() => undefined);
    }
    const connection = this.#connection;
    const answer = connection === undefined ? { status: 0, body: '' } : await connection.ask(text);
    if (answer.status === 0) {
      this.replica++;
      this.#connection = undefined;
    }
    return { ...answer, sent: connection !== undefined };
  }

  /** Asks until an answer says what happened; undefined where none came, and asking again might do it twice. */
  async #untilKnown(text: string, repeatable: boolean): Promise<RawAnswer | undefined> {
    for (const deadline = performance.now() + PATIENCE_MS; performance.now() < deadline;) {
      const { status, body, sent } = await this.#ask(text);
      const code = status >= 409 ? (JSON.parse(body) as Problem).code : undefined;
      const unclear = status === 0 ? sent : code === 'outcome_unknown';
      const again = status === 0 || [429, 503, 507].includes(status) || code === 'request_in_progress';
      if (!again) return { status, body };
      if (unclear && !repeatable) return undefined;
      await sleep(20 + this.#random.below(40));
    }
    throw new Error(`no answer in ${PATIENCE_MS} ms`);
  }

  async claim(name: string, { pods, gang }: Kind, mayRelease: boolean): Promise<void> {
    const { checker, counts } = this.race;
    const names = Array.from({ length: pods }, (_, i) => `${name}-${i}`);
    const keyed = this.#random.next() < 0.1;
    const headers = keyed ? `Idempotency-Key: ${randomUUID()}\r\n` : '';
    const text = requestText('POST', `${cluster}/reservations`, claimText(names, gang), headers);
    const answer = await this.#untilKnown(text, keyed);
    counts.claims += pods;
    if (answer === undefined) {
      counts.unanswered += pods;
      const asked = names.map((pod) => `race/${pod}`);
      if (gang) checker.tellUnknown(asked);
      else for (const pod of asked) checker.tellUnknown([pod]);
      return;
    }
    if (answer.status === 409) {
      counts.refused += pods;
      return;
    }
    if (answer.status !== 201) throw new Error(`a claim was answered ${answer.status} ${answer.body.slice(0, 300)}`);
    const { revision, items } = JSON.parse(answer.body) as ClaimAnswer;
    const granted = items.filter(({ status }) => status === 'granted');
    counts.refused += pods - granted.length;
    for (const { id = '', pod, node } of granted) checker.tellGranted({ pod, id, node: node ?? '', revision });
    if (mayRelease && this.#random.next() < 0.8) for (const { id = '' } of granted) await this.release(id);
  }

  async release(id: string): Promise<void> {
    this.race.checker.tellReleasing(id);
    const text = requestText('DELETE', `${cluster}/reservations/${id}`, '').replace(
      'Content-Type: application/json\r\n',
      '',
    );
    const answer = await this.#untilKnown(text, true);
    if (answer?.status !== 204)
      throw new Error(`a release was answered ${answer?.status} ${answer?.body.slice(0, 300)}`);
    this.race.checker.tellReleased(id);
  }

  close(): void {
    this.#connection?.close();
  }
}
