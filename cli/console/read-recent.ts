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
/** ms in which a merge may not know its pull request yet, and after which even statuses that seem to be the last are asked for again. */
const settling = 300_000;

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
  let walked: { head: string; changes: Change[] } | undefined;
  let told = new Map<string, Told>();
  let forge: CommitStatuses | undefined;

  return async ({ git, settings, environments }: Both, overview: Overview | undefined): Promise<Recent[]> => {
    const { parse } = settings[0]!;
    const { head, branch, repository } = git.reading;
    if (walked?.head !== head || mayGetRequest(walked)) {
      const walk = { environments, limit: mostCommits, rest: () => io.clock.sleep(0) };
      walked = { head, changes: (await readFleetHistory(git, parse, walk)).changes };
    }
    const { changes } = walked;
    forge ??= openForge(parse, io);
    const { statuses, mergesOnto } = forge;
    const findMerge = once(mergesOnto(branch));
    const commits = new Map(changes.map(({ commit, from }) => [commit, Date.parse(from)]));
    const read = await atMost(atOnce, [...commits], async ([commit, since]): Promise<[string, Told]> => {
      const known = told.get(commit);
      if (known && now() - since > settling && isSettled(known)) return [commit, known];
      const own = (await statuses(known?.place ?? commit)) ?? [];
      // Where a commit has none, they are on the merge that brought it.
      const merge = known || own.length > 0 ? undefined : await findMerge(commit);
      const place = known?.place ?? merge ?? commit;
      return [commit, { place, statuses: merge ? ((await statuses(merge)) ?? []) : own, at: now() }];
    });
    told = new Map(read);
    return recentOf(changes, new Map(read.map(([commit, one]) => [commit, one.statuses])), overview, repository);
  };

  function mayGetRequest({ changes: [newest] }: NonNullable<typeof walked>): boolean {
    return newest !== undefined && newest.pullRequest === undefined && now() - Date.parse(newest.from) < settling;
  }

  /** Of each context the newest counts. */
  function isSettled({ statuses, at }: Told): boolean {
    const states = new Map(statuses.map(({ context, state }) => [context, state]));
    return now() - at < settling && [...states.values()].every((state) => state === 'success');
  }
}
