import { describe, expect, test } from 'vitest';
import type { ContainerRequest } from './lower-request.js';
import { lowerTo } from './lower-request.js';

const init = (name: string, amount: number): ContainerRequest => ({ name, type: 'init', amount });
const sidecar = (name: string, amount: number): ContainerRequest => ({ name, type: 'sidecar', amount });
const work = (name: string, amount: number): ContainerRequest => ({ name, type: 'work', amount });

describe('lowerTo', () => {
  const rows: readonly {
    name: string;
    containers: readonly ContainerRequest[];
    target: number;
    changes: Record<string, number> | null;
    initOnly?: boolean;
  }[] = [
    {
      name: 'an init container alone',
      containers: [init('i', 2500), work('a', 650)],
      target: 2000,
      changes: { i: 2000 },
      initOnly: true,
    },
    {
      name: 'an init container beside an earlier sidecar',
      containers: [sidecar('s', 1000), init('i', 2000), work('a', 500)],
      target: 2500,
      changes: { i: 1500 },
      initOnly: true,
    },
    {
      name: 'two init containers that both stick out',
      containers: [init('i', 900), init('j', 800), work('a', 100)],
      target: 500,
      changes: { i: 500, j: 500 },
      initOnly: true,
    },
    {
      name: 'the largest work container',
      containers: [work('a', 300), work('b', 900)],
      target: 1000,
      changes: { b: 700 },
    },
    {
      name: 'all in proportion',
      containers: [work('a', 500), work('b', 500)],
      target: 400,
      changes: { a: 200, b: 200 },
    },
    {
      name: 'work, then the init container that still sticks out',
      containers: [init('i', 2000), work('a', 1500)],
      target: 1000,
      changes: { i: 1000, a: 1000 },
      initOnly: false,
    },
    { name: 'nothing free', containers: [work('a', 500)], target: 0, changes: null },
    { name: 'too little for all', containers: [work('a', 5), work('b', 5)], target: 1, changes: null },
    { name: 'a sidecar fills the target', containers: [sidecar('s', 500), init('i', 100)], target: 500, changes: null },
  ];
  test.each(rows)('$name', ({ containers, target, changes, initOnly }) => {
    const lowering = lowerTo(containers, target);
    expect(
      lowering && Object.fromEntries(lowering.changes.map(({ index, to }) => [containers[index]!.name, to])),
    ).toEqual(changes);
    if (initOnly !== undefined) expect(lowering?.initOnly).toBe(initOnly);
  });
});
