/** Topology spread constraints (SEMANTICS 4.9). */
import type { Faults } from '../faults.js';
import type { Labels, TopologySpreadConstraint } from '../types.js';
import { validateLabelSelector } from './affinity.js';
import { validateMatchLabelKeys } from './label-keys.js';

const actions = ['DoNotSchedule', 'ScheduleAnyway'];
const policies = ['Honor', 'Ignore'];

/**
 * `spec.topologySpreadConstraints` in upstream's order, at the position of `spec`.
 * @param labels of the pod; undefined for a template
 */
export function validateTopologySpread(
  constraints: readonly TopologySpreadConstraint[],
  labels: Labels | undefined,
  faults: Faults,
): void {
  if (constraints.length === 0) return;
  faults.enter('topologySpreadConstraints');
  for (let index = 0; index < constraints.length; index++) {
    const constraint = constraints[index]!;
    const { maxSkew, topologyKey, whenUnsatisfiable } = constraint;
    faults.enter(index);
    if (maxSkew <= 0) faults.invalid('maxSkew', maxSkew, 'must be greater than zero');
    if (topologyKey === '') faults.required('topologyKey', 'can not be empty');
    if (!actions.includes(whenUnsatisfiable)) faults.notSupported('whenUnsatisfiable', whenUnsatisfiable, actions);
    for (let later = index + 1; later < constraints.length; later++) {
      const other = constraints[later]!;
      if (other.topologyKey !== topologyKey || other.whenUnsatisfiable !== whenUnsatisfiable) continue;
      faults.duplicate('{topologyKey, whenUnsatisfiable}', `{${topologyKey}, ${whenUnsatisfiable}}`);
      break;
    }
    validateMinDomains(constraint, faults);
    validatePolicy(constraint.nodeAffinityPolicy, 'nodeAffinityPolicy', faults);
    validatePolicy(constraint.nodeTaintsPolicy, 'nodeTaintsPolicy', faults);
    validateMatchLabelKeys(constraint, labels, faults);
    validateLabelSelector(constraint.labelSelector, 'labelSelector', faults);
    faults.leave();
  }
  faults.leave();
}

function validatePolicy(policy: string | undefined, field: string, faults: Faults): void {
  if (policy !== undefined && !policies.includes(policy)) faults.notSupported(field, policy, policies);
}

function validateMinDomains({ minDomains, whenUnsatisfiable }: TopologySpreadConstraint, faults: Faults): void {
  if (minDomains === undefined) return;
  if (minDomains <= 0) faults.invalid('minDomains', minDomains, 'must be greater than zero');
  if (whenUnsatisfiable !== 'DoNotSchedule') {
    const detail = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`;
    faults.invalid('minDomains', minDomains, detail);
  }
}
