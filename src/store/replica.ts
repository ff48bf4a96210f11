/**
 * This process's published state of one cluster. Publishing is the assignment of one reference; what was published is
 * never changed. The committer and the follower both publish, so a state only ever replaces an older one.
 */
import type { LoadedState } from './load-state.js';
import { StoreError, type ClusterState } from './store.js';

export class Replica {
  private readonly listeners = new Set<(state: ClusterState) => void>();
  private dropped = false;
  /** Commits of this process under way: the follower leaves the cluster to them. */
  committing = 0;

  constructor(private current: LoadedState) {}

  get state(): ClusterState {
    return this.current.state;
  }

  get loaded(): LoadedState {
    return this.current;
  }

  publish(next: LoadedState): void {
    if (this.dropped || next.state.revision <= this.current.state.revision) return;
    this.current = next;
    this.notify();
  }

  /** Replaces whatever is published: after the database was found to be another than thought (restored from a backup). */
  replace(next: LoadedState): void {
    this.current = next;
    this.notify();
  }

  subscribe(listener: (state: ClusterState) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The cluster is gone: those who wait for a revision learn it. */
  drop(): void {
    this.dropped = true;
    this.notify();
  }

  waitFor(revision: number, timeoutMs: number): Promise<ClusterState> {
    return new Promise((resolve, reject) => {
      const settle = (): boolean => {
        if (this.dropped) reject(new StoreError('not_found', `cluster "${this.state.name}" not found`));
        else if (this.state.revision >= revision) resolve(this.state);
        else return false;
        clearTimeout(timer);
        unsubscribe();
        return true;
      };
      const unsubscribe = this.subscribe(settle);
      const timer = setTimeout(() => {
        unsubscribe();
        const { name, revision: reached } = this.state;
        const message = `cluster "${name}" is at revision ${reached}, ${revision} was not reached in ${timeoutMs} ms`;
        reject(new StoreError('revision_not_reached', message));
      }, timeoutMs);
      settle();
    });
  }

  private notify(): void {
    for (const listener of this.listeners) listener(this.current.state);
  }
}
