/** Validation of Jobs and CronJobs in upstream's order (`pkg/apis/batch/validation`; SEMANTICS 11). */
import type { Faults } from '../faults.js';
import { readObject, readString } from '../read-common.js';
import type { Json, JsonObject } from '../types.js';
import { labelSelectorValue } from '../validation/internal-values.js';
import { dnsLabelFaults, dnsSubdomainFaults } from '../validation/names.js';
import { optionalText } from '../validation/raw.js';
import { validatePodTemplate } from '../validation/validate-pod.js';
import { checkSchedule, checkTimeZone } from './cron-schedule.js';
import { checkLabelSelector, checkTemplateLabels } from './label-selector.js';
import { compileLabelSelector } from '../selectors.js';
import { checkPodFailurePolicy } from './pod-failure-policy.js';
import { checkCount, checkLongCount, enterSpec, readTemplate } from './workload-spec.js';

export function checkJob(manifest: JsonObject, faults: Faults): void {
  const spec = enterSpec(manifest, dnsSubdomainFaults, faults);
  const template = checkJobSpec(spec, faults);
  // The selector is generated unless manualSelector is set.
  const selector = checkLabelSelector(spec['selector'], 'selector', faults);
  if (spec['manualSelector'] === true) {
    if (selector === null) faults.required('selector');
    const compiled = selector === null ? null : compileLabelSelector(selector);
    if (selector !== null && compiled === null) {
      faults.invalid('selector', labelSelectorValue(spec['selector']), 'invalid label selector');
    } else checkTemplateLabels(compiled, template.metadata.labels, faults);
  }
  faults.leave();
  checkNamesOfIndexedPods(manifest, spec, faults);
}

/** Pods of an Indexed Job are named after it and their index, which must be a host name. */
function checkNamesOfIndexedPods(manifest: JsonObject, spec: JsonObject, faults: Faults): void {
  const { completionMode, completions } = spec;
  const name = optionalText(readObject(manifest['metadata'], 'metadata', faults)?.['name']);
  if (completionMode !== 'Indexed' || typeof completions !== 'number' || completions <= 0 || !name) return;
  const highest = `${name}-${completions - 1}`;
  if (dnsLabelFaults(highest).length > 0) {
    faults.invalid('metadata.name', name, `will not able to create pod with invalid DNS label: ${highest}`);
  }
}

const concurrencyPolicies = ['Allow', 'Forbid', 'Replace'];
/** Eleven characters are left for the time that the Job's name ends in. */
const longestCronJobName = 52;

export function checkCronJob(manifest: JsonObject, faults: Faults): void {
  const spec = enterSpec(manifest, dnsSubdomainFaults, faults);
  const schedule = readString(spec['schedule'], 'schedule', faults);
  if (schedule === '') faults.required('schedule');
  else checkSchedule(schedule, spec['timeZone'] !== undefined && spec['timeZone'] !== null, faults);
  checkLongCount(spec, 'startingDeadlineSeconds', faults);
  const timeZone = optionalText(spec['timeZone']);
  if (timeZone !== undefined) checkTimeZone(timeZone, faults);
  const policy = readString(spec['concurrencyPolicy'], 'concurrencyPolicy', faults) || 'Allow';
  if (!concurrencyPolicies.includes(policy)) faults.notSupported('concurrencyPolicy', policy, concurrencyPolicies);
  const jobTemplate = readObject(spec['jobTemplate'], 'jobTemplate', faults) ?? {};
  faults.enter('jobTemplate');
  const jobSpec = readObject(jobTemplate['spec'], 'spec', faults) ?? {};
  faults.enter('spec');
  checkJobSpec(jobSpec, faults);
  const { selector = null, manualSelector } = jobSpec;
  if (selector !== null) {
    faults.invalid('selector', labelSelectorValue(selector), '`selector` will be auto-generated');
  }
  if (manualSelector === true) faults.notSupported('manualSelector', true, ['nil', 'false']);
  faults.leave();
  faults.leave();
  checkCount(spec, 'successfulJobsHistoryLimit', faults);
  checkCount(spec, 'failedJobsHistoryLimit', faults);
  faults.leave();
  const name = optionalText(readObject(manifest['metadata'], 'metadata', faults)?.['name']) ?? '';
  if (name.length > longestCronJobName) {
    faults.invalid('metadata.name', name, `must be no more than ${longestCronJobName} characters`);
  }
}

const completionModes = ['NonIndexed', 'Indexed'];
const maxParallelism = 100_000;
const manyCompletions = 100_000;
const maxFailuresOfMany = 10_000;

