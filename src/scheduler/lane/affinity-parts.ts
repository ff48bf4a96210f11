/**
 * InterPodAffinity in a lane: required terms of both sides and preferences, as parts. The rules are those of
 * `plugins/inter-pod-affinity.ts`.
 */
import type { AffinityTerm } from '../affinity-term.js';
import type { Cycle, Subject } from '../framework.js';
import { matchingTerms } from '../plugins/inter-pod-affinity.js';
import { termsOf } from '../pod-class.js';
import { holdersOf, matchedByAll, namesOwnLabel, termMatches } from '../pod-counters.js';
import type { LaneNodes } from './lane-nodes.js';
import { addCounts, fewDomains, type Part } from './part.js';

export interface Affinity extends Part {
  /** Pods counted anywhere. */
  total: number;
}

export class AffinityParts {
  readonly required: Affinity[] = [];
  /** The first pod of a group that wants to be together may go anywhere. */
  readonly matchesItself: boolean;
  /** By topology key: pods that the subject may not be with. */
  private readonly blockedBy = new Map<string, Part>();
  /** By topology key: inter-pod preference. */
  private readonly preferenceBy = new Map<string, Part>();
  private readonly filters: boolean;
  private readonly scores: boolean;

  constructor(
    private readonly cycle: Cycle,
    private readonly nodes: LaneNodes,
  ) {
    const { podClass, profile, subject } = cycle;
    const { requiredAffinity, preferredAffinity, preferredAntiAffinity } = podClass;
    this.filters = profile.filters.includes('InterPodAffinity');
    this.scores =
      (profile.scores.get('InterPodAffinity') ?? 0) > 0 &&
      (!profile.args.interPodAffinity.ignorePreferredTermsOfExistingPods ||
        preferredAffinity.length + preferredAntiAffinity.length > 0);
    this.matchesItself = requiredAffinity.every((term) => this.applies(term, subject));
    if (this.filters) this.addRequired();
    if (this.scores) this.addPreferred();
  }

  get blocked(): Part[] {
    return [...this.blockedBy.values()];
  }

  get preferences(): Part[] {
    return [...this.preferenceBy.values()];
  }

  /** Whether a placed pod's own terms bear only on topology keys that there are parts for. */
  follows({ podClass }: Subject): boolean {
    if (!podClass.hasEffects) return true;
    const { subject } = this.cycle;
    if (subject.ownLabels !== null && termsOf(podClass).some(({ selector }) => namesOwnLabel(selector))) return false;
    if (this.filters) {
      for (const term of podClass.requiredAntiAffinity) {
        if (!this.blockedBy.has(term.topologyKey) && this.applies(term, subject)) return false;
      }
    }
    if (this.scores) for (const key of this.preferenceKeys(podClass)) if (!this.preferenceBy.has(key)) return false;
    return true;
  }

  private applies(term: AffinityTerm, { podClass, labels }: Subject): boolean {
    return termMatches(this.cycle.model, term, podClass.namespace, labels);
  }

  private addRequired(): void {
    const { cycle, nodes } = this;
    const { model, subject } = cycle;
    const { requiredAffinity, requiredAntiAffinity } = subject.podClass;
    for (const { topologyKey } of requiredAffinity) {
      const part = this.part(topologyKey, { binary: true }, (placed) =>
        requiredAffinity.every((term) => this.applies(term, placed)) ? 1 : 0,
      );
      addCounts(part, nodes, model.counter(matchedByAll(model, requiredAffinity)));
      this.required.push({
        ...part,
        total: part.counts.reduce((sum, count) => sum + count, 0),
      });
    }
    for (const term of requiredAntiAffinity) {
      addCounts(this.blockedPart(term.topologyKey), nodes, model.counter(matchedByAll(model, [term])));
    }
    for (const term of matchingTerms(cycle, 'requiredAntiAffinity')) {
      const holders = model.counter(holdersOf('requiredAntiAffinity', term.key));
      addCounts(this.blockedPart(term.topologyKey), nodes, holders);
    }
  }

