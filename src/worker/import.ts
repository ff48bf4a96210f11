/** An import thread: parses, judges and packs the objects of one body after another. */
import { on } from 'node:events';
import { parentPort } from 'node:worker_threads';
import { bulkItems } from '../http/body/bulk-items.js';
import { encodeError } from '../service/encoded-error.js';
import type { ImportSetup, ImportThreadMessage, ToImportThread } from '../service/import-protocol.js';
import { readSlices } from '../service/import-reader.js';
import { stepBack } from './low-priority.js';

/** Slices sent ahead of what the service takes. */
const MOST_UNTAKEN = 4;

const port = parentPort!;
const messages = on(port, 'message') as AsyncIterableIterator<[ToImportThread]>;

const send = (message: ImportThreadMessage, transfer: readonly ArrayBuffer[] = []): void =>
  port.postMessage(message, [...transfer]);

async function next(): Promise<ToImportThread> {
  const { value } = (await messages.next()) as IteratorYieldResult<[ToImportThread]>;
  return value[0];
}

async function* chunks(): AsyncGenerator<Uint8Array> {
  for (let message = await next(); message.type === 'chunk'; message = await next()) {
    let bytes = 0;
    for (const piece of message.pieces) {
      bytes += piece.length;
      yield piece;
    }
    send({ type: 'read', bytes });
  }
}

async function read({ form, maxObjectBytes, options, untaken: shared }: ImportSetup): Promise<void> {
  const untaken = new Int32Array(shared);
  const slices = readSlices(bulkItems(form, chunks(), maxObjectBytes), options);
  for (;;) {
    const slice = await slices.next();
    if (slice.done === true) {
      send({ type: 'end', summary: slice.value });
      return;
    }
    send({ type: 'slice', slice: slice.value }, [slice.value.bodies.bytes.buffer, slice.value.objects.buffer]);
    let open = Atomics.add(untaken, 0, 1) + 1;
    while (open > MOST_UNTAKEN) {
      Atomics.wait(untaken, 0, open);
      open = Atomics.load(untaken, 0);
    }
  }
}

stepBack();
try {
  // One whose body is at fault is not used again: chunks of that may still come.
  for (let message = await next(); message.type === 'begin'; message = await next()) await read(message.setup);
} catch (error) {
  send({ type: 'error', error: encodeError(error) });
}
