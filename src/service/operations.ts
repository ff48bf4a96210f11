/**
 * Long questions that nobody waits for on one connection (API.md 4.11): started, looked at, streamed, cancelled. They
 * change nothing, so they are kept in memory by the replica that computes them and are gone when it stops.
 */
import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../kubernetes/types.js';
import { notFound, ServiceError } from './errors.js';
import type { EncodedAnswer } from './question-protocol.js';
import type { Progress } from './question-threads.js';

export type OperationStatus = 'running' | 'succeeded' | 'failed' | 'cancelled';

/** Finished ones are forgotten after this long. */
const KEPT_MS = 3_600_000;

/** Running and finished ones together, per process. */
const MOST_OPERATIONS = 1000;

/** Bytes of all kept results: beyond, the oldest finished are forgotten first. */
const MOST_RESULT_BYTES = 256 * 1024 * 1024;

export interface OperationView {
  readonly id: string;
  readonly cluster: string;
  readonly question: string;
  readonly status: OperationStatus;
  readonly progress: Progress;
  /** Of the answer; before there is one, of the state that the question was asked at. */
  readonly revision: number;
  /** ISO 8601 UTC: when a finished one is forgotten, or null while it runs. */
  readonly expiresAt: string | null;
  readonly result: EncodedAnswer | null;
  readonly error: ServiceError | null;
}

interface Operation {
  view: OperationView;
  readonly abort: AbortController;
  readonly listeners: Set<(view: OperationView) => void>;
  timer: NodeJS.Timeout | undefined;
}

/** Starts the question; rejects with what it refuses, or with the signal's reason. */
export type StartQuestion = (options: {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}) => Promise<EncodedAnswer>;

export class Operations {
  private readonly operations = new Map<string, Operation>();
  private readonly byKey = new Map<string, { readonly id: string; readonly fingerprint: string }>();

  /**
   * @param key `Idempotency-Key` with caller, cluster and path: the same again is the same operation
   * @throws ServiceError `idempotency_key_reused`, `overloaded`
   */
  start(
    about: { readonly cluster: string; readonly question: string; readonly revision: number },
    question: StartQuestion,
    key?: { readonly scope: string; readonly fingerprint: string },
  ): OperationView {
    const known = key === undefined ? undefined : this.byKey.get(key.scope);
    if (known !== undefined && key !== undefined) {
      if (known.fingerprint !== key.fingerprint) {
        throw new ServiceError('idempotency_key_reused', 'this Idempotency-Key came with another request before');
      }
      const operation = this.operations.get(known.id);
      if (operation !== undefined) return operation.view;
    }
    this.makeRoom();
    const operation: Operation = {
      view: {
        id: randomUUID(),
        ...about,
        status: 'running',
        progress: { done: 0, total: 0 },
        expiresAt: null,
        result: null,
        error: null,
      },
      abort: new AbortController(),
      listeners: new Set(),
      timer: undefined,
    };
    const { id } = operation.view;
    this.operations.set(id, operation);
    if (key !== undefined) this.byKey.set(key.scope, { id, fingerprint: key.fingerprint });
    const onProgress = (progress: Progress): void => this.update(operation, { progress });
    question({ signal: operation.abort.signal, onProgress }).then(
      (result) => this.finish(operation, { status: 'succeeded', result, revision: result.revision ?? about.revision }),
      (error: unknown) => this.finish(operation, { status: 'failed', error: asServiceError(error) }),
    );
    return operation.view;
  }

  /** @throws ServiceError `not_found` */
  get(cluster: string, id: string): OperationView {
    return this.operation(cluster, id).view;
  }

  /**
   * Cancels a running operation, forgets a finished one.
   *
   * @throws ServiceError `not_found`
   */
  delete(cluster: string, id: string): OperationView {
    const operation = this.operation(cluster, id);
    if (operation.view.status === 'running') {
      this.finish(operation, { status: 'cancelled' });
      operation.abort.abort(new ServiceError('timeout', 'the operation was cancelled'));
    } else {
      this.forget(operation);
    }
    return operation.view;
  }

  /** Called with every later view until the operation has ended; returns the unsubscribe function. */
  watch(cluster: string, id: string, listener: (view: OperationView) => void): () => void {
    const { listeners } = this.operation(cluster, id);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  close(): void {
    for (const operation of this.operations.values()) {
      operation.abort.abort(new ServiceError('shutting_down', 'the service is stopping'));
      this.forget(operation);
    }
  }

  private operation(cluster: string, id: string): Operation {
    const operation = this.operations.get(id);
    if (operation === undefined || operation.view.cluster !== cluster) throw notFound('Operation', id);
    return operation;
  }

  private finish(operation: Operation, change: Partial<OperationView>): void {
    if (operation.view.status !== 'running') return;
    operation.timer = setTimeout(() => this.forget(operation), KEPT_MS);
    operation.timer.unref();
    this.update(operation, { ...change, expiresAt: new Date(Date.now() + KEPT_MS).toISOString() });
    operation.listeners.clear();
  }

  private update(operation: Operation, change: Partial<OperationView>): void {
    if (operation.view.status !== 'running') return;
    operation.view = { ...operation.view, ...change };
    for (const listener of operation.listeners) listener(operation.view);
  }

  private forget(operation: Operation): void {
    clearTimeout(operation.timer);
    const { id } = operation.view;
    this.operations.delete(id);
    for (const [scope, known] of this.byKey) if (known.id === id) this.byKey.delete(scope);
  }

  private makeRoom(): void {
    const finished = [...this.operations.values()].filter(({ view }) => view.status !== 'running');
    let bytes = finished.reduce((sum, { view }) => sum + (view.result?.json.byteLength ?? 0), 0);
    for (const operation of finished) {
      if (this.operations.size < MOST_OPERATIONS && bytes <= MOST_RESULT_BYTES) break;
      bytes -= operation.view.result?.json.byteLength ?? 0;
      this.forget(operation);
    }
    if (this.operations.size >= MOST_OPERATIONS) {
      throw new ServiceError('overloaded', `${MOST_OPERATIONS} operations are running already`);
    }
  }
}

function asServiceError(error: unknown): ServiceError {
  return error instanceof ServiceError ? error : new ServiceError('internal', 'The error has been logged.');
}

/** The document without its result and error, which are printed by the HTTP layer. */
export function operationHead(view: OperationView): JsonObject {
  const { id, cluster, question, status, progress, revision, expiresAt } = view;
  return { id, cluster, question, status, progress: { ...progress }, revision, expiresAt };
}
