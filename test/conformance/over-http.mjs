/**
 * The conformance rows asked over HTTP, as a client would: `node test/conformance/over-http.mjs <url> [dir] [only] [limit]`.
 * A running service is the only thing needed. Prints pass rates a file and the first mismatches; exits 1 on any.
 * `quantity` and the members that no endpoint shows are checked in process only (see README of the vectors).
 */
import { readFileSync, readdirSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { join } from 'node:path';

const [
  base = 'http://127.0.0.1:3000',
  dir = new URL('./vectors', import.meta.url).pathname,
  only = '',
  limitText = '',
] = process.argv.slice(2);
const limit = limitText === '' ? Infinity : Number(limitText);

/** @returns {Promise<{status: number, body: any}>} */
async function call(method, path, body) {
  const response = await fetch(base + path, {
    method,
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? null : JSON.parse(text) };
}

const sorted = (list) => [...(list ?? [])].sort();
const differences = [];
function differs(what, expected, actual) {
  if (isDeepStrictEqual(expected, actual)) return;
  differences.push(
    `${what}: expected ${JSON.stringify(expected)?.slice(0, 600)} got ${JSON.stringify(actual)?.slice(0, 600)}`,
  );
}

const canonicals = (list) => Object.fromEntries(Object.entries(list ?? {}).map(([k, v]) => [k, v.canonical]));

function invalidAsExpected(expected, response) {
  if (response.status !== 422) return differs('status', 422, [response.status, response.body]);
  const actual = (response.body.errors ?? []).map((e) => e.message);
  for (const sentence of expected) {
    if (!actual.includes(sentence)) differs('errors', sentence, actual);
  }
}

/**
 * A row records the faults of one pod: the pending one (no `pod`) or the first bound one. The pending one is asked about
 * alone when the bound ones are invalid too and the snapshot is refused already.
 */
async function refusal(row, loaded, ask) {
  if (loaded.status === 200) return ask();
  return row.expect.pod === undefined ? call('POST', '/v1/effective', row.pod) : loaded;
}

const cluster = 'conformance';
async function load(row) {
  await call('PUT', `/v1/clusters/${cluster}`, row.scheduler ? { scheduler: row.scheduler } : {});
  const items = ['namespaces', 'objects', 'nodes', 'pods', 'pdbs', 'limitRanges'].flatMap((key) => row[key] ?? []);
  return call('PUT', `/v1/clusters/${cluster}/snapshot?force=true`, { apiVersion: 'v1', kind: 'List', items });
}

async function effective(row) {
  const response = await call('POST', '/v1/effective', row.pod);
  const { expect } = row;
  if (expect.invalid)
    return invalidAsExpected(
      expect.invalid.map((e) => e.full),
      response,
    );
  if (response.status !== 200) return differs('status', 200, [response.status, response.body]);
  const item = response.body.items[0];
  differs('requests', canonicals(expect.requests), item.requests);
  differs('limits', canonicals(expect.limits), item.limits);
  differs('qosClass', expect.qosClass, item.qosClass);
}

async function validate(row) {
  const response = await call('POST', '/v1/effective', row.pod);
  if (row.expect.valid) return differs('status', 200, response.status === 200 ? 200 : [response.status, response.body]);
  if (response.status !== 422) return differs('status', 422, [response.status, response.body]);
  const shape = (e) => [e.type, e.field, e.detail, e.message ?? e.full].join(' | ');
  differs('errors', sorted(row.expect.errors.map(shape)), sorted(response.body.errors.map(shape)));
}

async function admit(row) {
  const loaded = await load(row);
  if (loaded.status !== 200) return differs('snapshot', 200, [loaded.status, loaded.body]);
  const response = await call('POST', `/v1/clusters/${cluster}/questions/effective`, row.pod);
  const { expect } = row;
  const admission = expect.validationErrors.length > 0 ? response.body.admission : response.body.items?.[0]?.admission;
  const limitRangeErrors = (admission?.errors ?? []).filter((e) => e.source === 'LimitRanger').map((e) => e.message);
  const bare = (m) => m.replace(/^pods "[^"]*" is forbidden: /, '');
  differs('limitRangeErrors', sorted(expect.limitRangeErrors), sorted(limitRangeErrors.map(bare)));
  if (expect.validationErrors.length > 0) {
    if (response.status !== 422) return differs('status', 422, [response.status, response.body]);
    const full = expect.validationErrors.map((e) => (typeof e === 'string' ? e : e.full));
    return differs('validationErrors', sorted(full), sorted(response.body.errors.map((e) => e.message)));
  }
  if (response.status !== 200) return differs('status', 200, [response.status, response.body]);
  const item = response.body.items[0];
  for (const container of item.containers) {
    differs(`container ${container.name}`, canonicals(expect.containers[container.name].requests), container.requests);
    differs(`container ${container.name}`, canonicals(expect.containers[container.name].limits), container.limits);
  }
  differs('requests', canonicals(expect.requests), item.requests);
  differs('limits', canonicals(expect.limits), item.limits);
  differs('qosClass', expect.qosClass, item.qosClass);
}

async function schedule(row, preemption) {
  const loaded = await load(row);
  const { expect } = row;
  const fit = () =>
    call('POST', `/v1/clusters/${cluster}/questions/fit`, {
      manifest: row.pod,
      candidateLimit: 20000,
      explain: 'nodes',
      ...(preemption ? { preemption: true } : {}),
    });
  if (expect.invalid) {
    return invalidAsExpected(
      expect.invalid.map((e) => e.full),
      await refusal(row, loaded, fit),
    );
  }
  if (loaded.status !== 200) return differs('snapshot', 200, [loaded.status, loaded.body]);
  const { status, body } = await fit();
  if (status !== 200) return differs('status', 200, [status, body]);
  differs('feasible', sorted(expect.feasible), sorted(body.candidates.map((c) => c.node)));
  const rejected = (list) =>
    Object.fromEntries(list.map(([node, r]) => [node, { plugin: r.plugin, code: r.code, reasons: sorted(r.reasons) }]));
  differs(
    'rejected',
    rejected(Object.entries(expect.rejected ?? {}).sort()),
    rejected((body.rejected ?? []).map((r) => [r.node, r]).sort((a, b) => (a[0] < b[0] ? -1 : 1))),
  );
  const nonZero = (scores) =>
    Object.fromEntries(
      Object.entries(scores)
        .filter(([k, v]) => v !== 0 && k !== 'total')
        .sort(),
    );
  for (const candidate of body.candidates) {
    const scores = expect.scores?.[candidate.node];
    if (!scores) continue;
    differs(`scores ${candidate.node}`, nonZero(scores), nonZero(candidate.scores));
    differs(`total ${candidate.node}`, scores.total, candidate.score);
  }
  if (expect.best) {
    differs('best', sorted(expect.best), sorted(body.candidates.slice(0, body.tied).map((c) => c.node)));
    differs('node', sorted(expect.best)[0], body.node);
  }
  if (expect.feasible.length === 0) differs('message', expect.message || null, body.message);
  if (preemption && expect.preemption) {
    const actual = body.preemption ?? {};
    differs('preemption.message', expect.preemption.message, actual.message);
    const answer = JSON.stringify([actual.node ?? '', sorted(actual.victims)]);
    const any = expect.preemption.anyOf.map((a) => JSON.stringify([a.nominatedNode, sorted(a.victims)]));
    if (!any.includes(answer)) differs('preemption', any, answer);
    differs('verdict', expect.preemption.code === 'Success' ? 'yes' : 'no', body.verdict);
  }
}

async function sequence(row) {
  const loaded = await load(row);
  const { expect } = row;
  const ask = () =>
    call('POST', `/v1/clusters/${cluster}/questions/capacity`, { manifest: row.pod, max: 150, sequence: true });
  if (expect.invalid) {
    return invalidAsExpected(
      expect.invalid.map((e) => e.full),
      await refusal(row, loaded, ask),
    );
  }
  const { status, body } = await ask();
  if (status !== 200) return differs('status', 200, [status, body]);
  differs('replicas', expect.replicas, body.replicas);
  differs('placements', expect.placements ?? [], body.nodeSequence);
  differs(
    'perNode',
    Object.entries(expect.perNode ?? {}).sort(),
    Object.entries(body.nodeReplicas)
      .filter(([, n]) => n > 0)
      .sort(),
  );
  differs('message', expect.message || null, body.message);
}

const checks = {
  effective,
  validate,
  admit,
  schedule: (row) => schedule(row, false),
  preempt: (row) => schedule(row, true),
  sequence,
};

let failedRows = 0;
let passedRows = 0;
for (const file of readdirSync(dir)
  .filter((name) => name.endsWith('.jsonl.gz'))
  .sort()) {
  const kind = file.replace(/\.jsonl\.gz$/, '');
  const check = checks[Object.keys(checks).find((name) => kind.startsWith(name))];
  if (!check || (only !== '' && only !== kind)) continue;
  const rows = gunzipSync(readFileSync(join(dir, file)))
    .toString('utf8')
    .trim()
    .split('\n')
    .slice(0, limit)
    .map((line) => JSON.parse(line));
  let failed = 0;
  const started = process.hrtime.bigint();
  for (const row of rows) {
    differences.length = 0;
    try {
      await check(row);
    } catch (error) {
      differences.push(`threw ${error.stack}`);
    }
    if (differences.length === 0) continue;
    failed += 1;
    if (failed <= 5) console.log(`${row.id} ${row.suite ?? ''}\n  ${differences.slice(0, 3).join('\n  ')}`);
  }
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  console.log(`${file}: ${rows.length - failed} of ${rows.length} (${seconds.toFixed(1)} s)`);
  failedRows += failed;
  passedRows += rows.length - failed;
}
await call('DELETE', `/v1/clusters/${cluster}`);
console.log(`${passedRows} passed, ${failedRows} failed`);
process.exitCode = failedRows > 0 ? 1 : 0;
