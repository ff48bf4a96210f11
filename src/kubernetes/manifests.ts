/**
 * Manifests in and out (API.md 1 and 3): one parsed value, or several YAML documents, become a flat list of objects of
 * kept kinds; what is not stored is cut off; what the store compares is made. Nothing here throws, whatever the JSON.
 */
import type { FieldErrorType, ObjectFieldError } from './field-error.js';
import { apiVersionOf, keptKind, kindNamed, splitApiVersion } from './kinds.js';
import type { Json, JsonObject } from './types.js';

export interface Manifest {
  readonly apiVersion: string;
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Empty for cluster-scoped kinds. */
  readonly namespace: string;
  /** Empty only where `nameless` objects are taken. */
  readonly name: string;
  /**
   * As sent, with `apiVersion` and `kind` filled in from the list and `metadata.namespace` from the request. Not yet
   * stripped: see `stripManifest`.
   */
  readonly manifest: JsonObject;
  /** Where it was in the body: empty for a single object, `items[3]`, `[1].items[0]` (second document). */
  readonly path: string;
  /** A watch event of type DELETED: the object is gone. */
  readonly deleted: boolean;
}

export interface SkippedKind {
  readonly kind: string;
  readonly apiVersion: string;
  readonly count: number;
  readonly reason: string;
}

export interface ManifestOptions {
  /** Namespace of namespaced manifests that name none. Default `default`. */
  readonly defaultNamespace?: string;
  /** Namespace from the address: a manifest that names another is at fault. */
  readonly requiredNamespace?: string;
  /**
   * Take objects without a name too, as a question about a pod with `generateName`; that a name is missing is then said by
   * the one who validates, together with all else that is wrong. Default false.
   */
  readonly nameless?: boolean;
  /** Take watch events, `{"type": "ADDED", "object": {…}}` (import). Default false. */
  readonly watchEvents?: boolean;
}

/** Kind and apiVersion that the items of a list take when they have none of their own. */
export interface ItemDefaults {
  readonly kind: string;
  readonly apiVersion: string;
}

/** What no path segment of the API server can be (apimachinery's `IsValidPathSegmentName`), and what no database takes. */
const unaddressable = /^\.\.?$|[/%\0]/;

/** Lists in lists deeper than this are refused. */
const maxListDepth = 16;

/** Collects manifests from values of any shape; streaming callers add item after item. */
export class ManifestReader {
  readonly options: ManifestOptions;
  readonly manifests: Manifest[] = [];
  readonly faults: ObjectFieldError[] = [];
  readonly #skipped = new Map<string, { kind: string; apiVersion: string; count: number; reason: string }>();

  constructor(options: ManifestOptions = {}) {
    this.options = options;
  }

  /** In order of first appearance. */
  get skipped(): readonly SkippedKind[] {
    return [...this.#skipped.values()];
  }

  /** Takes the collected manifests out: for callers that pass them on in slices. */
  take(): Manifest[] {
    return this.manifests.splice(0);
  }

  /** One parsed value: an object, a list, or (where allowed) a watch event. */
  add(value: Json | undefined, path = '', defaults?: ItemDefaults, depth = 0): void {
    if (!isObject(value)) {
      this.#fault('FieldValueTypeInvalid', path, `${printed(value)}: a manifest is an object`);
      return;
    }
    if (this.options.watchEvents === true && isWatchEvent(value)) {
      this.#addEvent(value, path);
      return;
    }
    const kind = text(value['kind']) ?? defaults?.kind;
    const apiVersion = text(value['apiVersion']) ?? defaults?.apiVersion;
    if (kind === undefined || apiVersion === undefined) {
      if (kind === undefined) this.#missing(value, path, 'kind');
      if (apiVersion === undefined) this.#missing(value, path, 'apiVersion');
      return;
    }
    if (isList(kind, value)) {
      this.#addList(value, kind, apiVersion, path, depth);
      return;
    }
    this.#addObject(value, kind, apiVersion, path, false);
  }

  #addList(list: JsonObject, kind: string, apiVersion: string, path: string, depth: number): void {
    const items = list['items'] ?? [];
    const itemsPath = join(path, 'items');
    if (!Array.isArray(items)) {
      this.#fault('FieldValueTypeInvalid', itemsPath, `${printed(items)}: the items of a list are an array`);
      return;
    }
    if (depth >= maxListDepth) {
      this.#fault('FieldValueTooMany', itemsPath, `lists are nested more than ${maxListDepth} deep`);
      return;
    }
    const defaults = itemDefaults(kind, apiVersion);
    for (const [index, item] of items.entries()) this.add(item, `${itemsPath}[${index}]`, defaults, depth + 1);
  }

