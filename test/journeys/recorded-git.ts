// The Gitea stand-in with the Git objects of one recorded server, for the real adapter. The branch's head is where the
// test puts it, and a pull request is known from the delivery on that tells of it, as it was when the delivery came.
import type { ObjectStore } from '../../stand-ins/gitea/git/store.ts';
import { buildHistory, payloadOf, readJson, type ServerName } from '../stand-ins/gitea/recorded-history.ts';
import { pullFrom, type RecordedPull, startLike } from '../stand-ins/gitea/recorded-world.ts';

const stores = new Map<ServerName, ObjectStore>();

export interface RecordedGit {
  url: string;
  repository: string;
  /**
   * A delivery came: the server knows the pull request that it tells of, and the branch is where it says. Returns the commit to which a
   * push of the branch, or a merge, moved it.
   */
  learn(body: Buffer): string | undefined;
  close(): Promise<void>;
}

export async function recordedGit(server: ServerName, name: string): Promise<RecordedGit> {
  const about = readJson<{ repository: string; default_branch: string; after: string }>(
    `${server}/deliveries/${name}/case.json`,
  );
  const gitea = await startLike(server, () => new Date());
  const { default_branch: defaultBranch } = about;
  const { repository } = gitea.createRepository(about.repository, { private: false, defaultBranch });
  const store = stores.get(server) ?? buildHistory(server).store;
  stores.set(server, store);
  repository.store = store;
  return {
    url: gitea.url,
    repository: about.repository,
    learn(body) {
      const payload = payloadOf(body) as { ref?: string; action?: string; after?: string; pull_request?: RecordedPull };
      const { ref, action, pull_request: pull } = payload;
      if (pull?.merged) repository.pulls.push(pullFrom(pull, repository.owner));
      const isMerge = pull?.merged && action === 'closed';
      const after = isMerge ? pull.merge_commit_sha! : payload.after;
      // Those of 25c were late: the branch had long moved on.
      const head = name.startsWith('25c') ? about.after : after;
      if (head && store.has(head)) repository.refs.set(`refs/heads/${defaultBranch}`, head);
      return isMerge || ref === `refs/heads/${defaultBranch}` ? after : undefined;
    },
    close: gitea.close,
  };
}
