/** Import and snapshot (API.md 3): any number of manifests become one revision, or none of them is stored. */
import { isDeepStrictEqual } from 'node:util';
import { keptKinds, kindNamed } from '../kubernetes/kinds.js';
import { manifestTexts, mergeStored, type SkippedKind } from '../kubernetes/manifests.js';
import type { JsonObject } from '../kubernetes/types.js';
import { failpoint } from '../store/failpoints.js';
import {
  keyText,
  type Change,
  type Changes,
  type Decision,
  type Draft,
  type IdempotencyClaim,
  type ObjectKey,
  type Stage,
  type Store,
} from '../store/store.js';
import { checkClusterName, type Precondition } from './clusters.js';
import { notFound, ServiceError, type InvalidObject } from './errors.js';
import { readSlices, type ImportItem, type ReadOptions, type ReadSummary } from './import-reader.js';
import { WaitingSlice, type Incoming, type ReadSlice } from './import-slice.js';
import type { ImportForm } from './import-protocol.js';
import type { ImportThreads } from './import-threads.js';
import { EndingReservations } from './reservation-ends.js';
import { prepareObject, removal, type FieldValidation } from './stored-object.js';

/** A body that has not been read yet. */
export interface ImportBody {
  readonly form: ImportForm;
  /** The bytes as they arrive, decompressed. */
  chunks(): AsyncGenerator<Uint8Array>;
  /** Parses bytes of the body's form here, in this thread. */
  items(chunks: AsyncIterable<Uint8Array>): AsyncIterable<readonly ImportItem[]>;
}

export interface ImportOptions {
  readonly namespace?: string;
  /** ISO 8601 UTC. */
  readonly asOf?: string;
  readonly fieldValidation?: FieldValidation;
  readonly onInvalid?: 'refuse' | 'skip';
  /** Snapshot: also without nodes, or with fewer than half of the stored ones. */
  readonly force?: boolean;
  /** Snapshot: replace these kinds only. */
  readonly kinds?: readonly string[];
  readonly precondition?: Precondition;
  /** `fingerprint` is of the options; that of what was read is added here. */
  readonly idempotency?: Omit<IdempotencyClaim<unknown>, 'encode'>;
}

export interface ImportAnswer {
  readonly revision: number;
  readonly asOf: string;
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly deleted: number;
  readonly skipped: readonly SkippedKind[];
  readonly invalid: readonly InvalidObject[];
  readonly warnings: readonly string[];
}

type Counts = Pick<ImportAnswer, 'created' | 'updated' | 'unchanged' | 'deleted'>;

/** Bodies up to so many bytes are read here: starting a thread would take longer. */
const SMALL = 1024 * 1024;

/** Imports of more objects than this are committed on their own, slice by slice. */
const BULK = 500;

/** All that a body says, its manifests staged. */
interface ReadBody extends ReadSummary {
  readonly slices: readonly WaitingSlice[];
  readonly count: number;
}

export class Imports {
  constructor(
    private readonly store: Store,
    private readonly threads: ImportThreads,
  ) {}

  /**
   * Creates or replaces what the body names, deletes what its DELETED events name.
   *
   * @throws ServiceError `invalid_manifest` with every fault of every object, unless `onInvalid` is `skip`
   */
  async import(cluster: string, body: ImportBody, options: ImportOptions): Promise<ImportAnswer> {
    return this.store_(cluster, body, options, false);
  }

  /** Replaces all imported objects, or those of `kinds`, by the body's. */
  async snapshot(cluster: string, body: ImportBody, options: ImportOptions): Promise<ImportAnswer> {
    return this.store_(cluster, body, options, true);
  }

