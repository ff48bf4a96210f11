import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dialects, list, node, pod, start, type Harness } from './harness.js';

const base = '/v1/clusters/default';

describe.each(dialects)('questions on %s', (dialect) => {
  let api: Harness;
  let revision: number;
  beforeAll(async () => {
    api = await start(dialect);
    await api.load(
      node('n1'),
      node('n2', { spec: { taints: [{ key: 'gpu', effect: 'NoSchedule' }] } }),
      pod('busy', { nodeName: 'n1', cpu: '2' }),
      pod('waiting', { cpu: '3' }),
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'web', namespace: 'default' },
        spec: {
          replicas: 3,
          selector: { matchLabels: { app: 'web' } },
          template: {
            metadata: { labels: { app: 'web' } },
            spec: { containers: [{ name: 'a', image: 'a', resources: { requests: { cpu: '500m' } } }] },
          },
        },
      },
    );
    revision = (await api.call().get(base)).body.revision;
  });
  afterAll(() => api.close());

  const ask = (question: string, body: object, query = '') =>
    api.call().post(`${base}/questions/${question}${query}`).send(body);

  it('fit: yes, and where', async () => {
    const { status, body, headers } = await ask('fit', pod('p'));
    expect(status).toBe(200);
    expect(body).toMatchObject({ verdict: 'yes', revision, node: 'n1', nodeCounts: { total: 2, feasible: 1 } });
    expect(headers['cluster-revision']).toBe(String(revision));
  });

  it('fit: no, and why', async () => {
    const { body } = await ask('fit', { manifest: pod('p', { cpu: '3' }), explain: 'all' });
    expect(body).toMatchObject({ verdict: 'no', node: null });
    expect(body.message).toMatch(/^0\/2 nodes are available: .*1 Insufficient cpu/);
    expect(body.rejected).toHaveLength(2);
    expect(body.rejected[0].all[0]).toMatchObject({ plugin: 'NodeResourcesFit', shortfall: { cpu: '1' } });
  });

  it('the same question gets the same bytes', async () => {
    const [first, second] = [await ask('fit', pod('p')), await ask('fit', pod('p'))];
    expect(second.text).toBe(first.text);
  });

  it('a remedy sent back gives a yes', async () => {
    const manifest = pod('p', { cpu: '3' });
    const { body } = await ask('fit', { manifest, explain: 'all' });
    expect(body.remedies.length).toBeGreaterThan(0);
    for (const { whatIf } of body.remedies) expect((await ask('fit', { manifest, whatIf })).body.verdict).toBe('yes');
  });

  it('require=yes turns a no into 409 with the whole answer', async () => {
    const { status, body } = await ask('fit', pod('p', { cpu: '3' }), '?require=yes');
    expect(status).toBe(409);
    expect(body).toMatchObject({ code: 'requirement_not_met', answer: { verdict: 'no', node: null } });
    expect((await ask('fit', pod('p'), '?require=yes')).status).toBe(200);
  });

  it('stored workloads are asked about by name', async () => {
    const workload = { kind: 'Deployment', namespace: 'default', name: 'web' };
    expect((await ask('fit', { workload })).body).toMatchObject({
      verdict: 'yes',
      subject: { kind: 'Deployment', replicas: 3 },
    });
    expect((await ask('fit', { workload: { ...workload, name: 'none' } })).body).toMatchObject({
      status: 404,
      code: 'not_found',
    });
  });

  it('capacity counts, simulate places, effective adds up', async () => {
    expect((await ask('capacity', pod('p'))).body).toMatchObject({
      verdict: 'yes',
      replicas: 2,
      limitedBy: 'nodes',
      nodeReplicas: { n1: 2 },
    });
    expect((await ask('simulate', list(pod('a'), pod('b'), pod('c')))).body).toMatchObject({
      verdict: 'no',
      requested: 3,
      placed: 2,
    });
    expect((await ask('effective', pod('p'))).body.items[0]).toMatchObject({
      requests: { cpu: '1' },
      admission: { allowed: true },
    });
  });

  it('what-if changes a copy', async () => {
    const whatIf = [{ op: 'removePods', namespace: 'default', names: ['busy'] }];
    expect((await ask('fit', { manifest: pod('p', { cpu: '4' }), whatIf })).body.verdict).toBe('yes');
    expect((await ask('fit', pod('p', { cpu: '4' }))).body.verdict).toBe('no');
    expect((await api.call().get(base)).body.revision).toBe(revision);
  });

  it.each([
    ['an unknown operation', { manifest: pod('p'), whatIf: [{ op: 'explode' }] }, 'whatIf[0]'],
    ['a member of another operation', { manifest: pod('p'), whatIf: [{ op: 'cordon', count: 1 }] }, 'whatIf[0].count'],
    ['a candidateLimit beyond the limit', { manifest: pod('p'), candidateLimit: 20_001 }, 'candidateLimit'],
    ['another word for explain', { manifest: pod('p'), explain: 'everything' }, 'explain'],
  ])('%s is 400', async (_name, body, field) => {
    expect((await ask('fit', body)).body).toMatchObject({ status: 400, code: 'invalid_request', errors: [{ field }] });
  });

  it.each([
    [
      'a selection that matches nothing',
      { manifest: pod('p'), whatIf: [{ op: 'cordon', names: ['nowhere'] }] },
      'empty_selection',
    ],
    ['no subject', { whatIf: [] }, 'nothing_to_evaluate'],
  ])('%s is refused', async (_name, body, code) => {
    expect((await ask('fit', body)).body.code).toBe(code);
  });

  it('across clusters, the ones that take it come first', async () => {
    await api.call().put('/v1/clusters/empty').send({});
    const { body } = await api.call().post('/v1/questions/fit').send(pod('p'));
    expect(body.clusters.map(({ cluster }: { cluster: string }) => cluster)).toEqual(['default', 'empty']);
    const one = await api
      .call()
      .post('/v1/questions/fit')
      .send({ manifest: pod('p'), clusters: ['empty'] });
    expect(one.body.clusters).toHaveLength(1);
    expect(
      (
        await api
          .call()
          .post('/v1/questions/fit')
          .send({ manifest: pod('p'), clusters: ['none'] })
      ).status,
    ).toBe(404);
  });

  it('pending pods, and why one of them is', async () => {
    const { body } = await api.call().get(`${base}/pending`);
    expect(body).toMatchObject({ pending: 1, groups: [{ count: 1, examples: ['default/waiting'] }] });
    const why = await api.call().get(`${base}/namespaces/default/pods/waiting/explanation`);
    expect(why.body).toMatchObject({ pod: 'default/waiting', stage: 'unscheduled', fit: { verdict: 'no' } });
    expect((await api.call().get(`${base}/namespaces/default/pods/none/explanation`)).status).toBe(404);
  });

  it('lifecycle needs no cluster', async () => {
    const single = await api.call().post('/v1/lifecycle').send(pod('p'));
    expect(single.status, single.text).toBe(200);
    expect(single.body.items).toHaveLength(1);
    const change = await api
      .call()
      .post('/v1/lifecycle')
      .send({ from: pod('p'), to: pod('p', { cpu: '2' }) });
    expect(change.status, change.text).toBe(200);
    expect(change.body.change).toBeDefined();
    expect(
      (
        await api
          .call()
          .post('/v1/lifecycle')
          .send({ from: pod('p') })
      ).status,
    ).toBe(400);
  });
});
