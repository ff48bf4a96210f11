import { Controller, Param, Post } from '@nestjs/common';
import type { EffectiveAnswer, EffectiveRequest, FitAcrossAnswer, FitAcrossRequest } from '../planning/answers.js';
import type { CommonMembers } from '../planning/common.js';
import { effective } from '../planning/effective.js';
import { lifecycle, type LifecycleView } from '../service/lifecycle.js';
import { LongQuestions } from '../service/long-questions.js';
import { Questions } from '../service/questions.js';
import {
  CapacityQuestion,
  EffectiveOptions,
  EffectiveQuestion,
  FitAcrossQuestion,
  FitQuestion,
  LifecycleRequest,
  SimulateQuestion,
} from './dto/question.dto.js';
import { deliver, Deliver, type Delivery } from './long-answer.js';
import { Endpoint } from './openapi/endpoint.js';
import { ManyQuestion, Question } from './params.js';

/** What every question may refuse. */
const REFUSALS = [
  'invalid_manifest',
  'nothing_to_evaluate',
  'empty_selection',
  'requirement_not_met',
  'stale_data',
] as const;

@Controller('v1')
export class QuestionsController {
  constructor(
    private readonly questions: Questions,
    private readonly long: LongQuestions,
  ) {}

  @Post('effective')
  @Endpoint({
    id: 'effective',
    tag: 'questions',
    summary: 'What a pod really asks for, without a cluster',
    description:
      'The larger of the init phase (stage by stage) and the work phase, plus overhead; which container decided it; what is held for life only because of init.',
    question: EffectiveOptions,
    answer: 'EffectiveAnswer',
    errors: ['invalid_manifest', 'nothing_to_evaluate', 'requirement_not_met'],
    aboutCluster: false,
  })
  effectiveAlone(@Question(EffectiveOptions) request: EffectiveOptions): EffectiveAnswer {
    return this.questions.effective(request as EffectiveRequest);
  }

  @Post('clusters/:cluster/questions/effective')
  @Endpoint({
    id: 'effectiveInCluster',
    tag: 'questions',
    summary: 'What a pod really asks for once this cluster has admitted it',
    description: 'LimitRanges, RuntimeClasses, PriorityClasses and quotas of the cluster apply.',
    question: EffectiveQuestion,
    answer: 'EffectiveAnswer',
    errors: REFUSALS,
  })
  effective(
    @Param('cluster') cluster: string,
    @Question(EffectiveQuestion) request: EffectiveQuestion,
  ): Promise<EffectiveAnswer> {
    return this.questions.ask(cluster, effective, request as EffectiveRequest);
  }

  @Post('clusters/:cluster/questions/fit')
  @Endpoint({
    id: 'fit',
    mayBeAsync: true,
    tag: 'questions',
    summary: 'Does it fit now, and where? Why not?',
    description:
      "kube-scheduler's verdict on one pod: the candidates with their scores, or its sentence with every failing rule behind it.",
    question: FitQuestion,
    answer: 'FitAnswer',
    errors: REFUSALS,
  })
  fit(
    @Param('cluster') cluster: string,
    @Question(FitQuestion) request: FitQuestion,
    @Deliver() delivery: Delivery,
  ): Promise<CommonMembers | Buffer> {
    return deliver(this.long, delivery, cluster, 'fit', request);
  }

  @Post('clusters/:cluster/questions/capacity')
  @Endpoint({
    id: 'capacity',
    mayBeAsync: true,
    tag: 'questions',
    summary: 'How many more fit?',
    description: 'Replicas are placed one after another, each where `fit` would put it, until one does not fit.',
    question: CapacityQuestion,
    answer: 'CapacityAnswer',
    errors: REFUSALS,
  })
  capacity(
    @Param('cluster') cluster: string,
    @Question(CapacityQuestion) request: CapacityQuestion,
    @Deliver() delivery: Delivery,
  ): Promise<CommonMembers | Buffer> {
    return deliver(this.long, delivery, cluster, 'capacity', request);
  }

  @Post('clusters/:cluster/questions/simulate')
  @Endpoint({
    id: 'simulate',
    mayBeAsync: true,
    tag: 'questions',
    summary: 'Would all of this fit together?',
    description: 'Workloads expand to their pods, which are placed by priority, then body order.',
    question: SimulateQuestion,
    answer: 'SimulateAnswer',
    errors: REFUSALS,
  })
  simulate(
    @Param('cluster') cluster: string,
    @ManyQuestion(SimulateQuestion) request: SimulateQuestion,
    @Deliver() delivery: Delivery,
  ): Promise<CommonMembers | Buffer> {
    return deliver(this.long, delivery, cluster, 'simulate', request);
  }

  @Post('lifecycle')
  @Endpoint({
    id: 'lifecycle',
    tag: 'questions',
    summary: 'How a pod starts, stage by stage; or what a change restarts',
    description: 'A manifest: the start sequence. `from` and `to`: what the change from one to the other restarts.',
    question: LifecycleRequest,
    answer: 'LifecycleAnswer',
    errors: ['invalid_manifest', 'nothing_to_evaluate'],
    aboutCluster: false,
  })
  lifecycle(@Question(LifecycleRequest) request: LifecycleRequest): LifecycleView {
    return lifecycle(request);
  }

  @Post('questions/fit')
  @Endpoint({
    id: 'fitAcrossClusters',
    tag: 'questions',
    summary: 'Which clusters would take it?',
    question: FitAcrossQuestion,
    answer: 'FitAcrossAnswer',
    errors: [...REFUSALS, 'not_found'],
    aboutCluster: false,
  })
  fitAcross(@Question(FitAcrossQuestion) request: FitAcrossQuestion): Promise<FitAcrossAnswer> {
    return this.questions.fitAcross(request as FitAcrossRequest);
  }
}
