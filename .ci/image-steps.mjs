/**
 * Follows the Dockerfile step by step without Docker: each stage in a folder of a temporary one, COPY through
 * .dockerignore, RUN and CMD with bash, the last stage started as its user would and asked by its own HEALTHCHECK.
 * Knows what this Dockerfile uses and stops at anything else.
 */
import { execSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const temporary = mkdtempSync(path.join(tmpdir(), 'stowage-image-'));
chmodSync(temporary, 0o755);
const lines = readFileSync(path.join(root, 'Dockerfile'), 'utf8').replaceAll('\\\n', ' ').split('\n');
const allowed = readFileSync(path.join(root, '.dockerignore'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('!'))
  .map((line) => line.slice(1));

let stage = temporary;
let workdir = '';
let environment = { ...process.env };
let health;
let command;
const inStage = (file) => path.join(stage, path.resolve('/', workdir, file));
/** Absolute paths in a shell line mean the stage's. */
const here = (text) => text.replaceAll(/(?<=[ :=])\/(?=data\b)/g, `${stage}/`);

for (const line of lines) {
  const [instruction, ...rest] = line.trim().split(/\s+/);
  const text = rest.join(' ');
  if (!instruction || instruction.startsWith('#')) continue;
  console.log(line.trim());
  if (instruction === 'FROM') {
    stage = path.join(temporary, rest[2] ?? 'image');
    mkdirSync(stage);
    [workdir, environment] = ['', { ...process.env }];
  } else if (instruction === 'WORKDIR') {
    workdir = text;
    mkdirSync(inStage('.'), { recursive: true });
  } else if (instruction === 'ENV') {
    for (const pair of rest) {
      const [name, value] = pair.split(/=(.*)/s);
      environment[name] = here(`=${value}`).slice(1);
    }
  } else if (instruction === 'COPY') {
    const from = rest[0].startsWith('--from=') ? path.join(temporary, rest.shift().slice('--from='.length)) : root;
    const target = rest.pop();
    for (const source of rest) {
      const relative = source.replace(/^\.\//, '');
      if (from === root && !allowed.includes(relative)) throw new Error(`${source} is kept out by .dockerignore`);
      const to = target.endsWith('/') ? path.join(inStage(target), path.basename(source)) : inStage(target);
      cpSync(path.join(from, source), to, { recursive: true, filter: (file) => !file.endsWith('.test.ts') });
    }
  } else if (instruction === 'RUN') {
    const owned = text.replaceAll(/chown node:node (\S+)/g, 'true');
    execSync(here(` ${owned}`), { cwd: inStage('.'), env: environment, stdio: 'inherit', shell: '/bin/bash' });
  } else if (instruction === 'HEALTHCHECK') health = JSON.parse(text.slice(text.indexOf('CMD ') + 4));
  else if (instruction === 'CMD') command = JSON.parse(text);
  else if (!['USER', 'VOLUME', 'EXPOSE'].includes(instruction)) throw new Error(`unknown instruction: ${line}`);
}

const port = '38217';
const environmentOfRun = { ...environment, HOST: '127.0.0.1', PORT: port };
const data = path.join(stage, 'data');
if (!existsSync(data)) throw new Error('no /data');
const node = process.getuid() === 0 ? { uid: 1000, gid: 1000 } : {};
if (node.uid) chownSync(data, node.uid, node.gid);
const service = spawn(process.execPath, command.slice(1), {
  cwd: inStage('.'),
  env: environmentOfRun,
  stdio: 'inherit',
  ...node,
});
let healthy = false;
for (let attempt = 0; attempt < 100 && !healthy; attempt++) {
  await new Promise((resolve) => setTimeout(resolve, 300));
  const check = spawn(process.execPath, health.slice(1), { env: environmentOfRun, ...node });
  healthy = (await new Promise((resolve) => check.once('exit', resolve))) === 0;
}
const answer =
  healthy && (await fetch(`http://127.0.0.1:${port}/v1/clusters/default`).then((response) => response.json()));
const ended = new Promise((resolve) => service.once('exit', resolve));
service.kill('SIGTERM');
const code = await ended;
rmSync(temporary, { recursive: true, force: true });
console.log(healthy ? `healthy, answers ${JSON.stringify(answer)}, ended with ${code}` : 'never became healthy');
process.exit(healthy && code === 0 ? 0 : 1);
