/** What every question is asked of: one published state of one cluster. */
import type { JsonObject } from '../kubernetes/types.js';
import type { ClusterModel } from '../scheduler/model.js';

export interface QuestionContext {
  readonly cluster: string;
  readonly revision: number;
  /** When the cluster's data was observed, ISO 8601 UTC. */
  readonly asOf: string | null;
  /** Published: fork before changing. */
  readonly model: ClusterModel;
  /**
   * Manifests that the question names and the model does not keep (stored workloads and pods), fetched beforehand by the
   * service: key `group/Kind/namespace/name`, `core` for the core group.
   */
  readonly manifests: ReadonlyMap<string, JsonObject>;
  /**
   * Called now and then by questions that may run long (every few thousand placements) with what is done and the whole;
   * throws `Cancelled` when nobody waits for the answer any more.
   */
  readonly progress?: (done: number, total: number) => void;
}
