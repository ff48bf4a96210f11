/**
 * Group commit of one cluster (ADR 0002). What waits is taken as one batch: one transaction, one lock of the cluster's
 * counter row, one catching up, one fork of the model, one sync to disk. Inside, each request decides on the state that
 * the ones before it left, and has a revision of its own.
 *
 * Batches overlap: the next one asks for the lock while the last one is being written and synced, so that nobody waits
 * for a trip. It takes what waits once it has the lock, and decides once the fate of the last one is known. Where that
 * wins, those who write at the same time are divided into two batches (`Database.batchesInFlight`).
 */
import type { ClusterModel } from '../scheduler/model.js';
import { BatchRows, type LoadedRow } from './batch-rows.js';
import { CLUSTER_COLUMNS, readClusterRow, type ClusterRow } from './cluster-row.js';
import { failpoint } from './failpoints.js';
import { loadObjects, loadReservations, wholeKinds } from './load-rows.js';
import { catchUp, loadState, newsSteps, schedulerText, type LoadedState } from './load-state.js';
import type { Replica } from './replica.js';
import type { SqlRow } from './rows.js';
import {
  breathe,
  execute,
  rowsOf,
  select,
  type Database,
  type Session,
  type Step,
  type StepResult,
} from './session.js';
import {
  keyText,
  StoreError,
  type Change,
  type Changes,
  type ClusterState,
  type CommitRequest,
  type Committed,
  type Decision,
  type Draft,
  type ReservationRow,
} from './store.js';

const MAX_BATCH = 256;
/** Batches of no more than this are not divided: what a batch costs by itself would outweigh what overlapping wins. */
const MIN_SHARE = 16;
/** How long a batch may wait for more requests when the one before had several. */
const MAX_WAIT_MS = 2;
/** Beyond this the service answers `overloaded` at once rather than everybody late. */
const MAX_QUEUE = 10_000;
/** Changes of one decision between two turns of the event loop: cold code takes some 70 µs for one. */
const CHANGES_A_TURN = 100;
/** How long a bulk write holds the event loop, looked at every so many changes: its first ones are a millisecond each. */
const TURN_MS = 4;
const CHANGES_A_LOOK = 8;
/** Changes of a bulk write whose rows are written at once. */
const CHANGES_A_SLICE = 1000;
/** Up to this many steps the rows travel together with the commit, in one trip. */
const STEPS_A_TRIP = 8;
const DAY_MS = 24 * 3600 * 1000;
/** How long a batch keeps the lock while the answer to the last one's commit is missing. */
const PATIENCE_MS = 500;

interface Pending {
  readonly request: CommitRequest<unknown>;
  /** Scope and key of its Idempotency-Key; null: it has none. */
  readonly answerKey: string | null;
  readonly resolve: (committed: Committed<unknown>) => void;
  readonly reject: (error: unknown) => void;
}

/** What becomes of a request, told once the batch's own fate is known. */
type Outcome = { readonly committed: Committed<unknown> } | { readonly error: unknown };

export class Committer {
  private readonly queue: Pending[] = [];
  /** Idempotency keys of requests that wait or are being decided. */
  private readonly inProgress = new Set<string>();
  private running = false;
  private lastBatch = 0;
  /** Requests that wait, are being decided or are being written. */
  private unanswered = 0;
  /** The most of them since the last batch was taken, and between the last and the one before. */
  private peak = 0;
  private lastPeak = 0;
  /** Resolves when the last batch has been answered. */
  private settled: Promise<void> = Promise.resolve();
  /** Revision of the commit that is on its way; 0 for none. */
  private sent = 0;
  /**
   * What batches are decided on. It lives on from batch to batch, so that what a use case has learnt of it (the claim
   * desk) holds on; forks of it are published. After a batch that failed it is made anew.
   */
  private head: ClusterModel;

  constructor(
    private readonly database: Database,
    private readonly replica: Replica,
    /** Milliseconds since the epoch. */
    private readonly now: () => number,
  ) {
    this.head = replica.state.model.fork();
  }

