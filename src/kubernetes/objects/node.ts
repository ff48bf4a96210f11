/** Node validation (SEMANTICS 4.8, 4.10; upstream `ValidateNode`). There is no rule that allocatable be within capacity. */
import type { Faults } from '../faults.js';
import { readNode, warnOfNode } from '../read-node.js';
import type { JsonObject, Node, ResourceList } from '../types.js';
import { validateObjectMeta } from '../validation/metadata.js';
import { dnsSubdomainFaults } from '../validation/names.js';
import { validateResourceQuantity } from '../validation/resources.js';
import { validateTaints } from '../validation/tolerations.js';

/** Reads, validates and warns. */
export function checkNode(manifest: JsonObject, faults: Faults): Node {
  const node = readNode(manifest, faults);
  validateObjectMeta(node.metadata, { name: dnsSubdomainFaults, namespaced: false }, faults);
  validateTaints(node.spec.taints, faults);
  validateAmounts(node.status.capacity, 'capacity', faults);
  if (node.status.allocatable !== node.status.capacity) {
    validateAmounts(node.status.allocatable, 'allocatable', faults);
  }
  warnOfNode(node, faults);
  return node;
}

function validateAmounts(amounts: ResourceList, list: string, faults: Faults): void {
  for (const [name, amount] of amounts) validateResourceQuantity(name, amount, `status.${list}.${name}`, faults);
}
