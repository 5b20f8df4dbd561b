// The registry's record of a version's latest time in an environment beside what Git says of it. Pure.

import { holdsLabel } from '../../promotions/deployment-record.ts';
import { textOf } from '../../promotions/ownership-marker.ts';
import { plainText } from '../../promotions/plain-text.ts';
import type { RegisteredVersion } from '../../promotions/registry-state.ts';
import type { Stint } from './git-history.ts';

export interface VersionRecord {
  version: string;
  registered: boolean;
  holdsLabel: boolean;
  promotedAt?: string;
  promotedBy?: string;
  pullRequest?: string;
  retiredAt?: string;
  replacedBy?: string;
}

/** Clocks and the merge's own way: below it two times are the same moment. ms. */
const sameMoment = 60_000;
/** A label that was taken off by a later comparison. ms. */
const lateAfter = 3_600_000;

export function recordOf(
  version: string,
  registered: RegisteredVersion | undefined,
  environment: string,
): VersionRecord {
  if (registered === undefined) return { version, registered: false, holdsLabel: false };
  const value = (name: string) => textOf(registered.properties, `${environment}.${name}`);
  const known = Object.fromEntries(
    ['promotedAt', 'promotedBy', 'pullRequest', 'retiredAt', 'replacedBy'].flatMap((name) => {
      const text = value(name);
      return text === undefined ? [] : [[name, text]];
    }),
  );
  return { version, registered: true, holdsLabel: holdsLabel(registered.properties, environment), ...known };
}

/** Sentences; empty when both say the same. `stint`: the latest in which the version served. */
export function disagreements(record: VersionRecord, stint: Stint): string[] {
  const { version, registered, holdsLabel: holds, promotedAt, promotedBy, pullRequest, retiredAt } = record;
  const now = stint.to === undefined;
  if (!registered) return [`${version} is not registered, so the registry says nothing of it.`];
  if (now && !holds) return [`Git deploys ${version} now; the registry does not label it.`];
  const said: string[] = [];
  if (!now && holds) said.push(`The registry labels ${version}; Git deployed it until ${stint.to}.`);
  if (promotedAt === undefined)
    said.push(`The registry has no record of when ${version} was promoted; Git says ${stint.from}.`);
  else if (apart(promotedAt, stint.from) > sameMoment)
    said.push(`${version} since: Git says ${stint.from}, the registry ${promotedAt}.`);
  if (promotedBy !== undefined && stint.by !== undefined && plainText(promotedBy) !== plainText(stint.by))
    said.push(`${version} by: Git says ${stint.by}, the registry ${promotedBy}.`);
  if (pullRequest !== undefined && pullRequest !== stint.pullRequest?.url)
    said.push(`${version} by pull request: Git says ${stint.pullRequest?.url ?? 'none'}, the registry ${pullRequest}.`);
  if (!now && retiredAt !== undefined && Date.parse(retiredAt) - Date.parse(stint.to!) > lateAfter)
    said.push(`${version} until: Git says ${stint.to}; the registry noticed at ${retiredAt}.`);
  return said;
}

function apart(a: string, b: string): number {
  const ms = Math.abs(Date.parse(a) - Date.parse(b));
  return Number.isNaN(ms) ? Number.POSITIVE_INFINITY : ms;
}
