/** Followers of the change log, by polling and by server-sent events. Each keeps what it saw, in order. */
import { get } from 'node:http';
import { Client, NoAnswer } from './client.js';
import type { LoggedEvent } from './history.js';
import { sleep } from './wait.js';
import { readChange, type ChangeItem, type ChangesAnswer } from './wire.js';

const path = '/v1/clusters/default/changes';

/** One request for what follows `cursor`; undefined when the service gives no answer. */
export async function readPage(
  client: Client,
  cursor: string | undefined,
): Promise<ChangesAnswer | 'compacted' | undefined> {
  const query = cursor === undefined ? '?limit=1000' : `?limit=1000&cursor=${encodeURIComponent(cursor)}`;
  try {
    const { status, body } = await client.ask('GET', `${path}${query}`);
    if (status === 200) return body as ChangesAnswer;
    return status === 410 ? 'compacted' : undefined;
  } catch (error) {
    if (error instanceof NoAnswer) return undefined;
    throw error;
  }
}

/** What a follower saw. */
export class Sightings {
  /** A new stretch begins where the log was compacted away under the follower. */
  readonly stretches: LoggedEvent[][] = [[]];

  saw(item: ChangeItem): void {
    this.stretches.at(-1)?.push(readChange(item));
  }

  compacted(): void {
    this.stretches.push([]);
  }

  get compactions(): number {
    return this.stretches.length - 1;
  }

  get lastRevision(): number {
    return this.stretches.at(-1)?.at(-1)?.revision ?? 0;
  }
}

export type Follower = PollingFollower | StreamingFollower;

export class PollingFollower {
  readonly seen = new Sightings();
  #stopped = false;
  readonly done: Promise<void>;

  constructor(
    readonly name: string,
    readonly clients: readonly [Client, ...Client[]],
    private cursor: string | undefined,
    /** Between two requests; a slow follower is one that compaction may overtake. */
    private readonly pauseMs = 100,
  ) {
    this.done = this.#follow();
  }

  stop(): void {
    this.#stopped = true;
  }

  async #follow(): Promise<void> {
    for (let turn = 0; !this.#stopped; turn++) {
      // Through all replicas in turn: a cursor means the same everywhere.
      const client = this.clients[turn % this.clients.length] ?? this.clients[0];
      const page = await readPage(client, this.cursor);
      if (page === 'compacted') {
        this.seen.compacted();
        this.cursor = undefined;
      } else if (page !== undefined) {
        for (const item of page.items) this.seen.saw(item);
        this.cursor = page.nextCursor;
      }
      await sleep(page === undefined ? 100 : this.pauseMs);
    }
  }
}

export class StreamingFollower {
  readonly seen = new Sightings();
  #stopped = false;
  readonly done: Promise<void>;
  reconnects = 0;

  constructor(
    readonly name: string,
    readonly bases: readonly [string, ...string[]],
    private cursor: string | undefined,
  ) {
    this.done = this.#follow();
  }

  stop(): void {
    this.#stopped = true;
  }

  async #follow(): Promise<void> {
    for (let turn = 0; !this.#stopped; turn++) {
      await this.#stream(this.bases[turn % this.bases.length] ?? this.bases[0]);
      this.reconnects++;
      await sleep(50);
    }
  }

  /** Until the connection ends or the follower is stopped. */
  #stream(base: string): Promise<void> {
    return new Promise((resolve) => {
      const query = this.cursor === undefined ? '' : `?cursor=${encodeURIComponent(this.cursor)}`;
      const request = get(`${base}${path}${query}`, { headers: { accept: 'text/event-stream' } }, (response) => {
        if (response.statusCode === 410) {
          this.seen.compacted();
          this.cursor = undefined;
        }
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
        resolve();
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
    this.cursor = id;
    if (data !== '') this.seen.saw(JSON.parse(data) as ChangeItem);
  }
}
