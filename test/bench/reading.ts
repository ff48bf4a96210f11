/**
 * What reading a pod costs, against `JSON.parse` of the same text in the same run: from parsed JSON to defaulted,
 * validated and effective, and from parsed JSON to what an import writes into the rows. Unknown fields are looked for, as
 * an import does by default.
 *
 * The best case is a pod like any of its template. The others are the first of their kind, with images of their own, so
 * that no container is known from the pod before; the crowded one has everything that a rule looks at.
 */
import { defaultPod } from '../../src/kubernetes/defaulting.js';
import { effectiveRequests } from '../../src/kubernetes/effective.js';
import { Faults } from '../../src/kubernetes/faults.js';
import { readPod } from '../../src/kubernetes/read-pod.js';
import type { Json, JsonObject } from '../../src/kubernetes/types.js';
import { validatePod } from '../../src/kubernetes/validation/validate-pod.js';
import { prepareObject } from '../../src/service/stored-object.js';
import { crowdedPod } from '../build/crowded-pod.js';
import { realisticPod } from '../build/realistic-pod.js';
import { percentile, type Figure, type Section } from './measure.js';

const steps = ['JSON.parse', 'read', 'default', 'validate', 'effective', 'rows'] as const;
type Step = (typeof steps)[number];

export const reading: Section = async ({ short }) => {
  const rounds = short ? 600 : 3000;
  // A step of a round is shorter than a time slice: on a busy machine most of them run uninterrupted.
  const alike = podTexts(realisticPod, 40, 0);
  const realistic = medians(() => alike, rounds);
  const first = medians((round) => podTexts((index) => ofItsOwn(realisticPod(), index), 40, round), rounds / 3);
  const crowded = medians(
    (round) => podTexts((index) => ofItsOwn(crowdedPod(index % 300), index), 8, round),
    rounds / 3,
  );
  const parts = (['read', 'default', 'validate', 'effective'] as const)
    .map((step) => `${step} ${(realistic[step] / realistic['JSON.parse']).toFixed(2)}`)
    .join(', ');
  return [
    figure(`realistic pod: read, defaulted, validated, effective (${parts})`, realistic, effectiveTime(realistic), 0.5),
    figure('realistic pod, the first of its kind', first, effectiveTime(first), 0.5),
    figure('crowded pod, the first of its kind', crowded, effectiveTime(crowded)),
    figure('realistic pod: parsed JSON to stored rows', realistic, realistic.rows),
    figure('realistic pod, the first of its kind: parsed JSON to stored rows', first, first.rows),
    figure('crowded pod, the first of its kind: parsed JSON to stored rows', crowded, crowded.rows),
  ];
};

function figure(name: string, times: Readonly<Record<Step, number>>, value: number, atMost?: number): Figure {
  const ratio = { of: 'JSON.parse of it', value: value / times['JSON.parse'] };
  const goal = atMost === undefined ? {} : { goal: `≤ ${atMost} ×`, met: ratio.value <= atMost };
  return { name, value, unit: 'µs', ratio, ...goal, atMost: 10 * (atMost ?? 4) * times['JSON.parse'] };
}

function effectiveTime(times: Readonly<Record<Step, number>>): number {
  return times.read + times.default + times.validate + times.effective;
}

/** Pods of one shape and different names, as an import brings them: no text is parsed twice. */
function podTexts(pod: (index: number) => JsonObject, count: number, round: number): string[] {
  return Array.from({ length: count }, (_, place) => {
    const index = round * count + place;
    const manifest = pod(index);
    (manifest['metadata'] as JsonObject)['name'] = `checkout-6d5c9f7b8d-x${index}`;
    return JSON.stringify(manifest);
  });
}

/** The pod with containers of which none is like one before. */
function ofItsOwn(pod: JsonObject, index: number): JsonObject {
  const { containers, initContainers } = pod['spec'] as Record<string, { image: string }[]>;
  for (const container of [...containers!, ...initContainers!]) container.image += `-${index}`;
  return pod;
}

/**
 * Median microseconds a pod for each step. A step does its part for all pods of a round before the next begins, as an
 * import does. `rows` is everything that is done to a pod between the parsed JSON and the writing of its rows.
 */
function medians(textsOf: (round: number) => readonly string[], rounds: number): Record<Step, number> {
  const times = new Map(steps.map((step) => [step, [] as number[]]));
  let sink = 0;
  for (let round = 0; round < rounds; round++) {
    const texts = textsOf(round);
    /** Passes on what the step gives; the first rounds warm up and are not counted. */
    const timed = <T>(step: Step, work: () => T, pods = texts.length): T => {
      const started = performance.now();
      const result = work();
      const microseconds = ((performance.now() - started) * 1000) / pods;
      if (round > rounds / 10) times.get(step)?.push(microseconds);
      return result;
    };
    const parsed = timed('JSON.parse', () => texts.map((text): Json => JSON.parse(text)));
    const faults = texts.map(() => new Faults({ unknownFields: true }));
    const read = timed('read', () => parsed.map((manifest, index) => readPod(manifest, faults[index]!)));
    const pods = timed('default', () => read.map(defaultPod));
    timed('validate', () => pods.forEach((pod, index) => validatePod(pod, faults[index]!)));
    timed('effective', () => pods.forEach((pod) => (sink += effectiveRequests(pod).size)));
    for (const { errors, unknownFields } of faults) {
      if (errors.length > 0 || unknownFields?.length !== 0) throw new Error(errors[0]?.message ?? unknownFields?.[0]);
    }
    const fresh = texts.map((text): JsonObject => JSON.parse(text));
    for (const manifest of fresh) timed('rows', () => (sink += rowsOf(manifest)), 1);
  }
  if (sink === 0) throw new Error('no pod asked for anything');
  return Object.fromEntries([...times].map(([step, values]) => [step, percentile(values, 0.5)])) as Record<
    Step,
    number
  >;
}

function rowsOf(manifest: JsonObject): number {
  const { namespace, name } = manifest['metadata'] as { namespace: string; name: string };
  const prepared = prepareObject({ group: '', kind: 'Pod', namespace, name }, manifest, 'Warn');
  return prepared.text.length + prepared.hash.length;
}
