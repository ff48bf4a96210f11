/**
 * Follows what other processes write: reads every cluster's counter now and then (the truth) or when hinted, and brings
 * the published states to it. Counter, log and rows are read in one transaction, so nothing is missed or half seen.
 */
import { CLUSTER_COLUMNS, readClusterRow, type ClusterRow } from './cluster-row.js';
import { failpoint } from './failpoints.js';
import { catchUp, loadState, newsSteps } from './load-state.js';
import { Replica } from './replica.js';
import { rowsOf, select, type Database, type Session, type StepResult } from './session.js';

/** Under many writes a second, a poll each would cost more than the writes. */
const BURST_MS = 20;

export class Follower {
  private timer: NodeJS.Timeout | undefined;
  private polling: Promise<void> | null = null;
  private again = false;
  private soon: NodeJS.Timeout | undefined;
  private closed = false;
  /** False after a poll failed or before the first: models may be behind by more than a moment. */
  current = false;

  constructor(
    private readonly database: Database,
    private readonly replicas: Map<string, Replica>,
    private readonly pollMs: number,
  ) {
    database.onHint(() => this.hint());
  }

  start(): void {
    this.timer = setInterval(() => this.hint(), this.pollMs);
    this.timer.unref();
  }

  async stop(): Promise<void> {
    this.closed = true;
    clearInterval(this.timer);
    clearTimeout(this.soon);
    await this.polling?.catch(() => undefined);
  }

  /** Polls soon; at most one poll is under way, and hints that come in a burst share one. */
  hint(): void {
    if (this.closed || this.soon !== undefined) return;
    if (this.polling !== null) {
      this.again = true;
      return;
    }
    this.soon = setTimeout(() => {
      this.soon = undefined;
      this.poll().catch(() => undefined);
    }, BURST_MS);
  }

  /** One look at every counter. Resolves when the states are at least as new as the database was at the call. */
  async poll(): Promise<void> {
    while (this.polling !== null) await this.polling.catch(() => undefined);
    this.polling = this.pollOnce();
    try {
      await this.polling;
      this.current = true;
    } catch (error) {
      this.current = false;
      throw error;
    } finally {
      this.polling = null;
      if (this.again) {
        this.again = false;
        this.hint();
      }
    }
  }

  private async pollOnce(): Promise<void> {
    const rows = await this.database.read((session) =>
      rowsOf(session, select(`SELECT ${CLUSTER_COLUMNS} FROM cluster`)),
    );
    for (const row of rows.map(readClusterRow)) await this.follow(row);
  }

  private async follow(seen: ClusterRow): Promise<void> {
    const replica = this.replicas.get(seen.name);
    if (seen.deleted) {
      if (replica === undefined || replica.state.revision > seen.revision) return;
      this.replicas.delete(seen.name);
      replica.drop();
      return;
    }
    if (replica !== undefined && replica.state.revision === seen.revision) return;
    // A committer at work catches up by itself, and publishes what it commits.
    if (replica !== undefined && replica.committing > 0) return;
    await this.database.read(async (session) => await this.advance(session, seen.id, replica));
  }

  private async advance(session: Session, id: number, replica: Replica | undefined): Promise<void> {
    const from = replica?.loaded;
    const [[values], ...news] = (await session.run([
      select(`SELECT ${CLUSTER_COLUMNS} FROM cluster WHERE id = ?`, id),
      ...(from === undefined ? [] : newsSteps(from.state, from.classes)),
    ])) as [StepResult, ...StepResult[]];
    const row = values === undefined ? undefined : readClusterRow(values);
    if (row === undefined || row.deleted) return;
    failpoint('follow.before-apply');
    if (replica === undefined || from === undefined) {
      const loaded = await loadState(session, row);
      if (!this.replicas.has(row.name)) this.replicas.set(row.name, new Replica(loaded));
      return;
    }
    if (from.state.revision === row.revision) return;
    const caughtUp = await catchUp(session, from, row, news);
    if (caughtUp !== null) {
      replica.publish(caughtUp);
      return;
    }
    // Compacted, or the database is not the one that the state came from. A commit meanwhile is newer than both.
    const rebuilt = await loadState(session, row);
    if (replica.loaded === from) replica.replace(rebuilt);
  }
}
