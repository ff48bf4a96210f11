/**
 * Security contexts of pods and containers (upstream validatePodSpecSecurityContext, ValidateSecurityContext). Privileged
 * containers are taken to be allowed, as in every cluster that kubeadm or a provider sets up.
 */
import type { Faults } from '../faults.js';
import { isJsonObject } from '../read-common.js';
import type { Json, JsonObject, PodSpec } from '../types.js';
import { seccompProfileValue, securityContextValue } from './internal-values.js';
import { validateDescendingPath } from './paths.js';
import { listOf, objectsOf, optionalInteger, optionalText, textOf, textsOf } from './raw.js';
import { validateWindowsOptions } from './windows-options.js';

const maxId = 2 ** 32 - 1;
const profileTypes = ['Localhost', 'RuntimeDefault', 'Unconfined'];
const procMounts = ['Default', 'Unmasked'];
const groupChangePolicies = ['Always', 'OnRootMismatch'];
const supplementalGroupsPolicies = ['Merge', 'Strict'];
/** MountOption is behind SELinuxMount, which is off by default until 1.37. */
const seLinuxChangePolicies = ['Recursive'];

/** `spec.securityContext`, at the position of `spec`. */
export function validatePodSecurityContext({ raw, hostNetwork }: PodSpec, faults: Faults): void {
  const context = raw.securityContext;
  if (!isJsonObject(context)) return;
  faults.enter('securityContext');
  validateId(context.fsGroup, 'fsGroup', faults);
  validateId(context.runAsUser, 'runAsUser', faults);
  validateId(context.runAsGroup, 'runAsGroup', faults);
  if (context.supplementalGroups !== undefined) validateGroups(listOf(context.supplementalGroups), faults);
  if (raw.shareProcessNamespace === true && raw.hostPID === true) {
    faults.invalid('shareProcessNamespace', true, 'ShareProcessNamespace and HostPID cannot both be enabled');
  }
  if (context.sysctls !== undefined) {
    validateSysctls(objectsOf(context.sysctls), { hostNetwork, hostIPC: raw.hostIPC === true }, faults);
  }
  validateChoice(context.fsGroupChangePolicy, 'fsGroupChangePolicy', groupChangePolicies, faults);
  validateSeccompProfile(context.seccompProfile, faults);
  validateWindowsOptions(context.windowsOptions, faults);
  validateAppArmorProfile(context.appArmorProfile, faults);
  validateChoice(context.supplementalGroupsPolicy, 'supplementalGroupsPolicy', supplementalGroupsPolicies, faults);
  validateChoice(context.seLinuxChangePolicy, 'seLinuxChangePolicy', seLinuxChangePolicies, faults);
  faults.leave();
}

/** `securityContext` of a container, at its position. @param hostUsers whether the pod shares the host's user namespace */
export function validateContainerSecurityContext(value: Json | undefined, hostUsers: boolean, faults: Faults): void {
  if (!isJsonObject(value)) return;
  faults.enter('securityContext');
  validateId(value.runAsUser, 'runAsUser', faults);
  validateId(value.runAsGroup, 'runAsGroup', faults);
  validateChoice(value.procMount, 'procMount', procMounts, faults);
  if (value.procMount === 'Unmasked' && hostUsers) {
    faults.invalid('procMount', 'Unmasked', '`hostUsers` must be false to use `Unmasked`');
  }
  validateSeccompProfile(value.seccompProfile, faults);
  if (value.allowPrivilegeEscalation === false) validateNoEscalation(value, faults);
  validateWindowsOptions(value.windowsOptions, faults);
  validateAppArmorProfile(value.appArmorProfile, faults);
  faults.leave();
}

function validateNoEscalation(context: JsonObject, faults: Faults): void {
  if (context.privileged === true) {
    faults.invalid(
      '',
      securityContextValue(context),
      'cannot set `allowPrivilegeEscalation` to false and `privileged` to true',
    );
  }
  const added = isJsonObject(context.capabilities) ? textsOf(context.capabilities.add) : [];
  if (added.includes('CAP_SYS_ADMIN')) {
    const detail = 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN';
    faults.invalid('', securityContextValue(context), detail);
  }
}

function validateGroups(groups: readonly Json[], faults: Faults): void {
  for (const [index, group] of groups.entries()) validateId(group, `supplementalGroups[${index}]`, faults);
}

