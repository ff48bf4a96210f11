/** NodeUnschedulable: a cordoned node takes only pods that tolerate the cordon. SEMANTICS 5.3. */
import { toleratedBy } from '../../kubernetes/tolerations.js';
import { strikeUnless, skip, type FilterPlugin, type Rejection } from '../framework.js';

const cordonTaint = { key: 'node.kubernetes.io/unschedulable', value: '', effect: 'NoSchedule' };

const rejection: Rejection = {
  plugin: 'NodeUnschedulable',
  code: 'UnschedulableAndUnresolvable',
  reasons: ['node(s) were unschedulable'],
};

export const nodeUnschedulable: FilterPlugin = {
  name: 'NodeUnschedulable',
  ofNodesAlone: true,
  preFilter({ model, podClass }) {
    if (toleratedBy(podClass.tolerations, cordonTaint)) return skip;
    const cordoned = model.nodeView().unschedulable();
    if (cordoned === null) return skip;
    return {
      type: 'filter',
      filter: {
        filter: (slot) => (cordoned[slot] === 1 ? rejection : null),
        only: rejection,
        strike: (nodes, refused) => strikeUnless((slot) => cordoned[slot] === 0, nodes, refused),
        details: (slot) => (cordoned[slot] === 1 ? [{ type: 'unschedulable' }] : []),
      },
    };
  },
};
