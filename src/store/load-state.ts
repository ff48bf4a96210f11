/**
 * From rows to a cluster's state: whole (booting, rebuilding, verifying) or from an older revision by the change log. Both
 * read inside one transaction, so that the log, the rows it names and the counter belong together. Narrow rows suffice
 * for pods: no pod manifest is ever parsed here.
 */
import type { JsonObject } from '../kubernetes/types.js';
import { ClusterModel } from '../scheduler/model.js';
import type { ModelChange } from '../scheduler/model-change.js';
import { STOWAGE_GROUP } from './change-log.js';
import type { ClusterRow } from './cluster-row.js';
import { failpoint } from './failpoints.js';
import { nodeChange, OCCUPATION_COLUMNS, occupationChange, POD_RECORD_COLUMNS, readPodRecord } from './model-rows.js';
import { PodClasses } from './pod-classes.js';
import type { ColumnType, SqlRow } from './rows.js';
import { breathe, rowsOf, select, slices, type Session, type Step, type StepResult } from './session.js';
import type { ClusterState } from './store.js';

/** Rows a trip: small enough that taking them in does not hold the event loop for more than a few milliseconds. */
const PODS_A_PAGE = 5000;
const MANIFESTS_A_PAGE = 500;
const CLASSES_A_PAGE = 2000;

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
    (rows) => rows.forEach((values) => model.apply(objectChange(values))),
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
    (rows) => rows.forEach(([name, body]) => model.apply(nodeChange(name as string, body as string))),
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
    (rows) => model.addPods(rows.map((values) => readPodRecord(values, classes))),
  );
  await pages(
    session,
    ({ after, limit }) =>
      select(
        `SELECT id, ${OCCUPATION_COLUMNS.join(', ')} FROM reservation WHERE cluster_id = ? AND id > ? ` +
          "AND status = 'granted' ORDER BY id LIMIT ?",
        row.id,
        ...keyOr(after, 1),
        limit,
      ),
    PODS_A_PAGE,
    (rows) =>
      rows.forEach(([id, , classId, record]) => {
        const held = { granted: true, classId: classId as number | null, record: record as string | null };
        model.apply(occupationChange(id as string, held, classes));
      }),
  );
  return { state: { ...stateOf(row), model }, classes };
}

/** Rows of the log that are read at once. */
const EVENTS_A_PAGE = 2500;
/** Changes applied between two turns of the event loop. */
const CHANGES_A_SLICE = 100;

/** Where a page of the log begins. */
interface LogPosition {
  readonly revision: number;
  readonly sequence: number;
}

/**
 * What has to be read to catch up from a state: new classes, what the log says of pods and of reservations (the first
 * pages), and the keys of everything else that changed. Cheap where nothing did, so that it can travel with other steps.
 */
export function newsSteps({ id, revision }: Pick<ClusterState, 'id' | 'revision'>, classes: PodClasses): Step[] {
  const from = { revision, sequence: END_OF_REVISION };
  return [
    classesStep(id, classes),
    podEvents(id, from),
    reservationEvents(id, from),
    select(
      'SELECT DISTINCT api_group, kind, namespace, name FROM change_log WHERE cluster_id = ? AND revision > ? ' +
        "AND NOT (api_group = '' AND kind = 'Pod') AND api_group <> 'stowage'",
      id,
      revision,
    ),
  ];
}

/**
 * Brings an older state to the cluster's row: the changed objects applied to a fork of its model. Null when the log has
 * been compacted beyond the state (or the state is not of this database's past): `loadState` is due.
 *
 * @param news what `newsSteps` gave, read in the transaction in which `row` was
 * @param model to be changed; private to the caller and equal to the state's
 */
