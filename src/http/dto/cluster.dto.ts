import { Anything, Integer, Text } from './members.js';

export class ClusterSettingsDto {
  @Text({ description: 'What the cluster is, for people.', maxLength: 1000 })
  description?: string;

  @Anything({
    description:
      'A `kubescheduler.config.k8s.io/v1` KubeSchedulerConfiguration; null or absent: the v1.36 defaults. Replaces the one before.',
  })
  scheduler?: Record<string, unknown>;
}

/** What every read of a cluster may demand. */
export class FreshnessQuery {
  @Integer({
    description: 'Wait at most 3 s until the answer is at this revision or later, else 503 `revision_not_reached`.',
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
  })
  minRevision?: number;

  @Integer({
    description: 'Refuse with 409 `stale_data` when the data was observed more than so many seconds ago.',
    minimum: 0,
    maximum: 315_360_000,
  })
  maxAge?: number;
}
