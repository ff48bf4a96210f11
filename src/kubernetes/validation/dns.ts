/** Name resolution of a pod: dnsPolicy, dnsConfig, hostAliases (upstream validatePodDNSConfig, ValidateHostAliases). */
import type { Faults } from '../faults.js';
import { isJsonObject } from '../read-common.js';
import type { Json, JsonObject } from '../types.js';
import { ipFaults } from './ip.js';
import { dnsSubdomainFaults, underscoredSubdomainFaults } from './names.js';
import { objectsOf, textOf, textsOf } from './raw.js';

const policies = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
const maxNameservers = 3;
const maxSearches = 32;
const maxSearchCharacters = 2048;

/** At the position of `spec`, as the two below. */
export function validateDnsPolicy(value: Json | undefined, faults: Faults): void {
  const policy = textOf(value);
  if (policy !== '' && !policies.includes(policy)) faults.notSupported('dnsPolicy', policy, policies);
}

export function validateDnsConfig({ dnsConfig, dnsPolicy }: JsonObject, faults: Faults): void {
  const config = isJsonObject(dnsConfig) ? dnsConfig : undefined;
  if (dnsPolicy === 'None') {
    if (config === undefined) {
      faults.required('dnsConfig', 'must provide `dnsConfig` when `dnsPolicy` is None');
      return;
    }
    if (textsOf(config.nameservers).length === 0) {
      const detail = 'must provide at least one DNS nameserver when `dnsPolicy` is None';
      faults.required('dnsConfig.nameservers', detail);
      return;
    }
  }
  if (config === undefined) return;
  faults.enter('dnsConfig');
  validateNameservers(textsOf(config.nameservers), faults);
  validateSearches(textsOf(config.searches), faults);
  for (const [index, option] of objectsOf(config.options).entries()) {
    if (textOf(option.name) === '') faults.required(`options[${index}]`, 'must not be empty');
  }
  faults.leave();
}

function validateNameservers(nameservers: readonly string[], faults: Faults): void {
  if (nameservers.length > maxNameservers) {
    faults.invalid('nameservers', nameservers, `must not have more than ${maxNameservers} nameservers`);
  }
  for (const [index, address] of nameservers.entries()) {
    faults.invalidForEach(`nameservers[${index}]`, address, ipFaults(address));
  }
}

function validateSearches(searches: readonly string[], faults: Faults): void {
  if (searches.length > maxSearches) {
    faults.invalid('searches', searches, `must not have more than ${maxSearches} search paths`);
  }
  if (Buffer.byteLength(searches.join(' ')) > maxSearchCharacters) {
    const detail = `must not have more than ${maxSearchCharacters} characters (including spaces) in the search list`;
    faults.invalid('searches', searches, detail);
  }
  for (const [index, search] of searches.entries()) {
    if (search === '.') continue;
    const domain = search.endsWith('.') ? search.slice(0, -1) : search;
    faults.invalidForEach(`searches[${index}]`, domain, underscoredSubdomainFaults(domain));
  }
}

export function validateHostAliases(value: Json | undefined, faults: Faults): void {
  for (const [index, alias] of objectsOf(value).entries()) {
    const ip = textOf(alias.ip);
    faults.invalidForEach(`hostAliases[${index}].ip`, ip, ipFaults(ip));
    for (const [at, hostname] of textsOf(alias.hostnames).entries()) {
      faults.invalidForEach(`hostAliases[${index}].hostnames[${at}]`, hostname, dnsSubdomainFaults(hostname));
    }
  }
}
