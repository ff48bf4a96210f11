/**
 * ImageLocality: nodes that have the pod's images, weighted by size and by how widely they are spread. SEMANTICS 6.5.
 *
 *     sum = Σ trunc(size · nodesHaving / allNodes), clamped to [23Mi, 1000Mi · containers]
 *     score = trunc(100 · (sum − 23Mi) / (1000Mi · containers − 23Mi))
 */
import { equalScore, maxNodeScore, scoreEach, type ScorePlugin } from '../framework.js';

const mebibyte = 1024 * 1024;
const least = 23 * mebibyte;
const mostPerContainer = 1000 * mebibyte;

export const imageLocality: ScorePlugin = {
  name: 'ImageLocality',
  preScore({ model, podClass }) {
    const view = model.nodeView();
    const nodes = model.nodeCount;
    const most = mostPerContainer * podClass.containers;
    const present = podClass.images.map((image) => view.image(image)).filter((image) => image !== undefined);
    if (present.length === 0) return equalScore(0);
    const sums = new Float64Array(model.slotCount);
    for (const { slots, sizes } of present) {
      const share = slots.length / nodes;
      slots.forEach((slot, i) => (sums[slot]! += Math.trunc(sizes[i]! * share)));
    }
    return scoreEach((slot) => {
      const sum = Math.min(Math.max(sums[slot]!, least), most);
      return Math.trunc((100 * (sum - least)) / (most - least));
    }, maxNodeScore);
  },
};
