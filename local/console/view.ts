// What stands in Git and in the registry now, and whether they agree: read again whenever something may have changed, told to
// listeners when it did. A part that cannot be read keeps its last value and says since when it is old.
import type { AccessEntry } from '../../stand-ins/gitea/index.ts';
import { createListening } from '../../stand-ins/listening.ts';
import type { LoggedCall } from '../../stand-ins/registry-server.ts';
import { type Comparison, createComparer } from './comparison.ts';
import { type GitView, readGit } from './git-view.ts';
import { consoleAgent, createReaders } from './readers.ts';
import { type RegistryView, readRegistry } from './registry-view.ts';
import type { RunningSystem } from './system.ts';

export interface Part<T> {
  /** The last that could be read. */
  value?: T;
  /** ms since epoch, of `value`. */
  at?: number;
  /** Why there is nothing newer. */
  error?: string;
}

export interface View {
  git: Part<GitView>;
  registry: Part<RegistryView>;
  comparison: Part<Comparison>;
}

export interface Viewer {
  view(): View;
  /** Reads again soon; many calls at once are one reading. */
  refresh(): void;
  /** Resolves when what `refresh` asked for has been read. */
  settled(): Promise<void>;
  listen(listener: (view: View) => void): () => void;
  close(): void;
}

/** ms from a change to the reading: what follows from one click is read once. */
const calm = 80;
/** ms between two readings of servers that are not ours and tell us nothing. */
const poll = 5_000;

export function createViewer(system: RunningSystem): Viewer {
  const readers = createReaders(system);
  const compare = createComparer(readers);
  const listeners = new Set<(view: View) => void>();
  const { on, stop } = createListening();
  let view: View = { git: {}, registry: {}, comparison: {} };
  let shown = '';
  let timer: NodeJS.Timeout | undefined;
  let reading: Promise<void> | undefined;
  let again = false;
  let closed = false;

  const { gitea, registry, broker } = system;
  if (gitea.standIn) {
    const { live } = gitea.standIn;
    for (const name of ['push', 'pull_request']) on(live, name, refresh);
    on(live, 'request', refreshAfter);
  }
  if (registry.standIn) on(registry.standIn.events, 'call', refreshAfter);
  on(broker.events, 'attempt', () => {
    if (!gitea.standIn || !registry.standIn) refresh();
  });
  const polling =
    gitea.standIn && registry.standIn ? undefined : setInterval(() => listeners.size > 0 && refresh(), poll).unref();

  return {
    view: () => view,
    refresh,
    async settled() {
      while (timer !== undefined || reading !== undefined) {
        await (reading ?? new Promise((resolve) => setTimeout(resolve, calm / 4)));
      }
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      closed = true;
      clearTimeout(timer);
      timer = undefined;
      clearInterval(polling);
      stop();
    },
  };

  /** What somebody else may have changed. */
  function refreshAfter({ userAgent, method }: AccessEntry | LoggedCall): void {
    if (userAgent !== consoleAgent && method !== 'GET') refresh();
  }

  function refresh(): void {
    if (closed || timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      if (reading) again = true;
      else void read();
    }, calm);
  }

  async function read(): Promise<void> {
    reading = readAll();
    await reading;
    reading = undefined;
    if (again && !closed) {
      again = false;
      refresh();
    }
  }

  async function readAll(): Promise<void> {
    const git = await part(view.git, () => readGit(readers));
    const comparison = await part(view.comparison, compare);
    const first = new Set(comparison.value?.models.map(({ model }) => model));
    const registry = await part(view.registry, () => readRegistry(readers.registry, first));
    view = { git, registry, comparison };
    // Times of reading are no news.
    const text = JSON.stringify([git, registry, comparison].map(({ value, error }) => [value, error]));
    if (text === shown || closed) return;
    shown = text;
    for (const listener of listeners) listener(view);
  }
}

async function part<T>(before: Part<T>, read: () => Promise<T>): Promise<Part<T>> {
  try {
    return { value: await read(), at: Date.now() };
  } catch (error) {
    return { ...before, error: (error as Error).message };
  }
}
