/**
 * Writers: each a loop of claims, releases, renewals and imports from its own seeded source, under idempotency keys. What
 * gets no answer, or a retryable one, is asked again under the same key until its outcome is known: that is the promise
 * (API.md 5) under test.
 */
import { randomUUID } from 'node:crypto';
import type { Client } from './client.js';
import { untilKnown, within, type Definite } from './until-known.js';
import type { ClaimAttempt, Operation, Size } from './history.js';
import type { Random } from './random.js';
import { podManifest, type ClaimAnswer } from './wire.js';

const cluster = '/v1/clusters/default';
const cpus = [100, 250, 500, 1000] as const;
const memories = [128, 256, 512, 1024] as const;

export interface Workload {
  readonly operations: Operation[];
  readonly sizes: Map<string, Size>;
  /** Definite answers, and requests without one. */
  answered: number;
  unanswered: number;
  /** Answers that a healthy client never sees: 5xx other than 503 and 507, 400 … */
  readonly surprises: string[];
}

interface Held {
  readonly id: string;
  readonly pod: string;
  readonly node: string;
}

export class Writer {
  #stopped = false;
  readonly #held: Held[] = [];
  readonly #consumed: string[] = [];
  #count = 0;
  readonly done: Promise<void>;

  constructor(
    readonly name: string,
    /** Every replica's address; the writer stays with one until it gets no answer. */
    readonly clients: readonly [Client, ...Client[]],
    readonly random: Random,
    readonly nodes: readonly [string, ...string[]],
    readonly workload: Workload,
  ) {
    this.done = this.#work();
  }

  stop(): void {
    this.#stopped = true;
  }

  async #work(): Promise<void> {
    while (!this.#stopped) await this.#step();
  }

