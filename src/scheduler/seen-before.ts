/**
 * Whether a text has come up before, lately: what comes only once is not worth remembering. Questions about ever new pods
 * would else fill every memory with what nobody asks for again, and the garbage collector would carry it along.
 */
import { hashText } from './bytes.js';

/** Texts that are known of at a time. */
const known = 4096;

export class SeenBefore {
  /** Hashes at the places that they name; 0: none. */
  private readonly hashes = new Int32Array(known);

  /** Notes the text. A true answer may be wrong, for once in some million. */
  check(text: string): boolean {
    const hash = hashText(text);
    const place = (hash >>> 8) & (known - 1);
    if (this.hashes[place] === hash) return true;
    this.hashes[place] = hash;
    return false;
  }
}
