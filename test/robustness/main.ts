/**
 * `npm run robustness [-- --short] [--seed <n>] [--seeds <count>] [--only <text> …] [--database sqlite|postgres]
 * [--report <file>]`: runs the scenarios one after another, prints a line for each, and exits with 1 when any promise was
 * broken. A failure is run again with its seed.
 *
 * `npm run robustness -- --long [--claims <n>] [--minutes <n>] [--seed <n>] [--database …] [--report <file>]`: the race of
 * `long-run.ts`, three fifths of the claims and of the time on SQLite, and what is left on PostgreSQL.
 */
import { parseArgs } from 'node:util';
import { longRun, type LongOutcome } from './long-run.js';
import { longSection, scenarioSection, writeSections, type Section } from './report.js';
import { run, type Outcome } from './scenario.js';
import { scenarios } from './scenarios.js';

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    long: { type: 'boolean', default: false },
    claims: { type: 'string', default: '1000000' },
    minutes: { type: 'string', default: '18' },
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    only: { type: 'string', multiple: true, default: [''] },
    database: { type: 'string' },
    report: { type: 'string' },
  },
});
const command = `npm run robustness -- ${process.argv.slice(2).join(' ')}`.replace(/ -- $/, '');
const databases = (['sqlite', 'postgres'] as const).filter(
  (database) => values.database === undefined || database === values.database,
);

const sections = values.long ? await race() : await faults();
process.exit(sections.length === 0 || sections.some(({ broken }) => broken) ? 1 : 0);

async function faults(): Promise<Section[]> {
  const chosen = scenarios.filter(
    ({ name, database, short }) =>
      (!values.short || short === true) &&
      values.only.some((text) => name.includes(text)) &&
      databases.includes(database),
  );
  /** CI runs the short form on whatever machine there is. */
  const minimumRate = values.short ? 10 : 100;
  const outcomes: Outcome[] = [];
  let found: Section[] = [];
  for (let seed = Number(values.seed); seed < Number(values.seed) + Number(values.seeds); seed++)
    for (const scenario of chosen) {
      const outcome = await run(scenario, seed, minimumRate);
      outcomes.push(outcome);
      console.log(line(outcome));
      for (const { rule, sentence } of outcome.violations) console.log(`    ${rule}: ${sentence}`);
      found = databases
        .map((database) => outcomes.filter((one) => one.database === database))
        .filter((some) => some.length > 0)
        .map((some) => scenarioSection(some, command));
      await record(found);
    }
  for (const { summary } of found) console.log(summary);
  return found;
}

/** After each step: a run that is ended early has recorded what it did. */
async function record(found: readonly Section[]): Promise<void> {
  if (values.report !== undefined) await writeSections(values.report, found);
}

function line({ scenario, database, seed, seconds, notes, violations, ...counted }: Outcome): string {
  const extra = Object.entries(notes).map(([name, value]) => `${name}: ${value}`);
  const counts = `${counted.operations} operations, ${counted.unanswered} asked again, ${counted.events} events, ${counted.deaths.length} deaths`;
  return `${violations.length === 0 ? 'ok    ' : 'BROKEN'} ${database.padEnd(8)} ${scenario} (seed ${seed}, ${seconds} s): ${[counts, ...extra].join('; ')}`;
}

async function race(): Promise<Section[]> {
  const outcomes: LongOutcome[] = [];
  let section = longSection(outcomes, command);
  let claims = Number(values.claims);
  let seconds = Number(values.minutes) * 60;
  for (const [i, database] of databases.entries()) {
    // What the first leaves over of its time is the second's.
    const share = i === databases.length - 1 ? 1 : 0.6;
    const outcome = await longRun({
      database,
      claims: Math.ceil(claims * share),
      seconds: seconds * share,
      seed: Number(values.seed),
    });
    claims -= outcome.claims;
    seconds -= outcome.seconds;
    outcomes.push(outcome);
    for (const violation of outcome.violations) console.log(`    ${violation}`);
    section = longSection(outcomes, command);
    await record([section]);
  }
  console.log(section.text);
  return [section];
}
