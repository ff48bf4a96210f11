/** Load over raw keep-alive connections: answers are only measured. */
import { RawConnection, requestText } from '../build/raw-connection.js';

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

export async function load(options: LoadOptions): Promise<LoadResult> {
  const { port, method, connections, seconds, rate, requests = Number.POSITIVE_INFINITY } = options;
  const expects = options.expects ?? ((status: number) => status >= 200 && status < 300);
  const open = await Promise.all(Array.from({ length: connections }, () => RawConnection.open(port)));
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
        const { status } = await connection.ask(requestText(method, path, body, headers));
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
