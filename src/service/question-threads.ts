/**
 * Threads for questions that may run long: each follows the same change log on a model of its own, so that the event loop
 * that answers short questions never waits for them. Jobs are taken in the order they come.
 */
import { Worker } from 'node:worker_threads';
import type { Json } from '../kubernetes/types.js';
import { workerEntry } from '../store/worker-entry.js';
import { decodeError } from './encoded-error.js';
import { ServiceError } from './errors.js';
import type { LongQuestion } from './long-questions.js';
import type { EncodedAnswer, Job, ThreadMessage, ThreadSetup } from './question-protocol.js';

export interface Progress {
  readonly done: number;
  readonly total: number;
}

export interface ThreadQuestion {
  readonly question: LongQuestion;
  readonly cluster: string;
  readonly revision: number;
  readonly request: Json;
}

export interface AskOptions {
  /** Aborted: the job is given up, the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

interface WaitingJob {
  readonly job: Job;
  readonly options: AskOptions;
  readonly resolve: (answer: EncodedAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/** A thread that does not give up a cancelled job by then is ended and replaced. */
const PATIENCE_MS = 2000;

/** More waiting jobs than this are refused: a queue that only grows helps nobody. */
const LONGEST_QUEUE = 256;

export class QuestionThreads {
  private readonly threads: Thread[];
  private readonly queue: WaitingJob[] = [];
  private nextId = 1;
  private closed = false;

  /**
   * @param databaseUrl where the threads read: the address of the open store
   * @param count at least 1; each holds a model of every cluster
   * @param onFault told of errors that nobody meant to throw
   */
  constructor(databaseUrl: string, count: number, onFault: (stack: string) => void) {
    this.threads = Array.from({ length: count }, () => new Thread(databaseUrl, onFault, () => this.assign()));
  }

  /** Starts the threads ahead of the first question: booting a model takes a while. */
  warm(): void {
    for (const thread of this.threads) thread.start();
  }

  /**
   * @throws ServiceError what the question refuses, or `overloaded` when too many wait or the thread died
   */
  ask(question: ThreadQuestion, options: AskOptions = {}): Promise<EncodedAnswer> {
    if (this.closed) return Promise.reject(new ServiceError('shutting_down', 'the service is stopping'));
    if (this.queue.length >= LONGEST_QUEUE) {
      return Promise.reject(new ServiceError('overloaded', `${LONGEST_QUEUE} long questions are waiting already`));
    }
    return new Promise((resolve, reject) => {
      const waiting: WaitingJob = { job: { id: this.nextId++, ...question }, options, resolve, reject };
      options.signal?.addEventListener('abort', () => this.giveUp(waiting), { once: true });
      this.queue.push(waiting);
      this.assign();
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const { reject } of this.queue.splice(0)) reject(new ServiceError('shutting_down', 'the service is stopping'));
    await Promise.all(this.threads.map((thread) => thread.close()));
  }

  private assign(): void {
    for (const thread of this.threads) {
      if (!thread.idle) continue;
      const next = this.queue.shift();
      if (next === undefined) return;
      thread.work(next);
    }
  }

  private giveUp(waiting: WaitingJob): void {
    const place = this.queue.indexOf(waiting);
    if (place >= 0) this.queue.splice(place, 1);
    else for (const thread of this.threads) thread.giveUp(waiting);
    waiting.reject(waiting.options.signal?.reason);
  }
}

/** One thread and the job it is at. */
class Thread {
  private worker: Worker | null = null;
  private current: WaitingJob | null = null;
  private readonly cancelled = new Int32Array(new SharedArrayBuffer(4));
  private patience: NodeJS.Timeout | undefined;
  private closing = false;

  constructor(
    private readonly databaseUrl: string,
    private readonly onFault: (stack: string) => void,
    private readonly onIdle: () => void,
  ) {}

  get idle(): boolean {
    return this.current === null && !this.closing;
  }

  start(): Worker {
    if (this.worker !== null) return this.worker;
    const setup: ThreadSetup = {
      databaseUrl: this.databaseUrl,
      cancelled: this.cancelled.buffer,
    };
    const worker = new Worker(workerEntry('questions'), { workerData: setup });
    worker.on('message', (message: ThreadMessage) => this.receive(message));
    worker.on('error', (error) => this.lose(worker, error.stack ?? error.message));
    worker.on('exit', () => this.lose(worker, null));
    // The process may end while a thread idles.
    worker.unref();
    this.worker = worker;
    return worker;
  }

  work(waiting: WaitingJob): void {
    this.current = waiting;
    this.start().postMessage(waiting.job);
  }

  giveUp(waiting: WaitingJob): void {
    if (this.current !== waiting) return;
    Atomics.store(this.cancelled, 0, waiting.job.id);
    this.patience = setTimeout(() => void this.worker?.terminate(), PATIENCE_MS);
    this.patience.unref();
  }

  async close(): Promise<void> {
    this.closing = true;
    clearTimeout(this.patience);
    const { worker } = this;
    this.worker = null;
    this.settle((waiting) => waiting.reject(new ServiceError('shutting_down', 'the service is stopping')));
    await worker?.terminate();
  }

  private receive(message: ThreadMessage): void {
    if (message.type === 'ready' || message.id !== this.current?.job.id) return;
    switch (message.type) {
      case 'progress':
        this.current.options.onProgress?.({ done: message.done, total: message.total });
        return;
      case 'answer':
        this.settle((waiting) => waiting.resolve(message.answer));
        return;
      case 'error':
        if (message.error.stack !== undefined) this.onFault(message.error.stack);
        this.settle((waiting) => waiting.reject(decodeError(message.error)));
        return;
      case 'cancelled':
        // Whoever waited has been told by the signal.
        this.settle(() => undefined);
    }
  }

  private lose(worker: Worker, fault: string | null): void {
    if (this.worker !== worker) return;
    this.worker = null;
    if (fault !== null) this.onFault(fault);
    this.settle((waiting) =>
      waiting.reject(new ServiceError('overloaded', 'the thread that computed the answer ended; ask again')),
    );
  }

  private settle(end: (waiting: WaitingJob) => void): void {
    clearTimeout(this.patience);
    const waiting = this.current;
    this.current = null;
    if (waiting !== null) end(waiting);
    if (!this.closing) this.onIdle();
  }
}
