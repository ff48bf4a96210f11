/** What each type of volume must say (upstream validateVolumeSource and what it calls), in upstream's order. */
import type { Faults } from '../faults.js';
import { isJsonObject } from '../read-common.js';
import type { JsonObject } from '../types.js';
import { validateClaimTemplate } from './claims.js';
import { dnsLabelFaults, dnsSubdomainFaults } from './names.js';
import { validateDescendingPath, validateNoBacksteps } from './paths.js';
import { validateDownwardFiles, validateKeyPaths, validateMode, validateProjections } from './projections.js';
import { listOf, optionalInteger, optionalText, quantityOf, textOf } from './raw.js';

export interface VolumeSource {
  /** At the position of the volume. */
  readonly check: (source: JsonObject, faults: Faults) => void;
  /** Where it is refused beside another; default: its name. */
  readonly refusedAt?: string;
}

type Check = (source: JsonObject, faults: Faults) => void;

/** The same check at the position of the source, which is mostly its name. */
const at =
  (field: string, check: Check): Check =>
  (source, faults) => {
    faults.enter(field);
    check(source, faults);
    faults.leave();
  };

/** Members that must not be empty, and nothing else. */
const requires =
  (...members: readonly string[]): Check =>
  (source, faults) => {
    for (const member of members) if (textOf(source[member]) === '') faults.required(member);
  };

const checks: readonly (readonly [type: string, check: Check, more?: Partial<VolumeSource> & { field?: string }])[] = [
  ['emptyDir', checkEmptyDir],
  ['hostPath', checkHostPath],
  ['gitRepo', checkGitRepo],
  ['gcePersistentDisk', checkDisk('pdName'), { field: 'persistentDisk' }],
  ['awsElasticBlockStore', checkDisk('volumeID')],
  ['secret', checkKeyed('secretName')],
  ['nfs', checkNfs],
  ['iscsi', checkIscsi],
  ['glusterfs', requires('endpoints', 'path')],
  ['flocker', checkFlocker],
  ['persistentVolumeClaim', requires('claimName')],
  ['rbd', checkMonitored('image')],
  ['cinder', checkCinder],
  ['cephfs', checkMonitored(), { refusedAt: 'cephFS' }],
  ['quobyte', checkQuobyte],
  ['downwardAPI', checkDownwardApi, { refusedAt: 'downwarAPI' }],
  ['fc', checkFibreChannel],
  ['flexVolume', checkFlexVolume],
  ['configMap', checkKeyed('name')],
  ['azureFile', requires('secretName', 'shareName')],
  ['vsphereVolume', requires('volumePath')],
  ['photonPersistentDisk', requires('pdID')],
  ['portworxVolume', requires('volumeID')],
  ['azureDisk', checkAzureDisk],
  ['storageos', checkStorageOs],
  ['projected', checkProjected],
  ['scaleIO', requires('gateway', 'system', 'volumeName')],
  ['csi', checkCsi],
  ['ephemeral', checkEphemeral],
  ['image', checkImage],
];

/** By their member of `spec.volumes[]`. */
export const volumeSources: ReadonlyMap<string, VolumeSource> = new Map(
  checks.map(([type, check, { field = type, ...more } = {}]) => [type, { check: at(field, check), ...more }]),
);

function checkEmptyDir({ sizeLimit }: JsonObject, faults: Faults): void {
  const limit = quantityOf(sizeLimit);
  if (limit !== undefined && limit.sign() < 0) {
    faults.forbidden('sizeLimit', 'SizeLimit field must be a valid resource quantity');
  }
}

const hostPathTypes = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
];

function checkHostPath(source: JsonObject, faults: Faults): void {
  const path = textOf(source.path);
  if (path === '') {
    faults.required('path');
    return;
  }
  validateNoBacksteps(path, 'path', faults);
  const type = textOf(source.type);
  if (!hostPathTypes.includes(type)) faults.notSupported('type', type, hostPathTypes);
}

function checkGitRepo(source: JsonObject, faults: Faults): void {
  if (textOf(source.repository) === '') faults.required('repository');
  validateDescendingPath(textOf(source.directory), 'directory', faults);
}

function checkDisk(name: string): Check {
  return (source, faults) => {
    if (textOf(source[name]) === '') faults.required(name);
    validateRange(optionalInteger(source.partition) ?? 0, 'partition', [0, 255], [1, 255], faults);
  };
}

