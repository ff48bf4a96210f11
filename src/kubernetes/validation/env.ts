/** Environment variables of a container and where their values come from (upstream ValidateEnv, ValidateEnvFrom). */
import type { Faults } from '../faults.js';
import { isJsonObject } from '../read-common.js';
import type { Json, JsonObject, PodSpec } from '../types.js';
import { envFieldPaths, validateFieldRef, validateResourceFieldRef } from './field-selectors.js';
import { asPrefix, configKeyFaults, dnsLabelFaults, dnsSubdomainFaults, envNameFaults } from './names.js';
import { validateNoBacksteps } from './paths.js';
import { placedContainers } from './placed-containers.js';
import { objectOf, objectsOf, textOf } from './raw.js';

/** `env`, at the position of the container. @returns whether a variable reads a file, which its pod must have a volume for */
export function validateEnv(env: readonly Json[], faults: Faults): boolean {
  let readsFile = false;
  faults.enter('env');
  for (let index = 0; index < env.length; index++) {
    const item = env[index];
    const variable = isJsonObject(item) ? item : {};
    faults.enter(index);
    if (typeof variable.name !== 'string' || variable.name === '') faults.required('name');
    else faults.invalidForEach('name', variable.name, envNameFaults(variable.name));
    if (isJsonObject(variable.valueFrom)) {
      faults.enter('valueFrom');
      validateSource(variable, variable.valueFrom, faults);
      faults.leave();
      readsFile ||= isJsonObject(variable.valueFrom.fileKeyRef);
    }
    faults.leave();
  }
  faults.leave();
  return readsFile;
}

function validateSource({ value }: JsonObject, source: JsonObject, faults: Faults): void {
  // One by one in upstream's order: a loop over the names of members costs more than all that is checked here.
  const sources =
    checked(source.fieldRef, 'fieldRef', validateFieldKeyRef, faults) +
    checked(source.resourceFieldRef, 'resourceFieldRef', validateResourceKeyRef, faults) +
    checked(source.configMapKeyRef, 'configMapKeyRef', validateKeyRef, faults) +
    checked(source.secretKeyRef, 'secretKeyRef', validateKeyRef, faults) +
    checked(source.fileKeyRef, 'fileKeyRef', validateFileKeyRef, faults);
  if (sources === 0) {
    const detail =
      'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`';
    faults.invalid('', '', detail);
  } else if (textOf(value) !== '') faults.invalid('', '', 'may not be specified when `value` is not empty');
  else if (sources > 1) faults.invalid('', '', 'may not have more than one field specified at a time');
}

/** @returns how many sources that is: 1, or 0 when absent */
function checked(
  source: Json | undefined,
  type: string,
  validate: (source: JsonObject, faults: Faults) => void,
  faults: Faults,
): number {
  if (source === undefined || !isJsonObject(source)) return 0;
  faults.enter(type);
  validate(source, faults);
  faults.leave();
  return 1;
}

function validateFieldKeyRef(source: JsonObject, faults: Faults): void {
  validateFieldRef(source, envFieldPaths, faults);
}

function validateResourceKeyRef(source: JsonObject, faults: Faults): void {
  validateResourceFieldRef(source, false, faults);
}

function validateKeyRef(source: JsonObject, faults: Faults): void {
  const name = textOf(source.name);
  const key = textOf(source.key);
  faults.invalidForEach('name', name, dnsSubdomainFaults(name));
  if (key === '') faults.required('key');
  else faults.invalidForEach('key', key, configKeyFaults(key));
}

function validateFileKeyRef(source: JsonObject, faults: Faults): void {
  const key = textOf(source.key);
  const volumeName = textOf(source.volumeName);
  const path = textOf(source.path);
  if (key === '') faults.required('key');
  else faults.invalidForEach('key', key, envNameFaults(key));
  if (volumeName === '') faults.required('volumeName');
  else faults.invalidForEach('volumeName', volumeName, dnsLabelFaults(volumeName));
  if (path === '') faults.required('path');
  else validateNoBacksteps(path, 'path', faults);
}

const asPrefixOfName = asPrefix(dnsSubdomainFaults);

/** `envFrom`, at the position of the container. How many sources an item has is reported at the list. */
export function validateEnvFrom(envFrom: readonly Json[], faults: Faults): void {
  faults.enter('envFrom');
  for (const [index, item] of envFrom.entries()) {
    const { prefix, configMapRef, secretRef } = objectOf(item);
    const variablePrefix = textOf(prefix);
    if (variablePrefix !== '') {
      faults.invalidForEach(`[${index}].prefix`, variablePrefix, envNameFaults(variablePrefix));
    }
    let sources = 0;
    for (const [type, source] of [
      ['configMapRef', configMapRef],
      ['secretRef', secretRef],
    ] as const) {
      if (!isJsonObject(source)) continue;
      sources++;
      const name = textOf(source.name);
      if (name === '') faults.required(`[${index}].${type}.name`);
      else faults.invalidForEach(`[${index}].${type}.name`, name, asPrefixOfName(name));
    }
    if (sources === 0) faults.invalid('', '', 'must specify one of: `configMapRef` or `secretRef`');
    else if (sources > 1) faults.invalid('', '', 'may not have more than one field specified at a time');
  }
  faults.leave();
}

/** Variables of a file read it from an emptyDir; at the position of `spec`. */
export function validateFileKeyVolumes(spec: PodSpec, faults: Faults): void {
  for (const { container, field } of placedContainers(spec)) {
    for (const [index, { valueFrom }] of objectsOf(container.raw.env).entries()) {
      const source = isJsonObject(valueFrom) ? valueFrom.fileKeyRef : undefined;
      if (!isJsonObject(source)) continue;
      const name = textOf(source.volumeName);
      const place = `${field}.env[${index}].valueFrom.fileKeyRef.volumeName`;
      const volume = spec.volumes.findLast((candidate) => candidate.name === name);
      if (volume === undefined) faults.notFound(place, name);
      else if (volume.source !== 'emptyDir') faults.invalid(place, name, 'referenced volume must be of type emptyDir');
    }
  }
}
