/** Bytes that the cluster model takes for a pod. Run in a process of its own. */
import { buildCluster } from '../build/cluster.js';
import { collectGarbage } from '../build/garbage.js';
import type { Figure, Section } from './measure.js';

export const memory: Section = async ({ short, seed }) => {
  const used = (): number => {
    collectGarbage();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const [nodes, pods] = short ? [1000, 30_000] : [15_000, 450_000];
  const before = used();
  const model = buildCluster({ seed, nodes, pods, templates: 500, constrained: 0.3 });
  const bytes = (used() - before) / pods;
  const figure: Figure = {
    name: `cluster model, ${nodes} nodes and ${model.podCount} pods, nodes included`,
    value: bytes,
    unit: 'bytes a pod',
    goal: '≤ 300',
    met: bytes <= 300,
    atMost: 3000,
  };
  return [figure];
};