  async #step(): Promise<void> {
    const dice = this.random.next();
    const held = this.#held.length > 0 && this.random.next() < 0.9;
    if (dice < 0.5 || !held) await this.#claim(1, {});
    else if (dice < 0.56) await this.#claim(1, { node: this.random.pick(this.nodes) });
    else if (dice < 0.62) await this.#claim(3, { gang: true });
    else if (dice < 0.66) await this.#claim(2, {});
    else if (dice < 0.86) await this.#release();
    else if (dice < 0.9) await this.#renew();
    else if (dice < 0.95) await this.#consume();
    else if (dice < 0.97) await this.#removeConsumed();
    else await this.#import();
  }

  #newPod(): { pod: string; size: Size } {
    const pod = `${this.name}/p-${this.#count++}`;
    const size = { cpu: this.random.pick(cpus), memory: this.random.pick(memories) };
    this.workload.sizes.set(pod, size);
    return { pod, size };
  }

  /** Asks until the outcome is known or the run has been over for 30 s. */
  async #definite(method: string, path: string, body: unknown, key?: string): Promise<Definite | undefined> {
    let over: (() => boolean) | undefined;
    const known = await untilKnown(
      () =>
        this.random
          .pick(this.clients)
          .ask(method, `${cluster}${path}`, body, key === undefined ? {} : { 'idempotency-key': key }),
      () => {
        this.workload.unanswered++;
        if (!this.#stopped) return false;
        over ??= within(30_000);
        return over();
      },
      () => 50 + this.random.below(150),
    );
    if (known === undefined) return undefined;
    this.workload.answered++;
    const { status, body: answered } = known.answer;
    if (status >= 500 || status === 400 || status === 415)
      this.workload.surprises.push(`${method} ${path}: ${status} ${JSON.stringify(answered).slice(0, 300)}`);
    return known;
  }

  async #claim(count: number, { node, gang = false }: { node?: string; gang?: boolean }): Promise<void> {
    const pods = Array.from({ length: count }, () => this.#newPod());
    const ttlSeconds = this.random.next() < 0.1 ? 2 + this.random.below(3) : 3600;
    const request = randomUUID();
    const sentAt = Date.now();
    const body = {
      items: pods.map(({ pod, size }) => ({ manifest: podManifest(pod, size), ...(node !== undefined && { node }) })),
      gang,
      ttlSeconds,
      owner: this.name,
    };
    const definite = await this.#definite('POST', '/reservations', body, request);
    const answer = definite?.answer.status === 201 ? (definite.answer.body as ClaimAnswer) : undefined;
    for (const [i, { pod, size }] of pods.entries()) {
      const item = answer?.items[i];
      const granted = item?.id !== undefined && item.status === 'granted' && typeof item.node === 'string';
      const attempt: ClaimAttempt = {
        operation: 'claim',
        pod,
        size,
        request,
        gang,
        ttlSeconds,
        sentAt,
        answeredAt: Date.now(),
        outcome: definite === undefined ? 'unknown' : granted ? 'granted' : 'refused',
        ...(granted && { id: item.id, node: item.node ?? '' }),
        ...(granted && (count === 1 || gang) && { revision: answer?.revision }),
      };
      this.workload.operations.push(attempt);
      if (granted && item.id !== undefined) this.#held.push({ id: item.id, pod, node: item.node ?? '' });
    }
  }

  #takeHeld(): Held | undefined {
    const [held] = this.#held.splice(this.random.below(this.#held.length), 1);
    return held;
  }

  async #release(): Promise<void> {
    const held = this.#takeHeld();
    if (held === undefined) return;
    const sentAt = Date.now();
    const definite = await this.#definite('DELETE', `/reservations/${held.id}`, undefined);
    this.workload.operations.push({
      operation: 'release',
      pod: held.pod,
      id: held.id,
      sentAt,
      answeredAt: Date.now(),
      outcome:
        definite === undefined
          ? 'unknown'
          : definite.answer.status < 300
            ? 'confirmed'
            : definite.retried
              ? 'unknown'
              : 'refused',
    });
  }

  async #renew(): Promise<void> {
    const held = this.#held[this.random.below(this.#held.length)];
    if (held === undefined) return;
    const sentAt = Date.now();
    const ttlSeconds = 3600;
    const definite = await this.#definite('PATCH', `/reservations/${held.id}`, { ttlSeconds });
    this.workload.operations.push({
      operation: 'renew',
      pod: held.pod,
      id: held.id,
      ttlSeconds,
      sentAt,
      answeredAt: Date.now(),
      outcome: definite === undefined ? 'unknown' : definite.answer.status < 300 ? 'confirmed' : 'refused',
    });
  }

  /** The promised pod arrives on its node. */
  async #consume(): Promise<void> {
    const held = this.#takeHeld();
    const size = held === undefined ? undefined : this.workload.sizes.get(held.pod);
    if (held === undefined || size === undefined) return;
    const sentAt = Date.now();
    // Long-lived claims only: an expired one's pod would arrive where its room may be promised to somebody else.
    const definite = await this.#definite(
      'POST',
      '/import',
      podManifest(held.pod, size, { nodeName: held.node }),
      randomUUID(),
    );
    const confirmed = definite?.answer.status === 200;
    this.workload.operations.push(
      {
        operation: 'import',
        pods: [held.pod],
        outcome: definite === undefined ? 'unknown' : confirmed ? 'confirmed' : 'refused',
      },
      // The import is the promise; whether it consumed or the reservation had expired is for the log to say.
      { operation: 'consume', pod: held.pod, id: held.id, sentAt, answeredAt: Date.now(), outcome: 'unknown' },
    );
    if (confirmed) this.#consumed.push(held.pod);
  }

  async #removeConsumed(): Promise<void> {
    const [pod] = this.#consumed.splice(0, 1);
    if (pod === undefined) return;
    const [namespace, name] = pod.split('/');
    await this.#definite('DELETE', `/namespaces/${namespace}/pods/${name}`, undefined);
  }

  /** Pending pods: they occupy nothing, and come all or not at all. */
  async #import(): Promise<void> {
    const pods = Array.from({ length: 5 }, () => this.#newPod());
    const items = pods.map(({ pod, size }) => podManifest(pod, size));
    const definite = await this.#definite('POST', '/import', { apiVersion: 'v1', kind: 'List', items }, randomUUID());
    const revision = definite?.answer.status === 200 ? (definite.answer.body as ClaimAnswer).revision : undefined;
    const confirmed = revision !== undefined;
    this.workload.operations.push({
      operation: 'import',
      pods: pods.map(({ pod }) => pod),
      outcome: definite === undefined ? 'unknown' : confirmed ? 'confirmed' : 'refused',
      ...(confirmed && { revision }),
    });
  }
}
