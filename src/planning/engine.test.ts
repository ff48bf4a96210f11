import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ENGINE } from './engine.js';

test('the engine version is the package version', () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  expect(ENGINE.version).toBe(version);
});
