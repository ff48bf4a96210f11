import type { Faults } from '../faults.js';
import type { Pod } from '../types.js';
export function validatePod(_pod: Pod, _faults: Faults): void {}
