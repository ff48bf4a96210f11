import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from './config.js';

const faultsOf = (environment: Record<string, string>): readonly string[] => {
  try {
    readConfig(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
};

describe('readConfig', () => {
  it('starts on loopback with an embedded database when nothing is set', () => {
    expect(readConfig({})).toMatchObject({ host: '127.0.0.1', port: 3000, databaseUrl: 'sqlite:./data/stowage.db' });
  });

  it.each([
    ['an empty variable is absent', { PORT: '' }, []],
    ['port not a number', { PORT: '80a' }, [/^PORT must be a whole number from 0 to 65535, not "80a"\.$/]],
    ['port too large', { PORT: '70000' }, [/^PORT/]],
    ['unknown database', { DATABASE_URL: 'mysql://x' }, [/^DATABASE_URL/]],
    ['unknown log level', { LOG_LEVEL: 'loud' }, [/^LOG_LEVEL/]],
    [
      'headers slower than the request',
      { REQUEST_TIMEOUT_MS: '200', HEADERS_TIMEOUT_MS: '300' },
      [/^HEADERS_TIMEOUT_MS/],
    ],
    ['flag in other words', { ALLOW_UNAUTHENTICATED: 'yes' }, [/^ALLOW_UNAUTHENTICATED/]],
    ['open address without keys', { HOST: '0.0.0.0' }, [/not a loopback address/]],
    ['open address, asked for', { HOST: '0.0.0.0', ALLOW_UNAUTHENTICATED: 'true' }, []],
    ['other loopback addresses', { HOST: '::1' }, []],
    ['every fault is listed', { PORT: '-1', LOG_LEVEL: 'x' }, [/^PORT/, /^LOG_LEVEL/]],
  ] as const)('%s', (_name, environment, expected) => {
    const faults = faultsOf(environment);
    expect(faults).toHaveLength(expected.length);
    expected.forEach((pattern, index) => expect(faults[index]).toMatch(pattern));
  });
});
