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

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** Each step does its part for all pods of a round before the next begins, as an import does: none waits for another. */
const steps = ['JSON.parse', 'read', 'default', 'validate', 'effective'] as const;
const times = new Map(steps.map((step) => [step, [] as number[]]));

/** Passes on what the step gives; the first rounds warm up and are not counted. */
function timed<T>(step: (typeof steps)[number], round: number, work: () => T): T {
  const started = performance.now();
  const result = work();
  const microseconds = ((performance.now() - started) * 1000) / perRound;
  if (round > rounds / 10) times.get(step)?.push(microseconds);
  return result;
}

console.log(`${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}, ${texts[0]?.length} bytes a pod`);
for (let round = 0; round < rounds; round++) {
  const parsed = timed('JSON.parse', round, () => texts.map((text): Json => JSON.parse(text)));
  const faults = texts.map(() => new Faults());
  const read = timed('read', round, () => parsed.map((manifest, index) => readPod(manifest, faults[index]!)));
  const pods = timed('default', round, () => read.map(defaultPod));
  timed('validate', round, () => pods.forEach((pod, index) => validatePod(pod, faults[index]!)));
  timed('effective', round, () => pods.forEach((pod) => (sink += effectiveRequests(pod).size)));
  for (const { errors } of faults) if (errors.length > 0) throw new Error(errors[0]?.message);
}
const parse = median(times.get('JSON.parse') ?? []);
let total = 0;
for (const [step, values] of times) {
  const time = median(values);
  if (step !== 'JSON.parse') total += time;
  console.log(`${step.padEnd(12)} ${time.toFixed(2).padStart(7)} µs  ${(time / parse).toFixed(2)} of JSON.parse`);
}
console.log(`${'in all'.padEnd(12)} ${total.toFixed(2).padStart(7)} µs  ${(total / parse).toFixed(2)} of JSON.parse`);
if (sink === 0) throw new Error('no pod asked for anything');
