/** What every store must do, whatever database is below. `describeStore` runs it all on one dialect. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ClusterStore, StoreOptions } from '../../src/store/cluster-store.js';
import { enableFailpoints } from '../../src/store/failpoints.js';
import { openStore } from '../../src/store/open-store.js';
import { packObjects, PodPack, type PackedObject } from '../../src/store/packed-objects.js';
import { packTexts } from '../../src/store/packed-texts.js';
import {
  keyText,
  StoreError,
  type Change,
  type Changes,
  type Draft,
  type ObjectKey,
  type Stage,
  type StagedManifest,
} from '../../src/store/store.js';
import { collectGarbage } from '../build/garbage.js';
import { seededRandom } from '../build/random.js';
import {
  commitChanges,
  deletion,
  nodeKey,
  nodeManifest,
  objectKey,
  podKey,
  podRecord,
  putNode,
  putObject,
  putPod,
  requestFor,
  reservation,
} from './changes.js';
import { checkEveryCommit, expectTrueModel } from './checked.js';
import { createDatabase, type Dialect, type TestDatabase } from './databases.js';

/** Stages the manifests of the changes; tickets in the same order. */
async function staged(stage: Stage, ...changes: readonly { readonly manifest: unknown }[]): Promise<StagedManifest[]> {
  const slice = await stage.add(packTexts(changes.map(({ manifest }) => manifest as string)));
  return changes.map((_, index) => slice.ticket(index));
}

type Put = Change & { readonly op: 'put' };

function packedPod({ hash, model }: Put, body: number): PackedObject {
  const pod = model?.type === 'pod' ? model.pod : null;
  if (pod === null) throw new Error('no pod');
  const { namespace, name, nodeName, ownLabels, flags, startTime, creationTime, nominatedNodeName } = pod;
  const record = [0, nodeName, ownLabels, flags, startTime, creationTime, nominatedNodeName] as const;
  return ['', 'Pod', namespace, name, hash, null, body, record, null];
}

const code = (expected: string): unknown => expect.objectContaining({ code: expected });

