/**
 * Judges a run from its records alone (`history.ts`). Each rule is a function that returns sentences, one a violation;
 * a run that keeps every promise of API.md section 5 returns none. The rules are tested with planted faults beside.
 */
import type { ClaimAttempt, History, LoggedEvent, Size } from './history.js';

type Rule = (history: History) => string[];

const rules: Readonly<Record<string, Rule>> = {
  'the log is ordered and gap-free': logIsOrdered,
  'followers saw the log, whole and in order': followersSawTheLog,
  'no claim over-commits a node': noClaimOverCommits,
  'an acknowledged claim is there exactly once': acknowledgedClaimsExist,
  'a refused claim is not there': refusedClaimsDoNotExist,
  'a gang is granted whole or not at all': gangsAreWhole,
  'nothing is there that nobody asked for': nothingUnasked,
  'a claim ends once, and only for a reason': claimsEndOnce,
  'claims neither expire early nor linger': claimsExpireInTime,
  'an import is there whole or not at all': importsAreWhole,
  'what is stored is what the log says': finalStateIsTheLogs,
  'a follower that was overtaken knows what is stored': rebuiltIsStored,
};

export interface Violation {
  readonly rule: string;
  readonly sentence: string;
}

/** @returns every violation of every rule, at most `limit` a rule */
export function check(history: History, limit = 20): Violation[] {
  return Object.entries(rules).flatMap(([rule, violations]) =>
    violations(history)
      .slice(0, limit)
      .map((sentence) => ({ rule, sentence })),
  );
}

const place = (event: LoggedEvent): string => `${event.revision}.${event.sequence}`;

/**
 * Revisions grow by one (one write is one revision), positions within one count from 0. A revision that only moves
 * `asOf` or changes what this log does not show has an event too, so a missing number is a lost event.
 */
function logIsOrdered({ log, startRevision }: History): string[] {
  const violations: string[] = [];
  let revision = startRevision;
  let sequence = Number.POSITIVE_INFINITY;
  for (const event of log) {
    const continues = event.revision === revision && event.sequence === sequence + 1;
    const begins = event.revision === revision + 1 && event.sequence === 0;
    if (!continues && !begins) violations.push(`event ${place(event)} follows ${revision}.${sequence}`);
    ({ revision, sequence } = event);
  }
  return violations;
}

const text = (event: LoggedEvent): string =>
  JSON.stringify([
    event.revision,
    event.sequence,
    event.type,
    event.kind,
    event.name,
    event.node ?? null,
    event.reservation?.pod ?? null,
    event.reservation?.node ?? null,
    event.reservation?.status ?? null,
  ]);

/** What a follower saw is a contiguous stretch of the log that begins where it was to begin. */
function followersSawTheLog({ log, followers }: History): string[] {
  const index = new Map(log.map((event, i) => [place(event), i]));
  return followers.flatMap(({ follower, after, events }) => {
    const violations: string[] = [];
    const begin = log.findIndex(({ revision }) => revision > after);
    let previous = (begin < 0 ? log.length : begin) - 1;
    for (const event of events) {
      const i = index.get(place(event));
      const logged = i === undefined ? undefined : log[i];
      if (i === undefined || logged === undefined) violations.push(`${follower}: ${place(event)} is not in the log`);
      else if (i !== previous + 1) {
        const before = log[previous];
        violations.push(`${follower}: ${place(event)} came after ${before === undefined ? after : place(before)}`);
      } else if (text(logged) !== text(event))
        violations.push(`${follower}: ${text(event)}, the log has ${text(logged)}`);
      previous = i ?? previous;
    }
    return violations;
  });
}

interface Usage {
  cpu: number;
  memory: number;
  pods: number;
}

/** The log played from the start: who occupies which node at each revision. */
class Replay {
  readonly reservations = new Map<string, { pod: string; node: string; expiresAt: string }>();
  readonly pods = new Map<string, string>();
  readonly usage = new Map<string, Usage>();

  constructor(
    readonly sizes: ReadonlyMap<string, Size>,
    initialPods: ReadonlyMap<string, string>,
  ) {
    for (const [pod, node] of initialPods) this.#occupy(pod, node, this.pods);
  }

