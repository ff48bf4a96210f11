/**
 * Splits a JSON text that arrives in chunks into the objects it lists, so that a body of any size is parsed one object
 * at a time. Handles what the API server and kubectl send: one object, or a list whose `items` are anywhere in it.
 */
import { ServiceError } from '../../service/errors.js';
import { MAX_DEPTH, type Shape } from './json.js';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const LEFT_BRACKET = 0x5b;
const BACKSLASH = 0x5c;

const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/**
 * Feed it chunks with `push`, then `end` once. Texts given to `onItem` are one element of `items` each, with what
 * `scanJson` would say of it; `end` returns
 * the rest of the top-level value, `items` emptied. Nothing is parsed here: texts may still not be JSON.
 */
export class ItemSplitter {
  private depth = 0;
  private inString = false;
  private escaped = false;
  private inItems = false;
  /** Bytes of an unfinished item, or of the text around `items`. */
  private item: Buffer[] = [];
  private itemLength = 0;
  private inItem = false;
  /** Of the item that is open: the deepest `depth`, and its members. */
  private deepest = 0;
  private members = 0;
  private readonly outside: Buffer[] = [];
  private outsideLength = 0;
  /** The last 8 bytes outside of `items` at depth 1 that are not space: `"items":` just before its `[`. */
  private tail = '';

  constructor(
    private readonly onItem: (text: string, shape: Shape) => void,
    /** Largest item, and largest text around the items, in bytes. */
    private readonly maxObjectBytes: number,
  ) {}

  push(chunk: Buffer): void {
    let start = 0;
    for (let i = 0; i < chunk.length; i++) {
      if (this.depth > 2) {
        i = this.skip(chunk, i);
        if (i >= chunk.length) break;
      }
      const byte = chunk[i]!;
      if (this.inString) {
        if (this.escaped) this.escaped = false;
        else if (byte === BACKSLASH) this.escaped = true;
        else if (byte === QUOTE) this.inString = false;
        if (this.depth === 1) this.note(byte);
        continue;
      }
      if (byte === QUOTE) {
        this.inString = true;
        if (this.depth === 1) this.note(byte);
        if (this.inItems && this.depth === 2 && !this.inItem) start = this.open(i);
      } else if ((byte & 0xdf) === LEFT_BRACKET) {
        if (this.depth === 1 && !this.inItems && byte === LEFT_BRACKET && this.tail === '"items":') {
          this.keepOutside(chunk.subarray(start, i + 1));
          start = i + 1;
          this.inItems = true;
        } else if (this.inItems && this.depth === 2 && !this.inItem) {
          start = this.open(i);
        }
        this.depth += 1;
        if (this.depth > this.deepest) this.deepest = this.depth;
      } else if ((byte & 0xdf) === 0x5d) {
        this.depth -= 1;
        if (this.inItems && this.depth === 1) {
          // the `]` that ends `items`
          if (this.inItem) this.close(chunk, start, i);
          start = i;
          this.inItems = false;
          this.tail = '';
        } else if (this.inItems && this.depth === 2 && this.inItem) {
          this.close(chunk, start, i + 1);
          start = i + 1;
        }
      } else if (this.inItems && this.depth === 2) {
        if (byte === COMMA) {
          if (this.inItem) this.close(chunk, start, i);
          start = i + 1;
        } else if (!this.inItem && !isSpace(byte)) {
          start = this.open(i);
        }
      } else if (this.depth === 1 && !isSpace(byte)) {
        this.note(byte);
      }
    }
    if (this.inItem) this.keepItem(chunk.subarray(start));
    else if (!this.inItems) this.keepOutside(chunk.subarray(start));
  }

  end(): string {
    // an unfinished body: what is left of the item belongs to the text, so that the parser names the fault
    if (this.inItem) this.outside.push(...this.item);
    return Buffer.concat(this.outside).toString('utf8');
  }

  /**
   * Passes over what is inside of an item, nearly all of the text: nothing happens there that the others look at.
   * @returns the index of the bracket that ends it, or beyond the chunk
   */
  private skip(chunk: Buffer, from: number): number {
    let { depth, deepest, members, inString } = this;
    const { length } = chunk;
    let i = from;
    if (this.escaped) {
      this.escaped = false;
      i++;
    }
    for (; i < length; i++) {
      let byte = chunk[i]!;
      if (!inString) {
        if (byte === COLON) members++;
        else if ((byte & 0xdf) === LEFT_BRACKET) {
          if (++depth > deepest) deepest = depth;
          if (depth > MAX_DEPTH + 2) {
            throw new ServiceError('invalid_body', `the body is nested too deep, at most ${MAX_DEPTH} levels are read`);
          }
        } else if ((byte & 0xdf) === 0x5d) {
          if (depth === 3) break;
          depth--;
        }
        if (byte !== QUOTE) continue;
        inString = true;
        if (++i >= length) break;
        byte = chunk[i]!;
      }
      while (byte !== QUOTE) {
        if (byte === BACKSLASH && ++i >= length) this.escaped = true;
        if (++i >= length) break;
        byte = chunk[i]!;
      }
      if (i < length) inString = false;
    }
    this.depth = depth;
    this.deepest = deepest;
    this.members = members;
    this.inString = inString;
    return i;
  }

  private note(byte: number): void {
    this.tail = byte === COMMA ? '' : (this.tail + String.fromCharCode(byte)).slice(-8);
    if (byte === COLON && this.tail !== '"items":') this.tail = '';
  }

  private open(index: number): number {
    this.inItem = true;
    this.deepest = this.depth;
    this.members = 0;
    return index;
  }

  private close(chunk: Buffer, start: number, end: number): void {
    const last = chunk.subarray(start, end);
    this.itemLength += last.length;
    this.checkSize(this.itemLength);
    const text = this.item.length === 0 ? last.toString('utf8') : Buffer.concat([...this.item, last]).toString('utf8');
    this.item = [];
    this.itemLength = 0;
    this.inItem = false;
    this.onItem(text, { depth: this.deepest - 2, members: this.members });
  }

  private keepItem(bytes: Buffer): void {
    // chunks are reused by nobody: the stream hands them over
    this.item.push(bytes);
    this.itemLength += bytes.length;
    this.checkSize(this.itemLength);
  }

  private keepOutside(bytes: Buffer): void {
    this.outside.push(bytes);
    this.outsideLength += bytes.length;
    this.checkSize(this.outsideLength);
  }

  private checkSize(length: number): void {
    if (length > this.maxObjectBytes) {
      throw new ServiceError('payload_too_large', `one object is larger than ${this.maxObjectBytes} bytes`);
    }
  }
}
