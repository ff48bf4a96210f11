/** Probes and lifecycle hooks (SEMANTICS 4.3). */
import type { Faults } from '../faults.js';
import { isJsonObject } from '../read-common.js';
import type { Container, Json, JsonObject, Probe } from '../types.js';
import { portNameFaults, portNumberFaults } from './names.js';

const noHandler = 'must specify a handler type';
const onlyOneHandler = 'may not specify more than 1 handler type';
const schemes = ['HTTP', 'HTTPS'];

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
  validateProbeHandler(probe.raw, faults);
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
  validateHook(lifecycle.postStart, 'postStart', gracePeriod, faults);
  validateHook(lifecycle.preStop, 'preStop', gracePeriod, faults);
  faults.leave();
}

function validateHook(handler: Json | undefined, field: string, gracePeriod: number, faults: Faults): void {
  if (!isJsonObject(handler)) return;
  faults.enter(field);
  let found = validateActions(handler, faults);
  found = validateAction(handler.sleep, 'sleep', found, (action) => validateSleep(action, gracePeriod, faults), faults);
  if (!found) faults.required('', noHandler);
  faults.leave();
}

function validateProbeHandler(handler: JsonObject, faults: Faults): void {
  let found = validateActions(handler, faults);
  found = validateAction(handler.grpc, 'grpc', found, validatePortOf, faults);
  if (!found) faults.required('', noHandler);
}

/** What probes and hooks have in common, in upstream's order. @returns whether there is any */
function validateActions({ exec, httpGet, tcpSocket }: JsonObject, faults: Faults): boolean {
  let found = validateAction(exec, 'exec', false, validateExec, faults);
  found = validateAction(httpGet, 'httpGet', found, validateHttpGet, faults);
  return validateAction(tcpSocket, 'tcpSocket', found, validatePortOf, faults);
}

/**
 * Exactly one is allowed: those after the first are refused unread.
 * @param found whether there was one before
 * @returns whether there is one now
 */
function validateAction(
  action: Json | undefined,
  type: string,
  found: boolean,
  validate: (action: JsonObject, faults: Faults) => void,
  faults: Faults,
): boolean {
  if (action === undefined || !isJsonObject(action)) return found;
  if (found) faults.forbidden(type, onlyOneHandler);
  else {
    faults.enter(type);
    validate(action, faults);
    faults.leave();
  }
  return true;
}

function validateExec({ command }: JsonObject, faults: Faults): void {
  if (!Array.isArray(command) || command.length === 0) faults.required('command');
}

function validateHttpGet(action: JsonObject, faults: Faults): void {
  validatePort(action.port, faults);
  const scheme = action.scheme || 'HTTP';
  if (typeof scheme === 'string' && !schemes.includes(scheme)) faults.notSupported('scheme', scheme, schemes);
  if (!Array.isArray(action.httpHeaders)) return;
  for (const header of action.httpHeaders) {
    const name = isJsonObject(header) && typeof header.name === 'string' ? header.name : '';
    if (!/^[-A-Za-z0-9]+$/.test(name)) faults.invalid('httpHeaders', name, headerNameWrong);
  }
}

/** `tcpSocket`, `grpc` */
function validatePortOf({ port }: JsonObject, faults: Faults): void {
  validatePort(port, faults);
}

function validateSleep(action: JsonObject, gracePeriod: number, faults: Faults): void {
  const seconds = typeof action.seconds === 'number' ? action.seconds : 0;
  if (seconds >= 0 && seconds <= gracePeriod) return;
  const detail = `must be non-negative and less than terminationGracePeriodSeconds (${gracePeriod})`;
  faults.invalid('', seconds, detail);
}

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
