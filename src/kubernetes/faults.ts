/**
 * Collects what is wrong with an object, field by field, in the API server's sentences
 * (`k8s.io/apimachinery/pkg/util/validation/field`; SEMANTICS 4.1).
 *
 * The collector keeps the position inside the object as a stack of segments, and only a fault turns it into text: on the
 * happy path a position costs two array writes and allocates nothing. `field` arguments are relative to the position:
 * `''` (the position itself), `name`, `requests[cpu]`, `[2]`.
 */
import type { FieldError, FieldErrorType } from './field-error.js';

export class Faults {
  readonly errors: FieldError[] = [];
  readonly warnings: string[] = [];
  /** `unknown field "spec.containers[0].resource"`; collected only when asked for, null otherwise. */
  readonly unknownFields: string[] | null;
  /** How often something has been reported, what was said before included: while it stays, nothing was found. */
  reports = 0;

  /** The position is the first `depth` of these; the rest is left over from deeper ones. */
  private readonly segments: (string | number)[] = [];
  private depth = 0;
  /** Of `errors`: what is said twice is reported once, as by the API server. */
  private sentences: Set<string> | undefined;

  /** @param options.unknownFields collect fields that Kubernetes does not know (`fieldValidation` Warn and Strict) */
  constructor(options: { readonly unknownFields?: boolean } = {}) {
    this.unknownFields = options.unknownFields === true ? [] : null;
  }

  /** Nothing wrong, nothing to warn of, nothing unknown. */
  isEmpty(): boolean {
    return this.errors.length === 0 && this.warnings.length === 0 && !this.unknownFields?.length;
  }

  /** Steps into a member (a name) or a list item (an index). Every `enter` has its `leave`. */
  enter(segment: string | number): void {
    this.segments[this.depth++] = segment;
  }

  leave(): void {
    this.depth--;
  }

  /** The path of a field relative to the position. */
  path(field = ''): string {
    let text = '';
    for (const segment of this.segments.slice(0, this.depth))
      text = joined(text, typeof segment === 'number' ? `[${segment}]` : segment);
    return joined(text, field);
  }

  required(field: string, detail = ''): void {
    this.add('FieldValueRequired', field, 'Required value', detail);
  }

  invalid(field: string, value: unknown, detail: string): void {
    this.add('FieldValueInvalid', field, `Invalid value: ${printed(value)}`, detail);
  }

  /** `invalid` where upstream leaves the value out. */
  invalidUnshown(field: string, detail: string): void {
    this.add('FieldValueInvalid', field, 'Invalid value', detail);
  }

  /** One `invalid` for each of the details, as upstream reports the messages of a name check. */
  invalidForEach(field: string, value: unknown, details: readonly string[]): void {
    if (details.length === 0) return;
    for (const detail of details) this.invalid(field, value, detail);
  }

  /** A value of another JSON type than the field's: `integer`, `string`, `boolean`, `object`, `array` … */
  wrongType(field: string, value: unknown, expected: string): void {
    const actual = jsonType(value);
    const detail = `${this.path(field)} in body must be of type ${expected}: "${actual}"`;
    this.add('FieldValueTypeInvalid', field, `Invalid value: "${actual}"`, detail);
  }

  duplicate(field: string, value: unknown, detail = ''): void {
    this.add('FieldValueDuplicate', field, `Duplicate value: ${printed(value)}`, detail);
  }

  forbidden(field: string, detail: string): void {
    this.add('FieldValueForbidden', field, 'Forbidden', detail);
  }

  notFound(field: string, value: unknown, detail = ''): void {
    this.add('FieldValueNotFound', field, `Not found: ${printed(value)}`, detail);
  }

  /** @param supported in the order in which they are printed */
  notSupported(field: string, value: unknown, supported: readonly string[]): void {
    const detail = `supported values: ${supported.map(quoted).join(', ')}`;
    this.add('FieldValueNotSupported', field, `Unsupported value: ${printed(value)}`, detail);
  }

  /** @param limit in bytes */
  tooLong(field: string, limit: number): void {
    this.add('FieldValueTooLong', field, 'Too long', `may not be more than ${limit} bytes`);
  }

  tooMany(field: string, actual: number, limit: number): void {
    const items = limit === 1 ? '1 item' : `${limit} items`;
    this.add('FieldValueTooMany', field, `Too many: ${actual}`, `must have at most ${items}`);
  }

  warn(sentence: string): void {
    this.reports++;
    this.warnings.push(sentence);
  }

  unknown(field: string): void {
    this.reports++;
    this.unknownFields?.push(`unknown field ${quoted(this.path(field))}`);
  }

  private add(type: FieldErrorType, relative: string, body: string, detail: string): void {
    this.reports++;
    const field = this.path(relative);
    const message = detail === '' ? `${field}: ${body}` : `${field}: ${body}: ${detail}`;
    this.sentences ??= new Set();
    if (this.sentences.has(message)) return;
    this.sentences.add(message);
    this.errors.push({ type, field, detail, message });
  }
}

function joined(path: string, field: string): string {
  if (path === '' || field === '') return path + field;
  return field.startsWith('[') ? path + field : `${path}.${field}`;
}

/** A bad value as the API server prints it: texts quoted as by Go's %q, numbers and booleans bare, the rest as JSON. */
function printed(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  // Go's encoder escapes the characters that are special in HTML.
  const json = JSON.stringify(value) ?? 'null';
  return json.replace(/[<>&]/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`);
}

/** A text as Go's `%q` prints it. */
export function quoted(text: string): string {
  if (/^[ !#-[\]-~]*$/.test(text)) return `"${text}"`;
  let out = '"';
  for (const char of text) out += goEscapes.get(char) ?? escapedUnlessPrintable(char);
  return `${out}"`;
}

const goEscapes: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\x07', '\\a'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
]);

function escapedUnlessPrintable(char: string): string {
  if (/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(char)) return char;
  const code = char.codePointAt(0) ?? 0;
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, '0')}`;
  // A lone surrogate is no character in Go: its text has U+FFFD there.
  if (code >= 0xd800 && code <= 0xdfff) return '�';
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

function jsonType(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}
