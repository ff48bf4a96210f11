/** Claims to devices: those of a pod and those that its containers name (upstream validatePodResourceClaims). */
import type { Faults } from '../faults.js';
import type { Json, PodSpec } from '../types.js';
import { resourceClaimValue } from './internal-values.js';
import { dnsLabelFaults, dnsSubdomainFaults } from './names.js';
import { objectOf, objectsOf, optionalText, textOf } from './raw.js';

const sources = ['resourceClaimName', 'resourceClaimTemplateName'] as const;
const both = 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified';
const neither = 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`';

/** `spec.resourceClaims`, at the position of `spec`. */
export function validateResourceClaims({ resourceClaims, raw }: PodSpec, faults: Faults): void {
  if (resourceClaims.length === 0) return;
  const seen = new Set<string>();
  const claims = objectsOf(raw.resourceClaims);
  for (const [index, name] of resourceClaims.entries()) {
    const claim = claims[index] ?? {};
    faults.enter(`resourceClaims[${index}]`);
    if (name === '') faults.required('name');
    else if (seen.has(name)) faults.duplicate('name', name);
    else {
      faults.invalidForEach('name', name, dnsLabelFaults(name));
      seen.add(name);
    }
    const given = sources.filter((source) => optionalText(claim[source]) !== undefined);
    if (given.length > 1) faults.invalid('', resourceClaimValue(claim), both);
    if (given.length === 0) faults.invalid('', resourceClaimValue(claim), neither);
    for (const source of given) {
      const target = textOf(claim[source]);
      faults.invalidForEach(source, target, dnsSubdomainFaults(target));
    }
    faults.leave();
  }
}

/**
 * `claims` of `resources`: each names a claim of the pod, as a whole or one request of it, and none twice. At the
 * position of `resources`.
 */
export function validateClaims(resources: Json | undefined, podClaims: readonly string[], faults: Faults): void {
  const seen = new Set<string>();
  for (const [index, claim] of objectsOf(objectOf(resources).claims).entries()) {
    const field = `claims[${index}]`;
    const name = textOf(claim.name);
    const request = textOf(claim.request);
    if (name === '') {
      faults.required(field);
      continue;
    }
    const key = request === '' ? name : `${name}/${request}`;
    if (seen.has(name)) faults.duplicate(field, name);
    else if (seen.has(key) || (request === '' && hasRequestOf(seen, name))) faults.duplicate(field, key);
    seen.add(key);
    if (request !== '') faults.invalidForEach(`${field}.request`, request, dnsLabelFaults(request));
    if (!podClaims.includes(name)) faults.notFound(field, name, knownClaims(podClaims));
  }
}

function hasRequestOf(seen: ReadonlySet<string>, name: string): boolean {
  for (const key of seen) if (key.startsWith(`${name}/`)) return true;
  return false;
}

function knownClaims(podClaims: readonly string[]): string {
  const known = 'must be one of the names in pod.spec.resourceClaims';
  const names = [...new Set(podClaims)].filter((name) => name !== '').sort();
  return names.length === 0 ? `${known} which is empty` : `${known}: ${names.join(', ')}`;
}
