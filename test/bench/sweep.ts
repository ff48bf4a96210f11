/**
 * N+1: for each of a sample of nodes, what becomes of its pods when it fails. A fork loses the node, its pods are placed
 * again one after another. The measure in the same run is a full cycle a pod.
 */
import { defaultProfile } from '../../src/scheduler/configuration.js';
import { compilePod, placedRecord, runCycle } from '../../src/scheduler/cycle.js';
import type { ClusterModel } from '../../src/scheduler/model.js';
import type { PodRecord } from '../../src/scheduler/model-change.js';
import { Sequence } from '../../src/scheduler/sequence.js';
import { buildCluster } from '../build/cluster.js';
import { pick, seededRandom } from '../build/random.js';
import type { Figure, Section } from './measure.js';

/** Places a displaced pod somewhere, or nowhere. */
type Placer = (record: PodRecord) => void;

export const sweep: Section = async ({ short, seed }) =>
  (short ? [1000] : [1000, 5000, 15_000]).map((nodes): Figure => {
    const model = buildCluster({ seed, nodes, pods: nodes * 10, templates: 300, constrained: 0.3 });
    // Once to warm up.
    for (const placer of [bySequence, byCycles]) sweepRate(model, seed, 4, placer);
    const rate = sweepRate(model, seed, short ? 20 : 200, bySequence);
    const plain = sweepRate(model, seed, short ? 4 : 20, byCycles);
    return {
      name: `${nodes} nodes, N+1 sweep`,
      value: rate,
      unit: 'nodes/s',
      ratio: { of: 'a full cycle for each displaced pod', value: rate / plain },
      atLeast: 1,
    };
  });

function sweepRate(
  model: ClusterModel,
  seed: number,
  sample: number,
  placerOf: (fork: ClusterModel) => Placer,
): number {
  const random = seededRandom(seed);
  const slots = [...model.nodeSlots()];
  const began = performance.now();
  for (let i = 0; i < sample; i++) {
    const slot = pick(random, slots);
    const fork = model.fork();
    const displaced = fork.podsOn(slot);
    for (const { namespace, name } of displaced) fork.apply({ type: 'pod', namespace, name, pod: null });
    fork.apply({ type: 'node', name: model.nodeName(slot), node: null });
    const place = placerOf(fork);
    for (const record of displaced) place(record);
  }
  return sample / ((performance.now() - began) / 1000);
}

function bySequence(fork: ClusterModel): Placer {
  const sequence = new Sequence(fork);
  return (record) => sequence.place(compilePod(record, defaultProfile), record.name);
}

function byCycles(fork: ClusterModel): Placer {
  return (record) => {
    const subject = compilePod(record, defaultProfile);
    const { best } = runCycle(fork, subject);
    if (best < 0) return;
    const pod = placedRecord(subject, fork.nodeName(best), record.name);
    fork.apply({ type: 'pod', namespace: pod.namespace, name: pod.name, pod });
  };
}
