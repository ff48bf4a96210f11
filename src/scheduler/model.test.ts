import { describe, expect, it } from 'vitest';
import { cluster, podOf } from '../../test/build/small-cluster.js';
import { podRecord } from './pod-shape.js';

const requests = { cpu: '1', memory: '1Gi' };

describe('ClusterModel', () => {
  it('does not change what it was forked from, nor its forks', () => {
    const model = cluster([{ name: 'a' }], [{ node: 'a', requests }]);
    const fork = model.fork();
    const pod = podRecord(podOf({ name: 'new', node: 'a', requests }));
    model.apply({ type: 'pod', namespace: 'default', name: 'new', pod });
    fork.apply({ type: 'pod', namespace: 'default', name: 'existing-0', pod: null });
    expect([model.podCount, fork.podCount]).toEqual([2, 0]);
    expect([model, fork].map((each) => each.requestedOf(each.nodeSlot('a')).get('cpu') ?? 0n)).toEqual([2000n, 0n]);
  });

  it('does not count finished pods, and counts terminating ones', () => {
    const model = cluster(
      [{ name: 'a' }],
      [
        { node: 'a', requests, status: { phase: 'Succeeded' } },
        { node: 'a', requests, status: { phase: 'Failed' } },
        { node: 'a', requests, metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } },
      ],
    );
    expect(model.podCount).toBe(3);
    expect(model.podsOn(model.nodeSlot('a')).map(({ name }) => name)).toEqual(['existing-2']);
  });

  it('keeps pods of an unknown node apart until the node comes', () => {
    const model = cluster([{ name: 'a' }], [{ node: 'ghost', requests }]);
    expect([model.nodeCount, model.orphanCount, model.nodeSlot('ghost')]).toEqual([1, 1, -1]);
    expect(model.orphanPods().map(({ nodeName }) => nodeName)).toEqual(['ghost']);
    const { metadata, ...rest } = model.node(model.nodeSlot('a'));
    model.apply({ type: 'node', name: 'ghost', node: { ...rest, metadata: { ...metadata, name: 'ghost' } } });
    expect([model.nodeCount, model.orphanCount]).toEqual([2, 0]);
    expect(model.requestedOf(model.nodeSlot('ghost')).get('cpu')).toBe(1000n);
    model.apply({ type: 'node', name: 'ghost', node: null });
    expect([model.nodeCount, model.orphanCount]).toEqual([1, 1]);
  });

  it('counts reservations as pods, beside a stored pod of the same name', () => {
    const model = cluster([{ name: 'a' }], [{ name: 'web', node: 'a', requests }]);
    const pod = podRecord(podOf({ name: 'web', node: 'a', requests }));
    model.apply({ type: 'reservation', id: 'r1', reservation: { id: 'r1', pod } });
    expect([model.podCount, model.reservationCount]).toEqual([1, 1]);
    expect(model.requestedOf(model.nodeSlot('a')).get('cpu')).toBe(2000n);
    expect(model.withoutReservations().requestedOf(model.nodeSlot('a')).get('cpu')).toBe(1000n);
    model.apply({ type: 'pod', namespace: 'default', name: 'web', pod: null });
    expect(model.requestedOf(model.nodeSlot('a')).get('cpu')).toBe(1000n);
  });

  it('keeps counts by label value current, each fork its own, over the nodes that are there', () => {
    const zone = (name: string): Record<string, string> => ({ zone: name });
    const model = cluster(
      [{ name: 'a', labels: zone('x') }, { name: 'b', labels: zone('y') }, { name: 'c' }],
      [
        { node: 'a', requests },
        { node: 'c', requests },
      ],
    );
    const everyPod = { key: 'all', namespaces: null, weight: () => 1, countsTerminating: true };
    const counted = (each: typeof model): Record<string, number> => {
      const column = each.labelColumn('zone');
      const sums = each.counterByValue(everyPod, column);
      return Object.fromEntries(column.values.map((value, id) => [value, sums[id]!]));
    };
    const place = (each: typeof model, name: string, node: string): void => {
      const pod = podRecord(podOf({ name, node, requests }));
      each.apply({ type: 'pod', namespace: 'default', name, pod });
    };
    expect(counted(model)).toEqual({ x: 1, y: 0 });
    const fork = model.fork();
    place(fork, 'new', 'b');
    place(model, 'other', 'a');
    expect([counted(model), counted(fork)]).toEqual([
      { x: 2, y: 0 },
      { x: 1, y: 1 },
    ]);
    const { metadata, ...rest } = model.node(model.nodeSlot('c'));
    fork.apply({ type: 'node', name: 'c', node: { ...rest, metadata: { ...metadata, labels: zone('y') } } });
    expect(counted(fork)).toEqual({ x: 1, y: 2 });
    fork.apply({ type: 'node', name: 'a', node: null });
    expect([counted(fork), counted(model)]).toEqual([{ y: 2 }, { x: 2, y: 0 }]);
  });

  it('takes keys that JavaScript objects have of their own', () => {
    const labels = JSON.parse('{"__proto__": "x", "constructor": "y", "toString": "z"}') as Record<string, string>;
    const model = cluster([{ name: 'a', labels }], [{ name: 'constructor', node: 'a', labels }]);
    expect(model.pod('default', 'constructor')?.name).toBe('constructor');
    expect(model.pod('default', 'toString')).toBeUndefined();
    expect(model.labelColumn('valueOf').ids[model.nodeSlot('a')]).toBe(-1);
  });
});