  async commit<T>(request: CommitRequest<T>): Promise<Committed<T>> {
    if (this.queue.length >= MAX_QUEUE) throw new StoreError('overloaded', 'too many writes are waiting');
    const claim = request.idempotency;
    const answerKey = claim === undefined ? null : `${claim.scope}\n${claim.key}`;
    if (answerKey !== null) {
      if (this.inProgress.has(answerKey)) {
        throw new StoreError('request_in_progress', 'a request with the same Idempotency-Key is still running');
      }
      this.inProgress.add(answerKey);
    }
    try {
      this.peak = Math.max(this.peak, ++this.unanswered);
      const committed = await new Promise<Committed<unknown>>((resolve, reject) => {
        this.queue.push({ request: request as CommitRequest<unknown>, answerKey, resolve, reject });
        if (!this.running) void this.work();
      });
      return committed as Committed<T>;
    } finally {
      this.unanswered--;
      if (answerKey !== null) this.inProgress.delete(answerKey);
    }
  }

  private async work(): Promise<void> {
    this.running = true;
    this.replica.committing += 1;
    try {
      while (this.queue.length > 0) {
        await this.collect();
        await this.startBatch();
        // Nobody is answered, and nobody asks, before the last one has settled.
        if (this.queue.length === 0) await this.settled;
      }
    } finally {
      this.running = false;
      this.replica.committing -= 1;
    }
  }

  /**
   * How many a batch takes at most. Clients of a busy service come back together, answered by the same batch; all in one
   * batch, they would leave this thread nothing to do while it is written.
   */
  private get share(): number {
    const clients = Math.max(this.peak, this.lastPeak);
    const { batchesInFlight } = this.database;
    if (batchesInFlight === 1) return MAX_BATCH;
    return Math.min(MAX_BATCH, Math.max(MIN_SHARE, Math.ceil(clients / batchesInFlight)));
  }

  /** Clients of a busy service come back together: wait for as many as last time, but never long. */
  private async collect(): Promise<void> {
    const deadline = performance.now() + MAX_WAIT_MS;
    do await breathe();
    while (this.queue.length < Math.min(this.lastBatch, this.share) && performance.now() < deadline);
  }

  /** Resolves when the batch's commit is on its way, or the batch has ended without. */
  private startBatch(): Promise<void> {
    return new Promise((resolve) => {
      this.settled = this.run(this.settled, resolve).finally(resolve);
    });
  }

  /** What comes next, left in the queue. A bulk request is a batch of its own. */
  private waiting(): readonly Pending[] {
    const bulk = this.queue.findIndex(({ request }) => request.bulk === true);
    return this.queue.slice(0, bulk < 0 ? this.share : Math.min(this.share, Math.max(1, bulk)));
  }

  private take(): readonly Pending[] {
    const batch = this.waiting();
    this.queue.splice(0, batch.length);
    this.lastBatch = batch.length;
    this.lastPeak = this.peak;
    this.peak = this.unanswered;
    return batch;
  }

  /**
   * Never rejects.
   *
   * @param earlier resolves when the batch before has settled
   */
  private async run(earlier: Promise<void>, onItsWay: () => void): Promise<void> {
    let batch: readonly Pending[] | null = null;
    let outcomes: ReadonlyMap<Pending, Outcome>;
    try {
      failpoint('commit.before-begin');
      outcomes = await this.database.write(async (session) => {
        const locked = await this.lock(session);
        if (!(await settlesSoon(earlier))) return new Map();
        batch = this.take();
        return await this.transact(session, locked, batch, onItsWay);
      });
    } catch (error) {
      // Who waits for a lock that cannot be had waits for nothing.
      for (const { reject } of batch ?? this.take()) reject(error);
      return await earlier;
    }
    if (batch === null) return await earlier;
    failpoint('commit.before-reply');
    for (const [{ resolve, reject }, outcome] of outcomes) {
      if ('error' in outcome) reject(outcome.error);
      else resolve(outcome.committed);
    }
  }

