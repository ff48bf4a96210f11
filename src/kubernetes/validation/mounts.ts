/** Where a container has its pod's volumes (upstream ValidateVolumeMounts, ValidateVolumeDevices). */
import type { Faults } from '../faults.js';
import { isJsonObject } from '../read-common.js';
import type { Container, Json, JsonObject, Volume } from '../types.js';
import { hasBacksteps, validateDescendingPath } from './paths.js';
import { objectsOf, textOf } from './raw.js';
import { Seen } from './seen.js';

/** `volumeMounts` and `volumeDevices` of a container, at its position. @param volumes those that are in order */
export function validateMounts({ raw }: Container, volumes: readonly Volume[], faults: Faults): void {
  if (raw.volumeMounts === undefined && raw.volumeDevices === undefined) return;
  const mounts = objectsOf(raw.volumeMounts);
  const devices = objectsOf(raw.volumeDevices);
  if (mounts.length > 0) validateVolumeMounts(mounts, devices, raw, volumes, faults);
  if (devices.length > 0) validateVolumeDevices(devices, mounts, volumes, faults);
}

/** Whether there are volumes for all mounts of a container that is in order. @param volumes as `validateMounts` */
export function areMountable({ volumeMounts }: JsonObject, volumes: readonly Volume[]): boolean {
  if (!Array.isArray(volumeMounts)) return true;
  for (let index = 0; index < volumeMounts.length; index++) {
    const mount = volumeMounts[index]!;
    if (!isJsonObject(mount) || !hasName(volumes, textOf(mount.name))) return false;
  }
  return true;
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
    const name = textOf(mount.name);
    const mountPath = textOf(mount.mountPath);
    faults.enter(index);
    if (name === '') faults.required('name');
    if (!hasName(volumes, name)) faults.notFound('name', name);
    if (mountPath === '') faults.required('mountPath');
    if (paths.has(mountPath)) faults.invalid('mountPath', mountPath, 'must be unique');
    paths.add(mountPath);
    if (devices.length > 0) validateBesideDevices(name, mountPath, devices, faults);
    const subPath = textOf(mount.subPath);
    const subPathExpr = textOf(mount.subPathExpr);
    faults.leave();
    // Upstream reports these at the list, without the index.
    if (subPath !== '') validateDescendingPath(subPath, 'subPath', faults);
    if (subPathExpr !== '') {
      if (subPath !== '') {
        const detail = 'subPathExpr and subPath are mutually exclusive';
        faults.invalid(`[${index}].subPathExpr`, subPathExpr, detail);
      }
      validateDescendingPath(subPathExpr, 'subPathExpr', faults);
    }
    if (mount.mountPropagation !== undefined) validatePropagation(mount.mountPropagation, container, faults);
    if (mount.recursiveReadOnly !== undefined) validateRecursiveReadOnly(mount, faults);
  }
  faults.leave();
}

function hasName(volumes: readonly Volume[], name: string): boolean {
  for (const volume of volumes) if (volume.name === name) return true;
  return false;
}

function validateBesideDevices(name: string, path: string, devices: readonly JsonObject[], faults: Faults): void {
  if (devices.some((device) => textOf(device.name) === name)) {
    faults.invalid('name', name, 'must not already exist in volumeDevices');
  }
  // Of devices of one name the last alone counts.
  if (lastOfEachName(devices, 'devicePath').includes(path)) {
    faults.invalid('mountPath', path, 'must not already exist as a path in volumeDevices');
  }
}

function lastOfEachName(items: readonly JsonObject[], member: 'mountPath' | 'devicePath'): readonly string[] {
  return [...new Map(items.map((item) => [textOf(item.name), textOf(item[member])])).values()];
}

const propagations = ['Bidirectional', 'HostToContainer', 'None'];

function validatePropagation(value: Json, { securityContext }: JsonObject, faults: Faults): void {
  if (typeof value !== 'string') return;
  if (!propagations.includes(value)) faults.notSupported('mountPropagation', value, propagations);
  const privileged = isJsonObject(securityContext) && securityContext.privileged === true;
  if (value === 'Bidirectional' && !privileged) {
    const detail = 'Bidirectional mount propagation is available only to privileged containers';
    faults.forbidden('mountPropagation', detail);
  }
}

const recursiveModes = ['Disabled', 'Enabled', 'IfPossible'];

function validateRecursiveReadOnly(mount: JsonObject, faults: Faults): void {
  const mode = mount.recursiveReadOnly;
  if (typeof mode !== 'string' || mode === 'Disabled') return;
  if (!recursiveModes.includes(mode)) {
    faults.notSupported('recursiveReadOnly', mode, recursiveModes);
    return;
  }
  if (mount.readOnly !== true) faults.forbidden('recursiveReadOnly', 'may only be specified when readOnly is true');
  if ((mount.mountPropagation ?? 'None') !== 'None') {
    const detail = 'may only be specified when mountPropagation is None or not specified';
    faults.forbidden('recursiveReadOnly', detail);
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
  const mountPaths = lastOfEachName(mounts, 'mountPath');
  faults.enter('volumeDevices');
  for (let index = 0; index < devices.length; index++) {
    const device = devices[index]!;
    const name = textOf(device.name);
    const devicePath = textOf(device.devicePath);
    const volume = volumes.find((candidate) => candidate.name === name);
    faults.enter(index);
    if (name === '') faults.required('name');
    if (names.has(name)) faults.invalid('name', name, 'must be unique');
    if (volume === undefined) faults.notFound('name', name);
    else if (!isJsonObject(volume.raw.persistentVolumeClaim) && !isJsonObject(volume.raw.ephemeral)) {
      const detail = 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode';
      faults.invalid('name', name, detail);
    }
    if (devicePath === '') faults.required('devicePath');
    if (paths.has(devicePath)) faults.invalid('devicePath', devicePath, 'must be unique');
    if (hasBacksteps(devicePath)) faults.invalid('devicePath', devicePath, "can not contain backsteps ('..')");
    else paths.add(devicePath);
    if (mounts.some((mount) => textOf(mount.name) === name)) {
      faults.invalid('name', name, 'must not already exist in volumeMounts');
    }
    if (mountPaths.includes(devicePath)) {
      faults.invalid('devicePath', devicePath, 'must not already exist as a path in volumeMounts');
    }
    if (name !== '') names.add(name);
    faults.leave();
  }
  faults.leave();
}
