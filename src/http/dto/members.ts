/**
 * Members of request envelopes: one decorator each says the type, the limits, the words for the OpenAPI document and
 * whether the member may also be a query parameter. Envelopes are class-validated; manifests inside them never are.
 */
import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import {
  Allow,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';

export type Scalar = 'integer' | 'boolean' | 'string';
export type DtoClass<T extends object = object> = new () => T;
/** The class of a nested object, or the one that its content calls for. */
export type NestedClass = (value: Record<string, unknown>) => DtoClass | undefined;

interface Registered {
  readonly scalar?: Scalar;
  /**
   * Whether a value certainly passes the member's checks: saves class-validator, which takes several times what the rest
   * of a request does, where there is nothing to say. What it refuses may still pass them.
   */
  readonly accepts: (value: unknown) => boolean;
  readonly required: boolean;
  readonly nested?: NestedClass;
  readonly property: ApiPropertyOptions;
}

const members = new WeakMap<object, Map<string, Registered>>();

const inherited = new WeakMap<DtoClass, ReadonlyMap<string, Registered>>();

/** Members of a DTO class by name, inherited ones first. Asked for once the class is decorated. */
export function membersOf(Class: DtoClass): ReadonlyMap<string, Registered> {
  const known = inherited.get(Class);
  if (known !== undefined) return known;
  const chain: object[] = [];
  for (
    let at: object | null = Class.prototype as object;
    at && at !== Object.prototype;
    at = Object.getPrototypeOf(at) as object
  ) {
    chain.unshift(at);
  }
  const all = new Map(chain.flatMap((prototype) => [...(members.get(prototype) ?? [])]));
  inherited.set(Class, all);
  return all;
}

/** Objects inside are judged as envelopes of their own, manifests not here at all. */
const always = (): boolean => true;

function register(registered: Registered): PropertyDecorator {
  return (prototype, name) => {
    const known = members.get(prototype) ?? new Map<string, Registered>();
    known.set(String(name), registered);
    members.set(prototype, known);
  };
}

interface MemberOptions {
  readonly description: string;
  readonly required?: boolean;
  readonly default?: string | number | boolean;
  readonly example?: unknown;
}

function member(
  options: MemberOptions,
  property: ApiPropertyOptions,
  rest: Omit<Registered, 'property' | 'required'>,
  ...checks: PropertyDecorator[]
): PropertyDecorator {
  const documented = {
    description: options.description,
    required: options.required ?? false,
    ...(options.default === undefined ? {} : { default: options.default }),
    ...(options.example === undefined ? {} : { example: options.example }),
    ...property,
  } as ApiPropertyOptions;
  return applyDecorators(
    ApiProperty(documented),
    register({ ...rest, property: documented, required: options.required === true }),
    ...(options.required === true ? [] : [IsOptional()]),
    ...checks,
  );
}

export function Integer(
  options: MemberOptions & { readonly minimum: number; readonly maximum: number },
): PropertyDecorator {
  const { minimum, maximum } = options;
  return member(
    options,
    { type: 'integer', minimum, maximum },
    {
      scalar: 'integer',
      accepts: (value) => Number.isInteger(value) && (value as number) >= minimum && (value as number) <= maximum,
    },
    IsInt(),
    Min(minimum),
    Max(maximum),
  );
}

export function Flag(options: MemberOptions): PropertyDecorator {
  return member(
    options,
    { type: 'boolean' },
    { scalar: 'boolean', accepts: (value) => typeof value === 'boolean' },
    IsBoolean(),
  );
}

export function Text(
  options: MemberOptions & { readonly pattern?: RegExp; readonly maxLength?: number },
): PropertyDecorator {
  const maxLength = options.maxLength ?? 4096;
  const pattern = options.pattern;
  return member(
    options,
    { type: 'string', maxLength, ...(pattern ? { pattern: pattern.source } : {}) },
    {
      scalar: 'string',
      accepts: (value) => typeof value === 'string' && value.length <= maxLength && pattern === undefined,
    },
    IsString(),
    MaxLength(maxLength),
    ...(pattern ? [Matches(pattern)] : []),
  );
}

/** A closed set of words: requests with another one are refused. */
export function Word(words: readonly string[], options: MemberOptions): PropertyDecorator {
  return member(
    options,
    { type: 'string', enum: [...words], description: `${options.description} (closed enum)` },
    { scalar: 'string', accepts: (value) => words.includes(value as string) },
    IsIn([...words], { message: `$property must be one of ${words.join(', ')}` }),
  );
}

export function TextList(options: MemberOptions): PropertyDecorator {
  return member(
    options,
    { type: 'array', items: { type: 'string' }, maxItems: 20_000 },
    { accepts: (value) => Array.isArray(value) && value.every((item) => typeof item === 'string') },
    IsArray(),
    IsString({ each: true, message: 'each value of $property must be a string' }),
  );
}

/** Any JSON that something below reads and judges itself: manifests, patches, configurations. */
export function Anything(options: MemberOptions, schema: object = {}): PropertyDecorator {
  return member(options, { type: 'object', additionalProperties: true, ...schema }, { accepts: always }, Allow());
}

export function Nested(Class: () => DtoClass, options: MemberOptions): PropertyDecorator {
  // swagger takes a function for a lazy type by its name only: it has to be called "type"
  return member(options, { type: () => Class() }, { nested: () => Class(), accepts: always }, Allow());
}

export function NestedList(
  nested: NestedClass,
  classes: () => readonly DtoClass[],
  options: MemberOptions,
  schema: (classes: readonly DtoClass[]) => object,
): PropertyDecorator {
  return member(options, { isArray: true, ...schema(classes()) }, { nested, accepts: Array.isArray }, IsArray());
}
