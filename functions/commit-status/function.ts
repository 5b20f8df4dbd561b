// Says on the commit what became of its promotion: on its way, in the registry, left alone, lost. Only on commits of the
// configured repository, and only on its server: an event can make it write nowhere else.

import { limits } from '../../config/limits.ts';
import { TryAgainError } from '../../events/errors.ts';
import { checkSignature } from '../../events/signature.ts';
import type { CommitStatuses, FindMergeCommit, Repository } from '../../forges/forge.ts';
import { createCache } from '../../io/cache.ts';
import { createDeadline, type Deadline } from '../../io/deadline.ts';
import type { Io } from '../../io/io.ts';
import { inFlight } from '../../io/share-calls.ts';
import { aheadMs } from '../../promotions/ownership-marker.ts';
import { isIdentity } from '../../promotions/repository-address.ts';
import type { EventFunction, Result } from '../function.ts';
import type { SettingsOf } from '../settings.ts';
import { functions } from '../table.ts';
import { findPlace } from './add-statuses.ts';
import { createBatches } from './batch-by-commit.ts';
import { type Statement, statementsOf } from './status-texts.ts';

/** Commits of one event. No model has more versions deployed in one environment. */
const maxCommits = 20;

/** Rollouts whose newest observation is remembered. */
const maxRollouts = 1_000;

/** `statuses`: of the configured repository. */
export function createCommitStatus(
  settings: SettingsOf<'commit-status'>,
  io: Io,
  statuses: CommitStatuses,
): EventFunction {
  const { branch, uiUrl, environments, furtherRegistries } = settings.commitStatus;
  const urls = new Map<string | undefined, string | undefined>([
    [undefined, uiUrl],
    ...furtherRegistries.map((one) => [one.name, one.uiUrl] as const),
  ]);
  const further = furtherRegistries.map(({ name }) => name);
  // The clock that readings of Git go by.
  const now = () => io.clock.now() + Math.round(statuses.clockOffset());
  const addInBatch = createBatches(statuses, () => ({ urls, latest: now() + aheadMs }));
  // These readings may be a moment old.
  const readStatuses = inFlight(statuses.statuses);
  const readRepository = inFlight(statuses.repository);
  const findMerge = inFlight((_onto: string, commit: string, search: FindMergeCommit) => search(commit));
  const written = io.metrics.counter('commit_statuses_total', 'Statuses added to commits, by state.');
  let known: Repository | undefined;
  /** By commit, environment and model: the newest observation of a rollout, ms since epoch. One that added nothing left no trace. */
  const lastSeen = createCache<number>(maxRollouts, () => 1);

  return {
    name: 'commit-status',
    takes: functions['commit-status'].takes,
    async on(event): Promise<Result> {
      checkSignature(event, settings.eventSigningKey());
      const statements = statementsOf(event, new Date(io.clock.now()).toISOString(), further);
      if (typeof statements === 'string') return { outcome: 'ignored', reason: statements };
      const deadline = createDeadline(io.clock, io.clock.monotonic() + limits.commitStatus, tooLate);
      const reason = await deadline.within(() => reasonToIgnore(statements[0]!));
      if (reason !== undefined) return { outcome: 'ignored', reason };
      const results = await Promise.all(statements.map((one) => add(notInFuture(one, now()), deadline)));
      const outcome = results.some((one) => one.outcome === 'done') ? 'done' : 'ignored';
      return { outcome, reason: [...new Set(results.map((one) => one.reason))].join('; ') };
    },
  };

  async function add(statement: Statement, deadline: Deadline): Promise<Result> {
    const { entry, environment, registry } = statement;
    const onto = branch ?? known!.defaultBranch;
    const search = statuses.mergesOnto(onto);
    let [added, found] = [0, 0];
    for (const commit of statement.commits.slice(0, maxCommits)) {
      const place = await deadline.within(() =>
        findPlace(commit, statement, readStatuses, (id) => findMerge(onto, id, search)),
      );
      if (place !== undefined && isOutdated(place, statement))
        return { outcome: 'ignored', reason: 'a later observation is known' };
      const count = place && (await deadline.within(() => addInBatch(place, statement, deadline)));
      if (typeof count !== 'number') continue;
      found += 1;
      added += count;
      if (count > 0) written.add({ state: entry.state }, count);
    }
    if (found === 0) return { outcome: 'ignored', reason: 'the repository does not know the commit' };
    const where = [entry.about, environment && `in ${environment}`, registry && `(${registry})`]
      .filter(Boolean)
      .join(' ');
    if (added === 0) return { outcome: 'done', reason: `${where}: said already, or a later entry is known` };
    return { outcome: 'done', reason: `${where}: ${entry.state}` };
  }

  function isOutdated(commit: string, { environment, entry, isRollout }: Statement): boolean {
    if (!isRollout) return false;
    const key = `${commit} ${environment}/${entry.about}`;
    const [seen, latest] = [Date.parse(entry.observedAt), lastSeen.get(key) ?? 0];
    if (seen >= latest) lastSeen.put(key, seen);
    return seen < latest;
  }

  /** The repository is asked for once per process, and again when an event names another one: it may have been renamed. */
  async function reasonToIgnore(statement: Statement): Promise<string | undefined> {
    const { repository, repositoryId, ref, environment, entry, isLoss } = statement;
    if (known === undefined || !isIdentity(known, { repository, repositoryId })) known = await readRepository();
    if (!isIdentity(known, { repository, repositoryId })) return 'another repository than GITEA_REPOSITORY';
    if (ref !== undefined && ref !== `refs/heads/${branch ?? known.defaultBranch}`) return 'a push to another branch';
    if (isLoss && environment !== undefined && environments !== '*' && !environments.includes(environment))
      return 'the loss is about an environment that ENVIRONMENTS does not name';
    if (!isLoss && Date.parse(entry.observedAt) > now() + aheadMs)
      return 'read in the future, by the clock of Gitea: nothing could count more';
    return undefined;
  }
}

/** A loss is reported after it happened, and a reading of Git that comes after that has to count more. */
function notInFuture(statement: Statement, now: number): Statement {
  const { entry, isLoss } = statement;
  if (!isLoss || Date.parse(entry.observedAt) <= now) return statement;
  return { ...statement, entry: { ...entry, observedAt: new Date(now).toISOString() } };
}

function tooLate(): TryAgainError {
  return new TryAgainError(
    'Gitea was not done within the time limit of one event; it is slow, or other events are waiting',
  );
}
