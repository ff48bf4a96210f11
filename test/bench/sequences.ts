/**
 * The engine in process: replicas placed one after another, exactly. The measure in the same run is the plain cycle,
 * which evaluates every node for each replica anew.
 */
import { defaultProfile } from '../../src/scheduler/configuration.js';
import { compilePod, placedRecord, schedule } from '../../src/scheduler/cycle.js';
import type { Subject } from '../../src/scheduler/framework.js';
import type { ClusterModel } from '../../src/scheduler/model.js';
import { placeReplicas, Sequence } from '../../src/scheduler/sequence.js';
import { buildCluster, constraintSpec, podManifest, readRecord, templates, type Constraint } from '../build/cluster.js';
import { seededRandom } from '../build/random.js';
import { median, type Figure, type Section } from './measure.js';

const size = { namespace: 'team-1', tier: 'front', cpu: '100m', memory: '128Mi' };
const constraints: readonly { name: string; constraint: Constraint; goal: number; floor: number }[] = [
  { name: 'plain', constraint: 'none', goal: 100_000, floor: 2800 },
  { name: 'zone spread and soft hostname spread', constraint: 'spread', goal: 50_000, floor: 1500 },
  { name: 'hostname anti-affinity', constraint: 'antiAffinity', goal: 50_000, floor: 1400 },
];

export const sequences: Section = async ({ short, seed }) => {
  const figures: Figure[] = [];
  for (const nodes of short ? [1000] : [1000, 5000, 15_000]) {
    const model = buildCluster({ seed, nodes, pods: nodes * 10, templates: 300, constrained: 0.3 });
    for (const { name, constraint, goal, floor } of constraints) {
      const record = readRecord(podManifest('bench', 'bench', '', size, constraintSpec(constraint, 'bench')));
      const max = constraint === 'antiAffinity' ? Math.floor(nodes * 0.8) : nodes * 4;
      const rate = medianRate(
        () => placeReplicas(model.fork(), compilePod(record, defaultProfile), max).placements.length,
      );
      figures.push(
        rateFigure(
          `${nodes} nodes, ${name}`,
          rate,
          plainRate(model, [compilePod(record, defaultProfile)]),
          nodes,
          goal,
          floor,
        ),
      );
    }
    figures.push(mixed(model, nodes));
  }
  if (!short) figures.push(fill());
  return figures;
};

function rateFigure(name: string, rate: number, plain: number, nodes: number, goal: number, floor: number): Figure {
  // At 15,000 nodes half of the rate is asked for; at 1,000 nothing is.
  const due = nodes === 15_000 ? goal / 2 : goal;
  return {
    name,
    value: rate,
    unit: 'pods/s',
    ratio: { of: 'evaluating every node for each replica', value: rate / plain },
    ...(nodes >= 5000 && { goal: `≥ ${due} pods/s`, met: rate >= due }),
    atLeast: floor,
  };
}

/** Pods a second, from a fresh copy of the cluster each time. @param place returns how many it has placed */
function medianRate(place: () => number): number {
  const rates = Array.from({ length: 3 }, () => {
    const began = performance.now();
    return place() / ((performance.now() - began) / 1000);
  });
  return median(rates);
}

/** One full cycle a replica, its placement applied. */
function plainRate(model: ClusterModel, subjects: readonly Subject[]): number {
  const copy = model.fork();
  const rounds = 100;
  const began = performance.now();
  for (let i = 0; i < rounds; i++) {
    const subject = subjects[i % subjects.length]!;
    const { best } = schedule(copy, subject);
    const node = best < 0 ? undefined : copy.nodeName(best);
    if (node === undefined) break;
    const pod = placedRecord(subject, node, `plain-${i}`);
    copy.apply({ type: 'pod', namespace: pod.namespace, name: pod.name, pod });
  }
  return rounds / ((performance.now() - began) / 1000);
}

/** 200 templates that use everything, in turn. */
function mixed(model: ClusterModel, nodes: number): Figure {
  const mix = templates(seededRandom(7), 200, 0.6).map(({ app, size: podSize, extra }) =>
    compilePod(readRecord(podManifest(app, app, '', podSize, extra)), defaultProfile),
  );
  const rounds = nodes * 2;
  const rate = medianRate(() => {
    const sequence = new Sequence(model.fork());
    for (let i = 0; i < rounds; i++) sequence.place(mix[i % mix.length]!);
    return rounds;
  });
  return rateFigure(`${nodes} nodes, 200 mixed templates`, rate, plainRate(model, mix), nodes, 20_000, 400);
}

function fill(): Figure {
  const model = buildCluster({ seed: 1, nodes: 5000, pods: 0, templates: 1, constrained: 0 });
  const record = readRecord(podManifest('fill', 'fill', '', { ...size, cpu: '250m', memory: '512Mi' }, {}));
  const began = performance.now();
  const { placements } = placeReplicas(model.fork(), compilePod(record, defaultProfile), 130_000);
  const seconds = (performance.now() - began) / 1000;
  return {
    name: `filling 5000 empty nodes with ${placements.length} pods`,
    value: seconds,
    unit: 's',
    goal: '≤ 2 s',
    met: seconds <= 2,
  };
}
