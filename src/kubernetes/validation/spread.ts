/** Topology spread constraints (SEMANTICS 4.9). */
import type { Faults } from '../faults.js';
import type { TopologySpreadConstraint } from '../types.js';
import { validateLabelKeys, validateLabelSelector } from './affinity.js';

const actions = ['DoNotSchedule', 'ScheduleAnyway'];
const policies = ['Honor', 'Ignore'];

/** `spec.topologySpreadConstraints`, at the position of `spec`. */
export function validateTopologySpread(constraints: readonly TopologySpreadConstraint[], faults: Faults): void {
  if (constraints.length === 0) return;
  faults.enter('topologySpreadConstraints');
  for (let index = 0; index < constraints.length; index++) {
    const constraint = constraints[index]!;
    faults.enter(index);
    validateConstraint(constraint, faults);
    const { topologyKey, whenUnsatisfiable } = constraint;
    for (let later = index + 1; later < constraints.length; later++) {
      const other = constraints[later]!;
      if (other.topologyKey !== topologyKey || other.whenUnsatisfiable !== whenUnsatisfiable) continue;
      faults.duplicate('{topologyKey, whenUnsatisfiable}', `{${topologyKey}, ${whenUnsatisfiable}}`);
      break;
    }
    faults.leave();
  }
  faults.leave();
}

function validateConstraint(constraint: TopologySpreadConstraint, faults: Faults): void {
  const { maxSkew, topologyKey, whenUnsatisfiable, minDomains, labelSelector, matchLabelKeys } = constraint;
  if (maxSkew <= 0) faults.invalid('maxSkew', maxSkew, 'must be greater than zero');
  if (topologyKey === '') faults.required('topologyKey', 'can not be empty');
  if (!actions.includes(whenUnsatisfiable)) faults.notSupported('whenUnsatisfiable', whenUnsatisfiable, actions);
  if (minDomains !== undefined) {
    if (minDomains <= 0) faults.invalid('minDomains', minDomains, 'must be greater than zero');
    if (whenUnsatisfiable !== 'DoNotSchedule') {
      const detail = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`;
      faults.invalid('minDomains', minDomains, detail);
    }
  }
  for (const name of ['nodeAffinityPolicy', 'nodeTaintsPolicy'] as const) {
    const policy = constraint[name];
    if (policy !== undefined && !policies.includes(policy)) faults.notSupported(name, policy, policies);
  }
  validateLabelKeys(matchLabelKeys, 'matchLabelKeys', labelSelector, faults);
  validateLabelSelector(labelSelector, 'labelSelector', faults);
}
