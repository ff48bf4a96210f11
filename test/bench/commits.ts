/**
 * Durable claims a second over HTTP, the best node chosen by the service, 64 clients, on both databases; how far behind
 * replicas are.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { podManifest } from '../build/cluster.js';
import { PostgresProcess } from '../robustness/postgres-process.js';
import { clusterText, listText } from './cluster-text.js';
import { catchingUp, lags } from './followers.js';
import { load, type LoadResult } from './load.js';
import { leastDisturbed, median, percentile, type Figure, type Section } from './measure.js';
import { startService, type Server } from './server.js';

const reservations = '/v1/clusters/default/reservations';

export const commits: Section = async ({ short, seed }) => {
  const figures: Figure[] = [];
  for (const database of ['sqlite', 'postgres'] as const) {
    const folder = mkdtempSync(path.join(tmpdir(), 'stowage-bench-'));
    const postgres = database === 'postgres' ? await PostgresProcess.create(folder) : undefined;
    const url = postgres?.url() ?? `sqlite:${folder}/stowage.db`;
    const servers: Server[] = [];
    try {
      for (let i = 0; i < (database === 'postgres' ? 2 : 1); i++) servers.push(await startService(url));
      figures.push(...(await claims(servers, database, seed, short)));
      for (const server of servers.splice(0)) await server.stop();
      figures.push(await behind(url, database, short));
    } finally {
      for (const server of servers) await server.stop();
      await postgres?.kill('SIGQUIT');
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return figures;
};

async function behind(url: string, database: string, short: boolean): Promise<Figure> {
  const events = short ? 10_000 : 100_000;
  const ms = await catchingUp(url, events);
  return {
    name: `${database}: a follower ${events} events behind is current after`,
    value: ms,
    unit: 'ms',
    goal: '≤ 2,000 ms',
    met: ms <= 2000,
    ...(short && { atMost: 20_000 }),
  };
}

/** Bodies that differ in the pod's name, without the price of printing a pod for each: the cores are shared. */
function claimText(): (name: string) => string {
  const size = { namespace: 'claims', tier: 'front', cpu: '10m', memory: '16Mi' };
  const manifest = podManifest('claim', '<name>', '', size, {});
  const [before = '', after = ''] = JSON.stringify({ items: [{ manifest }], ttlSeconds: 3600, owner: 'bench' }).split(
    '<name>',
  );
  return (name) => before + name + after;
}

async function claims(servers: readonly Server[], database: string, seed: number, short: boolean): Promise<Figure[]> {
  const nodes = short ? 500 : 5000;
  const [first] = servers;
  if (first === undefined) return [];
  const text = clusterText(seed, nodes, 0);
  const response = await fetch(`${first.base}/v1/clusters/default/snapshot?force=true`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: listText(text.nodes),
  });
  if (!response.ok) throw new Error(await response.text());
  const { revision } = (await response.json()) as { revision: number };
  for (const { base } of servers) await fetch(`${base}/v1/clusters/default?minRevision=${revision}`);
  const claim = claimText();
  const clients = 64 / servers.length;
  const claiming = (tag: string, seconds: number): Promise<LoadResult[]> =>
    Promise.all(
      servers.map(({ port }, replica) =>
        load({
          port,
          method: 'POST',
          request: (i) => ({
            path: reservations,
            headers: `Idempotency-Key: ${tag}-${replica}-${i}\r\n`,
            body: claim(`claim-${tag}-${replica}-${i}`),
          }),
          connections: clients,
          seconds,
        }),
      ),
    );
  await claiming('warm', short ? 1 : 3);
  const [, second] = servers;
  const { kept, stolen } = await leastDisturbed(short ? 1 : 5, 3, async (round) => {
    const loads = claiming(`run-${round}`, short ? 2 : 4);
    const lag = second === undefined ? [] : await lags(first, second, loads);
    return roundOf(await loads, lag);
  });
  const rate = median(kept.map((round) => round.rate));
  const p99 = median(kept.map((round) => round.p99));
  const due = database === 'sqlite' ? 3000 : 2000;
  const rates = kept.map((round) => Math.round(round.rate)).join(', ');
  const disturbed = `${rates}; at most ${Math.round(100 * stolen)} % stolen by the host`;
  const where = `${database}, ${servers.length} replica${servers.length > 1 ? 's' : ''}, ${nodes} nodes, 64 clients`;
  return [
    {
      name: `${where}: durable claims, median of ${kept.length} (${disturbed})`,
      value: rate,
      unit: '/s',
      goal: `≥ ${due}/s`,
      met: rate >= due,
      atLeast: 15,
    },
    {
      name: `${where}: p99`,
      value: p99,
      unit: 'ms',
      goal: '≤ 150 ms',
      met: p99 <= 150,
      ...(short && { atMost: 15_000 }),
    },
    ...(second === undefined ? [] : [lagFigure(where, median(kept.map(({ lagP99 }) => lagP99)), short)]),
  ];
}

/** One round of claims: how many a second, and percentiles in milliseconds. */
interface Round {
  readonly rate: number;
  readonly p99: number;
  /** NaN with one replica. */
  readonly lagP99: number;
}

function roundOf(results: readonly LoadResult[], lag: readonly number[]): Round {
  const requests = results.reduce((sum, result) => sum + result.requests, 0);
  const failures = results.reduce((sum, result) => sum + result.failures, 0);
  if (failures > 0) throw new Error(`${failures} of ${requests} claims failed`);
  const latencies = results.flatMap((result) => result.latencies);
  const seconds = Math.max(...results.map((result) => result.seconds));
  return { rate: requests / seconds, p99: percentile(latencies, 0.99), lagP99: percentile(lag, 0.99) };
}

function lagFigure(where: string, value: number, short: boolean): Figure {
  const floor = short && { atMost: 3000 };
  return { name: `${where}: follower lag p99`, value, unit: 'ms', goal: '≤ 250 ms', met: value <= 250, ...floor };
}
