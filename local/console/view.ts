// What stands in Git and in the registry now, and whether they agree: read again whenever something may have changed, told to
// listeners when it did. A part that cannot be read keeps its last value and says since when it is old.
import { overviewOf } from '../../cli/status/overview.ts';
import { readStatus } from '../../cli/status/read-status.ts';
import { type Overview, type Part, readPart } from '../../console/overview.ts';
import type { AccessEntry } from '../../stand-ins/gitea/index.ts';
import { createListening } from '../../stand-ins/listening.ts';
import type { LoggedCall } from '../../stand-ins/registry-server.ts';
import { type GitView, readGit } from './git-view.ts';
import { consoleAgent, createReaders } from './readers.ts';
import { type RegistryView, readRegistry } from './registry-view.ts';
import type { RunningSystem } from './system.ts';

export interface View {
  overview: Part<Overview>;
  git: Part<GitView>;
  registry: Part<RegistryView>;
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
  const listeners = new Set<(view: View) => void>();
  const { on, stop } = createListening();
  let view: View = { overview: {}, git: {}, registry: {} };
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
    const git = await readPart(view.git, () => readGit(readers));
    const overview = await readPart(view.overview, async () =>
      overviewOf(await readStatus(readers.shell, []), view.overview.value),
    );
    const first = new Set(overview.value?.rows.map(({ model }) => model));
    const registry = await readPart(view.registry, () => readRegistry(readers.registry, first));
    view = { overview, git, registry };
    // Times of reading are no news.
    const text = JSON.stringify([overview, git, registry].map(({ value, error }) => [value, error]));
    if (text === shown || closed) return;
    shown = text;
    for (const listener of listeners) listener(view);
  }
}
