// The objects of a cluster, the version that each change gives the whole, and the changes that watches are told of.

export interface KubernetesObject {
  metadata: {
    name: string;
    namespace: string;
    labels?: Record<string, string>;
    uid?: string;
    resourceVersion?: string;
    [key: string]: unknown;
  };
  [key: string]: unknown;
}

export interface Change {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** As in its address: `pods`. */
  plural: string;
  object: KubernetesObject;
  version: number;
}

export interface Store {
  readonly version: number;
  /** Adds or replaces it; one that is the same already is no change. Gives it a uid where it has none. */
  put(plural: string, object: KubernetesObject): void;
  remove(plural: string, namespace: string, name: string): void;
  list(plural: string, namespace: string): KubernetesObject[];
  /** Changes after that version; undefined when they are forgotten. */
  since(version: number): Change[] | undefined;
  /** Forgets all changes so far, as etcd does every few minutes. */
  compact(): void;
  listen(listener: (change: Change) => void): () => void;
}

export function createStore(): Store {
  const objects = new Map<string, KubernetesObject>();
  const listeners = new Set<(change: Change) => void>();
  let changes: Change[] = [];
  let version = 1_000;
  let forgotten = version;
  let uids = 0;
  const keyOf = (plural: string, namespace: string, name: string) => `${plural}/${namespace}/${name}`;

  function record(type: Change['type'], plural: string, object: KubernetesObject): KubernetesObject {
    version += 1;
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
    const change: Change = { type, plural, object: stored, version };
    changes.push(change);
    for (const listener of listeners) listener(change);
    return stored;
  }

  return {
    get version() {
      return version;
    },
    put(plural, object) {
      const { namespace, name } = object.metadata;
      const key = keyOf(plural, namespace, name);
      const before = objects.get(key);
      const uid = object.metadata.uid ?? before?.metadata.uid ?? `uid-${++uids}`;
      const next = { ...object, metadata: { ...object.metadata, uid } };
      const { resourceVersion: _, ...known } = before?.metadata ?? {};
      if (before && JSON.stringify({ ...before, metadata: known }) === JSON.stringify(next)) return;
      objects.set(key, record(before ? 'MODIFIED' : 'ADDED', plural, next));
    },
    remove(plural, namespace, name) {
      const key = keyOf(plural, namespace, name);
      const before = objects.get(key);
      if (before === undefined) return;
      objects.delete(key);
      record('DELETED', plural, before);
    },
    list: (plural, namespace) =>
      [...objects]
        .filter(([key]) => key.startsWith(`${plural}/${namespace}/`))
        .map(([, object]) => object)
        .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1)),
    since: (from) => (from < forgotten ? undefined : changes.filter((change) => change.version > from)),
    compact() {
      forgotten = version;
      changes = [];
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
