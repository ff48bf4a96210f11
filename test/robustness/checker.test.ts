/** The checker itself, tested: a faultless history passes, and each planted fault is found by the rule made for it. */
import { describe, expect, it } from 'vitest';
import { check } from './checker.js';
import type { ClaimAttempt, History, LoggedEvent, Operation } from './history.js';

const epoch = Date.parse('2026-03-02T09:00:00Z');
const at = (seconds: number): string => new Date(epoch + seconds * 1000).toISOString();
const size = { cpu: 1000, memory: 1024 };

type Draft = { -readonly [Key in keyof History]: History[Key] } & { operations: Operation[]; log: LoggedEvent[] };

const reservation = (
  revision: number,
  id: string,
  pod: string,
  status: string,
  { sequence = 0, node = 'n1', second = revision } = {},
): LoggedEvent => ({
  revision,
  sequence,
  type: status === 'granted' ? 'ADDED' : 'MODIFIED',
  kind: 'Reservation',
  name: id,
  reservation: { pod, node, status, expiresAt: at(100) },
  at: at(second),
});
const podEvent = (revision: number, name: string, node: string, sequence = 0): LoggedEvent => ({
  revision,
  sequence,
  type: 'ADDED',
  kind: 'Pod',
  name,
  node,
  at: at(revision),
});
const claim = (pod: string, rest: Partial<ClaimAttempt>): ClaimAttempt => ({
  operation: 'claim',
  pod,
  size,
  request: pod,
  gang: false,
  ttlSeconds: 90,
  sentAt: epoch,
  answeredAt: epoch + 10,
  outcome: 'granted',
  node: 'n1',
  ...rest,
});

/** Two slots; a: granted and released; b: granted; c: refused; d: a gang of two; e: expired; an import of two pods. */
function faultless(): Draft {
  const log = [
    reservation(11, 'r-a', 'ns/a', 'granted'),
    reservation(12, 'r-b', 'ns/b', 'granted'),
    reservation(13, 'r-a', 'ns/a', 'released'),
    reservation(14, 'r-d1', 'ns/d1', 'granted', { node: 'n2' }),
    reservation(14, 'r-d2', 'ns/d2', 'granted', { node: 'n2', sequence: 1 }),
    podEvent(15, 'ns/i1', 'n3'),
    podEvent(15, 'ns/i2', 'n3', 1),
    reservation(16, 'r-e', 'ns/e', 'granted'),
    reservation(17, 'r-e', 'ns/e', 'expired', { second: 100.5 }),
  ];
  const granted = new Map([
    ['r-b', { pod: 'ns/b', node: 'n1' }],
    ['r-d1', { pod: 'ns/d1', node: 'n2' }],
    ['r-d2', { pod: 'ns/d2', node: 'n2' }],
  ]);
  const pods = new Map([
    ['ns/old', 'n3'],
    ['ns/i1', 'n3'],
    ['ns/i2', 'n3'],
  ]);
  return {
    nodes: ['n1', 'n2', 'n3'].map((name) => ({ name, allocatable: { cpu: 2000, memory: 4096 }, pods: 10 })),
    sizes: new Map('a b c d1 d2 e i1 i2 old x'.split(' ').map((name) => [`ns/${name}`, size])),
    initialPods: new Map([['ns/old', 'n3']]),
    operations: [
      claim('ns/a', { id: 'r-a', revision: 11 }),
      claim('ns/b', { id: 'r-b', revision: 12 }),
      claim('ns/c', { outcome: 'refused', node: undefined }),
      claim('ns/d1', { id: 'r-d1', node: 'n2', revision: 14, gang: true, request: 'd' }),
      claim('ns/d2', { id: 'r-d2', node: 'n2', revision: 14, gang: true, request: 'd' }),
      claim('ns/e', { id: 'r-e', revision: 16 }),
      {
        operation: 'release',
        pod: 'ns/a',
        id: 'r-a',
        sentAt: epoch,
        answeredAt: epoch,
        outcome: 'confirmed',
        revision: 13,
      },
      { operation: 'import', pods: ['ns/i1', 'ns/i2'], outcome: 'confirmed', revision: 15 },
    ],
    log,
    startRevision: 10,
    followers: [
      { follower: 'f1', after: 10, events: log },
      { follower: 'f2', after: 12, events: log.slice(2, 6) },
    ],
    rebuilt: [{ follower: 'f2', granted, pods }],
    final: { revision: 17, granted, pods },
    clockJump: 0,
  };
}

