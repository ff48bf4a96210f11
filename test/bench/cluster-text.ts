/** The seeded cluster of `test/build/cluster.ts` as the JSON text that `kubectl get … -o json` would print. */
import { nodeManifest, podManifest, templates } from '../build/cluster.js';
import { pick, seededRandom } from '../build/random.js';

export interface ClusterText {
  readonly nodes: string[];
  readonly pods: string[];
}

export function clusterText(seed: number, nodeCount: number, podCount: number): ClusterText {
  const random = seededRandom(seed);
  const nodes = Array.from({ length: nodeCount }, (_, i) => nodeManifest(i, random));
  const names = nodes.map(({ metadata }) => (metadata as { name: string }).name);
  const kinds = templates(random, 300, 0.3);
  const pods = Array.from({ length: podCount }, (_, i) => {
    const { app, size, extra } = pick(random, kinds);
    return JSON.stringify(podManifest(app, `${app}-${i}`, pick(random, names), size, extra));
  });
  return { nodes: nodes.map((node) => JSON.stringify(node)), pods };
}

export const listText = (items: readonly string[]): string =>
  `{"apiVersion":"v1","kind":"List","items":[${items.join(',')}]}`;
