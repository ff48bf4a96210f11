/** Stored objects one by one: list, get, create, replace, patch, delete (API.md 3). */
import { apiVersionOf, keptKind, keptKinds, splitApiVersion, type KindInfo } from '../kubernetes/kinds.js';
import { isObject, mergeStored, metadataText, readManifests, type Manifest } from '../kubernetes/manifests.js';
import {
  matches,
  matchesFields,
  parseFieldSelector,
  parseLabelSelector,
  type Parsed,
} from '../kubernetes/selectors.js';
import type { Json, JsonObject } from '../kubernetes/types.js';
import { podResizeFaults } from '../kubernetes/resize-rules.js';
import { podUpdateFaults } from '../kubernetes/update-rules.js';
import { mergePatch } from '../planning/merge-patch.js';
import {
  keyText,
  type LoadedObject,
  type ListRow,
  type ObjectKey,
  type Store,
  type StoredObject,
} from '../store/store.js';
import type { Clusters, Freshness, Precondition } from './clusters.js';
import { invalidManifest, notFound, ServiceError } from './errors.js';
import { included, type IncludeOptions } from './include.js';
import { reservationsEndedBy } from './reservation-ends.js';
import { objectLabel, prepareObject, removal, type FieldValidation, type PreparedObject } from './stored-object.js';

export interface ListOptions extends Freshness, IncludeOptions {
  readonly limit?: number;
  readonly cursor?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export interface ObjectList {
  readonly items: readonly JsonObject[];
  readonly nextCursor: string | null;
  readonly total: number;
  readonly revision: number;
  readonly asOf: string | null;
}

export interface ObjectAnswer {
  readonly manifest: JsonObject;
  /** Revision of its last change. */
  readonly objectRevision: number;
  /** The cluster's. */
  readonly revision: number;
  readonly warnings: readonly string[];
  readonly created: boolean;
}

export interface WriteOptions {
  readonly fieldValidation?: FieldValidation;
  readonly precondition?: Precondition;
  /** POST: refuse what exists. */
  readonly create?: boolean;
}

const DEFAULT_LIMIT = 100;

/** Opaque to clients: the key of the last item. */
export function encodeCursor(key: ObjectKey): string {
  return Buffer.from(JSON.stringify([key.group, key.kind, key.namespace, key.name])).toString('base64url');
}

/** @throws ServiceError `invalid_request` for anything that `encodeCursor` did not make */
export function decodeCursor(cursor: string): ObjectKey {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(parts) && parts.length === 4 && parts.every((part) => typeof part === 'string')) {
      const [group, kind, namespace, name] = parts as [string, string, string, string];
      return { group, kind, namespace, name };
    }
  } catch {
    // below
  }
  throw new ServiceError('invalid_request', 'the cursor is none that this service gave');
}

function parsed<T>(result: Parsed<T>): T {
  if ('value' in result) return result.value;
  throw new ServiceError('invalid_request', result.error);
}

function filter(options: ListOptions): ((row: ListRow) => boolean) | undefined {
  if (!options.labelSelector && !options.fieldSelector) return undefined;
  const labels = parsed(parseLabelSelector(options.labelSelector ?? ''));
  const fields = parsed(parseFieldSelector(options.fieldSelector ?? ''));
  return (row) =>
    matches(labels, row.labels) &&
    matchesFields(fields, {
      'metadata.name': row.key.name,
      'metadata.namespace': row.key.namespace,
      'spec.nodeName': row.nodeName,
      'status.phase': row.phase,
      'spec.unschedulable': String(row.unschedulable),
    });
}

/** `core` is the core group, `-` no namespace, in addresses. */
export function addressKey(group: string, kind: string, namespace: string, name: string): ObjectKey {
  const info = kindOf(group, kind);
  if (info.namespaced === (namespace === '-')) {
    const rule = info.namespaced ? 'lives in a namespace' : 'lives in no namespace: "-" stands for it in the address';
    throw new ServiceError('invalid_request', `${kind} ${rule}`);
  }
  return { group: info.group, kind, namespace: info.namespaced ? namespace : '', name };
}

function kindOf(group: string, kind: string): KindInfo {
  const info = keptKind(group === 'core' ? '' : group, kind);
  if (info) return info;
  const known = keptKinds.map((each) => `${each.group || 'core'}/${each.kind}`).join(', ');
  throw new ServiceError('not_found', `kind ${group}/${kind} is not kept here; kept are ${known}`, {
    resource: { kind: 'Kind', name: `${group}/${kind}` },
  });
}

export class Objects {
  constructor(
    private readonly store: Store,
    private readonly clusters: Clusters,
  ) {}

