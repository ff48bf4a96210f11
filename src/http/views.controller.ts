import { Controller, Get, Param } from '@nestjs/common';
import type { ExplanationAnswer } from '../planning/answers.js';
import type { CommonMembers } from '../planning/common.js';
import { explanation, explanationManifest } from '../planning/explanation.js';
import { LongQuestions } from '../service/long-questions.js';
import { Questions } from '../service/questions.js';
import { ExplanationQuery, PendingQuery } from './dto/question.dto.js';
import { deliver, Deliver, type Delivery } from './long-answer.js';
import { Endpoint } from './openapi/endpoint.js';
import { Options } from './params.js';

@Controller('v1/clusters/:cluster')
export class ViewsController {
  constructor(
    private readonly questions: Questions,
    private readonly long: LongQuestions,
  ) {}

  @Get('pending')
  @Endpoint({
    id: 'pending',
    mayBeAsync: true,
    tag: 'views',
    summary: 'Pending pods by reason',
    query: PendingQuery,
    answer: 'PendingAnswer',
    errors: ['stale_data'],
  })
  pending(
    @Param('cluster') cluster: string,
    @Options(PendingQuery) query: PendingQuery,
    @Deliver() delivery: Delivery,
  ): Promise<CommonMembers | Buffer> {
    return deliver(this.long, delivery, cluster, 'pending', query);
  }

  @Get('namespaces/:namespace/pods/:name/explanation')
  @Endpoint({
    id: 'explanation',
    tag: 'views',
    summary: 'Where a stored pod stands, and why',
    description: "The computed answer beside the cluster's own PodScheduled condition.",
    query: ExplanationQuery,
    answer: 'ExplanationAnswer',
    errors: ['stale_data'],
  })
  explanation(
    @Param('cluster') cluster: string,
    @Param('namespace') namespace: string,
    @Param('name') name: string,
    @Options(ExplanationQuery) query: ExplanationQuery,
  ): Promise<ExplanationAnswer> {
    const request = { ...query, namespace, name };
    return this.questions.ask(cluster, explanation, request, [explanationManifest(request)]);
  }
}
