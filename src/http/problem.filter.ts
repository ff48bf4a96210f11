/** Turns whatever was thrown into a problem document. The only place that answers an error. */
import { Catch, NotFoundException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { problem, problemCodes, problemOf } from './problem.js';
import type { RouteTable } from './route-table.js';
import { sendProblem } from './server.js';

@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly routes: RouteTable) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (reply.sent) {
      request.log.error({ reqId: request.id, err: error }, 'error after the answer began');
      reply.raw.destroy();
      return;
    }
    if (request.is404 && error instanceof NotFoundException) return this.noRoute(request, reply);
    const body = problemOf(error, request.id);
    const answer: unknown = body['answer'];
    const revision: unknown =
      typeof answer === 'object' && answer !== null ? Reflect.get(answer, 'revision') : undefined;
    if (typeof revision === 'number') reply.header('Cluster-Revision', String(revision));
    if (body.code === 'internal') request.log.error({ reqId: request.id, err: error }, 'unexpected error');
    sendProblem(reply, body, problemCodes[body.code].retryAfter);
  }

  private noRoute(request: FastifyRequest, reply: FastifyReply): void {
    const path = request.url.split('?', 1)[0] ?? '';
    const allowed = this.routes.allowed(path);
    if (allowed.length === 0) {
      return sendProblem(reply, problem('not_found', `there is nothing at ${path.slice(0, 200)}`, request.id));
    }
    reply.header('Allow', allowed.join(', '));
    const detail = `${request.method} is not allowed here; allowed: ${allowed.join(', ')}`;
    sendProblem(reply, problem('method_not_allowed', detail, request.id, { allowed }));
  }
}
