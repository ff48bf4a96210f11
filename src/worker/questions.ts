/**
 * A question thread: a store that only follows, and the same use case that answers in the main thread. One job at a time;
 * between two of them, and while a job waits for its manifests, the model follows the change log.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { CommonMembers } from '../planning/common.js';
import { longQuestions } from '../service/long-questions.js';
import { Clusters } from '../service/clusters.js';
import { encodeError } from '../service/encoded-error.js';
import type { Job, ThreadMessage, ThreadSetup } from '../service/question-protocol.js';
import { Questions, type Question } from '../service/questions.js';
import { openStore } from '../store/open-store.js';
import { stepBack } from './low-priority.js';

/** A thread that has just started reads the whole model first. */
const REVISION_WAIT_MS = 60_000;
const PROGRESS_EVERY_MS = 100;

/** Thrown by the progress hook, through the question, when nobody waits for the answer any more. */
class Cancelled extends Error {}

const port = parentPort!;
const { databaseUrl, cancelled } = workerData as ThreadSetup;
const cancelledJob = new Int32Array(cancelled);
// A question asks for the revision that it needs; in between, following now and then is enough.
const store = openStore(databaseUrl, { follow: true, pollMs: 1000 });
const questions = new Questions(store, new Clusters(store));

const send = (message: ThreadMessage, transfer: readonly ArrayBuffer[] = []): void =>
  port.postMessage(message, [...transfer]);

stepBack();
const ready = store.open().then(() => send({ type: 'ready' }));
// A database that does not answer is each job's error, not the thread's end.
ready.catch(() => undefined);

async function answer(job: Job): Promise<void> {
  await ready;
  await store.waitForRevision(job.cluster, job.revision, REVISION_WAIT_MS);
  let reported = performance.now();
  const progress = (done: number, total: number): void => {
    if (Atomics.load(cancelledJob, 0) === job.id) throw new Cancelled();
    const now = performance.now();
    if (now - reported < PROGRESS_EVERY_MS) return;
    reported = now;
    send({ type: 'progress', id: job.id, done, total });
  };
  const question = longQuestions[job.question] as Question<object, CommonMembers>;
  const computed = await questions.ask(job.cluster, question, job.request as object, [], progress);
  const { verdict, revision } = computed;
  const json = new TextEncoder().encode(JSON.stringify(computed));
  send({ type: 'answer', id: job.id, answer: { verdict, revision, json } }, [json.buffer]);
}

port.on('message', (job: Job) => {
  answer(job).catch((error: unknown) =>
    send(
      error instanceof Cancelled
        ? { type: 'cancelled', id: job.id }
        : { type: 'error', id: job.id, error: encodeError(error) },
    ),
  );
});
