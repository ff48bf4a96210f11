/**
 * Stopping without dropping an answer. Nest's own `close` either cuts requests that are being answered or waits for
 * clients that keep their connection open, so the few steps are written out here.
 */
import type { Server } from 'node:http';

export class Shutdown {
  private readonly controller = new AbortController();

  /** Aborted when stopping begins: event streams end on it. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get stopping(): boolean {
    return this.controller.signal.aborted;
  }

  /**
   * From now on `/readyz` says 503, answers carry `Connection: close`, and no connection is accepted. Resolves when all
   * requests in flight are answered, or after `timeoutMs`, when what is left is cut off.
   */
  async drain(server: Server, timeoutMs: number): Promise<void> {
    if (this.stopping) return;
    this.controller.abort();
    if (!server.listening) return;
    const closed = new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    // a connection becomes idle when its answer is out; Node closes only those idle at this moment
    const idle = setInterval(() => server.closeIdleConnections(), 20);
    const deadline = setTimeout(() => server.closeAllConnections(), timeoutMs);
    await closed;
    clearInterval(idle);
    clearTimeout(deadline);
  }
}
