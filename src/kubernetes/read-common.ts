/**
 * Readers of JSON values. None throws: a value of the wrong type becomes a fault at its path, and the reader returns what
 * an absent one would give. `null` is absent, as for Kubernetes' decoder.
 *
 * A reader takes the value and its field's name relative to the position of `faults`; readers of objects and lists step
 * into the field themselves.
 */
import type { Faults } from './faults.js';
import { Quantity, QuantityError, isDigitless } from './quantity.js';
import type { Json, JsonObject, Labels, ResourceList } from './types.js';

export const noResources: ResourceList = new Map();
export const noLabels: Labels = Object.freeze({});
const noItems: readonly never[] = Object.freeze([]);

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** '' when absent. */
export function readString(value: Json | undefined, field: string, faults: Faults): string {
  if (typeof value === 'string') return value;
  if (value !== null && value !== undefined) faults.wrongType(field, value, 'string');
  return '';
}

/** undefined when absent, which is not the same as ''. */
export function readOptionalString(value: Json | undefined, field: string, faults: Faults): string | undefined {
  return value === null || value === undefined ? undefined : readString(value, field, faults);
}

/** false when absent. */
export function readBoolean(value: Json | undefined, field: string, faults: Faults): boolean {
  if (typeof value === 'boolean') return value;
  if (value !== null && value !== undefined) faults.wrongType(field, value, 'boolean');
  return false;
}

/** undefined when absent, which is not the same as false. */
export function readOptionalBoolean(value: Json | undefined, field: string, faults: Faults): boolean | undefined {
  return value === null || value === undefined ? undefined : readBoolean(value, field, faults);
}

/** undefined when absent or no int32. */
export function readInt32(value: Json | undefined, field: string, faults: Faults): number | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'number' && (value | 0) === value) return value;
  faults.wrongType(field, value, typeof value === 'number' && Number.isInteger(value) ? 'int32' : 'integer');
  return undefined;
}

/** undefined when absent or no int64. (Beyond 2^53 JSON itself has lost digits; the API server has not.) */
export function readInt64(value: Json | undefined, field: string, faults: Faults): number | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value)) {
    if (value >= -(2 ** 63) && value < 2 ** 63) return value;
    faults.wrongType(field, value, 'int64');
    return undefined;
  }
  faults.wrongType(field, value, 'integer');
  return undefined;
}

/** undefined when absent or no object. */
export function readObject(value: Json | undefined, field: string, faults: Faults): JsonObject | undefined {
  if (isJsonObject(value)) return value;
  if (value !== null && value !== undefined) faults.wrongType(field, value, 'object');
  return undefined;
}

/**
 * A list of objects. `readItem` runs at the item's position; a `null` item is the empty object, as for Kubernetes'
 * decoder.
 */
export function readList<T>(
  value: Json | undefined,
  field: string,
  faults: Faults,
  readItem: (item: JsonObject, faults: Faults) => T,
): readonly T[] {
  if (!Array.isArray(value)) {
    if (value !== null && value !== undefined) faults.wrongType(field, value, 'array');
    return noItems;
  }
  if (value.length === 0) return noItems;
  // eslint-disable-next-line unicorn/no-new-array -- of the exact size; one that grows has room for 17 from the first
  const items = new Array<T>(value.length);
  let count = 0;
  faults.enter(field);
  for (let index = 0; index < value.length; index++) {
    const item = value[index]!;
    faults.enter(index);
    if (isJsonObject(item)) items[count++] = readItem(item, faults);
    else if (item === null) items[count++] = readItem({}, faults);
    else faults.wrongType('', item, 'object');
    faults.leave();
  }
  faults.leave();
  if (count < items.length) items.length = count;
  return items;
}

/** A list of texts; the manifest's own array when nothing is wrong with it. */
export function readStringList(value: Json | undefined, field: string, faults: Faults): readonly string[] {
  if (!Array.isArray(value)) {
    if (value !== null && value !== undefined) faults.wrongType(field, value, 'array');
    return noItems;
  }
  if (isStringArray(value)) return value;
  return value.map((item, index) => readString(item, `${field}[${index}]`, faults));
}

function isStringArray(value: readonly Json[]): value is readonly string[] {
  for (let index = 0; index < value.length; index++) if (typeof value[index] !== 'string') return false;
  return true;
}

/** A map of texts; the manifest's own object when nothing is wrong with it. */
export function readStringMap(value: Json | undefined, field: string, faults: Faults): Labels {
  const object = readObject(value, field, faults);
  if (object === undefined) return noLabels;
  if (isStringMap(object)) return object;
  const entries = Object.entries(object).map(([key, item]) => [key, readString(item, `${field}[${key}]`, faults)]);
  return Object.fromEntries(entries) as Labels;
}

function isStringMap(object: JsonObject): object is Record<string, string> {
  for (const key in object) if (typeof object[key] !== 'string') return false;
  return true;
}

/**
 * A map of quantities exactly as written. The API server rounds each up to whole thousandths (`roundedUp` of
 * defaulting.ts), but after pod-level defaulting has summed the unrounded values.
 */
export function readResourceList(value: Json | undefined, field: string, faults: Faults): ResourceList {
  const object = readObject(value, field, faults);
  if (object === undefined) return noResources;
  const list = new Map<string, Quantity>();
  for (const name in object) {
    const item = object[name];
    const quantity = typeof item === 'string' ? Quantity.tryParse(trimmed(item)) : undefined;
    if (quantity instanceof Quantity && quantity.fitsInt64(name === 'cpu')) {
      if (quantity.isZero()) warnOfDigitless(item, `${field}[${name}]`, faults);
      list.set(name, quantity);
    } else {
      const read = readQuantity(item, `${field}[${name}]`, faults, name === 'cpu');
      if (read !== undefined) list.set(name, read);
    }
  }
  return list;
}

/**
 * A quantity: a JSON text or number; `null` is zero. undefined, and a fault, when it is none or does not fit int64 (in
 * thousandths if `milli`, as cpu is counted).
 */
export function readQuantity(
  value: Json | undefined,
  field: string,
  faults: Faults,
  milli = false,
): Quantity | undefined {
  if (value === null || value === undefined) return Quantity.zero;
  if (typeof value !== 'string' && typeof value !== 'number') {
    faults.wrongType(field, value, 'string');
    return undefined;
  }
  const text = typeof value === 'number' ? String(value) : trimmed(value);
  const quantity = Quantity.tryParse(text);
  if (quantity instanceof QuantityError) {
    faults.invalid(field, value, quantity.message);
    return undefined;
  }
  if (!quantity.fitsInt64(milli)) {
    faults.invalid(field, value, milli ? 'must fit a 64-bit integer in thousandths' : 'must fit a 64-bit integer');
    return undefined;
  }
  if (quantity.isZero()) warnOfDigitless(value, field, faults);
  return quantity;
}

function warnOfDigitless(value: Json | undefined, field: string, faults: Faults): void {
  if (typeof value === 'string' && isDigitless(value.trim())) {
    faults.warn(`${faults.path(field)}: quantity ${JSON.stringify(value)} has no digits and is read as 0`);
  }
}

/** Upstream trims only while decoding JSON. */
function trimmed(text: string): string {
  return text.charCodeAt(0) <= 32 || text.charCodeAt(text.length - 1) <= 32 ? text.trim() : text;
}
