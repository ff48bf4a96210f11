/** A question that is asked again word for word is answered from memory: never from a state that has passed. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { node, pod, start, type Harness } from './harness.js';

let api: Harness;
beforeAll(async () => {
  api = await start('sqlite');
  await api.load(node('n1'));
});
afterAll(() => api.close());

const subject = pod('again', { spec: { containers: [{ name: 'main', image: 'main:1' }] } });
const ask = async (query = '') => {
  const { body } = await api.call().post(`/v1/clusters/default/questions/fit${query}`).send(subject);
  return body;
};

it('the same bytes while nothing changes, apart from options', async () => {
  const first = await ask();
  expect(first).toMatchObject({ verdict: 'yes', node: 'n1', requests: {} });
  expect(await ask()).toEqual(first);
  expect((await ask('?candidateLimit=0')).candidates).toEqual([]);
  expect(await ask()).toEqual(first);
});

it('another node, another policy, another quota: another answer', async () => {
  await api.load(node('n0'));
  expect(await ask()).toMatchObject({ node: 'n0', nodeCounts: { total: 2 } });
  const metadata = { name: 'policy', namespace: 'default' };
  await api.load({
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata,
    spec: { limits: [{ type: 'Container', defaultRequest: { cpu: '3' }, default: { cpu: '3' } }] },
  });
  expect(await ask()).toMatchObject({ requests: { cpu: '3' }, admission: { allowed: true } });
  await api.load({ apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec: { hard: { pods: '1' } } });
  expect((await ask()).admission.allowed).toBe(true);
  await api.load(pod('taken', { nodeName: 'n0', cpu: '2', uid: 'u-1' }));
  expect(await ask()).toMatchObject({ node: 'n1', admission: { allowed: false } });
});
