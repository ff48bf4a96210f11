/** The worked examples of docs/questions.md are computed, not remembered. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { nodeOf, podOf, questionContext, workloadOf } from '../../test/build/question-context.js';
import { capacity } from './capacity.js';
import { effective } from './effective.js';
import { fit } from './fit.js';
import { pending } from './pending.js';
import { simulate } from './simulate.js';

const web = podOf('web', {
  spec: {
    initContainers: [{ name: 'migrate', image: 'app', resources: { requests: { cpu: '2500m' } } }],
    containers: [{ name: 'app', image: 'app', resources: { requests: { cpu: '650m', memory: '1Gi' } } }],
  },
});
const cluster = questionContext([
  nodeOf('node-1', { labels: { zone: 'a' } }),
  nodeOf('node-2', { labels: { zone: 'b' }, taints: [{ key: 'gpu', value: 'true', effect: 'NoSchedule' }] }),
  nodeOf('node-3', { cpu: '2', labels: { zone: 'c' } }),
  podOf('db', { node: 'node-1', requests: { cpu: '2', memory: '2Gi' } }),
  podOf('waits', { requests: { cpu: '8' } }),
]);
const small = podOf('small', { requests: { cpu: '500m', memory: '512Mi' } });
const api = workloadOf('api', { replicas: 2, requests: { cpu: '1' } });

const answers: Readonly<Record<string, () => unknown>> = {
  effective: () => effective(null, { manifest: web }),
  fit: () => fit(cluster, { manifest: web, explain: 'all' }),
  capacity: () => capacity(cluster, { manifest: small, replicas: 10 }),
  simulate: () => simulate(cluster, { manifests: [api, web] }),
  pending: () => pending(cluster, {}),
};

const blocks = [
  ...readFileSync(new URL('../../docs/questions.md', import.meta.url), 'utf8').matchAll(/```json (\w+)\n([^`]*)```/g),
].map(([, question, text]) => ({ question: question!, shown: JSON.parse(text!) as object }));

test('every question has its example', () => {
  expect(blocks.map(({ question }) => question)).toEqual(Object.keys(answers));
});

test.each(blocks)('$question', ({ question, shown }) => {
  expect(answers[question]!()).toMatchObject(shown);
});