  #addEvent(event: JsonObject, path: string): void {
    const type = event['type'];
    const object = event['object'];
    if (type === 'BOOKMARK') return;
    const objectPath = join(path, 'object');
    if (type === 'ERROR') {
      const message = isObject(object) ? text(object['message']) : undefined;
      this.#fault('FieldValueInvalid', objectPath, `the watch ended with an error: ${message ?? 'no message'}`);
      return;
    }
    if (!isObject(object)) {
      this.#fault('FieldValueTypeInvalid', objectPath, `${printed(object)}: a manifest is an object`);
      return;
    }
    const kind = text(object['kind']);
    const apiVersion = text(object['apiVersion']);
    if (kind === undefined) this.#missing(object, objectPath, 'kind');
    if (apiVersion === undefined) this.#missing(object, objectPath, 'apiVersion');
    if (kind === undefined || apiVersion === undefined) return;
    this.#addObject(object, kind, apiVersion, objectPath, type === 'DELETED');
  }

  #addObject(object: JsonObject, kind: string, apiVersion: string, path: string, deleted: boolean): void {
    const { group, version } = splitApiVersion(apiVersion);
    const info = keptKind(group, kind);
    if (info === undefined) {
      this.#skip(kind, apiVersion);
      return;
    }
    const metadata = object['metadata'];
    if (metadata !== undefined && metadata !== null && !isObject(metadata)) {
      this.#fault('FieldValueTypeInvalid', join(path, 'metadata'), `${printed(metadata)}: must be an object`, kind);
      return;
    }
    const meta: JsonObject = isObject(metadata) ? metadata : {};
    const before = this.faults.length;
    const name = this.#metadataText(meta, 'name', path, kind) ?? '';
    const given = this.#metadataText(meta, 'namespace', path, kind) ?? '';
    if (this.faults.length > before) return;

    if (name === '' && (deleted || this.options.nameless !== true)) {
      this.#fault('FieldValueRequired', 'metadata.name', 'name is required', kind, path);
      return;
    }
    const required = info.namespaced ? this.options.requiredNamespace : undefined;
    const namespace = info.namespaced ? given || (required ?? this.options.defaultNamespace ?? 'default') : '';
    if (required !== undefined && namespace !== required) {
      this.#fault(
        'FieldValueInvalid',
        'metadata.namespace',
        `${JSON.stringify(namespace)}: the namespace of the provided object does not match the namespace sent on the request`,
        `${kind}/${namespace}/${name}`,
      );
      return;
    }
    const observed = text(meta['uid']) !== undefined;
    // what is observed is not judged, but names are part of addresses: no object of a real cluster has such a one
    for (const [field, value] of Object.entries({ name, namespace })) {
      if (!observed || !unaddressable.test(value)) continue;
      const detail = `${JSON.stringify(value.slice(0, 100))}: may not be "." or "..", nor contain "/", "%" or NUL`;
      this.#fault('FieldValueInvalid', `metadata.${field}`, detail, kind, path);
      return;
    }
    if (!info.namespaced && given !== '' && !observed) {
      this.#fault('FieldValueForbidden', 'metadata.namespace', 'not allowed on this type', `${kind}/${name}`);
      return;
    }
    this.manifests.push({
      apiVersion,
      group,
      version,
      kind,
      namespace,
      name,
      manifest: completed(object, meta, kind, apiVersion, info.namespaced && given === '' ? namespace : undefined),
      path,
      deleted,
    });
  }

  #metadataText(metadata: JsonObject, field: string, path: string, kind: string): string | undefined {
    const value = Object.hasOwn(metadata, field) ? metadata[field] : undefined;
    if (value === undefined || value === null || typeof value === 'string') return value ?? undefined;
    this.#fault('FieldValueTypeInvalid', `metadata.${field}`, `${printed(value)}: must be a string`, kind, path);
    return undefined;
  }

  #skip(kind: string, apiVersion: string): void {
    const key = `${apiVersion} ${kind}`;
    const seen = this.#skipped.get(key);
    if (seen !== undefined) {
      seen.count++;
      return;
    }
    const known = kindNamed(kind);
    const reason =
      known === undefined
        ? 'this kind is not kept: nothing here depends on it'
        : `${kind} is kept in ${apiVersionOf(known)}, not in ${apiVersion}`;
    this.#skipped.set(key, { kind, apiVersion, count: 1, reason });
  }

  #missing(value: JsonObject, path: string, field: 'kind' | 'apiVersion'): void {
    const sent = value[field];
    if (sent === undefined || sent === null || sent === '') {
      this.#fault('FieldValueRequired', join(path, field), `every manifest names its ${field}`);
    } else {
      this.#fault('FieldValueTypeInvalid', join(path, field), `${printed(sent)}: must be a string`);
    }
  }

  /** `object` names what is known of the object; `path` is prefixed where the object has no name of its own. */
  #fault(type: FieldErrorType, field: string, detail: string, object?: string, path = ''): void {
    const place = join(path, field);
    const label = typeLabels[type] ?? 'Invalid value';
    const message = `${place === '' ? '<body>' : place}: ${label}: ${detail}`;
    this.faults.push({ type, field: place, detail, message, ...(object === undefined ? {} : { object }) });
  }
}