  #add(node: string, pod: string, sign: 1 | -1): void {
    const size = this.sizes.get(pod) ?? { cpu: 0, memory: 0 };
    const usage = this.usage.get(node) ?? { cpu: 0, memory: 0, pods: 0 };
    usage.cpu += sign * size.cpu;
    usage.memory += sign * size.memory;
    usage.pods += sign;
    this.usage.set(node, usage);
  }

  #occupy(pod: string, node: string, pods: Map<string, string>): void {
    pods.set(pod, node);
    this.#add(node, pod, 1);
  }

  /** @returns the node on which this event newly claims room, if it does */
  apply(event: LoggedEvent): string | undefined {
    if (event.kind === 'Pod') {
      const before = this.pods.get(event.name);
      if (before !== undefined) {
        this.#add(before, event.name, -1);
        this.pods.delete(event.name);
      }
      if (event.type !== 'DELETED' && event.node) this.#occupy(event.name, event.node, this.pods);
    } else if (event.kind === 'Reservation') {
      const before = this.reservations.get(event.name);
      if (before !== undefined) {
        this.#add(before.node, before.pod, -1);
        this.reservations.delete(event.name);
      }
      if (event.type !== 'DELETED' && event.reservation?.status === 'granted') {
        const { pod, node, expiresAt } = event.reservation;
        this.reservations.set(event.name, { pod, node, expiresAt });
        this.#add(node, pod, 1);
        if (before === undefined) return node;
      }
    }
    return undefined;
  }
}

/** The log in revisions: what one write did appears at once, so only states between revisions count. */
function* revisions(log: readonly LoggedEvent[]): Generator<readonly LoggedEvent[]> {
  let events: LoggedEvent[] = [];
  for (const event of log) {
    if (events.length > 0 && events[0]?.revision !== event.revision) {
      yield events;
      events = [];
    }
    events.push(event);
  }
  if (events.length > 0) yield events;
}

/** Imports are never refused for lack of room; claims are, at every revision. */
function noClaimOverCommits({ nodes, sizes, initialPods, log }: History): string[] {
  const violations: string[] = [];
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const replay = new Replay(sizes, initialPods);
  for (const events of revisions(log)) {
    const claimed = new Set(events.map((event) => replay.apply(event)).filter((node) => node !== undefined));
    for (const name of claimed) {
      const node = byName.get(name);
      const usage = replay.usage.get(name);
      if (node === undefined || usage === undefined)
        violations.push(`revision ${events[0]?.revision}: claim on unknown node ${name}`);
      else if (usage.cpu > node.allocatable.cpu || usage.memory > node.allocatable.memory || usage.pods > node.pods)
        violations.push(
          `revision ${events[0]?.revision}: ${name} has ${usage.cpu}m of ${node.allocatable.cpu}m, ${usage.memory}Mi of ${node.allocatable.memory}Mi, ${usage.pods} of ${node.pods} pods`,
        );
    }
  }
  return violations;
}

const claims = ({ operations }: History): ClaimAttempt[] =>
  operations.filter((operation): operation is ClaimAttempt => operation.operation === 'claim');

/** The event that first grants each reservation, and how often one was granted anew, by pod. */
function grants(log: readonly LoggedEvent[]): Map<string, LoggedEvent[]> {
  const seen = new Set<string>();
  const found = new Map<string, LoggedEvent[]>();
  for (const event of log) {
    if (event.kind !== 'Reservation' || event.reservation === undefined || seen.has(event.name)) continue;
    seen.add(event.name);
    const events = found.get(event.reservation.pod) ?? [];
    events.push(event);
    found.set(event.reservation.pod, events);
  }
  return found;
}

function acknowledgedClaimsExist(history: History): string[] {
  const granted = grants(history.log);
  return claims(history).flatMap((claim) => {
    const events = granted.get(claim.pod) ?? [];
    const [event] = events;
    if (claim.outcome !== 'granted')
      return events.length > 1 ? [`${claim.pod} was asked for once and granted ${events.length} times`] : [];
    if (event === undefined) return [`${claim.pod} was acknowledged as ${claim.id} and is not in the log`];
    if (events.length > 1) return [`${claim.pod} was asked for once and granted ${events.length} times`];
    if (event.name !== claim.id) return [`${claim.pod} was acknowledged as ${claim.id} and logged as ${event.name}`];
    if (event.reservation?.node !== claim.node)
      return [`${claim.pod} was promised ${claim.node} and logged on ${event.reservation?.node}`];
    if (claim.revision !== undefined && event.revision !== claim.revision)
      return [`${claim.pod} was acknowledged at revision ${claim.revision} and logged at ${event.revision}`];
    return [];
  });
}

