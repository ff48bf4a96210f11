/**
 * A map by text that forks cheaply: a base that forks share and nobody changes, and the few entries that differ from it.
 * With n entries a fork copies at most some 8·√n, and the base is made anew once so many have changed. A base that was
 * made since the last fork is nobody else's: entries go straight into it.
 */
export class SharedMap {
  private base = new Map<string, number>();
  private ownsBase = true;
  /** null: deleted. */
  private changed = new Map<string, number | null>();
  private ownsChanged = true;
  size = 0;

  fork(): SharedMap {
    const copy = new SharedMap();
    this.ownsBase = copy.ownsBase = this.ownsChanged = copy.ownsChanged = false;
    copy.base = this.base;
    copy.changed = this.changed;
    copy.size = this.size;
    return copy;
  }

  get(key: string): number | undefined {
    const own = this.changed.get(key);
    return own === undefined ? this.base.get(key) : (own ?? undefined);
  }

  set(key: string, value: number): void {
    if (this.get(key) === undefined) this.size++;
    this.write(key, value);
  }

  delete(key: string): void {
    if (this.get(key) === undefined) return;
    this.size--;
    this.write(key, null);
  }

  /** In no order that lasts. */
  *[Symbol.iterator](): Generator<[string, number]> {
    for (const entry of this.base) if (!this.changed.has(entry[0])) yield entry;
    for (const [key, value] of this.changed) if (value !== null) yield [key, value];
  }

  private write(key: string, value: number | null): void {
    if (this.ownsBase) {
      if (value === null) this.base.delete(key);
      else this.base.set(key, value);
      return;
    }
    if (!this.ownsChanged) {
      this.changed = new Map(this.changed);
      this.ownsChanged = true;
    }
    this.changed.set(key, value);
    if (this.changed.size <= 64 + 8 * Math.sqrt(this.base.size)) return;
    this.base = new Map(this);
    this.ownsBase = true;
    this.changed = new Map();
  }
}
