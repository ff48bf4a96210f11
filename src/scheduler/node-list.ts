/** Nodes, some of which are struck out: filters narrow such a list down without moving anything in it. */
export class NodeList {
  /** How many are left. */
  count: number;

  /**
   * @param slots in the order in which nodes are looked at: by name, unless somebody says otherwise
   * @param out by slot; 1: struck out
   * @param length how many of `slots` are meant
   */
  constructor(
    readonly slots: Int32Array,
    readonly out: Uint8Array,
    count: number,
    public length = slots.length,
  ) {
    this.count = count;
  }

  /** None of them struck out; what is not among them counts as out. */
  static of(slots: Int32Array, slotCount: number): NodeList {
    const out = new Uint8Array(slotCount).fill(1);
    for (let i = 0; i < slots.length; i++) out[slots[i]!] = 0;
    return new NodeList(slots, out, slots.length);
  }

  /** The same, to be struck out from separately. */
  copy(): NodeList {
    return new NodeList(this.slots, this.out.slice(), this.count, this.length);
  }

  /** Those that are left, in order. */
  left(): Int32Array {
    const { slots, out, count, length } = this;
    if (count === slots.length) return slots;
    const left = new Int32Array(count);
    for (let i = 0, at = 0; i < length; i++) if (out[slots[i]!] === 0) left[at++] = slots[i]!;
    return left;
  }
}
