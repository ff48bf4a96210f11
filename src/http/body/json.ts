/**
 * JSON bodies, checked for what `JSON.parse` lets pass: nesting beyond 64, a member named twice (it would silently take
 * the last), and members named `__proto__` (which any later `target[key] = value` would turn into a prototype).
 */
import type { Json } from '../../kubernetes/types.js';
import { ServiceError } from '../../service/errors.js';

/** No manifest comes near: a CustomResourceDefinition's schema reaches about 40. */
export const MAX_DEPTH = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

export interface Shape {
  /** Deepest nesting of objects and arrays. */
  readonly depth: number;
  /** Colons outside of strings: the members that the text spells out. */
  readonly members: number;
}

/** One pass over the text, about 1 ns a character. Says nothing about whether the text is JSON. */
export function scanJson(text: string): Shape {
  let depth = 0;
  let deepest = 0;
  let members = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) {
      for (i++; i < text.length; i++) {
        const inside = text.charCodeAt(i);
        if (inside === BACKSLASH) i++;
        else if (inside === QUOTE) break;
      }
    } else if (code === COLON) members++;
    // '[' is 0x5b, ']' 0x5d; '{' and '}' are the same with bit 0x20 set
    else if ((code & 0xdf) === 0x5b) deepest = Math.max(deepest, ++depth);
    else if ((code & 0xdf) === 0x5d) depth--;
  }
  return { depth: deepest, members };
}

/**
 * Members in the value, all levels. Fewer than the text spells out: some were named twice.
 *
 * @throws ServiceError `invalid_body` for a member named `__proto__` or a number that JSON cannot hold
 */
export function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) {
    // 1e999 in JSON, .inf and .nan in YAML
    if (typeof value !== 'number' || Number.isFinite(value)) return 0;
    throw new ServiceError('invalid_body', `the body holds the number ${value}, which JSON does not know`);
  }
  if (Array.isArray(value)) {
    let members = 0;
    for (const item of value) if (typeof item !== 'string') members += countMembers(item);
    return members;
  }
  const keys = Object.keys(value);
  let members = keys.length;
  for (const key of keys) {
    if (key === '__proto__') throw new ServiceError('invalid_body', 'a member may not be named "__proto__"');
    const member: unknown = Reflect.get(value, key);
    if (typeof member !== 'string') members += countMembers(member);
  }
  return members;
}

/** The first member named twice, as `a.b[2].name`; '' when every name is unique. The text is valid JSON. */
export function findDuplicateMember(text: string): string {
  const tokens = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;
  const stack: { names: Set<string> | null; at: string; index: number }[] = [];
  let name = '';
  let isName = false;
  const path = (): string =>
    stack
      .map(({ names, at, index }) => (names ? (at ? `.${at}` : '') : `[${index}]`))
      .join('')
      .replace(/^\./, '');
  for (const [token] of text.matchAll(tokens)) {
    const top = stack.at(-1);
    if (token === '{' || token === '[') {
      stack.push({ names: token === '{' ? new Set() : null, at: '', index: 0 });
      isName = token === '{';
    } else if (token === '}' || token === ']') {
      stack.pop();
      isName = false;
    } else if (token === ',') {
      isName = top?.names !== null;
      if (top && !top.names) top.index++;
    } else if (token === ':') {
      isName = false;
    } else if (isName && top?.names) {
      name = String(JSON.parse(token));
      top.at = name;
      if (top.names.has(name)) return path();
      top.names.add(name);
      isName = false;
    }
  }
  return '';
}

/**
 * Parses one JSON value.
 *
 * @param where what the text is, for the sentence: `the body`, `item 7`
 * @param shape what `scanJson` says of it, where it is known
 * @throws ServiceError `invalid_body`
 */
export function parseJson(text: string, where = 'the body', shape = scanJson(text)): Json {
  if (shape.depth > MAX_DEPTH) {
    throw new ServiceError(
      'invalid_body',
      `${where} is nested ${shape.depth} levels deep, at most ${MAX_DEPTH} are read`,
    );
  }
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ServiceError('invalid_body', `${where} is not JSON: ${reason.slice(0, 200)}`);
  }
  if (countMembers(value) !== shape.members) {
    throw new ServiceError('invalid_body', `${where} names the member ${findDuplicateMember(text)} twice`);
  }
  return value;
}
