import { Controller, Param, Post } from '@nestjs/common';
import type {
  EffectiveAnswer,
  EffectiveRequest,
  FitAcrossAnswer,
  FitAcrossRequest,
  FitAnswer,
  FitRequest,
} from '../planning/answers.js';
import { effective } from '../planning/effective.js';
import { fit } from '../planning/fit.js';
import { Questions } from '../service/questions.js';
import { EffectiveOptions, EffectiveQuestion, FitAcrossQuestion, FitQuestion } from './dto/question.dto.js';
import { Endpoint } from './openapi/endpoint.js';
import { Question } from './params.js';

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
  constructor(private readonly questions: Questions) {}

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
    tag: 'questions',
    summary: 'Does it fit now, and where? Why not?',
    description:
      "kube-scheduler's verdict on one pod: the candidates with their scores, or its sentence with every failing rule behind it.",
    question: FitQuestion,
    answer: 'FitAnswer',
    errors: REFUSALS,
  })
  fit(@Param('cluster') cluster: string, @Question(FitQuestion) request: FitQuestion): Promise<FitAnswer> {
    return this.questions.ask(cluster, fit, request as FitRequest);
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
