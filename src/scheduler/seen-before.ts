/**
 * Whether a text has come up before, lately: what comes only once is not worth remembering. Questions about ever new pods
 * would else fill every memory with what nobody asks for again, and the garbage collector would carry it along.
 */

/** Texts that are known of at a time. */
const known = 4096;

export class SeenBefore {
  /** Hashes at the places that they name; 0: none. */
  private readonly hashes = new Int32Array(known);

  /** Notes the text. A true answer may be wrong, for once in some million. */
  check(text: string): boolean {
    const hash = hashOf(text);
    const place = (hash >>> 8) & (known - 1);
    if (this.hashes[place] === hash) return true;
    this.hashes[place] = hash;
    return false;
  }
}

/** FNV-1a over UTF-16 units, as int32. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash | 0;
}
