/**
 * Members that validation alone looks at, taken from the manifest as Go's decoder would take them: what is of another
 * type than the field is as good as absent (the schema has reported it).
 */
import { isJsonObject } from '../read-common.js';
import { Quantity } from '../quantity.js';
import type { Json, JsonObject } from '../types.js';

const nothing: JsonObject = Object.freeze({});
const noItems: readonly never[] = Object.freeze([]);

/** '' when absent. */
export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** undefined when absent, which is not the same as ''. */
export function optionalText(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** undefined when absent, which is not the same as 0. */
export function optionalInteger(value: Json | undefined): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) ? value : undefined;
}

/** undefined when absent, or none. */
export function quantityOf(value: Json | undefined): Quantity | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const quantity = Quantity.tryParse(String(value).trim());
  return quantity instanceof Quantity ? quantity : undefined;
}

/** Empty when absent. */
export function objectOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : nothing;
}

export function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : noItems;
}

/** A list of objects; an item that is none is an empty one. */
export function objectsOf(value: Json | undefined): readonly JsonObject[] {
  if (!Array.isArray(value)) return noItems;
  return isObjectArray(value) ? value : value.map(objectOf);
}

function isObjectArray(value: readonly Json[]): value is readonly JsonObject[] {
  for (let index = 0; index < value.length; index++) if (!isJsonObject(value[index])) return false;
  return true;
}

/** A list of texts; an item that is none is ''. */
export function textsOf(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.map(textOf) : noItems;
}