  /** Objects of a kind, or of all kinds (`kind` absent), of one namespace or all. */
  async list(
    cluster: string,
    where: { readonly group?: string; readonly kind?: string; readonly namespace?: string },
    options: ListOptions,
  ): Promise<ObjectList> {
    const { model } = await this.clusters.state(cluster, options);
    const named = where.kind === undefined ? undefined : namedKind(where.group, where.kind);
    const matching = filter(options);
    const page = await this.store.list(cluster, {
      ...(named
        ? { group: named.group, kind: named.kind }
        : where.group === undefined
          ? {}
          : { group: coreGroup(where.group) }),
      ...(where.namespace === undefined ? {} : { namespace: where.namespace }),
      limit: options.limit ?? DEFAULT_LIMIT,
      ...(options.cursor === undefined ? {} : { after: decodeCursor(options.cursor) }),
      ...(matching ? { matches: matching } : {}),
    });
    return {
      items: page.items.map(({ key, manifest }) => included(manifest, key, model, options)),
      nextCursor: page.next && encodeCursor(page.next),
      total: page.total,
      revision: page.revision,
      asOf: page.asOf,
    };
  }

  async get(cluster: string, key: ObjectKey, options: Freshness & IncludeOptions = {}): Promise<ObjectAnswer> {
    const state = await this.clusters.state(cluster, options);
    const stored = await this.store.get(cluster, key);
    if (!stored) throw notFound(key.kind, shownName(key));
    // what is read may be newer than what the model was at a moment ago
    const { manifest, ...rest } = answer(stored, Math.max(state.revision, stored.revision));
    return { ...rest, manifest: included(manifest, key, state.model, options) };
  }

  /** Creates or replaces the object that the document is; its name must be the address's. */
  async put(cluster: string, key: ObjectKey, documents: readonly Json[], options: WriteOptions): Promise<ObjectAnswer> {
    await this.clusters.state(cluster);
    const manifest = oneManifest(documents, key);
    return this.write(cluster, key, manifest, options);
  }

  /** Creates the object of that kind that the document is. */
  async post(
    cluster: string,
    where: { readonly group: string; readonly kind: string; readonly namespace?: string },
    documents: readonly Json[],
    options: WriteOptions,
  ): Promise<ObjectAnswer> {
    await this.clusters.state(cluster);
    const key = { ...where, namespace: where.namespace ?? '', name: '' };
    const manifest = oneManifest(documents, key);
    const name = metadataText(manifest, 'name') ?? '';
    return this.write(cluster, { ...key, name }, manifest, { ...options, create: true });
  }

  /** Applies a merge patch (RFC 7396) to the stored manifest. */
  async patch(cluster: string, key: ObjectKey, patch: Json, options: WriteOptions): Promise<ObjectAnswer> {
    await this.clusters.state(cluster);
    if (!isObject(patch)) throw new ServiceError('invalid_body', 'a merge patch of an object is an object');
    const decided = await this.store.commit(cluster, {
      load: { keys: [key], manifests: true },
      ...(isKind(key, 'Pod', 'Node') && { reservations: 'granted' as const }),
      decide: (draft) => {
        const stored = draft.loaded.get(keyText(key));
        if (!stored?.manifest) throw notFound(key.kind, shownName(key));
        checkPrecondition(key, stored.revision, options.precondition);
        const patched = mergePatch(stored.manifest, patch);
        const prepared = prepare(key, oneManifest([patched], key), options.fieldValidation);
        return decision(draft, prepared, stored, 'update');
      },
    });
    return { ...decided.result!, revision: decided.revision };
  }

  async delete(cluster: string, key: ObjectKey, precondition: Precondition = {}): Promise<number> {
    await this.clusters.state(cluster);
    const { revision } = await this.store.commit(cluster, {
      load: { keys: [key], manifests: false },
      ...(isKind(key, 'Node') && { reservations: 'granted' as const }),
      decide: (draft) => {
        const stored = draft.loaded.get(keyText(key));
        if (!stored) throw notFound(key.kind, shownName(key));
        checkPrecondition(key, stored.revision, precondition);
        const change = { op: 'delete', key, model: removal(key) } as const;
        const ends = reservationsEndedBy(draft, [change], new Date().toISOString());
        return { changes: [change, ...ends], result: null };
      },
    });
    return revision;
  }

  private async write(
    cluster: string,
    key: ObjectKey,
    manifest: JsonObject,
    options: WriteOptions,
  ): Promise<ObjectAnswer> {
    prepare(key, manifest, options.fieldValidation);
    const decided = await this.store.commit(cluster, {
      load: { keys: [key], manifests: true },
      ...(isKind(key, 'Pod', 'Node') && { reservations: 'granted' as const }),
      decide: (draft) => {
        const stored = draft.loaded.get(keyText(key));
        if (stored && options.create === true) {
          throw new ServiceError('already_exists', `${key.kind} "${shownName(key)}" already exists`, {
            resource: { kind: key.kind, name: shownName(key) },
          });
        }
        checkPrecondition(key, stored?.revision, options.precondition);
        const whole = stored?.manifest ? mergeStored(manifest, stored.manifest) : manifest;
        return decision(draft, prepare(key, whole, options.fieldValidation), stored, stored ? 'update' : 'create');
      },
    });
    return { ...decided.result!, revision: decided.revision };
  }
}

function coreGroup(group: string): string {
  return group === 'core' ? '' : group;
}

