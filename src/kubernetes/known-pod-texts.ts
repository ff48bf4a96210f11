/**
 * Pods as the bytes of a body spell them. The pods of a workload are printed alike: they differ in names, ids, times and
 * addresses, each at its place, and what is stored of them and what a rule says differs in these alone. So a pod whose
 * bytes are those of one read before, but for such texts, is neither looked through nor parsed nor judged.
 *
 * Where those places are in the bytes is not found out by a second parser but tried out once (`learn`): wherever such a
 * text stands it gets a mark in its stead, that is parsed, and the marks must all be at the places that `ownPlaces` names.
 */
import { isTokenName } from './known-specs.js';
import { isObject, manifestTexts, stripManifest, type ManifestTexts } from './manifests.js';
import type { Json, JsonObject } from './types.js';
import { dnsSubdomainFaults } from './validation/names.js';

/** What stands at a place. `copied` is stored and read by no rule. */
type Role = 'name' | 'nodeName' | 'token' | 'startTime' | 'creationTimestamp' | 'copied';

/** Shaped like what it speaks of; a list speaks of all its items. */
type Places = Role | readonly [Places] | { readonly [member: string]: Places };

const ended: Places = { startedAt: 'copied', finishedAt: 'copied', containerID: 'copied', message: 'copied' };
const containerState: Places = { running: ended, terminated: ended, waiting: { message: 'copied' } };
const containerStatuses: Places = [
  { containerID: 'copied', imageID: 'copied', state: containerState, lastState: containerState },
];
const containers: Places = [{ volumeMounts: [{ name: 'token' }] }];

/** What the pods of a workload may have of their own, each pod texts that are not empty. */
const ownPlaces = {
  metadata: { name: 'name', uid: 'copied', resourceVersion: 'copied', creationTimestamp: 'creationTimestamp' },
  spec: {
    nodeName: 'nodeName',
    volumes: [{ name: 'token' }],
    containers,
    initContainers: containers,
    ephemeralContainers: containers,
  },
  status: {
    startTime: 'startTime',
    hostIP: 'copied',
    hostIPs: [{ ip: 'copied' }],
    podIP: 'copied',
    podIPs: [{ ip: 'copied' }],
    conditions: [{ lastTransitionTime: 'copied', lastProbeTime: 'copied', message: 'copied' }],
    containerStatuses,
    initContainerStatuses: containerStatuses,
    ephemeralContainerStatuses: containerStatuses,
  },
} as const satisfies Places;

/** Annotations of Kubernetes itself are read by rules. */
const isReadAnnotation = (key: string): boolean => /(^|\.)(kubernetes|k8s)\.io\//.test(key) || !key.includes('/');

/** Texts of a pod's own; undefined: that of the pod that was learned, whose place is no place for another. */
export interface OwnTexts {
  readonly name: string;
  readonly nodeName: string | undefined;
  readonly startTime: string | undefined;
  readonly creationTimestamp: string | undefined;
}

/** A pod found at some place of a body. */
export interface FoundPod<T> extends ManifestTexts {
  /** What was learned of the one that it is printed like. */
  readonly known: T;
  readonly own: OwnTexts;
  /** Where it ends. */
  readonly end: number;
}

/** What is learned of a pod. */
export interface PodLesson<T> {
  /** As valid JSON spells it, no member named twice. */
  readonly bytes: Buffer;
  /** What the bytes say. */
  readonly pod: JsonObject;
  /** Name of the volume of its token; '' when there is none. */
  readonly token: string;
  readonly known: T;
  /** Whether these are the texts of this very pod. */
  readonly isRight: (texts: ManifestTexts) => boolean;
}

/** Texts around holes, one more than there are of these. */
interface Holed {
  readonly texts: readonly string[];
  /** The holes between them, by number; what is in one may come several times or not at all. */
  readonly holes: readonly number[];
}

/** How the pods of one sort are printed, and what is stored of them. */
interface Print<T> {
  readonly known: T;
  /** The bytes around the holes, quotes of texts included. */
  readonly pieces: readonly Buffer[];
  readonly roles: readonly Role[];
  readonly stored: Holed;
  readonly content: Holed;
}

const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const DELETE = 0x7f;

const imageMember = Buffer.from('"image"');
/** How far from its beginning a pod's first image is looked for. */
const farthestImage = 16 * 1024;
const longestImage = 512;
const longestText = 4096;

const mostBytes = 256 * 1024;
const mostBytesOfAll = 16 * 1024 * 1024;
const mostOfImage = 8;
/** Where hardly any is found, hardly any is looked for. */
const mostTrust = 1024;
const pause = 64;

