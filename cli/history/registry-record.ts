// Compares the registry's deployment record of a version with what Git says about it. Pure.
import { holdsLabel } from '../../promotions/deployment-record.ts';
import { plainText } from '../../promotions/plain-text.ts';
import { labelOf, ownText } from '../../promotions/property-names.ts';
import type { RegisteredVersion } from '../../promotions/registry-state.ts';
import type { Period } from './git-history.ts';

const recorded = ['promotedAt', 'promotedBy', 'pullRequest', 'retiredAt', 'replacedBy'] as const;

export interface VersionRecord extends Partial<Record<(typeof recorded)[number], string>> {
  version: string;
  registered: boolean;
  holdsLabel: boolean;
}

/** Two times that differ by less are the same moment: clocks differ, and a merge takes its time. ms. */
const sameMoment = 60_000;
/** A label that was removed later than this was removed by a later reconcile. ms. */
const lateAfter = 3_600_000;

export function recordOf(
  version: string,
  registered: RegisteredVersion | undefined,
  environment: string,
): VersionRecord {
  if (registered === undefined) return { version, registered: false, holdsLabel: false };
  const known = Object.fromEntries(
    recorded.flatMap((name) => {
      const text = ownText(registered.properties, environment, name);
      return text === undefined ? [] : [[name, text]];
    }),
  );
  return { version, registered: true, holdsLabel: holdsLabel(registered.properties, labelOf(environment)), ...known };
}

/** Sentences; empty when both agree. `period`: the latest in which the version was deployed. */
export function disagreements(record: VersionRecord, period: Period): string[] {
  const { version, registered, holdsLabel: holds, promotedAt, promotedBy, pullRequest, retiredAt } = record;
  const now = period.to === undefined;
  if (!registered) return [`${version} is not registered, so the registry has no record of it.`];
  if (now && !holds) return [`Git deploys ${version} now; the registry does not label it.`];
  const said: string[] = [];
  if (!now && holds) said.push(`The registry labels ${version}; Git deployed it until ${period.to}.`);
  if (promotedAt === undefined)
    said.push(`The registry has no record of when ${version} was promoted; Git says ${period.from}.`);
  else if (apart(promotedAt, period.from) > sameMoment)
    said.push(`${version} since: Git says ${period.from}, the registry ${promotedAt}.`);
  if (promotedBy !== undefined && period.by !== undefined && plainText(promotedBy) !== plainText(period.by))
    said.push(`${version} by: Git says ${period.by}, the registry ${promotedBy}.`);
  if (pullRequest !== undefined && pullRequest !== period.pullRequest?.url)
    said.push(
      `${version} by pull request: Git says ${period.pullRequest?.url ?? 'none'}, the registry ${pullRequest}.`,
    );
  if (!now && retiredAt !== undefined && Date.parse(retiredAt) - Date.parse(period.to!) > lateAfter)
    said.push(`${version} until: Git says ${period.to}; the registry noticed at ${retiredAt}.`);
  return said;
}

function apart(a: string, b: string): number {
  const ms = Math.abs(Date.parse(a) - Date.parse(b));
  return Number.isNaN(ms) ? Number.POSITIVE_INFINITY : ms;
}
