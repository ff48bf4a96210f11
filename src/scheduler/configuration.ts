/**
 * KubeSchedulerConfiguration (kubescheduler.config.k8s.io/v1): read, checked and turned into profiles. What decides where
 * pods go applies; what would and is not implemented is listed in `Profile.notEvaluated`. API.md 2; upstream
 * `apis/config/{v1,validation}` and `framework/runtime`.
 */
import { Faults } from '../kubernetes/faults.js';
import { readInt32, readList, readObject, readString } from '../kubernetes/read-common.js';
import type { JsonObject } from '../kubernetes/types.js';
import { readArgs } from './configuration-args.js';
import { defaultArgs, type PluginArgs, type Profile } from './profile.js';
import { defaultWeights, filterPlugins, knownPlugins, scorePlugins } from './registry.js';

export const defaultSchedulerName = 'default-scheduler';

export const defaultProfile: Profile = {
  schedulerName: defaultSchedulerName,
  preFilters: filterPlugins.map(({ name }) => name),
  filters: filterPlugins.map(({ name }) => name),
  postFilters: ['DynamicResources', 'DefaultPreemption'],
  scores: defaultWeights,
  args: defaultArgs,
  notEvaluated: [],
};

const defaultProfiles: ReadonlyMap<string, Profile> = new Map([[defaultSchedulerName, defaultProfile]]);
const profilesByDocument = new WeakMap<JsonObject, ReadonlyMap<string, Profile>>();

/** The profiles of a valid document, by scheduler name; null: the default one. */
export function profilesOf(configuration: JsonObject | null): ReadonlyMap<string, Profile> {
  if (configuration === null) return defaultProfiles;
  let profiles = profilesByDocument.get(configuration);
  if (profiles === undefined) {
    profiles = readConfiguration(configuration, new Faults());
    profilesByDocument.set(configuration, profiles);
  }
  return profiles;
}

const apiVersion = 'kubescheduler.config.k8s.io/v1';
const kind = 'KubeSchedulerConfiguration';

/** Every fault goes to `faults` with its field path; the profiles are usable only when there is none. */
export function readConfiguration(document: JsonObject, faults: Faults): ReadonlyMap<string, Profile> {
  if (document.apiVersion !== apiVersion) faults.notSupported('apiVersion', document.apiVersion ?? '', [apiVersion]);
  if (document.kind !== kind) faults.notSupported('kind', document.kind ?? '', [kind]);
  const percentage = readInt32(document.percentageOfNodesToScore, 'percentageOfNodesToScore', faults);
  checkRange(percentage, 0, 100, 'percentageOfNodesToScore', faults);
  const parallelism = readInt32(document.parallelism, 'parallelism', faults);
  if (parallelism !== undefined && parallelism <= 0) {
    faults.invalid('parallelism', parallelism, 'should be an integer value greater than zero');
  }
  const extenders = readList(document.extenders, 'extenders', faults, (item) => item);
  const notEvaluated = extenders.map((extender) => ({
    plugin: 'Extender',
    reason: `extender ${typeof extender.urlPrefix === 'string' ? extender.urlPrefix : ''}`.trim(),
  }));
  const manifests = readList(document.profiles, 'profiles', faults, (item) => item);
  if (manifests.length === 0) {
    return new Map([[defaultSchedulerName, { ...defaultProfile, notEvaluated }]]);
  }
  const profiles = new Map<string, Profile>();
  manifests.forEach((manifest, index) => {
    faults.enter(`profiles[${index}]`);
    let schedulerName = readString(manifest.schedulerName, 'schedulerName', faults);
    if (schedulerName === '' && manifests.length === 1) schedulerName = defaultSchedulerName;
    if (schedulerName === '') faults.required('schedulerName');
    else if (profiles.has(schedulerName)) faults.duplicate('schedulerName', schedulerName);
    profiles.set(schedulerName, readProfile(manifest, schedulerName, notEvaluated, faults));
    faults.leave();
  });
  return profiles;
}

export function checkRange(
  value: number | undefined,
  least: number,
  most: number,
  field: string,
  faults: Faults,
): void {
  if (value !== undefined && (value < least || value > most)) {
    faults.invalid(field, value, `not in valid range [${least}-${most}]`);
  }
}

function readProfile(
  manifest: JsonObject,
  schedulerName: string,
  globally: Profile['notEvaluated'],
  faults: Faults,
): Profile {
  const percentage = readInt32(manifest.percentageOfNodesToScore, 'percentageOfNodesToScore', faults);
  checkRange(percentage, 0, 100, 'percentageOfNodesToScore', faults);
  const plugins = readPlugins(readObject(manifest.plugins, 'plugins', faults) ?? {}, faults);
  const multiPoint = mergeMultiPoint(plugins.multiPoint);
  const at = (point: ExtensionPoint): string[] => expand(plugins[point], multiPoint, implementers[point]);
  const enabledNames = extensionPoints.flatMap((point) => plugins[point].enabled.map(({ name }) => name));
  const unknown = [...new Set(enabledNames)].filter((name) => !knownPlugins.includes(name));
  return {
    schedulerName,
    preFilters: at('preFilter'),
    filters: at('filter'),
    postFilters: at('postFilter'),
    scores: weights(at('score'), plugins.score.enabled, multiPoint),
    args: readPluginConfig(manifest, faults),
    notEvaluated: [...globally, ...unknown.map((plugin) => ({ plugin, reason: 'unknown plugin' }))],
  };
}

