// One reading of the head, for all events that wait for it: where the head is, and whatever a commit's id decides, is asked for once.

import type { Forge } from '../../forges/forge.ts';
import type { Clock, Log } from '../../io/io.ts';
import { once } from '../../io/share-calls.ts';
import type { DeploymentFile } from '../../promotions/deployment-file.ts';
import type { OwnSettings } from '../settings.ts';
import { createFileReader } from './read-files.ts';
import { createHeadReader, type HeadReading, type Look, type NothingToDo, type Wanted } from './read-head.ts';
import { createMemory } from './remember-commits.ts';

export interface Reading {
  /** Asks nothing twice. */
  forge: Forge;
  /** All get the same head, which is asked for when the first of them comes. */
  read(wanted: Wanted, log: Log): Promise<HeadReading | NothingToDo>;
}

/** One reading at a time: each uses what the one before has learned, and has a later `observedAt`. */
export function createReadings(settings: OwnSettings['parse'], forge: Forge, clock: Clock): () => Reading {
  const readHead = createHeadReader(settings);
  const remembering = createMemory(forge);
  let known: ReadonlyMap<string, DeploymentFile> = new Map();
  let latest = known;
  let lastObserved = 0;

  async function look(): Promise<Look> {
    const start = clock.now();
    const [{ defaultBranch, ...identity }, early] = await Promise.all([
      forge.repository(),
      settings.branch === undefined ? undefined : forge.head(settings.branch),
    ]);
    const branch = settings.branch ?? defaultBranch;
    const head = early ?? (await forge.head(branch));
    lastObserved = Math.max(start + Math.round(forge.clockOffset()), lastObserved + 1);
    return { identity, branch, head, observedAt: new Date(lastObserved).toISOString() };
  }

  return () => {
    // A reading that failed before it read any file leaves the contents of the one before.
    if (latest.size > 0) known = latest;
    const { forge: shared, isHead } = remembering();
    const files = createFileReader(shared, known, () => clock.sleep(0));
    latest = files.contents;
    const lookOnce = once(async () => {
      const seen = await look();
      isHead(seen.head);
      return seen;
    });
    return { forge: shared, read: (wanted, log) => readHead(wanted, { forge: shared, files, look: lookOnce }, log) };
  };
}
