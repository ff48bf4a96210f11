/** Answers of questions that may run long: printed by a thread, or promised as an operation (API.md 4.11). */
import { createHash } from 'node:crypto';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CommonMembers } from '../planning/common.js';
import { RememberedOf } from '../scheduler/remembered-of.js';
import { ServiceError } from '../service/errors.js';
import type { LongQuestion, LongQuestions, OperationKey } from '../service/long-questions.js';
import { operationHead, type OperationView } from '../service/operations.js';
import type { EncodedAnswer } from '../service/question-protocol.js';
import type { AskOptions } from '../service/questions.js';
import { DocumentBody } from './body/body.js';
import { problemOf } from './problem.js';

const JSON_TYPE = 'application/json; charset=utf-8';
const LONGEST_KEY = 255;

/** How the client wants a question answered, and where the answer goes. */
export interface Delivery {
  /** `Prefer: respond-async` */
  readonly async: boolean;
  readonly key: OperationKey | undefined;
  readonly reply: FastifyReply;
}

/** `Prefer: respond-async`, with an optional `Idempotency-Key` for the operation. */
export const Deliver = createParamDecorator((_: unknown, context: ExecutionContext): Delivery => {
  const http = context.switchToHttp();
  const request = http.getRequest<FastifyRequest>();
  const prefer = request.headers['prefer'];
  const async = [prefer ?? []].flat().some((value) => /(^|[,;\s])respond-async($|[,;\s])/i.test(value));
  return { async, key: async ? operationKey(request) : undefined, reply: http.getResponse<FastifyReply>() };
});

function operationKey(request: FastifyRequest): OperationKey | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || key === '' || key.length > LONGEST_KEY) {
    throw new ServiceError('invalid_request', `Idempotency-Key must have 1 to ${LONGEST_KEY} characters`);
  }
  const [path] = request.url.split('?');
  const text = request.body instanceof DocumentBody ? request.body.text : '';
  const fingerprint = createHash('sha256').update(`${request.url}\n${text}`).digest('hex');
  return { scope: `${path}\n${key}`, fingerprint };
}

/** Asks, or starts and answers 202 with the operation. */
export async function deliver(
  long: LongQuestions,
  delivery: Delivery,
  cluster: string,
  question: LongQuestion,
  request: AskOptions & object,
): Promise<CommonMembers | Buffer> {
  const { reply } = delivery;
  if (!delivery.async) return printed(reply, await long.ask(cluster, question, request));
  const operation = await long.start(cluster, question, request, delivery.key);
  reply
    .code(202)
    .header('Location', `/v1/clusters/${cluster}/operations/${operation.id}`)
    .header('Preference-Applied', 'respond-async');
  return printOperation(reply, operation);
}

function printed(reply: FastifyReply, answer: CommonMembers | EncodedAnswer): CommonMembers | Buffer {
  if (!('json' in answer)) return reply.request.answerType === 'application/yaml' ? answer : printedOnce(reply, answer);
  if (answer.revision !== null) reply.header('Cluster-Revision', String(answer.revision));
  reply.type(JSON_TYPE);
  return bytes(answer);
}

/** Answers that `planning` remembers are printed once; others are forgotten with their text. */
const texts = new RememberedOf<CommonMembers, Buffer>();

function printedOnce(reply: FastifyReply, answer: CommonMembers): Buffer {
  let text = texts.get(answer);
  if (text === undefined) texts.set(answer, (text = Buffer.from(JSON.stringify(answer))));
  if (answer.revision !== null) reply.header('Cluster-Revision', String(answer.revision));
  reply.type(JSON_TYPE);
  return text;
}

function bytes({ json }: EncodedAnswer): Buffer {
  return Buffer.from(json.buffer, json.byteOffset, json.byteLength);
}

/** The operation as a body: a result is put in as it was printed. */
export function printOperation(reply: FastifyReply, view: OperationView): Buffer {
  reply.type(JSON_TYPE).header('Cluster-Revision', String(view.revision));
  return operationBytes(view);
}

export function operationBytes(view: OperationView): Buffer {
  const { result, error } = view;
  const head = operationHead(view);
  if (error !== null) return Buffer.from(JSON.stringify({ ...head, error: problemOf(error, view.id) }));
  if (result === null) return Buffer.from(JSON.stringify(head));
  const open = JSON.stringify(head).slice(0, -1);
  return Buffer.concat([Buffer.from(`${open},"result":`), bytes(result), Buffer.from('}')]);
}
