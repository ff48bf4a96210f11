/**
 * Nodes sorted by a byte that each has, and kept sorted as bytes change: whoever wants those with the highest or the lowest
 * ones need not look at the others. Nodes of equal bytes are in no particular order.
 */
export class NodeOrder {
  /** Where each node is in `slots`, by slot. */
  private readonly places: Int32Array;

  private constructor(
    /** By slot. Changed by `move` alone. */
    readonly values: Uint8Array,
    /** The nodes, lowest byte first. */
    readonly slots: Int32Array,
    /** Position of the first node of each byte, and one more: how many nodes have a lower one. */
    private readonly starts: Int32Array,
    places?: Int32Array,
  ) {
    this.places = places ?? new Int32Array(values.length);
    if (places === undefined) for (let at = 0; at < slots.length; at++) this.places[slots[at]!] = at;
  }

  static of(values: Uint8Array, nodes: Int32Array): NodeOrder {
    const starts = new Int32Array(257);
    for (let i = 0; i < nodes.length; i++) starts[values[nodes[i]!]! + 1]!++;
    for (let value = 0; value < 256; value++) starts[value + 1]! += starts[value]!;
    const next = starts.slice();
    const slots = new Int32Array(nodes.length);
    for (let i = 0; i < nodes.length; i++) slots[next[values[nodes[i]!]!]!++] = nodes[i]!;
    return new NodeOrder(values, slots, starts);
  }

  /** @param values a copy of the bytes */
  copy(values: Uint8Array): NodeOrder {
    return new NodeOrder(values, this.slots.slice(), this.starts.slice(), this.places.slice());
  }

  /** How many nodes have a lower byte. */
  below(value: number): number {
    return this.starts[value]!;
  }

  move(slot: number, value: number): void {
    const { values, starts } = this;
    // From group to group: it trades places with the node at the border, and the border moves.
    for (let at = values[slot]!; at < value; at++) this.trade(slot, --starts[at + 1]!);
    for (let at = values[slot]!; at > value; at--) this.trade(slot, starts[at]!++);
    values[slot] = value;
  }

  private trade(slot: number, place: number): void {
    const { slots, places } = this;
    const other = slots[place]!;
    slots[places[slot]!] = other;
    places[other] = places[slot]!;
    slots[place] = slot;
    places[slot] = place;
  }
}
