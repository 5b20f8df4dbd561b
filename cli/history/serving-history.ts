// What was observed of a model in the cluster, from the commit statuses in which Gitea keeps it (promotions/rollout-status.ts).
import type { CommitStatuses } from '../../forges/forge.ts';
import { type EntryState, readEntry } from '../../promotions/commit-status.ts';
import { plainText } from '../../promotions/plain-text.ts';
import { rolloutContext } from '../../promotions/rollout-status.ts';

export interface ServingEntry {
  /** RFC 3339: when it was observed. */
  at: string;
  state: EntryState;
  /** What served, as a sentence. */
  text: string;
  /** The commit that brought what was rolled out. */
  commit: string;
}

/** Newest first. `commits`: that brought a version; where one has no status, the merge that brought the commit is looked at. */
export async function readServingHistory(
  { statuses, mergesOnto }: Pick<CommitStatuses, 'statuses' | 'mergesOnto'>,
  {
    model,
    environment,
    commits,
    branch,
  }: { model: string; environment: string; commits: readonly string[]; branch: string },
): Promise<ServingEntry[]> {
  const findMerge = mergesOnto(branch);
  const found = new Map<string, ServingEntry>();
  for (const commit of commits) {
    const own = await entriesOf(commit);
    const merge = own.length === 0 ? await findMerge(commit) : undefined;
    // The sum of a commit repeats entries.
    for (const entry of merge ? await entriesOf(merge) : own) found.set(JSON.stringify(entry), entry);
  }
  return [...found.values()].sort((a, b) => Date.parse(b.at) - Date.parse(a.at));

  async function entriesOf(commit: string): Promise<ServingEntry[]> {
    const all = (await statuses(commit)) ?? [];
    return all.flatMap(({ context, description }) => {
      const entry = context === `${rolloutContext}/${environment}` ? readEntry(description) : undefined;
      if (entry?.about !== plainText(model)) return [];
      const { state, observedAt: at, text } = entry;
      return [{ at, state, text, commit }];
    });
  }
}
