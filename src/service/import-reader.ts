/**
 * Reads the items of an import: judges, strips and hashes each object and packs what deciding needs, in slices. The same
 * in the main thread (small bodies) and in an import thread.
 */
import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ObjectFieldError } from '../kubernetes/field-error.js';
import type { FoundPod, KnownPodTexts, PodLesson } from '../kubernetes/known-pod-texts.js';
import type { KnownSpec } from '../kubernetes/known-specs.js';
import { ManifestReader, mergeStored, type Manifest, type SkippedKind } from '../kubernetes/manifests.js';
import type { Json, JsonObject } from '../kubernetes/types.js';
import type { PodRecord } from '../scheduler/model-change.js';
import { milliseconds } from '../scheduler/pod-shape.js';
import { packObjects, type PackedObject } from '../store/packed-objects.js';
import { packTexts } from '../store/packed-texts.js';
import { keyText } from '../store/store.js';
import { invalidManifest, type InvalidObject } from './errors.js';
import { packObject, packPod, packRemoval, type ReadSlice } from './import-slice.js';
import { contentHash, keyOf, prepareObject, type FieldValidation, type PreparedObject } from './stored-object.js';

/** Pods of a body that are printed like others that were read. */
export type AlikePods = KnownPodTexts<FirstOfAlike>;

export interface AlikePod {
  readonly alike: FoundPod<FirstOfAlike>;
}

interface FirstOfAlike {
  readonly pod: PodRecord;
  readonly spec: KnownSpec;
}

export type ImportItem = ReadItem | AlikePod;

export interface ReadItem {
  readonly value: Json;
  /** The list that the value is an item of, where it has no kind itself. */
  readonly list?: { readonly apiVersion: string; readonly kind: string };
  /** To be told what the pod turns out to be that the value is. */
  readonly learn?: (lesson: Omit<PodLesson<FirstOfAlike>, 'bytes' | 'pod'>) => void;
}

export interface ReadOptions {
  /** Of namespaced manifests that name none. */
  readonly namespace: string;
  readonly fieldValidation: FieldValidation;
  readonly onInvalid: 'refuse' | 'skip';
  /** What the import replaces as a whole is not merged with what is stored. */
  readonly replace: boolean;
  /** Read these kinds only; null: all. */
  readonly kinds: readonly string[] | null;
}

/** What is known once everything has been read. */
export interface ReadSummary {
  readonly skipped: readonly SkippedKind[];
  readonly invalid: readonly InvalidObject[];
  readonly warnings: readonly string[];
  /** Some objects may have to be merged with what is stored. */
  readonly proposals: boolean;
  /** Hash of what the body says, not of its bytes: the same objects in the same order are the same request. */
  readonly contents: string;
}

/** How long reading may hold the event loop before a fit asked meanwhile gets its turn. */
const SLICE_MS = 4;
/** A slice is full with so many objects, or so many characters of manifests. */
const SLICE_OBJECTS = 500;
const SLICE_LENGTH = 512 * 1024;
/** More would help nobody and fill the answer. */
const MAX_WARNINGS = 1000;
const MAX_ERRORS = 1000;

/**
 * @returns what is known in the end
 * @throws ServiceError `invalid_manifest` with every fault of every object, unless `onInvalid` is `skip`; what the items
 * throw
 */
export async function* readSlices(
  items: AsyncIterable<readonly ImportItem[]>,
  options: ReadOptions,
): AsyncGenerator<ReadSlice, ReadSummary> {
  const reader = new ImportReader(options);
  let until = performance.now() + SLICE_MS;
  for await (const some of items) {
    for (const item of some) {
      yield* reader.add(item);
      if (performance.now() <= until) continue;
      await nextTurn();
      until = performance.now() + SLICE_MS;
    }
  }
  reader.judge();
  yield reader.take();
  return reader.summary();
}

class ImportReader {
  private readonly manifests: ManifestReader;
  private readonly wanted: ReadonlySet<string> | null;
  private readonly errors: ObjectFieldError[] = [];
  private readonly invalid: InvalidObject[] = [];
  private readonly warnings: string[] = [];
  private readonly unwanted = new Map<string, SkippedKind>();
  private readonly contents = createHash('sha256');
  /** What the slice adds to `contents`. */
  private said = '';
  private warned = 0;
  private items = 0;
  private proposals = false;

  /** Place of the last object of each name, counted over all slices. */
  private readonly places = new Map<string, number>();
  private readonly shapes = new Map<string, number>();
  private count = 0;

  private bodies: string[] = [];
  private length = 0;
  private objects: PackedObject[] = [];
  private newShapes: string[] = [];
  private superseded: number[] = [];

  constructor(private readonly options: ReadOptions) {
    this.manifests = new ManifestReader({ defaultNamespace: options.namespace, watchEvents: true, nameless: true });
    this.wanted = options.kinds && new Set(options.kinds);
  }

  /** Slices that have become full: one item may be a list of many objects. */
  *add(item: ImportItem): Generator<ReadSlice> {
    if ('alike' in item) {
      this.items += 1;
      this.keepAlike(item.alike);
      if (this.isFull()) yield this.take();
      return;
    }
    const { value, list } = item;
    const path = list ? `items[${this.items}]` : '';
    const defaults = list && { apiVersion: list.apiVersion, kind: list.kind.slice(0, -'List'.length) };
    this.manifests.add(value, path, list?.kind === 'List' ? undefined : defaults);
    this.items += 1;
    for (const manifest of this.manifests.take()) {
      this.read(manifest, item);
      if (this.isFull()) yield this.take();
    }
  }

