/** The application over a fresh database, as a client meets it. */
import supertest from 'supertest';
import { createApp, type App } from '../../src/app.js';
import { readConfig } from '../../src/config/config.js';
import { createDatabase, type Dialect } from '../store/databases.js';

export { dialects } from '../store/databases.js';

export interface Harness {
  readonly app: App;
  /** A new request; `call().get('/v1/clusters')`. */
  call(): ReturnType<typeof supertest>;
  /** Imports objects into `default`. */
  load(...objects: object[]): Promise<void>;
  /** @throws Error when a model is not what its rows make */
  close(): Promise<void>;
}

export async function start(dialect: Dialect, environment: Record<string, string> = {}): Promise<Harness> {
  const database = await createDatabase(dialect);
  const config = readConfig({ LOG_LEVEL: 'silent', ...environment, DATABASE_URL: database.url });
  const app = await createApp(config);
  await app.nest.listen(0, '127.0.0.1');
  const call = () => supertest(app.nest.getHttpServer());
  return {
    app,
    call,
    async load(...objects) {
      const response = await call()
        .post('/v1/clusters/default/import')
        .send(list(...objects));
      if (response.status !== 200) throw new Error(response.text);
    },
    async close() {
      const wrong = await modelsThatDiffer(app);
      await app.close();
      await database.drop();
      if (wrong.length > 0) throw new Error(`models that are not what their rows make: ${wrong.join(', ')}`);
    },
  };
}

/** Every test file ends with this: whatever it did, models and rows are at one. */
async function modelsThatDiffer({ store }: App): Promise<string[]> {
  const wrong: string[] = [];
  for (const { name } of store.clusters()) {
    const { equal, met, revision, stored, published } = await store.verify(name);
    if (met && !equal) wrong.push(`${name} at revision ${revision} (rows ${stored}, model ${published})`);
  }
  return wrong;
}

export function list(...items: object[]): object {
  return { apiVersion: 'v1', kind: 'List', items };
}

/** A node with 4 CPU, 16Gi, 110 pods. */
export function node(
  name: string,
  overrides: { labels?: object; spec?: object; allocatable?: object; uid?: string } = {},
): object {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      ...(overrides.uid === undefined ? {} : { uid: overrides.uid }),
      labels: { 'kubernetes.io/hostname': name, ...overrides.labels },
    },
    ...(overrides.spec === undefined ? {} : { spec: overrides.spec }),
    status: { allocatable: { cpu: '4', memory: '16Gi', pods: '110', ...overrides.allocatable } },
  };
}

/** A pod of namespace `default` that asks for 1 CPU. */
export function pod(
  name: string,
  overrides: {
    namespace?: string;
    labels?: object;
    nodeName?: string;
    cpu?: string;
    uid?: string;
    spec?: object;
    status?: object;
  } = {},
): object {
  const { namespace = 'default', labels, nodeName, cpu = '1', uid, spec, status } = overrides;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, ...(uid === undefined ? {} : { uid }), ...(labels === undefined ? {} : { labels }) },
    spec: {
      ...(nodeName === undefined ? {} : { nodeName }),
      containers: [{ name: 'main', image: 'main:1', resources: { requests: { cpu } } }],
      ...spec,
    },
    ...(status === undefined ? {} : { status }),
  };
}
