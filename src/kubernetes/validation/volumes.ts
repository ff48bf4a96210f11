/** Volumes and their mounts (SEMANTICS 4; upstream ValidateVolumes, ValidateVolumeMounts). */
import type { Faults } from '../faults.js';
import { volumeSourceSchema } from '../pod-schema.js';
import { isJsonObject } from '../read-common.js';
import type { Container, Json, JsonObject, Volume } from '../types.js';
import { dnsLabelFaults } from './names.js';
import { Seen } from './seen.js';

/** The member that a source cannot do without. */
const requiredMember: ReadonlyMap<string, string> = new Map([
  ['hostPath', 'path'],
  ['secret', 'secretName'],
  ['configMap', 'name'],
  ['persistentVolumeClaim', 'claimName'],
  ['csi', 'driver'],
]);

/** `spec.volumes`, at the position of `spec`: named, unique, of one source each. */
export function validateVolumes(volumes: readonly Volume[], faults: Faults): void {
  if (volumes.length === 0) return;
  const names = new Seen();
  faults.enter('volumes');
  for (let index = 0; index < volumes.length; index++) {
    const { name, source, raw } = volumes[index]!;
    faults.enter(index);
    for (const key in raw) {
      if (key !== 'name' && key !== source && raw[key] !== null && volumeSourceSchema.fields.has(key)) {
        faults.forbidden(key, 'may not specify more than 1 volume type');
      }
    }
    const member = requiredMember.get(source);
    const content = raw[source];
    if (member !== undefined && isJsonObject(content) && text(content[member]) === '') {
      faults.required(`${source}.${member}`);
    }
    if (name === '') faults.required('name');
    else {
      const nameFaults = dnsLabelFaults(name);
      faults.invalidForEach('name', name, nameFaults);
      if (nameFaults.length === 0 && names.has(name)) faults.duplicate('name', name);
      names.add(name);
    }
    faults.leave();
  }
  faults.leave();
}

/** `volumeMounts` and `volumeDevices` of a container, at its position. */
export function validateMounts({ raw }: Container, volumes: readonly Volume[], faults: Faults): void {
  const mounts = Array.isArray(raw.volumeMounts) ? raw.volumeMounts.map(objectOrEmpty) : [];
  const devices = Array.isArray(raw.volumeDevices) ? raw.volumeDevices.map(objectOrEmpty) : [];
  if (mounts.length > 0) validateVolumeMounts(mounts, devices, raw, volumes, faults);
  if (devices.length > 0) validateVolumeDevices(devices, mounts, volumes, faults);
}

/** Whether one of the others is called so, or leads to the same place; '' is neither. */
function isNamedIn(others: readonly JsonObject[], member: 'name' | 'mountPath' | 'devicePath', value: string): boolean {
  return value !== '' && others.some((other) => other[member] === value);
}

function validateVolumeMounts(
  mounts: readonly JsonObject[],
  devices: readonly JsonObject[],
  container: JsonObject,
  volumes: readonly Volume[],
  faults: Faults,
): void {
  const paths = new Seen();
  faults.enter('volumeMounts');
  for (let index = 0; index < mounts.length; index++) {
    const mount = mounts[index]!;
    const name = text(mount.name);
    const mountPath = text(mount.mountPath);
    faults.enter(index);
    if (name === '') faults.required('name');
    if (!volumes.some((volume) => volume.name === name)) faults.notFound('name', name);
    if (mountPath === '') faults.required('mountPath');
    if (paths.has(mountPath)) faults.invalid('mountPath', mountPath, 'must be unique');
    paths.add(mountPath);
    if (isNamedIn(devices, 'name', name)) faults.invalid('name', name, 'must not already exist in volumeDevices');
    if (isNamedIn(devices, 'devicePath', mountPath)) {
      faults.invalid('mountPath', mountPath, 'must not already exist as a path in volumeDevices');
    }
    const subPath = text(mount.subPath);
    const subPathExpr = text(mount.subPathExpr);
    if (subPath !== '' && subPathExpr !== '') {
      faults.invalid('subPathExpr', subPathExpr, 'subPathExpr and subPath are mutually exclusive');
    }
    faults.leave();
    // Upstream reports these at the list, without the index.
    validateDescendingPath(subPath, 'subPath', faults);
    validateDescendingPath(subPathExpr, 'subPathExpr', faults);
    validatePropagation(mount.mountPropagation, container, faults);
  }
  faults.leave();
}

/** A path inside a volume must stay there; '' is absent. */
function validateDescendingPath(path: string, field: string, faults: Faults): void {
  if (path.startsWith('/')) faults.invalid(field, path, 'must be a relative path');
  if (hasBacksteps(path)) faults.invalid(field, path, "must not contain '..'");
}

function hasBacksteps(path: string): boolean {
  return path.includes('..') && path.split('/').includes('..');
}

const propagations = ['Bidirectional', 'HostToContainer', 'None'];

function validatePropagation(value: Json | undefined, { securityContext }: JsonObject, faults: Faults): void {
  if (typeof value !== 'string') return;
  if (!propagations.includes(value)) faults.notSupported('mountPropagation', value, propagations);
  const privileged = isJsonObject(securityContext) && securityContext.privileged === true;
  if (value === 'Bidirectional' && !privileged) {
    const detail = 'Bidirectional mount propagation is available only to privileged containers';
    faults.forbidden('mountPropagation', detail);
  }
}

function validateVolumeDevices(
  devices: readonly JsonObject[],
  mounts: readonly JsonObject[],
  volumes: readonly Volume[],
  faults: Faults,
): void {
  const names = new Seen();
  const paths = new Seen();
  faults.enter('volumeDevices');
  for (let index = 0; index < devices.length; index++) {
    const device = devices[index]!;
    const name = text(device.name);
    const devicePath = text(device.devicePath);
    const volume = volumes.find((candidate) => candidate.name === name);
    faults.enter(index);
    if (name === '') faults.required('name');
    if (names.has(name)) faults.invalid('name', name, 'must be unique');
    if (volume === undefined) faults.notFound('name', name);
    else if (volume.source !== 'persistentVolumeClaim' && volume.source !== 'ephemeral') {
      const detail = 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode';
      faults.invalid('name', name, detail);
    }
    if (devicePath === '') faults.required('devicePath');
    if (paths.has(devicePath)) faults.invalid('devicePath', devicePath, 'must be unique');
    if (hasBacksteps(devicePath)) faults.invalid('devicePath', devicePath, "can not contain backsteps ('..')");
    else paths.add(devicePath);
    if (isNamedIn(mounts, 'name', name)) faults.invalid('name', name, 'must not already exist in volumeMounts');
    if (isNamedIn(mounts, 'mountPath', devicePath)) {
      faults.invalid('devicePath', devicePath, 'must not already exist as a path in volumeMounts');
    }
    if (name !== '') names.add(name);
    faults.leave();
  }
  faults.leave();
}

function objectOrEmpty(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