  private async transact(
    session: Session,
    locked: Locked,
    batch: readonly Pending[],
    onItsWay: () => void,
  ): Promise<ReadonlyMap<Pending, Outcome>> {
    const { row, answers } = locked;
    const late = this.answersTo(session, batch, locked);
    // A failure is seen when its turn comes; until then it is not unhandled.
    late.catch(() => undefined);
    const { current, head } = await this.catchUp(session, locked);
    failpoint('commit.after-lock');
    const at = new Date(this.now()).toISOString();
    const rows = new BatchRows(row, current.classes, row.manifests, at);
    const loads = batch.flatMap(({ request }) => request.load ?? []);
    for (const [key, value] of await loadObjects(session, row.id, loads)) rows.objects.set(key, value);
    rows.wholeKinds = wholeKinds(loads);
    const wanted = batch.map(({ request }) => request.reservations);
    for (const [id, value] of await loadReservations(session, row.id, wanted)) rows.reservations.set(id, value);

    const draft = new BatchDraft(current.state, head, rows, session);
    const outcomes = new Map<Pending, Outcome>();
    for (const pending of batch) {
      const { request, answerKey } = pending;
      const claim = request.idempotency;
      if (answerKey !== null && !locked.asked.has(pending)) await late;
      const earlier = answerKey === null ? undefined : answers.get(answerKey);
      try {
        if (claim !== undefined && earlier !== undefined) {
          if (earlier.fingerprint !== claim.fingerprint) {
            throw new StoreError('idempotency_key_reused', 'the Idempotency-Key was used for another request');
          }
          const replayed = { revision: earlier.revision, result: null, replay: earlier.response };
          outcomes.set(pending, { committed: replayed });
          continue;
        }
        const { result, changed } = await draft.decide(request);
        const { revision } = draft.state;
        if (claim !== undefined && answerKey !== null) {
          const response = claim.encode(result, revision);
          rows.rememberAnswer(answerKey, claim, revision, response);
          answers.set(answerKey, { fingerprint: claim.fingerprint, revision, response });
        }
        draft.wrote ||= changed || claim !== undefined;
        outcomes.set(pending, { committed: { revision, result, replay: null } });
      } catch (error) {
        outcomes.set(pending, { error });
      }
    }
    failpoint('commit.after-decide');
    if (draft.wrote) await this.write(session, draft, rows, current, onItsWay);
    return outcomes;
  }

  /**
   * The cluster's row, locked until the transaction ends, and all that deciding will want to know, in one trip: earlier
   * answers to what waits already, and what others have written since this process's last commit.
   */
  private async lock(session: Session): Promise<Locked> {
    const { state, classes } = this.replica.loaded;
    const { id, name } = state;
    const since = Math.max(state.revision, this.sent);
    const asked = new Set(this.waiting());
    const [[values], answered, ...news] = (await session.run([
      select(`SELECT ${CLUSTER_COLUMNS} FROM cluster WHERE id = ?${this.database.forUpdate}`, id),
      earlierAnswersStep(asked),
      ...newsSteps({ id, revision: since }, classes),
    ])) as [StepResult, StepResult, ...StepResult[]];
    const row = values === undefined ? undefined : readClusterRow(values);
    if (row === undefined || row.deleted) throw new StoreError('not_found', `cluster "${name}" not found`);
    const answers = new Map<string, Answer>();
    this.takeAnswers(answered, answers);
    return { row, asked, answers, since, news };
  }

  /** Earlier answers to those of the batch that came after the lock was asked for. */
  private async answersTo(session: Session, batch: readonly Pending[], { asked, answers }: Locked): Promise<void> {
    const step = earlierAnswersStep(batch.filter((pending) => !asked.has(pending)));
    if (step.keys.length > 0) this.takeAnswers(await rowsOf(session, step), answers);
  }

  /** The published state brought to the locked row, and the model to decide on. */
  private async catchUp(
    session: Session,
    { row, since, news }: Locked,
  ): Promise<{ current: LoadedState; head: ClusterModel }> {
    const { loaded } = this.replica;
    const { id, revision } = loaded.state;
    const head = this.headOf(loaded.state);
    if (revision === row.revision) return { current: loaded, head };
    // The last batch failed, or somebody else of this process has caught up meanwhile.
    const isOld = revision !== since;
    const fresh = isOld ? await session.run(newsSteps({ id, revision }, loaded.classes)) : news;
    const caughtUp = await catchUp(session, loaded, row, fresh, head);
    if (caughtUp !== null) {
      // What another replica committed is published at once: it stays true whatever becomes of this batch.
      const current = { ...caughtUp, state: { ...caughtUp.state, model: head.fork() } };
      this.replica.publish(current);
      return { current, head };
    }
    const rebuilt = await loadState(session, row);
    this.replica.replace(rebuilt);
    return { current: rebuilt, head: this.headOf(rebuilt.state) };
  }

  /** The head while it is what is published, else a new one. */
  private headOf({ model }: ClusterState): ClusterModel {
    if (this.head.stamp !== model.stamp) this.head = model.fork();
    // Questions are asked of what is published: what was worked out for them is there.
    else this.head.adoptDerived(model);
    return this.head;
  }

