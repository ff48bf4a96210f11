/**
 * Judges a race while it is run, so that a million claims need no more memory than one round: what clients were told and
 * what the change log says go in, in any order, and are forgotten once they agree. Tested with planted faults beside.
 */
import type { LoggedEvent } from './history.js';

/** What a client was told of one pod. */
export interface Grant {
  readonly pod: string;
  readonly id: string;
  readonly node: string;
  readonly revision: number;
}

/** More would say nothing new. */
const MAX_VIOLATIONS = 50;

export class RaceChecker {
  readonly violations: string[] = [];
  /** Reservations that the log says are granted: id → node. */
  readonly open = new Map<string, string>();
  readonly #used = new Map<string, number>();
  /** By pod: told and not yet found in the log, and the other way round. */
  readonly #told = new Map<string, Grant>();
  readonly #logged = new Map<string, Grant>();
  /** Requests without an answer: each may have been granted, whole, or not at all. */
  #unknown: (readonly string[])[] = [];
  readonly #releasing = new Set<string>();
  #released: string[] = [];
  #revision: number;
  #sequence = Number.POSITIVE_INFINITY;
  granted = 0;

  /**
   * @param slots how many claims each node has room for
   * @param after the revision behind which the log begins
   */
  constructor(
    readonly slots: ReadonlyMap<string, number>,
    after: number,
  ) {
    this.#revision = after;
  }

  /** The revision up to which the log is known. */
  get revision(): number {
    return this.#revision;
  }

  #violation(sentence: string): void {
    if (this.violations.length < MAX_VIOLATIONS) this.violations.push(sentence);
  }

  /** A 201. A refusal need not be told: what is granted and was told to nobody is found. */
  tellGranted(grant: Grant): void {
    const logged = this.#logged.get(grant.pod);
    if (logged === undefined) this.#told.set(grant.pod, grant);
    else {
      this.#logged.delete(grant.pod);
      this.#compare(grant, logged);
    }
  }

  /** The pods of one request that got no answer. */
  tellUnknown(pods: readonly string[]): void {
    this.#unknown.push(pods);
  }

  /** To be called before a release is asked for. */
  tellReleasing(id: string): void {
    this.#releasing.add(id);
  }

  tellReleased(id: string): void {
    this.#released.push(id);
  }

  #compare(told: Grant, logged: Grant): void {
    const text = ({ id, node, revision }: Grant): string => `${id} on ${node} at ${revision}`;
    if (text(told) !== text(logged)) this.#violation(`${told.pod}: told ${text(told)}, logged ${text(logged)}`);
  }

  /** The next event of the log. */
  read({ revision, sequence, kind, name, reservation }: LoggedEvent): void {
    const continues = revision === this.#revision && sequence === this.#sequence + 1;
    const begins = revision === this.#revision + 1 && sequence === 0;
    if (!continues && !begins)
      this.#violation(`event ${revision}.${sequence} follows ${this.#revision}.${this.#sequence}`);
    this.#revision = revision;
    this.#sequence = sequence;
    if (kind !== 'Reservation') return;
    if (reservation?.status === 'granted') this.#grant({ ...reservation, id: name, revision });
    else this.#end(name, reservation?.status ?? 'deleted');
  }

  #grant({ pod, id, node, revision }: Grant): void {
    if (this.open.has(id)) this.#violation(`${id} was granted twice`);
    this.open.set(id, node);
    this.granted++;
    const used = (this.#used.get(node) ?? 0) + 1;
    this.#used.set(node, used);
    const room = this.slots.get(node) ?? 0;
    if (used > room) this.#violation(`revision ${revision}: ${used} claims in ${room} slots of ${node}`);
    const told = this.#told.get(pod);
    if (told !== undefined) {
      this.#told.delete(pod);
      this.#compare(told, { pod, id, node, revision });
    } else if (this.#logged.has(pod)) this.#violation(`${pod} was asked for once and granted twice`);
    else this.#logged.set(pod, { pod, id, node, revision });
  }

  #end(id: string, status: string): void {
    const node = this.open.get(id);
    if (node === undefined) this.#violation(`${id}: ${status} and not granted`);
    else this.#used.set(node, (this.#used.get(node) ?? 0) - 1);
    this.open.delete(id);
    if (status !== 'released') this.#violation(`${id}: ${status}, and only releases were to end it`);
    else if (!this.#releasing.delete(id)) this.#violation(`${id}: released, and nobody asked for that`);
  }

  /** All that was asked has been answered or given up, and the log has been read to its end: nothing may be left over. */
  endRound(): void {
    for (const { pod, id } of this.#told.values())
      this.#violation(`${pod} was acknowledged as ${id} and is not logged`);
    for (const id of this.#released)
      if (this.open.has(id)) this.#violation(`${id}: its release was acknowledged and is not logged`);
    for (const pods of this.#unknown) {
      const revisions = new Set(pods.map((pod) => this.#logged.get(pod)?.revision));
      if (revisions.size > 1) this.#violation(`${pods.join(', ')}: granted at ${[...revisions].join(', ')}, not whole`);
      for (const pod of pods) this.#logged.delete(pod);
    }
    for (const { pod, id } of this.#logged.values())
      this.#violation(`${pod} was granted as ${id}, and the client was refused or never asked`);
    this.#told.clear();
    this.#logged.clear();
    this.#releasing.clear();
    this.#released = [];
    this.#unknown = [];
  }
}
