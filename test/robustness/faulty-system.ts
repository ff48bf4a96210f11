/** Compiles and steers `faulty-system.c`: full disks, failing fsync and a wall clock that jumps, in one process alone. */
import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, openSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';

const source = path.resolve('test/robustness/faulty-system.c');

export class FaultySystem {
  readonly #file: string;
  readonly #library: string;

  /** Compiles the library into `folder`; throws when there is no C compiler. */
  constructor(folder: string, name = 'faults') {
    this.#library = path.join(folder, 'faulty-system.so');
    this.#file = path.join(folder, name);
    if (!existsSync(this.#library))
      execFileSync('cc', ['-shared', '-fPIC', '-O2', '-o', this.#library, source, '-ldl'], { stdio: 'pipe' });
    writeFileSync(this.#file, Buffer.alloc(16));
  }

  /** What a process must be started with to be steered. */
  get environment(): Record<string, string> {
    return { LD_PRELOAD: this.#library, FAULTS: this.#file };
  }

  /** Moves the wall clock of the process by so many milliseconds against the real one. */
  moveClock(milliseconds: number): void {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(milliseconds));
    this.#write(bytes, 0);
  }

  set diskFull(full: boolean) {
    this.#write(Buffer.from([full ? 1 : 0, 0, 0, 0]), 8);
  }

  /** As a full disk is to a server that has its log's files already: what there is may be written, and nothing grows. */
  set diskGrows(grows: boolean) {
    this.#write(Buffer.from([grows ? 0 : 2, 0, 0, 0]), 8);
  }

  set fsyncFails(fails: boolean) {
    this.#write(Buffer.from([fails ? 1 : 0, 0, 0, 0]), 12);
  }

  #write(bytes: Buffer, position: number): void {
    const file = openSync(this.#file, 'r+');
    writeSync(file, bytes, 0, bytes.length, position);
    closeSync(file);
  }
}
