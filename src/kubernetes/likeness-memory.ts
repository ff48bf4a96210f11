/**
 * A bounded memory of JSON objects by their likeness, and of what was made of them. What is met once costs next to
 * nothing, what is met often is soon known.
 */
import type { Likeness } from './likeness.js';
import type { JsonObject } from './types.js';

interface Known<T> {
  readonly likeness: Likeness;
  readonly value: T;
}

/** What is known of the objects of one key. */
class OfKey<T> {
  private readonly known: Known<T>[] = [];
  private oldest = 0;
  /** How many are to be let pass unread, and how many after the next that is not known. */
  private patience = 0;
  private pause = 1;

  find(object: JsonObject, ready: ((value: T) => void) | undefined): T | undefined {
    if (this.patience > 0) return undefined;
    for (const { likeness, value } of this.known) {
      ready?.(value);
      if (likeness.fits(object)) return value;
    }
    return undefined;
  }

  wasFound(): void {
    this.pause = 1;
    this.patience = 0;
  }

  /** Whether one that was not found is worth keeping. Where ever new ones come, hardly one in sixty is. */
  isWorthwhile(): boolean {
    if (this.patience > 0) {
      this.patience--;
      return false;
    }
    this.patience = this.pause - 1;
    this.pause = Math.min(2 * this.pause, longestPause);
    return true;
  }

  add(known: Known<T>): void {
    this.known[this.oldest] = known;
    this.oldest = (this.oldest + 1) % mostOfKey;
  }
}

const longestPause = 64;
const mostOfKey = 4;
const mostKeys = 2048;
const longestKey = 512;

export class LikenessMemory<T> {
  /** Dropped whole when full, so that no input can make it grow. */
  private keys = new Map<string, OfKey<T>>();
  private bytes = 0;
  /** Keys that have been met once, lately: their hashes, at the places that these name. */
  private readonly met = new Int32Array(1024);
  /** How many keys may still be taken without having been met before: where objects come in sorts, each is read once. */
  private trust: number;

  /**
   * @param mostBytes of one object; a larger one is not kept
   * @param mostBytesOfAll as `Likeness.size` counts
   * @param mostTrust so many objects are kept when their key is met for the first time, before one of any key is found
   */
  constructor(
    private readonly mostBytes: number,
    private readonly mostBytesOfAll: number,
    private readonly mostTrust = 0,
  ) {
    this.trust = mostTrust;
  }

  /** @param ready is told what an object is going to be compared with */
  find(key: string, object: JsonObject, ready?: (value: T) => void): T | undefined {
    const found = this.keys.get(key)?.find(object, ready);
    if (found !== undefined) this.wasFound(key);
    return found;
  }

  /** One that was found by other means, which is as good. */
  wasFound(key: string): void {
    this.keys.get(key)?.wasFound();
    if (this.trust < this.mostTrust) this.trust++;
  }

  /** Whether an object that was not found is worth being taken apart. To be asked once for each. */
  isWorthwhile(key: string): boolean {
    const known = this.keys.get(key);
    if (known !== undefined) return known.isWorthwhile();
    if (key.length > longestKey || !(this.isMetAgain(key) || this.isTakenOnTrust())) return false;
    if (this.keys.size >= mostKeys) this.forget();
    const ofKey = new OfKey<T>();
    this.keys.set(key, ofKey);
    return ofKey.isWorthwhile();
  }

  /** @returns whether it is kept */
  add(key: string, likeness: Likeness, value: T): boolean {
    if (likeness.size > this.mostBytes) return false;
    if (this.bytes + likeness.size > this.mostBytesOfAll) this.forget();
    this.bytes += likeness.size;
    let ofKey = this.keys.get(key);
    if (ofKey === undefined) this.keys.set(key, (ofKey = new OfKey<T>()));
    ofKey.add({ likeness, value });
    return true;
  }

  private isMetAgain(key: string): boolean {
    const hash = hashOf(key);
    const place = (hash >>> 12) & (this.met.length - 1);
    if (this.met[place] === hash) return true;
    this.met[place] = hash;
    return false;
  }

  private isTakenOnTrust(): boolean {
    if (this.trust === 0) return false;
    this.trust--;
    return true;
  }

  private forget(): void {
    this.keys = new Map();
    this.bytes = 0;
  }
}

/** Of the end of the text, where images differ. */
function hashOf(key: string): number {
  let hash = key.length;
  for (let at = Math.max(0, key.length - 16); at < key.length; at++) {
    hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  }
  return hash;
}
