/**
 * A TCP proxy between the service and PostgreSQL that can be told to misbehave: hold everything back (a black hole), cut
 * all connections, refuse new ones, or cut a connection after the server has carried out a COMMIT and before the client
 * hears of it, so that the client cannot know the outcome.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  /** A COMMIT was passed on; the next bytes from the server are its answer. */
  committing: boolean;
}

/** `COMMIT` in a simple query message of the PostgreSQL protocol: `Q`, length 11, text, 0. */
const commitMessage = Buffer.from('Q\0\0\0\x0bCOMMIT\0', 'latin1');

export class TcpProxy {
  readonly #pairs = new Set<Pair>();
  #held = false;
  #refusing = false;
  #commitsToCut = 0;
  #onCut: (() => void) | undefined;

  private constructor(
    readonly server: Server,
    readonly port: number,
  ) {}

  /** Listens on a free loopback port and passes everything on to `targetPort`. */
  static async start(targetPort: number): Promise<TcpProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('not a TCP address');
    const proxy = new TcpProxy(server, address.port);
    server.on('connection', (client) => proxy.#accept(client, targetPort));
    return proxy;
  }

  #accept(client: Socket, targetPort: number): void {
    if (this.#refusing) {
      client.resetAndDestroy();
      return;
    }
    const server = connect(targetPort, '127.0.0.1');
    const pair: Pair = { client, server, committing: false };
    this.#pairs.add(pair);
    const drop = (): void => this.#drop(pair);
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on('error', drop).on('close', drop);
      if (this.#held) socket.pause();
    }
    client.on('data', (bytes) => {
      if (this.#commitsToCut > 0 && bytes.includes(commitMessage)) {
        this.#commitsToCut -= 1;
        pair.committing = true;
      }
      server.write(bytes);
    });
    server.on('data', (bytes) => {
      if (pair.committing) {
        this.#drop(pair);
        if (this.#commitsToCut === 0) this.#onCut?.();
      } else client.write(bytes);
    });
  }

  #drop(pair: Pair): void {
    this.#pairs.delete(pair);
    pair.client.destroy();
    pair.server.destroy();
  }

  /** From now on nothing gets through in either direction; connections stay open. */
  blackHole(): void {
    this.#held = true;
    for (const { client, server } of this.#pairs) {
      client.pause();
      server.pause();
    }
  }

  /** Ends a black hole: what was held back arrives now. */
  heal(): void {
    this.#held = false;
    this.#refusing = false;
    for (const { client, server } of this.#pairs) {
      client.resume();
      server.resume();
    }
  }

  /** Cuts every connection. */
  cut(): void {
    for (const pair of this.#pairs) this.#drop(pair);
  }

  /** Resets every new connection until `heal`. */
  refuse(): void {
    this.#refusing = true;
    this.cut();
  }

  /** Cuts the connections of the next `count` COMMITs, each after the server has answered. Resolves when all were. */
  cutAfterCommit(count = 1): Promise<void> {
    this.#commitsToCut = count;
    return new Promise((resolve) => {
      this.#onCut = resolve;
    });
  }

  get connections(): number {
    return this.#pairs.size;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.server.close(() => resolve());
    });
    this.cut();
    await closed;
  }
}
