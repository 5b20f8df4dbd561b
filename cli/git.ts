// Reads the head of the watched branch, as parse reads it.
import type { Forge } from '../forges/forge.ts';
import { openForge } from '../forges/index.ts';
import { observedModels, originOf } from '../functions/parse/make-events.ts';
import type { HeadReading } from '../functions/parse/read-head.ts';
import { createReadings, type Reading } from '../functions/parse/share-reading.ts';
import { eachRegistry, type OwnSettings, type SettingsOf } from '../functions/settings.ts';
import type { Log } from '../io/io.ts';
import { createKeyedLock } from '../io/keyed-lock.ts';
import type { EnvironmentReport } from '../promotions/promotion.ts';
import { CommandError, wrongUse } from './result.ts';
import type { ReadingShell } from './shell.ts';

export type ParseSettings = OwnSettings['parse'];

export interface UnreadableFile {
  environment: string;
  path: string;
  reason: string;
  counts: string;
}

/** Something worth knowing that is no difference. */
export interface Warning {
  environment: string;
  /** A deployment file's path, or a model. */
  about: string;
  /** A sentence. */
  reason: string;
}

/** A watched environment without a single deployment file. */
export interface WithoutFiles {
  environment: string;
  /** What has files instead. */
  found: string[];
}

export interface Git {
  forge: Forge;
  reading: HeadReading;
  unreadable: UnreadableFile[];
  warnings: Warning[];
  withoutFiles: WithoutFiles[];
}

/** Reads the whole head, as a reconcile does. */
export function readGit(shell: ReadingShell, settings: ParseSettings): Promise<Git> {
  return createGitReader(shell, settings)();
}

/** The result reads the whole head; each time it uses what it has read before. */
function createGitReader(shell: ReadingShell, settings: ParseSettings): () => Promise<Git> {
  const readings = createReadings(settings, openForge(settings, shell.io), shell.io.clock);
  return () => readHead(shell, readings());
}

async function readHead(shell: ReadingShell, { read, forge }: Reading): Promise<Git> {
  shell.progress.step('Reading Git');
  // The commands report what the reading logs about files.
  const log: Log = (level, message, fields) => {
    if (fields?.head === undefined) shell.io.log(level, message, fields);
  };
  const reading = await read({ reconcile: true }, log);
  if ('nothing' in reading) throw new CommandError(`There is nothing to read: ${reading.nothing}.`);
  const { notes, found } = reading;
  return {
    forge,
    reading,
    unreadable: notes.flatMap(({ environment, path, severity, reason, counts = '' }) =>
      severity === 'failure' ? [{ environment, path, reason, counts }] : [],
    ),
    warnings: notes.flatMap(({ environment, path, severity, reason }) =>
      severity === 'warning' ? [{ environment, about: path, reason }] : [],
    ),
    withoutFiles: reading.withoutFiles.map((environment) => ({ environment, found })),
  };
}

export function withoutFilesText({ environment, found }: WithoutFiles): string {
  return `${environment} is watched and has no deployment file; found: ${found.join(', ') || 'none in any environment'}.`;
}

export const withoutFilesNext =
  'Correct ENVIRONMENTS: names are those of folders, and upper and lower case differ. If the last file was removed on purpose, remove the environment from ENVIRONMENTS once the labels are gone.';

/** What Git deploys in one environment, on one page. */
export function observationOf(reading: HeadReading, environment: string, settings: ParseSettings): EnvironmentReport {
  const now = reading.environments.get(environment)!.now;
  const models = observedModels(environment, now, settings);
  const page = { from: '', number: 1, of: 1 };
  return { environment, ...originOf(reading), complete: now.complete, page, models };
}

/** What commands compare: Git, the settings for each registry, and the environments that were asked for. */
export interface Both {
  git: Git;
  settings: SettingsOf<'parse' | 'registry-writer'>[];
  environments: string[];
}

export type OpenBoth = (asked: readonly string[]) => Promise<Both>;

/** The result may be called again and again, one call waits for the other: each uses what was read before. Throws CommandError when a setting is wrong. */
export function createOpenBoth(shell: ReadingShell): OpenBoth {
  const settings = shell.settings(['parse', 'registry-writer']);
  const read = createGitReader(shell, settings.parse);
  const inTurn = createKeyedLock();
  return async (asked) => {
    const git = await inTurn('git', read);
    return { settings: eachRegistry(settings), git, environments: chosenEnvironments(git.reading, asked) };
  };
}

/** The environments that were asked for, or all that are watched. Throws CommandError when one is not watched. */
export function chosenEnvironments(reading: HeadReading, asked: readonly string[]): string[] {
  const watched = [...reading.environments.keys()];
  const unknown = asked.filter((name) => !watched.includes(name));
  if (unknown.length === 0) return asked.length === 0 ? watched : [...new Set(asked)];
  throw wrongUse(
    `Environment ${unknown.join(', ')} is not watched; watched: ${watched.join(', ') || 'none'}.`,
    'Name one of these, or add it to ENVIRONMENTS.',
  );
}
