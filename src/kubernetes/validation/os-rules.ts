/** `spec.os`: the fields that make no sense on the operating system a pod asks for (upstream validateOS and its like). */
import type { Faults } from '../faults.js';
import { isJsonObject } from '../read-common.js';
import type { JsonObject, PodSpec } from '../types.js';
import { placedContainers } from './placed-containers.js';

const names = ['linux', 'windows'];

/** At the position of `spec`. */
export function validateOs(spec: PodSpec, faults: Faults): void {
  const { os } = spec;
  if (os === undefined) return;
  if (os === '') faults.required('os.name');
  else if (!names.includes(os)) faults.notSupported('os', os, names);
  else if (os === 'linux') forbidWindowsOptions(spec, faults);
  else forbidLinuxOptions(spec, faults);
}

function forbidWindowsOptions(spec: PodSpec, faults: Faults): void {
  forEachContext(spec, (context, field) => {
    if (context.windowsOptions !== undefined && context.windowsOptions !== null) {
      faults.forbidden(`${field}.windowsOptions`, 'windows options cannot be set for a linux pod');
    }
  });
}

/** Fields of a pod in upstream's order: those that are not of the security context stand at the spec itself. */
const podFields = [
  'securityContext.appArmorProfile',
  'securityContext.seLinuxOptions',
  'hostUsers',
  'hostPID',
  'hostIPC',
  'securityContext.seccompProfile',
  'securityContext.fsGroup',
  'securityContext.fsGroupChangePolicy',
  'securityContext.sysctls',
  'shareProcessNamespace',
  'securityContext.runAsUser',
  'securityContext.runAsGroup',
  'securityContext.supplementalGroups',
  'securityContext.supplementalGroupsPolicy',
  'securityContext.seLinuxChangePolicy',
];
const containerFields = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'capabilities',
  'readOnlyRootFilesystem',
  'privileged',
  'allowPrivilegeEscalation',
  'procMount',
  'runAsUser',
  'runAsGroup',
];
const notOnWindows = 'cannot be set for a windows pod';

function forbidLinuxOptions(spec: PodSpec, faults: Faults): void {
  const { raw } = spec;
  const context = isJsonObject(raw.securityContext) ? raw.securityContext : {};
  for (const field of podFields) {
    const member = field.split('.');
    const value = (member.length === 2 ? context[member[1]!] : raw[field]) ?? null;
    // hostPID and hostIPC are no pointers: false is as good as absent; so is an empty list of sysctls.
    const unset = value === null || ((field === 'hostPID' || field === 'hostIPC') && value === false);
    if (unset || (member[1] === 'sysctls' && Array.isArray(value) && value.length === 0)) continue;
    faults.forbidden(field, notOnWindows);
  }
  forEachContext(spec, (own, field) => {
    if (field === 'securityContext') return;
    for (const member of containerFields) {
      if ((own[member] ?? null) !== null) faults.forbidden(`${field}.${member}`, notOnWindows);
    }
  });
}

/** Every security context and its place: the pod's, then those of its containers. */
function forEachContext(spec: PodSpec, visit: (context: JsonObject, field: string) => void): void {
  if (isJsonObject(spec.raw.securityContext)) visit(spec.raw.securityContext, 'securityContext');
  for (const { container, field } of placedContainers(spec)) {
    const { securityContext } = container.raw;
    if (isJsonObject(securityContext)) visit(securityContext, `${field}.securityContext`);
  }
}
