/** Seeded randomness: the same seed gives the same workload, so that a failure can be run again. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** Another one for each scenario of a seed. */
  static of(seed: number, name: string): Random {
    return new Random([...name].reduce((hash, letter) => Math.imul(hash, 31) + letter.charCodeAt(0), seed));
  }

  /** In [0, 1). mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number from 0 to `limit` − 1. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.below(items.length)] ?? items[0];
  }

  /** An independent source, so that writers do not disturb one another's sequences. */
  fork(): Random {
    return new Random(Math.floor(this.next() * 4_294_967_296));
  }
}
