/**
 * The Fastify server under Nest: timeouts, request ids, request logs, body readers, answer headers, and the errors that
 * never reach a controller.
 */
import { randomUUID } from 'node:crypto';
import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import type { Logger } from 'pino';
import type { Config } from '../config/config.js';
import { ServiceError } from '../service/errors.js';
import { registerBodies } from './body/body.js';
import { negotiate } from './body/media-type.js';
import { printYaml } from './body/yaml.js';
import { JSON_ONLY } from './media.js';
import { observeRequest } from './metrics.js';
import { PROBLEM_MEDIA_TYPE, problemOf, type Problem } from './problem.js';
import { entityTag, Reply } from './reply.js';
import { RouteTable } from './route-table.js';
import type { Shutdown } from './shutdown.js';

/** What a client may call its request; anything else gets an id of ours. */
const REQUEST_ID = /^[A-Za-z0-9._:-]{1,128}$/;

function requestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

export function sendProblem(reply: FastifyReply, body: Problem, retryAfter?: number): void {
  reply.code(body.status).type(PROBLEM_MEDIA_TYPE);
  if (retryAfter !== undefined) reply.header('Retry-After', String(retryAfter));
  reply.serializer((payload: unknown) => JSON.stringify(payload)).send(body);
}

/** Answers what Node's parser refuses before there is a request. */
function clientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const known = error.code === 'HPE_HEADER_OVERFLOW' || error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const body = problemOf(
    known ? error : Object.assign(new Error('the request is not HTTP/1.1'), { statusCode: 400 }),
    randomUUID(),
  );
  const text = JSON.stringify(body);
  socket.end(
    `HTTP/1.1 ${body.status} ${STATUS_CODES[body.status]}\r\nContent-Type: ${PROBLEM_MEDIA_TYPE}\r\n` +
      `Content-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
  );
}

export function createAdapter(config: Config, logger: Logger, shutdown: Shutdown, routes: RouteTable): FastifyAdapter {
  const adapter = new FastifyAdapter({
    loggerInstance: logger,
    // one line per request is written below
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: requestId,
    // What is logged names the request itself: a logger of its own costs each more than its line.
    childLoggerFactory: (parent: FastifyBaseLogger) => parent,
    // Fastify's default of 0 waits for ever for a body that never ends; both are enforced once a second
    requestTimeout: config.requestTimeoutMs,
    http: {
      headersTimeout: config.headersTimeoutMs,
      connectionsCheckingInterval: Math.min(1000, config.headersTimeoutMs),
      maxHeaderSize: 32 * 1024,
    },
    keepAliveTimeout: 72_000,
    bodyLimit: config.maxImportBytes,
    // names are at most 253 characters, percent-encoded at most three times that
    routerOptions: { maxParamLength: 1024, caseSensitive: true, ignoreTrailingSlash: false },
    clientErrorHandler: clientError,
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      reply.header('X-Request-Id', request.id);
      sendProblem(reply, problemOf(error, request.id));
    },
    return503OnClosing: false,
  });
  const fastify = adapter.getInstance() as FastifyInstance;
  registerBodies(fastify, config);
  registerHooks(fastify, shutdown);
  shutdown.watch(fastify.server);
  fastify.addHook('onRoute', (route) => routes.add(route.method, route.url));
  return adapter;
}

/** @throws ServiceError `invalid_request` for any parameter */
function refuseQuery(query: unknown): void {
  const [name] = Object.keys(query ?? {});
  if (name === undefined) return;
  throw new ServiceError('invalid_request', `${name.slice(0, 100)}: no query parameters are taken here`);
}

function registerHooks(fastify: FastifyInstance, shutdown: Shutdown): void {
  fastify.decorateRequest('answerType', '');

  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header('X-Request-Id', request.id);
    if (shutdown.stopping) reply.header('Connection', 'close');
    const { gives, noQuery } = request.routeOptions.config;
    // addresses of the documentation's own files have no say in this
    if (request.is404 || (gives === undefined && !request.url.startsWith('/v1'))) return done();
    try {
      if (noQuery === true) refuseQuery(request.query);
      request.answerType = negotiate(request.headers.accept, gives ?? JSON_ONLY);
      done();
    } catch (error) {
      done(error as Error);
    }
  });

  fastify.addHook('preSerialization', (request, reply, payload: unknown, done) => {
    let body = payload;
    let revision: unknown;
    if (payload instanceof Reply) {
      body = payload.body;
      const { status, headers, etag } = payload.options;
      if (status !== undefined) reply.code(status);
      if (headers !== undefined) reply.headers(headers);
      if (etag !== undefined) reply.header('ETag', entityTag(etag));
      revision = payload.options.revision;
    }
    if (revision === undefined && typeof body === 'object' && body !== null) revision = Reflect.get(body, 'revision');
    if (typeof revision === 'number') reply.header('Cluster-Revision', String(revision));
    if (request.answerType === 'application/yaml' && reply.statusCode < 400) {
      reply.type('application/yaml').serializer((value: unknown) => printYaml(value));
    }
    done(null, body);
  });

  fastify.addHook('onResponse', (request, reply, done) => {
    observeRequest(request.method, request.routeOptions.url ?? 'none', reply.statusCode, reply.elapsedTime / 1000);
    const level = reply.statusCode >= 500 ? 'error' : request.routeOptions.config.quiet ? 'debug' : 'info';
    request.log[level](
      {
        reqId: request.id,
        method: request.method,
        url: request.url,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
      },
      'request',
    );
    done();
  });
}
