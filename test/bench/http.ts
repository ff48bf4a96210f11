/**
 * The service over HTTP: what a fit costs against a handler of the same framework that only parses the same body, import
 * against parsing and inserting the same rows raw, boot, and the fit's latency meanwhile.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { constraintSpec, podManifest, type Constraint } from '../build/cluster.js';
import { realisticPod } from '../build/realistic-pod.js';
import { clusterText, listText } from './cluster-text.js';
import { kubectlText } from './kubectl-text.js';
import { load, type LoadResult } from './load.js';
import { cpuMs, leastDisturbed, median, percentile, residentMiB, timed, type Figure, type Section } from './measure.js';
import { startBareHandlers, startService, type Server } from './server.js';

const fitPath = '/v1/clusters/default/questions/fit';
const baseline = 'JSON.parse and raw prepared inserts of the same rows';
/** Of what is measured by medians. */
const ROUNDS = 3;
const snapshotPath = '/v1/clusters/default/snapshot?force=true';
const size = { namespace: 'team-1', tier: 'front', cpu: '250m', memory: '256Mi' };

export const http: Section = async ({ short, seed, nodes: only, part }) => {
  const figures: Figure[] = [];
  const bare = await startBareHandlers();
  try {
    if (only === undefined && (part === undefined || part === 'kubectl'))
      figures.push(...(await kubectlList(seed, short)), ...(short ? [] : await laterLists(seed)));
    for (const [nodes, pods, due] of short
      ? [[500, 5000, 25] as const]
      : ([
          [5000, 150_000, 2.5],
          [15_000, 450_000, 4],
        ] as const)) {
      if (part !== 'kubectl' && (only === undefined || only === nodes))
        figures.push(...(await oneSize(bare, seed, nodes, pods, due, short, part)));
    }
  } finally {
    await bare.stop();
  }
  return figures;
};

/** What the goal of an import is said of: 100 MB as kubectl prints them, pods with all that a cluster knows of them. */
async function kubectlList(seed: number, short: boolean): Promise<Figure[]> {
  const makeBody = (): string => kubectlText(seed, short ? 2e6 : 100e6);
  // Two seconds are soon disturbed.
  const others: Imported[] = [];
  if (!short) {
    for (let round = 1; round < ROUNDS; round++) others.push(await inFolder((folder) => importInto(folder, makeBody)));
  }
  return inFolder((folder) => snapshot(folder, makeBody, '1000 nodes, kubectl get -A -o json', short, others));
}

/** What such a list costs a service that has read some before, each into a cluster of its own: they are sent every few minutes. */
async function laterLists(seed: number): Promise<Figure[]> {
  const rounds: { second: number; third: number; rawCpuMs: number }[] = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(await inFolder((folder) => threeLists(folder, seed)));
  const rawCpuMs = median(rounds.map((round) => round.rawCpuMs));
  return (['second', 'third'] as const).map((which) => {
    const spent = median(rounds.map((round) => round[which]));
    return {
      name: `1000 nodes, kubectl get -A -o json: CPU time of the ${which} such list that a service reads, median of ${ROUNDS}`,
      value: spent / 1000,
      unit: 's CPU',
      ratio: { of: baseline, value: spent / rawCpuMs },
      goal: '≤ 2 ×',
      met: spent <= 2 * rawCpuMs,
    };
  });
}

