/** What the specs of all that creates pods have in common: metadata, counts, a pod template. */
import { defaultPodTemplate } from '../defaulting.js';
import type { Faults } from '../faults.js';
import { readInt32, readInt64, readObject } from '../read-common.js';
import { readObjectMeta } from '../read-meta.js';
import { readPodTemplateSpec } from '../read-pod.js';
import type { Json, JsonObject, Pod } from '../types.js';
import { validateObjectMeta } from '../validation/metadata.js';
import type { NameRule } from '../validation/names.js';
import { validatePodTemplate } from '../validation/validate-pod.js';

export const negative = 'must be greater than or equal to 0';

/** Steps into `spec`, after the metadata: the caller leaves it. */
export function enterSpec(manifest: JsonObject, name: NameRule, faults: Faults): JsonObject {
  validateObjectMeta(readObjectMeta(manifest['metadata'], 'metadata', faults), { name, namespaced: true }, faults);
  const spec = readObject(manifest['spec'], 'spec', faults) ?? {};
  faults.enter('spec');
  return spec;
}

/** At the position of the spec that holds it; defaulted, not yet judged. */
export function readTemplate(spec: JsonObject, faults: Faults): Pod {
  return defaultPodTemplate(readPodTemplateSpec(spec['template'], 'template', faults));
}

/**
 * The template of pods that run until they are deleted, at the position of the spec that holds it.
 * @param what `ReplicaSet` as in `activeDeadlineSeconds in ReplicaSet is not Supported`
 */
export function checkLastingTemplate(template: Pod, what: string, faults: Faults): void {
  faults.enter('template');
  validatePodTemplate(template, faults);
  checkLasting(template, what, faults);
  faults.leave();
}

/** At the position of the template. */
export function checkLasting({ spec }: Pod, what: string, faults: Faults): void {
  if (spec.restartPolicy !== 'Always') faults.notSupported('spec.restartPolicy', spec.restartPolicy, ['Always']);
  if (spec.activeDeadlineSeconds !== undefined) {
    faults.forbidden('spec.activeDeadlineSeconds', `activeDeadlineSeconds in ${what} is not Supported`);
  }
}

/** A number of 32 bits, not below zero. @returns undefined when absent or none */
export function checkCount(object: JsonObject, field: string, faults: Faults): number | undefined {
  return checkNotNegative(readInt32(object[field], field, faults), field, faults);
}

/** The same of 64 bits. */
export function checkLongCount(object: JsonObject, field: string, faults: Faults): number | undefined {
  return checkNotNegative(readInt64(object[field], field, faults), field, faults);
}

function checkNotNegative(value: number | undefined, field: string, faults: Faults): number | undefined {
  if (value !== undefined && value < 0) faults.invalid(field, value, negative);
  return value;
}

/** An absent member is another value than 0. */
export function isZero(value: Json): boolean {
  return value === 0 || (typeof value === 'string' && /^0+%$/.test(value));
}