/** Of one body: the bytes hold what is not stored, literal environment values above all. */
export class KnownPodTexts<T> {
  /** No pod of those known is longer than this, or hardly one: where fewer bytes are left, more are worth waiting for. */
  longest = 0;
  private byImage = new Map<string, Print<T>[]>();
  private size = 0;
  private trust = mostTrust;
  private passed = 0;

  /** The pod whose text begins there, if it is printed like one that was learned. @param at of its `{` */
  find(bytes: Buffer, at: number): FoundPod<T> | undefined {
    if (this.byImage.size === 0 || this.isTired()) return undefined;
    const prints = this.byImage.get(imageAt(bytes, at)) ?? [];
    for (let index = 0; index < prints.length; index++) {
      const print = prints[index]!;
      const found = compared(bytes, at, print);
      if (found === undefined) continue;
      // Those found most stand first.
      if (index > 0) [prints[index - 1], prints[index]] = [print, prints[index - 1]!];
      this.trust = Math.min(this.trust + 2, mostTrust);
      return found;
    }
    if (this.trust > 0) this.trust--;
    return undefined;
  }

  learn({ bytes, pod, token, known, isRight }: PodLesson<T>): void {
    const image = bytes.length > mostBytes || this.isTired() ? '' : imageAt(bytes, 0);
    if (image === '') return;
    const print = printOf(bytes, pod, token, known);
    const itself = print && compared(bytes, 0, print);
    if (itself === undefined || !isRight(itself)) return;
    // The bytes, and twice what is stored of them.
    const size = 3 * bytes.length;
    if (this.size + size > mostBytesOfAll) {
      this.byImage = new Map();
      this.size = 0;
    }
    this.size += size;
    this.longest = Math.max(this.longest, bytes.length + bytes.length / 8);
    const ofImage = this.byImage.get(image);
    if (ofImage === undefined) this.byImage.set(image, [print!]);
    else if (ofImage.unshift(print!) > mostOfImage) ofImage.pop();
  }

  private isTired(): boolean {
    return this.trust === 0 && this.passed++ % pause !== 0;
  }
}

/** Text of the first `"image"` from there on; '' where there is none near by. Only tells pods apart that differ in it. */
function imageAt(bytes: Buffer, at: number): string {
  const near = bytes.subarray(at, at + farthestImage);
  const member = near.indexOf(imageMember);
  if (member === -1) return '';
  const start = near.indexOf(QUOTE, member + imageMember.length) + 1;
  const end = start === 0 ? -1 : near.indexOf(QUOTE, start);
  return end === -1 || end - start > longestImage ? '' : near.toString('latin1', start, end);
}

function compared<T>(bytes: Buffer, at: number, print: Print<T>): FoundPod<T> | undefined {
  const { known, pieces, roles } = print;
  const texts: string[] = [];
  const own = { name: '', nodeName: undefined, startTime: undefined, creationTimestamp: undefined } as {
    -readonly [member in keyof OwnTexts]: OwnTexts[member];
  };
  let token = '';
  let end = at;
  for (let index = 0; index < pieces.length; index++) {
    const piece = pieces[index]!;
    const start = end;
    end += piece.length;
    if (end > bytes.length || bytes.compare(piece, 0, piece.length, start, end) !== 0) return undefined;
    if (index === roles.length) break;
    const role = roles[index]!;
    const close = endOfText(bytes, end);
    // Texts beyond ASCII and with escapes are spelled in many ways; -close is where such ends.
    const text = close < 0 ? spelledAnew(bytes, end, -close) : bytes.toString('latin1', end, close);
    if (text === '' || (close < 0 && role !== 'copied')) return undefined;
    if (role === 'token') {
      if (token !== text && (token !== '' || !isTokenName(text))) return undefined;
      token = text;
    } else if (role !== 'copied') {
      if ((role === 'name' || role === 'nodeName') && dnsSubdomainFaults(text).length > 0) return undefined;
      own[role] = text;
    }
    texts.push(text);
    end = Math.abs(close);
  }
  const stored = filled(print.stored, texts);
  return { known, own, end, stored, content: print.content === print.stored ? stored : filled(print.content, texts) };
}

function filled({ texts, holes }: Holed, own: readonly string[]): string {
  const pieces: string[] = [];
  for (let index = 0; index < holes.length; index++) pieces.push(texts[index]!, own[holes[index]!]!);
  pieces.push(texts[holes.length]!);
  return pieces.join('');
}

/** Where the text ends that begins there, negative if it is not spelled as JSON is written; where it begins, if it is no text. */
function endOfText(bytes: Buffer, from: number): number {
  const most = Math.min(bytes.length, from + longestText);
  let plain = true;
  for (let at = from; at < most; at++) {
    const byte = bytes[at]!;
    if (byte === QUOTE) return plain ? at : -at;
    if (byte < SPACE) return from;
    if (byte >= DELETE) plain = false;
    else if (byte === BACKSLASH) {
      plain = false;
      at++;
    }
  }
  return from;
}

