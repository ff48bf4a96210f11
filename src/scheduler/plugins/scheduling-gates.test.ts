import { expect, it } from 'vitest';
import { gatedCondition, gatedReason } from './scheduling-gates.js';

it('names the gates in the order of the pod, separated by spaces', () => {
  expect(gatedReason(['b', 'a'])).toBe('waiting for scheduling gates: [b a]');
});

it('has the condition of a pod that is not attempted', () => {
  expect(gatedCondition).toEqual({
    reason: 'SchedulingGated',
    message: 'Scheduling is blocked due to non-empty scheduling gates',
  });
});
