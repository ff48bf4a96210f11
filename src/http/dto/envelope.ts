/**
 * Reads request objects and query strings into their DTO classes, strictly: a member that the class does not know, or of
 * another type, is 400 with its path. What passes is a plain object without nulls (absent and null mean the same).
 */
import { validateSync, type ValidationError } from 'class-validator';
import type { FieldError } from '../../kubernetes/field-error.js';
import { ServiceError } from '../../service/errors.js';
import { membersOf, type DtoClass } from './members.js';

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isManifest = (value: Record<string, unknown>): value is { apiVersion: string; kind: string } =>
  typeof value['kind'] === 'string' && typeof value['apiVersion'] === 'string';

function fault(field: string, detail: string): FieldError {
  return { type: 'FieldValueInvalid', field, detail, message: `${field}: Invalid value: ${detail}` };
}

function faultsOf(error: ValidationError, path: string): FieldError[] {
  return Object.entries(error.constraints ?? {}).map(([rule, text]) => {
    const field = path === '' ? error.property : `${path}.${error.property}`;
    return fault(field, rule === 'whitelistValidation' ? 'there is no such option here' : text);
  });
}

function collect(
  Class: DtoClass,
  source: Record<string, unknown>,
  path: string,
  faults: FieldError[],
): Record<string, unknown> {
  const known = membersOf(Class);
  const instance = new Class() as Record<string, unknown>;
  for (const [name, value] of Object.entries(source)) {
    if (value === null || value === undefined) {
      if (!known.has(name)) faults.push(fault(path === '' ? name : `${path}.${name}`, 'there is no such option here'));
      continue;
    }
    const nested = known.get(name)?.nested;
    const at = path === '' ? name : `${path}.${name}`;
    if (!nested) instance[name] = value;
    else if (Array.isArray(value))
      instance[name] = value.map((item, index) => nestedValue(nested, item, `${at}[${index}]`, faults));
    else instance[name] = nestedValue(nested, value, at, faults);
  }
  if (passes(known, instance)) return instance;
  const errors = validateSync(instance, {
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: false,
    validationError: { target: false, value: false },
  });
  for (const error of errors) faults.push(...faultsOf(error, path));
  return instance;
}

/** Nothing to say about any member: class-validator, which knows the sentences, need not be asked. */
export function passes(known: ReturnType<typeof membersOf>, instance: Readonly<Record<string, unknown>>): boolean {
  for (const [name, { required, accepts }] of known) {
    const value = instance[name];
    if (value === undefined ? required : !accepts(value)) return false;
  }
  return Object.keys(instance).every((name) => instance[name] === undefined || known.has(name));
}

function nestedValue(
  nested: (value: Record<string, unknown>) => DtoClass | undefined,
  value: unknown,
  path: string,
  faults: FieldError[],
): unknown {
  if (!isObject(value)) {
    faults.push(fault(path, 'must be an object'));
    return value;
  }
  const Class = nested(value);
  if (!Class) {
    faults.push(fault(path, `${JSON.stringify(value['op'] ?? null)} is no operation known here`));
    return value;
  }
  return { ...collect(Class, value, path, faults) };
}

function refuse(faults: readonly FieldError[]): ServiceError {
  const [first] = faults;
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more)` : '';
  return new ServiceError('invalid_request', `${first?.message ?? 'the request is not valid'}${more}`, {
    errors: faults,
  });
}

/** @throws ServiceError `invalid_request` with every fault */
export function readEnvelope<T extends object>(Class: DtoClass<T>, source: unknown): T {
  if (!isObject(source)) throw refuse([fault('body', 'must be an object')]);
  if (isManifest(source)) {
    const known = membersOf(Class);
    if (!known.has('kind')) {
      const members = [...known.keys()].join(', ');
      throw refuse([fault('body', `a manifest (${source.kind}), where a request object is due, of ${members}`)]);
    }
  }
  const faults: FieldError[] = [];
  const read = collect(Class, source, '', faults);
  if (faults.length > 0) throw refuse(faults);
  return read as T;
}

/** Query parameters as the JSON values that their DTO members want; what cannot be converted is left for validation. */
export function queryValues(Class: DtoClass, query: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const known = membersOf(Class);
  const values: Record<string, unknown> = {};
  const faults: FieldError[] = [];
  for (const [name, value] of Object.entries(query)) {
    const scalar = known.get(name)?.scalar;
    if (!known.has(name)) faults.push(fault(name, 'there is no such option here'));
    else if (typeof value !== 'string') faults.push(fault(name, 'is given twice'));
    else if (scalar === undefined) faults.push(fault(name, 'cannot be given in the query: send a request object'));
    else if (scalar === 'integer' && /^-?\d{1,15}$/.test(value)) values[name] = Number(value);
    else if (scalar === 'boolean' && (value === 'true' || value === 'false')) values[name] = value === 'true';
    else values[name] = value;
  }
  if (faults.length > 0) throw refuse(faults);
  return values;
}

export function readQuery<T extends object>(Class: DtoClass<T>, query: unknown): T {
  return readEnvelope(Class, queryValues(Class, isObject(query) ? query : {}));
}

/**
 * "Manifest or request" (API.md 1): documents with a top-level `kind` are manifests, their options in the query; else
 * the one document is a request object. The same option in both places is refused.
 *
 * @param into the member that manifests become: one as it is, several documents as an array
 */
export function readRequest<T extends object>(
  Class: DtoClass<T>,
  documents: readonly unknown[],
  query: unknown,
  into: 'manifest' | 'manifests' = 'manifest',
): T {
  const options = queryValues(Class, isObject(query) ? query : {});
  const [first] = documents;
  if (
    documents.length === 1 &&
    isObject(first) &&
    !Object.hasOwn(first, 'kind') &&
    !Object.hasOwn(first, 'apiVersion')
  ) {
    const both = Object.keys(options).find((name) => Object.hasOwn(first, name));
    if (both !== undefined) throw refuse([fault(both, 'is given in the query and in the body')]);
    return readEnvelope(Class, { ...first, ...options });
  }
  const manifest = documents.length === 1 ? first : documents;
  // the common case: nothing but a manifest, nothing to validate
  if (Object.keys(options).length === 0) return { [into]: manifest } as T;
  return { ...readEnvelope(Class, options), [into]: manifest };
}
