/**
 * Changes of a pod spec as members of a JSON merge patch: lists are replaced whole, so each edit starts from the list as
 * it was sent and keeps everything it does not mean to change.
 */
import { compileNodeSelectorTerm, matchesNodeTerm } from '../kubernetes/selectors.js';
import { isObject } from '../kubernetes/manifests.js';
import type { Json, JsonObject, Labels, NodeSelectorTerm, PodSpec, Taint } from '../kubernetes/types.js';

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';

function list(value: Json | undefined): Json[] {
  return Array.isArray(value) ? [...value] : [];
}

function member(object: JsonObject | undefined, name: string): JsonObject {
  const value = object?.[name];
  return isObject(value) ? value : {};
}

export interface RequestEdit {
  readonly list: 'containers' | 'initContainers';
  readonly index: number;
  readonly resource: string;
  /** Canonical quantity. */
  readonly to: string;
  /** Extended resources and huge pages: request and limit are one number. */
  readonly limitToo: boolean;
}

export function lowerContainers(spec: JsonObject, edits: readonly RequestEdit[]): JsonObject {
  const patch: JsonObject = {};
  for (const name of ['initContainers', 'containers'] as const) {
    const mine = edits.filter((edit) => edit.list === name);
    if (mine.length === 0) continue;
    const containers = list(spec[name]);
    for (const { index, resource, to, limitToo } of mine) {
      const container = containers[index];
      if (!isObject(container)) continue;
      const resources = member(container, 'resources');
      containers[index] = {
        ...container,
        resources: {
          ...resources,
          requests: { ...member(resources, 'requests'), [resource]: to },
          ...(limitToo ? { limits: { ...member(resources, 'limits'), [resource]: to } } : {}),
        },
      };
    }
    patch[name] = containers;
  }
  return patch;
}

export function addTolerations(spec: JsonObject, taints: readonly Taint[]): JsonObject {
  const added = taints.map((taint): JsonObject =>
    taint.value === ''
      ? { key: taint.key, operator: 'Exists', effect: taint.effect }
      : { key: taint.key, operator: 'Equal', value: taint.value, effect: taint.effect },
  );
  return { tolerations: [...list(spec['tolerations']), ...added] };
}

export interface Relaxed {
  readonly patch: JsonObject;
  /** What was dropped, for a sentence: `disktype=ssd`, `zone In (a, b)`. */
  readonly dropped: readonly string[];
}

/**
 * Drops what keeps the pod off a node with these labels, and no more: the nodeSelector entries that differ, and, of the
 * required node affinity term that is nearest to matching, the requirements that fail. A term left empty would match
 * nothing, so the whole requirement goes then.
 */
export function relaxSelector(spec: JsonObject, pod: PodSpec, nodeName: string, labels: Labels): Relaxed {
  const dropped: string[] = [];
  const patch: JsonObject = {};
  const selector: [string, Json][] = [];
  for (const [key, value] of Object.entries(pod.nodeSelector)) {
    if (Object.hasOwn(labels, key) && labels[key] === value) continue;
    selector.push([key, null]);
    dropped.push(`${key}=${value}`);
  }
  if (selector.length > 0) patch['nodeSelector'] = Object.fromEntries(selector);
  const terms = pod.affinity?.nodeAffinity?.required?.nodeSelectorTerms;
  if (terms !== undefined && !terms.some((term) => termMatches(term, nodeName, labels))) {
    patch['affinity'] = { nodeAffinity: { [REQUIRED]: relaxedTerms(spec, terms, nodeName, labels, dropped) } };
  }
  return { patch, dropped };
}

function termMatches(term: NodeSelectorTerm, nodeName: string, labels: Labels): boolean {
  const compiled = compileNodeSelectorTerm(term);
  return compiled !== undefined && matchesNodeTerm(compiled, nodeName, labels);
}

function relaxedTerms(
  spec: JsonObject,
  terms: readonly NodeSelectorTerm[],
  nodeName: string,
  labels: Labels,
  dropped: string[],
): JsonObject | null {
  const failing = (term: NodeSelectorTerm): { expressions: number[]; fields: number[] } => ({
    expressions: term.matchExpressions.flatMap((expression, index) =>
      termMatches({ matchExpressions: [expression], matchFields: [] }, nodeName, labels) ? [] : [index],
    ),
    fields: term.matchFields.flatMap((field, index) =>
      termMatches({ matchExpressions: [], matchFields: [field] }, nodeName, labels) ? [] : [index],
    ),
  });
  let best = -1;
  let bestFailing = { expressions: [] as number[], fields: [] as number[] };
  for (const [index, term] of terms.entries()) {
    const found = failing(term);
    const size = found.expressions.length + found.fields.length;
    if (best < 0 || size < bestFailing.expressions.length + bestFailing.fields.length) {
      best = index;
      bestFailing = found;
    }
  }
  const term = terms[best];
  if (term === undefined) return null;
  for (const index of bestFailing.expressions) dropped.push(requirementText(term.matchExpressions[index]!));
  for (const index of bestFailing.fields) dropped.push(requirementText(term.matchFields[index]!));
  const raw = list(member(member(member(spec, 'affinity'), 'nodeAffinity'), REQUIRED)['nodeSelectorTerms']);
  const sent = raw[best];
  if (!isObject(sent)) return null;
  const expressions = list(sent['matchExpressions']).filter((_, index) => !bestFailing.expressions.includes(index));
  const fields = list(sent['matchFields']).filter((_, index) => !bestFailing.fields.includes(index));
  if (expressions.length === 0 && fields.length === 0) return null;
  raw[best] = {
    ...(expressions.length > 0 ? { matchExpressions: expressions } : {}),
    ...(fields.length > 0 ? { matchFields: fields } : {}),
  };
  return { nodeSelectorTerms: raw };
}

function requirementText(requirement: { key: string; operator: string; values: readonly string[] }): string {
  const values = requirement.values.length > 0 ? ` (${requirement.values.join(', ')})` : '';
  return `${requirement.key} ${requirement.operator}${values}`;
}

/** `maxSkew` raised for the constraints named, or, where undefined, the constraint made soft (minDomains goes then). */
export function relaxSpread(spec: JsonObject, changes: ReadonlyMap<number, number | undefined>): JsonObject {
  const constraints = list(spec['topologySpreadConstraints']);
  for (const [index, maxSkew] of changes) {
    const constraint = constraints[index];
    if (!isObject(constraint)) continue;
    if (maxSkew === undefined) {
      const { minDomains: _, ...rest } = constraint;
      constraints[index] = { ...rest, whenUnsatisfiable: 'ScheduleAnyway' };
    } else constraints[index] = { ...constraint, maxSkew };
  }
  return { topologySpreadConstraints: constraints };
}

/** Without the required terms named of podAffinity or podAntiAffinity. */
export function dropPodAffinityTerms(
  spec: JsonObject,
  affinity: 'podAffinity' | 'podAntiAffinity',
  terms: readonly number[],
): JsonObject {
  const kept = list(member(member(spec, 'affinity'), affinity)[REQUIRED]).filter((_, index) => !terms.includes(index));
  return { affinity: { [affinity]: { [REQUIRED]: kept.length > 0 ? kept : null } } };
}
