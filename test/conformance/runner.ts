/** Runs conformance vectors: gzipped files of one JSON row a line, each row a scenario and the recorded answer. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { caseFor, type ConformanceCase, type Mismatch, type Row } from './registry.js';

export interface SuiteResult {
  rows: number;
  passed: number;
}

export interface FileResult extends SuiteResult {
  readonly file: string;
  /** No case is registered for this file: nothing was checked. */
  readonly unknown: boolean;
  /** By the row's `suite`; rows without one are under `all`. */
  readonly suites: Record<string, SuiteResult>;
  /** The first mismatches. */
  readonly mismatches: ({ readonly id: string } & Mismatch)[];
  readonly seconds: number;
}

const keptMismatches = 20;

/** The vector files of a folder, by name. */
export function vectorFiles(dir: string): string[] {
  return readdirSync(dir)
    .filter((name) => name.endsWith('.jsonl.gz'))
    .sort();
}

export function runFile(dir: string, file: string): FileResult {
  const judge = caseFor(file);
  const started = performance.now();
  const result = {
    file,
    unknown: judge === undefined,
    rows: 0,
    passed: 0,
    suites: {} as Record<string, SuiteResult>,
    mismatches: [] as FileResult['mismatches'],
  };
  for (const row of rowsOf(join(dir, file))) {
    const suite = (result.suites[typeof row.suite === 'string' ? row.suite : 'all'] ??= { rows: 0, passed: 0 });
    result.rows++;
    suite.rows++;
    if (!judge) continue;
    const mismatch = checked(judge, row);
    if (mismatch === null) {
      result.passed++;
      suite.passed++;
    } else if (result.mismatches.length < keptMismatches) {
      result.mismatches.push({ id: row.id, ...mismatch });
    }
  }
  return { ...result, seconds: (performance.now() - started) / 1000 };
}

function checked(judge: ConformanceCase, row: Row): Mismatch | null {
  try {
    return judge.check(row);
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { path: '(thrown)', expected: row.expect, actual: text };
  }
}

/** Rows one at a time: a file of scenarios is tens of megabytes. */
function* rowsOf(path: string): Generator<Row> {
  const text = gunzipSync(readFileSync(path)).toString('utf8');
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    if (end > start) {
      const row: Row = JSON.parse(text.slice(start, end));
      yield row;
    }
    start = end + 1;
  }
}