function refusedClaimsDoNotExist(history: History): string[] {
  const granted = grants(history.log);
  return claims(history)
    .filter(({ outcome, pod }) => outcome === 'refused' && granted.has(pod))
    .map(({ pod }) => `${pod} was refused and is in the log`);
}

function gangsAreWhole(history: History): string[] {
  const granted = grants(history.log);
  const gangs = new Map<string, ClaimAttempt[]>();
  for (const claim of claims(history))
    if (claim.gang) gangs.set(claim.request, [...(gangs.get(claim.request) ?? []), claim]);
  return [...gangs].flatMap(([request, members]) => {
    const revisionsOf = new Set(members.map(({ pod }) => granted.get(pod)?.[0]?.revision));
    return revisionsOf.size > 1
      ? [`gang ${request}: granted at revisions ${[...revisionsOf].map(String).join(', ')}`]
      : [];
  });
}

function nothingUnasked(history: History): string[] {
  const asked = new Set(claims(history).map(({ pod }) => pod));
  return [...grants(history.log).keys()]
    .filter((pod) => !asked.has(pod))
    .map((pod) => `${pod} is in the log and nobody asked for it`);
}

const endings = new Set(['released', 'expired', 'lost', 'consumed']);

function claimsEndOnce(history: History): string[] {
  const violations: string[] = [];
  const ended = new Map<string, string>();
  for (const event of history.log) {
    if (event.kind !== 'Reservation') continue;
    const status = event.reservation?.status ?? 'deleted';
    const before = ended.get(event.name);
    if (status === 'granted') {
      if (before !== undefined) violations.push(`${event.name}: ${before}, then granted again at ${place(event)}`);
    } else if (status === 'deleted') {
      // Forgetting an ended one, a day later, is no second end.
      if (before === undefined) violations.push(`${event.name}: deleted at ${place(event)} while granted`);
    } else if (!endings.has(status)) violations.push(`${event.name}: status ${status} at ${place(event)}`);
    else if (before !== undefined) violations.push(`${event.name}: ${before}, then ${status} at ${place(event)}`);
    else ended.set(event.name, status);
  }
  const asked = new Map<string, Set<string>>();
  for (const operation of history.operations)
    if (operation.operation === 'release' || operation.operation === 'consume') {
      const operations = asked.get(operation.id) ?? new Set();
      operations.add(operation.operation === 'release' ? 'released' : 'consumed');
      asked.set(operation.id, operations);
      // Confirmed or not found because another end came first: in both cases it must have ended.
      if (operation.outcome === 'confirmed' && !ended.has(operation.id))
        violations.push(`${operation.id}: its ${operation.operation} was acknowledged and it never ended`);
    }
  for (const [id, status] of ended)
    if ((status === 'released' || status === 'consumed') && !asked.get(id)?.has(status))
      violations.push(`${id}: ${status}, and nobody asked for that`);
  return violations;
}

/** Longer silence in the log means that nobody ran. */
const silence = 1000;

/**
 * How much of the time between two moments the service lived, judged by its log: nothing expires while nobody runs.
 *
 * @param times of all events, sorted
 */
function livedBetween(times: readonly number[], from: number, to: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  let lived = 0;
  let previous = from;
  for (let i = low; i < times.length && (times[i] ?? to) <= to; i++) {
    const time = times[i] ?? to;
    lived += Math.min(time - previous, silence);
    previous = time;
  }
  return lived;
}

/** How late the sweeper may be, milliseconds, on a machine busy with everything that the suite does to it. */
const sweepSlack = 10_000;

