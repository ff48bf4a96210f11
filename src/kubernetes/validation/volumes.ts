/** `spec.volumes`: names, and one source each (upstream ValidateVolumes, validateVolumeSource). */
import type { Faults } from '../faults.js';
import { isJsonObject } from '../read-common.js';
import type { JsonObject, Volume } from '../types.js';
import { dnsLabelFaults, dnsSubdomainFaults } from './names.js';
import { textOf } from './raw.js';
import { Seen } from './seen.js';
import { volumeSources } from './volume-sources.js';

/**
 * At the position of `spec`.
 * @param podName of the pod itself, '' for a template: claims of ephemeral volumes are named after it
 * @returns the volumes that are in order, which alone can be mounted
 */
export function validateVolumes(volumes: readonly Volume[], podName: string, faults: Faults): readonly Volume[] {
  if (volumes.length === 0) return volumes;
  const names = new Seen();
  let good: Volume[] | undefined;
  faults.enter('volumes');
  for (let index = 0; index < volumes.length; index++) {
    const volume = volumes[index]!;
    const { name, raw } = volume;
    const faultsBefore = faults.errors.length;
    faults.enter(index);
    validateSources(volume, podName, faults);
    if (name === '') faults.required('name');
    else faults.invalidForEach('name', name, dnsLabelFaults(name));
    if (names.has(name)) faults.duplicate('name', name);
    if (faults.errors.length === faultsBefore) {
      names.add(name);
      good?.push(volume);
    } else good ??= volumes.slice(0, index);
    if (podName !== '' && isJsonObject(raw.persistentVolumeClaim)) {
      validateClaimIsNoOther(raw.persistentVolumeClaim, volumes, podName, faults);
    }
    faults.leave();
  }
  faults.leave();
  return good ?? volumes;
}

const onlyOne = 'may not specify more than 1 volume type';

/** In upstream's order, whatever the manifest's: the first source is looked into, those after it are refused unread. */
function validateSources({ name, source, raw }: Volume, podName: string, faults: Faults): void {
  let sources = 0;
  for (const key in raw) if (key !== 'name' && raw[key] !== null) sources++;
  // None is an emptyDir.
  if (sources <= 1) {
    volumeSources.get(source)?.check(contentOf(raw, source), faults);
    validateInContext(source, raw, name, podName, faults);
    return;
  }
  let found = false;
  for (const [type, { check, refusedAt = type }] of volumeSources) {
    if (!isJsonObject(raw[type])) continue;
    if (found) faults.forbidden(refusedAt, onlyOne);
    else {
      check(contentOf(raw, type), faults);
      validateInContext(type, raw, name, podName, faults);
    }
    found = true;
  }
}

function contentOf(raw: JsonObject, source: string): JsonObject {
  const content = raw[source];
  return isJsonObject(content) ? content : {};
}

/** What depends on the volume's own name. */
function validateInContext(source: string, raw: JsonObject, name: string, podName: string, faults: Faults): void {
  if (source === 'iscsi') {
    const { initiatorName, targetPortal } = contentOf(raw, source);
    if (typeof initiatorName !== 'string' || Buffer.byteLength(`${name}:${textOf(targetPortal)}`) <= 64) return;
    const detail =
      'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.';
    faults.invalid('name', name, detail);
  } else if (source === 'ephemeral' && podName !== '' && name !== '') {
    const claimName = `${podName}-${name}`;
    for (const detail of dnsSubdomainFaults(claimName)) {
      faults.invalid('name', name, `PVC name ${JSON.stringify(claimName)}: ${detail}`);
    }
  }
}

/** A claim that the pod's own ephemeral volume will be is not there to be named. */
function validateClaimIsNoOther(
  { claimName }: JsonObject,
  volumes: readonly Volume[],
  podName: string,
  faults: Faults,
): void {
  const name = textOf(claimName);
  if (volumes.some((volume) => isJsonObject(volume.raw.ephemeral) && name === `${podName}-${volume.name}`)) {
    const detail = 'must not reference a PVC that gets created for an ephemeral volume';
    faults.invalid('persistentVolumeClaim.claimName', name, detail);
  }
}
