/**
 * JSON objects taken apart, for asking whether many others say the same. Manifests of one sort have their members in the
 * same order, so a comparison walks both at once and looks nothing up: it costs a fraction of reading the object.
 */
import type { Json, JsonObject } from './types.js';

type Part = null | boolean | number | string | Hole | Likeness;

/** A place where objects that are alike may have texts of their own: wherever the hole is, an object has one text. */
export class Hole {
  /** Of the object that was compared last; '' when it has none. */
  text = '';

  /** @param takes whether a text, which is not empty, may stand here */
  constructor(private readonly takes: (text: string) => boolean) {}

  fits(value: Json): boolean {
    if (this.text !== '') return value === this.text;
    if (typeof value !== 'string' || value === '' || !this.takes(value)) return false;
    this.text = value;
    return true;
  }
}

/** What stands at a text of an object that is taken apart: usually the text itself. */
type Placed = (text: string, key: string) => string | Hole;

const itself: Placed = (text) => text;

export class Likeness {
  private constructor(
    /** Of an object, in its order; null for a list. */
    readonly keys: readonly string[] | null,
    readonly values: readonly Part[],
    /** Bytes it takes, roughly. */
    readonly size: number,
  ) {}

  static of(value: JsonObject | Json[], placed = itself): Likeness {
    const keys = Array.isArray(value) ? null : Object.keys(value);
    let size = 64;
    const values = Object.values(value).map((part, index): Part => {
      size += typeof part === 'string' ? 32 + 2 * part.length : 16;
      if (typeof part === 'string') return placed(part, keys?.[index] ?? '');
      if (typeof part !== 'object' || part === null) return part;
      const inner = Likeness.of(part, placed);
      size += inner.size;
      return inner;
    });
    return new Likeness(keys, values, size);
  }

  /** Whether an object has the same members in the same order, with the same values. Its holes have been emptied. */
  fits(object: JsonObject): boolean {
    const { keys, values } = this;
    if (keys === null) return false;
    let count = 0;
    for (const key in object) {
      if (count >= keys.length || keys[count] !== key) return false;
      const value = object[key]!;
      const part = values[count++]!;
      if (value !== part && !isAlike(value, part)) return false;
    }
    return count === keys.length;
  }

  fitsList(list: readonly Json[]): boolean {
    const { keys, values } = this;
    if (keys !== null || list.length !== values.length) return false;
    for (let index = 0; index < values.length; index++) {
      const value = list[index]!;
      const part = values[index]!;
      if (value !== part && !isAlike(value, part)) return false;
    }
    return true;
  }

  /** The JSON text of what was taken apart, in pieces: a hole is where its text comes, with quotes. */
  pieces(): readonly (string | Hole)[] {
    const pieces: (string | Hole)[] = [];
    // Joined once: a text that has grown bit by bit is put together anew by each that copies it.
    let texts: string[] = [];
    const write = (part: Part): void => {
      if (part instanceof Hole) {
        pieces.push(texts.join(''), part);
        texts = [];
      } else if (!(part instanceof Likeness)) texts.push(JSON.stringify(part));
      else {
        const { keys, values } = part;
        texts.push(keys === null ? '[' : '{');
        for (const [index, value] of values.entries()) {
          if (index > 0) texts.push(',');
          if (keys !== null) texts.push(JSON.stringify(keys[index]), ':');
          write(value);
        }
        texts.push(keys === null ? ']' : '}');
      }
    };
    write(this);
    return [...pieces, texts.join('')];
  }
}

function isAlike(value: Json, part: Part): boolean {
  if (part instanceof Hole) return part.fits(value);
  if (typeof value !== 'object' || value === null || !(part instanceof Likeness)) return false;
  return Array.isArray(value) ? part.fitsList(value) : part.fits(value);
}
