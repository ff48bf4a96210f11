/** The answers that docs/sample-cluster.md derives by hand, asked of the service. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type App, createApp } from '../../src/app.js';
import { readConfig } from '../../src/config/config.js';

let app: App;
const folder = mkdtempSync(path.join(tmpdir(), 'stowage-sample-'));

async function ask(method: 'GET' | 'POST' | 'PUT', url: string, file?: string) {
  const response = await app.nest
    .getHttpAdapter()
    .getInstance()
    .inject({
      method,
      url,
      headers: file === undefined ? {} : { 'content-type': 'application/yaml' },
      payload: file === undefined ? undefined : readFileSync(`examples/${file}`),
    });
  return { status: response.statusCode, body: response.json() };
}
const fit = (file: string, query = '') => ask('POST', `/v1/clusters/default/questions/fit${query}`, file);

beforeAll(async () => {
  app = await createApp(readConfig({ DATABASE_URL: `sqlite:${folder}/sample.db`, LOG_LEVEL: 'silent' }));
  await app.nest.init();
  await app.nest.getHttpAdapter().getInstance().ready();
  const { status, body } = await ask('PUT', '/v1/clusters/default/snapshot?force=true', 'sample-cluster.yaml');
  expect(body).toMatchObject({ invalid: [], warnings: [] });
  expect(status).toBe(200);
});
afterAll(async () => {
  await app?.close();
  rmSync(folder, { recursive: true });
});

describe('what is left on each node', () => {
  const Mi = 1024 * 1024;
  it.each([
    ['general-a1', 9, 5050, 10560],
    ['general-a2', 7, 4450, 7616],
    ['general-b1', 9, 4550, 4992],
    ['general-b2', 8, 5700, 14848],
    ['general-c1', 9, 5750, 10304],
    ['general-c2', 5, 2450, 1472],
    ['gpu-a', 5, 12350, 41216],
    ['gpu-b', 4, 4350, 8448],
    ['spot-a', 5, 2150, 4352],
    ['spot-b', 5, 1750, 2816],
    ['spot-c', 4, 1250, 2304],
    ['system-a', 5, 550, 684],
    ['system-b', 4, 450, 384],
    ['system-c', 4, 450, 456],
  ])('%s: %i pods, %im, %iMi', async (node, pods, cpu, memory) => {
    const { body } = await ask('GET', `/v1/clusters/default/nodes/${node}?include=allocated&quantities=integer`);
    expect(body.stowage.allocated.requested).toMatchObject({ pods, cpu, memory: memory * Mi });
  });
});

describe('what each pod really asks for', () => {
  it('web: init decides cpu, work decides memory', async () => {
    const { body } = await ask('POST', '/v1/effective', 'fits/web.yaml');
    expect(body.items).toEqual([
      expect.objectContaining({
        kind: 'Deployment',
        replicas: 6,
        requests: { cpu: '1500m', memory: '640Mi' },
        stages: [
          { container: 'migrate', type: 'init', requests: { cpu: '1500m', memory: '256Mi' } },
          { container: 'mesh-proxy', type: 'sidecar', requests: { cpu: '100m', memory: '128Mi' } },
        ],
        decidedBy: {
          cpu: { phase: 'init', containers: ['migrate'] },
          memory: { phase: 'work', containers: ['mesh-proxy', 'web'] },
        },
        reservedForInitOnly: expect.objectContaining({ cpu: '900m' }),
      }),
    ]);
  });
});

describe('fits', () => {
  it.each([
    [
      'small-api',
      { total: 14, feasible: 8 },
      [
        ['general-b1', 432],
        ['general-a2', 428],
        ['general-a1', 419],
        ['general-c1', 415],
        ['general-b2', 408],
        ['spot-c', 138],
        ['spot-b', 130],
        ['spot-a', 120],
      ],
    ],
    [
      'web',
      { total: 14, feasible: 5 },
      [
        ['general-b1', 429],
        ['general-a2', 425],
        ['general-a1', 416],
        ['general-c1', 413],
        ['general-b2', 405],
      ],
    ],
    [
      'gpu',
      { total: 14, feasible: 2 },
      [
        ['gpu-b', 441],
        ['gpu-a', 389],
      ],
    ],
  ])('%s', async (name, nodeCounts, candidates) => {
    const { status, body } = await fit(`fits/${name}.yaml`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ verdict: 'yes', message: null, nodeCounts, node: candidates[0]?.[0] });
    expect(body.candidates.map((c: { node: string; score: number }) => [c.node, c.score])).toEqual(candidates);
  });

  it('five more replicas of web, in order', async () => {
    const { body } = await ask('POST', '/v1/clusters/default/questions/capacity?sequence=true', 'fits/web.yaml');
    expect(body).toMatchObject({
      replicas: 5,
      limitedBy: 'nodes',
      nodeSequence: ['general-b1', 'general-a2', 'general-c1', 'general-b1', 'general-a1'],
      message:
        "0/14 nodes are available: 1 node(s) were unschedulable, 2 node(s) didn't match pod topology spread constraints, 3 Insufficient cpu, 3 node(s) didn't match Pod's node affinity/selector, 5 node(s) had untolerated taint(s).",
    });
  });
});

describe('does not fit', () => {
  const cordonAndTaints = '1 node(s) were unschedulable, 5 node(s) had untolerated taint(s)';
  it.each([
    ['init-container-too-large', `${cordonAndTaints}, 8 Insufficient cpu.`],
    ['untolerated-taint', `${cordonAndTaints}, 8 node(s) didn't match Pod's node affinity/selector.`],
    ['selector-typo', `${cordonAndTaints}, 8 node(s) didn't match Pod's node affinity/selector.`],
    ['host-port', "14 node(s) didn't have free ports for the requested pod ports."],
    [
      'spread',
      "1 node(s) were unschedulable, 3 node(s) didn't match pod topology spread constraints, 5 node(s) didn't match Pod's node affinity/selector, 5 node(s) had untolerated taint(s).",
    ],
    ['anti-affinity', `${cordonAndTaints}, 8 node(s) didn't match pod anti-affinity rules.`],
    ['too-large-for-any-node', '14 Insufficient cpu, 14 Insufficient memory.'],
  ])('%s', async (name, reasons) => {
    const { body } = await fit(`does-not-fit/${name}.yaml`);
    expect(body).toMatchObject({ verdict: 'no', node: null, message: `0/14 nodes are available: ${reasons}` });
  });

  it('the whole sentence of the event', async () => {
    const { body } = await fit('does-not-fit/init-container-too-large.yaml', '?explain=nodes');
    expect(body.eventMessage).toBe(
      `0/14 nodes are available: ${cordonAndTaints}, 8 Insufficient cpu. no new claims to deallocate, preemption: 0/14 nodes are available: 5 No preemption victims found for incoming pod, 9 Preemption is not helpful for scheduling.`,
    );
  });

  it('quota: room, but not allowed', async () => {
    const { body } = await fit('does-not-fit/quota.yaml');
    expect(body).toMatchObject({ verdict: 'yes', admission: { allowed: false } });
    expect(body.admission.errors.map((error: { message: string }) => error.message)).toEqual([
      expect.stringContaining(
        'exceeded quota: small, requested: requests.cpu=1750m, used: requests.cpu=500m, limited: requests.cpu=2',
      ),
    ]);
  });

  it('limit-range: refused', async () => {
    const { body } = await ask('POST', '/v1/clusters/default/questions/effective', 'does-not-fit/limit-range.yaml');
    expect(body.verdict).toBe('no');
    expect(body.items[0].admission.errors).toContainEqual(
      expect.objectContaining({
        source: 'LimitRanger',
        message: expect.stringContaining('maximum cpu usage per Container is 2, but limit is 3'),
      }),
    );
  });

  it('gated: no', async () => {
    expect((await fit('does-not-fit/gated.yaml')).body.verdict).toBe('no');
  });

  it('unknown-with-volume: never a yes', async () => {
    const { body } = await fit('does-not-fit/unknown-with-volume.yaml');
    expect(body.verdict).toBe('unknown');
    expect(body.notEvaluated.length).toBeGreaterThan(0);
  });
});

describe('invalid', () => {
  it('several-faults: all of them, in the API server’s words', async () => {
    const { status, body } = await ask('POST', '/v1/effective', 'invalid/several-faults.yaml');
    expect(status).toBe(422);
    expect(body.errors.map((error: { message: string }) => error.message).toSorted()).toEqual([
      'spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive',
      'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 500m',
      'spec.initContainers[0].name: Duplicate value: "setup"',
      'spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
    ]);
  });
});
