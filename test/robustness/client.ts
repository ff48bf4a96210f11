/** A client of one replica: keep-alive connections, a time limit, and no retries of its own. */
import { Agent, request } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** `Cluster-Revision`: the state that the answer is of; NaN without. */
  readonly revision: number;
}

/** No answer was had: the connection failed, was cut, or took too long. What became of the request is unknown. */
export class NoAnswer extends Error {}

export class Client {
  readonly #agent: Agent;

  constructor(
    readonly base: string,
    { connections = 1, timeoutMs = 5000 } = {},
  ) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections, timeout: timeoutMs });
    this.timeoutMs = timeoutMs;
  }

  readonly timeoutMs: number;

  ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
      const fail = (error: Error): void => reject(new NoAnswer(`${method} ${path}: ${error.message}`));
      const sent = request(
        `${this.base}${path}`,
        {
          method,
          agent: this.#agent,
          timeout: this.timeoutMs,
          headers: {
            ...(text !== undefined && {
              'content-type': 'application/json',
              'content-length': Buffer.byteLength(text),
            }),
            ...headers,
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', fail);
          response.on('aborted', () => fail(new Error('cut while answering')));
          response.on('end', () => {
            const raw = Buffer.concat(chunks).toString();
            try {
              resolve({
                status: response.statusCode ?? 0,
                revision: Number(response.headers['cluster-revision'] ?? Number.NaN),
                body: raw === '' ? undefined : (JSON.parse(raw) as unknown),
              });
            } catch (error) {
              fail(error instanceof Error ? error : new Error(String(error)));
            }
          });
        },
      );
      sent.on('timeout', () => sent.destroy(new Error('time limit')));
      sent.on('error', fail);
      sent.end(text);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
