/**
 * TaintToleration. Filter: every NoSchedule and NoExecute taint must be tolerated. Score: the fewer untolerated
 * PreferNoSchedule taints, the better. Nodes share few lists of taints, so both are decided once a list. SEMANTICS 5.3,
 * 6.3.
 */
import { toleratedBy, untoleratedTaint } from '../../kubernetes/tolerations.js';
import type { Taint } from '../../kubernetes/types.js';
import {
  maxNodeScore,
  normalize,
  skip,
  type Cycle,
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

  preFilter({ model, podClass }) {
    const { ids, sets } = model.nodeView().taints();
    const untolerated = sets.map((taints) => untoleratedTaint(taints, podClass.tolerations));
    if (untolerated.every((taint) => taint === undefined)) return skip;
    const refused = Uint8Array.from(untolerated, (taint) => (taint === undefined ? 0 : 1));
    return {
      type: 'filter',
      filter: {
        filter: (slot) => (refused[ids[slot]!] === 1 ? rejection : null),
        keep: (slots, count) => {
          let kept = 0;
          for (let i = 0; i < count; i++) {
            const slot = slots[i]!;
            if (refused[ids[slot]!] === 0) slots[kept++] = slot;
          }
          return kept;
        },
        details: (slot) =>
          sets[ids[slot]!]!.filter((taint) => untoleratedTaint([taint], podClass.tolerations) !== undefined).map(
            (taint) => ({ type: 'taint', taint }),
          ),
      },
    };
  },

  /** raw = PreferNoSchedule taints not tolerated; normalised, reversed. */
  preScore({ model, podClass }) {
    const { ids, raw } = intolerableBySet(model, podClass);
    if (raw.every((taints) => taints === 0)) return (_slots, count, scores) => scores.fill(maxNodeScore, 0, count);
    return (slots, count, scores) => {
      // Normalised list by list: there are few.
      const present = new Uint8Array(raw.length);
      for (let i = 0; i < count; i++) present[ids[slots[i]!]!] = 1;
      const normalised = raw.map((taints, set) => (present[set] === 1 ? taints : 0));
      normalize(normalised, normalised.length, true);
      for (let i = 0; i < count; i++) scores[i] = normalised[ids[slots[i]!]!]!;
    };
  },
};

/** Number of the node's list of taints by slot, and by list the PreferNoSchedule taints not tolerated. */
function intolerableBySet(model: ClusterModel, podClass: PodClass): { ids: Int32Array; raw: Float64Array } {
  const { ids, sets } = model.nodeView().taints();
  const tolerations = podClass.tolerations.filter(({ effect }) => effect === '' || effect === 'PreferNoSchedule');
  return { ids, raw: Float64Array.from(sets, (taints) => countIntolerable(taints, tolerations)) };
}

/** The raw score by node slot. */
export function intolerableTaints({ model, podClass }: Cycle): Float64Array {
  const { ids, raw } = intolerableBySet(model, podClass);
  const taints = new Float64Array(ids.length);
  for (let slot = 0; slot < ids.length; slot++) taints[slot] = raw[ids[slot]!]!;
  return taints;
}

function countIntolerable(taints: readonly Taint[], tolerations: Parameters<typeof toleratedBy>[0]): number {
  return taints.filter((taint) => taint.effect === 'PreferNoSchedule' && !toleratedBy(tolerations, taint)).length;
}