/** Replaces the log and what the first follower saw of it. */
function withLog(history: Draft, log: LoggedEvent[]): Draft {
  return { ...history, log, followers: [{ follower: 'f1', after: 10, events: log }] };
}

describe('check', () => {
  it('finds nothing in a faultless history', () => {
    expect(check(faultless())).toEqual([]);
  });

  it('does not call late what expired after an outage', () => {
    const history = faultless();
    const log = [...history.log.slice(0, -1), reservation(17, 'r-e', 'ns/e', 'expired', { second: 200 })];
    expect(check(withLog(history, log))).toEqual([]);
  });

  const planted: [rule: string, fault: string, plant: (history: Draft) => History][] = [
    ['the log is ordered and gap-free', 'an event lost', (h) => withLog(h, h.log.toSpliced(1, 1))],
    [
      'the log is ordered and gap-free',
      'two events exchanged',
      (h) => withLog(h, [h.log[1]!, h.log[0]!, ...h.log.slice(2)]),
    ],
    ['the log is ordered and gap-free', 'an event twice', (h) => withLog(h, h.log.toSpliced(1, 0, h.log[0]!))],
    ['the log is ordered and gap-free', 'the first event lost', (h) => withLog(h, h.log.slice(1))],
    [
      'followers saw the log, whole and in order',
      'a follower missed one',
      (h) => ({ ...h, followers: [{ follower: 'f1', after: 10, events: h.log.toSpliced(3, 1) }] }),
    ],
    [
      'followers saw the log, whole and in order',
      'a follower saw one twice',
      (h) => ({ ...h, followers: [{ follower: 'f1', after: 10, events: h.log.toSpliced(3, 0, h.log[3]!) }] }),
    ],
    [
      'followers saw the log, whole and in order',
      'a follower missed the first one',
      (h) => ({ ...h, followers: [{ follower: 'f1', after: 10, events: h.log.slice(1) }] }),
    ],
    [
      'followers saw the log, whole and in order',
      'a follower that was overtaken missed one after its snapshot',
      (h) => ({ ...h, followers: [{ follower: 'f1', after: 14, events: h.log.slice(6) }] }),
    ],
    [
      'followers saw the log, whole and in order',
      'a follower saw what was rolled back',
      (h) => ({
        ...h,
        followers: [{ follower: 'f1', after: 10, events: [...h.log, reservation(18, 'r-x', 'ns/x', 'granted')] }],
      }),
    ],
    [
      'followers saw the log, whole and in order',
      'a follower saw another node',
      (h) => ({
        ...h,
        followers: [{ follower: 'f1', after: 10, events: [reservation(11, 'r-a', 'ns/a', 'granted', { node: 'n2' })] }],
      }),
    ],
    [
      'no claim over-commits a node',
      'three claims in two slots',
      (h) =>
        withLog(
          h,
          h.log
            .filter((e) => e.reservation?.status !== 'released')
            .map((e, i) => ({ ...e, node: e.node, revision: 11 + i, sequence: 0 })),
        ),
    ],
    [
      'no claim over-commits a node',
      'a claim on what a pod occupies',
      (h) => ({
        ...h,
        initialPods: new Map([
          ['ns/old', 'n1'],
          ['ns/i1', 'n1'],
        ]),
      }),
    ],
    [
      'no claim over-commits a node',
      'more pods than the node admits',
      (h) => ({ ...h, nodes: h.nodes.map((n) => ({ ...n, pods: 1 })) }),
    ],
    [
      'an acknowledged claim is there exactly once',
      'a lost write',
      (h) => ({ ...h, operations: [...h.operations, claim('ns/x', { id: 'r-x', revision: 12 })] }),
    ],
    [
      'an acknowledged claim is there exactly once',
      'granted twice after a retry',
      (h) => withLog(h, [...h.log, reservation(18, 'r-b2', 'ns/b', 'granted')]),
    ],
    [
      'an acknowledged claim is there exactly once',
      'another node than promised',
      (h) => ({
        ...h,
        operations: h.operations.map((o) => (o.operation === 'claim' && o.id === 'r-b' ? { ...o, node: 'n3' } : o)),
      }),
    ],
    [
      'a refused claim is not there',
      'a refused claim granted',
      (h) => withLog(h, [...h.log, reservation(18, 'r-c', 'ns/c', 'granted', { node: 'n2' })]),
    ],
    [
      'a gang is granted whole or not at all',
      'half a gang',
      (h) =>
        withLog(
          h,
          h.log.filter((e) => e.name !== 'r-d2'),
        ),
    ],
    [
      'nothing is there that nobody asked for',
      'a reservation out of nowhere',
      (h) => withLog(h, [...h.log, reservation(18, 'r-x', 'ns/x', 'granted', { node: 'n2' })]),
    ],
    [
      'a claim ends once, and only for a reason',
      'released twice',
      (h) => withLog(h, [...h.log, reservation(18, 'r-a', 'ns/a', 'released')]),
    ],
    [
      'a claim ends once, and only for a reason',
      'back from the dead',
      (h) => withLog(h, [...h.log, reservation(18, 'r-a', 'ns/a', 'granted')]),
    ],
    [
      'a claim ends once, and only for a reason',
      'released by nobody',
      (h) => withLog(h, [...h.log, reservation(18, 'r-b', 'ns/b', 'released')]),
    ],
    [
      'a claim ends once, and only for a reason',
      'an acknowledged release lost',
      (h) =>
        withLog(
          h,
          h.log.filter((e) => e.reservation?.status !== 'released'),
        ),
    ],
    [
      'claims neither expire early nor linger',
      'early',
      (h) => withLog(h, [...h.log.slice(0, -1), reservation(17, 'r-e', 'ns/e', 'expired', { second: 50 })]),
    ],
    [
      'claims neither expire early nor linger',
      'late',
      (h) =>
        withLog(h, [
          ...h.log.slice(0, -1),
          // A log that goes on all the while: the service lived and did not sweep.
          ...Array.from({ length: 40 }, (_, i) => ({ ...podEvent(17 + i, 'ns/x', ''), at: at(100 + i) })),
          reservation(57, 'r-e', 'ns/e', 'expired', { second: 140 }),
        ]),
    ],
    [
      'claims neither expire early nor linger',
      'a shorter promise than asked for',
      (h) => ({
        ...h,
        operations: h.operations.map((o) =>
          o.operation === 'claim' && o.id === 'r-b' ? { ...o, ttlSeconds: 3600 } : o,
        ),
      }),
    ],
    [
      'an import is there whole or not at all',
      'half an import',
      (h) =>
        withLog(
          h,
          h.log.filter((e) => e.name !== 'ns/i2'),
        ),
    ],
    [
      'an import is there whole or not at all',
      'an acknowledged import lost',
      (h) =>
        withLog(
          h,
          h.log.filter((e) => e.kind !== 'Pod'),
        ),
    ],
    [
      'what is stored is what the log says',
      'a granted reservation not stored',
      (h) => ({ ...h, final: { ...h.final, granted: new Map([...h.final.granted].slice(1)) } }),
    ],
    [
      'what is stored is what the log says',
      'stored and never logged',
      (h) => ({
        ...h,
        final: { ...h.final, granted: new Map([...h.final.granted, ['r-x', { pod: 'ns/x', node: 'n1' }]]) },
      }),
    ],
    [
      'what is stored is what the log says',
      'a pod on another node',
      (h) => ({ ...h, final: { ...h.final, pods: new Map([...h.final.pods, ['ns/i1', 'n1']]) } }),
    ],
    [
      'a follower that was overtaken knows what is stored',
      'it still holds what was released',
      (h) => ({
        ...h,
        rebuilt: [
          { follower: 'f2', ...h.final, granted: new Map([...h.final.granted, ['r-a', { pod: 'ns/a', node: 'n1' }]]) },
        ],
      }),
    ],
    [
      'a follower that was overtaken knows what is stored',
      'it never heard of a pod',
      (h) => ({ ...h, rebuilt: [{ follower: 'f2', ...h.final, pods: new Map([...h.final.pods].slice(1)) }] }),
    ],
    [
      'what is stored is what the log says',
      'a revision ahead of the log',
      (h) => ({ ...h, final: { ...h.final, revision: 18 } }),
    ],
  ];
  it.each(planted)('%s: %s', (rule, _fault, plant) => {
    expect(check(plant(faultless())).map((violation) => violation.rule)).toContain(rule);
  });
});
