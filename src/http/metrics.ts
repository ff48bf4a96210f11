/** Prometheus metrics: the process, and requests by route. */
import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';

export const registry = new Registry();
collectDefaultMetrics({ register: registry });

const requests = new Histogram({
  name: 'stowage_http_request_duration_seconds',
  help: 'Time from the first byte of a request to the last of its answer, by route.',
  labelNames: ['method', 'route', 'status'],
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30],
  registers: [registry],
});

/** `route` is the pattern, never the address: the number of series stays bounded. */
export function observeRequest(method: string, route: string, status: number, seconds: number): void {
  requests.observe({ method, route, status }, seconds);
}

const verifications = new Counter({
  name: 'stowage_model_verifications_total',
  help: 'How often a model was compared with the one that its rows make.',
  registers: [registry],
});

const mismatches = new Counter({
  name: 'stowage_model_mismatch_total',
  help: 'How often the two differed: always 0, or answers of this process are wrong until it is started anew.',
  registers: [registry],
});

export function observeVerification(equal: boolean): void {
  verifications.inc();
  if (!equal) mismatches.inc();
}
