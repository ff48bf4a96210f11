/**
 * Milliseconds since the epoch as the process knew them when it started, moved on by its monotonic clock: what is to
 * expire in ten minutes does so ten minutes from now, however often the wall clock is set meanwhile.
 */
export function steadyNow(): number {
  return performance.timeOrigin + performance.now();
}
