/** An import thread: parses, judges and packs the objects of one body, then ends. */
import { on } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { bulkItems } from '../http/body/bulk-items.js';
import { encodeError } from '../service/encoded-error.js';
import type { ImportSetup, ImportThreadMessage, ToImportThread } from '../service/import-protocol.js';
import { readSlices } from '../service/import-reader.js';
import { stepBack } from './low-priority.js';

/** Slices sent ahead of what the service takes. */
const MOST_UNTAKEN = 4;

const port = parentPort!;
const { form, maxObjectBytes, options, untaken: shared } = workerData as ImportSetup;
const untaken = new Int32Array(shared);

const send = (message: ImportThreadMessage, transfer: readonly ArrayBuffer[] = []): void =>
  port.postMessage(message, [...transfer]);

async function* chunks(): AsyncGenerator<Buffer> {
  for await (const [message] of on(port, 'message') as AsyncIterable<[ToImportThread]>) {
    if (message.type === 'end') return;
    const bytes = Buffer.concat(message.pieces);
    yield bytes;
    send({ type: 'read', bytes: bytes.length });
  }
}

async function read(): Promise<void> {
  const slices = readSlices(bulkItems(form, chunks(), maxObjectBytes), options);
  for (;;) {
    const next = await slices.next();
    if (next.done === true) {
      send({ type: 'end', summary: next.value });
      return;
    }
    send({ type: 'slice', slice: next.value }, [next.value.bodies.bytes.buffer, next.value.objects.buffer]);
    let open = Atomics.add(untaken, 0, 1) + 1;
    while (open > MOST_UNTAKEN) {
      Atomics.wait(untaken, 0, open);
      open = Atomics.load(untaken, 0);
    }
  }
}

stepBack();
read().catch((error: unknown) => send({ type: 'error', error: encodeError(error) }));
