/** An answer with more to it than a body: status, headers, entity tag. Controllers return it, a hook unwraps it. */

export interface ReplyOptions {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The cluster's revision, where the body does not say it. */
  readonly revision?: number;
  /** An object's last-change revision. */
  readonly etag?: number;
}

export class Reply {
  constructor(
    readonly body: unknown,
    readonly options: ReplyOptions,
  ) {}
}

/** 204: done at that revision, nothing to say. */
export const doneReply = (revision: number): Reply => new Reply(null, { status: 204, revision });

export const entityTag = (revision: number): string => `"${revision}"`;
