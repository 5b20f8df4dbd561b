// What the page of a real installation shows: read again and again while somebody looks, and never otherwise. What cannot be read keeps
// its last value and says why it is old. Only reads.
import type { ServerResponse } from 'node:http';
import { type Overview, type Part, type Recent, readPart } from '../../console/overview.ts';
import { StopError, TryAgainError } from '../../events/errors.ts';
import type { OwnSettings } from '../../functions/settings.ts';
import { createCache } from '../../io/cache.ts';
import type { Clock } from '../../io/io.ts';
import type { Artifact } from '../../promotions/registry-state.ts';
import { openRegistry } from '../../registries/index.ts';
import type { Registry } from '../../registries/registry.ts';
import { explain } from '../explain.ts';
import type { OpenBoth } from '../git.ts';
import { CommandError } from '../result.ts';
import type { ReadingShell } from '../shell.ts';
import { overviewOf } from '../status/overview.ts';
import { compareBoth } from '../status/read-status.ts';
import { createRecentReader } from './read-recent.ts';

export interface View {
  overview: Part<Overview>;
  recent: Part<Recent[]>;
}

export interface Viewer {
  view(): View;
  /** Somebody looks, until this response ends. */
  look(page: ServerResponse): void;
  /** Reads now, if somebody looks. */
  refresh(): void;
}

/** ms for which the artifacts of a version are not asked for again: a call for each version that Git deploys. */
const artifactsKept = 600_000;
/** Versions whose artifacts are remembered. */
const mostVersions = 10_000;

/** `interval`: ms between two readings. `changed`: called after a reading, with what is new, or with nothing. */
export function createViewer(
  shell: ReadingShell,
  open: OpenBoth,
  { interval, changed }: { interval: number; changed(view: View | undefined): void },
): Viewer {
  const { clock } = shell.io;
  const readRecent = createRecentReader(shell);
  /** By name. */
  const registries = new Map<string | undefined, Registry>();
  let view: View = { overview: {}, recent: {} };
  let pages = 0;
  let running = false;
  let wake = () => {};
  let isDue = false;

  function registryOf(own: OwnSettings['registryWriter']): Registry {
    const registry = registries.get(own.name) ?? rememberArtifacts(openRegistry(own, shell.io), clock);
    registries.set(own.name, registry);
    return registry;
  }

  async function read(): Promise<void> {
    const before = said(view);
    const both = open([]);
    const part = <T>(last: Part<T>, work: () => Promise<T>) => readPart(last, work, sentenceOf);
    const overview = await part(view.overview, async () =>
      overviewOf(await compareBoth(shell, await both, registryOf), view.overview.value),
    );
    const fresh = overview.error === undefined ? overview.value : undefined;
    view = { overview, recent: await part(view.recent, async () => readRecent(await both, fresh)) };
    changed(said(view) === before ? undefined : view);
  }

  async function run(): Promise<void> {
    running = true;
    while (pages > 0) {
      isDue = false;
      await read();
      if (!isDue) await Promise.race([clock.sleep(interval), new Promise<void>((resolve) => (wake = resolve))]);
    }
    running = false;
  }

  return {
    view: () => view,
    look(page) {
      pages += 1;
      page.on('close', () => {
        pages -= 1;
      });
      if (!running) void run();
    },
    refresh() {
      // Also while a reading is under way, which may have seen the time before.
      isDue = true;
      wake();
    },
  };
}

/** Without the times of the readings, which are no news. */
function said({ overview, recent }: View): string {
  return JSON.stringify([overview.value, overview.error, recent.value, recent.error]);
}

/** For whoever looks at the page. */
export function sentenceOf(error: unknown): string {
  if ([CommandError, StopError, TryAgainError].some((known) => error instanceof known)) return explain(error).message;
  console.error(`console: ${(error as Error).stack}`);
  return 'The console failed; its log says more.';
}

function rememberArtifacts(registry: Registry, clock: Clock): Registry {
  const { artifacts } = registry;
  if (artifacts === undefined) return registry;
  const known = createCache<{ answer: Artifact[]; at: number }>(mostVersions, () => 1);
  return {
    ...registry,
    artifacts: {
      ...artifacts,
      async of(version) {
        const last = known.get(version.id);
        if (last && clock.now() - last.at < artifactsKept) return last.answer;
        const answer = await artifacts.of(version);
        known.put(version.id, { answer, at: clock.now() });
        return answer;
      },
    },
  };
}