// ---- which plugins run

const extensionPoints = ['multiPoint', 'preFilter', 'filter', 'postFilter', 'preScore', 'score'] as const;
type ExtensionPoint = (typeof extensionPoints)[number];

const filterNames = filterPlugins.map(({ name }) => name);
const scoreNames = scorePlugins.map(({ name }) => name);

/** Plugins that can run at a point. */
const implementers: Readonly<Record<ExtensionPoint, readonly string[]>> = {
  multiPoint: knownPlugins,
  preFilter: filterNames,
  filter: filterNames,
  postFilter: ['DynamicResources', 'DefaultPreemption'],
  preScore: scoreNames,
  score: scoreNames,
};

interface Named {
  readonly name: string;
  readonly weight: number;
}

interface PluginSet {
  readonly enabled: readonly Named[];
  readonly disabled: ReadonlySet<string>;
}

const noPlugins: PluginSet = { enabled: [], disabled: new Set() };

/** Points that do not bear on placement (queueSort, bind …) are checked for their form alone. */
function readPlugins(object: JsonObject, faults: Faults): Record<ExtensionPoint, PluginSet> {
  const sets: Record<string, PluginSet> = {};
  faults.enter('plugins');
  for (const point of Object.keys(object)) {
    const set = readObject(object[point], point, faults) ?? {};
    faults.enter(point);
    const enabled = readList(set.enabled, 'enabled', faults, readNamed);
    const disabled = readList(set.disabled, 'disabled', faults, readNamed);
    faults.leave();
    const names = new Set<string>();
    enabled.forEach(({ name }, index) => {
      if (names.has(name)) faults.duplicate(`${point}.enabled[${index}].name`, name);
      names.add(name);
    });
    sets[point] = { enabled, disabled: new Set(disabled.map(({ name }) => name)) };
  }
  faults.leave();
  const of = (point: string): PluginSet => (Object.hasOwn(sets, point) ? sets[point]! : noPlugins);
  return {
    multiPoint: of('multiPoint'),
    preFilter: of('preFilter'),
    filter: of('filter'),
    postFilter: of('postFilter'),
    preScore: of('preScore'),
    score: of('score'),
  };
}

function readNamed(item: JsonObject, faults: Faults): Named {
  const name = readString(item.name, 'name', faults);
  if (name === '') faults.required('name');
  const weight = readInt32(item.weight, 'weight', faults) ?? 0;
  if (weight < 0) faults.invalid('weight', weight, 'must not be negative');
  return { name, weight };
}

/** The default plugins, those named again replaced in place, new ones after them (upstream's mergePluginSet). */
function mergeMultiPoint({ enabled, disabled }: PluginSet): readonly Named[] {
  const merged: Named[] = [];
  if (!disabled.has('*')) {
    for (const name of knownPlugins) {
      if (disabled.has(name)) continue;
      merged.push(enabled.find((plugin) => plugin.name === name) ?? { name, weight: defaultWeights.get(name) ?? 0 });
    }
  }
  const present = new Set(merged.map(({ name }) => name));
  return [...merged, ...enabled.filter(({ name }) => !present.has(name))];
}

/**
 * Plugins of one point in the order in which they run (upstream's expandMultiPointPlugins): those of multiPoint that the
 * point names again, then the others of multiPoint, then those that only the point names.
 */
function expand(
  { enabled, disabled }: PluginSet,
  multiPoint: readonly Named[],
  implementing: readonly string[],
): string[] {
  const named = enabled.map(({ name }) => name).filter((name) => implementing.includes(name));
  if (disabled.has('*')) return named;
  const general = multiPoint
    .map(({ name }) => name)
    .filter((name) => implementing.includes(name) && !disabled.has(name));
  return [
    ...named.filter((name) => general.includes(name)),
    ...general.filter((name) => !named.includes(name)),
    ...named.filter((name) => !general.includes(name)),
  ];
}

/** The weight at `score` goes before that at `multiPoint`; 0 means 1. */
function weights(
  names: readonly string[],
  atScore: readonly Named[],
  multiPoint: readonly Named[],
): ReadonlyMap<string, number> {
  const weightOf = (name: string): number => {
    const found = atScore.find((plugin) => plugin.name === name) ?? multiPoint.find((plugin) => plugin.name === name);
    return found === undefined || found.weight === 0 ? 1 : found.weight;
  };
  return new Map(names.map((name) => [name, weightOf(name)]));
}

// ---- plugin arguments

function readPluginConfig(manifest: JsonObject, faults: Faults): PluginArgs {
  let args = defaultArgs;
  const seen = new Set<string>();
  readList(manifest.pluginConfig, 'pluginConfig', faults, (item) => {
    const name = readString(item.name, 'name', faults);
    if (name === '') faults.required('name');
    else if (seen.has(name)) faults.duplicate('name', name);
    seen.add(name);
    const values = readObject(item.args, 'args', faults);
    faults.enter('args');
    args = readArgs(name, values ?? {}, args, faults);
    faults.leave();
    return name;
  });
  return args;
}
