/**
 * `npm run conformance [-- --dir <folder>] [--json <file>] [--only <name>]`: pass rates a file and a suite and the first
 * mismatches. Exits 1 when any row differs or a file has no case, 2 on wrong usage.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runFile, vectorFiles, type FileResult, type SuiteResult } from './runner.js';

const shownMismatches = 5;

function main(): number {
  const { values } = parseArgs({
    options: { dir: { type: 'string' }, json: { type: 'string' }, only: { type: 'string' } },
  });
  const dir = values.dir ?? join('test', 'conformance', 'vectors');
  const files = vectorFiles(dir).filter((file) => file.startsWith(values.only ?? ''));
  if (files.length === 0) {
    process.stderr.write(`no *.jsonl.gz in ${dir}\n`);
    return 2;
  }
  const results = files.map((file) => {
    const result = runFile(dir, file);
    process.stdout.write(report(result));
    return result;
  });
  const total = { rows: sum(results, 'rows'), passed: sum(results, 'passed') };
  process.stdout.write(`${line('all files', total)}\n`);
  if (values.json !== undefined)
    writeFileSync(values.json, `${JSON.stringify({ dir, total, files: results }, null, 2)}\n`);
  return total.passed === total.rows ? 0 : 1;
}

function report(result: FileResult): string {
  if (result.unknown) return `${result.file}: ${result.rows} rows, no case registered\n`;
  const lines = [`${line(result.file, result)}  ${result.seconds.toFixed(1)} s`];
  const suites = Object.entries(result.suites);
  if (suites.length > 1) for (const [suite, counts] of suites) lines.push(`  ${line(suite, counts)}`);
  for (const { id, path, expected, actual } of result.mismatches.slice(0, shownMismatches)) {
    lines.push(`  ${id} ${path}`, `    expected ${shown(expected)}`, `    actual   ${shown(actual)}`);
  }
  return `${lines.join('\n')}\n`;
}

function line(name: string, { rows, passed }: SuiteResult): string {
  return `${name}: ${passed}/${rows} (${((100 * passed) / Math.max(rows, 1)).toFixed(2)} %)`;
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return text.length > 600 ? `${text.slice(0, 600)} …` : text;
}

function sum(results: readonly FileResult[], key: 'rows' | 'passed'): number {
  return results.reduce((total, result) => total + result[key], 0);
}

process.exitCode = main();
