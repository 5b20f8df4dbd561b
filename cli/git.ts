// Reads what the head of the watched branch says, by parse's own reading.
import type { Settings } from '../config/settings.ts';
import type { Forge } from '../forges/forge.ts';
import { forges } from '../forges/index.ts';
import { createHeadReader, type HeadReading } from '../functions/parse/read-head.ts';
import { observedModels, originOf } from '../functions/parse/report.ts';
import type { Observation } from '../promotions/promotion.ts';
import { CommandError } from './result.ts';
import type { Shell } from './shell.ts';

export type ParseSettings = NonNullable<Settings['parse']>;

export interface UnreadableFile {
  environment: string;
  path: string;
  reason: string;
  counts: string;
}

export interface Git {
  forge: Forge;
  reading: HeadReading;
  unreadable: UnreadableFile[];
}

/** The whole head, as a reconcile reads it. */
export async function readGit(shell: Shell, settings: ParseSettings): Promise<Git> {
  shell.progress.step('Reading Git');
  const forge = forges.gitea(settings, shell.io);
  const unreadable: UnreadableFile[] = [];
  const reading = await createHeadReader(settings, shell.io)({ reconcile: true }, forge, (level, message, fields) => {
    // The reading tells of such files in its log alone.
    if (fields?.path !== undefined) unreadable.push(fields as unknown as UnreadableFile);
    else shell.io.log(level, message, fields);
  });
  if ('nothing' in reading) throw new CommandError(`There is nothing to read: ${reading.nothing}.`);
  return { forge, reading, unreadable };
}

/** What one environment says, on one page. */
export function observationOf(reading: HeadReading, environment: string, settings: ParseSettings): Observation {
  const now = reading.environments.get(environment)!.now;
  const models = observedModels(environment, now, settings);
  const page = { from: '', number: 1, of: 1 };
  return { environment, ...originOf(reading), complete: now.complete, page, models };
}

/** The environments asked for; all that are watched when none is. Throws when one is not watched. */
export function chosenEnvironments(reading: HeadReading, asked: readonly string[]): string[] {
  const watched = [...reading.environments.keys()];
  const unknown = asked.filter((name) => !watched.includes(name));
  if (unknown.length === 0) return asked.length === 0 ? watched : [...new Set(asked)];
  throw new CommandError(
    `Environment ${unknown.join(', ')} is not watched; watched: ${watched.join(', ') || 'none'}.`,
    {
      exitCode: 2,
      next: 'Name one of these, or add it to ENVIRONMENTS.',
    },
  );
}
