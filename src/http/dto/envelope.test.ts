import { validateSync } from 'class-validator';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ServiceError } from '../../service/errors.js';
import * as clusters from './cluster.dto.js';
import { passes, readEnvelope } from './envelope.js';
import { membersOf, type DtoClass } from './members.js';
import * as objects from './object.dto.js';
import * as questions from './question.dto.js';
import * as reservations from './reservation.dto.js';
import * as whatIfs from './what-if.dto.js';

const classes = [clusters, objects, questions, reservations, whatIfs]
  .flatMap((module) => Object.values(module))
  .filter((value): value is DtoClass => typeof value === 'function' && membersOf(value as DtoClass).size > 0);

const likely = fc.oneof(
  fc.constantFrom(undefined, null, true, 'granted', '', 'x'.repeat(300), 0, 1, 2.5, -1, Number.NaN, 10 ** 9, [], {}),
  fc.array(fc.constantFrom('a', 1, null), { maxLength: 3 }),
  fc.jsonValue({ maxDepth: 2 }),
);

describe('what needs no validation', () => {
  it.each(classes.map((Class) => [Class.name, Class] as const))(
    '%s: class-validator says nothing either',
    (_, Class) => {
      const known = membersOf(Class);
      const names = [...known.keys(), 'unknown'];
      fc.assert(
        fc.property(fc.array(likely, { minLength: names.length, maxLength: names.length }), (values) => {
          const instance = new Class() as Record<string, unknown>;
          // null counts as absent: the envelope has dropped it by then
          for (const [index, name] of names.entries()) if (values[index] != null) instance[name] = values[index];
          if (!passes(known, instance)) return;
          const options = { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: false };
          expect(validateSync(instance, options)).toEqual([]);
        }),
        { numRuns: 300, seed: 1 },
      );
      if (![...known.values()].some(({ required }) => required)) expect(passes(known, new Class() as never)).toBe(true);
    },
  );

  it('a claim as clients send it', () => {
    const claim = { items: [{ manifest: {} }], ttlSeconds: 60, owner: 'team-a', gang: false };
    expect(passes(membersOf(reservations.ReservationsRequest), claim)).toBe(true);
    expect(readEnvelope(reservations.ReservationsRequest, claim)).toEqual(claim);
  });

  it.each([
    ['an unknown member', { items: [], extra: 1 }],
    ['an unknown member of an item', { items: [{ manifest: {}, extra: 1 }] }],
    ['another type', { items: {} }],
    ['an item of another type', { items: [1] }],
    ['a number out of range', { items: [], ttlSeconds: 0 }],
    ['a text too long', { items: [], owner: 'x'.repeat(254) }],
    ['nothing of what must be there', {}],
  ])('%s is refused', (_title, claim) => {
    expect(() => readEnvelope(reservations.ReservationsRequest, claim)).toThrow(ServiceError);
  });

  it('a manifest where a request object is due is one fault, which says what is due', () => {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec: {} };
    expect(() => readEnvelope(reservations.ReservationsRequest, pod)).toThrow(
      'body: Invalid value: a manifest (Pod), where a request object is due, of items, gang, ttlSeconds, owner, consumedBy, namespace',
    );
  });
});
