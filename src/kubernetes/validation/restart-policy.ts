/** When a container restarts: its own policy and rules, and on a resize (SEMANTICS 4.3). */
import type { Faults } from '../faults.js';
import type { Container } from '../types.js';
import { Seen } from './seen.js';

const policies = ['Always', 'Never', 'OnFailure'];
const actions = ['Restart', 'RestartAllContainers'];
const operators = ['In', 'NotIn'];
const maxRules = 20;
const maxExitCodes = 255;

/** `restartPolicy` and `restartPolicyRules` of an app or init container, at its position (ContainerRestartRules). */
export function validateRestartPolicy({ restartPolicy, restartPolicyRules }: Container, faults: Faults): void {
  if (restartPolicy !== undefined && !policies.includes(restartPolicy)) {
    faults.notSupported('restartPolicy', restartPolicy, policies);
  }
  if (restartPolicyRules === undefined || restartPolicyRules.length === 0) return;
  if (restartPolicy === undefined) {
    faults.required('restartPolicy', 'must specify restartPolicy when restart rules are used');
  }
  if (restartPolicyRules.length > maxRules) faults.tooMany('restartPolicyRules', restartPolicyRules.length, maxRules);
  for (const [index, { action = '', exitCodes }] of restartPolicyRules.entries()) {
    const field = `restartPolicyRules[${index}]`;
    if (!actions.includes(action)) faults.notSupported(`${field}.action`, action, actions);
    if (exitCodes === undefined) {
      faults.required(`${field}.exitCodes`, 'must be specified');
      continue;
    }
    const { operator = '', values = [] } = exitCodes;
    if (!operators.includes(operator)) faults.notSupported(`${field}.exitCodes.operator`, operator, operators);
    if (values.length > maxExitCodes) faults.tooMany(`${field}.exitCodes.values`, values.length, maxExitCodes);
  }
}

const resizePolicies = ['NotRequired', 'RestartContainer'];
const resizableResources = ['cpu', 'memory'];

type ResizePolicies = NonNullable<Container['resizePolicy']>;

/** Upstream reports what is wrong with an item at the list; only a resource named twice has its index. */
export function validateResizePolicy(list: ResizePolicies, podRestartPolicy: string, faults: Faults): void {
  const seen = new Seen();
  for (const [index, { resourceName, restartPolicy }] of list.entries()) {
    if (seen.has(resourceName)) faults.duplicate(`resizePolicy[${index}]`, resourceName);
    seen.add(resourceName);
    if (resourceName === '') faults.required('resizePolicy');
    else if (!resizableResources.includes(resourceName)) {
      faults.notSupported('resizePolicy', resourceName, resizableResources);
    }
    if (restartPolicy === '') faults.required('resizePolicy');
    else if (!resizePolicies.includes(restartPolicy)) {
      faults.notSupported('resizePolicy', restartPolicy, resizePolicies);
    }
    if (podRestartPolicy === 'Never' && restartPolicy !== 'NotRequired') {
      const detail = "must be 'NotRequired' when pod `restartPolicy` is 'Never'";
      faults.invalid('resizePolicy', restartPolicy, detail);
    }
  }
}

/** A plain init container runs once: there is nothing to restart. At its position. */
export function validateInitResizePolicy(list: ResizePolicies, faults: Faults): void {
  for (const [index, { restartPolicy }] of list.entries()) {
    if (restartPolicy !== 'RestartContainer') continue;
    const detail = "must not be set to 'RestartContainer' for non-sidecar initContainers";
    faults.invalid(`resizePolicy[${index}].restartPolicy`, restartPolicy, detail);
  }
}
