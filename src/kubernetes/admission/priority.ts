/**
 * Priority (`plugin/pkg/admission/priority`; SEMANTICS 9): a pod's priority and preemptionPolicy come from its
 * PriorityClass.
 */
import type { PriorityClass } from '../read-policies.js';
import type { Pod } from '../types.js';
import type { AdmissionError, Admitted } from './admission-error.js';

type Class = Pick<PriorityClass, 'value' | 'preemptionPolicy'> & { readonly name: string };

/** Always there, whatever is stored. */
const systemClasses: readonly Class[] = [
  { name: 'system-cluster-critical', value: 2_000_000_000, preemptionPolicy: 'PreemptLowerPriority' },
  { name: 'system-node-critical', value: 2_000_001_000, preemptionPolicy: 'PreemptLowerPriority' },
];

/**
 * The pod with the priority and policy of its class. What the pod itself says stays: a mismatch is an error of admission,
 * and scheduling goes by what was sent. While the cluster has no PriorityClass objects at all, they were not imported: an
 * unknown class is a warning then.
 */
export function admitPriority(pod: Pod, classes: readonly PriorityClass[]): Admitted<Pod> {
  const { spec } = pod;
  const found = classOf(spec.priorityClassName, classes);
  if (found === undefined) {
    const message = `no PriorityClass with name ${spec.priorityClassName} was found`;
    if (classes.length === 0) {
      return { pod, errors: [], warnings: [`${message}: no PriorityClass is stored; spec.priority is used as sent`] };
    }
    return { pod, errors: [offence(spec.priorityClassName, message)], warnings: [] };
  }
  const errors: AdmissionError[] = [];
  if (spec.priority !== undefined && spec.priority !== found.value) {
    errors.push(
      offence(
        found.name,
        `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${found.value} from the given PriorityClass name`,
      ),
    );
  }
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== found.preemptionPolicy) {
    errors.push(
      offence(
        found.name,
        `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${found.preemptionPolicy} from the given PriorityClass name`,
      ),
    );
  }
  const admitted: Pod = {
    ...pod,
    spec: {
      ...spec,
      priorityClassName: found.name,
      priority: spec.priority ?? found.value,
      preemptionPolicy: spec.preemptionPolicy ?? found.preemptionPolicy,
    },
  };
  return { pod: admitted, errors, warnings: [] };
}

/** Without a name: the global default (the lowest if several), else priority 0. */
function classOf(name: string, classes: readonly PriorityClass[]): Class | undefined {
  const named = (item: PriorityClass): Class => ({ ...item, name: item.metadata.name });
  if (name !== '') {
    const stored = classes.find(({ metadata }) => metadata.name === name);
    return stored === undefined ? systemClasses.find((item) => item.name === name) : named(stored);
  }
  let lowest: PriorityClass | undefined;
  for (const item of classes) if (item.globalDefault && item.value < (lowest?.value ?? Infinity)) lowest = item;
  return lowest === undefined ? { name: '', value: 0, preemptionPolicy: 'PreemptLowerPriority' } : named(lowest);
}

function offence(name: string, message: string): AdmissionError {
  return { source: 'Priority', object: name === '' ? 'PriorityClass' : `PriorityClass/${name}`, message };
}
