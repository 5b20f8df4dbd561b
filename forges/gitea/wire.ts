// What Gitea's and Forgejo's API answers look like, as far as we read them. Everything else in an answer is let through unread.
// https://docs.gitea.com/api/1.22/ ; every schema holds for the recorded answers of three generations.
import * as v from 'valibot';
import type { Person } from '../../promotions/promotion.ts';

/** SHA-1 or, in repositories made with it, SHA-256. Lower case, as Git prints it. */
export const fullId = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

const objectId = v.pipe(v.string(), v.regex(fullId));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const moment = v.pipe(v.string(), v.isoTimestamp());

/** Accounts as the API shows them; `null` where the e-mail of a commit belongs to nobody. */
const user = v.object({ login: v.optional(v.string()), full_name: v.optional(v.string()) });

/** What is known of somebody; empty names are unknown ones. */
export function personOf(login: string | undefined, name: string | null | undefined): Person {
  return { ...(login ? { login } : {}), ...(name ? { name } : {}) };
}

/** As much of a repository, in answers and payloads, as says which it is. Gogs has no `url`. */
const repositoryName = v.object({
  html_url: v.pipe(v.string(), v.url()),
  url: v.nullish(v.string()),
  id: v.nullish(v.number()),
  created_at: v.nullish(v.string()),
});
export type WireRepositoryName = v.InferOutput<typeof repositoryName>;

export const repositoryWire = v.object({ ...repositoryName.entries, default_branch: v.string() });

export const branchWire = v.object({ name: v.string(), commit: v.object({ id: objectId }) });

const treeEntryWire = v.object({
  path: v.pipe(v.string(), v.minLength(1)),
  mode: v.pipe(v.string(), v.regex(/^[0-7]{6}$/)),
  type: v.picklist(['blob', 'tree', 'commit']),
  sha: objectId,
  size: v.optional(count),
});

/** `sha` is the commit when a commit was asked for; `tree` is null on a page beyond the end. */
export const treeWire = v.object({ sha: objectId, tree: v.nullable(v.array(treeEntryWire)), total_count: count });

/** One answer of many: null stands for a path that is missing or could not be read; null `content` for one too large. */
export const fileContentsWire = v.array(
  v.nullable(
    v.object({
      path: v.string(),
      encoding: v.nullish(v.string()),
      content: v.nullish(v.string()),
    }),
  ),
);

export const gitCommitWire = v.object({ sha: objectId });

export const commitsWire = v.array(
  v.object({
    sha: objectId,
    commit: v.object({
      author: v.nullish(v.object({ name: v.optional(v.string()) })),
      committer: v.object({ date: moment }),
    }),
    author: v.nullish(user),
    parents: v.nullish(v.array(v.object({ sha: objectId })), []),
  }),
);
export type WireCommit = v.InferOutput<typeof commitsWire>[number];

export const pullRequestWire = v.object({
  number: v.pipe(v.number(), v.integer()),
  html_url: v.string(),
  title: v.string(),
  merged: v.boolean(),
  merged_at: v.nullish(moment),
  merge_commit_sha: v.nullish(v.string()),
  merged_by: v.nullish(user),
  base: v.optional(v.object({ repo: v.nullish(repositoryName) })),
});
export type WirePullRequest = v.InferOutput<typeof pullRequestWire>;

export const pullRequestsWire = v.array(pullRequestWire);

/** The secret is never shown. `config` of other kinds of hooks has more. */
export const hookWire = v.object({
  id: v.pipe(v.number(), v.integer()),
  type: v.string(),
  config: v.object({ url: v.optional(v.string(), ''), content_type: v.optional(v.string(), '') }),
  events: v.nullable(v.array(v.string())),
  active: v.boolean(),
  branch_filter: v.optional(v.string(), ''),
  /** Gitea 1.27 no longer shows it. */
  authorization_header: v.optional(v.string()),
});
export type WireHook = v.InferOutput<typeof hookWire>;

export const hooksWire = v.array(hookWire);

/** `id` counts up per commit (Gitea's `index`). States of other tools are any word. */
export const statusesWire = v.array(
  v.object({ id: count, status: v.string(), context: v.string(), description: v.string(), target_url: v.string() }),
);

export const statusWire = v.object({ id: count, status: v.string(), context: v.string() });

/** As much of a closed pull request as says what it brought where. */
const closedPullWire = v.object({
  number: v.pipe(v.number(), v.integer()),
  merged: v.boolean(),
  merged_at: v.nullish(moment),
  merge_commit_sha: v.nullish(v.string()),
  base: v.object({ ref: v.string() }),
  head: v.object({ sha: v.string() }),
});
export type WireClosedPull = v.InferOutput<typeof closedPullWire>;
export const closedPullsWire = v.array(closedPullWire);

const signed = v.object({ name: v.string(), email: v.string(), date: moment });

/** With what a rebase keeps of a commit. */
export const madeCommitsWire = v.array(
  v.object({
    sha: objectId,
    commit: v.object({ author: signed, committer: signed, message: v.string() }),
    parents: v.nullish(v.array(v.object({ sha: objectId }))),
  }),
);
export type WireMadeCommit = v.InferOutput<typeof madeCommitsWire>[number];

export const versionWire = v.object({ version: v.string() });

/** How Gitea's API, unlike a proxy in front of it, says what is wrong. */
export const apiErrorWire = v.object({ message: v.string(), url: v.string() });
