/** Reading stored objects: by key, in pages, and all of them; each from one state of the database. */
import type { Json, JsonObject } from '../kubernetes/types.js';
import { podPhases, PodFlag } from '../scheduler/model-change.js';
import { CLUSTER_COLUMNS, readClusterRow, type ClusterRow } from './cluster-row.js';
import { lookupsOf } from './load-rows.js';
import { loadClasses } from './load-state.js';
import type { PodClasses } from './pod-classes.js';
import type { SqlRow } from './rows.js';
import { breathe, rowsOf, select, type Session } from './session.js';
import {
  keyText,
  StoreError,
  type ListPage,
  type ListQuery,
  type ListRow,
  type ObjectKey,
  type StoredObject,
  type StreamSlice,
} from './store.js';

const ROWS_A_PAGE = 2000;
const OBJECTS_A_SLICE = 200;

export async function readCluster(session: Session, id: number): Promise<ClusterRow> {
  const [row] = await rowsOf(session, select(`SELECT ${CLUSTER_COLUMNS} FROM cluster WHERE id = ?`, id));
  const cluster = row === undefined ? undefined : readClusterRow(row);
  if (cluster === undefined || cluster.deleted) throw new StoreError('not_found', 'the cluster is gone');
  return cluster;
}

/** Those of the keys that are stored, in the order asked for. */
export async function readObjects(
  session: Session,
  clusterId: number,
  keys: readonly ObjectKey[],
): Promise<StoredObject[]> {
  const found = new Map<string, StoredObject>();
  for (const { step, key } of lookupsOf(clusterId, keys, true)) {
    const rows = await rowsOf(session, step);
    for (const row of rows) {
      const object = storedObject(key(row), row);
      found.set(keyText(object.key), object);
    }
    if (rows.length > OBJECTS_A_SLICE) await breathe();
  }
  return keys.flatMap((key) => found.get(keyText(key)) ?? []);
}

/** A row that ends in revision, hash, manifest_id, body. */
function storedObject(key: ObjectKey, row: SqlRow): StoredObject {
  const [revision, hash, , body] = row.slice(-4);
  return {
    key,
    revision: revision as number,
    hash: hash as string,
    manifest: JSON.parse(body as string) as JsonObject,
  };
}

/** A kind and where its rows are. */
interface KindTable {
  readonly group: string;
  readonly kind: string;
  readonly table: 'node' | 'pod' | 'object';
}

