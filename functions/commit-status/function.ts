// Tells people on the commit what became of their promotion: on its way, in the registry, left alone, lost. Only commits of
// the configured repository, and only on its server: an event can make it write nowhere else.
import { limits } from '../../config/limits.ts';
import * as deliveryLost from '../../events/delivery-lost.ts';
import * as deploymentWarned from '../../events/deployment-warned.ts';
import { TryAgainError } from '../../events/errors.ts';
import * as modelPromoted from '../../events/model-promoted.ts';
import * as modelWithdrawn from '../../events/model-withdrawn.ts';
import * as registryUpdated from '../../events/registry-updated.ts';
import { checkSignature } from '../../events/signature.ts';
import type { CommitStatuses, Repository } from '../../forges/forge.ts';
import { createDeadline, type Deadline } from '../../io/deadline.ts';
import type { Io } from '../../io/io.ts';
import { aheadMs } from '../../promotions/ownership-marker.ts';
import { isIdentity } from '../../promotions/repository-address.ts';
import type { EventFunction, Result } from '../function.ts';
import type { SettingsOf } from '../settings.ts';
import { placeOf } from './add-statuses.ts';
import { createTogether, shareReadings } from './batch-by-commit.ts';
import { type News, newsOf } from './status-texts.ts';

/** Commits of one event; a model of which more versions are deployed than this is no model of anybody's. */
const maxCommits = 20;

/** `statuses`: of the configured repository. */
export function createCommitStatus(
  settings: SettingsOf<'commit-status'>,
  io: Io,
  statuses: CommitStatuses,
): EventFunction {
  const { branch, uiUrl, environments } = settings.commitStatus;
  // The clock that readings of Git go by.
  const now = () => io.clock.now() + Math.round(statuses.clockOffset());
  const tellTogether = createTogether(() => ({ url: uiUrl, latest: now() + aheadMs }));
  const shared = shareReadings(statuses);
  const written = io.metrics.counter('commit_statuses_total', 'Statuses added to commits, by state.');
  let known: Repository | undefined;

  return {
    name: 'commit-status',
    types: [modelPromoted.type, modelWithdrawn.type, registryUpdated.type, deploymentWarned.type, deliveryLost.type],
    async on(event): Promise<Result> {
      checkSignature(event, settings.eventSigningKey());
      const news = newsOf(event, new Date(io.clock.now()).toISOString());
      if (typeof news === 'string') return { outcome: 'ignored', reason: news };
      const limit = limitOf(io);
      const reason = await reasonToIgnore(news[0]!, limited(shared, limit));
      if (reason !== undefined) return { outcome: 'ignored', reason };
      const results = await Promise.all(news.map((one) => tellAll(inTime(one), limit)));
      const outcome = results.some((one) => one.outcome === 'done') ? 'done' : 'ignored';
      return { outcome, reason: [...new Set(results.map((one) => one.reason))].join('; ') };
    },
  };

  async function tellAll(news: News, limit: Deadline): Promise<Result> {
    const { entry, environment } = news;
    let [added, found] = [0, 0];
    const findMerge = limited(shared, limit).mergesOnto(branch ?? known!.defaultBranch);
    for (const commit of news.commits.slice(0, maxCommits)) {
      const place = await placeOf(commit, news, limited(shared, limit), findMerge);
      const count = place && (await limit.within(() => tellTogether(place, news, limited(statuses, limit))));
      if (typeof count !== 'number') continue;
      found += 1;
      added += count;
      if (count > 0) written.add({ state: entry.state }, count);
    }
    if (found === 0) return { outcome: 'ignored', reason: 'the repository does not know the commit' };
    const where = environment === undefined ? entry.about : `${entry.about} in ${environment}`;
    if (added === 0) return { outcome: 'done', reason: `${where}: told already, or a later entry is known` };
    return { outcome: 'done', reason: `${where}: ${entry.state}` };
  }

  /** A loss is told after it happened, and a reading of Git that comes after that has to count more. */
  function inTime(news: News): News {
    const { entry, isLoss } = news;
    if (!isLoss || Date.parse(entry.observedAt) <= now()) return news;
    return { ...news, entry: { ...entry, observedAt: new Date(now()).toISOString() } };
  }

  /** Asked for once per process, and again when an event names another: the repository may have been renamed. */
  async function reasonToIgnore(
    { repository, repositoryId, ref, environment, entry, isLoss }: News,
    readings: CommitStatuses,
  ): Promise<string | undefined> {
    if (known === undefined || !isIdentity(known, { repository, repositoryId })) known = await readings.repository();
    if (!isIdentity(known, { repository, repositoryId })) return 'another repository than GITEA_REPOSITORY';
    if (ref !== undefined && ref !== `refs/heads/${branch ?? known.defaultBranch}`) return 'a push to another branch';
    if (isLoss && environment !== undefined && environments !== '*' && !environments.includes(environment))
      return 'the loss is about an environment that ENVIRONMENTS does not name';
    if (!isLoss && Date.parse(entry.observedAt) > now() + aheadMs)
      return 'read in the future, by the clock of Gitea: nothing could count more';
    return undefined;
  }
}

function limitOf({ clock }: Io): Deadline {
  return createDeadline(
    clock,
    clock.monotonic() + limits.commitStatus,
    () =>
      new TryAgainError(
        'Gitea was not done within the time limit of one event; it is slow, or other events are waiting',
      ),
  );
}

function limited(statuses: CommitStatuses, { within: read, begin: write }: Deadline): CommitStatuses {
  return {
    repository: () => read(() => statuses.repository()),
    clockOffset: statuses.clockOffset,
    mergesOnto(onto) {
      const find = statuses.mergesOnto(onto);
      return (commit) => read(() => find(commit));
    },
    statuses: (commit) => read(() => statuses.statuses(commit)),
    addStatus: (commit, status) => write(() => statuses.addStatus(commit, status)),
  };
}
