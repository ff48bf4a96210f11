/**
 * Selectors: what a LabelSelector, a node selector term, kubectl's `-l` and `--field-selector` strings match.
 * Compiled once, matched often: matching allocates nothing. Rules: SEMANTICS 5.3 (NodeAffinity, PodTopologySpread,
 * InterPodAffinity); upstream `apimachinery/pkg/labels` and `component-helpers/scheduling/corev1/nodeaffinity`.
 */
import { Faults } from './faults.js';
import { readStringMap as readCheckedStringMap } from './read-common.js';
import { readLabelSelector as readCheckedLabelSelector } from './read-scheduling.js';
import type { Json, Labels, LabelSelector, LabelSelectorRequirement, NodeSelectorTerm } from './types.js';
import { labelValueFaults, qualifiedNameFaults } from './validation/names.js';

export type RequirementOperator = 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt';

/** One condition on one label. */
export interface Requirement {
  readonly key: string;
  readonly operator: RequirementOperator;
  /** Sorted and without duplicates. */
  readonly values: readonly string[];
  /** The right-hand side of `Gt` and `Lt`; 0n otherwise. */
  readonly bound: bigint;
}

/** All requirements hold; none: everything matches. `null` matches nothing. */
export type Selector = readonly Requirement[] | null;

const nothing: Selector = null;

/** A node selector: any one of the terms matches. */
export interface CompiledNodeTerm {
  readonly labels: readonly Requirement[];
  /** Conditions on `metadata.name`, the only field that terms may name. */
  readonly fields: readonly Requirement[];
}

/** A qualified name: `name` or `prefix/name`, as label keys are. */
export function isLabelKey(key: string): boolean {
  return qualifiedNameFaults(key).length === 0;
}

export function isLabelValue(value: string): boolean {
  return labelValueFaults(value).length === 0;
}

const maxInt64 = 2n ** 63n - 1n;
const minInt64 = -(2n ** 63n);

/** Base-10 int64 as Go's ParseInt takes it (a sign and leading zeros are fine), or undefined. */
export function parseInt64(text: string): bigint | undefined {
  if (!/^[+-]?\d+$/.test(text)) return undefined;
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
  return value >= minInt64 && value <= maxInt64 ? value : undefined;
}

/**
 * One requirement, or undefined where upstream's `labels.NewRequirement` refuses it (unknown operator, wrong number of
 * values, a key or value that is none).
 */
function compileRequirement(key: string, operator: string, values: readonly string[]): Requirement | undefined {
  if (!isLabelKey(key) || !values.every(isLabelValue)) return undefined;
  switch (operator) {
    case 'In':
    case 'NotIn':
      return values.length === 0
        ? undefined
        : { key, operator, values: [...new Set(values)].sort(compareBytes), bound: 0n };
    case 'Exists':
    case 'DoesNotExist':
      return values.length === 0 ? { key, operator, values: [], bound: 0n } : undefined;
    case 'Gt':
    case 'Lt': {
      const bound = values.length === 1 ? parseInt64(values[0]!) : undefined;
      return bound === undefined ? undefined : { key, operator, values: [...values], bound };
    }
    default:
      return undefined;
  }
}

/** Label keys and values that pass their checks are ASCII, where UTF-16 order is byte order. */
function compareBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * A LabelSelector as matched: absent (`null`) matches nothing, an empty one everything. One that upstream cannot
 * compile (`Gt`, an empty `In`, a malformed key) matches nothing.
 */
export function compileLabelSelector(selector: LabelSelector | null): Selector {
  if (selector === null) return nothing;
  const requirements: Requirement[] = [];
  for (const key of Object.keys(selector.matchLabels)) {
    const requirement = compileRequirement(key, 'In', [selector.matchLabels[key]!]);
    if (requirement === undefined) return nothing;
    requirements.push(requirement);
  }
  for (const { key, operator, values } of selector.matchExpressions) {
    if (operator === 'Gt' || operator === 'Lt') return nothing;
    const requirement = compileRequirement(key, operator, values);
    if (requirement === undefined) return nothing;
    requirements.push(requirement);
  }
  return requirements.sort(compareRequirements);
}

/** A plain label map as a selector (Service, ReplicationController): all equal; an empty map matches everything. */
export function compileLabelMap(labels: Labels): Selector {
  return compileLabelSelector({ matchLabels: labels, matchExpressions: [] });
}

/** Both hold. */
export function mergeSelectors(a: Selector, b: Selector): Selector {
  return a === null || b === null ? nothing : [...a, ...b].sort(compareRequirements);
}

function compareRequirements(a: Requirement, b: Requirement): number {
  return (
    compareBytes(a.key, b.key) ||
    compareBytes(a.operator, b.operator) ||
    compareBytes(a.values.join(','), b.values.join(','))
  );
}

