/**
 * What the `resize` subresource lets a client change in a pod that exists: requests and limits of cpu and memory, as long
 * as the pod stays of its QoS class and nothing is taken away (`ValidatePodResize`; SEMANTICS 2.6).
 */
import { defaultPod } from './defaulting.js';
import { Faults } from './faults.js';
import type { FieldError } from './field-error.js';
import { qosClass } from './qos.js';
import { isJsonObject } from './read-common.js';
import { readPod } from './read-pod.js';
import type { Container, JsonObject, Pod, ResourceList, ResourceRequirements } from './types.js';

const mirror = 'kubernetes.io/config.mirror';
const lists = ['containers', 'initContainers'] as const;

/** The sentences that a resize to the new pod's resources would be answered with; none where no resources differ. */
export function podResizeFaults(oldPod: JsonObject, newPod: JsonObject): readonly FieldError[] {
  const before = readDefaulted(oldPod);
  const after = readDefaulted(newPod);
  if (!isResized(before, after)) return [];
  const faults = new Faults();
  if (Object.hasOwn(before.metadata.annotations, mirror)) {
    faults.forbidden('', 'static pods cannot be resized');
    return faults.errors;
  }
  if (before.spec.os === 'windows') {
    faults.forbidden('', 'windows pods cannot be resized');
    return faults.errors;
  }
  const qos = qosClass(after);
  if ((statedQos(oldPod) ?? qosClass(before)) !== qos) {
    faults.invalid('spec', qos, 'Pod QOS Class may not change as a result of resizing');
  }
  faults.enter('spec');
  for (const list of lists) {
    for (const [index, container] of before.spec[list].entries()) {
      const now = after.spec[list][index];
      if (now?.name !== container.name) continue;
      faults.enter(`${list}[${index}].resources`);
      checkNothingRemoved(container.resources, now.resources, faults);
      faults.leave();
    }
  }
  checkPodLevel(before.spec.resources, after.spec.resources, faults);
  return faults.errors;
}

function readDefaulted(manifest: JsonObject): Pod {
  return defaultPod(readPod(manifest, new Faults()));
}

function statedQos({ status }: JsonObject): string | undefined {
  return isJsonObject(status) && typeof status['qosClass'] === 'string' ? status['qosClass'] : undefined;
}

/** Whether containers of one name, or the pods themselves, ask for other amounts. */
function isResized(before: Pod, after: Pod): boolean {
  const differs = (old: Container): boolean => {
    const now = lists.flatMap((list) => [...after.spec[list]]).find(({ name }) => name === old.name);
    return now !== undefined && !sameRequirements(old.resources, now.resources);
  };
  return (
    lists.some((list) => before.spec[list].some(differs)) ||
    !sameRequirements(before.spec.resources, after.spec.resources)
  );
}

function sameRequirements(old: ResourceRequirements | undefined, now: ResourceRequirements | undefined): boolean {
  if (old === undefined || now === undefined) return old === now;
  return sameAmounts(old.requests, now.requests) && sameAmounts(old.limits, now.limits);
}

function sameAmounts(old: ResourceList, now: ResourceList): boolean {
  return old.size === now.size && [...old].every(([name, amount]) => now.get(name)?.equals(amount) === true);
}

function isRemoved(old: ResourceList, now: ResourceList): boolean {
  return [...old.keys()].some((name) => !now.has(name));
}

/** At the position of the resources. */
function checkNothingRemoved(old: ResourceRequirements, now: ResourceRequirements, faults: Faults): void {
  if (isRemoved(old.requests, now.requests)) faults.forbidden('requests', 'resource requests cannot be removed');
  if (isRemoved(old.limits, now.limits)) faults.forbidden('limits', 'resource limits cannot be removed');
}

/** At the position of `spec`. */
function checkPodLevel(
  old: ResourceRequirements | undefined,
  now: ResourceRequirements | undefined,
  faults: Faults,
): void {
  if (old === undefined) return;
  if (now === undefined) {
    faults.forbidden('resources', 'pod-level resources cannot be removed');
    return;
  }
  if (isRemoved(old.requests, now.requests)) {
    faults.forbidden('resources.requests', 'pod-level resource requests cannot be removed');
  }
  if (isRemoved(old.limits, now.limits)) {
    faults.forbidden('resources.limits', 'pod-level resource limits cannot be removed');
  }
}
