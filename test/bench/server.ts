/** Starts what the benchmark asks over HTTP: the built service, and the bare handlers it is compared with. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { freePort, until } from '../robustness/wait.js';

export interface Server {
  readonly base: string;
  readonly port: number;
  readonly pid: number;
  /** Milliseconds from the start of the process until it was ready. */
  readonly bootMs: number;
  stop(): Promise<void>;
}

async function start(script: string, environment: Record<string, string>, readyPath: string): Promise<Server> {
  const port = await freePort();
  const began = performance.now();
  const child: ChildProcess = spawn(process.execPath, [script], {
    env: { ...process.env, NODE_ENV: 'production', PORT: String(port), LOG_LEVEL: 'error', ...environment },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const base = `http://127.0.0.1:${port}`;
  await until(
    `${script} ready`,
    async () => {
      if (child.exitCode !== null) throw new Error(`${script} ended with ${child.exitCode}`);
      const response = await fetch(`${base}${readyPath}`).catch(() => null);
      await response?.arrayBuffer();
      return response?.ok ?? false;
    },
    120_000,
  );
  return {
    base,
    port,
    pid: child.pid ?? -1,
    bootMs: performance.now() - began,
    async stop() {
      if (child.exitCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    },
  };
}

export const startService = (databaseUrl: string): Promise<Server> =>
  start(path.resolve('dist/service/main.js'), { DATABASE_URL: databaseUrl }, '/readyz');

export const startBareHandlers = (): Promise<Server> =>
  start(path.resolve('dist/test/bench/bare-handlers.js'), {}, '/');
