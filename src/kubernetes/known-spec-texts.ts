/**
 * Specs of pods as the bytes of a body spell them. The pods of a workload are printed alike, so a spec whose bytes have
 * been read before need not be looked through, parsed or compared member by member: comparing bytes costs next to nothing.
 *
 * Bytes say the same as others when they differ only within texts that stand in the same places. Which places those are,
 * and that they are the holes of the known spec, is tried out once with other texts (`learn`).
 */
import type { KnownSpec, OwnTexts } from './known-specs.js';
import { isObject, stripManifest } from './manifests.js';
import type { Json } from './types.js';

/** A spec found at some place of a body. */
export interface FoundSpec {
  readonly known: KnownSpec;
  readonly own: OwnTexts;
  /** Where it ends. */
  readonly end: number;
}

/** The bytes between two texts of the pod's own, their quotes included, and which of them follows. */
interface Piece {
  readonly bytes: Buffer;
  readonly hole: keyof OwnTexts | null;
}

interface Spelled {
  readonly known: KnownSpec;
  readonly pieces: readonly Piece[];
}

const QUOTE = 0x22;
const imageMember = Buffer.from('"image"');
/** How far from its beginning a spec's first image is looked for, and how long it and a pod's own texts may be. */
const farthestImage = 16 * 1024;
const longestText = 512;

const mostBytes = 256 * 1024;
const mostBytesOfAll = 16 * 1024 * 1024;
const mostOfImage = 4;
/** Where hardly any is found, hardly any is looked for. */
const mostTrust = 1024;
const pause = 64;

/** Of one body: the bytes hold what is not stored, literal environment values above all. */
export class KnownSpecTexts {
  private byImage = new Map<string, Spelled[]>();
  private size = 0;
  private trust = mostTrust;
  private passed = 0;

  /** The known spec whose text begins there. @param at of its `{` */
  find(bytes: Buffer, at: number): FoundSpec | undefined {
    if (this.byImage.size === 0) return undefined;
    if (this.isTired()) return undefined;
    for (const spelled of this.byImage.get(imageAt(bytes, at)) ?? []) {
      const found = compared(bytes, at, spelled);
      if (found === undefined) continue;
      this.trust = Math.min(this.trust + 2, mostTrust);
      return found;
    }
    if (this.trust > 0) this.trust--;
    return undefined;
  }

  /**
   * @param bytes of a spec, as valid JSON spells it; those that are kept are copied
   * @param known what it has just turned out to be
   */
  learn(bytes: Buffer, known: KnownSpec): void {
    const image = bytes.length > mostBytes || this.isTired() ? '' : imageAt(bytes, 0);
    if (image === '') return;
    const pieces = piecesOf(bytes, known.own);
    if (!isHoled(pieces, known)) return;
    if (this.size + bytes.length > mostBytesOfAll) {
      this.byImage = new Map();
      this.size = 0;
    }
    this.size += bytes.length;
    const ofImage = this.byImage.get(image);
    if (ofImage === undefined) this.byImage.set(image, [{ known, pieces }]);
    else if (ofImage.unshift({ known, pieces }) > mostOfImage) ofImage.pop();
  }

  private isTired(): boolean {
    return this.trust === 0 && this.passed++ % pause !== 0;
  }
}

/** Text of the first `"image"` from there on; '' where there is none near by. Only tells specs apart that differ in it. */
function imageAt(bytes: Buffer, at: number): string {
  const near = bytes.subarray(at, at + farthestImage);
  const member = near.indexOf(imageMember);
  if (member === -1) return '';
  const start = near.indexOf(QUOTE, member + imageMember.length) + 1;
  const end = start === 0 ? -1 : near.indexOf(QUOTE, start);
  return end === -1 || end - start > longestText ? '' : near.toString('latin1', start, end);
}

function compared(bytes: Buffer, at: number, { known, pieces }: Spelled): FoundSpec | undefined {
  const own = { nodeName: '', token: '' };
  let end = at;
  for (const { bytes: same, hole } of pieces) {
    const start = end;
    end += same.length;
    if (end > bytes.length || bytes.compare(same, 0, same.length, start, end) !== 0) return undefined;
    if (hole === null) continue;
    const text = textAt(bytes, end);
    if (text === '' || (own[hole] !== '' && own[hole] !== text)) return undefined;
    own[hole] = text;
    end += text.length;
  }
  return known.take(own) ? { known, own, end } : undefined;
}

/** What a string says that begins there; '' when it is too long. What a hole takes has neither escapes nor letters beyond ASCII. */
function textAt(bytes: Buffer, start: number): string {
  const end = bytes.indexOf(QUOTE, start);
  return end === -1 || end - start > longestText ? '' : bytes.toString('latin1', start, end);
}

/** The bytes cut wherever a string is one of these texts, be it a value or not. */
function piecesOf(bytes: Buffer, own: OwnTexts): Piece[] {
  const pieces: Piece[] = [];
  let start = 0;
  for (;;) {
    const [next] = (['nodeName', 'token'] as const)
      .filter((name) => own[name] !== '')
      .map((name) => ({ name, at: bytes.indexOf(`"${own[name]}"`, start) }))
      .filter(({ at }) => at !== -1)
      .toSorted((a, b) => a.at - b.at);
    if (next === undefined) break;
    pieces.push({ bytes: Buffer.from(bytes.subarray(start, next.at + 1)), hole: next.name });
    start = next.at + 1 + own[next.name].length;
  }
  return [...pieces, { bytes: Buffer.from(bytes.subarray(start)), hole: null }];
}

/** Whether the cuts are the known spec's holes: with other texts in them, the bytes say what it says with those texts. */
function isHoled(pieces: readonly Piece[], known: KnownSpec): boolean {
  const { nodeName, token } = known.own;
  const others: OwnTexts = { nodeName: otherThan(nodeName, 'a', 'b'), token: otherThan(token, ...otherTokens) };
  const text = pieces.map(({ bytes, hole }) => bytes.toString('utf8') + (hole === null ? '' : others[hole])).join('');
  const spec = stripManifest({ kind: 'Pod', spec: JSON.parse(text) as Json })['spec'];
  const holed = isObject(spec) && known.fits(spec);
  const { own } = known;
  known.take({ nodeName, token });
  return holed && own.nodeName === others.nodeName && own.token === others.token;
}

const otherTokens = ['kube-api-access-00000', 'kube-api-access-00001'] as const;

function otherThan(text: string, one: string, another: string): string {
  if (text === '') return '';
  return text === one ? another : one;
}