const typeLabels: Partial<Record<FieldErrorType, string>> = {
  FieldValueRequired: 'Required value',
  FieldValueForbidden: 'Forbidden',
  FieldValueTooMany: 'Too many',
};

/** Everything in one body: one value, or the documents of a YAML stream (empty documents are nothing). */
export function readManifests(documents: readonly (Json | undefined)[], options: ManifestOptions = {}): ManifestReader {
  const reader = new ManifestReader(options);
  for (const [index, document] of documents.entries()) {
    const empty = document === null || document === undefined;
    if (empty && documents.length > 1) continue;
    reader.add(document, documents.length > 1 ? `[${index}]` : '');
  }
  return reader;
}

/** What the items of `PodList` (v1) take when they have no kind of their own; those of a plain `List` take nothing. */
export function itemDefaults(kind: string, apiVersion: string): ItemDefaults | undefined {
  return kind === 'List' ? undefined : { kind: kind.slice(0, -'List'.length), apiVersion };
}

/** `List`, or any kind that ends so and has items: a custom kind called AllowList has none and is an object. */
function isList(kind: string, value: JsonObject): boolean {
  return kind === 'List' || (kind.length > 4 && kind.endsWith('List') && Object.hasOwn(value, 'items'));
}

const eventTypes = new Set<Json | undefined>(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']);

function isWatchEvent(value: JsonObject): boolean {
  return eventTypes.has(value['type']) && Object.hasOwn(value, 'object') && value['kind'] === undefined;
}

function completed(
  object: JsonObject,
  metadata: JsonObject,
  kind: string,
  apiVersion: string,
  namespace: string | undefined,
): JsonObject {
  const named: JsonObject = namespace === undefined ? object : { ...object, metadata: { ...metadata, namespace } };
  return named['kind'] === kind && named['apiVersion'] === apiVersion ? named : { ...named, apiVersion, kind };
}

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * The manifest without what is not stored: metadata.managedFields, the last-applied annotation, literal env values
 * (often secrets; names and `valueFrom` stay) of every container of every pod or pod template, and the `stowage` member
 * that answers carry. The argument is not changed; what has nothing to lose is returned as it is.
 */
export function stripManifest(manifest: JsonObject): JsonObject {
  let stripped = manifest;
  if (Object.hasOwn(stripped, 'stowage')) stripped = without(stripped, 'stowage');
  const metadata = stripped['metadata'];
  if (isObject(metadata)) {
    const kept = stripMetadata(metadata);
    if (kept !== metadata) stripped = { ...stripped, metadata: kept };
  }
  return mapTemplates(mapPodSpec(stripped, stripPodSpec));
}

/** Templates have metadata of their own: a CronJob's one for its Jobs, and one for their pods. */
function mapTemplates(manifest: JsonObject): JsonObject {
  const path = podSpecPath(text(manifest['kind']) ?? '') ?? [];
  let stripped = manifest;
  for (const [index, member] of path.entries()) {
    if (member !== 'template' && member !== 'jobTemplate') continue;
    stripped = mapAt(stripped, [...path.slice(0, index + 1), 'metadata'], 0, stripMetadata);
  }
  return stripped;
}

function stripMetadata(metadata: JsonObject): JsonObject {
  let kept = Object.hasOwn(metadata, 'managedFields') ? without(metadata, 'managedFields') : metadata;
  const annotations = kept['annotations'];
  if (isObject(annotations) && Object.hasOwn(annotations, lastApplied)) {
    const others = without(annotations, lastApplied);
    kept = Object.keys(others).length === 0 ? without(kept, 'annotations') : { ...kept, annotations: others };
  }
  return kept;
}

const containerLists = ['containers', 'initContainers', 'ephemeralContainers'] as const;

function stripPodSpec(spec: JsonObject): JsonObject {
  let stripped = spec;
  for (const list of containerLists) {
    const containers = spec[list];
    if (!Array.isArray(containers)) continue;
    let changed = false;
    const kept = containers.map((container) => {
      const safe = stripContainer(container);
      changed ||= safe !== container;
      return safe;
    });
    if (changed) stripped = { ...stripped, [list]: kept };
  }
  return stripped;
}

function stripContainer(container: Json): Json {
  if (!isObject(container)) return container;
  const env = container['env'];
  if (!Array.isArray(env) || !env.some((item) => isObject(item) && Object.hasOwn(item, 'value'))) return container;
  return { ...container, env: env.map((item) => (isObject(item) ? without(item, 'value') : item)) };
}

/** Where each kind keeps its pod spec; PodTemplate is no kind of its own here. */
const podSpecPaths: Readonly<Record<string, readonly string[]>> = {
  Pod: ['spec'],
  ReplicationController: ['spec', 'template', 'spec'],
  ReplicaSet: ['spec', 'template', 'spec'],
  Deployment: ['spec', 'template', 'spec'],
  StatefulSet: ['spec', 'template', 'spec'],
  DaemonSet: ['spec', 'template', 'spec'],
  Job: ['spec', 'template', 'spec'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
};

/** Member names from the object down to its pod spec; undefined for kinds without one. */
export function podSpecPath(kind: string): readonly string[] | undefined {
  return Object.hasOwn(podSpecPaths, kind) ? podSpecPaths[kind] : undefined;
}

function mapPodSpec(manifest: JsonObject, change: (spec: JsonObject) => JsonObject): JsonObject {
  const kind = text(manifest['kind']);
  const path = kind === undefined ? undefined : podSpecPath(kind);
  return path === undefined ? manifest : mapAt(manifest, path, 0, change);
}

function mapAt(
  object: JsonObject,
  path: readonly string[],
  at: number,
  change: (value: JsonObject) => JsonObject,
): JsonObject {
  if (at === path.length) return change(object);
  const member = object[path[at]!];
  if (!isObject(member)) return object;
  const changed = mapAt(member, path, at + 1, change);
  return changed === member ? object : { ...object, [path[at]!]: changed };
}

export interface ManifestTexts {
  /** JSON text as stored. */
  readonly stored: string;
  /**
   * The text that is hashed to tell a change from a repetition: without what moves while nothing happens
   * (metadata.resourceVersion, heartbeat and probe times of conditions).
   */
  readonly content: string;
}

/**
 * Both texts of a stripped manifest for little more than the price of one: what they share is written once.
 * @param spec JSON text of the member of that name, where it is known
 */
export function manifestTexts(manifest: JsonObject, spec?: string): ManifestTexts {
  return textsOf(manifest, (member, value) => {
    if (member === 'spec' && spec !== undefined) return { stored: spec, content: spec };
    if (member === 'metadata' && isObject(value)) return textsOf(value, metadataTexts);
    if (member === 'status' && isObject(value) && hasHeartbeats(value)) return statusTexts(value);
    return undefined;
  });
}

/** Texts of an object, member by member; `special` gives those of members whose two texts differ. */
function textsOf(
  object: JsonObject,
  special: (member: string, value: Json) => ManifestTexts | null | undefined,
): ManifestTexts {
  // Joined once: a text that grows by pieces is put together by V8 later, piece by piece, several times as slowly.
  const stored: string[] = [];
  const content: string[] = [];
  let same = true;
  for (const member of Object.keys(object)) {
    const value = object[member]!;
    const name = JSON.stringify(member);
    const texts = special(member, value);
    const whole = texts?.stored ?? JSON.stringify(value);
    stored.push(stored.length === 0 ? '{' : ',', name, ':', whole);
    const counted = texts === null ? null : (texts?.content ?? whole);
    same &&= counted === whole;
    if (counted !== null) content.push(content.length === 0 ? '{' : ',', name, ':', counted);
  }
  const asStored = closed(stored);
  return { stored: asStored, content: same ? asStored : closed(content) };
}

function closed(pieces: string[]): string {
  if (pieces.length === 0) return '{}';
  pieces.push('}');
  return pieces.join('');
}

/** null: not counted. */
function metadataTexts(member: string): null | undefined {
  return member === 'resourceVersion' || member === 'managedFields' ? null : undefined;
}

/** Nodes' conditions; those of pods have `lastProbeTime: null`, which does not move. */
function hasHeartbeats(status: JsonObject): boolean {
  const conditions = status['conditions'];
  return Array.isArray(conditions) && conditions.some((condition) => withoutHeartbeat(condition) !== condition);
}

function statusTexts(status: JsonObject): ManifestTexts {
  const conditions = Array.isArray(status['conditions']) ? status['conditions'] : [];
  return {
    stored: JSON.stringify(status),
    content: JSON.stringify({ ...status, conditions: conditions.map(withoutHeartbeat) }),
  };
}

function withoutHeartbeat(condition: Json): Json {
  if (!isObject(condition)) return condition;
  const { lastHeartbeatTime = null, lastProbeTime = null } = condition;
  const counted = lastHeartbeatTime === null ? condition : without(condition, 'lastHeartbeatTime');
  return lastProbeTime === null ? counted : without(counted, 'lastProbeTime');
}

/**
 * What is stored when `manifest` replaces `stored`: an absent or empty status keeps the stored status, an absent
 * spec.nodeName of a Pod the stored one (a client that proposes knows neither). Two different uids are two different
 * objects of one name, a StatefulSet's pod made anew: nothing of the old one is kept.
 */
export function mergeStored(manifest: JsonObject, stored: JsonObject): JsonObject {
  const uid = metadataText(manifest, 'uid');
  const storedUid = metadataText(stored, 'uid');
  if (uid !== undefined && storedUid !== undefined && uid !== storedUid) return manifest;
  let merged = manifest;
  const status = manifest['status'];
  const absent = status === undefined || status === null || (isObject(status) && Object.keys(status).length === 0);
  if (absent && stored['status'] !== undefined) merged = { ...merged, status: stored['status'] };
  if (merged['kind'] !== 'Pod') return merged;
  const spec = merged['spec'];
  const storedSpec = stored['spec'];
  if (!isObject(spec) || !isObject(storedSpec)) return merged;
  const nodeName = text(storedSpec['nodeName']);
  if (nodeName === undefined || text(spec['nodeName']) !== undefined) return merged;
  return { ...merged, spec: { ...spec, nodeName } };
}

/** Present on what a real cluster has admitted: such an object is read for what it occupies and never refused. */
export function isObserved(manifest: JsonObject): boolean {
  return metadataText(manifest, 'uid') !== undefined;
}

export function metadataText(manifest: JsonObject, field: string): string | undefined {
  const metadata = manifest['metadata'];
  return isObject(metadata) && Object.hasOwn(metadata, field) ? text(metadata[field]) : undefined;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A string that is not empty. */
function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function without(object: JsonObject, member: string): JsonObject {
  const { [member]: _, ...rest } = object;
  return rest;
}

function join(path: string, field: string): string {
  return path === '' ? field : field === '' ? path : `${path}.${field}`;
}

/** A value in an error sentence: scalars whole, the rest by what it is. */
function printed(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'an array';
  if (isObject(value)) return 'an object';
  const json = JSON.stringify(value);
  return json.length > 80 ? `${json.slice(0, 80)}…` : json;
}