/** At the position of the Job's spec. @returns its template */
function checkJobSpec(spec: JsonObject, faults: Faults): ReturnType<typeof readTemplate> {
  const template = readTemplate(spec, faults);
  const parallelism = checkCount(spec, 'parallelism', faults);
  const completions = checkCount(spec, 'completions', faults);
  checkLongCount(spec, 'activeDeadlineSeconds', faults);
  checkCount(spec, 'backoffLimit', faults);
  checkCount(spec, 'ttlSecondsAfterFinished', faults);
  const backoffLimitPerIndex = checkCount(spec, 'backoffLimitPerIndex', faults);
  const maxFailedIndexes = checkCount(spec, 'maxFailedIndexes', faults);
  if (maxFailedIndexes !== undefined && backoffLimitPerIndex === undefined) {
    faults.required('backoffLimitPerIndex', 'when maxFailedIndexes is specified');
  }
  const mode = readString(spec['completionMode'], 'completionMode', faults) || 'NonIndexed';
  if (!completionModes.includes(mode)) faults.notSupported('completionMode', mode, completionModes);
  if (mode === 'Indexed') {
    checkIndexed({ parallelism, completions, backoffLimitPerIndex, maxFailedIndexes }, faults);
  } else if (mode === 'NonIndexed') {
    const onlyIndexed = 'requires indexed completion mode';
    if (backoffLimitPerIndex !== undefined) faults.invalid('backoffLimitPerIndex', backoffLimitPerIndex, onlyIndexed);
    if (maxFailedIndexes !== undefined) faults.invalid('maxFailedIndexes', maxFailedIndexes, onlyIndexed);
  }
  const failurePolicy = readObject(spec['podFailurePolicy'], 'podFailurePolicy', faults);
  if (failurePolicy !== undefined) {
    checkPodFailurePolicy(failurePolicy, { template, hasLimitPerIndex: backoffLimitPerIndex !== undefined }, faults);
  }
  checkReplacement(spec['podReplacementPolicy'], failurePolicy !== undefined, faults);
  faults.enter('template');
  validatePodTemplate(template, faults);
  checkRestart(template.spec.restartPolicy, failurePolicy !== undefined, faults);
  faults.leave();
  return template;
}

interface IndexedCounts {
  readonly parallelism: number | undefined;
  readonly completions: number | undefined;
  readonly backoffLimitPerIndex: number | undefined;
  readonly maxFailedIndexes: number | undefined;
}

/** What is kept of every index has a size: many of them leave less room for the other counts. */
function checkIndexed(
  { parallelism = 1, completions, backoffLimitPerIndex, maxFailedIndexes }: IndexedCounts,
  faults: Faults,
): void {
  if (completions === undefined) faults.required('completions', 'when completion mode is Indexed');
  if (parallelism > maxParallelism) {
    const detail = `must be less than or equal to ${maxParallelism} when completion mode is Indexed`;
    faults.invalid('parallelism', parallelism, detail);
  }
  if (maxFailedIndexes !== undefined) {
    if (completions !== undefined && maxFailedIndexes > completions) {
      faults.invalid('maxFailedIndexes', maxFailedIndexes, 'must be less than or equal to completions');
    }
    if (maxFailedIndexes > manyCompletions) {
      faults.invalid('maxFailedIndexes', maxFailedIndexes, `must be less than or equal to ${manyCompletions}`);
    }
  }
  if (completions === undefined || completions <= manyCompletions || backoffLimitPerIndex === undefined) return;
  const whenMany = `when completions are above ${manyCompletions} and used with backoff limit per index`;
  const fewer = `must be less than or equal to ${maxFailuresOfMany} ${whenMany}`;
  if (maxFailedIndexes === undefined)
    faults.required('maxFailedIndexes', `must be specified when completions is above ${manyCompletions}`);
  if (parallelism > maxFailuresOfMany) faults.invalid('parallelism', parallelism, fewer);
  if (maxFailedIndexes !== undefined && maxFailedIndexes > maxFailuresOfMany) {
    faults.invalid('maxFailedIndexes', maxFailedIndexes, fewer);
  }
}

/** Pods that a failure policy judges must have ended before others take their places. */
function checkReplacement(value: Json | undefined, hasFailurePolicy: boolean, faults: Faults): void {
  const policy = optionalText(value);
  const supported = hasFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed'];
  if (policy !== undefined && !supported.includes(policy))
    faults.notSupported('podReplacementPolicy', policy, supported);
}

/** At the position of the template. */
function checkRestart(policy: string, hasFailurePolicy: boolean, faults: Faults): void {
  const field = 'spec.restartPolicy';
  if (policy === 'Always') faults.required(field, 'valid values: "OnFailure", "Never"');
  else if (policy !== 'OnFailure' && policy !== 'Never') faults.notSupported(field, policy, ['OnFailure', 'Never']);
  else if (hasFailurePolicy && policy !== 'Never') {
    faults.invalid(field, policy, 'only "Never" is supported when podFailurePolicy is specified');
  }
}
