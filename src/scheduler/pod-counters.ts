/** Counters (`ClusterModel.counter`) that spread and inter-pod affinity read: which pods, and how each is counted. */
import { matches, selectorText, type Selector } from '../kubernetes/selectors.js';
import type { Labels } from '../kubernetes/types.js';
import type { AffinityTerm } from './affinity-term.js';
import type { ClusterModel, CounterDefinition } from './model.js';
import type { PodClass, TermKind } from './pod-class.js';
import { isOwnLabel } from './pod-shape.js';

/** Whether pods of one class may differ in what the selector says. */
export function namesOwnLabel(selector: Selector): boolean {
  return selector !== null && selector.some(({ key }) => isOwnLabel(key));
}

/** Pods of a namespace that a spread constraint counts: terminating ones do not, and an empty selector counts none. */
export function spreadCounter(namespace: string, selector: Selector): CounterDefinition {
  const counts = (podClass: PodClass, labels: Labels): number =>
    podClass.namespace === namespace && selector !== null && selector.length > 0 && matches(selector, labels) ? 1 : 0;
  return {
    key: `spread|${namespace}|${selectorText(selector)}`,
    namespaces: [namespace],
    weight: (podClass) => counts(podClass, podClass.labels),
    podWeight: namesOwnLabel(selector) ? counts : undefined,
    countsTerminating: false,
  };
}

/** Namespaces that a term applies to. */
export function termCoversNamespace(model: ClusterModel, term: AffinityTerm, namespace: string): boolean {
  if (term.namespaces.includes(namespace)) return true;
  const { namespaceSelector } = term;
  if (namespaceSelector === null) return false;
  return namespaceSelector.length === 0 || matches(namespaceSelector, model.objects.namespaceLabels(namespace));
}

export function termMatches(model: ClusterModel, term: AffinityTerm, namespace: string, labels: Labels): boolean {
  return matches(term.selector, labels) && termCoversNamespace(model, term, namespace);
}

/** Pods that match all of the terms. */
export function matchedByAll(model: ClusterModel, terms: readonly AffinityTerm[]): CounterDefinition {
  const counts = (podClass: PodClass, labels: Labels): number =>
    terms.every((term) => termMatches(model, term, podClass.namespace, labels)) ? 1 : 0;
  // Namespaces of a counter need only bound it: the first term's do when it names them all.
  const [first] = terms;
  return {
    key: `matched|${terms.map(({ key }) => key).join('&')}`,
    namespaces: first !== undefined && first.namespaceSelector === null ? first.namespaces : null,
    weight: (podClass) => counts(podClass, podClass.labels),
    podWeight: terms.some(({ selector }) => namesOwnLabel(selector)) ? counts : undefined,
    countsTerminating: true,
  };
}

/** Pods that hold a term, as often as they do; weighted terms by their weight. */
export function holdersOf(kind: TermKind, key: string): CounterDefinition {
  const weight = (podClass: PodClass): number => {
    let sum = 0;
    if (kind === 'requiredAffinity' || kind === 'requiredAntiAffinity') {
      for (const term of podClass[kind]) if (term.key === key) sum++;
    } else {
      for (const preferred of podClass[kind]) if (preferred.term.key === key) sum += preferred.weight;
    }
    return sum;
  };
  return { key: `${kind}|${key}`, namespaces: null, weight, countsTerminating: true };
}