  private takeAnswers(found: StepResult, answers: Map<string, Answer>): void {
    const oldest = new Date(this.now() - DAY_MS).toISOString();
    for (const [scope, key, fingerprint, revision, response, at] of found as readonly string[][]) {
      if (at! < oldest) continue;
      answers.set(`${scope}\n${key}`, {
        fingerprint: fingerprint!,
        revision: Number(revision),
        response: response!,
      });
    }
  }

  private async write(
    session: Session,
    draft: BatchDraft,
    rows: BatchRows,
    from: LoadedState,
    onItsWay: () => void,
  ): Promise<void> {
    const { state } = draft;
    const finish: Step[] = [
      execute(
        'UPDATE cluster SET revision = ?, description = ?, scheduler = ?, as_of = ?, manifests = ? WHERE id = ?' +
          this.database.announcing,
        state.revision,
        state.description,
        schedulerText(state),
        state.asOf,
        rows.manifestCount,
        state.id,
      ),
    ];
    finish.push({ op: 'commit' });

    failpoint('commit.before-write');
    try {
      let trip: Step[] = [];
      for (const step of rows.steps()) {
        trip.push(step);
        if (trip.length < STEPS_A_TRIP) continue;
        await session.run(trip);
        trip = [];
      }
      failpoint('commit.after-write');
      const committing = session.run([...trip, ...finish]);
      this.sent = state.revision;
      onItsWay();
      await committing.finally(() => (this.sent = 0));
    } catch (error) {
      // Whether staged manifests are in use is then as unknown as the commit: the sweep after an hour finds out.
      const unknown = error instanceof StoreError && error.code === 'outcome_unknown';
      if (unknown) for (const ticket of rows.staged) ticket.used = 'unknown';
      throw error;
    }
    for (const ticket of rows.staged) ticket.used = 'yes';
    for (const [shape, id] of rows.addedClasses) from.classes.add(id, shape);
    failpoint('commit.before-publish');
    this.head = state.model;
    this.replica.publish({ state: { ...state, model: state.model.fork() }, classes: from.classes });
    failpoint('commit.after-publish');
  }
}

/** How a request with an Idempotency-Key was answered before. */
interface Answer {
  readonly fingerprint: string;
  readonly revision: number;
  readonly response: string;
}

/** What is known once the lock is had. */
interface Locked {
  readonly row: ClusterRow;
  /** Who waited when the lock was asked for: `answers` are of them. */
  readonly asked: ReadonlySet<Pending>;
  readonly answers: Map<string, Answer>;
  /** `newsSteps` since that revision. */
  readonly since: number;
  readonly news: readonly StepResult[];
}

/** No two that wait have the same key. */
function earlierAnswersStep(waiting: Iterable<Pending>): Step & { op: 'lookup' } {
  const keys: SqlRow[] = [];
  for (const { request } of waiting) {
    if (request.idempotency !== undefined) keys.push([request.idempotency.scope, request.idempotency.key]);
  }
  return {
    op: 'lookup',
    columns: 'o.scope, o.key, o.fingerprint, o.revision, o.response, o.at',
    from: 'idempotency o',
    key: ['o.scope', 'o.key'],
    types: ['text', 'text'],
    keys,
  };
}

/** False when it takes too long: the answer to a commit was lost, and other replicas want the lock. */
async function settlesSoon(earlier: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), PATIENCE_MS);
  });
  const settled = await Promise.race([earlier.then(() => true), late]);
  clearTimeout(timer);
  return settled;
}

/** What most requests want loaded. */
const nothing: ReadonlyMap<string, never> = new Map<string, never>();

/** The state that a batch is at, and the rows it will write. */
class BatchDraft {
  state: ClusterState;
  /** True when there is anything to commit. */
  wrote = false;
  /** Changes accepted so far, to make the fork anew when a later one fails half-way. */
  private readonly accepted: Change[] = [];

  /** @param model equal to the published state's, and private to the batch */
  constructor(
    private readonly base: ClusterState,
    model: ClusterModel,
    private readonly rows: BatchRows,
    private readonly session: Session,
  ) {
    this.state = { ...base, model };
  }

