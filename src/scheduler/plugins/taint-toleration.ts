/**
 * TaintToleration. Filter: every NoSchedule and NoExecute taint must be tolerated. Score: the fewer untolerated
 * PreferNoSchedule taints, the better. Nodes share few lists of taints, so both are decided once a list. SEMANTICS 5.3,
 * 6.3.
 */
import { toleratedBy, untoleratedTaint } from '../../kubernetes/tolerations.js';
import type { Taint } from '../../kubernetes/types.js';
import {
  equalScore,
  maxNodeScore,
  normalized,
  skip,
  strikeUnless,
  type FilterPlugin,
  type Rejection,
  type ScorePlugin,
} from '../framework.js';
import type { ClusterModel } from '../model.js';
import type { PodClass } from '../pod-class.js';

const rejection: Rejection = {
  plugin: 'TaintToleration',
  code: 'UnschedulableAndUnresolvable',
  reasons: ['node(s) had untolerated taint(s)'],
};

export const taintToleration: FilterPlugin & ScorePlugin = {
  name: 'TaintToleration',
  ofNodesAlone: true,

  preFilter({ model, podClass }) {
    const { ids, sets } = model.nodeView().taints();
    const untolerated = sets.map((taints) => untoleratedTaint(taints, podClass.tolerations));
    if (untolerated.every((taint) => taint === undefined)) return skip;
    const accepted = Uint8Array.from([undefined, ...untolerated], (taint) => (taint === undefined ? 1 : 0));
    return {
      type: 'filter',
      filter: {
        filter: (slot) => (accepted[ids[slot]! + 1] === 0 ? rejection : null),
        only: rejection,
        strike: (nodes, refused) => strikeUnless((slot) => accepted[ids[slot]! + 1] === 1, nodes, refused),
        details: (slot) =>
          sets[ids[slot]!]!.filter((taint) => untoleratedTaint([taint], podClass.tolerations) !== undefined).map(
            (taint) => ({ type: 'taint', taint }),
          ),
      },
    };
  },

  /** raw = PreferNoSchedule taints not tolerated; normalised, reversed. */
  preScore({ model, podClass }, { slots, out, length }) {
    const { ids, raw } = intolerableBySet(model, podClass);
    const most = Math.max(...raw);
    // Most of the time the first nodes have it.
    let max = 0;
    for (let i = 0; i < length && max < most; i++) {
      const slot = slots[i]!;
      if (out[slot] === 0) max = Math.max(max, raw[ids[slot]!]!);
    }
    if (max === 0) return equalScore(maxNodeScore);
    // Normalised list by list: there are few. What no feasible node has is never looked up.
    const scores = raw.map((taints) => normalized(taints, max, true));
    return {
      most: maxNodeScore,
      add: (weight, feasible, feasibleCount, totals) => {
        const weighted = scores.map((score) => weight * score);
        for (let i = 0; i < feasibleCount; i++) totals[i]! += weighted[ids[feasible[i]!]!]!;
      },
      at: (slot) => scores[ids[slot]!]!,
    };
  },
};

/** Number of the node's list of taints by slot, and by list the raw score: PreferNoSchedule taints not tolerated. */
export function intolerableBySet(model: ClusterModel, podClass: PodClass): { ids: Int32Array; raw: Float64Array } {
  const { ids, sets } = model.nodeView().taints();
  const tolerations = podClass.tolerations.filter(({ effect }) => effect === '' || effect === 'PreferNoSchedule');
  return { ids, raw: Float64Array.from(sets, (taints) => countIntolerable(taints, tolerations)) };
}

function countIntolerable(taints: readonly Taint[], tolerations: Parameters<typeof toleratedBy>[0]): number {
  return taints.filter((taint) => taint.effect === 'PreferNoSchedule' && !toleratedBy(tolerations, taint)).length;
}
