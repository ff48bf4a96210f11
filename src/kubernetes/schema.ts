/**
 * Types of the fields that nothing here depends on, so that a manifest with a text for a number is refused as the API
 * server's decoder would refuse it, and unknown fields are found at every depth.
 */
import type { Faults } from './faults.js';
import { isJsonObject, readInt32, readInt64, readQuantity } from './read-common.js';
import type { Json, JsonObject } from './types.js';

export type Schema =
  | 'string'
  | 'boolean'
  | 'int32'
  | 'int64'
  | 'quantity'
  | 'intOrString'
  /** An object of whatever content. */
  | 'object'
  | 'any'
  | ObjectSchema
  | ListSchema
  | MapSchema;

export interface ObjectSchema {
  readonly fields: ReadonlyMap<string, Schema>;
}
export interface ListSchema {
  readonly items: Schema;
}
export interface MapSchema {
  readonly values: Schema;
}

export function object(fields: Readonly<Record<string, Schema>>): ObjectSchema {
  return { fields: new Map(Object.entries(fields)) };
}
export function list(items: Schema): ListSchema {
  return { items };
}
export function map(values: Schema): MapSchema {
  return { values };
}

/** Members that a reader reads itself, and so checks. */
export function readElsewhere(...names: readonly string[]): Record<string, Schema> {
  return Object.fromEntries(names.map((name) => [name, 'any']));
}

/** Reports unknown members of an object all of whose known members a reader reads itself. */
export function checkUnknown(value: JsonObject, { fields }: ObjectSchema, faults: Faults): void {
  if (faults.unknownFields === null) return;
  for (const key in value) if (!fields.has(key)) faults.unknown(key);
}

/** Checks the members of an object at the position of `faults`. */
export function checkFields(value: JsonObject, { fields }: ObjectSchema, faults: Faults): void {
  for (const key in value) {
    const schema = fields.get(key);
    if (schema === 'any') continue;
    const member = value[key];
    if (schema === 'string' && typeof member === 'string') continue;
    if (schema === undefined) faults.unknown(key);
    else checkType(member, key, schema, faults);
  }
}

/** Checks one member of an object, unknown ones included. */
export function checkField(value: Json | undefined, key: string, { fields }: ObjectSchema, faults: Faults): void {
  const schema = fields.get(key);
  if (schema === undefined) faults.unknown(key);
  else checkType(value, key, schema, faults);
}

/** Checks a value, `null` being absent. `field` is relative to the position of `faults`. */
export function checkType(value: Json | undefined, field: string, schema: Schema, faults: Faults): void {
  if (value === null || value === undefined) return;
  if (typeof schema === 'string') checkScalar(value, field, schema, faults);
  else if ('items' in schema) checkItems(value, field, schema.items, faults);
  else if (!isJsonObject(value)) faults.wrongType(field, value, 'object');
  else {
    faults.enter(field);
    if ('fields' in schema) checkFields(value, schema, faults);
    else for (const key in value) checkType(value[key], `[${key}]`, schema.values, faults);
    faults.leave();
  }
}

function checkItems(value: Json, field: string, items: Schema, faults: Faults): void {
  if (!Array.isArray(value)) {
    faults.wrongType(field, value, 'array');
    return;
  }
  faults.enter(field);
  for (let index = 0; index < value.length; index++) {
    const item = value[index];
    if (items === 'string' && typeof item === 'string') continue;
    faults.enter(index);
    checkType(item, '', items, faults);
    faults.leave();
  }
  faults.leave();
}

function checkScalar(value: Json, field: string, schema: Extract<Schema, string>, faults: Faults): void {
  switch (schema) {
    case 'string':
      if (typeof value !== 'string') faults.wrongType(field, value, 'string');
      break;
    case 'boolean':
      if (typeof value !== 'boolean') faults.wrongType(field, value, 'boolean');
      break;
    case 'int32':
      readInt32(value, field, faults);
      break;
    case 'int64':
      readInt64(value, field, faults);
      break;
    case 'quantity':
      readQuantity(value, field, faults);
      break;
    case 'intOrString':
      if (typeof value !== 'string') readInt32(value, field, faults);
      break;
    case 'object':
      if (!isJsonObject(value)) faults.wrongType(field, value, 'object');
      break;
    case 'any':
      break;
    default:
      schema satisfies never;
  }
}
