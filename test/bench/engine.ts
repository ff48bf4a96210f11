/** The engine alone, in process: one fit, sequences, forks, memory. `node dist/test/bench/engine.js [nodes] [pods]` */
import { compilePod, schedule } from '../../src/scheduler/cycle.js';
import { defaultProfile } from '../../src/scheduler/configuration.js';
import type { ClusterModel } from '../../src/scheduler/model.js';
import { CPU, MEMORY } from '../../src/scheduler/resources.js';
import { placeReplicas, Sequence } from '../../src/scheduler/sequence.js';
import { buildCluster, constraintSpec, podManifest, readRecord, templates, type Constraint } from '../build/cluster.js';
import { seededRandom } from '../build/random.js';

const size = { namespace: 'team-1', tier: 'front', cpu: '250m', memory: '256Mi' };

/** Median microseconds of one call. */
function median(calls: number, call: (index: number) => void): number {
  const times: number[] = [];
  for (let index = 0; index < calls; index++) {
    const start = process.hrtime.bigint();
    call(index);
    times.push(Number(process.hrtime.bigint() - start) / 1000);
  }
  return times.sort((a, b) => a - b)[calls >> 1]!;
}

function print(name: string, value: number, unit: string): void {
  process.stdout.write(`${name.padEnd(44)} ${value.toFixed(1).padStart(12)} ${unit}\n`);
}

/** Seconds of processor time of this process: on a busy machine it says more than the clock. */
function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** What a fit is measured against: one pass of typed arrays over the nodes, room for cpu and memory and a score of them. */
function plainScan(model: ClusterModel): number {
  const [cpu, memory] = [model.allocatableColumn(CPU), model.allocatableColumn(MEMORY)];
  const [usedCpu, usedMemory] = [model.requestedColumn(CPU), model.requestedColumn(MEMORY)];
  let [best, highest] = [-1, -1];
  for (let slot = 0; slot < model.slotCount; slot++) {
    const freeCpu = cpu[slot]! - usedCpu[slot]! - 250;
    const freeMemory = memory[slot]! - usedMemory[slot]! - 2 ** 28;
    if (freeCpu < 0 || freeMemory < 0) continue;
    const score = (((freeCpu * 100) / cpu[slot]!) | 0) + (((freeMemory * 100) / memory[slot]!) | 0);
    if (score > highest) [best, highest] = [slot, score];
  }
  return best;
}

function main(): void {
  const nodes = Number(process.argv[2] ?? 5000);
  const pods = Number(process.argv[3] ?? 150000);
  globalThis.gc?.();
  const before = process.memoryUsage();
  let start = performance.now();
  const model = buildCluster({ seed: 1, nodes, pods, templates: 500, constrained: 0.3 });
  print('build', ((performance.now() - start) * 1000) / (pods + nodes), 'µs/object');
  globalThis.gc?.();
  const after = process.memoryUsage();
  const used = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
  print('memory (nodes included)', used / Math.max(pods, 1), 'bytes/pod');

  const fork = median(200, () => model.fork());
  print('fork', fork, 'µs');
  const scan = median(2000, () => plainScan(model));
  print('plain scan of all nodes', scan, 'µs');
  for (const constraint of ['none', 'spread', 'antiAffinity', 'affinity', 'preferred', 'selector'] as Constraint[]) {
    const record = readRecord(podManifest('bench', 'bench', '', size, constraintSpec(constraint, 'app-1')));
    const subject = compilePod(record, defaultProfile);
    schedule(model, subject);
    const seen = median(300, () => void schedule(model, subject).best);
    const unseen = median(300, (index) => {
      const manifest = podManifest(
        'bench',
        'bench',
        '',
        { ...size, cpu: `${100 + index}m` },
        constraintSpec(constraint, `app-${index}`),
      );
      void schedule(model, compilePod(readRecord(manifest), defaultProfile)).best;
    });
    print(`fit ${constraint}, class seen`, seen, 'µs');
    print(`fit ${constraint}, class never seen (read incl.)`, unseen, 'µs');
    print('  against the plain scan', unseen / scan, '×');
  }
  for (const constraint of ['none', 'spread', 'antiAffinity', 'preferred'] as Constraint[]) {
    const record = readRecord(podManifest('seq', 'seq', '', size, constraintSpec(constraint, 'seq')));
    const max = Number(process.argv[4] ?? 20000);
    start = processorSeconds();
    const { placements } = placeReplicas(model.fork(), compilePod(record, defaultProfile), max);
    print(
      `sequence ${constraint}: ${placements.length} replicas`,
      placements.length / (processorSeconds() - start),
      'pods per processor second',
    );
  }
  const sequence = new Sequence(model.fork());
  const mix = templates(seededRandom(7), 200, 0.6).map(({ app, size: podSize, extra }) =>
    compilePod(readRecord(podManifest(app, app, '', podSize, extra)), defaultProfile),
  );
  const rounds = Number(process.argv[4] ?? 20000);
  start = processorSeconds();
  let placed = 0;
  for (let index = 0; index < rounds; index++) if (sequence.place(mix[index % mix.length]!) >= 0) placed++;
  print(
    `sequence mixed, 200 templates: ${placed} placed`,
    rounds / (processorSeconds() - start),
    'pods per processor second',
  );
}

main();
