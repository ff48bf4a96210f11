/**
 * Node label conditions evaluated over columns: per label key and condition a table of value numbers, so that a node costs
 * two array reads a condition.
 */
import {
  compileNodeSelectorTerms,
  matchesRequirement,
  type CompiledNodeTerm,
  type Requirement,
  type Selector,
} from '../kubernetes/selectors.js';
import type { NodeAffinity } from '../kubernetes/types.js';
import type { ClusterModel } from './model.js';
import type { PodClass } from './pod-class.js';

export type NodePredicate = (slot: number) => boolean;

export function matchRequirement(model: ClusterModel, requirement: Requirement): NodePredicate {
  const { ids, values } = model.labelColumn(requirement.key);
  const accepted = new Uint8Array(values.length + 1);
  // Position 0: the node lacks the label.
  accepted[0] = matchesRequirement(requirement, {}) ? 1 : 0;
  values.forEach((value, id) => {
    accepted[id + 1] = matchesRequirement(requirement, { [requirement.key]: value }) ? 1 : 0;
  });
  return (slot) => accepted[ids[slot]! + 1] === 1;
}

export function matchSelector(model: ClusterModel, selector: Selector): NodePredicate {
  if (selector === null) return () => false;
  return all(selector.map((requirement) => matchRequirement(model, requirement)));
}

export function matchTerm(model: ClusterModel, term: CompiledNodeTerm): NodePredicate {
  const fields = term.fields.map(({ key, operator, values }): NodePredicate => {
    if (key !== 'metadata.name') return () => (operator === 'In') === (values[0] === '');
    const named = model.nodeSlot(values[0] ?? '');
    return operator === 'In' ? (slot) => slot === named : (slot) => slot !== named;
  });
  return all([...term.labels.map((requirement) => matchRequirement(model, requirement)), ...fields]);
}

/** nodeSelector and required node affinity of a pod; null: it has neither. */
export function matchRequiredNodeAffinity(model: ClusterModel, podClass: PodClass): NodePredicate | null {
  const { nodeSelector, nodeAffinity } = podClass;
  const parts: NodePredicate[] = [];
  if (nodeSelector === null || nodeSelector.length > 0) parts.push(matchSelector(model, nodeSelector));
  const required = matchRequiredTerms(model, nodeAffinity);
  if (required !== null) parts.push(required);
  return parts.length === 0 ? null : all(parts);
}

/** The required terms: one must match; null: there is no requirement. */
export function matchRequiredTerms(
  model: ClusterModel,
  nodeAffinity: NodeAffinity | null | undefined,
): NodePredicate | null {
  const required = nodeAffinity?.required;
  if (required === undefined) return null;
  return any(compileNodeSelectorTerms(required.nodeSelectorTerms).map((term) => matchTerm(model, term)));
}

function all(parts: readonly NodePredicate[]): NodePredicate {
  if (parts.length === 1) return parts[0]!;
  return (slot) => {
    for (const part of parts) if (!part(slot)) return false;
    return true;
  };
}

function any(parts: readonly NodePredicate[]): NodePredicate {
  if (parts.length === 1) return parts[0]!;
  return (slot) => {
    for (const part of parts) if (part(slot)) return true;
    return false;
  };
}