/** The text as JSON is written; '' when it is none. */
function spelledAnew(bytes: Buffer, start: number, end: number): string {
  try {
    return JSON.stringify(JSON.parse(`"${bytes.toString('utf8', start, end)}"`)).slice(1, -1);
  } catch {
    return '';
  }
}

/** Stands for a text of a pod's own: with a number, four digits. */
const mark = '@hole@';
const mostMarks = 10_000;

function printOf<T>(bytes: Buffer, pod: JsonObject, token: string, known: T): Print<T> | undefined {
  const places = placesOf(pod);
  const own = new Set<string>();
  visit(pod, places, (text, role) => {
    if (text !== '' && (role !== 'token' || text === token)) own.add(latin1Spelling(text));
  });
  const cuts = cutsAt(bytes, own);
  if (cuts.length > mostMarks || bytes.includes(mark)) return undefined;
  const pieces: Buffer[] = [];
  let marked = '';
  let start = 0;
  for (let number = 0; number < cuts.length; number++) {
    const cut = cuts[number]!;
    pieces.push(bytes.subarray(start, cut.start));
    marked += bytes.toString('utf8', start, cut.start) + mark + String(number).padStart(4, '0');
    start = cut.end;
  }
  pieces.push(bytes.subarray(start));
  const manifest = JSON.parse(marked + bytes.toString('utf8', start)) as JsonObject;
  const roles: Role[] = [];
  let found = 0;
  let names = 0;
  visit(manifest, places, (text, role) => {
    if (!text.startsWith(mark)) return;
    roles[numberOf(text)] = role;
    found++;
    if (role === 'name') names++;
  });
  // A text of its own that stands elsewhere too may mean something there.
  if (found !== cuts.length || names !== 1) return undefined;
  const { stored, content } = manifestTexts(stripManifest(manifest));
  const holed = cutAtMarks(stored);
  return {
    known,
    // Copied: the chunk, of which they are parts, is as large as many pods.
    pieces: pieces.map((piece) => Buffer.from(piece)),
    roles,
    stored: holed,
    content: content === stored ? holed : cutAtMarks(content),
  };
}

function placesOf({ metadata }: JsonObject): Places {
  const annotations = isObject(metadata) && isObject(metadata['annotations']) ? metadata['annotations'] : {};
  const copied = Object.keys(annotations).filter((key) => !isReadAnnotation(key));
  if (copied.length === 0) return ownPlaces;
  return {
    ...ownPlaces,
    metadata: { ...ownPlaces.metadata, annotations: Object.fromEntries(copied.map((key) => [key, 'copied'])) },
  };
}

/** Calls back for every text that stands at one of the places. */
function visit(value: Json | undefined, places: Places, each: (text: string, role: Role) => void): void {
  if (typeof places === 'string') {
    if (typeof value === 'string') each(value, places);
  } else if (isList(places)) {
    if (!Array.isArray(value)) return;
    for (let index = 0; index < value.length; index++) visit(value[index], places[0], each);
  } else if (isObject(value)) {
    for (const member in places) if (Object.hasOwn(value, member)) visit(value[member], places[member]!, each);
  }
}

const isList = (places: Exclude<Places, string>): places is readonly [Places] => Array.isArray(places);

interface Cut {
  readonly start: number;
  readonly end: number;
}

/** A character for each byte that JSON is written with, without the quotes. */
function latin1Spelling(text: string): string {
  return Buffer.from(JSON.stringify(text).slice(1, -1)).toString('latin1');
}

/** Where these stand, quotes not included. Names of members are left alone. @param texts a character a byte */
function cutsAt(bytes: Buffer, texts: ReadonlySet<string>): Cut[] {
  const lengths = new Set<number>();
  for (const text of texts) lengths.add(text.length);
  const cuts: Cut[] = [];
  for (let at = bytes.indexOf(QUOTE); at !== -1; at = bytes.indexOf(QUOTE, at + 1)) {
    const start = at + 1;
    for (at = start; at < bytes.length && bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) at++;
    if (!lengths.has(at - start) || !texts.has(bytes.toString('latin1', start, at))) continue;
    let next = at + 1;
    while (bytes[next]! <= SPACE) next++;
    if (bytes[next] !== COLON) cuts.push({ start, end: at });
  }
  return cuts;
}

function numberOf(text: string): number {
  return Number(text.slice(mark.length));
}

function cutAtMarks(text: string): Holed {
  const texts = text.split(mark);
  const holes: number[] = [];
  for (let index = 1; index < texts.length; index++) {
    holes.push(Number(texts[index]!.slice(0, 4)));
    texts[index] = texts[index]!.slice(4);
  }
  return { texts, holes };
}
