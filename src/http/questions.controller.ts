import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import type { EffectiveAnswer, EffectiveRequest } from '../planning/answers.js';
import { effective } from '../planning/effective.js';
import { Questions } from '../service/questions.js';
import { EffectiveOptions, EffectiveQuestion } from './dto/question.dto.js';
import { Media } from './media.js';
import { Question } from './params.js';

@Controller('v1')
export class QuestionsController {
  constructor(private readonly questions: Questions) {}

  @Post('effective')
  @HttpCode(200)
  @Media({ takes: 'document' })
  effectiveAlone(@Question(EffectiveOptions) request: EffectiveOptions): EffectiveAnswer {
    return this.questions.effective(request as EffectiveRequest);
  }

  @Post('clusters/:cluster/questions/effective')
  @HttpCode(200)
  @Media({ takes: 'document' })
  effective(
    @Param('cluster') cluster: string,
    @Question(EffectiveQuestion) request: EffectiveQuestion,
  ): Promise<EffectiveAnswer> {
    return this.questions.ask(cluster, effective, request as EffectiveRequest);
  }
}
