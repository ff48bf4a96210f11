/**
 * Threads that read large imports, one each, so that neither the event loop nor the main thread's heap knows of their
 * objects. One is kept for the next import, which then costs half: its code is compiled. Left alone, it ends, and its
 * memory goes with it.
 */
import { on } from 'node:events';
import { Worker } from 'node:worker_threads';
import { workerEntry } from '../store/worker-entry.js';
import { decodeError } from './encoded-error.js';
import { ServiceError } from './errors.js';
import type { ImportForm, ImportSetup, ImportThreadMessage, ToImportThread } from './import-protocol.js';
import type { ReadOptions, ReadSummary } from './import-reader.js';
import type { ReadSlice } from './import-slice.js';

/** Imports read at the same time; more wait, their bodies unread. */
const MOST_THREADS = 2;
/** Bytes given to a thread that it has not read yet. */
const MOST_UNREAD = 1024 * 1024;
/** Bytes given to it at once, about: what lies together is read faster, and every message wakes a thread. */
const A_MESSAGE = 256 * 1024;
/** How long a thread is kept that has nothing to read: clusters are sent by jobs that run every few minutes. */
const KEPT_MS = 10 * 60_000;
/**
 * Of its heap, in MB. With V8's 48 the memory of what was read waits long for the collector, a third more in all, and
 * reads no sooner.
 */
const YOUNG_MB = 12;
/** A thread that has read more objects at once is not kept: it has grown large, and that many pay for its start themselves. */
const MOST_OF_KEPT = 50_000;

interface KeptThread {
  readonly worker: Worker;
  readonly end: NodeJS.Timeout;
}

export class ImportThreads {
  /** The kept one included. */
  private readonly running = new Set<Worker>();
  private kept: KeptThread | null = null;
  private readonly waiting: (() => void)[] = [];
  private busy = 0;
  private closed = false;

  /**
   * @param maxObjectBytes largest object of a body
   * @param keptMs how long a thread outlives its import
   */
  constructor(
    private readonly maxObjectBytes: number,
    private readonly keptMs = KEPT_MS,
  ) {}

  /**
   * Reads a body in a thread. The reader is held back while slices are not taken.
   *
   * @throws ServiceError what the body is refused for, `shutting_down`
   */
  async *read(
    form: ImportForm,
    chunks: AsyncGenerator<Uint8Array>,
    options: ReadOptions,
  ): AsyncGenerator<ReadSlice, ReadSummary> {
    await this.turn();
    try {
      if (this.closed) throw stopping();
      const untaken = new Int32Array(new SharedArrayBuffer(4));
      const worker = this.takeKept() ?? this.start();
      const setup: ImportSetup = { form, maxObjectBytes: this.maxObjectBytes, options, untaken: untaken.buffer };
      post(worker, { type: 'begin', setup });
      const pump = new Pump(worker, chunks);
      let objects = 0;
      let isDone = false;
      try {
        for await (const [message] of on(worker, 'message', { close: ['exit'] }) as AsyncIterable<
          [ImportThreadMessage]
        >) {
          if (message.type === 'read') pump.readBy(message.bytes);
          else if (message.type === 'end') {
            isDone = true;
            return message.summary;
          } else if (message.type === 'error') throw thrown(message.error);
          else {
            objects += message.slice.size;
            yield message.slice;
            Atomics.sub(untaken, 0, 1);
            Atomics.notify(untaken, 0);
          }
        }
        throw pump.fault ?? stopping();
      } finally {
        pump.stop();
        if (isDone && objects <= MOST_OF_KEPT) this.keep(worker);
        else await worker.terminate();
      }
    } finally {
      this.busy -= 1;
      this.waiting.shift()?.();
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.running].map((worker) => worker.terminate()));
  }

  private start(): Worker {
    const worker = new Worker(workerEntry('import'), { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB } });
    this.running.add(worker);
    worker.on('exit', () => {
      this.running.delete(worker);
      if (this.kept?.worker === worker) this.takeKept();
    });
    // Whoever reads is told by its own listener; one that is kept just ends.
    worker.on('error', () => undefined);
    return worker;
  }

  private takeKept(): Worker | undefined {
    const { kept } = this;
    this.kept = null;
    clearTimeout(kept?.end);
    return kept?.worker;
  }

  /** One is enough: two imports at a time are rare. */
  private keep(worker: Worker): void {
    if (this.closed || this.kept !== null) {
      void worker.terminate();
      return;
    }
    const end = setTimeout(() => {
      this.kept = null;
      void worker.terminate();
    }, this.keptMs);
    this.kept = { worker, end: end.unref() };
  }

  private async turn(): Promise<void> {
    while (this.busy >= MOST_THREADS) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.busy += 1;
  }
}

function stopping(): ServiceError {
  return new ServiceError('shutting_down', 'the service is stopping');
}

function thrown(error: Parameters<typeof decodeError>[0]): Error {
  return error.stack === undefined ? decodeError(error) : new Error(error.stack);
}

/** Gives a body's chunks to the thread, never more than it can read soon. */
class Pump {
  /** Why the body could not be read to its end. */
  fault: unknown = null;
  private unread = 0;
  private stopped = false;
  private goOn: () => void = () => undefined;

  constructor(
    private readonly worker: Worker,
    private readonly chunks: AsyncGenerator<Uint8Array>,
  ) {
    this.run().catch((error: unknown) => {
      this.fault = error;
      void worker.terminate();
    });
  }

  readBy(bytes: number): void {
    this.unread -= bytes;
    this.goOn();
  }

  /** What is still to come is not waited for. */
  stop(): void {
    this.stopped = true;
    this.goOn();
    this.chunks.return(undefined).catch(() => undefined);
  }

  private async run(): Promise<void> {
    let pieces: Uint8Array<ArrayBuffer>[] = [];
    let size = 0;
    const give = (): void => {
      post(
        this.worker,
        { type: 'chunk', pieces },
        pieces.map(({ buffer }) => buffer),
      );
      this.unread += size;
      pieces = [];
      size = 0;
    };
    for await (const chunk of this.chunks) {
      if (this.stopped) return;
      pieces.push(givenAway(chunk));
      size += chunk.length;
      if (size < A_MESSAGE) continue;
      give();
      while (this.unread > MOST_UNREAD && !this.stopped) await new Promise<void>((resolve) => (this.goOn = resolve));
    }
    give();
    post(this.worker, { type: 'end' });
  }
}

function post(worker: Worker, message: ToImportThread, transfer: readonly ArrayBuffer[] = []): void {
  worker.postMessage(message, [...transfer]);
}

/** The chunk, if its memory is its own alone, or else a copy: what another thread is given is gone here. */
function givenAway(chunk: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = chunk;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) return new Uint8Array(buffer);
  return new Uint8Array(chunk);
}
