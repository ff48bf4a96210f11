/**
 * The shell examples of README.md, run against a service that is up. An example is a fenced `console` block: a line
 * `$ command` (lines ending in a backslash go on) and the output that follows it.
 *
 *   node test/smoke/readme-examples.mjs http://127.0.0.1:3000            compare; exit code 1 when something differs
 *   node test/smoke/readme-examples.mjs http://127.0.0.1:3000 --write    put the real output into README.md
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const readme = path.join(root, 'README.md');
/** Where the README's reader has the service. */
const documented = 'localhost:3000';

/** @returns {{ command: string, expected: string, start: number, end: number }[]} offsets are of the expected output */
export function readExamples(markdown) {
  return [...markdown.matchAll(/^```console\n\$ ((?:.*\\\n)*.*)\n([\s\S]*?)^```$/gm)].map((match) => {
    const start = match.index + match[0].indexOf(match[1]) + match[1].length + 1;
    return { command: match[1], expected: match[2], start, end: start + match[2].length };
  });
}

export function runExample(command, base) {
  const address = base.replace(/^http:\/\//, '');
  const text = execFileSync('bash', ['-o', 'pipefail', '-c', command.replaceAll(documented, address)], {
    cwd: root,
    encoding: 'utf8',
    // An example of a refused request exits with curl's code for it.
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}

const [base, mode] = process.argv.slice(2);
if (base !== undefined) {
  let markdown = readFileSync(readme, 'utf8');
  const examples = readExamples(markdown);
  let differing = 0;
  for (const { command, expected, start, end } of examples.toReversed()) {
    const output = runExample(command, base);
    if (output === expected) continue;
    differing++;
    if (mode === '--write') markdown = markdown.slice(0, start) + output + markdown.slice(end);
    else console.error(`$ ${command}\n--- README.md says\n${expected}--- the service says\n${output}`);
  }
  if (mode === '--write') writeFileSync(readme, markdown);
  console.log(`${examples.length} README examples, ${differing} ${mode === '--write' ? 'rewritten' : 'differing'}`);
  process.exitCode = examples.length === 0 || (differing > 0 && mode !== '--write') ? 1 : 0;
}
