/** Identical replicas one after another, and the sentence of the first that does not fit. */
import { placeReplicas } from '../../../src/scheduler/sequence.js';
import { firstDifference } from '../compare.js';
import type { ConformanceCase } from '../registry.js';
import { readScenario } from '../scenario.js';
import { checkInvalid } from './schedule.js';

const defaultLimit = 150;

export const sequenceCase: ConformanceCase = {
  check(row) {
    const scenario = readScenario(row);
    if ('invalid' in scenario) return checkInvalid(row, scenario);
    const { expect } = row;
    if (expect.invalid !== undefined) return { path: 'invalid', expected: expect.invalid, actual: undefined };
    const limit = typeof expect.limit === 'number' ? expect.limit : defaultLimit;
    const { placements, failure } = placeReplicas(scenario.model.fork(), scenario.subject, limit);
    const names = placements.map((slot) => scenario.model.nodeName(slot));
    const perNode: Record<string, number> = {};
    for (const name of names) perNode[name] = (perNode[name] ?? 0) + 1;
    return (
      firstDifference(expect.placements ?? [], names, 'placements') ??
      firstDifference(expect.perNode ?? {}, perNode, 'perNode') ??
      firstDifference(expect.replicas, names.length, 'replicas') ??
      firstDifference(expect.message ?? '', failure?.message() ?? '', 'message')
    );
  },
};
