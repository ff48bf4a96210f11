/** The objects of a cluster that are neither nodes nor pods, by group and kind. Copied per kind on the first write. */
import type { JsonObject, Labels } from '../kubernetes/types.js';
import { readStringMap } from '../kubernetes/selectors.js';
import { compareBytes } from './bytes.js';

interface Kind {
  readonly items: Map<string, StoredManifest>;
  /** Sorted by namespace and name; null after a change. */
  sorted: readonly StoredManifest[] | null;
}

export interface StoredManifest {
  readonly namespace: string;
  readonly name: string;
  readonly object: JsonObject;
}

/** Of all changes in this thread, to all clusters. */
let changes = 0;

export class StoredObjects {
  /** Equal where the objects are the same: forks share it until one is changed. 0: there never were any. */
  version = 0;
  private kinds = new Map<string, Kind>();
  private own = new Set<string>();

  fork(): StoredObjects {
    const copy = new StoredObjects();
    copy.version = this.version;
    copy.kinds = new Map(this.kinds);
    this.own = new Set();
    return copy;
  }

  put(group: string, kind: string, namespace: string, name: string, object: JsonObject | null): void {
    this.version = ++changes;
    const key = `${group}/${kind}`;
    let entry = this.kinds.get(key);
    if (entry === undefined || !this.own.has(key)) {
      entry = { items: new Map(entry?.items), sorted: null };
      this.kinds.set(key, entry);
      this.own.add(key);
    }
    entry.sorted = null;
    if (object === null) entry.items.delete(`${namespace}/${name}`);
    else entry.items.set(`${namespace}/${name}`, { namespace, name, object });
  }

  /** `group` is empty for the core group, `namespace` for cluster-scoped objects. */
  get(group: string, kind: string, namespace: string, name: string): JsonObject | undefined {
    return this.kinds.get(`${group}/${kind}`)?.items.get(`${namespace}/${name}`)?.object;
  }

  /** All of a kind, or those of one namespace, by namespace and name. */
  list(group: string, kind: string, namespace?: string): readonly StoredManifest[] {
    const entry = this.kinds.get(`${group}/${kind}`);
    if (entry === undefined) return [];
    entry.sorted ??= [...entry.items.values()].sort(
      (a, b) => compareBytes(a.namespace, b.namespace) || compareBytes(a.name, b.name),
    );
    return namespace === undefined ? entry.sorted : entry.sorted.filter((item) => item.namespace === namespace);
  }

  /** Labels of a namespace; one that is not stored exists with its name as the only label. */
  namespaceLabels(name: string): Labels {
    const metadata = this.get('', 'Namespace', '', name)?.['metadata'];
    const stored =
      metadata !== null && typeof metadata === 'object' && !Array.isArray(metadata)
        ? readStringMap(metadata['labels'])
        : {};
    return { 'kubernetes.io/metadata.name': name, ...stored };
  }

  forEach(visit: (key: string, object: JsonObject) => void): void {
    for (const [kind, { items }] of this.kinds) for (const [key, { object }] of items) visit(`${kind}/${key}`, object);
  }
}