/** @param said the bounds in the sentence, which are not always those that are asked for */
function validateRange(
  value: number,
  field: string,
  [from, to]: readonly [number, number],
  said: readonly [number, number],
  faults: Faults,
): void {
  if (value < from || value > to) faults.invalid(field, value, `must be between ${said[0]} and ${said[1]}, inclusive`);
}

function checkKeyed(name: 'secretName' | 'name'): Check {
  return (source, faults) => {
    if (textOf(source[name]) === '') faults.required(name);
    validateMode(source.defaultMode, 'defaultMode', faults);
    validateKeyPaths(source.items, faults);
  };
}

function checkNfs(source: JsonObject, faults: Faults): void {
  const path = textOf(source.path);
  if (textOf(source.server) === '') faults.required('server');
  if (path === '') faults.required('path');
  if (!path.startsWith('/')) faults.invalid('path', path, 'must be an absolute path');
}

/** By how the name of a target or an initiator begins. */
const iscsiNames: readonly (readonly [prefix: string, pattern: RegExp])[] = [
  ['iqn', /iqn\.\d{4}-\d{2}\.([0-9A-Za-z\-.]+)(:[^,;*&$|\s]+)$/],
  ['eui', /^eui.[0-9A-Za-z]{16}$/],
  ['naa', /^naa.[0-9A-Za-z]{32}$/],
];

function validateIscsiName(name: string, field: string, faults: Faults): void {
  const kind = iscsiNames.find(([prefix]) => name.startsWith(prefix));
  if (kind === undefined) faults.invalid(field, name, 'must be valid format starting with iqn, eui, or naa');
  else if (!kind[1].test(name)) faults.invalid(field, name, 'must be valid format');
}

function checkIscsi(source: JsonObject, faults: Faults): void {
  const iqn = textOf(source.iqn);
  if (textOf(source.targetPortal) === '') faults.required('targetPortal');
  if (iqn === '') faults.required('iqn');
  else validateIscsiName(iqn, 'iqn', faults);
  validateRange(optionalInteger(source.lun) ?? 0, 'lun', [0, 255], [0, 255], faults);
  const authenticated = source.chapAuthDiscovery === true || source.chapAuthSession === true;
  if (authenticated && !isJsonObject(source.secretRef)) faults.required('secretRef');
  const initiator = optionalText(source.initiatorName);
  if (initiator !== undefined) validateIscsiName(initiator, 'initiatorname', faults);
}

function checkFlocker(source: JsonObject, faults: Faults): void {
  const name = textOf(source.datasetName);
  const uuid = textOf(source.datasetUUID);
  if (name === '' && uuid === '') faults.required('', 'one of datasetName and datasetUUID is required');
  if (name !== '' && uuid !== '') {
    faults.invalid('', 'resource', 'datasetName and datasetUUID can not be specified simultaneously');
  }
  if (name.includes('/')) faults.invalid('datasetName', name, "must not contain '/'");
}

function checkMonitored(...members: readonly string[]): Check {
  return (source, faults) => {
    if (listOf(source.monitors).length === 0) faults.required('monitors');
    requires(...members)(source, faults);
  };
}

/** A reference that is there must have a name. */
function validateSecretRef({ secretRef }: JsonObject, faults: Faults): void {
  if (isJsonObject(secretRef) && textOf(secretRef.name) === '') faults.required('secretRef.name');
}

function checkCinder(source: JsonObject, faults: Faults): void {
  if (textOf(source.volumeID) === '') faults.required('volumeID');
  validateSecretRef(source, faults);
}

function checkQuobyte(source: JsonObject, faults: Faults): void {
  const registry = textOf(source.registry);
  const pairs = 'must be a host:port pair or multiple pairs separated by commas';
  if (registry === '') faults.required('registry', pairs);
  else if (Buffer.byteLength(textOf(source.tenant)) >= 65) {
    faults.required('tenant', 'must be a UUID and may not exceed a length of 64 characters');
  } else if (!registry.split(',').every(isHostPort)) faults.invalid('registry', registry, pairs);
  if (textOf(source.volume) === '') faults.required('volume');
}

/** `host:port`, `[v6]:port`; what stands in either does not matter. */
function isHostPort(text: string): boolean {
  return /^(?:\[[^[\]]*\]|[^:[\]]*):[^:[\]]*$/.test(text);
}

