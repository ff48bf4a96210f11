/** `docs/robustness.md`: a section a kind of run. A run replaces its own and leaves the others as they are. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { format, resolveConfig } from 'prettier';
import type { LongOutcome } from './long-run.js';
import type { Outcome } from './scenario.js';

export interface Section {
  readonly title: string;
  readonly summary: string;
  readonly text: string;
  readonly broken: boolean;
}

const head = `# Robustness: the last recorded runs

Written by \`npm run robustness -- … --report docs/robustness.md\`; each kind of run has a section. What is done:
\`test/robustness/scenarios.ts\` and \`long-run.ts\`. What is checked, from the records alone: \`checker.ts\` and
\`race-checker.ts\`, which are themselves tested with planted faults. During every scenario 32 writers and 6 followers are
at work, and each service compares its models with their rows once a second. A failure is run again with
\`npm run robustness -- --database <database> --only <name> --seed <seed>\`.
`;

const databaseNames = { sqlite: 'SQLite', postgres: 'PostgreSQL' } as const;
const loadAtStart = loadavg()[0] ?? 0;

/** Others at work on the machine make rates and restarts slower: the load when the run began says so. */
function circumstances(command: string): string {
  const machine = `${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown'}`;
  return `\`${command}\`, ${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${machine}, load ${loadAtStart.toFixed(1)} at the start.`;
}

const sum = <T>(items: readonly T[], count: (item: T) => number): number =>
  items.reduce((total, item) => total + count(item), 0);

function table(columns: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return [columns, columns.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** @param outcomes all of one database */
export function scenarioSection(outcomes: readonly Outcome[], command: string): Section {
  const database = outcomes[0]?.database === 'postgres' ? databaseNames.postgres : databaseNames.sqlite;
  const broken = outcomes.filter(({ violations }) => violations.length > 0);
  const summary = `${outcomes.length} runs on ${database}, ${sum(outcomes, ({ operations }) => operations)} operations, ${sum(outcomes, ({ unanswered }) => unanswered)} asked again under the same key, ${sum(outcomes, ({ events }) => events)} log events, ${sum(outcomes, ({ deaths }) => deaths.length)} deaths, ${broken.length} runs with violations.`;
  const rows = outcomes.map((outcome) => [
    outcome.scenario,
    outcome.seed,
    outcome.operations,
    outcome.unanswered,
    outcome.events,
    outcome.deaths.length,
    Object.entries(outcome.notes)
      .filter(([name]) => name !== 'kept')
      .map(([name, value]) => `${name}: ${value}`)
      .join('; '),
    outcome.violations.length === 0 ? 'none' : outcome.violations.map(({ sentence }) => sentence).join('; '),
  ]);
  const columns = ['scenario', 'seed', 'operations', 'asked again', 'events', 'deaths', 'measured', 'violations'];
  const text = [circumstances(command), '', summary, '', table(columns, rows)].join('\n');
  return { title: `Scenarios on ${database}`, summary, text, broken: broken.length > 0 };
}

export function longSection(outcomes: readonly LongOutcome[], command: string): Section {
  const claims = sum(outcomes, (outcome) => outcome.claims);
  const broken = outcomes.filter(({ violations }) => violations.length > 0);
  const summary = `${claims} claims raced for 50 slots, round after round, with 64 clients; ${sum(outcomes, ({ granted }) => granted)} were granted, ${sum(outcomes, ({ violations }) => violations.length)} violations.`;
  const rows = outcomes.map((outcome) => [
    databaseNames[outcome.database],
    outcome.replicas,
    outcome.seed,
    outcome.claims,
    outcome.granted,
    outcome.refused,
    outcome.unanswered,
    outcome.rounds,
    `${outcome.seconds} s`,
    `${Math.round(outcome.claims / Math.max(1, outcome.seconds))}/s`,
    outcome.deaths,
    outcome.cuts,
    `${outcome.residentMiB} MiB`,
    outcome.violations.length === 0 ? 'none' : outcome.violations.join('; '),
  ]);
  const columns = [
    'database',
    'replicas',
    'seed',
    'claims',
    'granted',
    'refused',
    'no answer',
    'rounds',
    'time',
    'rate',
    'kill -9',
    'cut after COMMIT',
    'memory of the checker',
    'violations',
  ];
  const text = [circumstances(command), '', summary, '', table(columns, rows)].join('\n');
  return { title: 'The long run', summary, text, broken: broken.length > 0 || claims === 0 };
}

/** Replaces the sections of the same titles in the file, and adds those that are new at the end. */
export async function writeSections(file: string, sections: readonly Section[]): Promise<void> {
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const texts = new Map(
    before
      .split(/^## /m)
      .slice(1)
      .map((part): [string, string] => {
        const [title = '', ...rest] = part.split('\n');
        return [title, rest.join('\n').trim()];
      }),
  );
  for (const { title, text } of sections) texts.set(title, text);
  const whole = [head, ...[...texts].map(([title, text]) => `## ${title}\n\n${text}\n`)].join('\n');
  writeFileSync(file, await format(whole, { ...(await resolveConfig(file)), parser: 'markdown' }));
}
