/** Import and snapshot (API.md 3): any number of manifests become one revision, or none of them is stored. */
import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { ObjectFieldError } from '../kubernetes/field-error.js';
import { keptKinds, kindNamed } from '../kubernetes/kinds.js';
import { ManifestReader, manifestTexts, mergeStored, type SkippedKind } from '../kubernetes/manifests.js';
import type { Json, JsonObject } from '../kubernetes/types.js';
import { failpoint } from '../store/failpoints.js';
import {
  keyText,
  type Change,
  type Decision,
  type Draft,
  type IdempotencyClaim,
  type ObjectKey,
  type Stage,
  type StagedManifest,
  type Store,
} from '../store/store.js';
import { checkClusterName, type Precondition } from './clusters.js';
import { invalidManifest, notFound, ServiceError, type InvalidObject } from './errors.js';
import { reservationsEndedBy } from './reservation-ends.js';
import { keyOf, prepareObject, removal, type FieldValidation, type PreparedObject } from './stored-object.js';

export interface ImportItem {
  readonly value: Json;
  /** The list that the value is an item of, where it has no kind itself. */
  readonly list?: { readonly apiVersion: string; readonly kind: string };
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

/** How long reading may hold the event loop before a fit asked meanwhile gets its turn. */
const SLICE_MS = 4;
/** Manifests of larger imports are written ahead of the commit, in slices of this size. */
const STAGE_SLICE = 500;
const DECIDE_SLICE = 2000;
/** More would help nobody and fill the answer. */
const MAX_WARNINGS = 1000;
const MAX_ERRORS = 1000;

/** What is kept of one object between reading and deciding. */
interface Incoming {
  readonly key: ObjectKey;
  readonly deleted: boolean;
  readonly hash: string;
  readonly labels: string | null;
  readonly model: PreparedObject['model'];
  /** The manifest, then where it was staged. */
  text: string | StagedManifest;
  /** Set where the stored status or nodeName may have to be kept: then all is made anew in the decision. */
  readonly proposal: JsonObject | null;
}

interface Body {
  readonly objects: ReadonlyMap<string, Incoming>;
  readonly skipped: readonly SkippedKind[];
  readonly invalid: readonly InvalidObject[];
  readonly warnings: readonly string[];
}

export class Imports {
  constructor(private readonly store: Store) {}

  /**
   * Creates or replaces what the body names, deletes what its DELETED events name.
   *
   * @throws ServiceError `invalid_manifest` with every fault of every object, unless `onInvalid` is `skip`
   */
  async import(
    cluster: string,
    items: AsyncIterable<readonly ImportItem[]>,
    options: ImportOptions,
  ): Promise<ImportAnswer> {
    return this.store_(cluster, items, options, false);
  }

  /** Replaces all imported objects, or those of `kinds`, by the body's. */
  async snapshot(
    cluster: string,
    items: AsyncIterable<readonly ImportItem[]>,
    options: ImportOptions,
  ): Promise<ImportAnswer> {
    return this.store_(cluster, items, options, true);
  }

