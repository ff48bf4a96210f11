/**
 * Threads that read large imports, one each, so that neither the event loop nor the main thread's heap knows of their
 * objects. A thread ends with its import and its memory goes with it.
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

export class ImportThreads {
  private readonly running = new Set<Worker>();
  private readonly waiting: (() => void)[] = [];
  private busy = 0;
  private closed = false;

  /** @param maxObjectBytes largest object of a body */
  constructor(private readonly maxObjectBytes: number) {}

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
      const setup: ImportSetup = { form, maxObjectBytes: this.maxObjectBytes, options, untaken: untaken.buffer };
      const worker = new Worker(workerEntry('import'), { workerData: setup });
      this.running.add(worker);
      const pump = new Pump(worker, chunks);
      try {
        for await (const [message] of on(worker, 'message', { close: ['exit'] }) as AsyncIterable<
          [ImportThreadMessage]
        >) {
          if (message.type === 'read') pump.readBy(message.bytes);
          else if (message.type === 'end') return message.summary;
          else if (message.type === 'error') throw thrown(message.error);
          else {
            yield message.slice;
            Atomics.sub(untaken, 0, 1);
            Atomics.notify(untaken, 0);
          }
        }
        throw pump.fault ?? stopping();
      } finally {
        pump.stop();
        this.running.delete(worker);
        await worker.terminate();
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
    for await (const chunk of this.chunks) {
      if (this.stopped) return;
      // A copy, for chunks may share their memory with others; the copy is given away.
      this.post({ type: 'chunk', bytes: new Uint8Array(chunk) });
      this.unread += chunk.length;
      while (this.unread > MOST_UNREAD && !this.stopped) await new Promise<void>((resolve) => (this.goOn = resolve));
    }
    this.post({ type: 'end' });
  }

  private post(message: ToImportThread): void {
    this.worker.postMessage(message, message.type === 'chunk' ? [message.bytes.buffer] : []);
  }
}
