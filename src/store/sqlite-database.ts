/** SQLite behind two worker threads: one writer, and readers that never wait for it (WAL). */
import { Worker } from 'node:worker_threads';
import { packRows } from './packed-rows.js';
import type { Database, Session, Step, StepResult } from './session.js';
import {
  rowsOfFlat,
  type WorkerReply,
  type WorkerRequest,
  type WorkerSetup,
  type WorkerStep,
} from './sqlite-protocol.js';
import { StoreError } from './store.js';
import { workerEntry } from './worker-entry.js';

/** Read transactions at the same time; more wait. */
const READERS = 8;

const WRITER_CONNECTION = 0;

export class SqliteDatabase implements Database {
  readonly dialect = 'sqlite';
  readonly forUpdate = '';
  readonly announcing = '';
  readonly batchesInFlight = 2;
  private readonly writer: WorkerClient;
  private readonly reader: WorkerClient;
  private readonly freeReaders = Array.from({ length: READERS }, (_, index) => index);
  private readonly waitingReaders: ((connection: number) => void)[] = [];
  /** Resolves when the last write's commit is in line, or it ended without: one at a time. */
  private turn: Promise<void> = Promise.resolve();
  /** Resolves when every write so far has ended. */
  private written: Promise<void> = Promise.resolve();

  constructor(path: string, maxPages: number | null = null) {
    this.writer = new WorkerClient({ path, maxPages, role: 'writer' });
    this.reader = new WorkerClient({ path, maxPages, role: 'reader' });
  }

  async open(): Promise<void> {
    await this.write((session) => session.run([]));
    await this.read((session) => session.run([]));
  }

  async close(): Promise<void> {
    await this.written;
    await Promise.all([this.writer.close(), this.reader.close()]);
  }

  onHint(): void {
    // Another process on the same file gives no hint; polling finds its writes.
  }

  write<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const { turn } = this;
    let pass = (): void => undefined;
    this.turn = new Promise((resolve) => (pass = resolve));
    // The thread takes requests in order: what is asked of it behind a commit sees what was committed.
    const writing = turn.then(() => transaction(this.writer, WRITER_CONNECTION, work, pass)).finally(pass);
    const { written } = this;
    const ended = (): Promise<void> => written;
    // Its outcome is not held on to: each would hold the one before, and so every request that ever was.
    this.written = writing.then(ended, ended);
    return writing;
  }

  async read<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const connection =
      this.freeReaders.pop() ?? (await new Promise<number>((resolve) => this.waitingReaders.push(resolve)));
    try {
      return await transaction(this.reader, connection, work);
    } finally {
      const next = this.waitingReaders.shift();
      if (next === undefined) this.freeReaders.push(connection);
      else next(connection);
    }
  }
}

async function transaction<T>(
  worker: WorkerClient,
  connection: number,
  work: (session: Session) => Promise<T>,
  onCommit?: () => void,
): Promise<T> {
  let state = 'new' as 'new' | 'open' | 'ended';
  const run = async (steps: readonly Step[]): Promise<readonly StepResult[]> => {
    const action = state === 'new' ? 'begin' : 'continue';
    state = steps.at(-1)?.op === 'commit' ? 'ended' : 'open';
    const results = worker.ask(connection, action, steps);
    if (state === 'ended') onCommit?.();
    return await results;
  };
  try {
    return await work({ run });
  } finally {
    // Nobody waits for the rollback: it is in line before whatever uses the connection next.
    if (state === 'open') worker.ask(connection, 'end', []).catch(() => undefined);
  }
}

/** A worker thread and what it has been asked. It is started when first needed, and anew when it died. */
class WorkerClient {
  private worker: Worker | null = null;
  private nextId = 1;
  private readonly asked = new Map<
    number,
    { resolve: (results: readonly StepResult[]) => void; reject: (error: StoreError) => void; commits: boolean }
  >();

  constructor(private readonly setup: WorkerSetup) {}

  ask(connection: number, action: WorkerRequest['action'], steps: readonly Step[]): Promise<readonly StepResult[]> {
    const worker = (this.worker ??= this.start());
    const request: WorkerRequest = { id: this.nextId++, connection, action, steps: steps.map(packed) };
    return new Promise((resolve, reject) => {
      this.asked.set(request.id, { resolve, reject, commits: steps.at(-1)?.op === 'commit' });
      worker.postMessage(request, givenAway(steps));
    });
  }

  async close(): Promise<void> {
    const worker = this.worker;
    this.worker = null;
    if (worker === null) return;
    worker.removeAllListeners('exit');
    await worker.terminate();
    this.failAll('the store is closed');
  }

  private start(): Worker {
    const worker = new Worker(workerEntry('store-writer'), { workerData: this.setup });
    worker.on('message', (reply: WorkerReply) => this.receive(reply));
    worker.on('error', (error) => this.lose(worker, error.message));
    worker.on('exit', () => this.lose(worker, 'the storage thread ended'));
    return worker;
  }

  private receive(reply: WorkerReply): void {
    const waiting = this.asked.get(reply.id);
    this.asked.delete(reply.id);
    if ('results' in reply) waiting?.resolve(reply.results.map(rowsOfFlat));
    else waiting?.reject(storeError(reply.error));
  }

  private lose(worker: Worker, reason: string): void {
    if (this.worker !== worker) return;
    this.worker = null;
    this.failAll(reason);
  }

  private failAll(reason: string): void {
    for (const { reject, commits } of this.asked.values()) {
      reject(new StoreError(commits ? 'outcome_unknown' : 'storage_unavailable', reason));
    }
    this.asked.clear();
  }
}

function packed(step: Step): WorkerStep {
  if (step.op === 'upsert') return { op: step.op, table: step.table, rows: packRows(step.rows) };
  if (step.op !== 'lookup') return step;
  const { op, columns, from, key, keys } = step;
  return { op, columns, from, key, keys: packRows(keys) };
}

/** What moves to the thread instead of being copied. */
function givenAway(steps: readonly Step[]): ArrayBuffer[] {
  return steps.flatMap((step) => {
    if (step.op === 'manifests') return [step.bodies.bytes.buffer];
    return step.op === 'packed-pods' ? [step.writes.objects.buffer] : [];
  });
}

/**
 * A full disk fails a commit for certain: the transaction is rolled back. After a failed write or sync during the commit
 * its frames may or may not be in the log that the next opening recovers.
 */
function storeError({ message, code, committing }: { message: string; code: string; committing: boolean }): StoreError {
  if (code.startsWith('SQLITE_FULL')) return new StoreError('storage_full', message);
  if (committing && code.startsWith('SQLITE_IOERR')) return new StoreError('outcome_unknown', message);
  return new StoreError('storage_unavailable', code === '' ? message : `${code}: ${message}`);
}
