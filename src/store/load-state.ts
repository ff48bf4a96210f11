/**
 * From rows to a cluster's state: whole (booting, rebuilding, verifying) or from an older revision by the change log. Both
 * read inside one transaction, so that the log, the rows it names and the counter belong together. Narrow rows suffice
 * for pods: no pod manifest is ever parsed here.
 */
import type { JsonObject } from '../kubernetes/types.js';
import { ClusterModel } from '../scheduler/model.js';
import type { ModelChange } from '../scheduler/model-change.js';
import type { ClusterRow } from './cluster-row.js';
import { failpoint } from './failpoints.js';
import {
  nodeChange,
  POD_RECORD_COLUMNS,
  readPodRecord,
  readReservation,
  RESERVATION_COLUMNS,
  reservationChange,
} from './model-rows.js';
import { PodClasses } from './pod-classes.js';
import type { SqlRow } from './rows.js';
import { breathe, rowsOf, select, slices, type Session, type Step } from './session.js';
import type { ClusterState } from './store.js';

/** Rows a trip: small enough that taking them in does not hold the event loop for more than a few milliseconds. */
const PODS_A_PAGE = 5000;
const MANIFESTS_A_PAGE = 500;
const KEYS_A_PAGE = 2000;

/** A state and what it takes to write rows for it. */
export interface LoadedState {
  readonly state: ClusterState;
  readonly classes: PodClasses;
}

/** Builds the state of the cluster from its rows. `row` was read in the same transaction. */
export async function loadState(session: Session, row: ClusterRow): Promise<LoadedState> {
  const classes = new PodClasses();
  await loadClasses(session, row.id, classes);
  const model = ClusterModel.empty();
  if (row.scheduler !== null) model.apply(schedulerChange(row.scheduler));

  await pages(
    session,
    ({ after, limit }) =>
      select(
        'SELECT o.api_group, o.kind, o.namespace, o.name, m.body FROM object o JOIN manifest m ON m.id = o.manifest_id ' +
          'WHERE o.cluster_id = ? AND o.modelled = 1 AND (o.api_group, o.kind, o.namespace, o.name) > (?, ?, ?, ?) ' +
          'ORDER BY o.api_group, o.kind, o.namespace, o.name LIMIT ?',
        row.id,
        ...keyOr(after, 4),
        limit,
      ),
    MANIFESTS_A_PAGE,
    (values) => model.apply(objectChange(values)),
  );
  await pages(
    session,
    ({ after, limit }) =>
      select(
        'SELECT n.name, m.body FROM node n JOIN manifest m ON m.id = n.manifest_id ' +
          'WHERE n.cluster_id = ? AND n.name > ? ORDER BY n.name LIMIT ?',
        row.id,
        ...keyOr(after, 1),
        limit,
      ),
    MANIFESTS_A_PAGE,
    ([name, body]) => model.apply(nodeChange(name as string, body as string)),
  );
  await pages(
    session,
    ({ after, limit }) =>
      select(
        `SELECT ${POD_RECORD_COLUMNS.join(', ')} FROM pod WHERE cluster_id = ? AND (namespace, name) > (?, ?) ` +
          'ORDER BY namespace, name LIMIT ?',
        row.id,
        ...keyOr(after, 2),
        limit,
      ),
    PODS_A_PAGE,
    (values) => {
      const pod = readPodRecord(values, classes);
      model.apply({ type: 'pod', namespace: pod.namespace, name: pod.name, pod });
    },
  );
  await pages(
    session,
    ({ after, limit }) =>
      select(
        `SELECT ${RESERVATION_COLUMNS} FROM reservation WHERE cluster_id = ? AND id > ? AND status = 'granted' ` +
          'ORDER BY id LIMIT ?',
        row.id,
        ...keyOr(after, 1),
        limit,
      ),
    MANIFESTS_A_PAGE,
    (values) => model.apply(reservationChange(readReservation(values), classes)),
  );
  return { state: { ...stateOf(row), model }, classes };
}

