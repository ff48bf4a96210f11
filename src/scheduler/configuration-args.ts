/** Arguments of the plugins that take any. Upstream: `apis/config/v1/defaults.go`, `validation/validation_pluginargs.go`. */
import { Faults } from '../kubernetes/faults.js';
import { readBoolean, readInt32, readList, readObject, readString, readStringList } from '../kubernetes/read-common.js';
import { readAffinity, readTopologySpreadConstraint } from '../kubernetes/read-scheduling.js';
import type { JsonObject, NodeAffinity } from '../kubernetes/types.js';
import { validateAffinity } from '../kubernetes/validation/affinity.js';
import {
  defaultArgs,
  systemSpreadConstraints,
  type DefaultSpreadConstraint,
  type PluginArgs,
  type ResourceWeight,
  type ScoringStrategy,
  type ScoringStrategyType,
  type ShapePoint,
} from './profile.js';

/** `before` with the arguments of one plugin; arguments of other plugins are not looked at. */
export function readArgs(plugin: string, args: JsonObject, before: PluginArgs, faults: Faults): PluginArgs {
  switch (plugin) {
    case 'NodeResourcesFit':
      return { ...before, nodeResourcesFit: readFitArgs(args, faults) };
    case 'NodeResourcesBalancedAllocation': {
      const resources = readResources(args, 1, faults);
      return { ...before, nodeResourcesBalancedAllocation: { resources } };
    }
    case 'PodTopologySpread':
      return { ...before, podTopologySpread: readSpreadArgs(args, faults) };
    case 'InterPodAffinity':
      return { ...before, interPodAffinity: readInterPodAffinityArgs(args, faults) };
    case 'NodeAffinity':
      return { ...before, nodeAffinity: { addedAffinity: readAddedAffinity(args, faults) } };
    default:
      return before;
  }
}

// ---- NodeResourcesFit and NodeResourcesBalancedAllocation

const strategyTypes: readonly ScoringStrategyType[] = ['MostAllocated', 'LeastAllocated', 'RequestedToCapacityRatio'];

function readFitArgs(args: JsonObject, faults: Faults): PluginArgs['nodeResourcesFit'] {
  const ignoredResources = readStringList(args.ignoredResources, 'ignoredResources', faults);
  const ignoredResourceGroups = readStringList(args.ignoredResourceGroups, 'ignoredResourceGroups', faults);
  ignoredResourceGroups.forEach((group, index) => {
    if (group.includes('/')) {
      faults.invalid(`ignoredResourceGroups[${index}]`, group, "resource group name can't contain '/'");
    }
  });
  const strategy = readObject(args.scoringStrategy, 'scoringStrategy', faults);
  const { scoringStrategy } = defaultArgs.nodeResourcesFit;
  if (strategy === undefined) return { ignoredResources, ignoredResourceGroups, scoringStrategy };
  faults.enter('scoringStrategy');
  const read = readStrategy(strategy, faults);
  faults.leave();
  return { ignoredResources, ignoredResourceGroups, scoringStrategy: read };
}

function readStrategy(strategy: JsonObject, faults: Faults): ScoringStrategy {
  const text = readString(strategy.type, 'type', faults);
  const type = strategyTypes.find((known) => known === text);
  if (type === undefined) faults.notSupported('type', text, strategyTypes);
  const resources = readResources(strategy, 100, faults);
  if (type !== 'RequestedToCapacityRatio') return { type: type ?? 'LeastAllocated', resources, shape: [] };
  const ratio = readObject(strategy.requestedToCapacityRatio, 'requestedToCapacityRatio', faults) ?? {};
  faults.enter('requestedToCapacityRatio');
  const shape = readShape(ratio, faults);
  faults.leave();
  return { type, resources, shape };
}

/** Weights 1..`most`, 0 stands for 1; none: cpu and memory alike. */
function readResources(args: JsonObject, most: number, faults: Faults): readonly ResourceWeight[] {
  const seen = new Set<string>();
  const resources = readList(args.resources, 'resources', faults, (item) => {
    const name = readString(item.name, 'name', faults);
    if (name === '') faults.required('name');
    else if (seen.has(name)) faults.duplicate('name', name);
    seen.add(name);
    const weight = readInt32(item.weight, 'weight', faults) ?? 0;
    if (weight < 0 || weight > most) {
      const range = most === 1 ? 'must be 1' : `resource weight of ${name} not in valid range [1, ${most}]`;
      faults.invalid('weight', weight, range);
    }
    return { name, weight: weight === 0 ? 1 : weight };
  });
  return resources.length === 0 ? defaultArgs.nodeResourcesBalancedAllocation.resources : resources;
}

