/** Persistent volume claims, and the templates of those that pods bring along (upstream ValidatePersistentVolumeClaimSpec). */
import type { Faults } from '../faults.js';
import { isJsonObject } from '../read-common.js';
import { readLabelSelector } from '../read-scheduling.js';
import type { Json, JsonObject, Labels } from '../types.js';
import { validateLabelSelector } from './affinity.js';
import { validateAnnotations, validateLabels } from './metadata.js';
import { dnsLabelFaults, dnsSubdomainFaults } from './names.js';
import { listOf, objectOf, optionalText, quantityOf, textOf } from './raw.js';

const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];
const volumeModes = ['Block', 'Filesystem'];

/** At the position of the claim's spec. */
export function validateClaimSpec(spec: JsonObject, faults: Faults): void {
  validateAccessModes(listOf(spec.accessModes), spec.selector, faults);
  validateStorage(objectOf(objectOf(spec.resources).requests).storage, faults);
  validateClassName(spec.storageClassName, 'storageClassName', faults);
  const volumeMode = optionalText(spec.volumeMode);
  if (volumeMode !== undefined && !volumeModes.includes(volumeMode)) {
    faults.notSupported('volumeMode', volumeMode, volumeModes);
  }
  validateDataSources(spec, faults);
  validateClassName(spec.volumeAttributesClassName, 'volumeAttributesClassName', faults);
}

function validateAccessModes(modes: readonly Json[], selector: Json | undefined, faults: Faults): void {
  if (modes.length === 0) faults.required('accessModes', 'at least 1 access mode is required');
  validateLabelSelector(readLabelSelector(selector, 'selector', faults), 'selector', faults);
  for (const mode of modes) {
    if (!accessModes.includes(textOf(mode))) faults.notSupported('accessModes', textOf(mode), accessModes);
  }
  const known = modes.filter((mode) => accessModes.includes(textOf(mode)));
  if (known.includes('ReadWriteOncePod') && known.some((mode) => mode !== 'ReadWriteOncePod')) {
    faults.forbidden('accessModes', 'may not use ReadWriteOncePod with other access modes');
  }
}

function validateStorage(value: Json | undefined, faults: Faults): void {
  if (value === undefined) {
    faults.required('resources[storage]');
    return;
  }
  const storage = quantityOf(value ?? 0);
  if (storage !== undefined && storage.sign() <= 0) {
    faults.invalid('resources[storage]', storage.toString(), 'must be greater than zero');
  }
}

function validateClassName(value: Json | undefined, field: string, faults: Faults): void {
  const name = textOf(value);
  if (name !== '') faults.invalidForEach(field, name, dnsSubdomainFaults(name));
}

function validateDataSources({ dataSource, dataSourceRef }: JsonObject, faults: Faults): void {
  if (isJsonObject(dataSource)) validateDataSource(dataSource, 'dataSource', faults);
  if (!isJsonObject(dataSourceRef)) return;
  validateDataSource(dataSourceRef, 'dataSourceRef', faults);
  const namespace = textOf(dataSourceRef.namespace);
  if (namespace !== '') faults.invalidForEach('dataSourceRef.namespace', namespace, dnsLabelFaults(namespace));
  if (!isJsonObject(dataSource)) return;
  // Upstream gives a path for the bad value, which is printed as an object without members.
  if (namespace !== '') faults.invalid('', {}, 'may not be specified when dataSourceRef.namespace is specified');
  else if (
    ['apiGroup', 'kind', 'name'].some((member) => (dataSource[member] ?? null) !== (dataSourceRef[member] ?? null))
  ) {
    faults.invalid('', {}, 'must match dataSourceRef');
  }
}

function validateDataSource(source: JsonObject, field: string, faults: Faults): void {
  const kind = textOf(source.kind);
  const apiGroup = textOf(source.apiGroup);
  if (textOf(source.name) === '') faults.required(`${field}.name`);
  if (kind === '') faults.required(`${field}.kind`);
  if (apiGroup !== '') faults.invalidForEach(`${field}.apiGroup`, apiGroup, dnsSubdomainFaults(apiGroup));
  else if (kind !== 'PersistentVolumeClaim') {
    faults.invalid(field, kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup");
  }
}

/** `volumeClaimTemplate` of an ephemeral volume, at the position of the source. */
export function validateClaimTemplate(template: JsonObject, faults: Faults): void {
  const metadata = objectOf(template.metadata);
  faults.enter('volumeClaimTemplate');
  faults.enter('metadata');
  validateAnnotations(textMap(metadata.annotations), 'annotations', faults);
  validateLabels(textMap(metadata.labels), 'labels', faults);
  for (const field of templateMetadata) {
    const value = metadata[field] ?? null;
    if (value !== null && value !== '' && value !== 0) faults.forbidden(field, 'cannot be set');
  }
  faults.leave();
  faults.enter('spec');
  validateClaimSpec(objectOf(template.spec), faults);
  faults.leave();
  faults.leave();
}

/** Members of ObjectMeta, besides labels and annotations, in the order of the type. */
const templateMetadata = [
  'name',
  'generateName',
  'namespace',
  'selfLink',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'ownerReferences',
  'finalizers',
  'managedFields',
];

function textMap(value: Json | undefined): Labels {
  return Object.fromEntries(Object.entries(objectOf(value)).map(([key, text]) => [key, textOf(text)]));
}