/**
 * Brings an older state to the cluster's row: a fork with the changed objects applied. Null when the log has been
 * compacted beyond the state (or the state is not of this database's past): `loadState` is due.
 */
export async function catchUp(session: Session, from: LoadedState, row: ClusterRow): Promise<LoadedState | null> {
  const { state, classes } = from;
  if (state.revision < row.logFloor || state.revision > row.revision) return null;
  await loadClasses(session, row.id, classes);
  const keys = await rowsOf(
    session,
    select(
      'SELECT DISTINCT api_group, kind, namespace, name FROM change_log WHERE cluster_id = ? AND revision > ?',
      row.id,
      state.revision,
    ),
  );
  const changed = {
    nodes: [] as SqlRow[],
    pods: [] as SqlRow[],
    objects: [] as SqlRow[],
    reservations: [] as SqlRow[],
  };
  for (const [group, kind, namespace, name] of keys) {
    if (group === 'stowage') {
      if (kind === 'Reservation') changed.reservations.push([row.id, name!]);
    } else if (group === '' && kind === 'Node') changed.nodes.push([row.id, name!]);
    else if (group === '' && kind === 'Pod') changed.pods.push([row.id, namespace!, name!]);
    else changed.objects.push([row.id, group!, kind!, namespace!, name!]);
  }

  const model = state.model.fork();
  if (row.scheduler !== schedulerText(state)) model.apply(schedulerChange(row.scheduler));
  for (const part of slices(changed.objects, MANIFESTS_A_PAGE)) {
    const step = lookup('o.api_group, o.kind, o.namespace, o.name, m.body', 'object o', part, objectKey, 'modelled');
    const found = byKey(await rowsOf(session, step), 4);
    for (const key of part) {
      const values = found.get(rowKey(key.slice(1)));
      model.apply(values === undefined ? objectGone(key) : objectChange(values));
    }
  }
  for (const part of slices(changed.nodes, MANIFESTS_A_PAGE)) {
    const found = byKey(await rowsOf(session, lookup('o.name, m.body', 'node o', part, nodeKey)), 1);
    for (const key of part) {
      const name = key[1] as string;
      const values = found.get(rowKey([name]));
      model.apply(values === undefined ? { type: 'node', name, node: null } : nodeChange(name, values[1] as string));
    }
  }
  for (const part of slices(changed.pods, KEYS_A_PAGE)) {
    const columns = POD_RECORD_COLUMNS.map((column) => `o.${column}`).join(', ');
    const found = byKey(
      await rowsOf(session, {
        op: 'lookup',
        columns,
        from: 'pod o',
        key: podKey.columns,
        types: podKey.types,
        keys: part,
      }),
      2,
    );
    for (const [, namespace, name] of part as readonly [number, string, string][]) {
      const values = found.get(rowKey([namespace, name]));
      const pod = values === undefined ? null : readPodRecord(values, classes);
      model.apply({ type: 'pod', namespace, name, pod });
    }
  }
  for (const part of slices(changed.reservations, KEYS_A_PAGE)) {
    const columns = RESERVATION_COLUMNS.split(', ')
      .map((column) => `o.${column}`)
      .join(', ');
    const step: Step = {
      op: 'lookup',
      columns,
      from: 'reservation o',
      key: ['o.cluster_id', 'o.id'],
      types: ['integer', 'text'],
      keys: part,
    };
    const found = byKey(await rowsOf(session, step), 1);
    for (const [, id] of part as readonly [number, string][]) {
      const values = found.get(rowKey([id]));
      if (values === undefined) model.apply({ type: 'reservation', id, reservation: null });
      else model.apply(reservationChange(readReservation(values), classes));
    }
  }
  failpoint('follow.after-apply');
  return { state: { ...stateOf(row), model }, classes };
}

