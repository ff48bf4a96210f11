/**
 * RuntimeClass (`plugin/pkg/admission/runtimeclass`; SEMANTICS 2.4, 9): overhead, node selector and tolerations of a pod
 * come from its RuntimeClass.
 */
import type { RuntimeClass } from '../read-policies.js';
import type { Pod, ResourceList, Toleration } from '../types.js';
import type { AdmissionError, Admitted } from './admission-error.js';

/**
 * The pod with what its class gives it; where the two contradict, the pod as sent and an error. While the cluster has no
 * RuntimeClass objects at all, they were not imported: a class that is not found, or overhead without one, is a warning.
 */
export function admitRuntimeClass(pod: Pod, classes: readonly RuntimeClass[]): Admitted<Pod> {
  const { spec } = pod;
  const name = spec.runtimeClassName;
  const found = name === undefined ? undefined : classes.find(({ metadata }) => metadata.name === name);
  const offence = (message: string): AdmissionError => ({
    source: 'RuntimeClass',
    object: name === undefined ? 'RuntimeClass' : `RuntimeClass/${name}`,
    message,
  });
  if (name !== undefined && found === undefined) {
    const message = `pod rejected: RuntimeClass ${JSON.stringify(name)} not found`;
    return classes.length === 0
      ? {
          pod,
          errors: [],
          warnings: [`RuntimeClass ${JSON.stringify(name)}: no RuntimeClass is stored; spec.overhead is used as sent`],
        }
      : { pod, errors: [offence(message)], warnings: [] };
  }
  const overhead = found?.podFixed ?? null;
  if (overhead === null && spec.overhead.size > 0) {
    const message = 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead';
    return classes.length === 0
      ? { pod, errors: [], warnings: ['spec.overhead: no RuntimeClass is stored; it is used as sent'] }
      : { pod, errors: [offence(message)], warnings: [] };
  }
  const errors: AdmissionError[] = [];
  let admitted = pod;
  if (overhead !== null) {
    if (spec.overhead.size > 0 && !equalLists(overhead, spec.overhead)) {
      errors.push(offence("pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead"));
    } else {
      admitted = { ...admitted, spec: { ...admitted.spec, overhead } };
    }
  }
  if (found?.scheduling) {
    const { nodeSelector, tolerations } = found.scheduling;
    for (const key of Object.keys(nodeSelector).sort()) {
      if (!Object.hasOwn(spec.nodeSelector, key) || spec.nodeSelector[key] === nodeSelector[key]) continue;
      errors.push(
        offence(
          `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${nodeSelector[key]}; pod.spec.nodeSelector[${key}] = ${spec.nodeSelector[key]}`,
        ),
      );
    }
    admitted = {
      ...admitted,
      spec: {
        ...admitted.spec,
        nodeSelector: { ...nodeSelector, ...spec.nodeSelector },
        tolerations: mergedTolerations(spec.tolerations, tolerations),
      },
    };
  }
  return { pod: admitted, errors, warnings: [] };
}

function equalLists(a: ResourceList, b: ResourceList): boolean {
  return a.size === b.size && [...a].every(([name, amount]) => b.get(name)?.equals(amount) === true);
}

/** Both, without repetitions. (Upstream also drops what a broader toleration covers: it tolerates the same.) */
function mergedTolerations(own: readonly Toleration[], added: readonly Toleration[]): readonly Toleration[] {
  const equal = (a: Toleration, b: Toleration): boolean =>
    a.key === b.key &&
    a.operator === b.operator &&
    a.value === b.value &&
    a.effect === b.effect &&
    a.tolerationSeconds === b.tolerationSeconds;
  return [...own, ...added.filter((toleration) => !own.some((other) => equal(other, toleration)))];
}
