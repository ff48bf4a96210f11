/**
 * A map by text that forks cheaply: a base that forks share and nobody changes, and the few entries that differ from it.
 * With n entries a fork copies at most some 8·√n, and the base is made anew once so many have changed.
 */
export class SharedMap {
  private base: ReadonlyMap<string, number> = new Map();
  /** null: deleted. */
  private changed = new Map<string, number | null>();
  private owned = true;
  size = 0;

  fork(): SharedMap {
    const copy = new SharedMap();
    this.owned = copy.owned = false;
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
    if (!this.owned) {
      this.changed = new Map(this.changed);
      this.owned = true;
    }
    this.changed.set(key, value);
    if (this.changed.size <= 64 + 8 * Math.sqrt(this.base.size)) return;
    this.base = new Map(this);
    this.changed = new Map();
  }
}