/** In ms of processor time: those of one service that has just started, and the baseline of the first list. */
async function threeLists(folder: string, seed: number): Promise<{ second: number; third: number; rawCpuMs: number }> {
  const service = await startService(databaseIn(folder));
  try {
    const spent: number[] = [];
    let rawCpuMs = 0;
    for (const cluster of ['first', 'second', 'third']) {
      // Other pods each time, of other sizes and under other names.
      const body = kubectlText(seed + spent.length, 100e6);
      await send(service, 'PUT', `/v1/clusters/${cluster}`, '{}');
      const before = cpuMs(service.pid);
      await send(service, 'PUT', `/v1/clusters/${cluster}/snapshot?force=true`, body);
      spent.push(cpuMs(service.pid) - before);
      if (spent.length === 1) rawCpuMs = rawImport(folder, body).cpuMs;
    }
    return { second: spent[1]!, third: spent[2]!, rawCpuMs };
  } finally {
    await service.stop();
  }
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(path.join(tmpdir(), 'stowage-bench-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function oneSize(
  bare: Server,
  seed: number,
  nodes: number,
  pods: number,
  due: number,
  short: boolean,
  part: string | undefined,
): Promise<Figure[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'stowage-bench-'));
  const prefix = `${nodes} nodes, ${pods} pods`;
  try {
    // What the snapshot took is out of reach when latencies are measured: collecting it would stop this process, too.
    const makeBody = (): string => {
      const text = clusterText(seed, nodes, pods);
      return listText([...text.nodes, ...text.pods]);
    };
    const figures = await snapshot(folder, makeBody, prefix, short);
    const service = await startService(databaseIn(folder));
    try {
      const bootDue = pods > 200_000 ? 5 : 3;
      figures.push({
        name: `${prefix}: boot until ready`,
        value: service.bootMs / 1000,
        unit: 's',
        ...(!short && { goal: `< ${bootDue} s`, met: service.bootMs < bootDue * 1000 }),
        ...(short && { atMost: 20 }),
      });
      const megabytes = statSync(`${folder}/stowage.db`).size / 1e6;
      figures.push({ name: `${prefix}: database file`, value: megabytes, unit: 'MB' });
      if (part !== 'import' && part !== 'long') figures.push(...(await fits(bare, service, prefix, due, short)));
      if (part !== 'import' && part !== 'fits') figures.push(...(await whileLongQuestionRuns(service, prefix, short)));
    } finally {
      await service.stop();
    }
    return figures;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function databaseIn(folder: string): string {
  return `sqlite:${folder}/stowage.db`;
}

interface Imported {
  readonly ms: number;
  readonly cpu: number;
  /** MiB */
  readonly gained: number;
  readonly raw: { readonly ms: number; readonly cpuMs: number };
}

/** Fills the database in the folder with a snapshot, by a service that has just started and ends afterwards. */
async function importInto(folder: string, makeBody: () => string): Promise<Imported> {
  const service = await startService(databaseIn(folder));
  try {
    const body = makeBody();
    const before = residentMiB(service.pid);
    const cpuBefore = cpuMs(service.pid);
    const { ms } = await timed(() => send(service, 'PUT', snapshotPath, body));
    const cpu = cpuMs(service.pid) - cpuBefore;
    return { ms, cpu, gained: residentMiB(service.pid) - before, raw: rawImport(folder, body) };
  } finally {
    await service.stop();
  }
}

/**
 * Fills the database in the folder with a snapshot: what that costs, and what others feel of it.
 *
 * @param others the same into other databases: then medians are said
 */
async function snapshot(
  folder: string,
  makeBody: () => string,
  prefix: string,
  short: boolean,
  others: readonly Imported[] = [],
): Promise<Figure[]> {
  const all = [...others, await importInto(folder, makeBody)];
  const middle = (of: (one: Imported) => number): number => median(all.map(of));
  const ms = middle((one) => one.ms);
  const cpu = middle((one) => one.cpu);
  const gained = middle((one) => one.gained);
  const raw = { ms: middle((one) => one.raw.ms), cpuMs: middle((one) => one.raw.cpuMs) };
  const body = makeBody();
  const { fits: fitsMeanwhile, longestClaim } = await whileImporting(body);
  const which = all.length > 1 ? `, median of ${all.length}` : '';
  return [
    {
      name: `${prefix}: snapshot of ${Math.round(body.length / 1e6)} MB${which}`,
      value: ms / 1000,
      unit: 's',
      ratio: { of: baseline, value: ms / raw.ms },
      ...(prefix.startsWith('5000 ') && { goal: '< 30 s', met: ms < 30_000 }),
      ...(short && { atMost: 30 }),
    },
    {
      name: `${prefix}: CPU time of it${which}`,
      value: cpu / 1000,
      unit: 's CPU',
      ratio: { of: baseline, value: cpu / raw.cpuMs },
      goal: '≤ 2 ×',
      met: cpu <= 2 * raw.cpuMs,
    },
    {
      name: `${prefix}: resident memory gained by it${which}`,
      value: gained,
      unit: 'MiB',
      goal: '≤ 150 MiB',
      met: gained <= 150,
    },
    {
      name: `${prefix}: fit meanwhile, p99`,
      value: fitsMeanwhile,
      unit: 'ms',
      goal: '≤ 25 ms',
      met: fitsMeanwhile <= 25,
    },
    { name: `${prefix}: longest wait of a claim meanwhile`, value: longestClaim, unit: 'ms' },
  ];
}

/** A pod that fits; 2.4 KB of it is a realistic one without the constraints that this cluster cannot meet. */
function fixture(name: string): Record<string, unknown> {
  if (name !== 'realistic') return podManifest('bench', 'bench', '', size, constraintSpec(name as Constraint, 'app-1'));
  const pod = realisticPod();
  const spec = { ...(pod['spec'] as Record<string, unknown>) };
  delete spec['nodeSelector'];
  delete spec['priorityClassName'];
  return { ...pod, spec };
}

async function fits(bare: Server, service: Server, prefix: string, due: number, short: boolean): Promise<Figure[]> {
  const figures: Figure[] = [];
  const seconds = short ? 1 : 4;
  let peak = 0;
  let different = 0;
  for (const name of ['realistic', 'none', 'spread', 'affinity']) {
    const body = JSON.stringify(fixture(name));
    const parse = new CpuPerRequest(bare, '/parse', () => body);
    const seen = new CpuPerRequest(service, fitPath, () => body);
    // Every request another pod, those that warm up included: another size, in bytes, makes another class.
    const unseen = new CpuPerRequest(service, fitPath, () =>
      body.replaceAll(/"memory":"[^"]*"/g, `"memory":"${300_000_000 + different++}"`),
    );
    const all = [parse, seen, unseen];
    for (const one of all) await one.warmUp(short ? 1500 : 6000);
    // In turn, a second each: the host is not as fast all the time.
    for (let round = 0; round < seconds; round++) for (const one of all) await one.measure(1);
    if (name === 'realistic') peak = seen.rate;
    figures.push(
      {
        name: `${prefix}: fit, ${name} pod, class seen before`,
        value: seen.micros,
        unit: 'µs CPU',
        ratio: { of: 'a handler that only parses the body', value: seen.times(parse) },
        goal: `≤ ${due} ×`,
        met: seen.times(parse) <= due,
        ...(short && { atMost: 15_000 }),
      },
      {
        name: `${prefix}: fit, ${name} pod, class never seen`,
        value: unseen.micros,
        unit: 'µs CPU',
        ratio: { of: 'a handler that only parses the body', value: unseen.times(parse) },
        goal: `≤ ${2 * due} ×`,
        met: unseen.times(parse) <= 2 * due,
      },
    );
  }
  const body = JSON.stringify(fixture('realistic'));
  // A host that stands still for 50 ms once in four seconds decides such a window's p99.
  const { kept: windows, stolen } = await leastDisturbed(short ? 1 : 9, 5, async () => {
    const steady = await load({
      port: service.port,
      method: 'POST',
      request: () => ({ path: fitPath, body }),
      connections: 32,
      seconds,
      rate: 0.6 * peak,
    });
    return percentile(steady.latencies, 0.99);
  });
  const p99 = median(windows);
  const range = `${Math.min(...windows).toFixed(1)} to ${Math.max(...windows).toFixed(1)} ms`;
  const disturbed = `at most ${Math.round(100 * stolen)} % stolen by the host`;
  figures.push({
    name: `${prefix}: fit, p99 at 60 % of the peak of ${Math.round(peak)}/s, median of ${windows.length} (${range}; ${disturbed})`,
    value: p99,
    unit: 'ms',
    goal: '≤ 20 ms',
    met: p99 <= 20,
    ...(short && { atMost: 1000 }),
  });
  return figures;
}

/** The processor time of a server for one request after another, as the median of some rounds. */
class CpuPerRequest {
  private readonly rounds: { readonly micros: number; readonly rate: number }[] = [];

  constructor(
    private readonly server: Server,
    private readonly url: string,
    private readonly body: () => string,
  ) {}

  /**
   * Enough calls make what is measured compiled code, however busy the machine is: the compiler is done with a fit of pods
   * never seen after some 5,000 of them.
   */
  async warmUp(requests: number): Promise<void> {
    await this.load({ seconds: 30, requests });
  }

  async measure(seconds: number): Promise<void> {
    const before = cpuMs(this.server.pid);
    const { requests, seconds: taken } = await this.load({ seconds });
    this.rounds.push({ micros: ((cpuMs(this.server.pid) - before) * 1000) / requests, rate: requests / taken });
  }

  get micros(): number {
    return median(this.rounds.map(({ micros }) => micros));
  }

  /** Requests a second. */
  get rate(): number {
    return median(this.rounds.map(({ rate }) => rate));
  }

  /** What it costs by what the other does, which was measured in turn with it. */
  times(other: CpuPerRequest): number {
    return median(this.rounds.map(({ micros }, round) => micros / other.rounds[round]!.micros));
  }

  private async load(howLong: { seconds: number; requests?: number }): Promise<LoadResult> {
    const { server, url, body } = this;
    const request = (): { path: string; body: string } => ({ path: url, body: body() });
    const result = await load({ port: server.port, method: 'POST', request, connections: 4, ...howLong });
    if (result.failures > 0) throw new Error(`${url}: ${result.failures} of ${result.requests} requests failed`);
    return result;
  }
}

/** Asks again and again, one after another with 10 ms between; `stop` gives the milliseconds that each took. */
interface Probe {
  /** What came before does not count. */
  begin(): void;
  stop(): Promise<number[]>;
}

function probe(server: Server, method: string, url: string, body?: string): Probe {
  const latencies: number[] = [];
  const state = { stopped: false };
  const asking = (async () => {
    while (!state.stopped) {
      const { ms } = await timed(() => send(server, method, url, body));
      latencies.push(ms);
      await sleep(10);
    }
  })();
  return {
    begin() {
      latencies.length = 0;
    },
    async stop() {
      state.stopped = true;
      await asking;
      return latencies;
    },
  };
}

/** What others feel of the same import into a database of its own: they would count as its processor time. */
async function whileImporting(body: string): Promise<{ fits: number; longestClaim: number }> {
  const folder = mkdtempSync(path.join(tmpdir(), 'stowage-bench-'));
  const service = await startService(`sqlite:${folder}/stowage.db`);
  try {
    const asking = probe(service, 'POST', fitPath, JSON.stringify(fixture('realistic')));
    const claiming = await probeClaims(service);
    // Encoded here: it would hold this process, and so the answers that it waits for, when it is sent.
    const bytes = Buffer.from(body);
    // Neither the first questions of a service are meant, whose code is new.
    await sleep(3000);
    asking.begin();
    claiming.begin();
    await send(service, 'PUT', snapshotPath, bytes);
    return { fits: percentile(await asking.stop(), 0.99), longestClaim: Math.max(...(await claiming.stop())) };
  } finally {
    await service.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Claims in a cluster of their own, beside which a bulk write has the database to itself. */
async function probeClaims(service: Server): Promise<Probe> {
  const node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'node' },
    status: { allocatable: { cpu: '1000', memory: '1000Gi', pods: '1000000' } },
  };
  await send(service, 'PUT', '/v1/clusters/claims', '{}');
  await send(service, 'POST', '/v1/clusters/claims/import', JSON.stringify(node));
  const pod = podManifest('claim', 'claim', '', { ...size, cpu: '1m', memory: '1Mi' }, {});
  const claim = { items: [{ manifest: pod }], ttlSeconds: 3600, owner: 'bench' };
  return probe(service, 'POST', '/v1/clusters/claims/reservations', JSON.stringify(claim));
}

/** What short requests and the event loop feel of a simulation in its thread, which is cancelled in the end. */
async function whileLongQuestionRuns(service: Server, prefix: string, short: boolean): Promise<Figure[]> {
  const template = podManifest('bench', 'bench', '', size, constraintSpec('spread', 'app-1'));
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'long', namespace: 'team-1' },
    spec: { replicas: 1_000_000, selector: { matchLabels: { app: 'bench' } }, template },
  };
  const started = await fetch(`${service.base}/v1/clusters/default/questions/simulate`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', prefer: 'respond-async' },
    body: JSON.stringify({ manifests: deployment, gang: false }),
  });
  const location = started.headers.get('location');
  if (started.status !== 202 || location === null)
    throw new Error(`simulate: ${started.status} ${await started.text()}`);
  await eventLoopLagP99(service);
  const asking = probe(service, 'GET', '/healthz');
  await sleep(short ? 1000 : 10_000);
  const lag = await eventLoopLagP99(service);
  const health = percentile(await asking.stop(), 0.99);
  const { status } = (await (await fetch(`${service.base}${location}`)).json()) as { status: string };
  if (status === 'failed') throw new Error(`simulate failed: ${await (await fetch(service.base + location)).text()}`);
  const cancelled = await timed(() => send(service, 'DELETE', location));
  const during = `while a simulation runs (${status} at the end)`;
  return [
    { name: `${prefix}: event loop delay p99 ${during}`, value: lag, unit: 'ms', goal: '< 10 ms', met: lag < 10 },
    { name: `${prefix}: /healthz p99 ${during}`, value: health, unit: 'ms', goal: '< 20 ms', met: health < 20 },
    { name: `${prefix}: cancelling it`, value: cancelled.ms, unit: 'ms', goal: '< 1 s', met: cancelled.ms < 1000 },
  ];
}