/** An expiry is logged no earlier than TTL after the last grant or renewal and little later, clock jumps aside. */
function claimsExpireInTime(history: History): string[] {
  const violations: string[] = [];
  const expiry = new Map<string, number>();
  const times = history.log.map((event) => Date.parse(event.at)).sort((a, b) => a - b);
  for (const event of history.log) {
    if (event.kind !== 'Reservation' || event.reservation === undefined) continue;
    if (event.reservation.status === 'granted') expiry.set(event.name, Date.parse(event.reservation.expiresAt));
    if (event.reservation.status !== 'expired') continue;
    const due = expiry.get(event.name);
    const at = Date.parse(event.at);
    if (due === undefined) violations.push(`${event.name}: expired and was never granted`);
    else if (at < due - 1) violations.push(`${event.name}: expired ${due - at} ms early`);
    else {
      const late = livedBetween(times, due, at) - history.clockJump;
      if (late > sweepSlack) violations.push(`${event.name}: expired ${late} ms late`);
    }
  }
  for (const claim of claims(history)) {
    // What the client was promised: not gone before TTL counted from when it asked (its own clock was not moved).
    const due = claim.id === undefined ? undefined : expiry.get(claim.id);
    if (
      claim.outcome === 'granted' &&
      due !== undefined &&
      due + history.clockJump < claim.sentAt + claim.ttlSeconds * 1000
    )
      violations.push(`${claim.pod}: promised ${claim.ttlSeconds} s at ${claim.sentAt} and due at ${due}`);
  }
  return violations;
}

function importsAreWhole(history: History): string[] {
  const added = new Map<string, number>();
  for (const event of history.log)
    if (event.kind === 'Pod' && event.type !== 'DELETED' && !added.has(event.name))
      added.set(event.name, event.revision);
  return history.operations.flatMap((operation) => {
    if (operation.operation !== 'import') return [];
    const revisionsOf = new Set(operation.pods.map((pod) => added.get(pod)));
    const [first] = operation.pods;
    if (revisionsOf.size > 1)
      return [`import of ${first} …: its pods came at ${[...revisionsOf].map(String).join(', ')}`];
    const [revision] = revisionsOf;
    if (operation.outcome === 'confirmed' && revision === undefined)
      return [`import of ${first} … was acknowledged and is not there`];
    if (operation.outcome === 'confirmed' && operation.revision !== undefined && operation.revision !== revision)
      return [`import of ${first} … was acknowledged at ${operation.revision} and logged at ${revision}`];
    if (operation.outcome === 'refused' && revision !== undefined)
      return [`import of ${first} … was refused and is there`];
    return [];
  });
}

function finalStateIsTheLogs({ sizes, initialPods, log, startRevision, final }: History): string[] {
  const replay = new Replay(sizes, initialPods);
  for (const event of log) replay.apply(event);
  const violations: string[] = [];
  const last = log.at(-1)?.revision ?? startRevision;
  if (last !== final.revision) violations.push(`the log ends at revision ${last}, the cluster is at ${final.revision}`);
  for (const [id, { pod, node }] of replay.reservations) {
    const stored = final.granted.get(id);
    if (stored === undefined) violations.push(`${id} (${pod}) is granted by the log and not stored`);
    else if (stored.node !== node || stored.pod !== pod)
      violations.push(`${id}: the log says ${pod} on ${node}, stored is ${stored.pod} on ${stored.node}`);
  }
  for (const [id, { pod }] of final.granted)
    if (!replay.reservations.has(id)) violations.push(`${id} (${pod}) is stored and not granted by the log`);
  for (const [pod, node] of replay.pods)
    if (final.pods.get(pod) !== node) violations.push(`${pod}: the log says ${node}, stored is ${final.pods.get(pod)}`);
  for (const [pod, node] of final.pods)
    if (node !== '' && !replay.pods.has(pod)) violations.push(`${pod} is stored on ${node} and not in the log`);
  return violations;
}

function rebuiltIsStored({ rebuilt, final }: History): string[] {
  const described = ({ pod, node }: { pod: string; node: string }): string => `${pod} on ${node}`;
  return rebuilt.flatMap(({ follower, granted, pods }) => [
    ...differences(granted, final.granted, described).map((sentence) => `${follower}: reservation ${sentence}`),
    ...differences(pods, final.pods, (node) => node || 'no node').map((sentence) => `${follower}: pod ${sentence}`),
  ]);
}

function differences<T>(
  known: ReadonlyMap<string, T>,
  stored: ReadonlyMap<string, T>,
  described: (value: T) => string,
): string[] {
  const shown = (value: T | undefined): string => (value === undefined ? 'nothing' : described(value));
  return [...new Set([...known.keys(), ...stored.keys()])]
    .filter((key) => shown(known.get(key)) !== shown(stored.get(key)))
    .map((key) => `${key}: it knows ${shown(known.get(key))}, stored is ${shown(stored.get(key))}`);
}
