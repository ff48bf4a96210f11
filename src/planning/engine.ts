/** What computed an answer: same revision, same request, same engine version → same bytes. */
export const ENGINE = { version: '0.1.0', kubernetes: '1.36' } as const;
