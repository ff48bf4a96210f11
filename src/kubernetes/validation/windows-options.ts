/** `windowsOptions` of security contexts (upstream validateWindowsSecurityContextOptions, validateWindowsHostProcessPod). */
import type { Faults } from '../faults.js';
import { isJsonObject } from '../read-common.js';
import type { Json, JsonObject, PodSpec } from '../types.js';
import { dnsSubdomainFaults } from './names.js';
import { placedContainers } from './placed-containers.js';
import { optionalText } from './raw.js';

const maxSpecKiB = 64;

/** At the position of the security context. */
export function validateWindowsOptions(value: Json | undefined, faults: Faults): void {
  if (!isJsonObject(value)) return;
  faults.enter('windowsOptions');
  const specName = optionalText(value.gmsaCredentialSpecName);
  if (specName !== undefined) faults.invalidForEach('gmsaCredentialSpecName', specName, dnsSubdomainFaults(specName));
  const spec = optionalText(value.gmsaCredentialSpec);
  if (spec === '') faults.invalid('gmsaCredentialSpec', '', 'gmsaCredentialSpec cannot be an empty string');
  else if (spec !== undefined && Buffer.byteLength(spec) > maxSpecKiB * 1024) {
    faults.invalid('gmsaCredentialSpec', spec, `gmsaCredentialSpec size must be under ${maxSpecKiB} KiB`);
  }
  const user = optionalText(value.runAsUserName);
  if (user !== undefined) {
    for (const detail of userNameFaults(user)) faults.invalid('runAsUserName', user, `runAsUserName${detail}`);
  }
  faults.leave();
}

const maxDomainLength = 256;
const maxUserLength = 104;
const netBiosName = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
const dnsLabel = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?';
const dnsName = new RegExp(`^${dnsLabel}(?:\\.${dnsLabel})*$`);

/** `user` or `domain\user`: what is wrong with it, after the field's name. */
function userNameFaults(name: string): readonly string[] {
  if (name === '') return [' cannot be an empty string'];
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  if (/[\x00-\x1f\x7f]/.test(name)) return [' cannot contain control characters'];
  const parts = name.split('\\');
  if (parts.length > 2) return [' cannot contain more than one backslash'];
  const user = parts.at(-1)!;
  const domain = parts.length === 2 ? parts[0]! : undefined;
  const faults: string[] = [];
  if (domain !== undefined) {
    if (Buffer.byteLength(domain) >= maxDomainLength) {
      faults.push(`'s Domain length must be under ${maxDomainLength} characters`);
    }
    if (!netBiosName.test(domain) && !dnsName.test(domain)) {
      faults.push("'s Domain doesn't match the NetBios nor the DNS format");
    }
  }
  if (user === '') faults.push("'s User cannot be empty");
  else if (Buffer.byteLength(user) > maxUserLength) {
    faults.push(`'s User length must not be longer than ${maxUserLength} characters`);
  }
  if (/^[. ]+$/.test(user)) faults.push("'s User cannot contain only periods or spaces");
  if (/["/\\:;|=,+*?<>@[\]]/.test(user)) {
    faults.push(`'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]`);
  }
  return faults;
}

/** Containers that run as processes of a Windows host: all of a pod's or none. At the position of `spec`. */
export function validateHostProcesses(spec: PodSpec, faults: Faults): void {
  if (!namesHostProcess(spec)) return;
  const ofPod = hostProcess(spec.raw);
  let count = 0;
  let total = 0;
  for (const { container, field } of placedContainers(spec)) {
    const own = hostProcess(container.raw);
    total++;
    if (ofPod !== undefined && own !== undefined && own !== ofPod) {
      const detail = `pod hostProcess value must be identical if both are specified, was ${ofPod}`;
      faults.invalid(`${field}.securityContext.windowsOptions.hostProcess`, own, detail);
    }
    if (own ?? ofPod) count++;
  }
  if (count === 0) return;
  if (count !== total) {
    const detail = 'If pod contains any hostProcess containers then all containers must be HostProcess containers';
    faults.invalid('', '', detail);
  }
  if (!spec.hostNetwork) {
    faults.invalid('hostNetwork', false, 'hostNetwork must be true if pod contains any hostProcess containers');
  }
}

/** Costs no more than a look at every security context: hardly a pod names it. */
function namesHostProcess(spec: PodSpec): boolean {
  if (hostProcess(spec.raw) !== undefined) return true;
  for (const { raw } of spec.containers) if (hostProcess(raw) !== undefined) return true;
  for (const { raw } of spec.initContainers) if (hostProcess(raw) !== undefined) return true;
  return false;
}

function hostProcess({ securityContext }: JsonObject): boolean | undefined {
  const options = isJsonObject(securityContext) ? securityContext.windowsOptions : undefined;
  const value = isJsonObject(options) ? options.hostProcess : undefined;
  return typeof value === 'boolean' ? value : undefined;
}
