/**
 * Splits a JSON text that arrives in chunks into the objects it lists, so that a body of any size is parsed one object
 * at a time. Handles what the API server and kubectl send: one object, or a list whose `items` are anywhere in it.
 */
import type { FoundSpec, KnownSpecTexts } from '../../kubernetes/known-spec-texts.js';
import { ServiceError } from '../../service/errors.js';
import { MAX_DEPTH, type Shape } from './json.js';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const LEFT_BRACKET = 0x5b;
const BACKSLASH = 0x5c;

const LEFT_BRACE = 0x7b;
const SPACE = 0x20;

const specMember = Buffer.from('"spec":');

const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** One element of `items`. */
export interface SplitItem {
  readonly text: string;
  /** What `scanJson` would say of `text`. */
  readonly shape: Shape;
  /** Its member `spec`, where known specs are looked for and its bytes lie together. */
  readonly spec?: Buffer | undefined;
  /** Its member `spec`, if it is known: `text` has it empty. */
  readonly found?: FoundSpec | undefined;
  /** The text with the spec that was found. */
  readonly whole?: (() => string) | undefined;
}

/**
 * Feed it chunks with `push`, then `end` once. `onItem` is given one element of `items` each time; `end` returns
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
  /** Where its spec begins and has ended, in the chunk at hand; -1: not there. */
  private specStart = -1;
  private specEnd = -1;
  private found: FoundSpec | undefined;
  /** Of the pieces of the item, the one that is the spec that was found. */
  private foundPiece = 0;
  private readonly outside: Buffer[] = [];
  private outsideLength = 0;
  /** The last 8 bytes outside of `items` at depth 1 that are not space: `"items":` just before its `[`. */
  private tail = '';

  constructor(
    private readonly onItem: (item: SplitItem) => void,
    /** Largest item, and largest text around the items, in bytes. */
    private readonly maxObjectBytes: number,
    /** To look for the specs of items in. */
    private readonly known: KnownSpecTexts | null = null,
  ) {}

  push(chunk: Buffer): void {
    let start = 0;
    for (let i = 0; i < chunk.length; i++) {
      if (this.depth > 2) {
        i = this.skip(chunk, i);
        if (i >= chunk.length) break;
        if (this.depth > 3) {
          const end = this.passKnown(chunk, start, i);
          if (end > i) start = end;
          i = Math.max(end - 1, i);
          continue;
        }
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
    this.specStart = -1;
    this.specEnd = -1;
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
   * @returns the index of the bracket that ends it, or, one level deeper then, of that which begins its spec, or beyond the
   * chunk
   */
  private skip(chunk: Buffer, from: number): number {
    let { depth, deepest, members, inString } = this;
    const looks = this.inItem && this.known !== null;
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
          if (depth === 4 && looks && byte === LEFT_BRACE && beginsSpec(chunk, i)) break;
          if (depth > MAX_DEPTH + 2) {
            throw new ServiceError('invalid_body', `the body is nested too deep, at most ${MAX_DEPTH} levels are read`);
          }
        } else if ((byte & 0xdf) === 0x5d) {
          if (depth === 3) break;
          if (--depth === 3 && this.specStart !== -1 && this.specEnd === -1) this.specEnd = i + 1;
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

  /** @returns where the spec that begins there ends, when it is known: the item goes on there, not deeper than before */
  private passKnown(chunk: Buffer, start: number, at: number): number {
    this.specStart = at;
    this.specEnd = -1;
    const found = this.found === undefined ? this.known?.find(chunk, at) : undefined;
    if (found === undefined) return at;
    this.depth -= 1;
    this.keepItem(chunk.subarray(start, at));
    this.foundPiece = this.item.length;
    this.keepItem(chunk.subarray(at, found.end));
    this.found = found;
    return found.end;
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
    const { item, found, foundPiece, specStart, specEnd } = this;
    const shape = { depth: this.deepest - 2, members: this.members };
    if (found === undefined) {
      const spec = specEnd === -1 ? undefined : chunk.subarray(specStart, specEnd);
      this.onItem({ text: textOf(item), shape, spec });
    } else {
      const text = `${textOf(item.slice(0, foundPiece))}{}${textOf(item.slice(foundPiece + 1))}`;
      this.onItem({ text, shape, found, whole: () => textOf(item) });
    }
    this.item = [];
    this.itemLength = 0;
    this.inItem = false;
    this.found = undefined;
    this.specStart = -1;
    this.specEnd = -1;
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

function textOf(pieces: readonly Buffer[]): string {
  return pieces.length === 1 ? pieces[0]!.toString('utf8') : Buffer.concat(pieces).toString('utf8');
}

/** Whether a bracket outside of strings is that of a member `spec`, as far as the chunk tells. */
function beginsSpec(chunk: Buffer, at: number): boolean {
  const end = chunk[at - 1] === SPACE ? at - 1 : at;
  const start = end - specMember.length;
  // A name may end so and begin earlier, with an escaped quote.
  return (
    start > 0 && chunk[start - 1] !== BACKSLASH && chunk.compare(specMember, 0, specMember.length, start, end) === 0
  );
}
