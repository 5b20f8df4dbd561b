// What happened lately, as the console's page lists it: each change that Git's history has, what the commit statuses say became of it,
// and what the registry shows now. Pure.
import type { Overview, Recent, Row } from '../../console/overview.ts';
import type { CommitStatus } from '../../forges/forge.ts';
import { context as registryContext } from '../../functions/commit-status/add-statuses.ts';
import { isAboutLoss, push } from '../../functions/commit-status/status-texts.ts';
import { type EntryState, readEntries, readEntry, type StatusEntry } from '../../promotions/commit-status.ts';
import { plainText } from '../../promotions/plain-text.ts';
import { rolloutContext } from '../../promotions/rollout-status.ts';
import type { Change } from '../history/fleet-history.ts';

/** One commit can change hundreds of models. */
const mostShown = 100;

/** What was said on a commit about one change. */
interface Said {
  /** What counts now, of each context; without what is said of a push. */
  entries: StatusEntry[];
  /** The losses among what counts now. */
  losses: StatusEntry[];
  /** A loss, and the later entry that counts in its place. */
  replaced?: { loss: StatusEntry; by: StatusEntry };
}

/**
 * `changes`: newest first. `statuses`: of each commit, oldest first. `overview`: what the registry shows now; undefined: not known.
 * `repository`: its address.
 */
export function recentOf(
  changes: readonly Change[],
  statuses: ReadonlyMap<string, readonly CommitStatus[]>,
  overview: Overview | undefined,
  repository: string,
): Recent[] {
  const seen = new Set<string>();
  return changes.slice(0, mostShown).map((change) => {
    const { environment, model, versions, from, by, commit, pullRequest } = change;
    const name = `${environment}/${model}`;
    const isNewest = !seen.has(name);
    seen.add(name);
    const what =
      versions.length > 0 ? `${model} ${versions.join(', ')} → ${environment}` : `${model} out of ${environment}`;
    const rows = overview?.rows.filter((row) => row.environment === environment && row.model === model);
    return {
      at: from,
      title: pullRequest ? `${what}, #${pullRequest.number}` : what,
      ...outcomeOf(saidOf(change, statuses.get(commit) ?? []), rows, { isNewest, isWithdrawn: versions.length === 0 }),
      ...(by && { by }),
      url: pullRequest?.url ?? `${repository}/commit/${commit}`,
    };
  });
}

function saidOf({ environment, model }: Change, statuses: readonly CommitStatus[]): Said {
  const own = `${registryContext}/${environment}`;
  const said: Said = { entries: [], losses: [] };
  for (const context of new Set(statuses.map((status) => status.context))) {
    const isOwn = context === own || context.startsWith(`${own}/`) || context === `${rolloutContext}/${environment}`;
    const about = context === registryContext ? push : isOwn ? plainText(model) : undefined;
    const all = statuses.filter((status) => status.context === context);
    const entry = about === undefined ? undefined : readEntries(all).get(about);
    if (entry === undefined) continue;
    if (isAboutLoss(entry.text)) {
      said.losses.push(entry);
      continue;
    }
    if (about !== push) said.entries.push(entry);
    const loss = all
      .map(({ description }) => readEntry(description))
      .findLast((one) => one !== undefined && one.about === about && isAboutLoss(one.text));
    if (loss) said.replaced = { loss, by: entry };
  }
  return said;
}

/** What was said counts; the registry, where nothing was. `rows`: of the model in its environment; undefined: not known. */
function outcomeOf(
  { entries, losses, replaced }: Said,
  rows: readonly Row[] | undefined,
  { isNewest, isWithdrawn }: { isNewest: boolean; isWithdrawn: boolean },
): Pick<Recent, 'state' | 'text' | 'healed'> {
  // What Git does not deploy and nobody labels has no row.
  const isShown = rows !== undefined && (rows.length > 0 || isWithdrawn || !isNewest) && rows.every(showsGit);
  const [loss = replaced?.loss] = losses;
  if (losses.length > 0 && !isShown) return { state: 'lost', text: textOf(losses) };
  const since =
    losses.length > 0 ? 'the registry is in sync with Git' : `Git was read again at ${replaced?.by.observedAt}`;
  // What to do about it is over.
  const what = loss?.text.split(/\.(?: |$)/, 1)[0];
  const healed = loss && { healed: `${what}. This has been made up for: ${since}.` };
  const is = (...states: EntryState[]) => entries.some(({ state }) => states.includes(state));
  if (entries.length > 0) {
    const isOver = !isNewest || rows?.every(({ state }) => state === 'in sync');
    const state = is('failure', 'warning') ? 'bad' : is('pending') && !isOver ? 'open' : 'good';
    return { state, text: textOf(entries), ...healed };
  }
  if (!isNewest) return { state: 'good', ...healed };
  if (rows === undefined) return { state: 'open', text: 'What the registry shows of it cannot be read.', ...healed };
  const wrong = rows.find(({ state }) => state !== 'in sync');
  if (wrong === undefined) return { state: 'good', text: 'Registry and Git are in sync.', ...healed };
  return {
    state: wrong.state === 'rolling out' || wrong.state === 'unknown' ? 'open' : 'bad',
    ...(wrong.reason && { text: wrong.reason }),
    ...healed,
  };
}

function showsGit({ git, registry }: Row): boolean {
  const deployed = git.map(({ version }) => version);
  return deployed.length === registry.length && deployed.every((version) => registry.includes(version));
}

function textOf(entries: readonly StatusEntry[]): string {
  return entries.map(({ text }) => text).join(' ');
}
