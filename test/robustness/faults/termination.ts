/** SIGTERM: what was sent before is answered, the process is gone in 3 s, keep-alive clients or not. */
import { Client } from '../client.js';
import type { Scenario } from '../scenario.js';
import type { ServiceProcess } from '../service-process.js';
import { sleep } from '../wait.js';

const LIMIT_MS = 3000;
/** What was sent so shortly before may not have reached the process yet. */
const ON_ITS_WAY_MS = 5;

export function terminatedUnderLoad(database: Scenario['database']): Scenario {
  return {
    name: 'SIGTERM under load',
    database,
    replicas: database === 'sqlite' ? 1 : 2,
    short: database === 'sqlite',
    fault: async ({ replicas, expect, note, progress }) => {
      for (const { service } of replicas) {
        const { took, answered, lost } = await terminate(service);
        note('ms from SIGTERM to exit', Math.round(took));
        note('answered meanwhile', answered);
        expect(took < LIMIT_MS, `it took ${Math.round(took)} ms to end`);
        expect(lost === 0, `${lost} requests sent before SIGTERM got no answer`);
        service.spawn();
        await service.ready();
      }
      await progress(50);
    },
  };
}

/** Readers and claimants (whose claims are too large for any node) on connections that they keep open. */
async function terminate(service: ServiceProcess): Promise<{ took: number; answered: number; lost: number }> {
  const client = new Client(service.base, { connections: 32, timeoutMs: 10_000 });
  const large = {
    items: [
      {
        manifest: {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: 'large', namespace: 'termination' },
          spec: { containers: [{ name: 'work', image: 'work:1', resources: { requests: { cpu: '1000' } } }] },
        },
      },
    ],
  };
  let terminated = Number.POSITIVE_INFINITY;
  let lost = 0;
  let answered = 0;
  const load = { over: false };
  const loops = Array.from({ length: 32 }, async (_, i) => {
    while (!load.over) {
      const sentAt = performance.now();
      try {
        const { status } =
          i % 2 === 0
            ? await client.ask('GET', '/v1/clusters/default/nodes?limit=10')
            : await client.ask('POST', '/v1/clusters/default/reservations', large);
        if (status === 200 || status === 409) answered++;
      } catch {
        // Refused after SIGTERM is as it should be; unanswered before is not.
        if (sentAt < terminated - ON_ITS_WAY_MS) lost++;
        await sleep(20);
      }
    }
  });
  await sleep(500);
  terminated = performance.now();
  const took = await service.stop('SIGTERM');
  load.over = true;
  await Promise.all(loops);
  client.close();
  return { took, answered, lost };
}
