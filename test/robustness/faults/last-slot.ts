/** 200 requests for 50 slots on a node of its own, through every replica at once: exactly 50 are granted. */
import { randomUUID } from 'node:crypto';
import { Client } from '../client.js';
import { untilKnown, within } from '../until-known.js';
import type { Environment, Scenario } from '../scenario.js';
import { nodeManifest, podManifest, type ClaimAnswer } from '../wire.js';

const cluster = '/v1/clusters/default';
const size = { cpu: 1000, memory: 64 };
const SLOTS = 50;
const REQUESTS = 200;
const ROUNDS = 20;

export function raceForTheLastSlot(database: Scenario['database']): Scenario {
  return {
    name: 'the race for the last slot',
    database,
    replicas: database === 'sqlite' ? 1 : 2,
    short: database === 'postgres',
    fault: async (environment) => {
      const { replicas, expect, note } = environment;
      const clients = replicas.map(
        ({ service }) => new Client(service.base, { connections: 50, timeoutMs: 20_000 }),
      ) as [Client, ...Client[]];
      for (let round = 0; round < ROUNDS; round++) {
        const granted = await race(environment, clients, round);
        expect(granted === SLOTS, `round ${round}: ${granted} of ${SLOTS} slots granted to ${REQUESTS} requests`);
      }
      note('races', ROUNDS);
      note('claims in races', ROUNDS * REQUESTS);
      for (const client of clients) client.close();
    },
  };
}

/** @returns how many were granted */
async function race(
  { workload, nodes }: Environment,
  clients: readonly [Client, ...Client[]],
  round: number,
): Promise<number> {
  const node = `slots-${round}`;
  const allocatable = { cpu: SLOTS * size.cpu, memory: 1_048_576 };
  nodes.push({ name: node, allocatable, pods: 1000 });
  await clients[0].ask('POST', `${cluster}/import`, nodeManifest(node, allocatable, 1000, true));
  const outcomes = await Promise.all(
    Array.from({ length: REQUESTS }, async (_, i) => {
      const pod = `slots/r${round}-${i}`;
      workload.sizes.set(pod, size);
      const client = clients[i % clients.length] ?? clients[0];
      const manifest = podManifest(pod, size, { own: true });
      const body = { items: [{ manifest, node }], ttlSeconds: 3600, owner: 'race' };
      const request = randomUUID();
      const sentAt = Date.now();
      const known = await untilKnown(
        () => client.ask('POST', `${cluster}/reservations`, body, { 'idempotency-key': request }),
        within(30_000),
      );
      const granted = known?.answer.status === 201;
      const answer = known?.answer.body as ClaimAnswer;
      workload.operations.push({
        operation: 'claim',
        pod,
        size,
        request,
        gang: false,
        ttlSeconds: 3600,
        sentAt,
        answeredAt: Date.now(),
        outcome: known === undefined ? 'unknown' : granted ? 'granted' : 'refused',
        ...(granted && { id: answer.items[0]?.id, node, revision: answer.revision }),
      });
      return granted;
    }),
  );
  return outcomes.filter(Boolean).length;
}
