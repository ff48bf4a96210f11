/** The calls whose requests and answers are the examples of the OpenAPI document. */
import type { Harness } from './harness.js';
import { list, node, pod } from './harness.js';

export interface Example {
  readonly request?: unknown;
  readonly status: number;
  readonly response: unknown;
}

const base = '/v1/clusters/default';

const web = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', labels: { app: 'web' } },
  spec: {
    initContainers: [
      { name: 'proxy', image: 'proxy:1', restartPolicy: 'Always', resources: { requests: { cpu: '100m' } } },
      { name: 'migrate', image: 'migrate:1', resources: { requests: { cpu: '2400m' } } },
    ],
    containers: [
      {
        name: 'app',
        image: 'app:1',
        resources: { requests: { cpu: '650m', memory: '1Gi' }, limits: { memory: '2Gi' } },
      },
    ],
  },
};

const calls: readonly (readonly [id: string, method: 'get' | 'post' | 'put', path: string, body?: object])[] = [
  [
    'import',
    'post',
    `${base}/import?asOf=2026-03-02T08:00:00Z`,
    list(
      node('node-1'),
      node('node-2', { spec: { taints: [{ key: 'gpu', effect: 'NoSchedule' }] } }),
      pod('busy', { nodeName: 'node-1', cpu: '2' }),
      pod('waiting', { cpu: '3' }),
    ),
  ],
  ['listClusters', 'get', '/v1/clusters'],
  ['getCluster', 'get', base],
  ['putCluster', 'put', '/v1/clusters/east', { description: 'The cluster in the east.' }],
  ['listNodes', 'get', `${base}/nodes?limit=1`],
  ['getNode', 'get', `${base}/nodes/node-1`],
  ['getPod', 'get', `${base}/namespaces/default/pods/busy`],
  ['effective', 'post', '/v1/effective', web],
  ['effectiveInCluster', 'post', `${base}/questions/effective`, web],
  ['fit', 'post', `${base}/questions/fit`, { manifest: pod('api', { cpu: '3' }), explain: 'all' }],
  ['capacity', 'post', `${base}/questions/capacity`, { manifest: pod('api'), sequence: true }],
  ['simulate', 'post', `${base}/questions/simulate`, { manifests: [pod('a'), pod('b'), pod('c')] }],
  [
    'fitAcrossClusters',
    'post',
    '/v1/questions/fit',
    { manifest: pod('api'), clusters: ['default'], candidateLimit: 1 },
  ],
  ['lifecycle', 'post', '/v1/lifecycle', web],
  ['pending', 'get', `${base}/pending`],
  ['explanation', 'get', `${base}/namespaces/default/pods/busy/explanation`],
  ['changes', 'get', `${base}/changes?sinceRevision=1000`],
  ['healthz', 'get', '/healthz'],
  ['readyz', 'get', '/readyz'],
];

/** Asks everything of a service with a fresh database, so that the answers are the same every time. */
export async function askExamples(api: Harness): Promise<Record<string, Example>> {
  const examples: Record<string, Example> = {};
  for (const [id, method, path, body] of calls) {
    const call = api.call()[method](path);
    const { status, body: response } = await (body === undefined ? call : call.send(body));
    examples[id] = { ...(body === undefined ? {} : { request: body }), status, response: response as unknown };
  }
  const problem = await api.call().get(`${base}/nodes/node-9`).set('X-Request-Id', 'example');
  examples['Problem'] = { status: problem.status, response: problem.body as unknown };
  return examples;
}
