/**
 * Columns that forks share until somebody writes: fixed chunks, copied on the first write after a fork. Reading costs one
 * indirection; forking copies the list of chunks only.
 */

const chunkBits = 10;
const chunkSize = 1 << chunkBits;
const chunkMask = chunkSize - 1;

interface Chunk<T> {
  [index: number]: T;
  slice(): Chunk<T>;
}

export class Column<T> {
  private constructor(
    private readonly make: () => Chunk<T>,
    private chunks: Chunk<T>[],
    /** 1: the chunk is this column's alone. */
    private own: Uint8Array,
  ) {}

  static int32(): Column<number> {
    return new Column<number>(() => new Int32Array(chunkSize), [], new Uint8Array(0));
  }

  static float64(): Column<number> {
    return new Column<number>(() => new Float64Array(chunkSize), [], new Uint8Array(0));
  }

  static of<T>(empty: T): Column<T> {
    return new Column<T>(() => Array.from<T>({ length: chunkSize }).fill(empty), [], new Uint8Array(0));
  }

  fork(): Column<T> {
    this.own.fill(0);
    return new Column<T>(this.make, this.chunks.slice(), new Uint8Array(this.own.length));
  }

  /** `index` must have been written before. */
  get(index: number): T {
    return this.chunks[index >> chunkBits]![index & chunkMask]!;
  }

  set(index: number, value: T): void {
    const at = index >> chunkBits;
    if (at >= this.own.length || this.own[at] === 0) this.claim(at);
    this.chunks[at]![index & chunkMask] = value;
  }

  private claim(at: number): void {
    if (at >= this.own.length) {
      const own = new Uint8Array(Math.max(8, this.own.length * 2, at + 1));
      own.set(this.own);
      this.own = own;
    }
    const known = this.chunks.length;
    while (this.chunks.length <= at) {
      this.own[this.chunks.length] = 1;
      this.chunks.push(this.make());
    }
    if (at < known) this.chunks[at] = this.chunks[at]!.slice();
    this.own[at] = 1;
  }
}
