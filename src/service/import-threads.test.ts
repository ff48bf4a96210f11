import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { realisticPod } from '../../test/build/realistic-pod.js';
import type { JsonObject } from '../kubernetes/types.js';
import { unpackTexts } from '../store/packed-texts.js';
import { ImportThreads } from './import-threads.js';
import type { ReadOptions } from './import-reader.js';

/** All that were started, in order. */
const started: Worker[] = [];

vi.mock('node:worker_threads', async (original) => {
  const threads = await original<typeof import('node:worker_threads')>();
  return {
    ...threads,
    Worker: class extends threads.Worker {
      constructor(...args: ConstructorParameters<typeof threads.Worker>) {
        super(...args);
        started.push(this);
      }
    },
  };
});

const options: ReadOptions = {
  namespace: 'default',
  fieldValidation: 'Warn',
  onInvalid: 'refuse',
  replace: true,
  kinds: null,
};

const pods = (name: string, count: number): JsonObject[] =>
  Array.from({ length: count }, (_, index) => {
    const pod = realisticPod() as Record<'metadata', JsonObject>;
    return { ...pod, metadata: { ...pod.metadata, name: `${name}-${index}` } };
  });

async function* chunksOf(items: readonly JsonObject[]): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(JSON.stringify({ kind: 'List', apiVersion: 'v1', items }));
  for (let at = 0; at < bytes.length; at += 10_000) yield await Promise.resolve(bytes.subarray(at, at + 10_000));
}

/** Names of the pods that were read. */
async function namesIn(threads: ImportThreads, items: readonly JsonObject[]): Promise<string[]> {
  const names: string[] = [];
  for await (const { bodies } of threads.read('json', chunksOf(items), options)) {
    for (const text of unpackTexts(bodies))
      names.push((JSON.parse(text) as { metadata: { name: string } }).metadata.name);
  }
  return names;
}

const namesOf = (items: readonly JsonObject[]): unknown[] =>
  items.map((item) => (item['metadata'] as JsonObject)['name']);

const isRunning = (worker: Worker | undefined): boolean => worker !== undefined && worker.threadId !== -1;

describe('import threads', () => {
  let threads: ImportThreads;

  beforeEach(() => {
    started.length = 0;
    threads = new ImportThreads(1 << 20);
  });

  afterEach(async () => {
    await threads.close();
    expect(started.filter(isRunning)).toEqual([]);
  });

  it('keep one for the bodies that follow', async () => {
    for (const name of ['a', 'b', 'c']) {
      const items = pods(name, 40);
      expect(await namesIn(threads, items)).toEqual(namesOf(items));
    }
    expect(started).toHaveLength(1);
  });

  it('keep no more than one', async () => {
    const bodies = [pods('a', 40), pods('b', 40), pods('c', 40)];
    const read = await Promise.all(bodies.map((items) => namesIn(threads, items)));
    expect(read).toEqual(bodies.map(namesOf));
    await vi.waitFor(() => expect(started.filter(isRunning)).toHaveLength(1));
  });

  it('end the kept one when it has nothing to read for long', async () => {
    threads = new ImportThreads(1 << 20, 50);
    await namesIn(threads, pods('a', 2));
    await once(started[0]!, 'exit');
    const items = pods('b', 2);
    expect(await namesIn(threads, items)).toEqual(namesOf(items));
    expect(started).toHaveLength(2);
  });

  it('read the next body after one that is refused', async () => {
    const faulty = [...pods('a', 40), { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'A_' } }, ...pods('b', 40)];
    await expect(namesIn(threads, faulty)).rejects.toMatchObject({ code: 'invalid_manifest' });
    const items = pods('c', 40);
    expect(await namesIn(threads, items)).toEqual(namesOf(items));
  });

  it('read the next body after one that nobody wanted to the end', async () => {
    const slices = threads.read('json', chunksOf(pods('a', 3000)), options);
    expect((await slices.next()).done).toBe(false);
    await slices.return({} as never);
    const items = pods('b', 40);
    expect(await namesIn(threads, items)).toEqual(namesOf(items));
  });

  it('do without the kept one when it has ended by itself', async () => {
    await namesIn(threads, pods('a', 2));
    await started[0]!.terminate();
    const items = pods('b', 2);
    expect(await namesIn(threads, items)).toEqual(namesOf(items));
    expect(started).toHaveLength(2);
  });

  it('do not keep one that has read very many', async () => {
    const small = { kind: 'Pod', apiVersion: 'v1', spec: { containers: [{ name: 'a', image: 'a' }] } };
    const many = Array.from({ length: 50_001 }, (_, index) => ({ ...small, metadata: { name: `a-${index}` } }));
    expect(await namesIn(threads, many)).toHaveLength(many.length);
    await sleep(0);
    await vi.waitFor(() => expect(started.filter(isRunning)).toEqual([]));
  });

  it('keep none when closed meanwhile', async () => {
    const reading = namesIn(threads, pods('a', 3000));
    await vi.waitFor(() => expect(started).toHaveLength(1));
    await threads.close();
    await expect(reading).rejects.toMatchObject({ code: 'shutting_down' });
  });
});