export async function catchUp(
  session: Session,
  { state, classes }: LoadedState,
  row: ClusterRow,
  news: readonly StepResult[],
  model = state.model.fork(),
): Promise<LoadedState | null> {
  if (state.revision < row.logFloor || state.revision > row.revision) return null;
  const [newClasses, pods, reservations, keys] = news as [StepResult, StepResult, StepResult, StepResult];
  await takeClasses(session, row.id, classes, newClasses);
  if (row.scheduler !== schedulerText(state)) model.apply(schedulerChange(row.scheduler));
  await takeObjects(session, row.id, keys, model);
  const podEvent = (values: SqlRow): ModelChange => podEventChange(values, classes);
  await takeEvents(
    session,
    pods,
    (from) => podEvents(row.id, from),
    (values) => model.apply(podEvent(values)),
  );
  const reservationEvent = (values: SqlRow): ModelChange => reservationEventChange(values, classes);
  await takeEvents(
    session,
    reservations,
    (from) => reservationEvents(row.id, from),
    (values) => model.apply(reservationEvent(values)),
  );
  failpoint('follow.after-apply');
  return { state: { ...stateOf(row), model }, classes };
}

/** Beyond the sequence of any event: the column has 32 bits. */
const END_OF_REVISION = 2 ** 31 - 1;

/**
 * Events of one table's objects with their rows, in the log's order. A row belongs to the last event of its object, whose
 * revision it bears: of a hundred events of one pod, its row is read once. Deletions come without a row.
 *
 * `+ 0`: PostgreSQL would put the parameter in the place of `l.cluster_id`, and while a table has no statistics it then
 * reads all rows of the cluster once an event, for going down the key costs it as much.
 */
function eventsOf(
  kind: { readonly group: string; readonly kind: string },
  table: { readonly name: string; readonly on: string; readonly columns: readonly string[] },
  clusterId: number,
  { revision, sequence }: LogPosition,
): Step {
  return select(
    `SELECT l.revision, l.sequence, l.namespace, l.name, o.revision, ${table.columns.map((column) => `o.${column}`).join(', ')} ` +
      `FROM change_log l LEFT JOIN ${table.name} o ON o.cluster_id = l.cluster_id + 0 AND ${table.on} AND o.revision = l.revision ` +
      'WHERE l.cluster_id = ? AND (l.revision, l.sequence) > (?, ?) ' +
      `AND l.api_group = '${kind.group}' AND l.kind = '${kind.kind}' AND (o.revision IS NOT NULL OR l.type = 'DELETED') ` +
      'ORDER BY l.revision, l.sequence LIMIT ?',
    clusterId,
    revision,
    sequence,
    EVENTS_A_PAGE,
  );
}

/** Of an event's columns, those before the row's own. */
const EVENT_WIDTH = 5;

const podTable = { name: 'pod', on: 'o.namespace = l.namespace AND o.name = l.name', columns: POD_RECORD_COLUMNS };

function podEvents(clusterId: number, from: LogPosition): Step {
  return eventsOf({ group: '', kind: 'Pod' }, podTable, clusterId, from);
}

function podEventChange(values: SqlRow, classes: PodClasses): ModelChange {
  const [, , namespace, name, revision] = values as [number, number, string, string, number | null];
  const pod = revision === null ? null : readPodRecord(values.slice(EVENT_WIDTH), classes);
  return { type: 'pod', namespace, name, pod };
}

const reservationTable = { name: 'reservation', on: 'o.id = l.name', columns: OCCUPATION_COLUMNS };

function reservationEvents(clusterId: number, from: LogPosition): Step {
  return eventsOf({ group: STOWAGE_GROUP, kind: 'Reservation' }, reservationTable, clusterId, from);
}

function reservationEventChange(values: SqlRow, classes: PodClasses): ModelChange {
  const id = values[3] as string;
  const [status, classId, record] = values.slice(EVENT_WIDTH) as [string | null, number | null, string | null];
  return occupationChange(id, { granted: status === 'granted', classId, record }, classes);
}