/** The kinds stored in the cluster, in (group, kind) order. */
async function storedKinds(session: Session, clusterId: number): Promise<KindTable[]> {
  const rows = await rowsOf(
    session,
    select('SELECT DISTINCT api_group, kind FROM object WHERE cluster_id = ?', clusterId),
  );
  const kinds: KindTable[] = rows.map(([group, kind]) => ({
    group: group as string,
    kind: kind as string,
    table: 'object',
  }));
  kinds.push({ group: '', kind: 'Node', table: 'node' }, { group: '', kind: 'Pod', table: 'pod' });
  return kinds.sort((a, b) => compare(a.group, b.group) || compare(a.kind, b.kind));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The page after `query.after`, and how many match on all pages. */
export async function listObjects(
  session: Session,
  clusterId: number,
  query: ListQuery,
  classes: PodClasses,
): Promise<ListPage> {
  const { revision, asOf } = await readCluster(session, clusterId);
  await loadClasses(session, clusterId, classes);
  const { after, limit } = query;
  const page: ObjectKey[] = [];
  let total = 0;
  let more = false;
  for (const kind of await storedKinds(session, clusterId)) {
    if (query.kind !== undefined && query.kind !== kind.kind) continue;
    if (query.group !== undefined && query.group !== kind.group) continue;
    const order = after === undefined ? 1 : compare(kind.group, after.group) || compare(kind.kind, after.kind);
    const isAfter = ({ namespace, name }: ObjectKey): boolean =>
      order > 0 || (order === 0 && (compare(namespace, after!.namespace) || compare(name, after!.name)) > 0);
    const take = (key: ObjectKey): void => {
      if (!isAfter(key)) return;
      if (page.length < limit) page.push(key);
      else more = true;
    };
    if (query.matches === undefined) {
      total += await countRows(session, clusterId, kind, query.namespace);
      if (order < 0 || more) continue;
      const from = order === 0 ? [after!.namespace, after!.name] : ['', ''];
      const wanted = limit - page.length + 1;
      for (const row of await narrowRows(session, clusterId, kind, query.namespace, from, wanted)) {
        take(rowOf(kind, row, classes).key);
      }
      continue;
    }
    for await (const row of allNarrowRows(session, clusterId, kind, query.namespace)) {
      const narrow = rowOf(kind, row, classes);
      if (!query.matches(narrow)) continue;
      total += 1;
      take(narrow.key);
    }
  }
  const items = await readObjects(session, clusterId, page);
  return { items, next: more ? page.at(-1)! : null, total, revision, asOf };
}

async function countRows(session: Session, clusterId: number, kind: KindTable, namespace?: string): Promise<number> {
  const { where, params } = condition(clusterId, kind, namespace);
  const [row] = await rowsOf(session, select(`SELECT COUNT(*) FROM ${kind.table} WHERE ${where}`, ...params));
  return Number(row![0]);
}

function condition(
  clusterId: number,
  { table, group, kind }: KindTable,
  namespace: string | undefined,
): { where: string; params: (string | number)[] } {
  const terms = ['cluster_id = ?'];
  const params: (string | number)[] = [clusterId];
  if (table === 'object') {
    terms.push('api_group = ?', 'kind = ?');
    params.push(group, kind);
  }
  if (namespace !== undefined && table === 'node') terms.push('1 = 0');
  else if (namespace !== undefined) {
    terms.push('namespace = ?');
    params.push(namespace);
  }
  return { where: terms.join(' AND '), params };
}

const narrowColumns = {
  node: "'', name, labels, unschedulable, 0",
  pod: 'namespace, name, own_labels, flags, class_id, node_name',
  object: 'namespace, name, labels, 0, 0',
} as const;

async function narrowRows(
  session: Session,
  clusterId: number,
  kind: KindTable,
  namespace: string | undefined,
  [afterNamespace, afterName]: readonly string[],
  limit: number,
): Promise<readonly SqlRow[]> {
  const { where, params } = condition(clusterId, kind, namespace);
  const node = kind.table === 'node';
  const position = node ? 'name > ?' : '(namespace, name) > (?, ?)';
  const from = node ? [afterName!] : [afterNamespace!, afterName!];
  const sql =
    `SELECT ${narrowColumns[kind.table]} FROM ${kind.table} WHERE ${where} AND ${position} ` +
    `ORDER BY ${node ? 'name' : 'namespace, name'} LIMIT ?`;
  return await rowsOf(session, select(sql, ...params, ...from, limit));
}

async function* allNarrowRows(
  session: Session,
  clusterId: number,
  kind: KindTable,
  namespace: string | undefined,
): AsyncGenerator<SqlRow> {
  let after = ['', ''];
  for (;;) {
    const rows = await narrowRows(session, clusterId, kind, namespace, after, ROWS_A_PAGE);
    yield* rows;
    if (rows.length < ROWS_A_PAGE) return;
    after = [rows.at(-1)![0] as string, rows.at(-1)![1] as string];
    await breathe();
  }
}

function rowOf({ group, kind, table }: KindTable, row: SqlRow, classes: PodClasses): ListRow {
  const [namespace, name, labels, flags, classId, nodeName] = row;
  const own = labels === null ? {} : stringMap(labels as string);
  return {
    key: { group, kind, namespace: namespace as string, name: name as string },
    labels: table === 'pod' ? { ...classes.labels(classId as number), ...own } : own,
    nodeName: table === 'pod' ? (nodeName as string) : '',
    phase: table === 'pod' ? (podPhases[(flags as number) & PodFlag.phaseMask] ?? '') : '',
    unschedulable: table === 'node' && flags === 1,
  };
}

function stringMap(text: string): Record<string, string> {
  const parsed = JSON.parse(text) as Json;
  return parsed === null || typeof parsed !== 'object' ? {} : (parsed as Record<string, string>);
}

/** Every object of the cluster in (group, kind, namespace, name) order, in slices; the first is empty. */
export async function* streamObjects(session: Session, clusterId: number): AsyncGenerator<StreamSlice> {
  const { revision } = await readCluster(session, clusterId);
  yield { revision, objects: [] };
  for (const kind of await storedKinds(session, clusterId)) {
    let after = ['', ''];
    for (;;) {
      const rows = await narrowRows(session, clusterId, kind, undefined, after, OBJECTS_A_SLICE);
      const keys = rows.map(([namespace, name]) => ({
        group: kind.group,
        kind: kind.kind,
        namespace: namespace as string,
        name: name as string,
      }));
      if (keys.length > 0) yield { revision, objects: await readObjects(session, clusterId, keys) };
      if (rows.length < OBJECTS_A_SLICE) break;
      after = [keys.at(-1)!.namespace, keys.at(-1)!.name];
    }
  }
}
