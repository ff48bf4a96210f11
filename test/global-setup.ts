/**
 * Once for the whole test run: compiles the sources for worker threads, which run JavaScript only, and starts one
 * PostgreSQL server, in which every test file makes databases of its own (`test/store/databases.ts`).
 */
import { rmSync, readFileSync, writeFileSync, mkdirSync, readdirSync, existsSync, mkdtempSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { startPostgres } from './build/postgres.js';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

export default async function setup(): Promise<() => Promise<void>> {
  const workers = compileSources();
  process.env['STOWAGE_WORKERS'] = workers;
  const postgres = onlyUnitTests() ? undefined : await startPostgres();
  if (postgres !== undefined) process.env['STOWAGE_TEST_POSTGRES'] = postgres.url;
  return async () => {
    await postgres?.stop();
    rmSync(workers, { recursive: true, force: true });
  };
}

/** `vitest run src/…`: unit tests beside the code need no server, and it takes two seconds to start. */
function onlyUnitTests(): boolean {
  const filters = process.argv.slice(2).filter((argument) => /^(\.\/)?(src|test)\b/.test(argument));
  return filters.length > 0 && filters.every((filter) => /^(\.\/)?src\b/.test(filter));
}

/** File by file, without checking types: about a second. Inside node_modules, so that packages resolve. */
function compileSources(): string {
  const cache = path.join(root, 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  const out = mkdtempSync(path.join(cache, 'stowage-workers-'));
  writeFileSync(path.join(out, 'package.json'), '{ "type": "module" }\n');
  const config = ts.readConfigFile(path.join(root, 'tsconfig.json'), (file) => ts.sys.readFile(file));
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root);
  const compile = (folder: string): void => {
    for (const entry of readdirSync(path.join(root, folder), { withFileTypes: true })) {
      const file = `${folder}/${entry.name}`;
      if (entry.isDirectory()) compile(file);
      else if (/(?<!\.test|\.d)\.ts$/.test(file)) emit(file);
    }
  };
  const emit = (file: string): void => {
    const source = readFileSync(path.join(root, file), 'utf8');
    const { outputText } = ts.transpileModule(source, {
      fileName: path.join(root, file),
      compilerOptions: { ...options, module: ts.ModuleKind.ESNext, sourceMap: false, inlineSourceMap: true },
    });
    const target = path.join(out, file.replace(/\.ts$/, '.js'));
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, outputText);
  };
  for (const folder of ['src', 'migrations']) if (existsSync(path.join(root, folder))) compile(folder);
  return out;
}
