/**
 * A manifest made ready for the store: judged, stripped, hashed, and turned into what the model keeps of it. Pure; the
 * same for imports, object writes and reservations.
 */
import { hash } from 'node:crypto';
import { defaultPod } from '../kubernetes/defaulting.js';
import { Faults } from '../kubernetes/faults.js';
import type { ObjectFieldError } from '../kubernetes/field-error.js';
import { knownSpec, rememberSpec, type KnownSpec } from '../kubernetes/known-specs.js';
import { isObject, isObserved, manifestTexts, stripManifest, type Manifest } from '../kubernetes/manifests.js';
import { checkObject } from '../kubernetes/objects/check-object.js';
import { checkNode } from '../kubernetes/objects/node.js';
import { expandMatchLabelKeys } from '../kubernetes/pod-templates.js';
import { readPod } from '../kubernetes/read-pod.js';
import type { Json, JsonObject, Pod } from '../kubernetes/types.js';
import { validatePod } from '../kubernetes/validation/validate-pod.js';
import type { ModelChange } from '../scheduler/model-change.js';
import { podRecord } from '../scheduler/pod-shape.js';
import type { ObjectKey } from '../store/store.js';

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

export interface PreparedObject {
  readonly key: ObjectKey;
  /** `Pod/team-a/web-0`, `Node/node-1` */
  readonly label: string;
  /** Stripped, as it is stored. */
  readonly manifest: JsonObject;
  /** JSON text of `manifest`. */
  readonly text: string;
  readonly hash: string;
  readonly labels: string | null;
  readonly model: ModelChange | null;
  /** A pod's spec, where it is worth knowing. */
  readonly spec: KnownSpec | undefined;
  /** Admitted by a real cluster: never refused, `errors` is empty (unless there is no name to keep it under). */
  readonly observed: boolean;
  readonly errors: readonly ObjectFieldError[];
  readonly warnings: readonly string[];
}

/** Objects that no rule reads: stored, not kept in memory. */
const storedOnly = new Set(['PersistentVolume', 'PersistentVolumeClaim', 'StorageClass', 'CSINode']);

export function objectLabel(kind: string, namespace: string, name: string): string {
  return namespace === '' ? `${kind}/${name}` : `${kind}/${namespace}/${name}`;
}

export function keyOf({ group, kind, namespace, name }: Manifest): ObjectKey {
  return { group, kind, namespace, name };
}

/** Content that counts, in 128 bits: two texts of one hash are one content. */
export function contentHash(text: string): string {
  return hash('sha256', text, 'hex').slice(0, 32);
}

interface Judged {
  readonly faults: Faults;
  readonly model: ModelChange | null;
  readonly spec: KnownSpec | undefined;
}

interface JudgedPod {
  readonly pod: Pod;
  readonly spec: KnownSpec | undefined;
}

/** Reads, defaults and validates a pod as the API server would on create; the label keys of its selectors are expanded. */
function judgePod(manifest: JsonObject, known: KnownSpec | undefined, faults: Faults): JudgedPod {
  if (known !== undefined) {
    const pod = readPod(manifest, faults, { spec: known.found });
    if (faults.errors.length === 0) validatePod(pod, faults, true);
    return { pod, spec: known };
  }
  const pod = defaultPod(readPod(manifest, faults));
  if (faults.errors.length === 0) validatePod(pod, faults);
  const expanded = expandMatchLabelKeys(pod);
  const worthKnowing = faults.unknownFields !== null && faults.reports === 0;
  return { pod: expanded, spec: worthKnowing ? rememberSpec(manifest['spec'], expanded) : undefined };
}

function judge(key: ObjectKey, manifest: JsonObject, known: KnownSpec | undefined, unknownFields: boolean): Judged {
  const faults = new Faults({ unknownFields });
  const { group, kind, namespace, name } = key;
  if (isPod(key)) {
    const { pod, spec } = judgePod(manifest, known, faults);
    return { faults, model: { type: 'pod', namespace, name, pod: podRecord(pod, known?.shapes) }, spec };
  }
  if (group === '' && kind === 'Node') {
    return { faults, model: { type: 'node', name, node: checkNode(manifest, faults) }, spec: undefined };
  }
  checkObject(kind, manifest, faults);
  const model: ModelChange | null = storedOnly.has(kind)
    ? null
    : { type: 'object', group, kind, namespace, name, object: manifest };
  return { faults, model, spec: undefined };
}

function isPod({ group, kind }: ObjectKey): boolean {
  return group === '' && kind === 'Pod';
}

/** What removing the object does to the model. */
export function removal({ group, kind, namespace, name }: ObjectKey): ModelChange | null {
  if (group === '' && kind === 'Pod') return { type: 'pod', namespace, name, pod: null };
  if (group === '' && kind === 'Node') return { type: 'node', name, node: null };
  return storedOnly.has(kind) ? null : { type: 'object', group, kind, namespace, name, object: null };
}

function labelsText(manifest: JsonObject): string | null {
  const metadata = manifest['metadata'];
  const labels: Json | undefined = isObject(metadata) ? metadata['labels'] : undefined;
  return isObject(labels) && Object.keys(labels).length > 0 ? JSON.stringify(labels) : null;
}

/**
 * @param original with namespace, kind and apiVersion filled in; not yet stripped
 * @param fieldValidation what becomes of fields that Kubernetes does not know (API.md 1)
 * @param path where it was in the body: what an object without a name is called by
 */
export function prepareObject(
  key: ObjectKey,
  original: JsonObject,
  fieldValidation: FieldValidation,
  path = '',
): PreparedObject {
  const manifest = stripManifest(original);
  const observed = isObserved(manifest);
  const known = isPod(key) ? knownSpec(manifest['spec']) : undefined;
  const { faults, model, spec } = judge(key, manifest, known, fieldValidation !== 'Ignore');
  const label =
    key.name === '' && path !== '' ? `${key.kind} at ${path}` : objectLabel(key.kind, key.namespace, key.name);
  const { stored, content } = manifestTexts(manifest, known?.text);
  const unknown = faults.unknownFields ?? [];
  const about = (sentence: string): string => `${label}: ${sentence}`;
  const errors: ObjectFieldError[] = faults.errors.map((error) => Object.assign({ object: label }, error));
  if (fieldValidation === 'Strict') {
    for (const sentence of unknown) {
      const field = /"(.*)"/.exec(sentence)?.[1] ?? '';
      const message = `strict decoding error: ${sentence}`;
      errors.push({ object: label, type: 'FieldValueInvalid', field, detail: sentence, message });
    }
  }
  // Nothing is stored without a name: the API server would make one up, and a repeated import another one each time.
  const unnamed: ObjectFieldError[] = [];
  if (key.name === '' && (observed || !errors.some(({ field }) => field === 'metadata.name'))) {
    const detail = 'name is required';
    const message = `metadata.name: Required value: ${detail}`;
    unnamed.push({ object: label, type: 'FieldValueRequired', field: 'metadata.name', detail, message });
  }
  return {
    key,
    label,
    manifest,
    text: stored,
    hash: contentHash(content),
    labels: labelsText(manifest),
    model,
    spec,
    observed,
    errors: [...unnamed, ...(observed ? [] : errors)],
    warnings: [
      ...faults.warnings.map(about),
      ...(fieldValidation === 'Strict' && !observed ? [] : unknown.map(about)),
      ...(observed ? faults.errors.map((error) => about(error.message)) : []),
    ],
  };
}
