/** Loads the stored rows that the decisions of a batch ask for, inside its transaction. */
import { LoadedRow } from './batch-rows.js';
import { readReservation, RESERVATION_COLUMNS, type LoadedReservation } from './model-rows.js';
import type { SqlRow } from './rows.js';
import { breathe, rowsOf, select, slices, type Session, type Step } from './session.js';
import { keyText, type CommitRequest, type ObjectKey } from './store.js';

const KEYS_A_STEP = 1000;
const ROWS_A_PAGE = 2000;

type Load = NonNullable<CommitRequest<unknown>['load']>;

/** Rows by `keyText`; for keys that were asked for by name and are not stored: null. */
export async function loadObjects(
  session: Session,
  clusterId: number,
  loads: readonly Load[],
): Promise<Map<string, LoadedRow | null>> {
  const rows = new Map<string, LoadedRow | null>();
  const kinds = new Map<string, { group: string; kind: string }>();
  let everything = false;
  /** Asked for by key: whether with manifests. */
  const keys = new Map<string, { key: ObjectKey; manifests: boolean }>();
  for (const load of loads) {
    if ('all' in load) {
      everything ||= load.all.length === 0;
      for (const { group, kind } of load.all) kinds.set(`${group}/${kind}`, { group, kind });
      continue;
    }
    for (const key of load.keys) {
      const text = keyText(key);
      const before = keys.get(text);
      if (before === undefined) keys.set(text, { key, manifests: load.manifests });
      else before.manifests ||= load.manifests;
    }
  }
  for (const step of allOf(clusterId, everything ? null : [...kinds.values()])) await loadPages(session, step, rows);

  const wanted = [...keys.values()];
  for (const manifests of [false, true]) {
    const chosen = wanted.filter((entry) => entry.manifests === manifests).map(({ key }) => key);
    for (const { step, key } of lookupsOf(clusterId, chosen, manifests)) {
      for (const row of await rowsOf(session, step)) rows.set(keyText(key(row)), readRow(row));
      if (wanted.length > KEYS_A_STEP) await breathe();
    }
  }
  for (const text of keys.keys()) if (!rows.has(text)) rows.set(text, null);
  return rows;
}

/** Kinds (`group/Kind`) of which the loads ask for every object. */
export function wholeKinds(loads: readonly Load[]): ReadonlySet<string> | 'all' {
  const kinds = new Set<string>();
  for (const load of loads) {
    if (!('all' in load)) continue;
    if (load.all.length === 0) return 'all';
    for (const { group, kind } of load.all) kinds.add(`${group}/${kind}`);
  }
  return kinds;
}

/** Every row's last four columns: revision, hash, manifest_id, body or null. */
function readRow(row: SqlRow): LoadedRow {
  const [revision, hash, manifestId, body] = row.slice(-4);
  return new LoadedRow(revision as number, hash as string, manifestId as number, (body ?? null) as string | null);
}

interface KeyedStep {
  readonly step: Step;
  readonly key: (row: SqlRow) => ObjectKey;
}

/** Lookups by key, a table at a time. */
export function* lookupsOf(clusterId: number, keys: readonly ObjectKey[], manifests: boolean): Generator<KeyedStep> {
  const nodes = keys.filter(({ group, kind }) => group === '' && kind === 'Node');
  const pods = keys.filter(({ group, kind }) => group === '' && kind === 'Pod');
  const others = keys.filter(({ group, kind }) => group !== '' || (kind !== 'Node' && kind !== 'Pod'));
  const tail = `o.revision, o.hash, o.manifest_id, ${manifests ? 'm.body' : 'NULL'}`;
  const join = manifests ? ' JOIN manifest m ON m.id = o.manifest_id' : '';
  for (const part of slices(nodes, KEYS_A_STEP)) {
    yield {
      step: {
        op: 'lookup',
        columns: `o.name, ${tail}`,
        from: `node o${join}`,
        key: ['o.cluster_id', 'o.name'],
        types: ['integer', 'text'],
        keys: part.map(({ name }) => [clusterId, name]),
      },
      key: nodeKey,
    };
  }
  for (const part of slices(pods, KEYS_A_STEP)) {
    yield {
      step: {
        op: 'lookup',
        columns: `o.namespace, o.name, ${tail}`,
        from: `pod o${join}`,
        key: ['o.cluster_id', 'o.namespace', 'o.name'],
        types: ['integer', 'text', 'text'],
        keys: part.map(({ namespace, name }) => [clusterId, namespace, name]),
      },
      key: podKey,
    };
  }
  for (const part of slices(others, KEYS_A_STEP)) {
    yield {
      step: {
        op: 'lookup',
        columns: `o.api_group, o.kind, o.namespace, o.name, ${tail}`,
        from: `object o${join}`,
        key: ['o.cluster_id', 'o.api_group', 'o.kind', 'o.namespace', 'o.name'],
        types: ['integer', 'text', 'text', 'text', 'text'],
        keys: part.map(({ group, kind, namespace, name }) => [clusterId, group, kind, namespace, name]),
      },
      key: objectKey,
    };
  }
}

