// Reads what happened lately, again and again, and asks for as little as it can: Git's history when the head moved, and the statuses
// of a commit as long as they may change.
import type { Overview, Recent } from '../../console/overview.ts';
import type { CommitStatus, CommitStatuses } from '../../forges/forge.ts';
import { openForge } from '../../forges/index.ts';
import { atMost } from '../../io/at-most.ts';
import { once } from '../../io/share-calls.ts';
import type { Both } from '../git.ts';
import { type Change, readFleetHistory } from '../history/fleet-history.ts';
import type { ReadingShell } from '../shell.ts';
import { recentOf } from './recent.ts';

/** Commits of the branch that are looked at. */
const mostCommits = 20;
/** Of these, whose statuses are asked for at a time. */
const atOnce = 4;
/**
 * ms after a head was first seen in which its merge may not know its pull request yet, and after which even statuses that seem to be the
 * last are asked for again.
 */
const settling = 300_000;
/** ms between two readings of a history that may still get its request. */
const again = 30_000;

interface Told {
  /** The commit that has them. */
  place: string;
  statuses: CommitStatus[];
  /** ms since epoch: when they were read. */
  at: number;
}

/** `overview`: of the same reading, if the registries could be read. Throws TryAgainError when Git does not answer what was asked. */
export function createRecentReader({ io }: ReadingShell) {
  const now = () => io.clock.now();
  /** `since`, `at`: ms since epoch, when the head was first seen and when its history was read last. */
  let walked: { head: string; changes: Change[]; since: number; at: number } | undefined;
  let told = new Map<string, Told>();
  let forge: CommitStatuses | undefined;

  return async ({ git, settings, environments }: Both, overview: Overview | undefined): Promise<Recent[]> => {
    const { parse } = settings[0]!;
    const { head, branch, repository } = git.reading;
    if (walked?.head !== head || mayGetRequest(walked)) {
      const walk = { environments, limit: mostCommits, rest: () => io.clock.sleep(0) };
      const since = walked?.head === head ? walked.since : now();
      walked = { head, changes: (await readFleetHistory(git, parse, walk)).changes, since, at: now() };
    }
    const { changes, since } = walked;
    forge ??= openForge(parse, io);
    const { statuses, mergesOnto } = forge;
    const findMerge = once(mergesOnto(branch));
    const commits = new Map(changes.map(({ commit, from }) => [commit, isSettling(from, since)]));
    const read = await atMost(atOnce, [...commits], async ([commit, settles]): Promise<[string, Told]> => {
      const known = told.get(commit);
      if (known && !settles && isSettled(known)) return [commit, known];
      const own = (await statuses(known?.place ?? commit)) ?? [];
      // Where a commit has none, they are on the merge that brought it.
      const merge = known || own.length > 0 ? undefined : await findMerge(commit);
      const place = known?.place ?? merge ?? commit;
      return [commit, { place, statuses: merge ? ((await statuses(merge)) ?? []) : own, at: now() }];
    });
    told = new Map(read);
    return recentOf(changes, new Map(read.map(([commit, one]) => [commit, one.statuses])), overview, repository);
  };

  function mayGetRequest({ changes: [newest], since, at }: NonNullable<typeof walked>): boolean {
    return (
      newest !== undefined && newest.pullRequest === undefined && isSettling(newest.from, since) && now() - at >= again
    );
  }

  /** A date that a commit gives itself may be far ahead. */
  function isSettling(from: string, seen: number): boolean {
    return now() - Math.min(Date.parse(from), seen) < settling;
  }

  /** Of each context the newest counts. */
  function isSettled({ statuses, at }: Told): boolean {
    const states = new Map(statuses.map(({ context, state }) => [context, state]));
    return now() - at < settling && [...states.values()].every((state) => state === 'success');
  }
}
