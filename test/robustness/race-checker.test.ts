/** The race's checker, tested: a faultless race passes, and each planted fault is found. */
import { describe, expect, it } from 'vitest';
import type { LoggedEvent } from './history.js';
import { RaceChecker } from './race-checker.js';

const event = (revision: number, id: string, status: string, { pod = `ns/${id}`, node = 'n1', sequence = 0 } = {}) =>
  ({
    revision,
    sequence,
    type: status === 'granted' ? 'ADDED' : 'DELETED',
    kind: 'Reservation',
    name: id,
    reservation: { pod, node, status, expiresAt: '' },
    at: '2026-03-02T09:00:00Z',
  }) satisfies LoggedEvent;
const grant = (revision: number, id: string, { pod = `ns/${id}`, node = 'n1' } = {}) => ({ pod, id, node, revision });

/** Two slots: a and b take them, a lets go, c takes its place, d was refused, e's client got no answer. */
const log = [
  event(11, 'a', 'granted'),
  event(12, 'b', 'granted'),
  event(13, 'a', 'released'),
  event(14, 'c', 'granted'),
  event(15, 'e', 'granted', { node: 'n2' }),
  event(15, 'f', 'granted', { node: 'n2', sequence: 1 }),
];

interface Race {
  readonly log: readonly LoggedEvent[];
  readonly told: readonly ReturnType<typeof grant>[];
  readonly released: readonly string[];
  readonly unknown: readonly (readonly string[])[];
}
const faultless: Race = {
  log,
  told: [grant(11, 'a'), grant(12, 'b'), grant(14, 'c')],
  released: ['a'],
  unknown: [
    ['ns/e', 'ns/f'],
    ['ns/g', 'ns/h'],
  ],
};

function judge(race: Race, toldFirst: boolean): string[] {
  const checker = new RaceChecker(new Map(['n1', 'n2'].map((node) => [node, 2])), 10);
  for (const id of race.released) checker.tellReleasing(id);
  const tell = (): void => race.told.forEach((told) => checker.tellGranted(told));
  if (toldFirst) tell();
  for (const logged of race.log) checker.read(logged);
  if (!toldFirst) tell();
  for (const id of race.released) checker.tellReleased(id);
  for (const pods of race.unknown) checker.tellUnknown(pods);
  checker.endRound();
  // A second round begins without a trace of the first.
  checker.endRound();
  return checker.violations;
}

const planted: [fault: string, race: Race, found: RegExp][] = [
  ['a lost write', { ...faultless, told: [...faultless.told, grant(12, 'x')] }, /ns\/x was acknowledged as x/],
  ['a refused claim granted', { ...faultless, told: faultless.told.slice(1) }, /ns\/a was granted as a, and/],
  [
    'granted twice after a retry',
    { ...faultless, log: [...log, event(16, 'c2', 'granted', { pod: 'ns/c', node: 'n2' })] },
    /ns\/c was granted as c2|3 claims/,
  ],
  [
    'another node',
    { ...faultless, told: [...faultless.told.slice(0, 2), grant(14, 'c', { node: 'n2' })] },
    /told c on n2/,
  ],
  ['another revision', { ...faultless, told: [...faultless.told.slice(0, 2), grant(13, 'c')] }, /told c on n1 at 13/],
  ['half a gang', { ...faultless, log: log.slice(0, -1) }, /not whole/],
  [
    'one too many on a node',
    { ...faultless, log: log.map((entry) => ({ ...entry, reservation: { ...entry.reservation, node: 'n1' } })) },
    /revision 15: 3 claims in 2 slots of n1/,
  ],
  ['an event lost', { ...faultless, log: log.toSpliced(1, 1) }, /event 13\.0 follows 11\.0/],
  ['an event twice', { ...faultless, log: log.toSpliced(1, 0, log[0]!) }, /event 11\.0 follows 11\.0/],
  [
    'an acknowledged release lost',
    { ...faultless, log: log.filter(({ revision }) => revision !== 13) },
    /a: its release/,
  ],
  ['released by nobody', { ...faultless, log: [...log, event(16, 'b', 'released')] }, /b: released, and nobody/],
  ['released twice', { ...faultless, log: [...log, event(16, 'a', 'released')] }, /a: released and not granted/],
  ['expired', { ...faultless, log: [...log, event(16, 'b', 'expired')] }, /b: expired, and only releases/],
  [
    'out of nowhere',
    { ...faultless, log: [...log, event(16, 'b', 'released'), event(17, 'x', 'granted')], released: ['a', 'b'] },
    /ns\/x was granted as x/,
  ],
];

describe.each([
  ['told before it is read', true],
  ['told after it is read', false],
] as const)('RaceChecker, %s', (_order, toldFirst) => {
  it('finds nothing in a faultless race', () => {
    expect(judge(faultless, toldFirst)).toEqual([]);
  });

  it.each(planted)('finds %s', (_fault, race, found) => {
    expect(judge(race, toldFirst).join('\n')).toMatch(found);
  });
});
