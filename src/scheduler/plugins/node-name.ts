/** NodeName: a pod that names its node fits there only. SEMANTICS 5.3. */
import { strikeUnless, skip, type FilterPlugin, type Rejection } from '../framework.js';

const rejection: Rejection = {
  plugin: 'NodeName',
  code: 'UnschedulableAndUnresolvable',
  reasons: ["node(s) didn't match the requested node name"],
};

export const nodeName: FilterPlugin = {
  name: 'NodeName',
  preFilter({ model, subject }) {
    const required = subject.nodeName;
    if (required === '') return skip;
    const only = model.nodeSlot(required);
    return {
      type: 'filter',
      filter: {
        filter: (slot) => (slot === only ? null : rejection),
        only: rejection,
        strike: (nodes, refused) => strikeUnless((slot) => slot === only, nodes, refused),
        details: (slot) => (slot === only ? [] : [{ type: 'nodeName', required }]),
      },
    };
  },
};
