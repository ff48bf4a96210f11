/**
 * `npm run bench [-- --short] [--seed <n>] [--report <file>]`: every figure of docs/spec/DESIGN.md section 9, on clusters
 * built from a seed. The short form takes smaller clusters and exits with 1 when a figure is beyond its floor, a tenth of
 * what was last recorded in docs/benchmarks.md. `--only <section>` leaves the others out; of `http`, `--nodes <n>` takes
 * one size and `--part kubectl|import|fits|long` one part.
 */
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { commits } from './commits.js';
import { growth } from './growth.js';
import { http } from './http.js';
import { watchStolen, type Figure, type Section } from './measure.js';
import { memory } from './memory.js';
import { reading } from './reading.js';
import { sequences } from './sequences.js';
import { sweep } from './sweep.js';

const sections: Readonly<Record<string, Section>> = { reading, memory, sequences, sweep, growth, http, commits };

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    nodes: { type: 'string' },
    part: { type: 'string' },
    report: { type: 'string' },
  },
});
const options = {
  short: values.short,
  seed: Number(values.seed),
  nodes: values.nodes === undefined ? undefined : Number(values.nodes),
  part: values.part,
};

const machine = `${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
console.log(machine);
const results: [section: string, figures: Figure[], stolen: number][] = [];
let failed = false;
for (const [name, section] of Object.entries(sections)) {
  if (values.only !== undefined && values.only !== name) continue;
  console.log(`\n${name}`);
  const stolen = watchStolen();
  try {
    const figures = await section(options);
    results.push([name, figures, stolen()]);
    for (const figure of figures) console.log(`  ${text(figure)}`);
    console.log(`  (${hostTook(stolen())})`);
  } catch (error) {
    failed = true;
    console.error(`  ${name} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
}
const beyond = results.flatMap(([, figures]) => figures).filter((figure) => options.short && beyondFloor(figure));
for (const figure of beyond) console.error(`Beyond its floor: ${text(figure)}`);
if (values.report !== undefined) {
  const config = await resolveConfig(values.report);
  writeFileSync(values.report, await format(report(), { ...config, parser: 'markdown' }));
}
process.exit(failed || beyond.length > 0 ? 1 : 0);

function beyondFloor({ value, atLeast, atMost }: Figure): boolean {
  return !(value >= (atLeast ?? Number.NEGATIVE_INFINITY) && value <= (atMost ?? Number.POSITIVE_INFINITY));
}

function rounded(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));
}

function text({ name, value, unit, ratio, goal, met }: Figure): string {
  const times = ratio === undefined ? '' : `, ${rounded(ratio.value)} × ${ratio.of}`;
  const verdict = goal === undefined || options.short ? '' : ` (${goal}: ${met ? 'met' : 'NOT MET'})`;
  return `${name}: ${rounded(value)} ${unit}${times}${verdict}`;
}

function hostTook(share: number): string {
  return `the host gave ${Math.round(100 * share)} % of the processors’ time to others meanwhile`;
}

function report(): string {
  const tables = results.map(([name, figures, stolen]) =>
    [
      `## ${name}`,
      '',
      `${hostTook(stolen).replace(/^t/, 'T')}.`,
      '',
      '| what | figure | against the same run’s | goal | |',
      '| --- | --- | --- | --- | --- |',
      ...figures.map(
        ({ name: what, value, unit, ratio, goal, met }) =>
          `| ${what} | ${rounded(value)} ${unit} | ${ratio === undefined ? '' : `${rounded(ratio.value)} × ${ratio.of}`} | ${goal ?? ''} | ${goal === undefined ? '' : met ? 'met' : '**not met**'} |`,
      ),
    ].join('\n'),
  );
  return [
    '# Benchmarks: the last recorded run',
    '',
    `\`npm run bench -- ${process.argv.slice(2).join(' ')}\`, ${new Date().toISOString().slice(0, 10)}, ${machine}.`,
    'What is measured and how: the sections of `test/bench/`, one file each. Goals are those of the specification.',
    '',
    tables.join('\n\n'),
    '',
  ].join('\n');
}
