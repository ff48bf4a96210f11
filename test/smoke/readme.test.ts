/** The README and the files it speaks of cannot drift apart unnoticed. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };

const documents = ['README.md', 'CHANGELOG.md', 'examples/README.md'].concat(
  readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md') && !file.startsWith('spec'))
    .map((file) => path.join('docs', file)),
);

describe('documents', () => {
  it.each(documents)('%s links to what is there', (file) => {
    const links = [...readFileSync(file, 'utf8').matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map((match) => match[1] ?? '');
    for (const link of links.filter((target) => !/^https?:/.test(target)))
      expect(existsSync(path.join(path.dirname(file), link)), link).toBe(true);
  });

  it.each(documents)('%s names npm scripts that are there', (file) => {
    const scripts = [...readFileSync(file, 'utf8').matchAll(/npm run ([a-z:]+)/g)].map((match) => match[1] ?? '');
    for (const script of scripts) expect(Object.keys(packageJson.scripts)).toContain(script);
  });
});

describe('README.md', () => {
  it('lists every variable of the configuration, and no other', () => {
    const read = readFileSync('src/config/config.ts', 'utf8');
    const variables = new Set(
      [...read.matchAll(/\b(?:text|integer|flag)\('([A-Z_]+)'/g)].map((match) => match[1] ?? ''),
    );
    const listed = [...readFileSync('README.md', 'utf8').matchAll(/^\| `([A-Z_]+)` /gm)].map((match) => match[1] ?? '');
    expect(listed.toSorted()).toEqual([...variables].toSorted());
  });
});

describe('examples/', () => {
  it('README.md lists every manifest', () => {
    const listed = readFileSync('examples/README.md', 'utf8');
    for (const folder of ['fits', 'does-not-fit', 'invalid'])
      for (const file of readdirSync(path.join('examples', folder))) expect(listed).toContain(`(${folder}/${file})`);
  });
});
