/**
 * How the cost of placing a pod in a sequence grows with nodes, pods, classes and rules, one of them at a time. Processor
 * time, with the making of lanes and counters in it; the measure in the same run is the first of each row.
 */
import { defaultProfile } from '../../src/scheduler/configuration.js';
import { compilePod } from '../../src/scheduler/cycle.js';
import type { Subject } from '../../src/scheduler/framework.js';
import type { ClusterModel } from '../../src/scheduler/model.js';
import { Sequence } from '../../src/scheduler/sequence.js';
import {
  buildCluster,
  constraintSpec,
  podManifest,
  podSize,
  readRecord,
  templates,
  type Constraint,
} from '../build/cluster.js';
import { seededRandom } from '../build/random.js';
import type { Figure, Section } from './measure.js';

const rules: readonly Constraint[] = ['none', 'selector', 'spread', 'antiAffinity', 'affinity', 'preferred'];

export const growth: Section = async ({ short, seed }) => {
  const [small, middle, large] = short ? [200, 500, 1000] : [1000, 5000, 15_000];
  const cluster = (nodes: number, pods: number): ClusterModel =>
    buildCluster({ seed, nodes, pods, templates: 300, constrained: 0.3 });
  const base = cluster(middle, middle * 10);
  const row = (first: string, costs: readonly (readonly [name: string, micros: number])[]): Figure[] =>
    costs.map(([name, micros]) => ({
      name,
      value: micros,
      unit: 'µs a pod',
      ratio: { of: first, value: micros / costs[0]![1] },
      atMost: 20_000,
    }));
  const mix = mixOf(200);
  return [
    ...row(
      'the fewest nodes',
      [small, middle, large].map((nodes) => [`${nodes} nodes, 10 pods each`, cost(cluster(nodes, nodes * 10), mix)]),
    ),
    ...row(
      'the fewest pods',
      [0, 10, 30].map((pods) => [`${pods} pods on each of ${middle} nodes`, cost(cluster(middle, middle * pods), mix)]),
    ),
    ...row(
      'one class',
      [1, 20, 200].map((classes) => [`${classes} classes in turn, ${middle} nodes`, cost(base, mixOf(classes))]),
    ),
    ...row(
      'no rule',
      rules.map((rule) => [`20 classes with ${rule}, ${middle} nodes`, cost(base, ruledBy(rule))]),
    ),
  ];
};

function mixOf(classes: number): Subject[] {
  return templates(seededRandom(7), classes, 0.6).map(({ app, size, extra }) =>
    compilePod(readRecord(podManifest(app, app, '', size, extra)), defaultProfile),
  );
}

function ruledBy(rule: Constraint): Subject[] {
  const random = seededRandom(7);
  return Array.from({ length: 20 }, (_, index) => {
    const app = `ruled-${index}`;
    return compilePod(
      readRecord(podManifest(app, app, '', podSize(random), constraintSpec(rule, app))),
      defaultProfile,
    );
  });
}

/** Microseconds of processor time a pod, over 4,000 pods of the classes in turn. */
function cost(model: ClusterModel, mix: readonly Subject[]): number {
  const sequence = new Sequence(model.fork());
  const rounds = 4000;
  const began = process.cpuUsage();
  for (let i = 0; i < rounds; i++) sequence.place(mix[i % mix.length]!);
  const { user, system } = process.cpuUsage(began);
  return (user + system) / rounds;
}
