/**
 * `npm run robustness [-- --short] [--seed <n>] [--seeds <count>] [--only <text>] [--database sqlite|postgres]
 * [--report <file>]`: runs the scenarios one after another, prints a line for each, and exits with 1 when any promise was
 * broken. A failure is run again with its seed.
 */
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { run, type Outcome } from './scenario.js';
import { scenarios } from './scenarios.js';

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    database: { type: 'string' },
    report: { type: 'string' },
  },
});

const chosen = scenarios.filter(
  ({ name, database, short }) =>
    (!values.short || short === true) &&
    name.includes(values.only) &&
    (values.database === undefined || database === values.database),
);
/** CI runs the short form on whatever machine there is. */
const minimumRate = values.short ? 10 : 100;
const outcomes: Outcome[] = [];
for (let seed = Number(values.seed); seed < Number(values.seed) + Number(values.seeds); seed++)
  for (const scenario of chosen) {
    const outcome = await run(scenario, seed, minimumRate);
    outcomes.push(outcome);
    console.log(line(outcome));
    for (const { rule, sentence } of outcome.violations) console.log(`    ${rule}: ${sentence}`);
  }

const broken = outcomes.filter(({ violations }) => violations.length > 0);
const total = (count: (outcome: Outcome) => number): number =>
  outcomes.reduce((sum, outcome) => sum + count(outcome), 0);
console.log(
  `${outcomes.length} runs, ${total(({ operations }) => operations)} operations, ${total(({ events }) => events)} events, ${broken.length} broken`,
);
if (values.report !== undefined) writeFileSync(values.report, report());
process.exit(broken.length > 0 || outcomes.length === 0 ? 1 : 0);

function line({
  scenario,
  database,
  seed,
  seconds,
  operations,
  unanswered,
  events,
  deaths,
  notes,
  violations,
}: Outcome): string {
  const extra = Object.entries(notes).map(([name, value]) => `${name}: ${value}`);
  const counts = `${operations} operations, ${unanswered} asked again, ${events} events, ${deaths.length} deaths`;
  return `${violations.length === 0 ? 'ok    ' : 'BROKEN'} ${database.padEnd(8)} ${scenario} (seed ${seed}, ${seconds} s): ${[counts, ...extra].join('; ')}`;
}

function report(): string {
  const rows = outcomes.map(({ scenario, database, seed, operations, unanswered, events, deaths, notes, violations }) =>
    [
      scenario,
      database,
      seed,
      operations,
      unanswered,
      events,
      deaths.length,
      Object.entries(notes)
        .map(([name, value]) => `${name}: ${value}`)
        .join('; '),
      violations.length,
    ].join(' | '),
  );
  return [
    '# Robustness: the last recorded run',
    '',
    `\`npm run robustness -- ${process.argv.slice(2).join(' ')}\`, ${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown'}.`,
    'What is done and what is checked: `test/robustness/scenarios.ts` and `checker.ts`.',
    '',
    `${outcomes.length} runs, ${total(({ operations }) => operations)} operations, ${total(({ events }) => events)} log events, ${total(({ violations }) => violations.length)} violations.`,
    '',
    '| scenario | database | seed | operations | asked again | events | deaths | measured | violations |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows.map((row) => `| ${row} |`),
    '',
  ].join('\n');
}
