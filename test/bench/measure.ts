/** What every section of the benchmark shares: figures with a floor, medians, CPU time of another process. */
import { existsSync, readFileSync } from 'node:fs';

/** One figure of the report. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The value as a multiple of something measured in the same run. */
  readonly ratio?: { readonly of: string; readonly value: number };
  /** What docs/spec asks for, in words. */
  readonly goal?: string;
  /** Whether the goal is met; absent without one. */
  readonly met?: boolean;
  /** The short form fails below this (or above, where smaller is better): a tenth of what was last recorded. */
  readonly atLeast?: number;
  readonly atMost?: number;
}

export interface Options {
  /** Smaller clusters and fewer rounds: minutes become seconds, and floors are checked instead of goals. */
  readonly short: boolean;
  readonly seed: number;
  /** Only clusters of so many nodes, where a section has several sizes. */
  readonly nodes: number | undefined;
  /** Only a part of a section, by its name there. */
  readonly part: string | undefined;
}

/** @returns figures, in the order to be printed */
export type Section = (options: Options) => Promise<Figure[]>;

/** @param share 0.99 for p99 */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

export async function timed<T>(work: () => T | Promise<T>): Promise<{ ms: number; result: T }> {
  const began = performance.now();
  const result = await work();
  return { ms: performance.now() - began, result };
}

/** User and system CPU time that a process has used, all its threads, in milliseconds (resolution 10 ms). */
export function cpuMs(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // After the command's closing parenthesis: state is field 3, utime 14, stime 15, in ticks of 10 ms.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Resident memory of a process in MiB. */
export function residentMiB(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib) / 1024;
}

/**
 * Starts to watch how much of the processors' time the host gives to others: on a shared host, latencies follow it.
 *
 * @returns tells the share since then, 0 to 1; 0 where the kernel does not know
 */
export function watchStolen(): () => number {
  const before = processorTicks();
  return () => {
    const now = processorTicks();
    return now.all > before.all ? (now.stolen - before.stolen) / (now.all - before.all) : 0;
  };
}

/**
 * Measures several times and keeps the rounds during which the host gave the least to others: chosen by that, not by what
 * came out.
 *
 * @param keep at most `rounds`
 * @returns what came out, and the share that others had of the kept rounds at most
 */
export async function leastDisturbed<T>(
  rounds: number,
  keep: number,
  measure: (round: number) => Promise<T>,
): Promise<{ kept: T[]; stolen: number }> {
  const measured: { result: T; stolen: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    const stolen = watchStolen();
    const result = await measure(round);
    measured.push({ result, stolen: stolen() });
  }
  const quietest = measured.toSorted((a, b) => a.stolen - b.stolen).slice(0, keep);
  return { kept: quietest.map(({ result }) => result), stolen: quietest.at(-1)?.stolen ?? 0 };
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

function processorTicks(): { stolen: number; all: number } {
  // cpu user nice system idle iowait irq softirq steal, then guests, who are in user and nice already.
  const line = existsSync('/proc/stat') ? readFileSync('/proc/stat', 'utf8').split('\n', 1)[0]! : '';
  const ticks = line.split(/\s+/).slice(1, 9).map(Number);
  return { stolen: ticks[7] ?? 0, all: ticks.reduce((sum, each) => sum + each, 0) };
}
