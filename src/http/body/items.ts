/**
 * Splits a JSON text that arrives in chunks into the objects it lists, so that a body of any size is parsed one object
 * at a time. Handles what the API server and kubectl send: one object, or a list whose `items` are anywhere in it.
 */
import type { FoundPod, KnownPodTexts } from '../../kubernetes/known-pod-texts.js';
import { ServiceError } from '../../service/errors.js';
import { MAX_DEPTH, type Shape } from './json.js';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const LEFT_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const LEFT_BRACE = 0x7b;

const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** One element of `items`. */
export interface SplitItem {
  readonly text: string;
  /** What `scanJson` would say of `text`. */
  readonly shape: Shape;
  /** The bytes of the text, where they lie together. */
  readonly bytes: Buffer | undefined;
}

/**
 * Feed it chunks with `push`, then `end` once. `onItem` is given one element of `items` each time; `end` returns
 * the rest of the top-level value, `items` emptied. Nothing is parsed here: texts may still not be JSON.
 */
export class ItemSplitter<T = never> {
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
  /** Bytes of an item that is looked for among the known ones as soon as more of it is there. */
  private held: Buffer | null = null;
  /** What was held, and the chunk behind it: one piece of memory for all, since many of them would wait for the collector. */
  private scratch = Buffer.alloc(0);
  private readonly outside: Buffer[] = [];
  private outsideLength = 0;
  /** The last 8 bytes outside of `items` at depth 1 that are not space: `"items":` just before its `[`. */
  private tail = '';

  constructor(
    private readonly onItem: (item: SplitItem) => void,
    /** Largest item, and largest text around the items, in bytes. */
    private readonly maxObjectBytes: number,
    /** Items that are found there are passed over, and `onKnown` is told. */
    private readonly known: KnownPodTexts<T> | null = null,
    private readonly onKnown: (pod: FoundPod<T>) => void = () => undefined,
  ) {}

  push(bytes: Buffer, isLast = false): void {
    const { held } = this;
    const chunk = held === null ? bytes : this.joined(held, bytes);
    this.held = null;
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
          if (byte === LEFT_BRACE && this.known !== null) {
            // An item is waited for once: it may be longer than any that is known.
            if (chunk.length - i < this.known.longest && !isLast && (i > 0 || held === null)) {
              this.held = chunk.subarray(i);
              return;
            }
            const end = this.passKnown(chunk, i);
            if (end > i) {
              start = end;
              i = end - 1;
              continue;
            }
          }
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
    // Other chunks are reused by nobody: the stream hands them over.
    const rest = held === null ? chunk.subarray(start) : Buffer.from(chunk.subarray(start));
    if (this.inItem) this.keepItem(rest);
    else if (!this.inItems) this.keepOutside(rest);
  }

  end(): string {
    if (this.held !== null) this.push(Buffer.alloc(0), true);
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

  /** @returns where the item that begins there ends, when it is known */
  private passKnown(chunk: Buffer, at: number): number {
    const found = this.known?.find(chunk, at);
    if (found === undefined) return at;
    this.checkSize(found.end - at);
    this.onKnown(found);
    return found.end;
  }

  /** @param held may be a part of `scratch` */
  private joined(held: Buffer, bytes: Buffer): Buffer {
    const length = held.length + bytes.length;
    if (this.scratch.length < length) this.scratch = Buffer.allocUnsafe(2 * length);
    held.copy(this.scratch);
    bytes.copy(this.scratch, held.length);
    return this.scratch.subarray(0, length);
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
    this.keepItem(chunk.subarray(start, end));
    const { item } = this;
    const shape = { depth: this.deepest - 2, members: this.members };
    this.onItem({ text: textOf(item), shape, bytes: item.length === 1 ? item[0] : undefined });
    this.item = [];
    this.itemLength = 0;
    this.inItem = false;
  }

  private keepItem(bytes: Buffer): void {
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

function textOf(pieces: readonly Buffer[]): string {
  return pieces.length === 1 ? pieces[0]!.toString('utf8') : Buffer.concat(pieces).toString('utf8');
}
