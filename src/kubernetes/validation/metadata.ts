/** Object metadata (apimachinery `pkg/api/validation`). */
import type { Faults } from '../faults.js';
import type { Labels, ObjectMeta } from '../types.js';
import { asPrefix, dnsLabelFaults, labelValueFaults, qualifiedNameFaults, type NameRule } from './names.js';

const annotationsLimit = 256 * 1024;

export interface MetadataRules {
  readonly name: NameRule;
  readonly namespaced: boolean;
}

/** `metadata` of an object, at the position of `faults`. A name that the server will generate is not missed. */
export function validateObjectMeta(metadata: ObjectMeta, rules: MetadataRules, faults: Faults): void {
  faults.enter('metadata');
  const { name, generateName, namespace } = metadata;
  if (generateName !== undefined) {
    faults.invalidForEach('generateName', generateName, asPrefix(rules.name)(generateName));
  }
  if (name !== '') faults.invalidForEach('name', name, rules.name(name));
  else if (generateName === undefined) faults.required('name', 'name or generateName is required');
  if (!rules.namespaced) {
    if (namespace !== '') faults.forbidden('namespace', 'not allowed on this type');
  } else if (namespace === '') faults.required('namespace');
  else faults.invalidForEach('namespace', namespace, dnsLabelFaults(namespace));
  validateTemplateMeta(metadata, faults);
  validateOwnerReferences(metadata, faults);
  if (metadata.finalizers.length > 0) validateFinalizers(metadata.finalizers, faults);
  faults.leave();
}

/** What is checked of a pod template's metadata as well: labels and annotations, at the position of their parent. */
export function validateTemplateMeta(metadata: ObjectMeta, faults: Faults): void {
  validateLabels(metadata.labels, 'labels', faults);
  validateAnnotations(metadata.annotations, 'annotations', faults);
}

export function validateLabels(labels: Labels, field: string, faults: Faults): void {
  for (const key in labels) {
    const value = labels[key]!;
    faults.invalidForEach(field, key, qualifiedNameFaults(key));
    faults.invalidForEach(field, value, labelValueFaults(value));
  }
}

/** Keys are label keys in any case; all together at most 256 KiB. */
export function validateAnnotations(annotations: Labels, field: string, faults: Faults): void {
  let characters = 0;
  for (const key in annotations) {
    faults.invalidForEach(field, key, qualifiedNameFaults(key.toLowerCase()));
    characters += key.length + annotations[key]!.length;
  }
  // A character is at most three bytes: only large annotations are measured.
  if (characters * 3 > annotationsLimit && bytes(annotations) > annotationsLimit)
    faults.tooLong(field, annotationsLimit);
}

function bytes(annotations: Labels): number {
  let total = 0;
  for (const key in annotations) total += Buffer.byteLength(key) + Buffer.byteLength(annotations[key]!);
  return total;
}

const standardFinalizers = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);

/** The shape of names is reported at the list, what they stand for at the item. */
function validateFinalizers(finalizers: readonly string[], faults: Faults): void {
  for (const finalizer of finalizers) faults.invalidForEach('finalizers', finalizer, qualifiedNameFaults(finalizer));
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    faults.invalid('finalizers', finalizers, 'finalizer orphan and foregroundDeletion cannot be both set');
  }
  for (const [index, finalizer] of finalizers.entries()) {
    if (finalizer.includes('/') || standardFinalizers.has(finalizer)) continue;
    const detail = 'name is neither a standard finalizer name nor is it fully qualified';
    faults.invalid(`finalizers[${index}]`, finalizer, detail);
  }
}

/** Upstream reports every owner at the list, without its index. */
function validateOwnerReferences({ ownerReferences }: ObjectMeta, faults: Faults): void {
  if (ownerReferences.length === 0) return;
  let controller: string | undefined;
  for (const owner of ownerReferences) {
    const { apiVersion, kind, name, uid } = owner;
    if (versionOf(apiVersion) === '') {
      faults.invalid('ownerReferences.apiVersion', apiVersion, 'version must not be empty');
    }
    if (kind === '') faults.invalid('ownerReferences.kind', '', 'must not be empty');
    if (name === '') faults.invalid('ownerReferences.name', '', 'must not be empty');
    if (uid === '') faults.invalid('ownerReferences.uid', '', 'must not be empty');
    if (apiVersion === 'v1' && kind === 'Event') {
      faults.invalid('ownerReferences', owner, '/v1, Kind=Event is disallowed from being an owner');
    }
    if (owner.controller !== true) continue;
    if (controller === undefined) controller = `${kind}/${name}`;
    else {
      const detail = `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${kind}/${name}`;
      faults.invalid('ownerReferences', ownerReferences, detail);
    }
  }
}

/** '' for what is no `version` or `group/version`. */
function versionOf(apiVersion: string): string {
  const parts = apiVersion.split('/');
  return parts.length > 2 ? '' : parts.at(-1)!;
}