export function describeStore(dialect: Dialect): void {
  describe(`store on ${dialect}`, () => {
    let database: TestDatabase;
    const opened: ClusterStore[] = [];
    let store: ClusterStore;
    /** A cluster of its own for every test. */
    let cluster: string;
    let number = 0;

    const open = async (options: Partial<StoreOptions> = {}): Promise<ClusterStore> => {
      const another = openStore(database.url, { maintenanceMs: 0, ...options });
      await another.open();
      checkEveryCommit(another);
      opened.push(another);
      return another;
    };
    const close = async (one: ClusterStore): Promise<void> => {
      opened.splice(opened.indexOf(one), 1);
      await one.close();
    };
    const revisionOf = (name = cluster): number => store.cluster(name)!.revision;
    const put = (...changes: Change[]): Promise<unknown> => commitChanges(store, cluster, ...changes);
    const consistent = async (one: ClusterStore = store): Promise<void> => {
      expect(await one.verify(cluster)).toMatchObject({ equal: true });
    };

    beforeAll(async () => {
      database = await createDatabase(dialect);
      store = await open();
    });
    afterAll(async () => {
      for (const one of opened) await one.close();
      await database.drop();
    });
    beforeEach(async () => {
      cluster = `c${++number}`;
      await store.createCluster(cluster, 'test', null);
    });
    afterEach(async () => {
      enableFailpoints('');
      for (const one of opened) await expectTrueModel(one, cluster);
    });

    describe('clusters', () => {
      test('`default` is there from the first start, and deleted stays deleted', async () => {
        const fresh = await createDatabase(dialect);
        for (const names of [['default'], [], []]) {
          const one = openStore(fresh.url);
          await one.open();
          expect(one.clusters().map(({ name }) => name)).toEqual(names);
          if (names.length > 0) await one.deleteCluster('default');
          await one.close();
        }
        await fresh.drop();
      });

      test('what was created is described', () => {
        expect(store.cluster(cluster)).toMatchObject({
          name: cluster,
          description: 'test',
          scheduler: null,
          asOf: null,
        });
        expect(store.cluster('nowhere')).toBeUndefined();
        expect(store.clusters().map(({ name }) => name)).toEqual(
          store
            .clusters()
            .map(({ name }) => name)
            .toSorted(),
        );
      });

      test('a name is free once', async () => {
        await expect(store.createCluster(cluster, '', null)).rejects.toEqual(code('already_exists'));
      });

      test('description, configuration and asOf change with a revision', async () => {
        const scheduler = { apiVersion: 'kubescheduler.config.k8s.io/v1', kind: 'KubeSchedulerConfiguration' };
        const before = revisionOf();
        await put(
          { op: 'cluster', description: 'new', scheduler, model: null },
          { op: 'asOf', asOf: '2026-05-01T00:00:00.000Z' },
        );
        const expected = { description: 'new', scheduler, asOf: '2026-05-01T00:00:00.000Z', revision: before + 1 };
        expect(store.cluster(cluster)).toMatchObject(expected);
        const reopened = await open();
        expect(reopened.cluster(cluster)).toMatchObject(expected);
        await consistent(reopened);
        await close(reopened);
      });

      test('deletion takes everything along, and asks for the right revision', async () => {
        await put(putNode('n'), putPod('p', { node: 'n' }), reservation('r', 'n'));
        await expect(store.deleteCluster(cluster, revisionOf() - 1)).rejects.toEqual(code('precondition_failed'));
        await store.deleteCluster(cluster, revisionOf());
        await expect(store.get(cluster, nodeKey('n'))).rejects.toEqual(code('not_found'));
        await expect(put(putNode('m'))).rejects.toEqual(code('not_found'));
        await expect(store.deleteCluster(cluster)).rejects.toEqual(code('not_found'));
        await store.createCluster(cluster, '', null);
        expect((await store.list(cluster, { limit: 10 })).total).toBe(0);
        expect((await store.reservations(cluster, null, 10)).total).toBe(0);
        await expect(store.changes(cluster, { revision: 1, sequence: 0 }, 10)).rejects.toEqual(
          code('revision_expired'),
        );
      });
    });

    describe('commit', () => {
      test('a revision a request, its events in order', async () => {
        const before = revisionOf();
        const first = await commitChanges(store, cluster, putNode('a'), putPod('p', { node: 'a' }));
        const second = await commitChanges(store, cluster, putNode('a', '8'), deletion(podKey('p')));
        expect([first.revision, second.revision]).toEqual([before + 1, before + 2]);
        const events = await store.changes(cluster, { revision: before, sequence: 1000 }, 100);
        expect(events.map(({ revision, sequence, type, key }) => [revision, sequence, type, key.name])).toEqual([
          [before + 1, 0, 'ADDED', 'a'],
          [before + 1, 1, 'ADDED', 'p'],
          [before + 2, 0, 'MODIFIED', 'a'],
          [before + 2, 1, 'DELETED', 'p'],
        ]);
        expect((await store.get(cluster, nodeKey('a')))!.revision).toBe(before + 2);
        await consistent();
      });

      test('nothing changed: no revision', async () => {
        const before = revisionOf();
        const committed = await store.commit(cluster, { decide: () => ({ changes: [], result: 'same' }) });
        expect(committed).toEqual({ revision: before, result: 'same', replay: null });
        expect(revisionOf()).toBe(before);
      });

      test('the published state is never changed and its successor shows the write', async () => {
        await put(putNode('a'));
        const before = store.cluster(cluster)!;
        await put(putNode('b'), putPod('p', { node: 'a', cpu: 500 }));
        const after = store.cluster(cluster)!;
        expect([before.model.nodeCount, after.model.nodeCount]).toEqual([1, 2]);
        expect(before.model.pod('default', 'p')).toBeUndefined();
        expect(after.model.pod('default', 'p')).toEqual(podRecord('p', { node: 'a', cpu: 500 }));
      });

      test('requests of one batch see what the ones before them did', async () => {
        const seen: number[] = [];
        const claims = Array.from({ length: 50 }, (_, index) => {
          const change = putPod(`p${index}`);
          return store.commit(
            cluster,
            requestFor([change, putNode('n')], (draft: Draft) => {
              seen.push(draft.model.pendingPods().length);
              return { changes: [change], result: draft.nextRevision };
            }),
          );
        });
        const committed = await Promise.all(claims);
        expect(seen).toEqual(Array.from({ length: 50 }, (_, index) => index));
        expect(committed.map(({ revision, result }) => revision === result)).not.toContain(false);
        expect(new Set(committed.map(({ revision }) => revision)).size).toBe(50);
      });

      test('a loaded row is the one that the batch so far has made', async () => {
        const revisions: (number | undefined)[] = [];
        const write = (cpu: string): Promise<unknown> => {
          const change = putNode('n', cpu);
          return store.commit(cluster, {
            load: { keys: [nodeKey('n')], manifests: true },
            decide: (draft) => {
              const row = draft.loaded.get(keyText(nodeKey('n')));
              revisions.push(row?.revision);
              if (row !== undefined) expect(row.manifest).toMatchObject({ kind: 'Node' });
              return { changes: [change], result: null };
            },
          });
        };
        const base = revisionOf();
        await Promise.all([write('1'), write('2'), write('3')]);
        expect(revisions).toEqual([undefined, base + 1, base + 2]);
        expect((await store.get(cluster, nodeKey('n')))!.manifest).toEqual(nodeManifest('n', '3'));
        await consistent();
      });

      test('a refusal leaves no trace and disturbs nobody', async () => {
        const base = revisionOf();
        const refusal = new Error('no');
        const outcomes = await Promise.allSettled([
          commitChanges(store, cluster, putNode('a')),
          store.commit(
            cluster,
            requestFor([putNode('b')], () => {
              throw refusal;
            }),
          ),
          commitChanges(store, cluster, putNode('c')),
        ]);
        expect(outcomes[1]).toEqual({ status: 'rejected', reason: refusal });
        expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
        expect(revisionOf()).toBe(base + 2);
        expect((await store.list(cluster, { limit: 10 })).items.map(({ key }) => key.name)).toEqual(['a', 'c']);
        await consistent();
      });

      test('nothing of a request is held once it is answered', async () => {
        // In a function of its own: its frame would hold what the test then misses.
        const answered = async (name: string): Promise<WeakRef<object>> => {
          const result = { name };
          await store.commit(
            cluster,
            requestFor([putNode(name)], () => ({ changes: [putNode(name)], result })),
          );
          return new WeakRef(result);
        };
        const results = [await answered('a'), await answered('b'), await answered('c')];
        await put(putNode('last'));
        collectGarbage();
        expect(results.map((result) => result.deref())).toEqual([undefined, undefined, undefined]);
      });

      test('a change of what was not loaded is a mistake, told and without effect', async () => {
        const base = revisionOf();
        const decide = (): { changes: Change[]; result: null } => ({ changes: [putNode('a')], result: null });
        await expect(store.commit(cluster, { decide })).rejects.toThrow('was not loaded');
        expect(revisionOf()).toBe(base);
      });

      test('a key deleted and put again in one batch, and put twice', async () => {
        await put(putPod('p', { cpu: 1 }), putNode('n'));
        await Promise.all([
          put(deletion(podKey('p'))),
          put(putPod('p', { cpu: 2, node: 'n' })),
          put(putPod('p', { cpu: 3, node: 'n' })),
          put(deletion(nodeKey('n'))),
        ]);
        expect((await store.get(cluster, podKey('p')))!.manifest).toMatchObject({
          spec: { containers: [{ resources: { requests: { cpu: '3m' } } }] },
        });
        expect(await store.get(cluster, nodeKey('n'))).toBeUndefined();
        await consistent();
      });

      test('a generator decides in slices', async () => {
        const changes = [putNode('a'), putNode('b')];
        const committed = await store.commit(cluster, {
          load: { all: [{ group: '', kind: 'Node' }] },
          *decide(draft) {
            yield;
            return { changes, result: draft.loaded.size };
          },
        });
        expect(committed.result).toBe(0);
        expect(store.cluster(cluster)!.model.nodeCount).toBe(2);
      });

      test('load all gives every object of the kinds, and only those', async () => {
        await put(
          putNode('n'),
          putPod('p'),
          putObject(objectKey('Namespace', 'default'), { kind: 'Namespace' }),
          putObject(objectKey('Deployment', 'web', 'default', 'apps'), { kind: 'Deployment' }),
        );
        const loaded = async (all: { group: string; kind: string }[]): Promise<string[]> => {
          const decide = (draft: Draft): { changes: []; result: string[] } => ({
            changes: [],
            result: [...draft.loaded.keys()].sort(),
          });
          return (await store.commit(cluster, { load: { all }, decide })).result!;
        };
        expect(await loaded([{ group: '', kind: 'Pod' }])).toEqual(['/Pod/default/p']);
        expect(await loaded([{ group: 'apps', kind: 'Deployment' }])).toEqual(['apps/Deployment/default/web']);
        expect(await loaded([])).toEqual([
          '/Namespace//default',
          '/Node//n',
          '/Pod/default/p',
          'apps/Deployment/default/web',
        ]);
      });
    });

    describe('idempotency keys', () => {
      const claim = (key: string, fingerprint = 'body') => ({
        scope: `caller ${cluster}`,
        key,
        fingerprint,
        encode: (result: string, revision: number) => JSON.stringify({ result, revision }),
      });
      const claimed = (key: string, change: Change, fingerprint?: string) =>
        store.commit(cluster, {
          ...requestFor([change], () => ({ changes: [change], result: 'first' })),
          idempotency: claim(key, fingerprint),
        });

      test('a repeat returns the first answer and changes nothing', async () => {
        const first = await claimed('k', putNode('a'));
        const repeat = await claimed('k', putNode('b'));
        expect(repeat).toEqual({ ...first, result: null, replay: `{"result":"first","revision":${first.revision}}` });
        expect(await store.get(cluster, nodeKey('b'))).toBeUndefined();
      });

      test('another body under the same key is refused', async () => {
        await claimed('k', putNode('a'));
        await expect(claimed('k', putNode('a'), 'other')).rejects.toEqual(code('idempotency_key_reused'));
      });

      test('a key of a running request', async () => {
        const running = claimed('k', putNode('a'));
        await expect(claimed('k', putNode('a'))).rejects.toEqual(code('request_in_progress'));
        await running;
        expect((await claimed('k', putNode('a'))).replay).not.toBeNull();
      });

      test('a refused request does not use up its key', async () => {
        const refused = store.commit(cluster, {
          decide: () => {
            throw new Error('no');
          },
          idempotency: claim('k'),
        });
        await expect(refused).rejects.toThrow('no');
        expect((await claimed('k', putNode('a'))).result).toBe('first');
      });

      test('keys are forgotten after a day', async () => {
        await claimed('k', putNode('a'));
        const day = 24 * 3600 * 1000;
        const later = await open({ now: () => Date.now() + day + 1000 });
        const change = putNode('b');
        const request = requestFor([change], () => ({ changes: [change], result: 'again' }));
        const again = await later.commit(cluster, { ...request, idempotency: claim('k', 'other') });
        expect(again.result).toBe('again');
        await close(later);
      });
    });

    describe('reading', () => {
      const keys: ObjectKey[] = [
        objectKey('Namespace', 'default'),
        nodeKey('n1'),
        nodeKey('n2'),
        podKey('a', 'alpha'),
        podKey('b', 'alpha'),
        podKey('a', 'beta'),
        objectKey('Service', 'web', 'alpha'),
        objectKey('Deployment', 'web', 'alpha', 'apps'),
      ];
      beforeEach(async () => {
        await put(
          putObject(keys[0]!, { kind: 'Namespace' }, true),
          putNode('n1', '4', { zone: 'a' }),
          putNode('n2', '4', { zone: 'b' }),
          putPod('a', { namespace: 'alpha', node: 'n1', labels: { app: 'web' }, flags: 2 }),
          putPod('b', {
            namespace: 'alpha',
            labels: { app: 'db' },
            ownLabels: { 'apps.kubernetes.io/pod-index': '0' },
          }),
          putPod('a', { namespace: 'beta', node: 'n2', labels: { app: 'web' } }),
          putObject(keys[6]!, { kind: 'Service' }),
          putObject(keys[7]!, { kind: 'Deployment' }),
        );
      });

      test.each([1, 2, 3, 8, 100])('pages of %i see every object once, in order', async (limit) => {
        const seen: ObjectKey[] = [];
        for (let after: ObjectKey | undefined; ;) {
          const page = await store.list(cluster, { limit, after });
          seen.push(...page.items.map(({ key }) => key));
          expect(page).toMatchObject({ total: 8, revision: revisionOf() });
          if (page.next === null) break;
          after = page.next;
        }
        expect(seen).toEqual(keys);
      });

      test.each([
        ['by kind', { group: '', kind: 'Pod' }, ['alpha/a', 'alpha/b', 'beta/a']],
        ['by namespace', { namespace: 'alpha' }, ['alpha/a', 'alpha/b', 'alpha/web', 'alpha/web']],
        ['by kind and namespace', { kind: 'Pod', namespace: 'beta' }, ['beta/a']],
        [
          'by label',
          { kind: 'Pod', matches: (row: { labels: object }) => 'app' in row.labels && row.labels.app === 'web' },
          ['alpha/a', 'beta/a'],
        ],
        [
          'by own label',
          { kind: 'Pod', matches: (row: { labels: object }) => 'apps.kubernetes.io/pod-index' in row.labels },
          ['alpha/b'],
        ],
        ['by node', { matches: (row: { nodeName: string }) => row.nodeName === 'n2' }, ['beta/a']],
        ['by phase', { matches: (row: { phase: string }) => row.phase === 'Running' }, ['alpha/a']],
        [
          'by node label',
          { kind: 'Node', matches: (row: { labels: Readonly<Record<string, string>> }) => row.labels['zone'] === 'b' },
          ['/n2'],
        ],
        ['nothing', { kind: 'Job' }, []],
      ])('%s', async (_name, query, expected) => {
        const all = await store.list(cluster, { limit: 100, ...query });
        expect(all.items.map(({ key }) => `${key.namespace}/${key.name}`)).toEqual(expected);
        expect(all.total).toBe(expected.length);
        const first = await store.list(cluster, { limit: 1, ...query });
        expect(first).toMatchObject({ total: expected.length });
        expect(first.next === null).toBe(expected.length <= 1);
      });

      test('stream gives everything', async () => {
        const seen: string[] = [];
        for await (const { objects } of store.stream(cluster)) seen.push(...objects.map(({ key }) => keyText(key)));
        expect(seen).toEqual(keys.map(keyText));
      });

      test('a stream shows one state, whatever is written meanwhile', async () => {
        const seen: string[] = [];
        const { revision } = store.cluster(cluster)!;
        for await (const slice of store.stream(cluster)) {
          if (seen.length === 0) await put(deletion(podKey('a', 'beta')), putPod('new', { namespace: 'zeta' }));
          expect(slice.revision).toBe(revision);
          seen.push(...slice.objects.map(({ key }) => keyText(key)));
        }
        expect(seen).toEqual(keys.map(keyText));
        expect((await store.list(cluster, { limit: 100 })).items.map(({ key }) => keyText(key))).not.toEqual(seen);
      });

      test('a stream given up half-way lets go of its transaction', async () => {
        for (let round = 0; round < 20; round++) {
          for await (const { objects } of store.stream(cluster)) if (objects.length > 0) break;
        }
        expect((await store.list(cluster, { limit: 1 })).total).toBe(8);
      });

      test('getMany keeps the order and leaves out what is not stored', async () => {
        const found = await store.getMany(cluster, [keys[7]!, nodeKey('gone'), keys[3]!, keys[1]!]);
        expect(found.map(({ key }) => keyText(key))).toEqual([keys[7]!, keys[3]!, keys[1]!].map(keyText));
      });

      test.each(['__proto__', 'constructor', 'x'.repeat(253), "o'clock", 'a"b', '{x}', 'ünï', '\\', ','])(
        'the name %s is just text',
        async (name) => {
          await put(putPod(name, { labels: { [name]: name } }), putNode(name));
          expect((await store.get(cluster, podKey(name)))!.key.name).toBe(name);
          expect((await store.get(cluster, nodeKey(name)))!.key.name).toBe(name);
          await consistent();
        },
      );
    });

    describe('reservations', () => {
      test('granted, renewed, released', async () => {
        await put(putNode('n'), reservation('r', 'n', { cpu: 300 }));
        expect(await store.reservation(cluster, 'r')).toMatchObject({
          node: 'n',
          status: 'granted',
          revision: revisionOf(),
        });
        const renewed = { ...reservation('r', 'n', { cpu: 300, expiresAt: '2031-01-01T00:00:00.000Z' }), model: null };
        await put(renewed);
        expect(store.cluster(cluster)!.model.reservationCount).toBe(1);
        await consistent();
        expect(await store.dueReservations(cluster, '2030-06-01T00:00:00.000Z', 10)).toEqual([]);
        expect(await store.dueReservations(cluster, '2031-01-01T00:00:00.000Z', 10)).toEqual(['r']);
        await put(reservation('r', 'n', { status: 'released' }));
        expect(store.cluster(cluster)!.model.reservationCount).toBe(0);
        expect(await store.reservation(cluster, 'r')).toMatchObject({ status: 'released' });
        expect(await store.dueReservations(cluster, '2031-01-01T00:00:00.000Z', 10)).toEqual([]);
        await consistent();
      });

      test('decisions see the rows they ask for', async () => {
        await put(putNode('n'), reservation('a', 'n'), reservation('b', 'n'));
        await put(reservation('b', 'n', { status: 'released' }));
        const ids = async (reservations: { ids: string[] } | 'granted'): Promise<string[]> => {
          const decide = (draft: Draft): { changes: []; result: string[] } => ({
            changes: [],
            result: [...draft.reservations.values()].map(({ id, status }) => `${id} ${status}`),
          });
          return (await store.commit(cluster, { reservations, decide })).result!;
        };
        expect(await ids('granted')).toEqual(['a granted']);
        expect(await ids({ ids: ['b', 'c'] })).toEqual(['b released']);
      });

      test('lists page by id', async () => {
        await put(putNode('n'), ...['c', 'a', 'b'].map((id) => reservation(id, 'n')));
        const first = await store.reservations(cluster, null, 2);
        expect([first.items.map(({ id }) => id), first.next, first.total]).toEqual([['a', 'b'], 'b', 3]);
        const second = await store.reservations(cluster, first.next, 2);
        expect([second.items.map(({ id }) => id), second.next]).toEqual([['c'], null]);
      });

      test('their events carry what a replay of claims needs', async () => {
        const before = revisionOf();
        await put(
          putNode('n'),
          putPod('p', { node: 'n', cpu: 200 }),
          putPod('done', { node: 'n', flags: 3 }),
          reservation('r', 'n', { cpu: 300 }),
        );
        await put(reservation('r', 'n', { status: 'released' }), deletion(podKey('p')));
        const events = await store.changes(cluster, { revision: before, sequence: 9 }, 10);
        expect(events.map(({ type, data }) => [type, data])).toEqual([
          ['ADDED', { allocatable: { cpu: 4000, memory: 8 * 2 ** 30, pods: 110 } }],
          ['ADDED', { node: 'n', occupies: true, requests: { cpu: 200 } }],
          ['ADDED', { node: 'n', occupies: false, requests: { cpu: 100 } }],
          ['ADDED', { pod: 'default/claim-r', node: 'n', status: 'granted', requests: { cpu: 300 } }],
          ['DELETED', { pod: 'default/claim-r', node: 'n', status: 'released', requests: { cpu: 300 } }],
          ['DELETED', null],
        ]);
      });

      test('ended ones are kept for a day', async () => {
        await put(putNode('n'), reservation('r', 'n'));
        await put(reservation('r', 'n', { status: 'released' }));
        const end = Date.parse('2026-01-01T00:00:01.000Z');
        for (const [hours, kept] of [
          [23, true],
          [25, false],
        ] as const) {
          const later = await open({ now: () => end + hours * 3600 * 1000 });
          await later.maintain();
          expect((await store.reservation(cluster, 'r')) !== undefined).toBe(kept);
          await close(later);
        }
      });
    });

    describe('staged manifests', () => {
      test('are used by the commit that names them and removed otherwise', async () => {
        const stage = store.stage(cluster);
        const [a, b, unused] = [putPod('a'), putPod('b'), putPod('unused')];
        const tickets = await staged(stage, a, b, unused);
        await put({ ...a, manifest: tickets[0]! }, { ...b, manifest: tickets[1]! });
        await stage.dispose();
        expect(tickets.map(({ used }) => used)).toEqual(['yes', 'yes', 'no']);
        for (const name of ['a', 'b']) {
          expect((await store.get(cluster, podKey(name)))!.manifest).toMatchObject({ metadata: { name } });
        }
        await put(putPod('a', { cpu: 7 }), deletion(podKey('b')));
        await consistent();
      });

      test('of a commit that failed are gone', async () => {
        const stage = store.stage(cluster);
        const a = putPod('a');
        const [ticket] = await staged(stage, a);
        const refused = store.commit(
          cluster,
          requestFor([a], () => {
            throw new Error(String(ticket!.staged));
          }),
        );
        await expect(refused).rejects.toThrow();
        await stage.dispose();
        // Naming it now would refer to nothing: an object without a manifest cannot be read.
        await put({ ...a, manifest: ticket! });
        expect(await store.get(cluster, podKey('a'))).toBeUndefined();
      });

      test('of a dead process are swept after an hour, those in use stay', async () => {
        const stage = store.stage(cluster);
        const [a, b] = [putPod('a'), putPod('b')];
        const tickets = await staged(stage, a, b);
        await put({ ...a, manifest: tickets[0]! });
        const later = await open({ now: () => Date.now() + 2 * 3600 * 1000 });
        await later.maintain();
        await close(later);
        expect(await store.get(cluster, podKey('a'))).toBeDefined();
        await put({ ...b, manifest: tickets[1]! });
        expect(await store.get(cluster, podKey('b'))).toBeUndefined();
      });
    });

    describe('bulk commits', () => {
      /** Pods packed and staged by 500, as changes that are made when they are gone through. */
      const packed = async (stage: Stage, pods: readonly Put[], fails = false): Promise<Changes> => {
        const tickets: StagedManifest[] = [];
        const packs: PodPack[] = [];
        for (let first = 0; first < pods.length; first += 500) {
          const some = pods.slice(first, first + 500);
          tickets.push(...(await staged(stage, ...some)));
          packs.push(new PodPack(packObjects(some.map(packedPod)), some.length));
        }
        return {
          length: pods.length,
          *[Symbol.iterator]() {
            for (const [index, pod] of pods.entries()) {
              const place = { pack: packs[Math.floor(index / 500)]!, place: index % 500 };
              yield { ...pod, manifest: tickets[index]!, packed: place };
            }
            if (fails) throw new Error('no more');
          },
        };
      };
      const commitPacked = async (pods: readonly Put[], fails = false): Promise<void> => {
        const stage = store.stage(cluster);
        try {
          const changes = await packed(stage, pods, fails);
          await store.commit(cluster, { ...requestFor(pods, () => ({ changes, result: null })), bulk: true });
        } finally {
          await stage.dispose();
        }
      };
      const pods = (count: number, cpu: number): Put[] =>
        Array.from({ length: count }, (_, i) => putPod(`p${i}`, { node: i % 2 === 0 ? 'n' : '', cpu }));

      test('write packed pods as they would others', async () => {
        await put(putNode('n', '4', { zone: 'a' }), putPod('p1', { cpu: 1 }));
        const before = revisionOf();
        await commitPacked(pods(2500, 2));
        expect(revisionOf()).toBe(before + 1);
        await consistent();
        const events = await store.changes(cluster, { revision: before, sequence: 2 ** 31 }, 5000);
        expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index));
        expect(events.slice(0, 3)).toMatchObject([
          { type: 'ADDED', key: podKey('p0'), data: { node: 'n', occupies: true, requests: { cpu: 2 } } },
          { type: 'MODIFIED', key: podKey('p1'), data: { node: '', occupies: false } },
          { type: 'ADDED', key: podKey('p2') },
        ]);
        expect(await store.get(cluster, podKey('p1'))).toMatchObject({ revision: before + 1 });
      });

      test('replace the manifests of what they change', async () => {
        await commitPacked(pods(3, 1));
        await commitPacked(pods(2, 2));
        expect((await store.get(cluster, podKey('p1')))!.manifest).toEqual(
          JSON.parse(putPod('p1', { cpu: 2 }).manifest as string),
        );
        await consistent();
      });

      test('leave nothing when they fail half-way', async () => {
        await put(putNode('n', '4', { zone: 'a' }), putPod('p1', { cpu: 1 }));
        const before = revisionOf();
        await expect(commitPacked(pods(2500, 2), true)).rejects.toThrow('no more');
        expect(revisionOf()).toBe(before);
        expect(await store.get(cluster, podKey('p0'))).toBeUndefined();
        expect(await store.get(cluster, podKey('p1'))).toMatchObject({ revision: before });
        await consistent();
        await commitPacked(pods(3, 3));
        await consistent();
      });
    });

    describe('followers', () => {
      test('see writes of another process within the poll interval, and wait for a revision', async () => {
        const follower = await open({ pollMs: 50 });
        const states: number[] = [];
        const unsubscribe = follower.subscribe(cluster, ({ revision }) => states.push(revision));
        await put(putNode('n', '4', { zone: 'a' }), putPod('p', { node: 'n' }), reservation('r', 'n'));
        const { revision } = await commitChanges(
          store,
          cluster,
          deletion(podKey('p')),
          putObject(objectKey('Namespace', 'x'), { kind: 'Namespace', metadata: { name: 'x' } }, true),
        );
        const state = await follower.waitForRevision(cluster, revision, 3000);
        expect(state.revision).toBe(revision);
        expect(state.model.checksum()).toEqual(store.cluster(cluster)!.model.checksum());
        expect(states).toEqual(states.toSorted((a, b) => a - b));
        await consistent(follower);
        unsubscribe();
        await close(follower);
      });

      test('catch up over many pages of the log, whatever became of an object in between', async () => {
        const follower = await open({ pollMs: 600_000 });
        const random = seededRandom(7);
        const names = Array.from({ length: 4000 }, (_, index) => `p${index}`);
        await put(putNode('n1'), putNode('n2'), ...names.map((name) => putPod(name, { node: 'n1' })));
        for (let round = 0; round < 6; round++) {
          const changes: Change[] = [];
          for (const name of names) {
            const event = random();
            if (event < 0.15) changes.push(deletion(podKey(name)));
            else if (event < 0.3) changes.push(putPod(name, { node: 'n2', cpu: 100 + round }));
          }
          await put(...changes, putNode(`n${round}`), reservation(`r${round}`, 'n1'));
        }
        await put(reservation('r1', 'n1', { status: 'released' }), reservation('r2', 'n1'), deletion(nodeKey('n5')));
        const state = await follower.waitForRevision(cluster, revisionOf(), 20_000);
        expect(state.model.podCount).toBe(store.cluster(cluster)!.model.podCount);
        expect(await follower.verify(cluster)).toMatchObject({ equal: true, met: true });
        await close(follower);
      });

      test('a revision that does not come', async () => {
        await expect(store.waitForRevision(cluster, revisionOf() + 1, 100)).rejects.toEqual(
          code('revision_not_reached'),
        );
        await expect(store.waitForRevision('nowhere', 1, 100)).rejects.toEqual(code('not_found'));
      });

      test('clusters come and go', async () => {
        const follower = await open({ pollMs: 50 });
        await store.createCluster('comes', '', null);
        expect((await follower.waitForRevision('comes', 1, 3000)).name).toBe('comes');
        await store.deleteCluster('comes');
        await expect.poll(() => follower.cluster('comes')).toBeUndefined();
        await close(follower);
      });

      test('a decision never rests on a stale model', async () => {
        const other = await open({ pollMs: 60_000 });
        await put(putNode('n'), putPod('p', { node: 'n' }));
        const change = putPod('q', { node: 'n' });
        const { result } = await other.commit(
          cluster,
          requestFor([change], (draft) => ({
            changes: [change],
            result: draft.model.pod('default', 'p') !== undefined,
          })),
        );
        expect(result).toBe(true);
        await consistent(other);
        await close(other);
      });

      test('two processes racing for 20 slots grant 20', async () => {
        const other = await open();
        await put(putNode('n', '2'));
        const claim = (one: ClusterStore, id: string): Promise<unknown> => {
          const change = reservation(id, 'n', { cpu: 100 });
          return one.commit(
            cluster,
            requestFor([change], (draft) => {
              if (draft.model.reservationCount >= 20) throw new StoreError('precondition_failed', 'full');
              return { changes: [change], result: null };
            }),
          );
        };
        const outcomes = await Promise.allSettled(
          Array.from({ length: 80 }, (_, index) => claim(index % 2 === 0 ? store : other, `r${index}`)),
        );
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(20);
        expect((await store.reservations(cluster, null, 100)).total).toBe(20);
        await consistent();
        await consistent(other);
        await close(other);
      });

      test('compaction: old cursors expire, followers that fell behind rebuild', async () => {
        const behind = await open({ pollMs: 600_000 });
        for (let index = 0; index < 10; index++)
          await put(putNode(`n${index}`), putPod(`p${index}`, { node: `n${index}` }));
        const last = revisionOf();
        const keeper = await open({ retention: { changes: 5 } });
        await keeper.maintain();
        await close(keeper);
        await expect(store.changes(cluster, { revision: 1, sequence: 0 }, 10)).rejects.toEqual(
          code('revision_expired'),
        );
        const kept = await store.changes(cluster, { revision: last - 3, sequence: 1 }, 100);
        expect(kept.map(({ revision }) => revision)).toEqual([last - 2, last - 2, last - 1, last - 1, last, last]);
        await expect(store.changes(cluster, { revision: last - 4, sequence: 1 }, 10)).rejects.toEqual(
          code('revision_expired'),
        );
        expect((await behind.waitForRevision(cluster, last, 5000)).model.nodeCount).toBe(10);
        await consistent(behind);
        await close(behind);
      });
    });

    describe('failures', () => {
      test.each([
        ['before anything', 'commit.before-begin', false],
        ['with the lock', 'commit.after-lock', false],
        ['after the decision', 'commit.after-decide', false],
        ['before writing', 'commit.before-write', false],
        ['between writing and committing', 'commit.after-write', false],
        ['after the commit, before it is published', 'commit.before-publish', true],
      ])('an error %s leaves the store usable and the model true', async (_name, point, stored) => {
        await put(putNode('n'));
        enableFailpoints(`${point}=error`);
        await expect(put(putPod('p', { node: 'n' }))).rejects.toThrow(point);
        enableFailpoints('');
        expect((await store.get(cluster, podKey('p'))) !== undefined).toBe(stored);
        await put(putPod('q', { node: 'n' }));
        expect(store.cluster(cluster)!.model.pod('default', 'p') !== undefined).toBe(stored);
        await consistent();
      });

      test('after reopening everything is as acknowledged', async () => {
        await put(putNode('n', '4', { a: 'b' }), putPod('p', { node: 'n' }), reservation('r', 'n'));
        await put(putObject(objectKey('Namespace', 'x'), { kind: 'Namespace', metadata: { name: 'x' } }, true));
        const before = store.cluster(cluster)!;
        const again = await open();
        const after = again.cluster(cluster)!;
        expect([after.revision, after.model.checksum()]).toEqual([before.revision, before.model.checksum()]);
        expect(after.model.nodeSlot('n')).toBeGreaterThanOrEqual(0);
        await close(again);
      });
    });
  });
}