/** Takes in the first page and those that follow it. */
async function takeEvents(
  session: Session,
  first: StepResult,
  step: (from: LogPosition) => Step,
  take: (values: SqlRow) => void,
): Promise<void> {
  for (let page = first; ;) {
    const last = page.length < EVENTS_A_PAGE ? undefined : (page.at(-1) as [number, number]);
    // The next page is read while this one is taken in.
    const reading = last && rowsOf(session, step({ revision: last[0], sequence: last[1] }));
    reading?.catch(() => undefined);
    for (const [index, values] of page.entries()) {
      take(values);
      if (index % CHANGES_A_SLICE === CHANGES_A_SLICE - 1) await breathe();
    }
    if (reading === undefined) return;
    page = await reading;
  }
}

/** Nodes and other objects: few, with manifests. */
async function takeObjects(
  session: Session,
  clusterId: number,
  keys: readonly SqlRow[],
  model: ClusterModel,
): Promise<void> {
  const nodes: SqlRow[] = [];
  const objects: SqlRow[] = [];
  for (const [group, kind, namespace, name] of keys) {
    if (group === '' && kind === 'Node') nodes.push([clusterId, name!]);
    else objects.push([clusterId, group!, kind!, namespace!, name!]);
  }
  for (const part of slices(objects, MANIFESTS_A_PAGE)) {
    const step = lookup('o.api_group, o.kind, o.namespace, o.name, m.body', 'object o', part, objectKey, 'modelled');
    const found = byKey(await rowsOf(session, step), 4);
    for (const key of part) {
      const values = found.get(rowKey(key.slice(1)));
      model.apply(values === undefined ? objectGone(key) : objectChange(values));
    }
  }
  for (const part of slices(nodes, MANIFESTS_A_PAGE)) {
    const found = byKey(await rowsOf(session, lookup('o.name, m.body', 'node o', part, nodeKey)), 1);
    for (const key of part) {
      const name = key[1] as string;
      const values = found.get(rowKey([name]));
      model.apply(values === undefined ? { type: 'node', name, node: null } : nodeChange(name, values[1] as string));
    }
  }
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
  await takeClasses(session, clusterId, classes, await rowsOf(session, classesStep(clusterId, classes)));
}

function classesStep(clusterId: number, classes: PodClasses): Step {
  return select(
    'SELECT id, shape FROM pod_class WHERE cluster_id = ? AND id >= ? ORDER BY id LIMIT ?',
    clusterId,
    classes.next,
    CLASSES_A_PAGE,
  );
}

async function takeClasses(session: Session, clusterId: number, classes: PodClasses, first: StepResult): Promise<void> {
  for (let rows = first; ; rows = await rowsOf(session, classesStep(clusterId, classes))) {
    for (const [id, shape] of rows) classes.add(id as number, shape as string);
    if (rows.length < CLASSES_A_PAGE) return;
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
  take: (rows: readonly SqlRow[]) => void,
): Promise<void> {
  let reading: Promise<readonly SqlRow[]> | null = rowsOf(session, step({ after: null, limit }));
  while (reading !== null) {
    const rows: readonly SqlRow[] = await reading;
    reading = rows.length < limit ? null : rowsOf(session, step({ after: rows.at(-1)!, limit }));
    // A failure is seen when its turn comes; until then it is not unhandled.
    reading?.catch(() => undefined);
    take(rows);
    await breathe();
  }
}

/** The key columns come first in every paged row; the empty text sorts before every name. */
function keyOr(after: SqlRow | null, width: number): SqlRow {
  return after === null ? Array.from({ length: width }, () => '') : after.slice(0, width);
}

const nodeKey = { columns: ['o.cluster_id', 'o.name'], types: ['integer', 'text'] } as const;
const objectKey = {
  columns: ['o.cluster_id', 'o.api_group', 'o.kind', 'o.namespace', 'o.name'],
  types: ['integer', 'text', 'text', 'text', 'text'],
} as const;

function lookup(
  columns: string,
  table: string,
  keys: readonly SqlRow[],
  { columns: key, types }: { readonly columns: readonly string[]; readonly types: readonly ColumnType[] },
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
