/** Whether a value is what a schema of the document says, as far as the document uses the language of schemas. */
import type { OpenAPIObject } from '@nestjs/swagger';

export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly nullable?: boolean;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
}

const typeOf = (value: unknown): string => (Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value);

/** One line a difference: its path and what is wrong. */
export function* differences(schema: Schema, value: unknown, document: OpenAPIObject, at = ''): Generator<string> {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.replace('#/components/schemas/', '');
    yield* differences((document.components?.schemas?.[name] ?? {}) as Schema, value, document, at);
    return;
  }
  const alternatives = schema.oneOf ?? schema.anyOf;
  if (alternatives !== undefined) {
    const tried = alternatives.map((alternative) => [...differences(alternative, value, document, at)]);
    if (!tried.some((found) => found.length === 0)) yield `${at}: none of ${alternatives.length} alternatives`;
    return;
  }
  if (value === null && schema.nullable === true) return;
  for (const part of schema.allOf ?? []) yield* differences(part, value, document, at);
  const type = typeOf(value);
  const declared = schema.type === 'integer' ? 'number' : schema.type;
  if (declared !== undefined && declared !== type) {
    yield `${at}: ${type}, not ${schema.type}`;
    return;
  }
  if (schema.type === 'integer' && !Number.isInteger(value)) yield `${at}: not an integer`;
  if (schema.enum !== undefined && !schema.enum.includes(value)) yield `${at}: not one of the enum`;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      yield* differences(schema.items ?? {}, item, document, `${at}[${index}]`);
    }
  } else if (type === 'object') yield* ofMembers(schema, value as Record<string, unknown>, document, at);
}

function* ofMembers(
  { properties, required = [], additionalProperties }: Schema,
  value: Readonly<Record<string, unknown>>,
  document: OpenAPIObject,
  at: string,
): Generator<string> {
  for (const name of required) if (!Object.hasOwn(value, name)) yield `${at}.${name}: missing`;
  for (const [name, member] of Object.entries(value)) {
    const declared = properties?.[name];
    if (declared !== undefined) yield* differences(declared, member, document, `${at}.${name}`);
    else if (typeof additionalProperties === 'object') {
      yield* differences(additionalProperties, member, document, `${at}.${name}`);
    } else if (properties !== undefined && additionalProperties !== true) yield `${at}.${name}: not declared`;
  }
}
