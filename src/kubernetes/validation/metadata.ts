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
  for (let index = 0; index < metadata.finalizers.length; index++) {
    const finalizer = metadata.finalizers[index]!;
    faults.invalidForEach(`finalizers[${index}]`, finalizer, qualifiedNameFaults(finalizer));
  }
  faults.leave();
}

/** What is checked of a pod template's metadata as well: labels and annotations, at the position of the metadata. */
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

function validateOwnerReferences({ ownerReferences }: ObjectMeta, faults: Faults): void {
  let controller: string | undefined;
  for (let index = 0; index < ownerReferences.length; index++) {
    const owner = ownerReferences[index]!;
    const field = `ownerReferences[${index}]`;
    if (owner.apiVersion === '') faults.invalid(`${field}.apiVersion`, '', 'version must not be empty');
    if (owner.kind === '') faults.invalid(`${field}.kind`, '', 'must not be empty');
    if (owner.name === '') faults.invalid(`${field}.name`, '', 'must not be empty');
    if (owner.uid === '') faults.invalid(`${field}.uid`, '', 'must not be empty');
    if (owner.controller !== true) continue;
    if (controller !== undefined) {
      const detail = `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${owner.name}`;
      faults.invalid('ownerReferences', ownerReferences, detail);
    }
    controller = owner.name;
  }
}
