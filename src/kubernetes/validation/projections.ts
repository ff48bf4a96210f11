/** Files that a volume makes of keys, of the pod's own fields, of tokens (upstream validateProjectionSources). */
import type { Faults } from '../faults.js';
import { isJsonObject } from '../read-common.js';
import type { Json, JsonObject } from '../types.js';
import { validateFieldRef, validateResourceFieldRef, volumeFieldPaths } from './field-selectors.js';
import { validateNonReservedPath } from './paths.js';
import { objectsOf, optionalInteger, textOf } from './raw.js';

export function validateMode(value: Json | undefined, field: string, faults: Faults): void {
  const mode = optionalInteger(value);
  if (mode === undefined || (mode >= 0 && mode <= 0o777)) return;
  faults.invalid(field, mode, 'must be a number between 0 and 0777 (octal), both inclusive');
}

/** `items` of a ConfigMap or Secret, at its position. */
export function validateKeyPaths(items: Json | undefined, faults: Faults): void {
  for (const [index, item] of objectsOf(items).entries()) {
    faults.enter(`items[${index}]`);
    validateKeyPath(item, faults);
    faults.leave();
  }
}

function validateKeyPath(item: JsonObject, faults: Faults): void {
  const path = textOf(item.path);
  if (textOf(item.key) === '') faults.required('key');
  if (path === '') faults.required('path');
  validateNonReservedPath(path, 'path', faults);
  validateMode(item.mode, 'mode', faults);
}

/** `items` of the downward API, at the position of its source: upstream reports every file there. */
export function validateDownwardFiles(items: Json | undefined, faults: Faults): void {
  for (const item of objectsOf(items)) validateDownwardFile(item, faults);
}

function validateDownwardFile(file: JsonObject, faults: Faults): void {
  const path = textOf(file.path);
  if (path === '') faults.required('path');
  validateNonReservedPath(path, 'path', faults);
  if (isJsonObject(file.fieldRef)) {
    faults.enter('fieldRef');
    validateFieldRef(file.fieldRef, volumeFieldPaths, faults);
    faults.leave();
    if (isJsonObject(file.resourceFieldRef)) {
      faults.invalid('', 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously');
    }
  } else if (isJsonObject(file.resourceFieldRef)) {
    faults.enter('resourceFieldRef');
    validateResourceFieldRef(file.resourceFieldRef, true, faults);
    faults.leave();
  } else faults.required('', 'one of fieldRef and resourceFieldRef is required');
  validateMode(file.mode, 'mode', faults);
}

/**
 * `sources` of a projected volume, at its position. Cluster trust bundles and pod certificates are behind gates that are
 * off by default: the API server drops them.
 */
export function validateProjections(sources: Json | undefined, faults: Faults): void {
  const paths = new Set<string>();
  /** @param shown what upstream shows where two sources write one file: the name of the later one, or the path */
  const claim = (path: string, shown: string): void => {
    if (path === '') return;
    if (paths.has(path)) faults.invalid('', shown, 'conflicting duplicate paths');
    paths.add(path);
  };
  for (const [index, source] of objectsOf(sources).entries()) {
    const place = `sources[${index}]`;
    let types = 0;
    for (const type of ['secret', 'configMap'] as const) {
      const content = source[type];
      if (!isJsonObject(content)) continue;
      types++;
      validateKeyed(content, `${place}.${type}`, claim, faults);
    }
    if (isJsonObject(source.downwardAPI)) {
      types++;
      for (const file of objectsOf(source.downwardAPI.items)) {
        faults.enter(`${place}.downwardAPI`);
        validateDownwardFile(file, faults);
        faults.leave();
        claim(textOf(file.path), textOf(file.path));
      }
    }
    if (isJsonObject(source.serviceAccountToken)) {
      types++;
      validateToken(source.serviceAccountToken, `${place}.serviceAccountToken`, faults);
    }
    if (types > 1) faults.forbidden(place, 'may not specify more than 1 volume type per source');
  }
}

function validateKeyed(
  content: JsonObject,
  place: string,
  claim: (path: string, shown: string) => void,
  faults: Faults,
): void {
  const name = textOf(content.name);
  if (name === '') faults.required(`${place}.name`);
  for (const [index, item] of objectsOf(content.items).entries()) {
    faults.enter(`${place}.items[${index}]`);
    validateKeyPath(item, faults);
    faults.leave();
    claim(textOf(item.path), name);
  }
}

/** The path is reported at the volume. */
function validateToken(token: JsonObject, place: string, faults: Faults): void {
  const seconds = optionalInteger(token.expirationSeconds) ?? 3600;
  const field = `${place}.expirationSeconds`;
  if (seconds < 600) faults.invalid(field, seconds, 'may not specify a duration less than 10 minutes');
  if (seconds > 2 ** 32) faults.invalid(field, seconds, 'may not specify a duration larger than 2^32 seconds');
  const path = textOf(token.path);
  if (path === '') faults.required('path');
  else validateNonReservedPath(path, 'path', faults);
}
