/**
 * One keep-alive connection with HTTP written by hand and read only as far as needed, so that a load generator takes
 * little of the cores that it shares with the server. One request at a time.
 */
import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  /** 0: the connection was lost before an answer was had. */
  readonly status: number;
  /** As it came: chunks are not put together. */
  readonly body: string;
}

const lost: RawAnswer = { status: 0, body: '' };

export class RawConnection {
  readonly #socket: Socket;
  #buffer = '';
  #waiting: ((answer: RawAnswer) => void) | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => this.#read(chunk));
    const end = (): void => this.#answer(lost);
    socket.on('error', end).on('close', end);
  }

  static open(port: number): Promise<RawConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => resolve(new RawConnection(socket)));
      socket.once('error', reject);
    });
  }

  get usable(): boolean {
    return this.#socket.writable && this.#socket.readable;
  }

  #read(chunk: string): void {
    this.#buffer += chunk;
    const head = this.#buffer.indexOf('\r\n\r\n');
    if (head < 0) return;
    const status = Number(this.#buffer.slice(9, 12));
    const length = status === 204 ? '0' : /content-length: (\d+)/i.exec(this.#buffer.slice(0, head))?.[1];
    const chunked = length === undefined;
    const complete = chunked
      ? this.#buffer.endsWith('\r\n0\r\n\r\n')
      : this.#buffer.length >= head + 4 + Number(length);
    if (!complete) return;
    const body = this.#buffer.slice(head + 4);
    this.#buffer = '';
    this.#answer({ status, body });
  }

  #answer(answer: RawAnswer): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.(answer);
  }

  /** @param text the whole request: see `requestText` */
  ask(text: string): Promise<RawAnswer> {
    if (!this.usable) return Promise.resolve(lost);
    return new Promise((resolve) => {
      this.#waiting = resolve;
      this.#socket.write(text);
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** @param headers each with its line end */
export function requestText(method: string, path: string, body: string, headers = ''): string {
  return `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}