/** Users and groups. */
function validateId(value: Json | undefined, field: string, faults: Faults): void {
  const id = optionalInteger(value);
  if (id !== undefined && (id < 0 || id > maxId)) {
    faults.invalid(field, id, `must be between 0 and ${maxId}, inclusive`);
  }
}

/** An optional member; '' is a choice, and no good one. */
function validateChoice(value: Json | undefined, field: string, supported: readonly string[], faults: Faults): void {
  if (typeof value === 'string' && !supported.includes(value)) faults.notSupported(field, value, supported);
}

const maxSysctlLength = 253;
const sysctlFormat = '^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$';
const sysctlPattern = new RegExp(sysctlFormat);

interface HostNamespaces {
  readonly hostNetwork: boolean;
  readonly hostIPC: boolean;
}

function validateSysctls(sysctls: readonly JsonObject[], host: HostNamespaces, faults: Faults): void {
  const seen = new Set<string>();
  for (const [index, sysctl] of sysctls.entries()) {
    const name = textOf(sysctl.name);
    const field = `sysctls[${index}].name`;
    if (name === '') faults.required(field);
    else if (name.length > maxSysctlLength || !sysctlPattern.test(name)) {
      const detail = `must have at most ${maxSysctlLength} characters and match regex ${sysctlFormat}`;
      faults.invalid(field, name, detail);
    } else if (seen.has(name)) faults.duplicate(field, name);
    const namespace = sysctlNamespace(name);
    if (host.hostNetwork && namespace === 'net') {
      faults.invalid(field, name, "may not be specified when 'hostNetwork' is true");
    } else if (host.hostIPC && namespace === 'ipc') {
      faults.invalid(field, name, "may not be specified when 'hostIPC' is true");
    }
    seen.add(name);
  }
}

/** The namespace that a kernel parameter belongs to; `net/ipv4/x` is `net.ipv4.x`. */
function sysctlNamespace(name: string): 'net' | 'ipc' | undefined {
  const separator = /[./]/.exec(name)?.[0];
  const dotted = separator === '/' ? name.replaceAll(/[./]/g, (mark) => (mark === '/' ? '.' : '/')) : name;
  if (dotted.startsWith('net.')) return 'net';
  return dotted === 'kernel.sem' || /^(?:kernel\.shm|kernel\.msg|fs\.mqueue\.)/.test(dotted) ? 'ipc' : undefined;
}

function validateSeccompProfile(value: Json | undefined, faults: Faults): void {
  if (!isJsonObject(value)) return;
  const type = textOf(value.type);
  const localhostProfile = optionalText(value.localhostProfile);
  faults.enter('seccompProfile');
  if (type === '') faults.required('type', 'type is required when seccompProfile is set');
  else if (!profileTypes.includes(type)) faults.notSupported('type', type, profileTypes);
  if (type !== 'Localhost') {
    if (localhostProfile !== undefined) {
      const detail = 'can only be set when seccomp type is Localhost';
      faults.invalid('localhostProfile', seccompProfileValue(value), detail);
    }
  } else if (localhostProfile === undefined) {
    faults.required('localhostProfile', 'must be set when seccomp type is Localhost');
  } else validateDescendingPath(localhostProfile, 'localhostProfile', faults);
  faults.leave();
}

const maxProfileLength = 4095;

function validateAppArmorProfile(value: Json | undefined, faults: Faults): void {
  if (!isJsonObject(value)) return;
  const type = textOf(value.type);
  const localhostProfile = optionalText(value.localhostProfile);
  faults.enter('appArmorProfile');
  if (type === 'Localhost') validateLocalhostProfile(localhostProfile, faults);
  else if (type === '') faults.required('type', 'type is required when appArmorProfile is set');
  else if (!profileTypes.includes(type)) faults.notSupported('type', type, profileTypes);
  else if (localhostProfile !== undefined) {
    faults.invalid('localhostProfile', localhostProfile, 'can only be set when AppArmor type is Localhost');
  }
  faults.leave();
}

function validateLocalhostProfile(profile: string | undefined, faults: Faults): void {
  const missing = 'must be set when AppArmor type is Localhost';
  if (profile === undefined) faults.required('localhostProfile', missing);
  else {
    if (profile.trim() !== profile) faults.invalid('localhostProfile', profile, 'must not be padded with whitespace');
    else if (profile === '') faults.required('localhostProfile', missing);
    if (Buffer.byteLength(profile) > maxProfileLength) faults.tooLong('localhostProfile', maxProfileLength);
  }
}