/** Utilization 0..100 strictly rising, scores 0..10. */
function readShape(ratio: JsonObject, faults: Faults): readonly ShapePoint[] {
  let previous = -1;
  const shape = readList(ratio.shape, 'shape', faults, (item) => {
    const utilization = readInt32(item.utilization, 'utilization', faults) ?? 0;
    const score = readInt32(item.score, 'score', faults) ?? 0;
    if (utilization < 0) faults.invalid('utilization', utilization, 'must be at least 0');
    else if (utilization > 100) faults.invalid('utilization', utilization, 'must not be greater than 100');
    else if (utilization <= previous) {
      faults.invalid('utilization', utilization, 'utilization values must be sorted in increasing order');
    }
    previous = utilization;
    if (score < 0) faults.invalid('score', score, 'must be at least 0');
    if (score > 10) faults.invalid('score', score, 'must not be greater than 10');
    return { utilization, score };
  });
  if (shape.length === 0) faults.required('shape', 'at least one point must be specified');
  return shape;
}

// ---- PodTopologySpread

function readSpreadArgs(args: JsonObject, faults: Faults): PluginArgs['podTopologySpread'] {
  const text = readString(args.defaultingType, 'defaultingType', faults);
  const defaultingType = text === 'List' ? 'List' : 'System';
  if (text !== '' && text !== 'List' && text !== 'System') {
    faults.notSupported('defaultingType', text, ['List', 'System']);
  }
  const seen = new Set<string>();
  const constraints = readList(args.defaultConstraints, 'defaultConstraints', faults, (item) => {
    const constraint: DefaultSpreadConstraint = readTopologySpreadConstraint(item, faults);
    if (constraint.maxSkew <= 0) faults.invalid('maxSkew', constraint.maxSkew, 'not in valid range (0, inf)');
    if (constraint.topologyKey === '') faults.required('topologyKey', 'can not be empty');
    const actions = ['DoNotSchedule', 'ScheduleAnyway'];
    if (!actions.includes(constraint.whenUnsatisfiable)) {
      faults.notSupported('whenUnsatisfiable', constraint.whenUnsatisfiable, actions);
    }
    if (item.labelSelector !== undefined && item.labelSelector !== null) {
      faults.forbidden('labelSelector', 'constraint must not define a selector, as they deduced for each pod');
    }
    const pair = `{${constraint.topologyKey}, ${constraint.whenUnsatisfiable}}`;
    if (seen.has(pair)) faults.duplicate('', pair);
    seen.add(pair);
    return constraint;
  });
  if (defaultingType === 'List') return { defaultingType, defaultConstraints: constraints };
  if (constraints.length > 0) {
    faults.invalid('defaultingType', 'System', "when .defaultingType is 'System', .defaultConstraints must be empty");
  }
  return { defaultingType, defaultConstraints: systemSpreadConstraints };
}

// ---- InterPodAffinity, NodeAffinity

function readInterPodAffinityArgs(args: JsonObject, faults: Faults): PluginArgs['interPodAffinity'] {
  const weight = readInt32(args.hardPodAffinityWeight, 'hardPodAffinityWeight', faults);
  const { hardPodAffinityWeight } = defaultArgs.interPodAffinity;
  if (weight !== undefined && (weight < 0 || weight > 100)) {
    faults.invalid('hardPodAffinityWeight', weight, 'not in valid range [0-100]');
  }
  return {
    hardPodAffinityWeight: weight ?? hardPodAffinityWeight,
    ignorePreferredTermsOfExistingPods: readBoolean(
      args.ignorePreferredTermsOfExistingPods,
      'ignorePreferredTermsOfExistingPods',
      faults,
    ),
  };
}

/** Read and checked as a pod's nodeAffinity; only the paths differ. */
function readAddedAffinity(args: JsonObject, faults: Faults): NodeAffinity | null {
  if (args.addedAffinity === undefined || args.addedAffinity === null) return null;
  const inner = new Faults();
  const affinity = readAffinity({ nodeAffinity: args.addedAffinity }, 'affinity', inner);
  validateAffinity(affinity, undefined, inner);
  const prefix = 'affinity.nodeAffinity';
  for (const { type, field, detail, message } of inner.errors) {
    const path = `${faults.path('addedAffinity')}${field.slice(prefix.length)}`;
    faults.errors.push({ type, field: path, detail, message: `${path}${message.slice(field.length)}` });
  }
  return affinity?.nodeAffinity ?? null;
}
