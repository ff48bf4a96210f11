import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../test/build/random.js';
import { cluster, run, scoresOf, subject } from '../../../test/build/small-cluster.js';
import { nodeResourcesBalancedAllocation } from './node-resources-balanced-allocation.js';
import { NodeList } from '../node-list.js';

describe('NodeResourcesBalancedAllocation (SEMANTICS 6.2): node of 4 cpu and 16Gi', () => {
  it.each([
    ['slightly less even', { cpu: '1', memory: '2Gi' }, { cpu: '500m', memory: '1Gi' }, 73],
    ['more even', { cpu: '2', memory: '2Gi' }, { memory: '6Gi' }, 84],
    ['from empty to all cpu', {}, { cpu: '4' }, 50],
    ['no requests: skipped', { cpu: '1' }, {}, 0],
  ])('%s', (_name, used: Record<string, string>, requests: Record<string, string>, expected) => {
    const result = run(cluster([{ name: 'n' }], [{ node: 'n', requests: used }]), { requests });
    expect(scoresOf(result, 'NodeResourcesBalancedAllocation')).toEqual({ n: expected });
  });
});

it('no node scores more than its bound, with pods that are small for every node and with large ones', () => {
  const random = seededRandom(1);
  const whole = (most: number): number => 1 + Math.floor(random() * most);
  const kinds = new Set<string>();
  let reached = 0;
  for (let round = 0; round < 200; round++) {
    const names = Array.from({ length: 8 }, (_, i) => `n${i}`);
    const capacity = (): Record<string, string> => ({ cpu: `${whole(4)}`, memory: `${whole(4096)}Mi` });
    const model = cluster(
      names.map((name) => ({ name, allocatable: capacity() })),
      names.map((node) => ({ node, requests: { cpu: `${whole(2000)}m`, memory: `${whole(2048)}Mi` } })),
    );
    const most = round % 2 === 0 ? 20 : 1000;
    const { podClass, profile, ...rest } = subject({
      requests: { cpu: `${whole(most)}m`, memory: `${whole(most)}Mi` },
    });
    const slots = model.nodeSlots();
    const cycle = { model, subject: { podClass, profile, ...rest }, podClass, profile };
    const scorer = nodeResourcesBalancedAllocation.preScore(cycle, NodeList.of(slots, model.slotCount))!;
    const bounds = scorer.atMost?.();
    kinds.add(bounds === undefined ? 'of all nodes' : 'of each node');
    for (const slot of slots) {
      const bound = bounds?.values[slot] ?? scorer.most!;
      expect(scorer.at(slot)).toBeLessThanOrEqual(bound);
      if (bounds === undefined && scorer.at(slot) > 75) reached++;
    }
  }
  expect([kinds.size, reached > 0]).toEqual([2, true]);
});
