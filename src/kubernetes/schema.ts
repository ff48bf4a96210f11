/**
 * Types of the fields that nothing here depends on, so that a manifest with a text for a number is refused as the API
 * server's decoder would refuse it, and unknown fields are found at every depth.
 *
 * Nearly every manifest is well-formed. So a check asks first *whether* all is well (`fits`, which keeps no position and
 * reports nothing) and only then *what* is not (`report…`).
 */
import type { Faults } from './faults.js';
import { isJsonObject, readInt32, readInt64, readQuantity } from './read-common.js';
import { Quantity } from './quantity.js';
import type { Json, JsonObject } from './types.js';

/** Sorts of values; numbers, because they are compared faster than texts. */
const Kind = {
  any: 0,
  string: 1,
  boolean: 2,
  int32: 3,
  int64: 4,
  quantity: 5,
  intOrString: 6,
  /** Of whatever content. */
  object: 7,
  /** An object of known members. */
  members: 8,
  list: 9,
  map: 10,
} as const;

/** As written in a schema: a plain sort by its name. */
export type Schema = Exclude<keyof typeof Kind, 'members' | 'list' | 'map'> | Type;

/** One class whatever the kind, so that the walk through a schema meets one shape of object. */
class Type {
  /** Stands before the first member. */
  readonly start: Member | null;

  constructor(
    readonly kind: (typeof Kind)[keyof typeof Kind],
    /** Of `Kind.members`; else empty. */
    readonly fields: ReadonlyMap<string, Member>,
    /** What a list or map is of. */
    readonly items: Type | null,
  ) {
    this.start = kind === Kind.members ? { name: '', type: this, next: undefined } : null;
  }
}

interface Member {
  readonly name: string;
  readonly type: Type;
  /**
   * The member that came after this one in the object met last. Manifests of one sort have their members in the same
   * order, and comparing a name with the expected one is cheaper than looking it up.
   */
  next: Member | undefined;
}

export type ObjectSchema = Type & { readonly kind: typeof Kind.members };

const noMembers: ReadonlyMap<string, Member> = new Map();
const plainTypes = new Map(Object.entries(Kind).map(([name, kind]) => [name, new Type(kind, noMembers, null)]));

function typeOf(schema: Schema): Type {
  return typeof schema === 'string' ? plainTypes.get(schema)! : schema;
}

export function object(fields: Readonly<Record<string, Schema>>): ObjectSchema {
  const members = Object.entries(fields).map(([name, schema]) => ({ name, type: typeOf(schema), next: undefined }));
  return new Type(Kind.members, new Map(members.map((member) => [member.name, member])), null) as ObjectSchema;
}
export function list(items: Schema): Type {
  return new Type(Kind.list, noMembers, typeOf(items));
}
export function map(values: Schema): Type {
  return new Type(Kind.map, noMembers, typeOf(values));
}

/** Members that a reader reads itself, and so checks. */
export function readElsewhere(...names: readonly string[]): Record<string, Schema> {
  return Object.fromEntries(names.map((name) => [name, 'any']));
}

/** Reports unknown members of an object all of whose known members a reader reads itself. */
export function checkUnknown(value: JsonObject, schema: ObjectSchema, faults: Faults): void {
  if (faults.unknownFields !== null) checkFields(value, schema, faults);
}

/** Checks the members of an object at the position of `faults`. */
export function checkFields(value: JsonObject, schema: ObjectSchema, faults: Faults): void {
  if (!membersFit(value, schema, faults.unknownFields !== null)) reportFields(value, schema, faults);
}

/** Checks one member of an object, unknown ones included. */
export function checkField(value: Json | undefined, key: string, { fields }: ObjectSchema, faults: Faults): void {
  const member = fields.get(key);
  if (member === undefined) faults.unknown(key);
  else checkType(value, key, member.type, faults);
}

/** Checks a value, `null` being absent. `field` is relative to the position of `faults`. */
export function checkType(value: Json | undefined, field: string, type: Type, faults: Faults): void {
  if (!fits(value, type, faults.unknownFields !== null)) reportType(value, field, type, faults);
}

// ---- whether

