import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runFile, vectorFiles } from './runner.js';

const dir = join(import.meta.dirname, 'vectors');

describe('recorded answers of Kubernetes v1.36.2', () => {
  it.each(vectorFiles(dir))('%s', { timeout: 240_000 }, (file) => {
    const result = runFile(dir, file);
    expect(result.rows).toBeGreaterThan(0);
    expect(result.mismatches).toEqual([]);
    expect(result.passed).toBe(result.rows);
  });
});
