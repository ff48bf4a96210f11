/** What the API server's rules say of a proposed pod, for tables of sentences. */
import { defaultPod } from '../../src/kubernetes/defaulting.js';
import { Faults } from '../../src/kubernetes/faults.js';
import { readPod } from '../../src/kubernetes/read-pod.js';
import type { JsonObject } from '../../src/kubernetes/types.js';
import { validatePod } from '../../src/kubernetes/validation/validate-pod.js';

/** @param spec over one of a single container `a` of image `nginx` */
export function faultsOfPod(spec: JsonObject, metadata: JsonObject = { name: 'p' }): Faults {
  const faults = new Faults();
  const manifest = { metadata, spec: { containers: [{ name: 'a', image: 'nginx' }], ...spec } };
  validatePod(defaultPod(readPod(manifest, faults)), faults);
  return faults;
}

export function sentencesOfPod(spec: JsonObject, metadata?: JsonObject): string[] {
  return faultsOfPod(spec, metadata).errors.map(({ message }) => message);
}
