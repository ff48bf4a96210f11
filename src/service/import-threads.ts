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
/** Bytes given to it at once, about: what lies together is read faster, and every message wakes a thread. */
const A_MESSAGE = 256 * 1024;

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
    let pieces: Uint8Array<ArrayBuffer>[] = [];
    let size = 0;
    const give = (): void => {
      this.post(
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
    this.post({ type: 'end' });
  }

  private post(message: ToImportThread, transfer: readonly ArrayBuffer[] = []): void {
    this.worker.postMessage(message, [...transfer]);
  }
}

/** The chunk, if its memory is its own alone, or else a copy: what another thread is given is gone here. */
function givenAway(chunk: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = chunk;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) return new Uint8Array(buffer);
  return new Uint8Array(chunk);
}
