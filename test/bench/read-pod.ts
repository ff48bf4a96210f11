/**
 * What reading a pod costs, against `JSON.parse` of the same text in the same run. The goal: parsed JSON to defaulted,
 * validated and effective in at most half of the parse.
 *
 * Run: `node scripts/tool.mjs bench/read-pod.js`
 */
import { cpus } from 'node:os';
import { defaultPod } from '../../src/kubernetes/defaulting.js';
import { effectiveRequests } from '../../src/kubernetes/effective.js';
import { Faults } from '../../src/kubernetes/faults.js';
import { readPod } from '../../src/kubernetes/read-pod.js';
import type { Json } from '../../src/kubernetes/types.js';
import { validatePod } from '../../src/kubernetes/validation/validate-pod.js';
import { realisticPod } from '../build/realistic-pod.js';

/** Rounds are shorter than a time slice: on a busy machine most of them run uninterrupted. */
const rounds = 3000;
const perRound = 40;

/** Pods of one shape and different names, as an import brings them: no text is parsed twice. */
const texts = Array.from({ length: perRound }, (_, index) => {
  const pod = JSON.stringify(realisticPod());
  return pod.replace('x2x7k', `x${index}`);
});

let sink = 0;

/** Microseconds a pod. */
function timeOf(work: (index: number) => unknown): number {
  const started = performance.now();
  for (let index = 0; index < perRound; index++) sink += work(index) === null ? 1 : 0;
  return ((performance.now() - started) * 1000) / perRound;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** Each step starts with the parse, so that what it reads is as it is in the service: just made. */
const steps: Record<string, (index: number) => unknown> = {
  'JSON.parse': (index) => parsed(index),
  read: (index) => readPod(parsed(index), new Faults()),
  'read, default': (index) => defaultPod(readPod(parsed(index), new Faults())),
  'read, default, validate': (index) => validated(index),
  'read, default, validate, effective': (index) => effectiveRequests(validated(index)),
};

function parsed(index: number): Json {
  return JSON.parse(texts[index] ?? '');
}

function validated(index: number): ReturnType<typeof readPod> {
  const faults = new Faults();
  const pod = defaultPod(readPod(parsed(index), faults));
  validatePod(pod, faults);
  if (faults.errors.length > 0) throw new Error(faults.errors[0]?.message);
  return pod;
}

console.log(`${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}, ${texts[0]?.length} bytes a pod`);
// The steps take turns, so that a busy machine slows all of them alike; the first rounds warm up.
const times = new Map(Object.keys(steps).map((name) => [name, [] as number[]]));
for (let round = 0; round < rounds; round++) {
  for (const [name, work] of Object.entries(steps)) {
    const time = timeOf(work);
    if (round > rounds / 10) times.get(name)?.push(time);
  }
}
const parse = median(times.get('JSON.parse') ?? []);
for (const [name, values] of times) {
  // The parse is part of every step, and of no step's cost.
  const time = name === 'JSON.parse' ? parse : median(values) - parse;
  console.log(`${name.padEnd(36)} ${time.toFixed(2).padStart(7)} µs  ${(time / parse).toFixed(2)} of JSON.parse`);
}
if (sink < 0) console.log(sink);
