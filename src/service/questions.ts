/** Asking: resolves what a question needs of the store, lets `planning` answer, enforces `?require=yes`. */
import type { JsonObject } from '../kubernetes/types.js';
import type { EffectiveAnswer, EffectiveRequest, FitAcrossAnswer, FitAcrossRequest } from '../planning/answers.js';
import type { CommonMembers } from '../planning/common.js';
import type { QuestionContext } from '../planning/context.js';
import { effective } from '../planning/effective.js';
import { fitAcross } from '../planning/fit.js';
import { neededManifests, refText, type ObjectRef } from '../planning/request.js';
import type { ClusterState, Store } from '../store/store.js';
import type { Clusters, Freshness } from './clusters.js';
import { ServiceError } from './errors.js';

/** What every question takes besides its own. */
export interface AskOptions extends Freshness {
  readonly require?: 'yes';
}

export type Question<R, A extends CommonMembers> = (context: QuestionContext, request: R) => A;

const noManifests: ReadonlyMap<string, JsonObject> = new Map();

/** @throws ServiceError `requirement_not_met` with the whole answer, for `?require=yes` and another verdict */
function required<A extends CommonMembers>(answer: A, require: 'yes' | undefined): A {
  if (require !== 'yes' || answer.verdict === 'yes') return answer;
  throw new ServiceError('requirement_not_met', `the verdict is "${answer.verdict}", required is "yes"`, { answer });
}

export class Questions {
  constructor(
    private readonly store: Store,
    private readonly clusters: Clusters,
  ) {}

  /** Without a cluster: no admission, no stored workloads. */
  effective({ require, ...request }: EffectiveRequest & AskOptions): EffectiveAnswer {
    return required(effective(null, request), require);
  }

  /**
   * Asks one question of one cluster's published state.
   *
   * @throws PlanningError and ServiceError as the codes of API.md 1 say
   */
  async ask<R extends object, A extends CommonMembers>(
    cluster: string,
    question: Question<R, A>,
    request: R & AskOptions,
    named: readonly ObjectRef[] = [],
    progress?: QuestionContext['progress'],
  ): Promise<A> {
    const { require, minRevision, maxAge, ...rest } = request;
    const state = await this.clusters.state(cluster, { minRevision, maxAge });
    const refs = [...neededManifests(rest), ...named];
    const manifests = refs.length === 0 ? noManifests : await this.manifests(cluster, refs);
    return required(question(contextOf(state, manifests, progress), rest as unknown as R), require);
  }

  /**
   * Which clusters would take it; all of them when none is named. `minRevision` counts each cluster's own revisions, so
   * it needs one cluster to be named.
   */
  async fitAcross(request: FitAcrossRequest & AskOptions): Promise<FitAcrossAnswer> {
    const { require, minRevision, maxAge, clusters, ...rest } = request;
    if (minRevision !== undefined && clusters?.length !== 1) {
      throw new ServiceError('invalid_request', 'minRevision needs exactly one cluster to be named');
    }
    const names = clusters ?? this.store.clusters().map(({ name }) => name);
    const refs = neededManifests(rest);
    const contexts: QuestionContext[] = [];
    for (const name of new Set(names)) {
      const state = await this.clusters.state(name, { minRevision, maxAge });
      contexts.push(contextOf(state, refs.length === 0 ? noManifests : await this.manifests(name, refs)));
    }
    return required(fitAcross(contexts, rest), require);
  }

  private async manifests(cluster: string, refs: readonly ObjectRef[]): Promise<Map<string, JsonObject>> {
    const keys = refs.map((ref) => ({ ...ref, group: ref.group === 'core' ? '' : ref.group }));
    const found = await this.store.getMany(cluster, keys);
    return new Map(
      found.map(({ key, manifest }) => [refText({ ...key, group: key.group === '' ? 'core' : key.group }), manifest]),
    );
  }
}

export function contextOf(
  state: ClusterState,
  manifests = noManifests,
  progress?: QuestionContext['progress'],
): QuestionContext {
  const { name, revision, asOf, model } = state;
  return { cluster: name, revision, asOf, model, manifests, progress };
}
