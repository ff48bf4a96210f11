/**
 * The environment, read once at boot. Every variable has its meaning, default and limits here; the README's table lists
 * the same names. A wrong value stops the start with one sentence per fault.
 */

export interface Config {
  /** HOST: address to listen on. Default 127.0.0.1. Any other than loopback needs ALLOW_UNAUTHENTICATED. */
  readonly host: string;
  /** PORT: 0 to 65535, 0 takes a free one. Default 3000. */
  readonly port: number;
  /** DATABASE_URL: `sqlite:<path>`, `sqlite::memory:` or `postgres://…`. Default `sqlite:./data/stowage.db`. */
  readonly databaseUrl: string;
  /** LOG_LEVEL: fatal, error, warn, info, debug, trace or silent. Default info. */
  readonly logLevel: string;
  /** ALLOW_UNAUTHENTICATED: `true` lets anybody who reaches HOST read and write everything. Default false. */
  readonly allowUnauthenticated: boolean;
  /** MAX_BODY_BYTES: largest body, decompressed, of every route but import and snapshot. Default 8 MiB. */
  readonly maxBodyBytes: number;
  /** MAX_IMPORT_BYTES: largest import or snapshot, decompressed. Default 1 GiB. */
  readonly maxImportBytes: number;
  /** MAX_OBJECT_BYTES: largest single object inside an import or snapshot. Default 4 MiB. */
  readonly maxObjectBytes: number;
  /** REQUEST_TIMEOUT_MS: how long a client may take to send its whole request. Default 300000. */
  readonly requestTimeoutMs: number;
  /** HEADERS_TIMEOUT_MS: how long a client may take to send its headers, at most REQUEST_TIMEOUT_MS. Default 10000. */
  readonly headersTimeoutMs: number;
  /** QUESTION_TIMEOUT_MS: how long an answer may be waited for; longer ones go as operations. Default 60000. */
  readonly questionTimeoutMs: number;
  /** QUESTION_THREADS: threads for questions that may run long; each holds a model of its own. Default 1. */
  readonly questionThreads: number;
  /** SHUTDOWN_TIMEOUT_MS: after SIGTERM, how long requests in flight may take before the process ends. Default 2500. */
  readonly shutdownTimeoutMs: number;
  /** CHANGES_KEPT: changes of a cluster that the change log keeps at least; older ones are 410. Default 500000. */
  readonly changesKept: number;
  /** MAINTENANCE_INTERVAL_MS: how often what has outlived its use is removed. Default 60000. */
  readonly maintenanceIntervalMs: number;
  /** VERIFY_INTERVAL_MS: how often a model is compared with its rows. Default 600000. */
  readonly verifyIntervalMs: number;
}

const MIB = 1024 * 1024;
const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];
const loopback = /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/;

/** All faults of the environment, one sentence each. */
export class ConfigError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(faults.join('\n'));
    this.name = 'ConfigError';
  }
}

/**
 * Reads the configuration. An empty variable counts as absent.
 *
 * @throws ConfigError with every fault found
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const faults: string[] = [];
  const text = (name: string, fallback: string): string => environment[name]?.trim() || fallback;
  const integer = (name: string, fallback: number, least: number, most: number): number => {
    const given = environment[name]?.trim();
    if (!given) return fallback;
    const value = Number(given);
    if (/^\d+$/.test(given) && value >= least && value <= most) return value;
    faults.push(`${name} must be a whole number from ${least} to ${most}, not "${given}".`);
    return fallback;
  };
  const flag = (name: string): boolean => {
    const given = text(name, 'false');
    if (given !== 'true' && given !== 'false') faults.push(`${name} must be "true" or "false", not "${given}".`);
    return given === 'true';
  };

  const config: Config = {
    host: text('HOST', '127.0.0.1'),
    port: integer('PORT', 3000, 0, 65_535),
    databaseUrl: text('DATABASE_URL', 'sqlite:./data/stowage.db'),
    logLevel: text('LOG_LEVEL', 'info'),
    allowUnauthenticated: flag('ALLOW_UNAUTHENTICATED'),
    maxBodyBytes: integer('MAX_BODY_BYTES', 8 * MIB, 1024, 1024 * MIB),
    maxImportBytes: integer('MAX_IMPORT_BYTES', 1024 * MIB, 1024, 64 * 1024 * MIB),
    maxObjectBytes: integer('MAX_OBJECT_BYTES', 4 * MIB, 1024, 256 * MIB),
    requestTimeoutMs: integer('REQUEST_TIMEOUT_MS', 300_000, 100, 3_600_000),
    headersTimeoutMs: integer('HEADERS_TIMEOUT_MS', 10_000, 100, 3_600_000),
    questionTimeoutMs: integer('QUESTION_TIMEOUT_MS', 60_000, 10, 3_600_000),
    questionThreads: integer('QUESTION_THREADS', 1, 1, 64),
    shutdownTimeoutMs: integer('SHUTDOWN_TIMEOUT_MS', 2500, 0, 600_000),
    changesKept: integer('CHANGES_KEPT', 500_000, 100, 1_000_000_000),
    maintenanceIntervalMs: integer('MAINTENANCE_INTERVAL_MS', 60_000, 100, 86_400_000),
    verifyIntervalMs: integer('VERIFY_INTERVAL_MS', 600_000, 100, 86_400_000),
  };
  if (!/^(sqlite:.+|postgres(ql)?:\/\/.+)$/.test(config.databaseUrl)) {
    faults.push('DATABASE_URL must be sqlite:<path>, sqlite::memory: or postgres://user:password@host:port/database.');
  }
  if (!logLevels.includes(config.logLevel)) {
    faults.push(`LOG_LEVEL must be one of ${logLevels.join(', ')}, not "${config.logLevel}".`);
  }
  if (config.headersTimeoutMs > config.requestTimeoutMs) {
    faults.push('HEADERS_TIMEOUT_MS must not exceed REQUEST_TIMEOUT_MS.');
  }
  if (!loopback.test(config.host) && !config.allowUnauthenticated) {
    faults.push(
      `HOST ${config.host} is not a loopback address and no access keys are configured: anybody who reaches it could ` +
        'read and change everything. Set ALLOW_UNAUTHENTICATED=true if that is meant.',
    );
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return config;
}
