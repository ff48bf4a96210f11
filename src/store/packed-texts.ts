/** Many texts as one piece of memory: it goes to another thread without being copied, and costs the collector nothing. */

export interface PackedTexts {
  /** UTF-8, one text behind the other; a buffer of its own, so that it can be transferred. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where each text ends in `bytes`. */
  readonly ends: Uint32Array;
}

export function packTexts(texts: readonly string[]): PackedTexts {
  const ends = new Uint32Array(texts.length);
  let length = 0;
  for (const [index, text] of texts.entries()) ends[index] = length += Buffer.byteLength(text);
  const bytes = new Uint8Array(length);
  const view = Buffer.from(bytes.buffer);
  let start = 0;
  for (const [index, text] of texts.entries()) {
    view.write(text, start);
    start = ends[index]!;
  }
  return { bytes, ends };
}

/** The bytes of each text, in order: views, no copies. */
export function* packedBytes({ bytes, ends }: PackedTexts): Generator<Buffer> {
  let start = 0;
  for (const end of ends) {
    yield Buffer.from(bytes.buffer, start, end - start);
    start = end;
  }
}

export function unpackTexts(packed: PackedTexts): string[] {
  return Array.from(packedBytes(packed), (bytes) => bytes.toString('utf8'));
}
