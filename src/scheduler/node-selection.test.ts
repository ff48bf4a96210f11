import { expect, test } from 'vitest';
import { strikeUnless } from './framework.js';
import { selectNodes, type ActiveFilter, type RememberedSelections } from './node-selection.js';

function filterOf(plugin: string, ofNodesAlone: boolean, passes: (slot: number) => boolean): ActiveFilter {
  const rejection = { plugin, code: 'Unschedulable', reasons: [plugin] } as const;
  return {
    plugin,
    ofNodesAlone,
    filter: {
      filter: (slot) => (passes(slot) ? null : rejection),
      strike: (nodes, refused) => strikeUnless(passes, nodes, refused),
      details: () => [],
    },
  };
}

const candidates = Int32Array.of(4, 2, 0, 1, 3);
const even = (slot: number): boolean => slot % 2 === 0;
const small = (slot: number): boolean => slot < 3;

function seen(filters: readonly ActiveFilter[], remembered: RememberedSelections | null, requirements = ''): object {
  const { nodes, refused } = selectNodes(filters, candidates, candidates.length, remembered, requirements);
  const passing = nodes.left();
  expect(nodes.count).toBe(passing.length);
  for (const slot of candidates) expect(nodes.out[slot]).toBe(passing.includes(slot) ? 0 : 1);
  return {
    passing: [...passing],
    refused: Object.fromEntries(refused.map(({ plugin, slots }) => [plugin, [...slots]])),
  };
}

test('each node goes to the first filter that refuses it, in the order of the candidates', () => {
  const filters = [filterOf('Even', false, even), filterOf('Small', false, small)];
  expect(seen(filters, null)).toEqual({ passing: [2, 0], refused: { Even: [1, 3], Small: [4] } });
  expect([...candidates]).toEqual([4, 2, 0, 1, 3]);
});

test('what looks at nothing but nodes is asked once for equal requirements', () => {
  const remembered: RememberedSelections = new Map();
  let asked = 0;
  const counted = filterOf('Even', true, (slot) => {
    asked++;
    return even(slot);
  });
  for (const limit of [3, 1]) {
    const filters = [counted, filterOf('Small', false, (slot) => slot < limit)];
    const expected = limit === 3 ? { passing: [2, 0], refused: [4] } : { passing: [0], refused: [4, 2] };
    expect(seen(filters, remembered, 'a')).toEqual({
      passing: expected.passing,
      refused: { Even: [1, 3], Small: expected.refused },
    });
  }
  expect(asked).toBe(candidates.length);
  seen([counted], remembered, 'b');
  expect(asked).toBe(2 * candidates.length);
});

test('a filter between them keeps those behind it apart', () => {
  const remembered: RememberedSelections = new Map();
  const first = filterOf('All', true, () => true);
  const last = filterOf('Small', true, small);
  // What a pod that names its node leaves must not stand for one that names none.
  expect(seen([first, filterOf('Name', false, (slot) => slot === 4), last], remembered)).toMatchObject({ passing: [] });
  expect(seen([first, last], remembered)).toEqual({ passing: [2, 0, 1], refused: { Small: [4, 3] } });
});
