/** Values of nodes as columns by rank, and how they part the nodes. */

/** By rank; a number: all nodes have it. */
export type NodeValues = Int32Array | Float64Array | number;

export function valueOf(values: NodeValues, rank: number): number {
  return typeof values === 'number' ? values : values[rank]!;
}

/** Combinations of a number and a value that are looked up in a table: more are in a map. */
const tableSize = 1 << 16;

/**
 * Parts classes of nodes by one more value.
 * @param numbers class by position in `members`, from 0; overwritten
 * @param distinct how many classes there are
 * @param members ranks
 * @returns how many there are then
 */
export function refine(numbers: Int32Array, distinct: number, members: Int32Array, values: NodeValues): number {
  if (typeof values === 'number' || members.length === 0) return distinct;
  let least = values[members[0]!]!;
  let most = least;
  let areWhole = true;
  for (let i = 0; i < members.length; i++) {
    const value = values[members[i]!]!;
    if (value < least) least = value;
    if (value > most) most = value;
    if (value !== Math.floor(value)) areWhole = false;
  }
  if (least === most) return distinct;
  const span = most - least + 1;
  const isSmall = areWhole && span * distinct <= tableSize;
  return isSmall
    ? refineByTable(numbers, members, values, least, new Int32Array(span * distinct), span)
    : refineByMap(numbers, members, values);
}

function refineByTable(
  numbers: Int32Array,
  members: Int32Array,
  values: Int32Array | Float64Array,
  least: number,
  /** By combination: the new number + 1; 0: none yet. */
  table: Int32Array,
  span: number,
): number {
  let found = 0;
  for (let i = 0; i < members.length; i++) {
    const at = numbers[i]! * span + (values[members[i]!]! - least);
    if (table[at] === 0) table[at] = ++found;
    numbers[i] = table[at]! - 1;
  }
  return found;
}

function refineByMap(numbers: Int32Array, members: Int32Array, values: Int32Array | Float64Array): number {
  const byNumber = new Map<number, Map<number, number>>();
  let found = 0;
  for (let i = 0; i < members.length; i++) {
    let byValue = byNumber.get(numbers[i]!);
    if (byValue === undefined) byNumber.set(numbers[i]!, (byValue = new Map()));
    const value = values[members[i]!]!;
    let number = byValue.get(value);
    if (number === undefined) byValue.set(value, (number = found++));
    numbers[i] = number;
  }
  return found;
}
