/** Every migration, oldest first. No globs: what runs is what is listed. */
import { Initial1764000000001 } from './0001-initial.js';

export const migrations = [Initial1764000000001];
