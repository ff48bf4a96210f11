import { describe, expect, it } from 'vitest';
import { eventMessage, filterMessage, preFilterMessage } from './fit-error.js';

describe('filterMessage', () => {
  it.each([
    ['no reasons', 3, [], '0/3 nodes are available:'],
    ['one', 3, [['Too many pods', 3]], '0/3 nodes are available: 3 Too many pods.'],
    [
      'sorted as texts: 10 before 2',
      12,
      [
        ['Insufficient cpu', 2],
        ['Insufficient memory', 10],
      ],
      '0/12 nodes are available: 10 Insufficient memory, 2 Insufficient cpu.',
    ],
    [
      'a node with two reasons counts in both',
      1,
      [
        ['Insufficient memory', 1],
        ['Insufficient cpu', 1],
      ],
      '0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory.',
    ],
  ] as [string, number, [string, number][], string][])('%s', (_, nodes, counts, sentence) => {
    expect(filterMessage(nodes, new Map(counts))).toBe(sentence);
  });
});

describe('eventMessage', () => {
  const filters = filterMessage(3, new Map([['Too many pods', 3]]));

  it('is the filter sentence alone when preemption found a node', () => {
    expect(eventMessage(filters, null)).toBe(filters);
  });

  it('tells what DynamicResources and preemption said', () => {
    expect(eventMessage(filters, 'preemption: not eligible due to preemptionPolicy=Never.')).toBe(
      '0/3 nodes are available: 3 Too many pods. no new claims to deallocate, preemption: not eligible due to preemptionPolicy=Never.',
    );
  });

  it('leaves DynamicResources out where it is disabled', () => {
    expect(eventMessage(filters, 'preemption: no candidate node for preemption', false)).toBe(
      '0/3 nodes are available: 3 Too many pods. preemption: no candidate node for preemption',
    );
  });

  it('has the words of a PreFilter that refuses the pod as a whole', () => {
    expect(preFilterMessage(4, 'pod affinity terms conflict')).toBe(
      '0/4 nodes are available: pod affinity terms conflict.',
    );
  });
});
