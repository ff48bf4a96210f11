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
  /**
   * The members of objects met before, by their place among the members: manifests of one sort have the same members in
   * the same order, and comparing a name with the one expected is cheaper than looking it up.
   */
  readonly expected: Member[];
}
interface Member {
  readonly name: string;
  readonly schema: Schema;
}
export interface ListSchema {
  readonly items: Schema;
}
export interface MapSchema {
  readonly values: Schema;
}

export function object(fields: Readonly<Record<string, Schema>>): ObjectSchema {
  return { fields: new Map(Object.entries(fields)), expected: [] };
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
export function checkUnknown(value: JsonObject, schema: ObjectSchema, faults: Faults): void {
  if (faults.unknownFields === null) return;
  let place = 0;
  for (const key in value) if (schemaOf(key, place++, schema) === undefined) faults.unknown(key);
}

/** Checks the members of an object at the position of `faults`. */
export function checkFields(value: JsonObject, objectSchema: ObjectSchema, faults: Faults): void {
  let place = 0;
  for (const key in value) {
    const schema = schemaOf(key, place++, objectSchema);
    if (schema === 'any') continue;
    const member = value[key];
    if (schema === 'string' && typeof member === 'string') continue;
    if (schema === undefined) faults.unknown(key);
    else checkType(member, key, schema, faults);
  }
}

/** @returns undefined for an unknown member */
function schemaOf(key: string, place: number, { fields, expected }: ObjectSchema): Schema | undefined {
  const member = expected[place];
  if (member !== undefined && member.name === key) return member.schema;
  const schema = fields.get(key);
  if (schema !== undefined && place <= expected.length) expected[place] = { name: key, schema };
  return schema;
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
