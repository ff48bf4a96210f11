/**
 * NodeAffinity: nodeSelector, required and preferred node affinity, and the profile's addedAffinity. A pod whose every
 * required term names nodes is looked at on those only (PreFilter). SEMANTICS 5.3, 6.4.
 */
import { compileNodeSelectorTerm } from '../../kubernetes/selectors.js';
import type { NodeAffinity, NodeSelectorTerm } from '../../kubernetes/types.js';
import {
  equalScore,
  maxNodeScore,
  normalized,
  scoreEach,
  skip,
  strikeUnless,
  type Cycle,
  type Detail,
  type FilterPlugin,
  type Rejection,
  type ScorePlugin,
} from '../framework.js';
import {
  matchRequiredNodeAffinity,
  matchRequiredTerms,
  matchSelector,
  matchTerm,
  type NodePredicate,
} from '../node-matcher.js';

const mismatch: Rejection = {
  plugin: 'NodeAffinity',
  code: 'UnschedulableAndUnresolvable',
  reasons: ["node(s) didn't match Pod's node affinity/selector"],
};

const enforcedMismatch: Rejection = {
  plugin: 'NodeAffinity',
  code: 'UnschedulableAndUnresolvable',
  reasons: ["node(s) didn't match scheduler-enforced node affinity"],
};

export const nodeAffinity: FilterPlugin & ScorePlugin = {
  name: 'NodeAffinity',
  ofNodesAlone: true,

  preFilter(cycle) {
    const { model, podClass } = cycle;
    const enforced = matchRequiredTerms(model, cycle.profile.args.nodeAffinity.addedAffinity);
    const required = matchRequiredNodeAffinity(model, podClass);
    if (enforced === null && required === null) return skip;
    const onlyNodes = namedNodes(podClass.nodeAffinity);
    if (onlyNodes?.length === 0) {
      return { type: 'fail', code: 'UnschedulableAndUnresolvable', reason: 'pod affinity terms conflict' };
    }
    return {
      type: 'filter',
      onlyNodes,
      filter: {
        filter: (slot) => {
          if (enforced !== null && !enforced(slot)) return enforcedMismatch;
          return required === null || required(slot) ? null : mismatch;
        },
        only: enforced === null ? mismatch : undefined,
        strike: (nodes, refused) =>
          strikeUnless(
            (slot) => (enforced === null || enforced(slot)) && (required === null || required(slot)),
            nodes,
            refused,
          ),
        details: (slot) => explain(cycle, slot),
      },
    };
  },

  /** raw = Σ weights of the preferred terms that match, the profile's included. */
  preScore(cycle, { slots, out, length }) {
    const terms = preferredTerms(cycle);
    if (terms === null) return null;
    const raw = new Float64Array(cycle.model.slotCount);
    let max = 0;
    for (let i = 0; i < length; i++) {
      const slot = slots[i]!;
      if (out[slot] === 1) continue;
      let sum = 0;
      for (const { weight, matches } of terms) if (matches(slot)) sum += weight;
      raw[slot] = sum;
      if (sum > max) max = sum;
    }
    if (max === 0) return equalScore(0);
    return scoreEach((slot) => normalized(raw[slot]!, max, false), maxNodeScore);
  },
};

/** The preferred terms with their weights; null: there are none, and the plugin skips. */
export function preferredTerms({
  model,
  podClass,
  profile,
}: Cycle): { weight: number; matches: NodePredicate }[] | null {
  const added = profile.args.nodeAffinity.addedAffinity?.preferred ?? [];
  const own = podClass.nodeAffinity?.preferred ?? [];
  if (own.length === 0 && added.length === 0) return null;
  return [...own, ...added].flatMap(({ weight, preference }) => {
    const term = weight === 0 ? undefined : compileNodeSelectorTerm(preference);
    return term === undefined ? [] : [{ weight, matches: matchTerm(model, term) }];
  });
}

/**
 * If every required term pins `metadata.name` with In: the nodes named, the union over the terms of the intersection
 * within each. Undefined: not every term does.
 */
function namedNodes(affinity: NodeAffinity | undefined): string[] | undefined {
  const terms = affinity?.required?.nodeSelectorTerms ?? [];
  if (terms.length === 0) return undefined;
  const names = new Set<string>();
  for (const term of terms) {
    const named = namedInTerm(term);
    if (named === undefined) return undefined;
    for (const name of named) names.add(name);
  }
  return [...names];
}

function namedInTerm({ matchFields }: NodeSelectorTerm): string[] | undefined {
  let names: string[] | undefined;
  for (const { key, operator, values } of matchFields) {
    if (key !== 'metadata.name' || operator !== 'In') continue;
    names = names === undefined ? [...values] : names.filter((name) => values.includes(name));
  }
  return names;
}

function explain({ model, podClass, profile }: Cycle, slot: number): Detail[] {
  const details: Detail[] = [];
  const failed = (affinity: NodeAffinity | null | undefined): number[] =>
    (affinity?.required?.nodeSelectorTerms ?? []).flatMap((term, index) => {
      const compiled = compileNodeSelectorTerm(term);
      return compiled !== undefined && matchTerm(model, compiled)(slot) ? [] : [index];
    });
  const { addedAffinity } = profile.args.nodeAffinity;
  if (matchRequiredTerms(model, addedAffinity)?.(slot) === false) {
    details.push({ type: 'nodeAffinity', enforced: true, nodeSelectorKeys: [], failedTerms: failed(addedAffinity) });
  }
  if (matchRequiredNodeAffinity(model, podClass)?.(slot) === false) {
    const nodeSelectorKeys = (podClass.nodeSelector ?? [])
      .filter((requirement) => !matchSelector(model, [requirement])(slot))
      .map(({ key }) => key);
    const terms = matchRequiredTerms(model, podClass.nodeAffinity)?.(slot) === false;
    details.push({
      type: 'nodeAffinity',
      enforced: false,
      nodeSelectorKeys,
      failedTerms: terms ? failed(podClass.nodeAffinity) : [],
    });
  }
  return details;
}
