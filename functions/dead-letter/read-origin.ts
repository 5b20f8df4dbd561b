// Which repository and commits a lost event is about, and of when it is, if the event says so and makes sense. Pure, never throws: an
// event may be lost just because it makes no sense.
import type { CloudEvent } from 'cloudevents';
import * as v from 'valibot';
import { commitId, httpUrl } from '../../events/fields.ts';
import {
  deploymentWarned,
  environmentObserved,
  giteaPullRequest,
  giteaWebhook,
  modelPromoted,
  modelWithdrawn,
  registryDrifted,
  registryUpdated,
  servingObserved,
} from '../../events/index.ts';
import { decodeAttributes } from '../../events/wire.ts';
import { commitsOf } from '../../promotions/commits-of.ts';

export interface LostOrigin {
  repository?: string;
  repositoryId?: string;
  commits?: string[];
  /** When the head that the event is about was read. */
  observedAt?: string;
  /** Of several registries the one that answered. */
  registryName?: string;
}

/** Bytes of data that are read; our events stay far below. */
const maxData = 1024 * 1024;

/** Commits that are named; commit-status writes to no more, and a log line is for reading. */
const maxCommits = 20;

export function readOrigin(event: CloudEvent<unknown>): LostOrigin {
  const read = Object.hasOwn(readers, event.type) ? readers[event.type] : undefined;
  if (read === undefined || isLarge(event.data)) return {};
  try {
    const { repository, repositoryId, commits, observedAt, registryName } = read(decodeAttributes(event));
    const named = commits.filter((commit) => v.is(commitId, commit)).slice(0, maxCommits);
    return {
      ...(v.is(httpUrl, repository) ? { repository } : {}),
      ...(named.length > 0 ? { commits: named } : {}),
      ...(repositoryId === undefined ? {} : { repositoryId }),
      ...(observedAt === undefined ? {} : { observedAt }),
      ...(registryName === undefined ? {} : { registryName }),
    };
  } catch {
    return {};
  }
}

interface Head {
  repository: string;
  repositoryId?: string;
  head: string;
  observedAt: string;
}

const headOf = ({ repository, repositoryId, head, observedAt }: Head) => ({
  repository,
  repositoryId,
  commits: [head],
  observedAt,
});

const readers: Readonly<Record<string, (event: CloudEvent<unknown>) => LostOrigin & { commits: string[] }>> = {
  // The attribute `after` is not used, because no signature covers it.
  [giteaWebhook.type]: ({ source, data }) => ({ repository: source, commits: [(data as { after: string }).after] }),
  [giteaPullRequest.type]: ({ source, data }) => {
    const { merge_commit_sha: commit } = (data as { pull_request: { merge_commit_sha: string } }).pull_request;
    return { repository: source, commits: [commit] };
  },
  [modelPromoted.type]: (event) => {
    const promotion = modelPromoted.read(event);
    const { repository, repositoryId, observedAt } = promotion;
    return { repository, repositoryId, commits: commitsOf(promotion), observedAt };
  },
  [modelWithdrawn.type]: (event) => headOf(modelWithdrawn.read(event)),
  [deploymentWarned.type]: (event) => headOf(deploymentWarned.read(event)),
  [environmentObserved.type]: (event) => headOf(environmentObserved.read(event)),
  [registryDrifted.type]: (event) => headOf(registryDrifted.read(event)),
  [registryUpdated.type]: (event) => {
    const update = registryUpdated.read(event);
    // Of an answer about what serves nothing is said: the next observation says what is true.
    return update.cause.type === servingObserved.type ? { ...update, commits: [] } : update;
  },
  [servingObserved.type]: (event) => {
    const { repository, repositoryId, commits = [], observedAt } = servingObserved.read(event);
    return { repository, repositoryId, commits, observedAt };
  },
};

export function isLarge(data: unknown): boolean {
  return (ArrayBuffer.isView(data) ? data.byteLength : typeof data === 'string' ? data.length : 0) > maxData;
}
