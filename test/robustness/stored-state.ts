/** What is stored, read through the API as a client would who begins anew. */
import { NoAnswer, type Answer, type Client } from './client.js';
import type { FinalState } from './history.js';
import { sleep } from './wait.js';
import type { ReservationAnswer } from './wire.js';

const cluster = '/v1/clusters/default';

async function ask(client: Client, path: string): Promise<Answer> {
  const answer = await client.ask('GET', path);
  // Storage that is away for a moment is no answer either.
  if (answer.status === 503) throw new NoAnswer(`GET ${path}: 503`);
  if (answer.status !== 200) throw new Error(`GET ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer;
}

/** Every pod with its node ('' for none), all of one revision. */
export async function readSnapshot(client: Client): Promise<{ revision: number; pods: Map<string, string> }> {
  interface Item {
    readonly kind: string;
    readonly metadata: { readonly namespace: string; readonly name: string };
    readonly spec: { readonly nodeName?: string };
  }
  const { body, revision } = await ask(client, `${cluster}/snapshot`);
  const { items } = body as { items: readonly Item[] };
  const pods = new Map<string, string>();
  for (const { kind, metadata, spec } of items)
    if (kind === 'Pod') pods.set(`${metadata.namespace}/${metadata.name}`, spec.nodeName ?? '');
  return { revision, pods };
}

/** All pages; each may be of a later revision than the one before. */
export async function readReservations(
  client: Client,
  query: { readonly status?: string; readonly minRevision?: number } = {},
): Promise<ReservationAnswer[]> {
  const options = Object.entries(query).map(([name, value]) => `&${name}=${value}`);
  const items: ReservationAnswer[] = [];
  let cursor: string | null = null;
  do {
    const from: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const { body } = await ask(client, `${cluster}/reservations?limit=1000${options.join('')}${from}`);
    const page = body as { items: ReservationAnswer[]; nextCursor: string | null };
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return items;
}

/**
 * Everything as of one revision, `expiry` of ended reservations too. Short-lived claims still expire: it is read again
 * until nothing moved while it was read.
 */
export async function readFinalState(client: Client): Promise<{ final: FinalState; expiry: Map<string, string> }> {
  for (let attempt = 1; ; attempt++) {
    const { revision: before } = await ask(client, cluster);
    const reservations = await readReservations(client);
    const { revision, pods } = await readSnapshot(client);
    if (before !== revision && attempt < 20) {
      await sleep(500);
      continue;
    }
    const granted = reservations.filter(({ status }) => status === 'granted');
    return {
      final: { revision, pods, granted: new Map(granted.map(({ id, pod, node }) => [id, { pod, node }])) },
      expiry: new Map(reservations.map(({ id, expiresAt }) => [id, expiresAt])),
    };
  }
}