function stateOf(row: ClusterRow): Omit<ClusterState, 'model'> {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    scheduler: row.scheduler === null ? null : (JSON.parse(row.scheduler) as JsonObject),
    revision: row.revision,
    asOf: row.asOf,
  };
}

export function schedulerText(state: Pick<ClusterState, 'scheduler'>): string | null {
  return state.scheduler === null ? null : JSON.stringify(state.scheduler);
}

function schedulerChange(text: string | null): ModelChange {
  return { type: 'scheduler', configuration: text === null ? null : (JSON.parse(text) as JsonObject) };
}

function objectChange([group, kind, namespace, name, body]: SqlRow): ModelChange {
  return {
    type: 'object',
    group: group as string,
    kind: kind as string,
    namespace: namespace as string,
    name: name as string,
    object: JSON.parse(body as string) as JsonObject,
  };
}

/** Deleted, or of a kind that the model does not keep: the model has nothing of it either way. */
function objectGone([, group, kind, namespace, name]: SqlRow): ModelChange {
  return {
    type: 'object',
    group: group as string,
    kind: kind as string,
    namespace: namespace as string,
    name: name as string,
    object: null,
  };
}

/** Reads the classes that are not known yet. */
export async function loadClasses(session: Session, clusterId: number, classes: PodClasses): Promise<void> {
  for (;;) {
    const rows = await rowsOf(
      session,
      select(
        'SELECT id, shape FROM pod_class WHERE cluster_id = ? AND id >= ? ORDER BY id LIMIT ?',
        clusterId,
        classes.next,
        KEYS_A_PAGE,
      ),
    );
    for (const [id, shape] of rows) classes.add(id as number, shape as string);
    if (rows.length < KEYS_A_PAGE) return;
  }
}

interface PageRequest {
  readonly after: SqlRow | null;
  readonly limit: number;
}

/** Reads page after page in key order; the next one is under way while the last is taken in. */
async function pages(
  session: Session,
  step: (page: PageRequest) => Step,
  limit: number,
  take: (row: SqlRow) => void,
): Promise<void> {
  let reading: Promise<readonly SqlRow[]> | null = rowsOf(session, step({ after: null, limit }));
  while (reading !== null) {
    const rows: readonly SqlRow[] = await reading;
    reading = rows.length < limit ? null : rowsOf(session, step({ after: rows.at(-1)!, limit }));
    // A failure is seen when its turn comes; until then it is not unhandled.
    reading?.catch(() => undefined);
    for (const row of rows) take(row);
    await breathe();
  }
}

/** The key columns come first in every paged row; the empty text sorts before every name. */
function keyOr(after: SqlRow | null, width: number): SqlRow {
  return after === null ? Array.from({ length: width }, () => '') : after.slice(0, width);
}

const nodeKey = { columns: ['o.cluster_id', 'o.name'], types: ['integer', 'text'] };
const podKey = { columns: ['o.cluster_id', 'o.namespace', 'o.name'], types: ['integer', 'text', 'text'] };
const objectKey = {
  columns: ['o.cluster_id', 'o.api_group', 'o.kind', 'o.namespace', 'o.name'],
  types: ['integer', 'text', 'text', 'text', 'text'],
};

function lookup(
  columns: string,
  table: string,
  keys: readonly SqlRow[],
  { columns: key, types }: { readonly columns: readonly string[]; readonly types: readonly string[] },
  only?: 'modelled',
): Step {
  const from = `${table} JOIN manifest m ON m.id = o.manifest_id${only === undefined ? '' : ' AND o.modelled = 1'}`;
  return { op: 'lookup', columns, from, key, types, keys };
}

function byKey(rows: readonly SqlRow[], width: number): Map<string, SqlRow> {
  return new Map(rows.map((row) => [rowKey(row.slice(0, width)), row]));
}

function rowKey(values: SqlRow): string {
  return values.join('/');
}
