/**
 * One inter-pod affinity term, as it stands in a pod's shape and as matched. Upstream: `fwk.AffinityTerm`; SEMANTICS 5.3.
 */
import { compileLabelSelector, selectorText, type Selector } from '../kubernetes/selectors.js';
import type { PodAffinityTerm } from '../kubernetes/types.js';

export interface AffinityTerm {
  /** Equal text, equal term: holders are counted by it. */
  readonly key: string;
  readonly selector: Selector;
  readonly topologyKey: string;
  /** Namespaces named, the pod's own when none is and no namespaceSelector is given. Sorted. */
  readonly namespaces: readonly string[];
  /** Selects further namespaces by their labels; null selects none. */
  readonly namespaceSelector: Selector;
}

export interface WeightedAffinityTerm {
  readonly weight: number;
  readonly term: AffinityTerm;
}

/** `matchLabelKeys` are expanded into the selector when a pod is created, before this. */
export function compileAffinityTerm(term: PodAffinityTerm, podNamespace: string): AffinityTerm {
  const namespaceSelector = compileLabelSelector(term.namespaceSelector);
  const namespaces =
    term.namespaces.length === 0 && term.namespaceSelector === null ? [podNamespace] : [...term.namespaces].sort();
  const selector = compileLabelSelector(term.labelSelector);
  const key = `${term.topologyKey}|${namespaces.join(',')}|${selectorText(namespaceSelector)}|${selectorText(selector)}`;
  return { key, selector, topologyKey: term.topologyKey, namespaces, namespaceSelector };
}