/** @param strict whether an unknown member at any depth is something to report */
function fits(value: Json | undefined, type: Type, strict: boolean): boolean {
  if (value === null || value === undefined) return true;
  switch (type.kind) {
    case Kind.any:
      return true;
    case Kind.string:
      return typeof value === 'string';
    case Kind.boolean:
      return typeof value === 'boolean';
    case Kind.int32:
      return isInt32(value);
    case Kind.int64:
      return Number.isSafeInteger(value);
    case Kind.quantity:
      return typeof value === 'string' && isPlainQuantity(value);
    case Kind.intOrString:
      return typeof value === 'string' || isInt32(value);
    case Kind.object:
      return isJsonObject(value);
    case Kind.members:
      return isJsonObject(value) && membersFit(value, type, strict);
    case Kind.list:
      return Array.isArray(value) && itemsFit(value, type.items!, strict);
    case Kind.map:
      return isJsonObject(value) && valuesFit(value, type.items!, strict);
    default:
      return type.kind satisfies never;
  }
}

function isInt32(value: Json): boolean {
  return typeof value === 'number' && (value | 0) === value;
}

/** Zero is looked at closely: it may be a text without digits. */
function isPlainQuantity(text: string): boolean {
  const quantity = Quantity.tryParse(text);
  return quantity instanceof Quantity && !quantity.isZero() && quantity.fitsInt64();
}

function membersFit(value: JsonObject, { fields, start }: Type, strict: boolean): boolean {
  let previous = start!;
  for (const key in value) {
    let member = previous.next;
    if (member === undefined || member.name !== key) {
      member = fields.get(key);
      if (member === undefined) {
        if (strict) return false;
        continue;
      }
      previous.next = member;
    }
    previous = member;
    if (member.type.kind !== Kind.any && !fits(value[key], member.type, strict)) return false;
  }
  return true;
}

function itemsFit(value: readonly Json[], items: Type, strict: boolean): boolean {
  for (let index = 0; index < value.length; index++) if (!fits(value[index], items, strict)) return false;
  return true;
}

function valuesFit(value: JsonObject, values: Type, strict: boolean): boolean {
  for (const key in value) if (!fits(value[key], values, strict)) return false;
  return true;
}

// ---- what

function reportFields(value: JsonObject, { fields }: Type, faults: Faults): void {
  for (const key in value) {
    const member = fields.get(key);
    if (member === undefined) faults.unknown(key);
    else reportType(value[key], key, member.type, faults);
  }
}

function reportType(value: Json | undefined, field: string, type: Type, faults: Faults): void {
  if (value === null || value === undefined) return;
  switch (type.kind) {
    case Kind.any:
      break;
    case Kind.string:
      if (typeof value !== 'string') faults.wrongType(field, value, 'string');
      break;
    case Kind.boolean:
      if (typeof value !== 'boolean') faults.wrongType(field, value, 'boolean');
      break;
    case Kind.int32:
      readInt32(value, field, faults);
      break;
    case Kind.int64:
      readInt64(value, field, faults);
      break;
    case Kind.quantity:
      readQuantity(value, field, faults);
      break;
    case Kind.intOrString:
      if (typeof value !== 'string') readInt32(value, field, faults);
      break;
    case Kind.list:
      reportItems(value, field, type.items!, faults);
      break;
    case Kind.object:
    case Kind.members:
    case Kind.map:
      if (!isJsonObject(value)) faults.wrongType(field, value, 'object');
      else if (type.kind !== Kind.object) reportMembers(value, field, type, faults);
      break;
    default:
      type.kind satisfies never;
  }
}

function reportMembers(value: JsonObject, field: string, type: Type, faults: Faults): void {
  faults.enter(field);
  if (type.kind === Kind.members) reportFields(value, type, faults);
  else for (const key in value) reportType(value[key], `[${key}]`, type.items!, faults);
  faults.leave();
}

function reportItems(value: Json, field: string, items: Type, faults: Faults): void {
  if (!Array.isArray(value)) {
    faults.wrongType(field, value, 'array');
    return;
  }
  faults.enter(field);
  for (let index = 0; index < value.length; index++) {
    faults.enter(index);
    reportType(value[index], '', items, faults);
    faults.leave();
  }
  faults.leave();
}
