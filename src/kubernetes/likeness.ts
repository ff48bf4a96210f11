/**
 * JSON objects taken apart, for asking whether many others say the same. Manifests of one sort have their members in the
 * same order, so a comparison walks both at once and looks nothing up: it costs a fraction of reading the object.
 */
import type { Json, JsonObject } from './types.js';

type Part = null | boolean | number | string | Likeness;

export class Likeness {
  private constructor(
    /** Of an object, in its order; null for a list. */
    readonly keys: readonly string[] | null,
    readonly values: readonly Part[],
    /** Bytes it takes, roughly. */
    readonly size: number,
  ) {}

  static of(value: JsonObject | Json[]): Likeness {
    const keys = Array.isArray(value) ? null : Object.keys(value);
    const values = Object.values(value).map((part) => (isContainer(part) ? Likeness.of(part) : part));
    let size = 64;
    for (const part of values) {
      size += part instanceof Likeness ? part.size : typeof part === 'string' ? 32 + 2 * part.length : 16;
    }
    return new Likeness(keys, values, size);
  }

  /** Whether an object has the same members in the same order, with the same values. */
  fits(object: JsonObject): boolean {
    const { keys, values } = this;
    if (keys === null) return false;
    let count = 0;
    for (const key in object) {
      if (count >= keys.length || keys[count] !== key) return false;
      const value = object[key]!;
      const part = values[count++]!;
      if (typeof value === 'object' ? !isAlike(value, part) : value !== part) return false;
    }
    return count === keys.length;
  }

  fitsList(list: readonly Json[]): boolean {
    const { keys, values } = this;
    if (keys !== null || list.length !== values.length) return false;
    for (let index = 0; index < values.length; index++) {
      const value = list[index]!;
      const part = values[index]!;
      if (typeof value === 'object' ? !isAlike(value, part) : value !== part) return false;
    }
    return true;
  }
}

function isContainer(value: Json): value is JsonObject | Json[] {
  return typeof value === 'object' && value !== null;
}

function isAlike(value: JsonObject | Json[] | null, part: Part): boolean {
  if (value === null || !(part instanceof Likeness)) return value === part;
  return Array.isArray(value) ? part.fitsList(value) : part.fits(value);
}
