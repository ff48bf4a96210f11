/** Laws of the engine on random clusters. A failing seed is in the test's name or the counterexample. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultProfile } from '../../src/scheduler/configuration.js';
import { compilePod, placedRecord, runCycle } from '../../src/scheduler/cycle.js';
import type { Subject } from '../../src/scheduler/framework.js';
import type { ClusterModel } from '../../src/scheduler/model.js';
import { Sequence } from '../../src/scheduler/sequence.js';
import { buildCluster, podManifest, readRecord, templates } from '../build/cluster.js';
import { pick, seededRandom } from '../build/random.js';
import { variedCluster, variedTemplate } from '../build/varied-cluster.js';

const seeds = fc.integer({ min: 1, max: 1_000_000 });

function cluster(seed: number, constrained = 0.7): ClusterModel {
  const random = seededRandom(seed);
  const nodes = 1 + Math.floor(random() * 60);
  return buildCluster({ seed, nodes, pods: Math.floor(random() * nodes * 6), templates: 12, constrained });
}

function subjects(seed: number, count: number, constrained: number): Subject[] {
  return templates(seededRandom(seed), count, constrained).map(({ app, size, extra }) =>
    compilePod(readRecord(podManifest(app, app, '', { ...size, namespace: 'team-1' }, extra)), defaultProfile),
  );
}

/** What `Sequence` promises, without any of its caches. */
function placeOneByOne(model: ClusterModel, pods: readonly Subject[]): number[] {
  return pods.map((subject, index) => {
    const { best } = runCycle(model, subject);
    if (best < 0) return -1;
    const pod = placedRecord(subject, model.nodeName(best), `${subject.name}#${index}`);
    model.apply({ type: 'pod', namespace: pod.namespace, name: pod.name, pod });
    return best;
  });
}

describe('a sequence', () => {
  it('of replicas of several classes goes where one cycle after another would put them', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 6 }), (seed, classes) => {
        const model = cluster(seed);
        const mix = subjects(seed, classes, 0.8);
        const random = seededRandom(seed + 1);
        const pods = Array.from({ length: 120 }, () => pick(random, mix));
        const sequence = new Sequence(model.fork());
        const placed = pods.map((subject) => sequence.place(subject));
        expect(placed).toEqual(placeOneByOne(model.fork(), pods));
      }),
      { numRuns: 60 },
    );
  });

  it('of many classes, then of one, then of many again, does so too', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const model = cluster(seed);
        const mix = subjects(seed, 20, 0.6);
        const random = seededRandom(seed + 1);
        const many = (count: number): Subject[] => Array.from({ length: count }, () => pick(random, mix));
        const pods = [...many(120), ...Array.from({ length: 30 }, () => mix[0]!), ...many(80)];
        const sequence = new Sequence(model.fork());
        const placed = pods.map((subject) => sequence.place(subject));
        expect(placed).toEqual(placeOneByOne(model.fork(), pods));
      }),
      { numRuns: 30 },
    );
  });

  it.each([
    { name: 'whatever the pods ask for', nominated: false },
    { name: 'beside pods that are nominated to nodes', nominated: true },
  ])('does so $name, in bursts of a class and in mixes', ({ nominated }) => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const model = variedCluster({ seed, nominated });
        const random = seededRandom(seed + 1);
        const made = Array.from({ length: 1 + Math.floor(random() * 8) }, () => variedTemplate(random));
        const pods: Subject[] = [];
        while (pods.length < 120) {
          const template = pick(random, made);
          const burst = random() < 0.1 ? 12 : 1;
          for (let i = 0; i < burst; i++) pods.push(compilePod(readRecord(template.pod(pods.length)), defaultProfile));
        }
        const sequence = new Sequence(model.fork());
        const placed = pods.map((subject) => sequence.place(subject));
        expect(placed).toEqual(placeOneByOne(model.fork(), pods));
      }),
      { numRuns: 40 },
    );
  });

  it('leaves the model that it was forked from alone', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const model = cluster(seed);
        const before = model.checksum();
        const sequence = new Sequence(model.fork());
        for (const subject of subjects(seed, 3, 0.5)) sequence.place(subject);
        expect(model.checksum()).toBe(before);
      }),
      { numRuns: 30 },
    );
  });
});