/** prom-client samples with a timer of this period, and what it shows is the time between two ticks of it. */
const LAG_TIMER_MS = 10;

/** Milliseconds by which ticks were late since it was asked for the last time (`monitorEventLoopDelay` behind /metrics). */
async function eventLoopLagP99(service: Server): Promise<number> {
  const text = await (await fetch(`${service.base}/metrics`)).text();
  return Number(/^nodejs_eventloop_lag_p99_seconds (\S+)$/m.exec(text)?.[1]) * 1000 - LAG_TIMER_MS;
}

/**
 * Parses the body and inserts, prepared, in one transaction, the very rows that the service made of it: manifests, narrow
 * rows and change log, as they are in its database, into tables made by the same statements.
 */
function rawImport(folder: string, body: string): { ms: number; cpuMs: number } {
  const written = new Database(path.join(folder, 'stowage.db'), { readonly: true });
  const database = new Database(path.join(folder, 'raw.db'));
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  const tables = ['manifest', 'pod_class', 'node', 'pod', 'object', 'change_log'].map((name) => {
    const sql = written.prepare('SELECT sql FROM sqlite_master WHERE name = ?').pluck().get(name) as string;
    database.exec(sql);
    const rows = written.prepare(`SELECT * FROM "${name}"`).raw().all() as unknown[][];
    const places = (rows[0] ?? []).map(() => '?').join(', ');
    return { rows, insert: rows.length === 0 ? null : database.prepare(`INSERT INTO "${name}" VALUES (${places})`) };
  });
  written.close();
  const began = performance.now();
  const cpu = process.cpuUsage();
  JSON.parse(body);
  database.transaction(() => {
    for (const { rows, insert } of tables) for (const row of rows) insert?.run(row);
  })();
  const ms = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  database.close();
  return { ms, cpuMs: (user + system) / 1000 };
}

async function send(server: Server, method: string, url: string, body?: string | Buffer<ArrayBuffer>): Promise<void> {
  const response = await fetch(`${server.base}${url}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body,
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text.slice(0, 500)}`);
}