  private isFull(): boolean {
    return this.objects.length >= SLICE_OBJECTS || this.length >= SLICE_LENGTH;
  }

  take(): ReadSlice {
    const slice: ReadSlice = {
      bodies: packTexts(this.bodies),
      size: this.objects.length,
      objects: packObjects(this.objects),
      shapes: this.newShapes,
      superseded: this.superseded,
    };
    this.contents.update(this.said);
    this.said = '';
    this.bodies = [];
    this.length = 0;
    this.objects = [];
    this.newShapes = [];
    this.superseded = [];
    return slice;
  }

  /** @throws ServiceError when what has been read is refused */
  judge(): void {
    const { errors, invalid, warnings } = this;
    for (const fault of this.manifests.faults) {
      errors.push(fault);
      invalid.push({ object: fault.object ?? (fault.field || 'body'), errors: [fault] });
    }
    if (errors.length > 0 && this.options.onInvalid !== 'skip')
      throw invalidManifest(errors, warnings.length > 0 ? { warnings } : {});
  }

  /** After everything has been judged and taken. */
  summary(): ReadSummary {
    const { invalid, warnings, warned } = this;
    if (warned > MAX_WARNINGS) {
      warnings.length = MAX_WARNINGS;
      warnings.push(`and ${warned - MAX_WARNINGS} more warnings`);
    }
    const skipped = [...this.manifests.skipped, ...this.unwanted.values()];
    return { skipped, invalid, warnings, proposals: this.proposals, contents: this.contents.digest('hex') };
  }

  private read(manifest: Manifest, { learn }: ReadItem): void {
    if (this.wanted && !this.wanted.has(manifest.kind)) {
      this.skip(manifest);
      return;
    }
    const key = keyOf(manifest);
    const text = keyText(key);
    if (manifest.deleted) {
      this.said += `\n${text} deleted`;
      this.keep(text, packRemoval(key));
      return;
    }
    const path = manifest.path || `[${this.items - 1}]`;
    const prepared = prepareObject(key, manifest.manifest, this.options.fieldValidation, path);
    this.warned += prepared.warnings.length;
    if (this.warnings.length < MAX_WARNINGS) this.warnings.push(...prepared.warnings);
    if (prepared.errors.length > 0) {
      if (this.errors.length < MAX_ERRORS) this.errors.push(...prepared.errors);
      if (this.invalid.length < MAX_ERRORS) this.invalid.push({ object: prepared.label, errors: prepared.errors });
      return;
    }
    this.said += `\n${text} ${prepared.hash}`;
    const proposal = !this.options.replace && mayLackStored(prepared);
    this.proposals ||= proposal;
    const body = proposal ? -1 : this.bodies.push(prepared.text) - 1;
    this.length += prepared.text.length;
    this.keep(
      text,
      packObject(prepared, (shape) => this.shapeNumber(shape), body),
    );
    const { model, spec, warnings } = prepared;
    if (spec === undefined || model?.type !== 'pod' || model.pod === null || proposal || warnings.length > 0) return;
    learn?.({
      token: spec.tokenName,
      known: { pod: model.pod, spec },
      isRight: ({ stored, content }) => stored === prepared.text && contentHash(content) === prepared.hash,
    });
  }

  private keepAlike({ known: { pod: known, spec }, own, stored, content }: FoundPod<FirstOfAlike>): void {
    spec.wasFound();
    const { name, nodeName = known.nodeName, startTime, creationTimestamp } = own;
    const record: PodRecord = {
      namespace: known.namespace,
      name,
      nodeName,
      shape: known.shape,
      ownLabels: known.ownLabels,
      flags: known.flags,
      startTime: startTime === undefined ? known.startTime : milliseconds(startTime),
      creationTime: creationTimestamp === undefined ? known.creationTime : milliseconds(creationTimestamp),
      nominatedNodeName: known.nominatedNodeName,
    };
    const text = keyText({ group: '', kind: 'Pod', namespace: known.namespace, name });
    const hash = contentHash(content);
    this.said += `\n${text} ${hash}`;
    this.length += stored.length;
    this.keep(text, packPod(record, hash, this.shapeNumber(known.shape), this.bodies.push(stored) - 1, null));
  }

  private keep(text: string, object: PackedObject): void {
    const before = this.places.get(text);
    if (before !== undefined) this.superseded.push(before);
    this.places.set(text, this.count++);
    this.objects.push(object);
  }

  private shapeNumber(shape: string): number {
    let number = this.shapes.get(shape);
    if (number === undefined) {
      this.shapes.set(shape, (number = this.shapes.size));
      this.newShapes.push(shape);
    }
    return number;
  }

  private skip({ apiVersion, kind }: Manifest): void {
    const known = this.unwanted.get(`${apiVersion} ${kind}`);
    this.unwanted.set(`${apiVersion} ${kind}`, {
      kind,
      apiVersion,
      count: (known?.count ?? 0) + 1,
      reason: 'not among the kinds that this snapshot replaces',
    });
  }
}

/** Has all that `mergeStored` may keep: a manifest that changes when merged with it lacks something. */
const mergeProbe: JsonObject = { status: { phase: 'Pending' }, spec: { nodeName: 'x' } };

/** Whether something of the stored object may have to be kept. What a cluster says of its own objects is whole. */
function mayLackStored({ key, manifest, observed }: PreparedObject): boolean {
  if (observed && (key.kind !== 'Node' || manifest['status'] !== undefined)) return false;
  return mergeStored(manifest, mergeProbe) !== manifest;
}
