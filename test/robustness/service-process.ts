/** One process of the built service, started again by its supervisor when it dies unasked. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readFileSync, type WriteStream } from 'node:fs';
import path from 'node:path';
import { freePort, until } from './wait.js';

export interface ServiceOptions {
  readonly name: string;
  readonly databaseUrl: string;
  /** Folder for its log. */
  readonly folder: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export class ServiceProcess {
  #child: ChildProcess | undefined;
  #stopping = false;
  readonly #logFile: string;
  readonly #log: WriteStream;
  #environment: Record<string, string> = {};
  /** Ends that nobody asked for, failpoints among them: the signal's or exit code's name. */
  readonly deaths: string[] = [];

  private constructor(
    readonly options: ServiceOptions,
    readonly port: number,
  ) {
    this.#logFile = path.join(options.folder, `${options.name}.log`);
    this.#log = createWriteStream(this.#logFile, { flags: 'a' });
  }

  static async start(options: ServiceOptions): Promise<ServiceProcess> {
    const service = new ServiceProcess(options, await freePort());
    service.spawn();
    await service.ready();
    return service;
  }

  get base(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.#child?.pid ?? -1;
  }

  /** Whether one of its lives has logged the sentence. */
  logged(sentence: string): boolean {
    return readFileSync(this.#logFile, 'utf8').includes(sentence);
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  spawn(): void {
    this.#stopping = false;
    const child = spawn(process.execPath, ['dist/service/main.js'], {
      env: {
        ...process.env,
        NODE_ENV: 'production',
        HOST: '127.0.0.1',
        PORT: String(this.port),
        DATABASE_URL: this.options.databaseUrl,
        LOG_LEVEL: 'warn',
        ...this.options.environment,
        ...this.#environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    child.stdout.pipe(this.#log, { end: false });
    child.stderr.pipe(this.#log, { end: false });
    child.once('exit', (code, signal) => {
      if (this.#stopping || this.#child !== child) return;
      this.deaths.push(signal ?? `exit ${code}`);
      // A failpoint acts once: what comes back runs without it.
      this.#environment = {};
      this.spawn();
    });
  }

  async ready(timeoutMs = 60_000): Promise<void> {
    await until(
      `${this.options.name} ready`,
      async () => {
        const response = await fetch(`${this.base}/readyz`, { signal: AbortSignal.timeout(2000) }).catch(() => null);
        return response?.ok ?? false;
      },
      timeoutMs,
    );
  }

  /** `kill -9`; the supervisor starts it again. */
  crash(): void {
    this.#child?.kill('SIGKILL');
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Ends it and keeps it down. @returns milliseconds until it was gone */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<number> {
    this.#stopping = true;
    const child = this.#child;
    const began = performance.now();
    if (child !== undefined && this.running) {
      const exited = once(child, 'exit');
      child.kill(signal);
      // One that was stopped takes notice when it goes on.
      child.kill('SIGCONT');
      await exited;
    }
    return performance.now() - began;
  }

  /** Stops it and starts it with failpoints (`src/store/failpoints.ts`) that act in this life only. */
  async restartWith(failpoints: string): Promise<void> {
    await this.stop();
    this.#environment = { STOWAGE_FAILPOINTS: failpoints };
    this.spawn();
    await this.ready();
  }
}
