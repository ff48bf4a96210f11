/**
 * Ids of reservations: UUIDs of version 7 (RFC 9562), whose first 48 bits are the time. Rows that come one after another
 * lie beside each other in every index: with random ids each claim of a batch dirtied a page of its own.
 */
import { randomUUID } from 'node:crypto';

let lastTime = -1;
/** Of `lastTime`, as the first two groups of a UUID. */
let prefix = '';

/** @param now milliseconds since the epoch; a steady clock gives fractions, too */
export function reservationId(now: number): string {
  const milliseconds = Math.floor(now);
  if (milliseconds !== lastTime) {
    lastTime = milliseconds;
    const time = milliseconds.toString(16).padStart(12, '0');
    prefix = `${time.slice(0, 8)}-${time.slice(8)}-7`;
  }
  // What follows the version is random in version 4 too: 74 bits.
  return prefix + randomUUID().slice(15);
}
