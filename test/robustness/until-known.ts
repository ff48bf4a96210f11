/** Asking until the outcome is known, as the API wants it done: the same request under the same key, again and again. */
import { NoAnswer, type Answer } from './client.js';
import { sleep } from './wait.js';
import type { Problem } from './wire.js';

export interface Definite {
  readonly answer: Answer;
  /** True when an earlier try got no answer, so that this one may tell of what that one did. */
  readonly retried: boolean;
}

/** Storage is away, the service is busy, or the first request under the key still runs. */
function again({ status, body }: Answer): boolean {
  const code = (body as Problem | undefined)?.code;
  return status === 503 || status === 507 || status === 429 || code === 'request_in_progress';
}

/**
 * @param giveUp asked after each try without an outcome
 * @returns undefined when given up
 */
export async function untilKnown(
  ask: () => Promise<Answer>,
  giveUp: () => boolean,
  pauseMs: () => number = () => 50,
): Promise<Definite | undefined> {
  let retried = false;
  for (;;) {
    try {
      const answer = await ask();
      if (!again(answer)) return { answer, retried };
      if ((answer.body as Problem | undefined)?.code === 'outcome_unknown') retried = true;
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      retried = true;
    }
    if (giveUp()) return undefined;
    await sleep(pauseMs());
  }
}

/** To give up after so long. */
export function within(milliseconds: number): () => boolean {
  const deadline = performance.now() + milliseconds;
  return () => performance.now() > deadline;
}