  private blockedPart(topologyKey: string): Part {
    let part = this.blockedBy.get(topologyKey);
    if (part === undefined) {
      const { subject } = this.cycle;
      part = this.part(topologyKey, { binary: true }, (placed) => {
        let sum = 0;
        for (const term of subject.podClass.requiredAntiAffinity) {
          if (term.topologyKey === topologyKey && this.applies(term, placed)) sum++;
        }
        for (const term of placed.podClass.requiredAntiAffinity) {
          if (term.topologyKey === topologyKey && this.applies(term, subject)) sum++;
        }
        return sum;
      });
      this.blockedBy.set(topologyKey, part);
    }
    return part;
  }

  private addPreferred(): void {
    const { cycle, nodes } = this;
    const { model, podClass, profile } = cycle;
    const { hardPodAffinityWeight } = profile.args.interPodAffinity;
    const add = (topologyKey: string, perNode: Int32Array, weight: number): void =>
      addCounts(this.preferencePart(topologyKey), nodes, perNode, weight);
    for (const { term, weight } of podClass.preferredAffinity) {
      add(term.topologyKey, model.counter(matchedByAll(model, [term])), weight);
    }
    for (const { term, weight } of podClass.preferredAntiAffinity) {
      add(term.topologyKey, model.counter(matchedByAll(model, [term])), -weight);
    }
    const addHolders = (
      kind: 'requiredAffinity' | 'preferredAffinity' | 'preferredAntiAffinity',
      weight: number,
    ): void => {
      if (weight === 0) return;
      for (const term of matchingTerms(cycle, kind)) {
        add(term.topologyKey, model.counter(holdersOf(kind, term.key)), weight);
      }
    };
    addHolders('requiredAffinity', hardPodAffinityWeight);
    addHolders('preferredAffinity', 1);
    addHolders('preferredAntiAffinity', -1);
    // Replicas bring the subject's own terms.
    for (const topologyKey of this.preferenceKeys(podClass)) this.preferencePart(topologyKey);
  }

  /** Topology keys of terms of a placed pod that bear on the subject's scores. */
  private *preferenceKeys(placed: Subject['podClass']): Generator<string> {
    const { subject, profile } = this.cycle;
    if (profile.args.interPodAffinity.hardPodAffinityWeight > 0) {
      for (const term of placed.requiredAffinity) if (this.applies(term, subject)) yield term.topologyKey;
    }
    for (const { term } of placed.preferredAffinity) if (this.applies(term, subject)) yield term.topologyKey;
    for (const { term } of placed.preferredAntiAffinity) if (this.applies(term, subject)) yield term.topologyKey;
  }

  private preferencePart(topologyKey: string): Part {
    let part = this.preferenceBy.get(topologyKey);
    if (part === undefined) {
      const { subject, podClass: own, profile } = this.cycle;
      const { hardPodAffinityWeight } = profile.args.interPodAffinity;
      part = this.part(topologyKey, { signed: true }, (placed) => {
        let sum = 0;
        const add = (term: AffinityTerm, pod: Subject, weight: number): void => {
          if (term.topologyKey === topologyKey && this.applies(term, pod)) sum += weight;
        };
        for (const { term, weight } of own.preferredAffinity) add(term, placed, weight);
        for (const { term, weight } of own.preferredAntiAffinity) add(term, placed, -weight);
        for (const term of placed.podClass.requiredAffinity) add(term, subject, hardPodAffinityWeight);
        for (const { term, weight } of placed.podClass.preferredAffinity) add(term, subject, weight);
        for (const { term, weight } of placed.podClass.preferredAntiAffinity) add(term, subject, -weight);
        return sum;
      });
      this.preferenceBy.set(topologyKey, part);
    }
    return part;
  }

  private part(topologyKey: string, kind: Pick<Part, 'signed' | 'binary'>, delta: Part['delta']): Part {
    const domains = this.nodes.domains(topologyKey);
    const byDomain = domains.size <= fewDomains;
    return {
      domains,
      counts: new Float64Array(domains.size),
      byDomain,
      column: -1,
      counted: null,
      ...kind,
      delta,
    };
  }
}
