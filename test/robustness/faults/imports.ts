/** Imports large enough to be staged, and what is done to them half-way: all of one is there, or nothing. */
import { randomUUID } from 'node:crypto';
import { Client } from '../client.js';
import { untilKnown, within } from '../until-known.js';
import type { Environment, Scenario } from '../scenario.js';
import { podManifest, type ClaimAnswer } from '../wire.js';

const PODS = 3000;

/**
 * One import of pods that wait, as a cluster tells of them: with a uid, so that they are staged as they are. It is asked
 * for under one key until its outcome is known, and then written down.
 */
export async function importMany({ replicas: [first], workload }: Environment, namespace: string): Promise<void> {
  const pods = Array.from({ length: PODS }, (_, i) => `${namespace}/p-${i}`);
  const size = { cpu: 10, memory: 16 };
  for (const pod of pods) workload.sizes.set(pod, size);
  const client = new Client(first.service.base, { timeoutMs: 20_000 });
  const body = JSON.stringify({
    apiVersion: 'v1',
    kind: 'List',
    items: pods.map((pod) => podManifest(pod, size, { uid: `uid-of-${pod}` })),
  });
  const headers = { 'idempotency-key': randomUUID() };
  const known = await untilKnown(
    () => client.ask('POST', '/v1/clusters/default/import', body, headers),
    within(120_000),
  );
  client.close();
  const confirmed = known?.answer.status === 200;
  workload.operations.push({
    operation: 'import',
    pods,
    outcome: confirmed ? 'confirmed' : 'unknown',
    ...(confirmed && { revision: (known.answer.body as ClaimAnswer).revision }),
  });
}

/** The process is killed at moments of an import that the seed chooses. */
export function importKilled(database: Scenario['database']): Scenario {
  return {
    name: 'import killed half-way',
    database,
    replicas: database === 'sqlite' ? 1 : 2,
    fault: async (environment) => {
      const { replicas, random, progress, workload, note, expect } = environment;
      const [{ service }] = replicas;
      let again = 0;
      for (let round = 0; round < 5; round++) {
        const lives = service.deaths.length;
        const imported = importMany(environment, `import-${round}`);
        const timer = setTimeout(() => service.crash(), 20 + random.below(400));
        await imported;
        clearTimeout(timer);
        again += service.deaths.length - lives;
        await service.ready();
        await progress(50);
      }
      note('imports that were cut', again);
      const large = workload.operations.filter((it) => it.operation === 'import' && it.pods.length === PODS);
      expect(
        large.length === 5 && large.every(({ outcome }) => outcome === 'confirmed'),
        'an import asked again under its key was not confirmed',
      );
    },
  };
}
