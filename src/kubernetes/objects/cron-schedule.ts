/**
 * The schedule of a CronJob: five fields, or a descriptor such as `@daily`, with the sentences of the parser that the API
 * server uses (`robfig/cron` version 3, ParseStandard).
 */
import { quoted, type Faults } from '../faults.js';

interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly names: readonly string[];
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
/** Minute, hour, day of the month, month, day of the week; a name's place counts from `min`. */
const fields: readonly Bounds[] = [
  { min: 0, max: 59, names: [] },
  { min: 0, max: 23, names: [] },
  { min: 1, max: 31, names: [] },
  { min: 1, max: 12, names: months },
  { min: 0, max: 6, names: days },
];
const descriptors = new Set(['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly']);
const every = '@every ';
const goDuration = /^[+-]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/;

/** At the position of the CronJob's spec. */
export function checkSchedule(schedule: string, hasTimeZone: boolean, faults: Faults): void {
  const zoned = schedule.startsWith('TZ=') || schedule.startsWith('CRON_TZ=');
  const fault = scheduleFault(zoned ? schedule.slice(schedule.indexOf(' ') + 1).trim() : schedule);
  if (fault !== undefined) faults.invalid('schedule', schedule, fault);
  if (!schedule.includes('TZ')) return;
  const detail = hasTimeZone
    ? 'cannot use both timeZone field and TZ or CRON_TZ in schedule'
    : 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead';
  faults.invalid('schedule', schedule, detail);
}

/** What is wrong, or undefined. */
export function scheduleFault(schedule: string): string | undefined {
  if (schedule.startsWith('@')) return descriptorFault(schedule);
  const given = schedule.split(/\s+/).filter(Boolean);
  if (given.length !== fields.length) {
    return `expected exactly ${fields.length} fields, found ${given.length}: [${given.join(' ')}]`;
  }
  for (const [index, field] of given.entries()) {
    for (const range of field.split(',').filter(Boolean)) {
      const fault = rangeFault(range, fields[index]!);
      if (fault !== undefined) return fault;
    }
  }
  return undefined;
}

function descriptorFault(schedule: string): string | undefined {
  if (descriptors.has(schedule)) return undefined;
  if (!schedule.startsWith(every)) return `unrecognized descriptor: ${schedule}`;
  const duration = schedule.slice(every.length);
  if (goDuration.test(duration)) return undefined;
  return `failed to parse duration ${schedule}: time: invalid duration ${quoted(duration)}`;
}

/** `*`, `3`, `mon-fri`, each with `/step`. */
function rangeFault(range: string, bounds: Bounds): string | undefined {
  const [span = '', step, ...moreSteps] = range.split('/');
  const [low = '', high, ...moreEnds] = span.split('-');
  let start: number | string = bounds.min;
  let end: number | string = bounds.max;
  if (low !== '*' && low !== '?') {
    start = numberOf(low, range, bounds);
    if (typeof start === 'string') return start;
    if (moreEnds.length > 0) return `too many hyphens: ${range}`;
    end = high === undefined ? start : numberOf(high, range, bounds);
    if (typeof end === 'string') return end;
  }
  let by: number | string = 1;
  if (step !== undefined) {
    if (moreSteps.length > 0) return `too many slashes: ${range}`;
    by = numberOf(step, range, { ...bounds, names: [] });
    if (typeof by === 'string') return by;
    if (high === undefined) end = bounds.max;
  }
  if (start < bounds.min) return `beginning of range (${start}) below minimum (${bounds.min}): ${range}`;
  if (end > bounds.max) return `end of range (${end}) above maximum (${bounds.max}): ${range}`;
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${range}`;
  return by === 0 ? `step of range should be a positive number: ${range}` : undefined;
}

/** The number, or what is wrong with it. */
function numberOf(text: string, range: string, { min, names }: Bounds): number | string {
  const place = names.indexOf(text.toLowerCase());
  if (place >= 0) return place + min;
  if (!/^[+-]?\d+$/.test(text)) {
    return `failed to parse int from ${text}: strconv.Atoi: parsing ${quoted(text)}: invalid syntax`;
  }
  const number = Number(text);
  return number < 0 ? `negative number (${number}) not allowed: ${range}` : number;
}

/** At the position of the CronJob's spec. */
export function checkTimeZone(timeZone: string, faults: Faults): void {
  if (timeZone === '') faults.invalid('timeZone', '', 'timeZone must be nil or non-empty string');
  else if (timeZone.toLowerCase() === 'local') {
    const detail = 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones';
    faults.invalid('timeZone', timeZone, detail);
  } else if (!isTimeZone(timeZone)) faults.invalid('timeZone', timeZone, `unknown time zone ${timeZone}`);
}

function isTimeZone(name: string): boolean {
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