describe('a model', () => {
  it('has the same answers and sums after pods came and went', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const model = cluster(seed);
        const [subject] = subjects(seed, 1, 1);
        const before = runCycle(model, subject!);
        const fork = model.fork();
        const sequence = new Sequence(fork);
        const others = subjects(seed + 7, 4, 0.8);
        others.forEach((other, index) => sequence.place(other, `guest-${index}`));
        others.forEach((other, index) => {
          fork.apply({ type: 'pod', namespace: other.podClass.namespace, name: `guest-${index}`, pod: null });
        });
        const after = runCycle(fork, subject!);
        expect(fork.checksum()).toBe(model.checksum());
        expect([...after.feasible]).toEqual([...before.feasible]);
        expect([...after.totals]).toEqual([...before.totals]);
      }),
      { numRuns: 60 },
    );
  });

  it('built in another order of changes is the same cluster', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const model = cluster(seed);
        const random = seededRandom(seed);
        const copy = model.fork();
        const pods = [...model.pods()].sort(() => random() - 0.5);
        for (const { namespace, name } of pods) copy.apply({ type: 'pod', namespace, name, pod: null });
        for (const pod of pods) copy.apply({ type: 'pod', namespace: pod.namespace, name: pod.name, pod });
        expect(copy.checksum()).toBe(model.checksum());
        expect(copy.podCount).toBe(model.podCount);
        for (const slot of model.nodeSlots()) expect(copy.requestedOf(slot)).toEqual(model.requestedOf(slot));
      }),
      { numRuns: 30 },
    );
  });
});

describe('a cycle', () => {
  it('finds a candidate that accepts the pod: its filters pass, its total is the sum of the plugins', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const model = cluster(seed);
        const [subject] = subjects(seed, 1, 0.8);
        const result = runCycle(model, subject!);
        result.feasible.forEach((slot, position) => {
          expect(result.rejection(slot)).toBeNull();
          const sum = Object.values(result.scoresOf(slot)).reduce((total, score) => total + score, 0);
          expect(result.totals[position]).toBe(sum);
        });
        for (const slot of model.nodeSlots()) {
          if (result.feasible.includes(slot)) continue;
          const [first] = result.explain(slot);
          expect(first).toMatchObject({ ...result.rejection(slot) });
        }
      }),
      { numRuns: 60 },
    );
  });

  it('ranks as if every node were scored, and counts rejections as if every node were asked', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const model = variedCluster({ seed, nominated: false }).fork();
        const random = seededRandom(seed + 1);
        for (let i = 0; i < 8; i++) {
          const subject = compilePod(readRecord(variedTemplate(random).pod(i)), defaultProfile);
          const result = runCycle(model, subject);
          const { feasible, totals } = result;
          const order = [...feasible.keys()].sort((a, b) => totals[b]! - totals[a]! || a - b);
          const ranking = result.ranking(5);
          expect(ranking.slots).toEqual(order.slice(0, 5).map((position) => feasible[position]));
          expect(ranking.tied).toBe(totals.filter((total) => total === totals[order[0]!]).length);
          const asked = new Map<string, number[]>();
          for (const slot of model.nodeSlots()) {
            const rejection = result.rejection(slot);
            if (rejection === null) continue;
            const key = JSON.stringify(rejection);
            asked.set(key, [...(asked.get(key) ?? []), slot]);
          }
          const told = result.rejectionKinds().map(({ rejection, nodes, examples }) => {
            const slots = asked.get(JSON.stringify(rejection)) ?? [];
            expect([nodes, examples]).toEqual([slots.length, slots.slice(0, 3)]);
            return nodes;
          });
          expect(told.reduce((sum, nodes) => sum + nodes, 0)).toBe(model.nodeCount - feasible.length);
          if (result.best < 0) continue;
          const pod = placedRecord(subject, model.nodeName(result.best), `placed-${i}`);
          model.apply({ type: 'pod', namespace: pod.namespace, name: pod.name, pod });
          const some = pick(random, [...feasible]);
          if (i % 3 === 1) model.apply({ type: 'node', name: `${model.nodeName(some)}-twin`, node: model.node(some) });
          if (i % 3 === 2) model.apply({ type: 'node', name: model.nodeName(some), node: null });
        }
      }),
      { numRuns: 60 },
    );
  });

  it('does not come to fit where it did not because a pod without affinity and spread was added', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const model = cluster(seed, 0);
        const [subject, other] = subjects(seed, 2, 0);
        const before = new Set(runCycle(model, subject!).feasible);
        const sequence = new Sequence(model.fork());
        sequence.place(other!);
        for (const slot of runCycle(sequence.model, subject!).feasible) expect(before.has(slot)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('gives a shortfall that, granted, removes the reason', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const model = cluster(seed);
        const size = { namespace: 'team-1', tier: 'front', cpu: '12', memory: '40Gi' };
        const subject = compilePod(readRecord(podManifest('big', 'big', '', size, {})), defaultProfile);
        const result = runCycle(model, subject);
        for (const slot of model.nodeSlots()) {
          for (const { details } of result.explain(slot)) {
            for (const detail of details) {
              if (detail.type !== 'insufficient') continue;
              expect(detail.requested - detail.shortfall).toBe(detail.allocatable - detail.used);
              expect(detail.shortfall > 0n).toBe(true);
            }
          }
        }
      }),
      { numRuns: 30 },
    );
  });
});