  private async store_(
    cluster: string,
    body: ImportBody,
    options: ImportOptions,
    replace: boolean,
  ): Promise<ImportAnswer> {
    checkClusterName(cluster);
    if (!this.store.cluster(cluster)) throw notFound('Cluster', cluster);
    const kinds = replace ? selectedKinds(options.kinds) : null;
    const stage = this.store.stage(cluster);
    try {
      const readOptions: ReadOptions = {
        namespace: options.namespace ?? 'default',
        fieldValidation: options.fieldValidation ?? 'Warn',
        onInvalid: options.onInvalid ?? 'refuse',
        replace,
        kinds: kinds && kinds.map(({ kind }) => kind),
      };
      const read = await staged(await this.reading(body, readOptions), stage);
      const now = new Date().toISOString();
      const asOf = options.asOf ?? now;
      const answer = (counts: Counts, revision: number): ImportAnswer => ({
        revision,
        asOf,
        ...counts,
        skipped: read.skipped,
        invalid: read.invalid,
        warnings: read.warnings,
      });
      failpoint('import.before-commit');
      const committed = await this.store.commit<Counts>(cluster, {
        load: replace ? { all: kinds ?? [] } : { keys: keysOf(read.slices), manifests: read.proposals },
        reservations: 'granted',
        bulk: read.count > BULK,
        decide: (draft) => decide(draft, read.slices, { ...options, asOf, now, replace, kinds }),
        ...(options.idempotency
          ? {
              idempotency: {
                ...options.idempotency,
                fingerprint: `${options.idempotency.fingerprint} ${read.contents}`,
                encode: (counts: Counts, revision: number) => JSON.stringify(answer(counts, revision)),
              },
            }
          : {}),
      });
      failpoint('import.after-commit');
      if (committed.replay !== null) return JSON.parse(committed.replay) as ImportAnswer;
      return answer(committed.result!, committed.revision);
    } finally {
      await stage.dispose();
    }
  }

  /** Reads here what is small, in a thread what is not. */
  private async reading(body: ImportBody, options: ReadOptions): Promise<AsyncGenerator<ReadSlice, ReadSummary>> {
    const chunks = body.chunks();
    const first: Uint8Array[] = [];
    for (let size = 0; size <= SMALL; size += first.at(-1)!.length) {
      const next = await chunks.next();
      if (next.done === true) return readSlices(body.items(inTurn(first)), options);
      first.push(next.value);
    }
    return this.threads.read(body.form, inTurn(first, chunks), options);
  }
}

async function* inTurn(
  first: readonly Uint8Array[],
  rest?: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  yield* first;
  if (rest) yield* rest;
}

/** Stages what is read, while more is being read. */
async function staged(reading: AsyncGenerator<ReadSlice, ReadSummary>, stage: Stage): Promise<ReadBody> {
  const slices: WaitingSlice[] = [];
  const shapes: string[] = [];
  const superseded = new Set<number>();
  let count = 0;
  let next = await reading.next();
  try {
    while (next.done !== true) {
      const slice = next.value;
      shapes.push(...slice.shapes);
      for (const place of slice.superseded) superseded.add(place);
      slices.push(new WaitingSlice(slice, await stage.add(slice.bodies), count, shapes, superseded));
      count += slice.size;
      next = await reading.next();
    }
  } finally {
    await reading.return({} as ReadSummary);
  }
  return { ...next.value, slices, count };
}

function keysOf(slices: readonly WaitingSlice[]): ObjectKey[] {
  return slices.flatMap((slice) => Array.from(slice, ([, { key }]) => key));
}

function selectedKinds(kinds: readonly string[] | undefined): { group: string; kind: string }[] | null {
  if (kinds === undefined || kinds.length === 0) return null;
  return kinds.map((name) => {
    const info = kindNamed(name);
    if (info) return { group: info.group, kind: info.kind };
    throw new ServiceError(
      'invalid_request',
      `kinds: "${name}" is not kept here; kept are ${keptKinds.map(({ kind }) => kind).join(', ')}`,
    );
  });
}

interface DecideOptions extends Omit<ImportOptions, 'kinds'> {
  readonly asOf: string;
  readonly now: string;
  readonly replace: boolean;
  readonly kinds: readonly { group: string; kind: string }[] | null;
}

function checkRevision(draft: Draft, precondition: Precondition | undefined): void {
  if (precondition?.ifAbsent === true) {
    throw new ServiceError('precondition_failed', `there is a cluster "${draft.name}" already`);
  }
  if (precondition?.ifRevision !== undefined && precondition.ifRevision !== draft.revision) {
    throw new ServiceError('precondition_failed', `the cluster is at revision ${draft.revision}`, {
      revision: draft.revision,
    });
  }
}

/** Looked at between two turns of the event loop. */
const OBJECTS_A_TURN = 100;