const nodeKey = ([name]: SqlRow): ObjectKey => ({ group: '', kind: 'Node', namespace: '', name: name as string });
const podKey = ([namespace, name]: SqlRow): ObjectKey => ({
  group: '',
  kind: 'Pod',
  namespace: namespace as string,
  name: name as string,
});
const objectKey = ([group, kind, namespace, name]: SqlRow): ObjectKey => ({
  group: group as string,
  kind: kind as string,
  namespace: namespace as string,
  name: name as string,
});

interface PagedStep {
  readonly page: (after: SqlRow | null) => Step;
  readonly key: (row: SqlRow) => ObjectKey;
}

/** Page by page through all rows of the kinds (null: all kinds), without manifests. */
function* allOf(
  clusterId: number,
  kinds: readonly { readonly group: string; readonly kind: string }[] | null,
): Generator<PagedStep> {
  const tail = 'revision, hash, manifest_id, NULL';
  const has = (name: string): boolean => kinds?.some(({ group, kind }) => group === '' && kind === name) ?? true;
  if (has('Node')) {
    const sql = `SELECT name, ${tail} FROM node WHERE cluster_id = ? AND name > ? ORDER BY name LIMIT ?`;
    yield { page: (after) => select(sql, clusterId, after?.[0] ?? '', ROWS_A_PAGE), key: nodeKey };
  }
  if (has('Pod')) {
    const sql =
      `SELECT namespace, name, ${tail} FROM pod WHERE cluster_id = ? AND (namespace, name) > (?, ?) ` +
      'ORDER BY namespace, name LIMIT ?';
    yield { page: (after) => select(sql, clusterId, after?.[0] ?? '', after?.[1] ?? '', ROWS_A_PAGE), key: podKey };
  }
  const others = kinds?.filter(({ group, kind }) => group !== '' || (kind !== 'Node' && kind !== 'Pod')) ?? [null];
  for (const only of others) {
    const sql =
      `SELECT api_group, kind, namespace, name, ${tail} FROM object WHERE cluster_id = ? ` +
      `${only === null ? '' : 'AND api_group = ? AND kind = ? '}AND (api_group, kind, namespace, name) > (?, ?, ?, ?) ` +
      'ORDER BY api_group, kind, namespace, name LIMIT ?';
    const kind = only === null ? [] : [only.group, only.kind];
    const page = (after: SqlRow | null): Step =>
      select(sql, clusterId, ...kind, ...(after?.slice(0, 4) ?? ['', '', '', '']), ROWS_A_PAGE);
    yield { page, key: objectKey };
  }
}

async function loadPages(
  session: Session,
  { page, key }: PagedStep,
  into: Map<string, LoadedRow | null>,
): Promise<void> {
  let after: SqlRow | null = null;
  for (;;) {
    const rows: readonly SqlRow[] = await rowsOf(session, page(after));
    for (const row of rows) into.set(keyText(key(row)), readRow(row));
    if (rows.length < ROWS_A_PAGE) return;
    after = rows.at(-1)!;
    await breathe();
  }
}

/** Reservation rows: those with the ids, or all that are granted. */
export async function loadReservations(
  session: Session,
  clusterId: number,
  requests: readonly CommitRequest<unknown>['reservations'][],
): Promise<Map<string, LoadedReservation>> {
  const rows = new Map<string, LoadedReservation>();
  const ids = new Set<string>();
  for (const wanted of requests)
    if (wanted !== undefined && wanted !== 'granted') wanted.ids.forEach((id) => ids.add(id));
  const steps: Step[] = [];
  if (requests.includes('granted')) {
    const sql = `SELECT ${RESERVATION_COLUMNS} FROM reservation WHERE cluster_id = ? AND status = 'granted'`;
    steps.push(select(sql, clusterId));
  }
  if (ids.size > 0) {
    steps.push({
      op: 'lookup',
      columns: RESERVATION_COLUMNS.replaceAll(/\w+/g, 'o.$&'),
      from: 'reservation o',
      key: ['o.cluster_id', 'o.id'],
      types: ['integer', 'text'],
      keys: [...ids].map((id) => [clusterId, id]),
    });
  }
  if (steps.length === 0) return rows;
  for (const found of await session.run(steps)) {
    for (const values of found) {
      const loaded = readReservation(values);
      rows.set(loaded.row.id, loaded);
    }
  }
  return rows;
}