  private async store_(
    cluster: string,
    items: AsyncIterable<readonly ImportItem[]>,
    options: ImportOptions,
    replace: boolean,
  ): Promise<ImportAnswer> {
    checkClusterName(cluster);
    if (!this.store.cluster(cluster)) throw notFound('Cluster', cluster);
    const kinds = replace ? selectedKinds(options.kinds) : null;
    const stage = this.store.stage(cluster);
    try {
      const body = await readBody(items, options, stage, kinds, replace);
      const now = new Date().toISOString();
      const asOf = options.asOf ?? now;
      const proposals = [...body.objects.values()].some((object) => object.proposal !== null);
      const answer = (counts: Counts, revision: number): ImportAnswer => ({
        revision,
        asOf,
        ...counts,
        skipped: body.skipped,
        invalid: body.invalid,
        warnings: body.warnings,
      });
      failpoint('import.before-commit');
      const committed = await this.store.commit<Counts>(cluster, {
        load: replace
          ? { all: kinds ?? [] }
          : { keys: [...body.objects.values()].map(({ key }) => key), manifests: proposals },
        reservations: 'granted',
        decide: (draft) => decide(draft, body.objects, { ...options, asOf, now, replace, kinds }),
        ...(options.idempotency
          ? {
              idempotency: {
                ...options.idempotency,
                fingerprint: fingerprint(options.idempotency.fingerprint, body.objects),
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
}

/** Of what the body says, not of its bytes: the same objects in the same order are the same request. */
function fingerprint(options: string, objects: ReadonlyMap<string, Incoming>): string {
  const hash = createHash('sha256').update(options);
  for (const [key, incoming] of objects) hash.update(`\n${key} ${incoming.deleted ? 'deleted' : incoming.hash}`);
  return hash.digest('hex');
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

async function readBody(
  items: AsyncIterable<readonly ImportItem[]>,
  options: ImportOptions,
  stage: Stage,
  kinds: readonly { kind: string }[] | null,
  replace: boolean,
): Promise<Body> {
  const reader = new ManifestReader({
    defaultNamespace: options.namespace ?? 'default',
    watchEvents: true,
    nameless: true,
  });
  const fieldValidation = options.fieldValidation ?? 'Warn';
  const wanted = kinds && new Set(kinds.map(({ kind }) => kind));
  const objects = new Map<string, Incoming>();
  const errors: ObjectFieldError[] = [];
  const invalid: InvalidObject[] = [];
  const warnings: string[] = [];
  const unwanted = new Map<string, SkippedKind>();
  let waiting: { text: string; incoming: Incoming }[] = [];
  let warned = 0;
  let count = 0;
  let until = performance.now() + SLICE_MS;

  const flush = async (): Promise<void> => {
    const tickets = await stage.add(waiting.map(({ text }) => text));
    // where a later object of the same name has taken its place already, the ticket is not used
    for (const [index, { incoming }] of waiting.entries()) incoming.text = tickets[index]!;
    waiting = [];
  };

  for await (const slice of items) {
    for (const { value, list } of slice) {
      const path = list ? `items[${count}]` : '';
      const defaults = list && { apiVersion: list.apiVersion, kind: list.kind.slice(0, -'List'.length) };
      reader.add(value, path, list?.kind === 'List' ? undefined : defaults);
      count += 1;
      for (const manifest of reader.take()) {
        const key = keyOf(manifest);
        const text = keyText(key);
        if (wanted && !wanted.has(manifest.kind)) {
          const known = unwanted.get(`${manifest.apiVersion} ${manifest.kind}`);
          unwanted.set(`${manifest.apiVersion} ${manifest.kind}`, {
            kind: manifest.kind,
            apiVersion: manifest.apiVersion,
            count: (known?.count ?? 0) + 1,
            reason: 'not among the kinds that this snapshot replaces',
          });
          continue;
        }
        if (manifest.deleted) {
          objects.set(text, {
            key,
            deleted: true,
            hash: '',
            labels: null,
            model: removal(key),
            text: '',
            proposal: null,
          });
          continue;
        }
        const prepared = prepareObject(key, manifest.manifest, fieldValidation, manifest.path || `[${count - 1}]`);
        warned += prepared.warnings.length;
        if (warnings.length < MAX_WARNINGS) warnings.push(...prepared.warnings);
        if (prepared.errors.length > 0) {
          if (errors.length < MAX_ERRORS) errors.push(...prepared.errors);
          if (invalid.length < MAX_ERRORS) invalid.push({ object: prepared.label, errors: prepared.errors });
          continue;
        }
        const { hash, labels, model } = prepared;
        const proposal = !replace && mayLackStored(prepared) ? prepared.manifest : null;
        const incoming: Incoming = { key, deleted: false, hash, labels, model, text: prepared.text, proposal };
        objects.set(text, incoming);
        if (proposal === null) waiting.push({ text: prepared.text, incoming });
      }
      if (waiting.length >= STAGE_SLICE) await flush();
      if (performance.now() > until) {
        await nextTurn();
        until = performance.now() + SLICE_MS;
      }
    }
  }
  for (const fault of reader.faults) {
    errors.push(fault);
    invalid.push({ object: fault.object ?? (fault.field || 'body'), errors: [fault] });
  }
  if (errors.length > 0 && options.onInvalid !== 'skip')
    throw invalidManifest(errors, warnings.length > 0 ? { warnings } : {});
  if (warned > MAX_WARNINGS) {
    warnings.length = MAX_WARNINGS;
    warnings.push(`and ${warned - MAX_WARNINGS} more warnings`);
  }
  return { objects, skipped: [...reader.skipped, ...unwanted.values()], invalid, warnings };
}

/** Has all that `mergeStored` may keep: a manifest that changes when merged with it lacks something. */
const mergeProbe: JsonObject = { status: { phase: 'Pending' }, spec: { nodeName: 'x' } };

/** Whether something of the stored object may have to be kept. What a cluster says of its own objects is whole. */
function mayLackStored({ key, manifest, observed }: PreparedObject): boolean {
  if (observed && (key.kind !== 'Node' || manifest['status'] !== undefined)) return false;
  return mergeStored(manifest, mergeProbe) !== manifest;
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

function* decide(
  draft: Draft,
  objects: ReadonlyMap<string, Incoming>,
  options: DecideOptions,
): Generator<void, Decision<Counts>> {
  checkRevision(draft, options.precondition);
  const changes: Change[] = [];
  const counts = { created: 0, updated: 0, unchanged: 0, deleted: 0 };
  let steps = 0;
  for (const [text, incoming] of objects) {
    if (++steps % DECIDE_SLICE === 0) yield;
    const stored = draft.loaded.get(text);
    if (incoming.deleted) {
      if (!stored) continue;
      counts.deleted += 1;
      changes.push({ op: 'delete', key: incoming.key, model: incoming.model });
      continue;
    }
    const change =
      stored?.manifest && incoming.proposal
        ? merged(incoming.key, incoming.proposal, stored.manifest, stored.hash)
        : incoming;
    if (stored?.hash === change.hash) {
      counts.unchanged += 1;
      continue;
    }
    if (stored) counts.updated += 1;
    else counts.created += 1;
    const { key, hash, labels, model } = change;
    changes.push({ op: 'put', key, manifest: change.text, hash, labels, model });
  }
  if (options.replace) {
    checkSnapshot(draft, objects, options);
    for (const text of draft.loaded.keys()) {
      if (++steps % DECIDE_SLICE === 0) yield;
      if (objects.has(text)) continue;
      const key = keyOfText(text);
      counts.deleted += 1;
      changes.push({ op: 'delete', key, model: removal(key) });
    }
  }
  changes.push(...reservationsEndedBy(draft, changes, options.now));
  if (draft.asOf !== options.asOf) changes.push({ op: 'asOf', asOf: options.asOf });
  return { changes, result: counts };
}

function merged(
  key: ObjectKey,
  proposal: JsonObject,
  stored: JsonObject,
  storedHash: string,
): Omit<Incoming, 'deleted' | 'proposal'> {
  // what was stored is not judged again, nor what is proposed: both have been
  const { hash, labels, model, text, manifest } = prepareObject(key, mergeStored(proposal, stored), 'Ignore');
  // what was kept may stand in another place than it did, and then has another hash
  const same = hash === storedHash || isDeepStrictEqual(counted(manifest), counted(stored));
  return { key, hash: same ? storedHash : hash, labels, model, text };
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
function checkSnapshot(draft: Draft, objects: ReadonlyMap<string, Incoming>, options: DecideOptions): void {
  if (options.force === true) return;
  if (options.kinds && !options.kinds.some(({ group, kind }) => group === '' && kind === 'Node')) return;
  let nodes = 0;
  for (const { key, deleted } of objects.values()) if (key.kind === 'Node' && !deleted) nodes += 1;
  const before = draft.model.nodeCount;
  if (nodes > 0 && nodes * 2 >= before) return;
  throw new ServiceError(
    'suspicious_snapshot',
    `the snapshot has ${nodes} nodes, stored are ${before}: send ?force=true if that is meant`,
    { nodes, stored: before },
  );
}