function namedKind(group: string | undefined, kind: string): KindInfo {
  const info = group === undefined ? keptKinds.find((each) => each.kind === kind) : keptKind(coreGroup(group), kind);
  return info ?? kindOf(group ?? 'core', kind);
}

function shownName({ namespace, name }: ObjectKey): string {
  return namespace === '' ? name : `${namespace}/${name}`;
}

function answer(stored: StoredObject, revision: number): ObjectAnswer {
  return { manifest: stored.manifest, objectRevision: stored.revision, revision, warnings: [], created: false };
}

/** The one manifest that a body must be, with its namespace; `key.name` empty takes any name. */
function oneManifest(documents: readonly Json[], key: ObjectKey): JsonObject {
  const [document] = documents;
  // what names neither kind nor apiVersion takes them from the address, as in `kubectl replace --raw`
  const info = keptKind(key.group, key.kind)!;
  const named = isObject(document) ? { apiVersion: apiVersionOf(info), kind: info.kind, ...document } : document;
  checkKind(named, key);
  const reader = readManifests([named, ...documents.slice(1)], { requiredNamespace: key.namespace, nameless: true });
  if (reader.faults.length > 0) throw invalidManifest(reader.faults);
  const [manifest] = reader.manifests;
  if (!manifest || reader.manifests.length > 1 || reader.skipped.length > 0) {
    throw new ServiceError('invalid_body', `the body must be exactly one ${key.kind}`);
  }
  checkName(manifest, key);
  return manifest.manifest;
}

/** Before anything else: what a Pod lacks of a Node is not what is wrong with it. */
function checkKind(document: Json | undefined, key: ObjectKey): void {
  if (!isObject(document)) return;
  const { kind, apiVersion } = document;
  if (typeof kind !== 'string' || typeof apiVersion !== 'string' || kind.endsWith('List')) return;
  if (kind === key.kind && splitApiVersion(apiVersion).group === key.group) return;
  throw new ServiceError(
    'invalid_body',
    `the body is a ${kind} (${apiVersion}), the address is of a ${apiVersionOf(keptKind(key.group, key.kind)!)} ${key.kind}`,
  );
}

function checkName(manifest: Manifest, key: ObjectKey): void {
  if (key.name !== '' && manifest.name !== key.name) {
    const detail = `the name of the object (${manifest.name}) does not match the name on the URL (${key.name})`;
    throw invalidManifest([
      {
        object: objectLabel(key.kind, key.namespace, manifest.name),
        type: 'FieldValueInvalid',
        field: 'metadata.name',
        detail,
        message: `metadata.name: Invalid value: ${JSON.stringify(manifest.name)}: ${detail}`,
      },
    ]);
  }
}

function prepare(key: ObjectKey, manifest: JsonObject, fieldValidation: FieldValidation = 'Warn'): PreparedObject {
  const prepared = prepareObject(key, manifest, fieldValidation);
  if (prepared.errors.length > 0) throw invalidManifest(prepared.errors);
  return prepared;
}

function checkPrecondition(key: ObjectKey, revision: number | undefined, precondition: Precondition = {}): void {
  const name = `${key.kind} "${shownName(key)}"`;
  if (precondition.ifAbsent === true && revision !== undefined) {
    throw new ServiceError('precondition_failed', `${name} exists already`, { objectRevision: revision });
  }
  const required = precondition.ifRevision !== undefined || precondition.ifPresent === true;
  if (required && revision === undefined) throw new ServiceError('precondition_failed', `${name} does not exist`);
  if (precondition.ifRevision !== undefined && precondition.ifRevision !== revision) {
    throw new ServiceError('precondition_failed', `${name} was last changed by revision ${revision}`, {
      objectRevision: revision,
    });
  }
}

/** Stored all the same: what is refused in a cluster may be just what somebody wants to ask about. */
function updateWarnings({ key, label, manifest }: PreparedObject, stored: LoadedObject | undefined): string[] {
  if (key.group !== '' || key.kind !== 'Pod' || !stored?.manifest) return [];
  const faults = [...podUpdateFaults(stored.manifest, manifest), ...podResizeFaults(stored.manifest, manifest)];
  return faults.map(({ message }) => `${label}: ${message}`);
}

function decision(
  draft: Parameters<typeof reservationsEndedBy>[0],
  prepared: PreparedObject,
  stored: LoadedObject | undefined,
  how: 'create' | 'update',
) {
  const { key, hash, labels, model, text, manifest, warnings } = prepared;
  const unchanged = stored?.hash === hash;
  const result = {
    manifest,
    objectRevision: unchanged ? stored.revision : draft.nextRevision,
    revision: 0,
    warnings: [...warnings, ...updateWarnings(prepared, stored)],
    created: how === 'create',
  };
  if (unchanged) return { changes: [], result };
  const change = { op: 'put', key, manifest: text, hash, labels, model } as const;
  return { changes: [change, ...reservationsEndedBy(draft, [change], new Date().toISOString())], result };
}

/** Only pods that arrive and nodes that go end reservations: other writes need not load them. */
function isKind({ group, kind }: ObjectKey, ...kinds: readonly string[]): boolean {
  return group === '' && kinds.includes(kind);
}
