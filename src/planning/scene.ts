/**
 * The private copy that a question is asked of: the published model with what the common options make of it (API.md 4).
 * Nothing is forked before something changes.
 */
import { isObject } from '../kubernetes/manifests.js';
import type { Json, JsonObject } from '../kubernetes/types.js';
import { PodFlag } from '../scheduler/model-change.js';
import type { ClusterModel } from '../scheduler/model.js';
import { podClass } from '../scheduler/pod-class.js';
import type { Assumptions } from './common.js';
import { companionsIn } from './companions.js';
import type { QuestionContext } from './context.js';
import { placeAll } from './placing.js';
import { bytewise } from './quantities.js';
import type { CommonOptions } from './request.js';
import { invalidManifest } from './subject.js';
import type { Subject } from './subject.js';
import { applyWhatIf } from './whatif.js';

type SceneOptions = CommonOptions & { readonly keepNodeName?: boolean };

export class Scene {
  #model: ClusterModel;
  #own = false;
  readonly warnings: string[] = [];
  readonly #ignored: string[] = [];
  #reservationsIgnored = 0;
  #whatIfUnplaced = 0;
  #pendingPlaced: number | null = null;
  #pendingUnplaced = 0;

  /** With reservations as asked and the what-if operations applied. */
  constructor(
    context: QuestionContext,
    private readonly options: SceneOptions,
  ) {
    this.#model = context.model;
    if (options.reservations === 'ignore' && context.model.reservationCount > 0) {
      this.#reservationsIgnored = context.model.reservationCount;
      this.#model = context.model.withoutReservations();
      this.#own = true;
    }
    if (options.whatIf?.some(({ op }) => op !== 'patchSubject') === true) {
      const outcome = applyWhatIf(this.own(), context, options);
      this.warnings.push(...outcome.warnings);
      this.#whatIfUnplaced = outcome.unplaced;
    }
  }

  get model(): ClusterModel {
    return this.#model;
  }

  /** The model as a fork that may be changed. */
  own(): ClusterModel {
    if (!this.#own) {
      this.#model = this.#model.fork();
      this.#own = true;
    }
    return this.#model;
  }

  /** What the body brings beside its pods, put in before these are read. Refuses with `invalid_manifest`. */
  enterCompanions(body: Json | undefined): void {
    const { changes, errors } = companionsIn(body, this.options);
    if (errors.length > 0) throw invalidManifest(errors);
    for (const change of changes) this.own().apply(change);
  }

  /** Makes sure that the objects are there which default spreading reads the subject's selector of. */
  enter(subject: Subject): void {
    if (subject.nodeName !== '' && this.options.keepNodeName !== true && !this.#ignored.includes('spec.nodeName')) {
      this.#ignored.push('spec.nodeName');
    }
    for (const owner of subject.workload.owners) this.addOwner(owner);
  }

  /** A Pod that is itself stored is still to be placed: it leaves the copy. */
  takeOut({ kind, record: { namespace, name } }: Subject): void {
    if (kind !== 'Pod' || this.#model.podSlot(namespace, name) < 0) return;
    this.own().apply({ type: 'pod', namespace, name, pod: null });
  }

  private addOwner(owner: JsonObject): void {
    const metadata = owner['metadata'];
    const { kind, apiVersion } = owner;
    if (!isObject(metadata) || typeof kind !== 'string' || typeof apiVersion !== 'string') return;
    const { name, namespace } = metadata;
    if (typeof name !== 'string' || typeof namespace !== 'string') return;
    const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
    if (this.#model.objects.get(group, kind, namespace, name) !== undefined) return;
    this.own().apply({ type: 'object', group, kind, namespace, name, object: owner });
  }

  /** `pending: first`: what waits is placed before the subject, in the order of the queue. */
  placePending(): void {
    if (this.options.pending !== 'first' || this.#pendingPlaced !== null) return;
    const waiting = this.#model
      .pendingPods()
      .filter(({ flags }) => (flags & (PodFlag.gated | PodFlag.terminating)) === 0)
      .sort(
        (a, b) =>
          podClass(b.shape).priority - podClass(a.shape).priority ||
          (a.creationTime ?? 0) - (b.creationTime ?? 0) ||
          bytewise(a.namespace, b.namespace) ||
          bytewise(a.name, b.name),
      );
    const nodes = waiting.length === 0 ? [] : placeAll(this.own(), waiting);
    this.#pendingUnplaced = nodes.filter((node) => node === null).length;
    this.#pendingPlaced = nodes.length - this.#pendingUnplaced;
  }

  assumptions(): Assumptions {
    const pending =
      this.#pendingPlaced === null
        ? { pendingIgnored: this.#model.pendingCount }
        : { pendingPlaced: this.#pendingPlaced, pendingUnplaced: this.#pendingUnplaced };
    return {
      ...pending,
      orphanPods: this.#model.orphanCount,
      ...(this.#reservationsIgnored > 0 ? { reservationsIgnored: this.#reservationsIgnored } : {}),
      ...(this.#ignored.length > 0 ? { ignored: this.#ignored } : {}),
      ...(this.#whatIfUnplaced > 0 ? { whatIfUnplaced: this.#whatIfUnplaced } : {}),
    };
  }
}