/** Equal text, equal selector: a Map key for interning. `null` and the empty selector differ. */
export function selectorText(selector: Selector): string {
  if (selector === null) return '<none>';
  return selector.map(({ key, operator, values }) => `${key} ${operator} (${values.join(',')})`).join(';');
}

export function matchesRequirement(requirement: Requirement, labels: Labels): boolean {
  const { key, operator, values } = requirement;
  const present = Object.hasOwn(labels, key);
  switch (operator) {
    case 'In':
      return present && values.includes(labels[key]!);
    case 'NotIn':
      return !present || !values.includes(labels[key]!);
    case 'Exists':
      return present;
    case 'DoesNotExist':
      return !present;
    default: {
      const value = present ? parseInt64(labels[key]!) : undefined;
      if (value === undefined) return false;
      return operator === 'Gt' ? value > requirement.bound : value < requirement.bound;
    }
  }
}

export function matches(selector: Selector, labels: Labels): boolean {
  if (selector === null) return false;
  for (const requirement of selector) if (!matchesRequirement(requirement, labels)) return false;
  return true;
}

const fieldNotFound = Symbol('field');

function compileField({ key, operator, values }: LabelSelectorRequirement): Requirement | typeof fieldNotFound {
  // Upstream builds a one-term field selector; any other operator or number of values does not compile.
  if ((operator !== 'In' && operator !== 'NotIn') || values.length !== 1) return fieldNotFound;
  return { key, operator, values: [...values], bound: 0n };
}

/** One term, or undefined when it does not compile or is empty: such a term matches no node. */
export function compileNodeSelectorTerm(term: NodeSelectorTerm): CompiledNodeTerm | undefined {
  if (term.matchExpressions.length === 0 && term.matchFields.length === 0) return undefined;
  const labels: Requirement[] = [];
  for (const { key, operator, values } of term.matchExpressions) {
    const requirement = compileRequirement(key, operator, values);
    if (requirement === undefined) return undefined;
    labels.push(requirement);
  }
  const fields: Requirement[] = [];
  for (const field of term.matchFields) {
    const requirement = compileField(field);
    if (requirement === fieldNotFound) return undefined;
    fields.push(requirement);
  }
  return { labels, fields };
}

/** Terms that can match at all; none left: nothing matches. */
export function compileNodeSelectorTerms(terms: readonly NodeSelectorTerm[]): readonly CompiledNodeTerm[] {
  return terms.map(compileNodeSelectorTerm).filter((term) => term !== undefined);
}

export function matchesNodeTerm(term: CompiledNodeTerm, nodeName: string, labels: Labels): boolean {
  for (const { key, operator, values } of term.fields) {
    // A field other than metadata.name reads as empty.
    const equal = (key === 'metadata.name' ? nodeName : '') === values[0];
    if (equal !== (operator === 'In')) return false;
  }
  for (const requirement of term.labels) if (!matchesRequirement(requirement, labels)) return false;
  return true;
}

export function matchesNodeTerms(terms: readonly CompiledNodeTerm[], nodeName: string, labels: Labels): boolean {
  for (const term of terms) if (matchesNodeTerm(term, nodeName, labels)) return true;
  return false;
}

/** A LabelSelector of a stored object: what is wrong with it was said when it was stored. */
export function readLabelSelector(value: Json | undefined): LabelSelector | null {
  return readCheckedLabelSelector(value, '', new Faults());
}

/** A string → string map of a stored object, as `readLabelSelector`. `__proto__` is an ordinary key. */
export function readStringMap(value: Json | undefined): Labels {
  return readCheckedStringMap(value, '', new Faults());
}

export type Parsed<T> = { readonly value: T } | { readonly error: string };

/** `in` and `notin` are words like any other where a value is expected. */
const selectorToken = /\s*(==|!=|=|!|>|<|\(|\)|,|[^\s=!<>(),]+)/y;

/**
 * kubectl's label selector syntax: `a=b`, `a==b`, `a!=b`, `a in (x,y)`, `a notin (x)`, `a`, `!a`, `a>1`, `a<1`, joined
 * by commas; empty matches everything. Errors are one sentence that names the offending text.
 */
