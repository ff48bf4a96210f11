/**
 * Load over raw keep-alive connections: HTTP written by hand and answers only measured, so that the generator takes
 * little of the two cores that it shares with the server.
 */
import { connect, type Socket } from 'node:net';

export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  /** Milliseconds, one a request. */
  readonly latencies: number[];
  readonly failures: number;
}

export interface LoadOptions {
  readonly port: number;
  readonly method: string;
  /** Path and body of request `i`. */
  readonly request: (i: number) => { path: string; body: string; headers?: string };
  readonly connections: number;
  readonly seconds: number;
  /** Ends earlier, after so many requests. */
  readonly requests?: number;
  /** Requests a second to be sent whatever happens to those before (latency counts from when one was due); absent: as fast as it goes. */
  readonly rate?: number;
  /** Default: any 2xx. */
  readonly expects?: (status: number) => boolean;
}

class Connection {
  readonly #socket: Socket;
  #buffer = '';
  #waiting: ((status: number) => void) | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => this.#read(chunk));
    const lost = (): void => this.#waiting?.(0);
    socket.on('error', lost).on('close', lost);
  }

  static open(port: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => resolve(new Connection(socket)));
      socket.once('error', reject);
    });
  }

  #read(chunk: string): void {
    this.#buffer += chunk;
    const head = this.#buffer.indexOf('\r\n\r\n');
    if (head < 0) return;
    const length = /content-length: (\d+)/i.exec(this.#buffer.slice(0, head))?.[1];
    const chunked = length === undefined;
    const complete = chunked
      ? this.#buffer.endsWith('\r\n0\r\n\r\n')
      : this.#buffer.length >= head + 4 + Number(length);
    if (!complete) return;
    const status = Number(this.#buffer.slice(9, 12));
    this.#buffer = '';
    const answer = this.#waiting;
    this.#waiting = undefined;
    answer?.(status);
  }

  ask(text: string): Promise<number> {
    return new Promise((resolve) => {
      this.#waiting = resolve;
      this.#socket.write(text);
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}

export async function load(options: LoadOptions): Promise<LoadResult> {
  const { port, method, connections, seconds, rate, requests = Number.POSITIVE_INFINITY } = options;
  const expects = options.expects ?? ((status: number) => status >= 200 && status < 300);
  const open = await Promise.all(Array.from({ length: connections }, () => Connection.open(port)));
  const latencies: number[] = [];
  let failures = 0;
  let next = 0;
  const began = performance.now();
  const over = began + seconds * 1000;
  await Promise.all(
    open.map(async (connection) => {
      for (;;) {
        const i = next++;
        const due = rate === undefined ? performance.now() : began + (i / rate) * 1000;
        if (i >= requests || due >= over || performance.now() >= over) return;
        const early = due - performance.now();
        if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
        const { path, body, headers = '' } = options.request(i);
        const text = `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
        const status = await connection.ask(text);
        latencies.push(performance.now() - (rate === undefined ? Math.max(due, 0) : due));
        if (!expects(status)) failures++;
        if (status === 0) return;
      }
    }),
  );
  const elapsed = (performance.now() - began) / 1000;
  for (const connection of open) connection.close();
  return { requests: latencies.length, seconds: elapsed, latencies, failures };
}