function* decide(
  draft: Draft,
  slices: readonly WaitingSlice[],
  options: DecideOptions,
): Generator<void, Decision<Counts>> {
  checkRevision(draft, options.precondition);
  const counts = { created: 0, updated: 0, unchanged: 0, deleted: 0 };
  const changes = new ImportChanges(slices);
  const ending = new EndingReservations(draft, options.now);
  /** Stored objects of which nothing has been heard. */
  const unheard = new Set(options.replace ? draft.loaded.keys() : []);
  let nodes = 0;
  let seen = 0;
  for (const [index, slice] of slices.entries()) {
    for (const [place, incoming] of slice) {
      if (++seen % OBJECTS_A_TURN === 0) yield;
      const text = keyText(incoming.key);
      const stored = draft.loaded.get(text);
      unheard.delete(text);
      if (incoming.deleted) {
        if (!stored) continue;
        counts.deleted += 1;
        changes.take(index, place);
        if (ending.any) ending.see(removal(incoming.key));
        continue;
      }
      if (incoming.key.kind === 'Node') nodes += 1;
      const replacement =
        stored?.manifest && incoming.proposal
          ? merged(incoming.key, incoming.proposal, stored.manifest, stored.hash)
          : null;
      const hash = replacement?.hash ?? incoming.hash;
      if (stored?.hash === hash) {
        counts.unchanged += 1;
        continue;
      }
      if (stored) counts.updated += 1;
      else counts.created += 1;
      changes.take(index, place, replacement);
      if (ending.any) ending.see(replacement ? replacement.model : incoming.model());
    }
    yield;
  }
  if (options.replace) {
    checkSnapshot(draft, nodes, options);
    for (const text of unheard) {
      const key = keyOfText(text);
      counts.deleted += 1;
      const change = { op: 'delete', key, model: removal(key) } as const;
      changes.add(change);
      if (ending.any) ending.see(change.model);
    }
  }
  for (const change of ending.changes()) changes.add(change);
  if (draft.asOf !== options.asOf) changes.add({ op: 'asOf', asOf: options.asOf });
  return { changes, result: counts };
}

type Put = Change & { readonly op: 'put' };

/** The changes of an import: which objects of which slice, made into changes one after another. */
class ImportChanges implements Changes {
  length = 0;
  /** A byte an object, by slice: 1 for those that are changed. */
  private readonly taken: readonly Uint8Array[];
  /** By slice and place: what an object became when it was merged with the stored one. */
  private readonly replacements = new Map<string, Put>();
  private readonly others: Change[] = [];

  constructor(private readonly slices: readonly WaitingSlice[]) {
    this.taken = slices.map(({ size }) => new Uint8Array(size));
  }

  /** The object at that place is put, or deleted where the body says so. */
  take(slice: number, place: number, replacement: Put | null = null): void {
    this.taken[slice]![place] = 1;
    this.length += 1;
    if (replacement) this.replacements.set(`${slice} ${place}`, replacement);
  }

  add(change: Change): void {
    this.others.push(change);
    this.length += 1;
  }

  *[Symbol.iterator](): Generator<Change> {
    for (const [index, slice] of this.slices.entries()) {
      const taken = this.taken[index]!;
      if (!taken.includes(1)) continue;
      for (const [place, incoming] of slice) {
        if (taken[place] === 1) yield this.replacements.get(`${index} ${place}`) ?? changeOf(incoming);
      }
    }
    yield* this.others;
  }
}

function changeOf(incoming: Incoming): Change {
  const { key, hash, labels, manifest, packed } = incoming;
  const model = incoming.model();
  return incoming.deleted ? { op: 'delete', key, model } : { op: 'put', key, manifest, hash, labels, model, packed };
}

function merged(key: ObjectKey, proposal: JsonObject, stored: JsonObject, storedHash: string): Put {
  // what was stored is not judged again, nor what is proposed: both have been
  const { hash, labels, model, text, manifest } = prepareObject(key, mergeStored(proposal, stored), 'Ignore');
  // what was kept may stand in another place than it did, and then has another hash
  const same = hash === storedHash || isDeepStrictEqual(counted(manifest), counted(stored));
  return { op: 'put', key, manifest: text, hash: same ? storedHash : hash, labels, model };
}

function counted(manifest: JsonObject): unknown {
  return JSON.parse(manifestTexts(manifest).content);
}

/** `keyText` reversed: groups, kinds, namespaces and names hold no slash. */
function keyOfText(text: string): ObjectKey {
  const [group = '', kind = '', namespace = '', name = ''] = text.split('/');
  return { group, kind, namespace, name };
}

/** A body without nodes, or with less than half of them, is more likely a broken export than a shrunken cluster. */
function checkSnapshot(draft: Draft, nodes: number, options: DecideOptions): void {
  if (options.force === true) return;
  if (options.kinds && !options.kinds.some(({ group, kind }) => group === '' && kind === 'Node')) return;
  const before = draft.model.nodeCount;
  if (nodes > 0 && nodes * 2 >= before) return;
  throw new ServiceError(
    'suspicious_snapshot',
    `the snapshot has ${nodes} nodes, stored are ${before}: send ?force=true if that is meant`,
    { nodes, stored: before },
  );
}