  /** Decides one request and takes its changes in; what it throws has left no trace. */
  async decide(request: CommitRequest<unknown>): Promise<{ result: unknown; changed: boolean }> {
    const draft: Draft = {
      nextRevision: this.state.revision + 1,
      loaded: this.loadedFor(request),
      reservations: this.reservationsFor(request),
      // At the end: beginning with it costs V8 microseconds and a hidden class a draft.
      ...this.state,
    };
    const { changes, result } = await settle(request.decide(draft));
    if (changes.length === 0) return { result, changed: false };
    failpoint('commit.before-apply');
    if (request.bulk === true) {
      await this.applyBulk(changes, draft.nextRevision);
    } else {
      for (const change of changes) this.rows.check(change);
      await this.apply(changes, draft.nextRevision);
    }
    failpoint('commit.after-apply');
    return { result, changed: true };
  }

  /**
   * Takes the changes in and writes their rows slice by slice; the next slice is taken in while the storage thread writes
   * the last. A failure in the middle fails the transaction, in which nothing else has been decided.
   */
  private async applyBulk(changes: Changes, revision: number): Promise<void> {
    this.rows.bulk = true;
    const model = this.base.model.fork();
    let { asOf } = this.state;
    let sequence = 0;
    let writing: Promise<unknown> = Promise.resolve();
    await breathe();
    let until = performance.now() + TURN_MS;
    for (const change of changes) {
      this.rows.check(change);
      applyToModel(model, change);
      if (change.op === 'asOf') ({ asOf } = change);
      this.rows.add(change, revision, sequence++);
      const isFull = sequence % CHANGES_A_SLICE === 0;
      if (!isFull && (sequence % CHANGES_A_LOOK > 0 || performance.now() < until)) continue;
      await breathe();
      until = performance.now() + TURN_MS;
      if (!isFull) continue;
      await writing;
      writing = this.session.run(this.rows.drain());
      // A failure is seen when its turn comes; until then it is not unhandled.
      writing.catch(() => undefined);
    }
    await writing;
    this.state = { ...this.state, asOf, revision, model };
  }

  private async apply(changes: Changes, revision: number): Promise<void> {
    let { model, description, scheduler, asOf } = this.state;
    try {
      let applied = 0;
      for (const change of changes) {
        applyToModel(model, change);
        if (change.op === 'cluster') ({ description, scheduler } = change);
        if (change.op === 'asOf') ({ asOf } = change);
        if (++applied % CHANGES_A_TURN === 0) await breathe();
      }
    } catch (error) {
      model = this.base.model.fork();
      for (const change of this.accepted) applyToModel(model, change);
      this.state = { ...this.state, model };
      throw error;
    }
    let sequence = 0;
    for (const change of changes) {
      this.rows.add(change, revision, sequence++);
      this.accepted.push(change);
      if (sequence % CHANGES_A_TURN === 0) await breathe();
    }
    this.state = { ...this.state, description, scheduler, asOf, revision, model };
  }

  private loadedFor({ load }: CommitRequest<unknown>): ReadonlyMap<string, LoadedRow> {
    if (load === undefined) return nothing;
    const found = new Map<string, LoadedRow>();
    if ('all' in load) {
      // Everything that was loaded: those of other requests in the batch are no harm.
      for (const [key, row] of this.rows.objects) if (row !== null) found.set(key, row);
      return found;
    }
    for (const key of load.keys) {
      const text = keyText(key);
      const row = this.rows.objects.get(text);
      if (row) found.set(text, row);
    }
    return found;
  }

  private reservationsFor({ reservations: wanted }: CommitRequest<unknown>): ReadonlyMap<string, ReservationRow> {
    if (wanted === undefined) return nothing;
    const found = new Map<string, ReservationRow>();
    if (wanted === 'granted') {
      for (const [id, { row }] of this.rows.reservations) if (row.status === 'granted') found.set(id, row);
    } else {
      for (const id of wanted.ids) {
        const loaded = this.rows.reservations.get(id);
        if (loaded !== undefined) found.set(id, loaded.row);
      }
    }
    return found;
  }
}

function applyToModel(model: ClusterModel, change: Change): void {
  if (change.op === 'asOf') return;
  // An ended reservation occupies nothing, whatever its use case said about the model.
  if (change.op === 'reservation' && change.row.status !== 'granted') {
    model.apply({ type: 'reservation', id: change.row.id, reservation: null });
  } else if (change.op === 'cluster') {
    model.apply({ type: 'scheduler', configuration: change.scheduler });
  } else if (change.model !== null) {
    model.apply(change.model);
  }
}

async function settle(decision: ReturnType<CommitRequest<unknown>['decide']>): Promise<Decision<unknown>> {
  if (!('next' in decision)) return decision;
  for (;;) {
    const step = decision.next();
    if (step.done === true) return step.value;
    await breathe();
  }
}
