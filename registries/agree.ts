// Two readings of the same versions at the same time, made to agree.
import { holdsLabel } from '../promotions/deployment-record.ts';
import { isNamed, type RegisteredVersion } from '../promotions/registry-state.ts';

/**
 * The list of holders and the look-ups by name run in parallel, and somebody may write in between. A version found by name that holds
 * the label is added to the holders, and where both have a version by that name, the list's form of it is taken.
 */
export function agree(
  listed: readonly RegisteredVersion[],
  found: ReadonlyMap<string, RegisteredVersion>,
  label: string,
): { holders: RegisteredVersion[]; named: Map<string, RegisteredVersion> } {
  const holders = new Map(listed.map((version) => [version.id, version]));
  for (const version of found.values()) {
    if (!holders.has(version.id) && holdsLabel(version.properties, label)) holders.set(version.id, version);
  }
  const listedAs = (name: string, version: RegisteredVersion) => {
    const other = holders.get(version.id);
    return other && isNamed(other, name) ? other : version;
  };
  return {
    holders: [...holders.values()],
    named: new Map([...found].map(([name, version]) => [name, listedAs(name, version)])),
  };
}
