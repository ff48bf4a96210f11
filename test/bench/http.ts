/**
 * The service over HTTP: what a fit costs against a handler of the same framework that only parses the same body, import
 * against parsing and inserting the same rows raw, boot, and the fit's latency meanwhile.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { constraintSpec, podManifest, type Constraint } from '../build/cluster.js';
import { realisticPod } from '../build/realistic-pod.js';
import { clusterText, listText } from './cluster-text.js';
import { load, type LoadResult } from './load.js';
import { cpuMs, percentile, residentMiB, timed, type Figure, type Section } from './measure.js';
import { startBareHandlers, startService, type Server } from './server.js';

const fitPath = '/v1/clusters/default/questions/fit';
const size = { namespace: 'team-1', tier: 'front', cpu: '250m', memory: '256Mi' };

export const http: Section = async ({ short, seed }) => {
  const figures: Figure[] = [];
  const bare = await startBareHandlers();
  try {
    for (const [nodes, pods, due] of short
      ? [[500, 5000, 25] as const]
      : ([
          [5000, 150_000, 2.5],
          [15_000, 450_000, 4],
        ] as const))
      figures.push(...(await oneSize(bare, seed, nodes, pods, due, short)));
  } finally {
    await bare.stop();
  }
  return figures;
};

async function oneSize(
  bare: Server,
  seed: number,
  nodes: number,
  pods: number,
  due: number,
  short: boolean,
): Promise<Figure[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'stowage-bench-'));
  const figures: Figure[] = [];
  const databaseUrl = `sqlite:${folder}/stowage.db`;
  const prefix = `${nodes} nodes, ${pods} pods`;
  let service = await startService(databaseUrl);
  try {
    const text = clusterText(seed, nodes, pods);
    const body = listText([...text.nodes, ...text.pods]);
    const raw = rawImport(folder, text);
    const before = residentMiB(service.pid);
    const imported = await timed(() => send(service, 'PUT', '/v1/clusters/default/snapshot?force=true', body));
    const after = residentMiB(service.pid);
    figures.push(
      {
        name: `${prefix}: snapshot of ${Math.round(body.length / 1e6)} MB`,
        value: imported.ms / 1000,
        unit: 's',
        ratio: { of: 'JSON.parse and raw prepared inserts', value: imported.ms / raw },
        ...(nodes === 5000 && { goal: '< 30 s', met: imported.ms < 30_000 }),
        ...(short && { atMost: 30 }),
      },
      { name: `${prefix}: resident memory gained by it`, value: after - before, unit: 'MiB' },
    );
    await service.stop();
    service = await startService(databaseUrl);
    const bootDue = pods > 200_000 ? 5 : 3;
    figures.push({
      name: `${prefix}: boot until ready`,
      value: service.bootMs / 1000,
      unit: 's',
      ...(!short && { goal: `< ${bootDue} s`, met: service.bootMs < bootDue * 1000 }),
      ...(short && { atMost: 20 }),
    });
    figures.push({ name: `${prefix}: database file`, value: statSync(`${folder}/stowage.db`).size / 1e6, unit: 'MB' });
    figures.push(...(await fits(bare, service, prefix, due, short)));
  } finally {
    await service.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  return figures;
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
  for (const name of ['realistic', 'none', 'spread', 'affinity']) {
    const body = JSON.stringify(fixture(name));
    const parse = await cpuPerRequest(bare, '/parse', () => body, seconds);
    const seen = await cpuPerRequest(service, fitPath, () => body, seconds);
    // Every request another pod: another size makes another class.
    const unseen = await cpuPerRequest(
      service,
      fitPath,
      (i) => body.replace(/"cpu":"[^"]*"/, `"cpu":"${100 + i}u"`),
      seconds,
    );
    if (name === 'realistic') peak = seen.result.requests / seen.result.seconds;
    figures.push(
      {
        name: `${prefix}: fit, ${name} pod, class seen before`,
        value: seen.micros,
        unit: 'µs CPU',
        ratio: { of: 'a handler that only parses the body', value: seen.micros / parse.micros },
        goal: `≤ ${due} ×`,
        met: seen.micros / parse.micros <= due,
        ...(short && { atMost: 15_000 }),
      },
      {
        name: `${prefix}: fit, ${name} pod, class never seen`,
        value: unseen.micros,
        unit: 'µs CPU',
        ratio: { of: 'a handler that only parses the body', value: unseen.micros / parse.micros },
        goal: `≤ ${2 * due} ×`,
        met: unseen.micros / parse.micros <= 2 * due,
      },
    );
  }
  const body = JSON.stringify(fixture('realistic'));
  const steady = await load({
    port: service.port,
    method: 'POST',
    request: () => ({ path: fitPath, body }),
    connections: 32,
    seconds,
    rate: 0.6 * peak,
  });
  const p99 = percentile(steady.latencies, 0.99);
  figures.push({
    name: `${prefix}: fit, p99 at 60 % of the peak of ${Math.round(peak)}/s`,
    value: p99,
    unit: 'ms',
    goal: '≤ 20 ms',
    met: p99 <= 20,
    ...(short && { atMost: 1000 }),
  });
  return figures;
}

async function cpuPerRequest(
  server: Server,
  url: string,
  body: (i: number) => string,
  seconds: number,
): Promise<{ micros: number; result: LoadResult }> {
  const options = {
    port: server.port,
    method: 'POST',
    request: (i: number) => ({ path: url, body: body(i) }),
    connections: 4,
  };
  // Enough calls that what is measured is compiled code, however busy the machine is.
  await load({ ...options, seconds: 15, requests: 3000 });
  const before = cpuMs(server.pid);
  const result = await load({ ...options, seconds });
  if (result.failures > 0) throw new Error(`${url}: ${result.failures} of ${result.requests} requests failed`);
  return { micros: ((cpuMs(server.pid) - before) * 1000) / result.requests, result };
}

/** @returns milliseconds to parse the text and insert a row an object into SQLite, prepared, in one transaction */
function rawImport(folder: string, { nodes, pods }: { nodes: string[]; pods: string[] }): number {
  const body = listText([...nodes, ...pods]);
  const database = new Database(path.join(folder, 'raw.db'));
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.exec(
    'CREATE TABLE object (kind TEXT, namespace TEXT, name TEXT, manifest TEXT, PRIMARY KEY (kind, namespace, name))',
  );
  const began = performance.now();
  const { items } = JSON.parse(body) as { items: { kind: string; metadata: { namespace?: string; name: string } }[] };
  const insert = database.prepare('INSERT INTO object VALUES (?, ?, ?, ?)');
  database.transaction(() => {
    for (const item of items)
      insert.run(item.kind, item.metadata.namespace ?? '', item.metadata.name, JSON.stringify(item));
  })();
  const ms = performance.now() - began;
  database.close();
  return ms;
}

async function send(server: Server, method: string, url: string, body: string): Promise<void> {
  const response = await fetch(`${server.base}${url}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body,
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text.slice(0, 500)}`);
}