export function parseLabelSelector(text: string): Parsed<Selector> {
  const tokens: string[] = [];
  selectorToken.lastIndex = 0;
  const end = text.trimEnd().length;
  while (selectorToken.lastIndex < end) {
    const token = selectorToken.exec(text)?.[1];
    if (token === undefined) return { error: `labelSelector ${JSON.stringify(text)}: cannot be read` };
    tokens.push(token);
  }
  const fail = (why: string): { error: string } => ({ error: `labelSelector ${JSON.stringify(text)}: ${why}` });
  const isWord = (token: string | undefined): token is string => token !== undefined && !/^[=!<>(),]/.test(token);
  const requirements: Requirement[] = [];
  let at = 0;
  while (at < tokens.length) {
    const negated = tokens[at] === '!';
    if (negated) at++;
    const key = tokens[at++];
    if (!isWord(key)) return fail(`expected a label key, found ${found(key)}`);
    if (!isLabelKey(key)) return fail(`${JSON.stringify(key)} is not a label key`);
    let operator: RequirementOperator = negated ? 'DoesNotExist' : 'Exists';
    let values: string[] = [];
    const next = tokens[at];
    if (!negated && next !== undefined && next !== ',') {
      at++;
      if (next === 'in' || next === 'notin') {
        operator = next === 'in' ? 'In' : 'NotIn';
        const list = readValues();
        if (typeof list === 'string') return fail(list);
        values = list;
      } else if (next === '=' || next === '==' || next === '!=') {
        operator = next === '!=' ? 'NotIn' : 'In';
        values = [isWord(tokens[at]) ? tokens[at++]! : ''];
      } else if (next === '>' || next === '<') {
        operator = next === '>' ? 'Gt' : 'Lt';
        const bound = tokens[at++] ?? '';
        if (parseInt64(bound) === undefined) return fail(`'${next}' needs an integer, found ${found(bound)}`);
        values = [bound];
      } else {
        return fail(
          `expected '=', '!=', 'in', 'notin', '>', '<' or ',' after ${JSON.stringify(key)}, found ${found(next)}`,
        );
      }
    }
    const invalid = values.find((value) => !isLabelValue(value));
    if (invalid !== undefined) return fail(`${JSON.stringify(invalid)} is not a label value`);
    const requirement = compileRequirement(key, operator, values);
    if (requirement === undefined) return fail(`the condition on ${JSON.stringify(key)} cannot be evaluated`);
    requirements.push(requirement);
    if (at < tokens.length) {
      if (tokens[at] !== ',') return fail(`expected ',' or the end, found ${found(tokens[at])}`);
      if (++at === tokens.length) return fail(`expected a label key after the last ','`);
    }
  }
  return { value: requirements.sort(compareRequirements) };

  /** The parenthesised list at `at`, or what is wrong with it. As in kubectl, `()` and a lone comma stand for "". */
  function readValues(): string[] | string {
    if (tokens[at] !== '(') return `expected '(', found ${found(tokens[at])}`;
    at++;
    const values: string[] = [];
    for (;;) {
      values.push(isWord(tokens[at]) ? tokens[at++]! : '');
      if (tokens[at] === ')') {
        at++;
        return values;
      }
      if (tokens[at] !== ',') return `expected ',' or ')', found ${found(tokens[at])}`;
      at++;
    }
  }
}

function found(token: string | undefined): string {
  return token === undefined || token === '' ? 'the end' : JSON.stringify(token);
}

export const selectableFields = [
  'metadata.name',
  'metadata.namespace',
  'spec.nodeName',
  'status.phase',
  'spec.unschedulable',
] as const;

export type SelectableField = (typeof selectableFields)[number];

export interface FieldRequirement {
  readonly field: SelectableField;
  readonly equal: boolean;
  readonly value: string;
}

/** The values that a field selector looks at. Absent is empty; `spec.unschedulable` is `true` or `false`. */
export type SelectableFields = Readonly<Partial<Record<SelectableField, string>>>;

/** kubectl's field selector syntax: `field=value`, `field==value`, `field!=value`, joined by commas. */
export function parseFieldSelector(text: string): Parsed<readonly FieldRequirement[]> {
  const requirements: FieldRequirement[] = [];
  if (text.trim() === '') return { value: requirements };
  for (const part of text.split(',')) {
    const split = /^\s*([^=!]*?)\s*(!=|==|=)(.*)$/.exec(part);
    if (split === null) {
      return {
        error: `fieldSelector ${JSON.stringify(text)}: expected field=value or field!=value, found ${found(part)}`,
      };
    }
    const [, field = '', operator, value = ''] = split;
    if (!isSelectableField(field)) {
      return {
        error: `fieldSelector ${JSON.stringify(text)}: field label not supported: ${JSON.stringify(field)}; supported: ${selectableFields.join(', ')}`,
      };
    }
    requirements.push({ field, equal: operator !== '!=', value: value.trim() });
  }
  return { value: requirements };
}

function isSelectableField(field: string): field is SelectableField {
  return (selectableFields as readonly string[]).includes(field);
}

export function matchesFields(requirements: readonly FieldRequirement[], fields: SelectableFields): boolean {
  for (const { field, equal, value } of requirements) if (((fields[field] ?? '') === value) !== equal) return false;
  return true;
}
