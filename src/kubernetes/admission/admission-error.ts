/** One offence against one policy, in the API server's words (without `pods "p" is forbidden: `). */
export interface AdmissionError {
  readonly source: 'LimitRanger' | 'ResourceQuota' | 'Priority' | 'RuntimeClass';
  /** `LimitRange/team-a/limits`, `PriorityClass/high` */
  readonly object: string;
  readonly message: string;
}

/** What one admission plugin made of a pod. */
export interface Admitted<P> {
  readonly pod: P;
  readonly errors: readonly AdmissionError[];
  readonly warnings: readonly string[];
}
