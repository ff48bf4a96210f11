/**
 * Stopping without dropping an answer. Nest's own `close` either cuts requests that are being answered or waits for
 * clients that keep their connection open, so the few steps are written out here.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Of the event loop; the first may have begun before the signal came. */
const TURNS = 2;

export class Shutdown {
  private readonly controller = new AbortController();

  /** Aborted when stopping begins: event streams end on it. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get stopping(): boolean {
    return this.controller.signal.aborted;
  }

  /** Requests being answered, by connection. Node calls a connection that never sent a request neither idle nor busy. */
  private readonly busy = new Map<Socket, number>();

  /** Counts what each connection has in flight; to be called before the server listens. */
  watch(server: Server): void {
    server.on('connection', (socket: Socket) => {
      this.busy.set(socket, 0);
      socket.once('close', () => this.busy.delete(socket));
    });
    server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
      this.busy.set(socket, (this.busy.get(socket) ?? 0) + 1);
      response.once('close', () => {
        const left = (this.busy.get(socket) ?? 1) - 1;
        if (this.busy.has(socket)) this.busy.set(socket, left);
        if (left === 0 && this.stopping) socket.end();
      });
    });
  }

  /**
   * From now on `/readyz` says 503, answers carry `Connection: close`, and no connection is accepted. Resolves when all
   * requests in flight are answered, or after `timeoutMs`, when what is left is cut off.
   */
  async drain(server: Server, timeoutMs: number): Promise<void> {
    if (this.stopping) return;
    this.controller.abort();
    if (!server.listening) return;
    // A connection is idle only when nothing lies in it unread: what had been sent before the signal is in by then.
    for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
    const closed = new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    for (const [socket, requests] of this.busy) if (requests === 0) socket.destroy();
    const deadline = setTimeout(() => server.closeAllConnections(), timeoutMs);
    await closed;
    clearTimeout(deadline);
  }
}