function checkDownwardApi(source: JsonObject, faults: Faults): void {
  validateMode(source.defaultMode, 'defaultMode', faults);
  validateDownwardFiles(source.items, faults);
}

function checkFibreChannel(source: JsonObject, faults: Faults): void {
  const names = listOf(source.targetWWNs);
  const ids = listOf(source.wwids);
  if (names.length === 0 && ids.length === 0) {
    faults.required('targetWWNs', 'must specify either targetWWNs or wwids, but not both');
  }
  if (names.length === 0) return;
  if (ids.length > 0) {
    faults.invalid('targetWWNs', names, 'targetWWNs and wwids can not be specified simultaneously');
  }
  const lun = optionalInteger(source.lun);
  if (lun === undefined) faults.required('lun', 'lun is required if targetWWNs is specified');
  else validateRange(lun, 'lun', [0, 255], [0, 255], faults);
}

function checkFlexVolume(source: JsonObject, faults: Faults): void {
  if (textOf(source.driver) === '') faults.required('driver');
  if (!isJsonObject(source.options)) return;
  for (const key in source.options) {
    const domain = `.${key.split('/', 1)[0]!.toLowerCase()}`;
    if (!domain.endsWith('.kubernetes.io') && !domain.endsWith('.k8s.io')) continue;
    faults.invalid(`options[${key}]`, key, 'kubernetes.io and k8s.io namespaces are reserved');
  }
}

const cachingModes = ['None', 'ReadOnly', 'ReadWrite'];
const diskKinds = ['Dedicated', 'Managed', 'Shared'];
const managedUri = '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}';
const blobUri = 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd';

function checkAzureDisk(source: JsonObject, faults: Faults): void {
  const uri = textOf(source.diskURI);
  const cachingMode = optionalText(source.cachingMode) ?? 'ReadWrite';
  const kind = optionalText(source.kind) ?? 'Shared';
  requires('diskName', 'diskURI')(source, faults);
  if (!cachingModes.includes(cachingMode)) faults.notSupported('cachingMode', cachingMode, cachingModes);
  if (!diskKinds.includes(kind)) faults.notSupported('kind', kind, diskKinds);
  if (kind === 'Managed' && !uri.startsWith('/subscriptions/')) faults.notSupported('diskURI', uri, [managedUri]);
  if (kind !== 'Managed' && !uri.startsWith('https://')) faults.notSupported('diskURI', uri, [blobUri]);
}

function checkStorageOs(source: JsonObject, faults: Faults): void {
  const name = textOf(source.volumeName);
  const namespace = textOf(source.volumeNamespace);
  if (name === '') faults.required('volumeName');
  else faults.invalidForEach('volumeName', name, dnsLabelFaults(name));
  if (namespace !== '') faults.invalidForEach('volumeNamespace', namespace, dnsLabelFaults(namespace));
  validateSecretRef(source, faults);
}

function checkProjected(source: JsonObject, faults: Faults): void {
  validateMode(source.defaultMode, 'defaultMode', faults);
  validateProjections(source.sources, faults);
}

const maxDriverLength = 63;

function checkCsi(source: JsonObject, faults: Faults): void {
  const driver = textOf(source.driver);
  if (driver === '') faults.required('driver');
  else {
    if (Buffer.byteLength(driver) > maxDriverLength) faults.tooLong('driver', maxDriverLength);
    faults.invalidForEach('driver', driver, dnsSubdomainFaults(driver.toLowerCase()));
  }
  if (!isJsonObject(source.nodePublishSecretRef)) return;
  const name = textOf(source.nodePublishSecretRef.name);
  if (name === '') faults.required('nodePublishSecretRef.name');
  else faults.invalidForEach('name', name, dnsSubdomainFaults(name));
}

function checkEphemeral({ volumeClaimTemplate }: JsonObject, faults: Faults): void {
  if (!isJsonObject(volumeClaimTemplate)) faults.required('volumeClaimTemplate');
  else validateClaimTemplate(volumeClaimTemplate, faults);
}

const pullPolicies = ['Always', 'IfNotPresent', 'Never'];

function checkImage(source: JsonObject, faults: Faults): void {
  const policy = textOf(source.pullPolicy);
  if (textOf(source.reference) === '') faults.required('reference');
  if (policy !== '' && !pullPolicies.includes(policy)) faults.notSupported('pullPolicy', policy, pullPolicies);
}
