/** NodeDeclaredFeatures: the node declares every feature that the pod depends on. SEMANTICS 5.3. */
import { strikeUnless, skip, type FilterPlugin, type Rejection } from '../framework.js';

const rejection: Rejection = {
  plugin: 'NodeDeclaredFeatures',
  code: 'UnschedulableAndUnresolvable',
  reasons: ["node(s) didn't match Pod's required features"],
};

export const nodeDeclaredFeatures: FilterPlugin = {
  name: 'NodeDeclaredFeatures',
  preFilter({ model, podClass }) {
    const required = podClass.requiredFeatures;
    if (required.length === 0) return skip;
    const missing = (slot: number): string[] => {
      const { declaredFeatures } = model.node(slot).status;
      return required.filter((feature) => !declaredFeatures.includes(feature));
    };
    return {
      type: 'filter',
      filter: {
        filter: (slot) => (missing(slot).length === 0 ? null : rejection),
        only: rejection,
        strike: (nodes, refused) => strikeUnless((slot) => missing(slot).length === 0, nodes, refused),
        details: (slot) => missing(slot).map((feature) => ({ type: 'declaredFeature', feature })),
      },
    };
  },
};
