/** Samples whether the models that answers come from are what the stored rows make of them (DESIGN 4). */
import type { Store, Verification } from '../store/store.js';

export class ModelChecks {
  private running: Promise<void> | null = null;
  private turn = 0;

  /** @param report what came out, of which cluster */
  constructor(
    private readonly store: Pick<Store, 'clusters' | 'verify'>,
    private readonly report: (cluster: string, result: Verification) => void,
  ) {}

  /** Compares the next cluster in turn. One at a time: a comparison still running is the sample. */
  sample(): Promise<void> {
    this.running ??= this.compare().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  private async compare(): Promise<void> {
    const states = this.store.clusters();
    const state = states[this.turn++ % Math.max(1, states.length)];
    if (state === undefined) return;
    const result = await this.store.verify(state.name);
    if (result.met) this.report(state.name, result);
  }
}
