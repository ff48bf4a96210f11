/** Probes and lifecycle hooks (SEMANTICS 4.3). */
import type { Faults } from '../faults.js';
import { isJsonObject } from '../read-common.js';
import type { Container, Json, JsonObject, Probe } from '../types.js';
import { portNameFaults, portNumberFaults } from './names.js';

const onlyOneHandler = 'may not specify more than 1 handler type';
const schemes = ['HTTP', 'HTTPS'];
const probeHandlers = ['exec', 'httpGet', 'tcpSocket', 'grpc'] as const;
const lifecycleHandlers = ['exec', 'httpGet', 'tcpSocket', 'sleep'] as const;

/** The probes and hooks of an app container or sidecar, at its position. */
export function validateProbesAndLifecycle(container: Container, gracePeriod: number, faults: Faults): void {
  const { lifecycle, livenessProbe, readinessProbe, startupProbe } = container;
  if (lifecycle !== undefined) validateLifecycle(lifecycle, gracePeriod, faults);
  if (livenessProbe !== undefined) validateProbe(livenessProbe, 'livenessProbe', faults);
  if (readinessProbe !== undefined) validateProbe(readinessProbe, 'readinessProbe', faults);
  if (startupProbe !== undefined) validateProbe(startupProbe, 'startupProbe', faults);
}

function validateNotNegative(value: number, field: string, faults: Faults): void {
  if (value < 0) faults.invalid(field, value, 'must be greater than or equal to 0');
}

function validateProbe(probe: Probe, field: string, faults: Faults): void {
  faults.enter(field);
  validateHandler(probe.raw, probeHandlers, 0, faults);
  validateNotNegative(probe.initialDelaySeconds, 'initialDelaySeconds', faults);
  validateNotNegative(probe.timeoutSeconds, 'timeoutSeconds', faults);
  validateNotNegative(probe.periodSeconds, 'periodSeconds', faults);
  validateNotNegative(probe.successThreshold, 'successThreshold', faults);
  validateNotNegative(probe.failureThreshold, 'failureThreshold', faults);
  const grace = probe.terminationGracePeriodSeconds;
  if (grace !== undefined && grace <= 0) {
    faults.invalid('terminationGracePeriodSeconds', grace, 'must be greater than 0');
  }
  if (field === 'readinessProbe') {
    if (grace !== undefined) {
      faults.invalid('terminationGracePeriodSeconds', grace, 'must not be set for readinessProbes');
    }
  } else if (probe.successThreshold !== 1) {
    faults.invalid('successThreshold', probe.successThreshold, 'must be 1');
  }
  faults.leave();
}

function validateLifecycle(lifecycle: JsonObject, gracePeriod: number, faults: Faults): void {
  faults.enter('lifecycle');
  for (const hook of ['postStart', 'preStop']) {
    const handler = lifecycle[hook];
    if (!isJsonObject(handler)) continue;
    faults.enter(hook);
    validateHandler(handler, lifecycleHandlers, gracePeriod, faults);
    faults.leave();
  }
  faults.leave();
}

/** Exactly one of `types`, which are in upstream's order; in a handler of several, those after the first are refused unread. */
function validateHandler(
  handler: JsonObject,
  types: readonly HandlerType[],
  gracePeriod: number,
  faults: Faults,
): void {
  let found = false;
  for (const type of types) {
    const action = handler[type];
    if (!isJsonObject(action)) continue;
    if (found) faults.forbidden(type, onlyOneHandler);
    else {
      faults.enter(type);
      handlerChecks[type](action, faults, gracePeriod);
      faults.leave();
    }
    found = true;
  }
  if (!found) faults.required('', 'must specify a handler type');
}

type HandlerType = keyof typeof handlerChecks;

const handlerChecks = {
  exec(action: JsonObject, faults: Faults): void {
    if (!Array.isArray(action.command) || action.command.length === 0) faults.required('command');
  },
  httpGet(action: JsonObject, faults: Faults): void {
    validatePort(action.port, faults);
    const scheme = action.scheme || 'HTTP';
    if (typeof scheme === 'string' && !schemes.includes(scheme)) faults.notSupported('scheme', scheme, schemes);
    if (!Array.isArray(action.httpHeaders)) return;
    for (const header of action.httpHeaders) {
      const name = isJsonObject(header) && typeof header.name === 'string' ? header.name : '';
      if (!/^[-A-Za-z0-9]+$/.test(name)) faults.invalid('httpHeaders', name, headerNameWrong);
    }
  },
  tcpSocket(action: JsonObject, faults: Faults): void {
    validatePort(action.port, faults);
  },
  grpc(action: JsonObject, faults: Faults): void {
    validatePort(action.port, faults);
  },
  sleep(action: JsonObject, faults: Faults, gracePeriod: number): void {
    const seconds = typeof action.seconds === 'number' ? action.seconds : 0;
    if (seconds >= 0 && seconds <= gracePeriod) return;
    const detail = `must be non-negative and less than terminationGracePeriodSeconds (${gracePeriod})`;
    faults.invalid('', seconds, detail);
  },
};

const headerNameWrong =
  "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";

/** A number or the name of a port; absent is 0. */
function validatePort(port: Json | undefined, faults: Faults): void {
  if (typeof port === 'string') faults.invalidForEach('port', port, portNameFaults(port));
  else {
    const number = typeof port === 'number' ? port : 0;
    faults.invalidForEach('port', number, portNumberFaults(number));
  }
}
