// Whether Git has deployed a version without a break since a commit that the registry remembers. Asked only where the registry cannot
// tell, because somebody took the label alone.
import type { Forge } from '../../forges/forge.ts';
import { lastChange } from './last-change.ts';
import type { HeadReading } from './read-head.ts';

/** Changes of files to go back. */
const changesBack = 20;

/**
 * Goes back from change to change, as long as the version was deployed before the change. False also when it is unknown: the deployment
 * record then begins anew, with what is true of the last change. `since`: the commit of the record.
 */
export async function isDeployedSince(
  since: string,
  { environment, model }: { environment: string; model: string },
  version: string,
  { head, environments, snapshotAt }: HeadReading,
  forge: Forge,
): Promise<boolean> {
  let at = head;
  let snapshot = environments.get(environment)?.now;
  for (let change = 0; change <= changesBack; change++) {
    const deployed = snapshot?.models.get(model)?.versions.find((one) => one.version === version);
    if (deployed === undefined) return false;
    const { path, linked = [], contentFrom = at } = deployed.file;
    const last = await lastChange(forge, contentFrom, [path, ...linked]);
    if (last?.id === since) return true;
    const [before] = last?.parents ?? [];
    if (before === undefined) return false;
    at = before;
    snapshot = await snapshotAt(before, environment);
  }
  return false;
}
