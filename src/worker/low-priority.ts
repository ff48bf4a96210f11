/** Threads that take long step back behind the one that answers short questions. */
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import path from 'node:path';

/** A tenth of the main thread's share where both want the processor. */
const NICE = 10;

/** Lowers the priority of the calling thread alone. Linux knows priorities of threads; elsewhere nothing happens. */
export function stepBack(): void {
  try {
    // To Linux a thread's id is what a process's is; the link ends with that of the thread that reads it.
    setPriority(Number(path.basename(readlinkSync('/proc/thread-self'))), NICE);
  } catch {
    // It is for the better only.
  }
}
