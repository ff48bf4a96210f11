/**
 * Followers of the change log, by polling and by server-sent events. Each keeps what it saw, in order. One that compaction
 * has overtaken (410) does as the API says: it reads a snapshot and goes on from its revision.
 */
import { get } from 'node:http';
import { Client, NoAnswer } from './client.js';
import type { LoggedEvent } from './history.js';
import { readReservations, readSnapshot } from './stored-state.js';
import { sleep } from './wait.js';
import { readChange, type ChangeItem, type ChangesAnswer } from './wire.js';

const path = '/v1/clusters/default/changes';

/** Where to go on: behind an event, or behind a whole revision. */
export type Position = { readonly cursor: string } | { readonly sinceRevision: number };

const query = (position: Position): string =>
  'cursor' in position
    ? `cursor=${encodeURIComponent(position.cursor)}`
    : `sinceRevision=${String(position.sinceRevision)}`;

/** One request for what follows the position; undefined when the service gives no answer. */
export async function readPage(
  client: Client,
  position: Position,
  limit = 1000,
): Promise<ChangesAnswer | 'compacted' | undefined> {
  try {
    const { status, body } = await client.ask('GET', `${path}?limit=${limit}&${query(position)}`);
    if (status === 200) return body as ChangesAnswer;
    return status === 410 ? 'compacted' : undefined;
  } catch (error) {
    if (error instanceof NoAnswer) return undefined;
    throw error;
  }
}

/** Everything from the position to the end of the log. */
export async function readLog(client: Client, from: Position): Promise<ChangeItem[]> {
  const items: ChangeItem[] = [];
  for (let position = from; ;) {
    const page = await readPage(client, position);
    if (page === undefined || page === 'compacted') throw new Error(`the change log cannot be read: ${String(page)}`);
    if (page.items.length === 0) return items;
    items.push(...page.items);
    position = { cursor: page.nextCursor };
  }
}

/** What a follower saw without interruption, and what it knows where it began with a snapshot. */
interface Stretch {
  readonly after: number;
  readonly events: LoggedEvent[];
  readonly state?: { readonly granted: Map<string, { pod: string; node: string }>; readonly pods: Map<string, string> };
}

/** What a follower saw: a new stretch begins where the log was compacted away under it. */
export class Sightings {
  readonly stretches: [Stretch, ...Stretch[]];

  constructor(after: number) {
    this.stretches = [{ after, events: [] }];
  }

  get current(): Stretch {
    return this.stretches.at(-1) ?? this.stretches[0];
  }

  saw(item: ChangeItem): void {
    const event = readChange(item);
    const { events, state } = this.current;
    events.push(event);
    if (state === undefined) return;
    if (event.kind === 'Pod') {
      if (event.type === 'DELETED') state.pods.delete(event.name);
      else state.pods.set(event.name, event.node ?? '');
    } else if (event.reservation !== undefined) {
      const { pod, node, status } = event.reservation;
      if (status === 'granted') state.granted.set(event.name, { pod, node });
      else state.granted.delete(event.name);
    }
  }

  /** Begins anew behind the revision of a snapshot. */
  rebuilt(after: number, state: Stretch['state']): void {
    this.stretches.push({ after, events: [], state });
  }

  get compactions(): number {
    return this.stretches.length - 1;
  }

  get lastRevision(): number {
    const { events, after } = this.current;
    return events.at(-1)?.revision ?? after;
  }
}

/**
 * Reads what there is: a snapshot of one revision and, after it, the reservations. These may be newer; the events from the
 * snapshot's revision on say so once more.
 */
async function rebuild(client: Client, seen: Sightings): Promise<Position | undefined> {
  try {
    const { revision, pods } = await readSnapshot(client);
    const reservations = await readReservations(client, { status: 'granted', minRevision: revision });
    const granted = new Map(reservations.map(({ id, pod, node }) => [id, { pod, node }]));
    seen.rebuilt(revision, { granted, pods });
    return { sinceRevision: revision };
  } catch (error) {
    // Asked again soon.
    if (error instanceof NoAnswer) return undefined;
    throw error;
  }
}

export type Follower = PollingFollower | StreamingFollower;

export class PollingFollower {
  readonly seen: Sightings;
  #stopped = false;
  readonly done: Promise<void>;

  constructor(
    readonly name: string,
    readonly clients: readonly [Client, ...Client[]],
    after: number,
    /** Between two requests, and events a request: a slow follower is one that compaction overtakes. */
    private pace = { pauseMs: 100, limit: 1000 },
  ) {
    this.seen = new Sightings(after);
    this.done = this.#follow({ sinceRevision: after });
  }

  stop(): void {
    this.#stopped = true;
  }

  /** From now on as fast as the others. */
  hurry(): void {
    this.pace = { pauseMs: 100, limit: 1000 };
  }

  async #follow(from: Position): Promise<void> {
    let position = from;
    for (let turn = 0; !this.#stopped; turn++) {
      // Through all replicas in turn: a position means the same everywhere.
      const client = this.clients[turn % this.clients.length] ?? this.clients[0];
      const { pauseMs, limit } = this.pace;
      const page = await readPage(client, position, limit);
      if (page === 'compacted') {
        position = (await rebuild(client, this.seen)) ?? position;
      } else if (page !== undefined) {
        for (const item of page.items) this.seen.saw(item);
        if (page.items.length > 0) position = { cursor: page.nextCursor };
      }
      await sleep(page === undefined ? 100 : pauseMs);
    }
  }
}

export class StreamingFollower {
  readonly seen: Sightings;
  #stopped = false;
  readonly done: Promise<void>;
  #position: Position;

  constructor(
    readonly name: string,
    readonly clients: readonly [Client, ...Client[]],
    after: number,
  ) {
    this.seen = new Sightings(after);
    this.#position = { sinceRevision: after };
    this.done = this.#follow();
  }

  stop(): void {
    this.#stopped = true;
  }

  async #follow(): Promise<void> {
    for (let turn = 0; !this.#stopped; turn++) {
      const client = this.clients[turn % this.clients.length] ?? this.clients[0];
      if ((await this.#stream(client.base)) === 'compacted')
        this.#position = (await rebuild(client, this.seen)) ?? this.#position;
      await sleep(50);
    }
  }

  /** Until the connection ends or the follower is stopped. */
  #stream(base: string): Promise<'compacted' | 'ended'> {
    return new Promise((resolve) => {
      let outcome: 'compacted' | 'ended' = 'ended';
      const url = `${base}${path}?${query(this.#position)}`;
      const request = get(url, { headers: { accept: 'text/event-stream' } }, (response) => {
        if (response.statusCode === 410) outcome = 'compacted';
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
          const blocks = text.split('\n\n');
          text = blocks.pop() ?? '';
          for (const block of blocks) this.#event(block);
        });
        response.on('close', finish);
        response.on('error', finish);
      });
      const patience = setInterval(() => {
        if (this.#stopped) request.destroy();
      }, 50);
      const finish = (): void => {
        clearInterval(patience);
        resolve(outcome);
      };
      request.on('error', finish);
      request.setTimeout(20_000, () => request.destroy());
    });
  }

  #event(block: string): void {
    let id: string | undefined;
    let data = '';
    for (const line of block.split('\n')) {
      if (line.startsWith('id:')) id = line.slice(3).trim();
      else if (line.startsWith('data:')) data += line.slice(5).trim();
    }
    if (id === undefined) return;
    this.#position = { cursor: id };
    if (data !== '') this.seen.saw(JSON.parse(data) as ChangeItem);
  }
}
