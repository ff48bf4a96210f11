/** As `schedule`, then the victims, the node and the whole sentence. */
import { schedule } from '../../../src/scheduler/cycle.js';
import { preempt, victimNames } from '../../../src/scheduler/plugins/default-preemption.js';
import { firstDifference } from '../compare.js';
import type { ConformanceCase } from '../registry.js';
import { list, object, readScenario, text, texts } from '../scenario.js';
import { checkInvalid, checkSchedule } from './schedule.js';

export const preemptCase: ConformanceCase = {
  check(row) {
    const scenario = readScenario(row);
    if ('invalid' in scenario) return checkInvalid(row, scenario);
    if (row.expect.invalid !== undefined) return { path: 'invalid', expected: row.expect.invalid, actual: undefined };
    const result = schedule(scenario.model, scenario.subject);
    const difference = checkSchedule(row, result);
    if (difference !== null || row.expect.preemption === undefined) return difference;
    const expected = object(row.expect.preemption);
    const { node, victims, message } = preempt(result);
    const actual = {
      nominatedNode: node < 0 ? '' : scenario.model.nodeName(node),
      victims: victimNames(scenario.model, victims),
    };
    const allowed = list(expected.anyOf).some(
      (outcome) =>
        text(outcome.nominatedNode) === actual.nominatedNode &&
        texts(outcome.victims).sort().join() === actual.victims.join(),
    );
    if (!allowed) return { path: 'preemption', expected, actual: { ...actual, message } };
    return firstDifference(expected.message, message, 'preemption.message');
  },
};
