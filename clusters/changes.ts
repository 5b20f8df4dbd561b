// Who watches a rollout is told that something about it has changed. One watch for each kind of object of a namespace, however many
// rollouts are watched there, and none when nobody watches. What has changed is for the listener to read.
import { setMaxListeners } from 'node:events';
import { TryAgainError } from '../events/errors.ts';
import type { Io } from '../io/io.ts';
import { type Kubernetes, WatchBroken } from './kubernetes.ts';
import type { Versions, WatchedKind, Workloads } from './workloads.ts';

/** `error`: the watch has ended, and nothing more will be told. */
export type Listener = (error?: TryAgainError) => void;

export interface Changes {
  /**
   * Tells of every change of that name from now on, once `start` was called for its namespace. Call it before reading, so that no
   * change is missed. Gives back how to stop.
   */
  listen(namespace: string, name: string, listener: Listener): () => void;
  /** Begins to watch from these versions, unless the namespace is being watched already, and so from earlier ones. */
  start(namespace: string, versions: Versions): void;
}

/** ms between two watches of one kind: a server that ends each at once is not asked in a loop. */
const betweenWatches = 1_000;

/** Watches that end in an error one after the other, before the listeners are told. */
const maxFailures = 3;

interface Watched {
  listeners: Map<string, Set<Listener>>;
  /** Set while the namespace is being watched. */
  stop?: AbortController;
}

export function createChanges(
  kubernetes: Kubernetes,
  about: Pick<Workloads, 'labelSelector' | 'nameIn'>,
  io: Pick<Io, 'clock'>,
): Changes {
  const namespaces = new Map<string, Watched>();

  /** Goes on until `signal` aborts. Rejects when it cannot. */
  async function watchKind(
    { listeners }: Watched,
    namespace: string,
    kind: WatchedKind,
    from: string,
    stop: AbortSignal,
  ): Promise<void> {
    const labelSelector = about.labelSelector(kind);
    const objects = { kind, namespace, ...(labelSelector !== undefined && { labelSelector }) };
    const tell = (name?: string) => {
      for (const [about, all] of listeners) if (name === undefined || name === about) for (const one of all) one();
    };
    let version: string | undefined = from;
    let failures = 0;
    while (!stop.aborted) {
      try {
        if (version === undefined) {
          version = (await kubernetes.list(objects)).resourceVersion;
          // Whatever happened before that list is not told by any watch.
          tell();
        }
        version = await kubernetes.watch(objects, version, (one) => tell(about.nameIn(kind, one)), stop);
        failures = 0;
      } catch (error) {
        if (stop.aborted) return;
        if (!(error instanceof TryAgainError) || ++failures >= maxFailures) throw error;
        if (error instanceof WatchBroken) {
          if (error.resumeFrom !== version) failures = 1;
          version = error.resumeFrom;
        }
      }
      await io.clock.sleep(betweenWatches, stop);
    }
  }

  return {
    listen(namespace, name, listener) {
      const watched: Watched = namespaces.get(namespace) ?? { listeners: new Map() };
      namespaces.set(namespace, watched);
      const { listeners } = watched;
      const all = listeners.get(name) ?? new Set();
      listeners.set(name, all.add(listener));
      return () => {
        all.delete(listener);
        if (all.size === 0 && listeners.get(name) === all) listeners.delete(name);
        if (listeners.size > 0) return;
        watched.stop?.abort();
        if (namespaces.get(namespace) === watched) namespaces.delete(namespace);
      };
    },
    start(namespace, versions) {
      const watched = namespaces.get(namespace);
      if (watched === undefined || watched.stop !== undefined) return;
      const stop = new AbortController();
      setMaxListeners(0, stop.signal);
      watched.stop = stop;
      const watches = Object.entries(versions).map(([kind, version]) =>
        watchKind(watched, namespace, kind as WatchedKind, version, stop.signal),
      );
      void Promise.all(watches).catch((error: unknown) => {
        stop.abort();
        if (namespaces.get(namespace) === watched) namespaces.delete(namespace);
        const why = error instanceof TryAgainError ? error : new TryAgainError('the watch failed', { cause: error });
        for (const all of watched.listeners.values()) for (const one of all) one(why);
      });
    },
  };
}
