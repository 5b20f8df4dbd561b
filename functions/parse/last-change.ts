// The commit that last changed what a deployment file says. When the file is a symbolic link, its target may have changed instead.
import type { Commit, Forge } from '../../forges/forge.ts';

/** Newest of the last changes of all `paths`. `except`: as for Forge.history; undefined: none that it does not contain. */
export async function lastChange(
  forge: Forge,
  commit: string,
  paths: readonly string[],
  except?: string,
): Promise<Commit | undefined> {
  let last: Commit | undefined;
  for (const path of paths) {
    const [change] = await forge.history(commit, path, 1, except);
    if (change === undefined || change.id === last?.id) continue;
    if (last === undefined || (await isNewer(forge, change, last))) last = change;
  }
  return last;
}

/** Of two commits of which neither contains the other, the one with the later date is taken for the newer. */
async function isNewer(forge: Forge, one: Commit, than: Commit): Promise<boolean> {
  if (await forge.contains(one.id, than.id)) return true;
  if (await forge.contains(than.id, one.id)) return false;
  return Date.parse(one.committedAt) > Date.parse(than.committedAt);
}
