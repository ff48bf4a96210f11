import { describe, expect, it } from 'vitest';
import { scheduleFault } from './cron-schedule.js';

describe('schedules', () => {
  it.each(['* * * * *', '*/5 0-6 1,15 JAN-mar sun', '? ? ? ? ?', '@hourly', '@every 1h30m', '5/15 * * * *'])(
    '%s',
    (schedule) => expect(scheduleFault(schedule)).toBeUndefined(),
  );

  it.each([
    ['* * * *', 'expected exactly 5 fields, found 4: [* * * *]'],
    ['60 * * * *', 'end of range (60) above maximum (59): 60'],
    ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
    ['* 5-3 * * *', 'beginning of range (5) beyond end of range (3): 5-3'],
    ['*/0 * * * *', 'step of range should be a positive number: */0'],
    ['a * * * *', 'failed to parse int from a: strconv.Atoi: parsing "a": invalid syntax'],
    ['1-2-3 * * * *', 'too many hyphens: 1-2-3'],
    ['*/1/2 * * * *', 'too many slashes: */1/2'],
    ['@often', 'unrecognized descriptor: @often'],
    ['@every x', 'failed to parse duration @every x: time: invalid duration "x"'],
  ])('%s', (schedule, fault) => expect(scheduleFault(schedule)).toBe(fault));
});
