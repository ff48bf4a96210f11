/**
 * What was found out about objects, by their identity, as long as they live. Only of objects that come up again: whatever
 * a `WeakMap` of the old generation holds survives until that is collected as a whole, and of questions about ever new
 * pods that is everything there was to them.
 */
export class RememberedOf<K extends object, V> {
  private readonly met = new WeakSet<K>();
  private readonly values = new WeakMap<K, V>();

  get(object: K): V | undefined {
    return this.values.get(object);
  }

  /** Keeps it from the second time on that there is something to be kept of the object. */
  set(object: K, value: V): void {
    if (this.met.has(object)) this.values.set(object, value);
    else this.met.add(object);
  }
}
