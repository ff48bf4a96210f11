/** Validation of ResourceQuotas in upstream's order (`pkg/apis/core/validation`; SEMANTICS 10.2). */
import type { Faults } from '../faults.js';
import { readResourceQuota, type ResourceQuota } from '../read-policies.js';
import type { JsonObject } from '../types.js';
import { scopeSelectorValue } from '../validation/internal-values.js';
import { validateObjectMeta } from '../validation/metadata.js';
import { dnsSubdomainFaults } from '../validation/names.js';
import { objectOf, objectsOf, textOf, textsOf } from '../validation/raw.js';
import { validateResourceName, validateResourceQuantity } from '../validation/resources.js';

const pods = ['pods'];
const computed = ['pods', 'cpu', 'memory', 'requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory'];

/** Scope → the standard names that such a quota may track. */
const scopes: ReadonlyMap<string, readonly string[]> = new Map([
  ['BestEffort', pods],
  ['NotBestEffort', computed],
  ['Terminating', computed],
  ['NotTerminating', computed],
  ['PriorityClass', computed],
  ['CrossNamespacePodAffinity', computed],
  ['VolumeAttributesClass', ['persistentvolumeclaims', 'requests.storage']],
]);
const conflicting = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
] as const;

const standardNames = new Set([
  ...computed,
  'ephemeral-storage',
  'requests.ephemeral-storage',
  'limits.ephemeral-storage',
  'requests.storage',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'persistentvolumeclaims',
  'configmaps',
  'services.nodeports',
  'services.loadbalancers',
]);

function isStandard(name: string): boolean {
  return standardNames.has(name) || name.startsWith('hugepages-') || name.startsWith('requests.hugepages-');
}

export function checkResourceQuota(manifest: JsonObject, faults: Faults): ResourceQuota {
  const quota = readResourceQuota(manifest, faults);
  const spec = objectOf(manifest['spec']);
  validateObjectMeta(quota.metadata, { name: dnsSubdomainFaults, namespaced: true }, faults);
  faults.enter('spec');
  for (const [name, amount] of quota.hard) {
    const field = `hard[${name}]`;
    validateResourceName(name, field, faults);
    if (!name.includes('/') && !isStandard(name)) {
      faults.invalid(field, name, 'must be a standard resource for quota');
    }
    validateResourceQuantity(name, amount, field, faults);
  }
  // Names that are not standard may be tracked under any scope.
  const tracked = [...quota.hard.keys()].filter(isStandard);
  const named = textsOf(spec['scopes']);
  checkScopes(named, tracked, faults);
  checkScopeSelector(spec, tracked, faults);
  faults.leave();
  return quota;
}

function checkScopes(named: readonly string[], tracked: readonly string[], faults: Faults): void {
  for (const scope of named) {
    if (!scopes.has(scope)) faults.invalid('scopes', named, 'unsupported scope');
    if (!tracksOnlyItsOwn(scope, tracked)) faults.invalid('scopes', named, 'unsupported scope applied to resource');
  }
  checkConflicts(named, 'scopes', named, faults);
}

function tracksOnlyItsOwn(scope: string, tracked: readonly string[]): boolean {
  const allowed = scopes.get(scope);
  return allowed === undefined || tracked.every((name) => allowed.includes(name));
}

function checkConflicts(
  given: readonly string[],
  field: string,
  shown: readonly string[] | null,
  faults: Faults,
): void {
  for (const pair of conflicting) {
    if (pair.every((scope) => given.includes(scope))) faults.invalid(field, shown, 'conflicting scopes');
  }
}

const onlyExists =
  "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";
const valued = new Set(['PriorityClass', 'VolumeAttributesClass']);

/** Upstream's paths have no index. */
function checkScopeSelector(spec: JsonObject, tracked: readonly string[], faults: Faults): void {
  const { scopeSelector } = spec;
  const requirements = objectsOf(objectOf(scopeSelector)['matchExpressions']);
  faults.enter('scopeSelector.matchExpressions');
  for (const requirement of requirements) {
    const scope = textOf(requirement['scopeName']);
    const operator = textOf(requirement['operator']);
    const values = textsOf(requirement['values']);
    if (!scopes.has(scope)) faults.invalid('scopeName', scope, 'unsupported scope');
    if (!tracksOnlyItsOwn(scope, tracked)) {
      faults.invalid('', scopeSelectorValue(scopeSelector), 'unsupported scope applied to resource');
    }
    if (scopes.has(scope) && !valued.has(scope) && operator !== 'Exists')
      faults.invalid('operator', operator, onlyExists);
    if (operator === 'In' || operator === 'NotIn') {
      if (values.length === 0) {
        faults.required('values', "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector");
      }
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      const detail = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
      if (values.length > 0) faults.invalid('values', values, detail);
    } else faults.invalid('operator', operator, 'not a valid selector operator');
  }
  const given = requirements.map((requirement) => textOf(requirement['scopeName']));
  const named = textsOf(spec['scopes']);
  checkConflicts(given, '', named.length === 0 ? null : named, faults);
  faults.leave();
}
