/**
 * Questions that may run long: answered in a question thread, with a time limit, or as an operation that is looked at
 * later (API.md 4.11). Short ones are answered at once, where they are asked.
 */
import type { Json } from '../kubernetes/types.js';
import type { CommonMembers } from '../planning/common.js';
import { capacity } from '../planning/capacity.js';
import { effective } from '../planning/effective.js';
import { fit } from '../planning/fit.js';
import { pending } from '../planning/pending.js';
import { simulate } from '../planning/simulate.js';
import type { ClusterModel } from '../scheduler/model.js';
import type { Clusters } from './clusters.js';
import { ServiceError } from './errors.js';
import type { Operations, OperationView } from './operations.js';
import type { EncodedAnswer } from './question-protocol.js';
import type { AskOptions as ThreadOptions, QuestionThreads } from './question-threads.js';
import type { AskOptions, Question, Questions } from './questions.js';

/** The questions that a thread can answer, by the last part of their path. */
export const longQuestions = { effective, fit, capacity, simulate, pending } as const;

export type LongQuestion = keyof typeof longQuestions;

/** One pass over so many nodes, or so many placements one after another, take a few milliseconds at most. */
const FEW_NODES = 200;
const FEW_PLACEMENTS = 500;

/** Members of requests that make an answer more than one pass over the nodes for one pod. */
interface Request {
  readonly explain?: string;
  readonly preemption?: boolean;
  readonly whatIf?: readonly unknown[];
  readonly pending?: string;
  readonly candidateLimit?: number;
  readonly mix?: readonly unknown[];
  readonly max?: number;
}

function mayRunLong(question: LongQuestion, request: Request, model: ClusterModel): boolean {
  const large = model.nodeCount > FEW_NODES;
  const rearranged = (request.whatIf?.length ?? 0) > 0 || request.pending === 'first';
  switch (question) {
    case 'effective':
      return false;
    case 'fit': {
      const thorough = (request.explain ?? 'summary') !== 'summary' || request.preemption === true;
      return rearranged || (large && (thorough || (request.candidateLimit ?? 0) > FEW_PLACEMENTS));
    }
    case 'capacity':
      return rearranged || large || request.mix !== undefined || (request.max ?? Infinity) > FEW_PLACEMENTS;
    case 'simulate':
      return true;
    case 'pending':
      return model.pendingCount > (large ? 1 : FEW_PLACEMENTS / 10);
  }
}

export interface OperationKey {
  readonly scope: string;
  readonly fingerprint: string;
}

/** Each takes its own request; which one it is has been validated by name. */
function questionOf(name: LongQuestion): Question<object, CommonMembers> {
  return longQuestions[name];
}

export class LongQuestions {
  /** @param timeoutMs how long an answer may be waited for on one connection */
  constructor(
    private readonly clusters: Clusters,
    private readonly questions: Questions,
    private readonly threads: QuestionThreads,
    private readonly operations: Operations,
    private readonly timeoutMs: number,
  ) {}

  /**
   * The answer as an object, or encoded when a thread computed it.
   *
   * @throws ServiceError `timeout` when it takes longer than the limit, and what the question itself refuses
   */
  async ask(
    cluster: string,
    question: LongQuestion,
    request: AskOptions & object,
  ): Promise<CommonMembers | EncodedAnswer> {
    const { minRevision, maxAge, ...rest } = request;
    const { model, revision } = await this.clusters.state(cluster, { minRevision, maxAge });
    if (!mayRunLong(question, rest as Request, model)) {
      return await this.questions.ask(cluster, questionOf(question), rest);
    }
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(this.timedOut()), this.timeoutMs);
    try {
      return await this.inThread({ question, cluster, revision, request: rest }, { signal: limit.signal });
    } finally {
      clearTimeout(timer);
    }
  }

  /** Starts it and returns at once; the answer is asked for later. */
  async start(
    cluster: string,
    question: LongQuestion,
    request: AskOptions & object,
    key?: OperationKey,
  ): Promise<OperationView> {
    const { minRevision, maxAge, ...rest } = request;
    const { revision } = await this.clusters.state(cluster, { minRevision, maxAge });
    return this.operations.start(
      { cluster, question, revision },
      (options) => this.inThread({ question, cluster, revision, request: rest }, options),
      key,
    );
  }

  private inThread(
    question: { question: LongQuestion; cluster: string; revision: number; request: Json },
    options: ThreadOptions,
  ): Promise<EncodedAnswer> {
    return this.threads.ask(question, options);
  }

  private timedOut(): ServiceError {
    const seconds = Math.round(this.timeoutMs / 1000);
    return new ServiceError(
      'timeout',
      `the question was given up after ${seconds} s; send it with "Prefer: respond-async" and look at the operation later`,
    );
  }
}
