/**
 * Annotations that mean something to the API server: the mirror of a static pod, the deletion cost, and the seccomp and
 * AppArmor profiles of before there were fields (upstream ValidatePodSpecificAnnotations and its like).
 */
import type { Faults } from '../faults.js';
import { isJsonObject } from '../read-common.js';
import type { Json, JsonObject, Labels, Pod, PodSpec } from '../types.js';
import { validateDescendingPath } from './paths.js';
import { placedContainers } from './placed-containers.js';
import { textOf } from './raw.js';

const mirror = 'kubernetes.io/config.mirror';
const deletionCost = 'controller.kubernetes.io/pod-deletion-cost';
const podSeccomp = 'seccomp.security.alpha.kubernetes.io/pod';
const containerSeccomp = 'container.seccomp.security.alpha.kubernetes.io/';
const containerAppArmor = 'container.apparmor.security.beta.kubernetes.io/';

/** At the position of the object that has the annotations, `metadata` or a template. */
export function validatePodAnnotations({ metadata: { annotations }, spec }: Pod, faults: Faults): void {
  let seccomp = false;
  let appArmor = false;
  for (const key in annotations) {
    if (key === mirror) {
      if (spec.nodeName !== '') continue;
      const detail = 'must set spec.nodeName if mirror pod annotation is set';
      faults.invalid(`annotations[${key}]`, annotations[key], detail);
    } else if (key === deletionCost) validateDeletionCost(annotations[key]!, faults);
    else if (key === podSeccomp || key.startsWith(containerSeccomp)) seccomp = true;
    else if (key.startsWith(containerAppArmor)) appArmor = true;
  }
  if (seccomp) validateSeccomp(annotations, faults);
  if (appArmor) validateAppArmor(annotations, spec, faults);
}

/** A whole number of 32 bits without a plus sign and leading zeros. */
function validateDeletionCost(value: string, faults: Faults): void {
  const cost = /^(?:0|-?[0-9]+)$/.test(value) && !/^0./.test(value) ? Number(value) : Number.NaN;
  if (cost >= -(2 ** 31) && cost < 2 ** 31) return;
  faults.invalid(`annotations[${deletionCost}]`, value, 'must be a 32bit integer');
}

function validateSeccomp(annotations: Labels, faults: Faults): void {
  for (const key in annotations) {
    if (key !== podSeccomp && !key.startsWith(containerSeccomp)) continue;
    const profile = annotations[key]!;
    const field = `annotations.${key}`;
    if (profile.startsWith('localhost/')) {
      validateDescendingPath(profile.slice('localhost/'.length), field, faults);
    } else if (profile !== 'runtime/default' && profile !== 'docker/default' && profile !== 'unconfined') {
      faults.invalid(field, profile, 'must be a valid seccomp profile');
    }
  }
}

function validateAppArmor(annotations: Labels, spec: PodSpec, faults: Faults): void {
  const names = new Set([...placedContainers(spec)].map(({ container }) => container.name));
  for (const key in annotations) {
    if (!key.startsWith(containerAppArmor)) continue;
    const container = key.slice(containerAppArmor.length);
    const profile = annotations[key]!;
    if (!names.has(container)) faults.invalid(`annotations[${key}]`, container, 'container not found');
    if (profile === '' || profile === 'runtime/default' || profile === 'unconfined') continue;
    if (profile.startsWith('localhost/')) continue;
    faults.invalid(`annotations[${key}]`, profile, `invalid AppArmor profile name: ${JSON.stringify(profile)}`);
  }
}

/** Where a profile is given as a field and as an annotation, the two must agree. At the position of the pod. */
export function validateProfilesAgree({ metadata: { annotations }, spec }: Pod, faults: Faults): void {
  let any = false;
  for (const key in annotations) any ||= key.includes('seccomp.') || key.startsWith(containerAppArmor);
  if (!any) return;
  const ofPod = contextOf(spec.raw);
  validateAgreement(ofPod.seccompProfile, annotations[podSeccomp], seccompAt('spec.securityContext'), faults);
  for (const { container, field } of placedContainers(spec)) {
    const { seccompProfile } = contextOf(container.raw);
    const annotation = annotations[`${containerSeccomp}${container.name}`];
    validateAgreement(seccompProfile, annotation, seccompAt(`spec.${field}.securityContext`), faults);
  }
  if (spec.os === 'windows') return;
  for (const { container, field } of placedContainers(spec)) {
    const profile = contextOf(container.raw).appArmorProfile ?? ofPod.appArmorProfile;
    const place = { what: 'apparmor', field: `spec.${field}.securityContext.appArmorProfile` };
    validateAgreement(profile, annotations[`${containerAppArmor}${container.name}`], place, faults);
  }
}

interface Place {
  readonly what: string;
  readonly field: string;
}

function seccompAt(context: string): Place {
  return { what: 'seccomp', field: `${context}.seccompProfile` };
}

function validateAgreement(
  profile: Json | undefined,
  annotation: string | undefined,
  { what, field }: Place,
  faults: Faults,
): void {
  if (!isJsonObject(profile) || annotation === undefined) return;
  const type = textOf(profile.type);
  const isDefault = annotation === 'runtime/default' || (what === 'seccomp' && annotation === 'docker/default');
  const differs =
    (type === 'Unconfined' && annotation !== 'unconfined') ||
    (type === 'RuntimeDefault' && !isDefault) ||
    (type === 'Localhost' && !annotation.startsWith('localhost/'));
  if (differs) faults.forbidden(`${field}.type`, `${what} type in annotation and field must match`);
  else if (type === 'Localhost' && annotation !== `localhost/${textOf(profile.localhostProfile)}`) {
    faults.forbidden(`${field}.localhostProfile`, `${what} profile in annotation and field must match`);
  }
}

function contextOf({ securityContext }: JsonObject): JsonObject {
  return isJsonObject(securityContext) ? securityContext : {};
}
