/** Why nodes refuse a pod, as answers say it: groups, the funnel, and every failing plugin with its numbers. */
import type { ScheduleResult } from '../scheduler/schedule-result.js';
import { filterMessage } from '../scheduler/fit-error.js';
import type { Detail, Explanation } from '../scheduler/framework.js';
import { filterPlugins } from '../scheduler/registry.js';
import type { JsonObject } from '../kubernetes/types.js';
import type { Blocker, Failure, FitAnswer, RejectedGroup, Rejection } from './answers.js';
import { amount, bytewise } from './quantities.js';
import type { QuantityFormat } from './quantities.js';
import { reasonCode } from './reason-codes.js';

const EXAMPLES = 3;

export interface Refusals {
  readonly groups: readonly RejectedGroup[];
  readonly funnel: FitAnswer['funnel'];
  /** kube-scheduler's sentence; null when a node is feasible. */
  readonly message: string | null;
}

/** Slots that are not feasible, by node name. */
export function refusedSlots(result: ScheduleResult): number[] {
  const slots: number[] = [];
  for (const slot of result.model.nodeSlots()) if (!result.isFeasible(slot)) slots.push(slot);
  return slots;
}

interface Group {
  readonly plugin: string;
  readonly reason: string;
  nodes: number;
  /** The first nodes of each combination of reasons that it occurs in. */
  readonly first: string[];
}

/** Groups by plugin and reason, most nodes first; the funnel in upstream's order of plugins. */
export function refusals(result: ScheduleResult): Refusals {
  const { model } = result;
  const groups = new Map<string, Group>();
  const byPlugin = new Map<string, number>();
  for (const { rejection, nodes, examples } of result.rejectionKinds()) {
    const { plugin, reasons } = rejection;
    const first = examples.map((slot) => model.nodeName(slot));
    byPlugin.set(plugin, (byPlugin.get(plugin) ?? 0) + nodes);
    for (const reason of reasons) {
      const key = `${plugin}\n${reason}`;
      let group = groups.get(key);
      if (group === undefined) groups.set(key, (group = { plugin, reason, nodes: 0, first: [] }));
      group.nodes += nodes;
      group.first.push(...first);
    }
  }
  const sorted = [...groups.values()].sort(
    (a, b) => b.nodes - a.nodes || order(a.plugin) - order(b.plugin) || (a.reason < b.reason ? -1 : 1),
  );
  return {
    groups: sorted.map(({ plugin, reason, nodes, first }) => ({
      plugin,
      reason,
      ...reasonCode(reason),
      nodes,
      examples: first.sort(bytewise).slice(0, EXAMPLES),
    })),
    funnel: funnelOf(result, byPlugin),
    message: messageOf(result, groups.values()),
  };
}

/** The engine's sentence, from the counts that are at hand (SEMANTICS 7): a reason counts over all plugins. */
function messageOf(
  result: ScheduleResult,
  groups: Iterable<{ readonly reason: string; readonly nodes: number }>,
): string | null {
  if (result.feasibleCount > 0 || result.nodes === 0 || result.failure !== null) return result.message();
  const counts = new Map<string, number>();
  for (const { reason, nodes } of groups) counts.set(reason, (counts.get(reason) ?? 0) + nodes);
  return filterMessage(result.nodes, counts);
}

function order(plugin: string): number {
  return filterPlugins.findIndex(({ name }) => name === plugin);
}

function funnelOf(result: ScheduleResult, byPlugin: ReadonlyMap<string, number>): FitAnswer['funnel'] {
  const { filters } = result.prepared.cycle.profile;
  let remaining = result.nodes;
  const steps: { plugin: string; rejected: number; remaining: number }[] = [];
  const step = (plugin: string, rejected: number): void => {
    remaining -= rejected;
    steps.push({ plugin, rejected, remaining });
  };
  // A PreFilter narrowing comes before every filter.
  const narrowed = byPlugin.get('');
  if (narrowed !== undefined) step('', narrowed);
  for (const name of filters) step(name, byPlugin.get(name) ?? 0);
  return steps;
}

/** The recorded rejection of each node, and with `all` every failing plugin. */
export function rejections(
  result: ScheduleResult,
  slots: readonly number[],
  all: boolean,
  format: QuantityFormat,
): Rejection[] {
  return slots.flatMap((slot) => {
    const rejection = result.rejection(slot);
    if (rejection === null) return [];
    const { plugin, code, reasons } = rejection;
    return [
      {
        node: result.model.nodeName(slot),
        plugin,
        code,
        reasons,
        ...(all ? { all: result.explain(slot).map((explanation) => failure(explanation, format)) } : {}),
      },
    ];
  });
}

/** One failing plugin; `shortfall` is what must become free for it to pass. */
export function failure({ plugin, reasons, details }: Explanation, format: QuantityFormat): Failure {
  const shortfall: [string, string | number][] = [];
  const shown: JsonObject[] = [];
  for (const detail of details) {
    if (detail.type === 'insufficient') {
      shortfall.push([detail.resource, amount(detail.resource, Number(detail.shortfall), format)]);
    } else if (detail.type === 'tooManyPods') {
      shortfall.push(['pods', amount('pods', detail.pods + 1 - detail.allocatable, format)]);
    }
    shown.push(shownDetail(detail, format));
  }
  return {
    plugin,
    reasonCode: reasonCode(reasons[0] ?? '').reasonCode,
    reasons,
    ...(shortfall.length > 0 ? { shortfall: Object.fromEntries(shortfall) } : {}),
    ...(shown.length > 0 ? { details: shown } : {}),
  };
}

function shownDetail(detail: Detail, format: QuantityFormat): JsonObject {
  if (detail.type === 'insufficient') {
    const { type, resource, requested, allocatable, used, shortfall } = detail;
    const shown = (value: bigint): string | number => amount(resource, Number(value), format);
    return {
      type,
      resource,
      requested: shown(requested),
      allocatable: shown(allocatable),
      used: shown(used),
      shortfall: shown(shortfall),
    };
  }
  return JSON.parse(JSON.stringify(detail)) as JsonObject;
}

/** On how many nodes each plugin is the first to fail, one of those that fail, the only one. Upstream's order. */
export function blockers(rejected: readonly Rejection[]): Blocker[] {
  const counts = new Map<string, { first: number; any: number; only: number }>();
  const of = (plugin: string): { first: number; any: number; only: number } => {
    let entry = counts.get(plugin);
    if (entry === undefined) counts.set(plugin, (entry = { first: 0, any: 0, only: 0 }));
    return entry;
  };
  for (const { plugin, all = [] } of rejected) {
    of(plugin).first++;
    for (const each of all) of(each.plugin).any++;
    if (all.length === 1) of(all[0]!.plugin).only++;
  }
  return [...counts]
    .sort(([a], [b]) => order(a) - order(b))
    .map(([plugin, { first, any, only }]) => ({ plugin, first, any, only }));
}
