// What people should know about the deployment files of a head: which cannot be read, which may not say what is meant, which Argo CD
// does not deploy, and which environments have none. Decides nothing about labels.
import type { Log } from '../../io/io.ts';
import type { FileState } from '../../promotions/environment-snapshot.ts';
import type { Unreadable } from './read-files.ts';

export interface FileNote {
  environment: string;
  path: string;
  /** `failure`: the file cannot be read, so labels stay as they were. `warning`: it is read as Helm reads it. */
  severity: 'failure' | 'warning';
  /** Of a failure: completes "cannot be read: …". Of a warning: a sentence. */
  reason: string;
  /** Of a failure: what counts instead; completes "counts …". */
  counts?: string;
  /** Undefined: Argo CD does not read the file. */
  file?: FileState;
}

export function notesOf(
  environment: string,
  states: readonly FileState[],
  unreadable: readonly Unreadable[],
): FileNote[] {
  const failures = new Map(unreadable.map((one) => [one.path, one]));
  return states.flatMap((file): FileNote[] => {
    const { path, content } = file;
    const failed = failures.get(path);
    if (failed !== undefined) {
      const { reason, countsAs } = failed;
      const counts =
        countsAs === undefined ? 'not; nothing is removed in this environment' : `as at commit ${countsAs}`;
      return [{ environment, path, severity: 'failure', reason, counts, file }];
    }
    const warnings = content.kind === 'unreadable' ? [] : content.warnings;
    return warnings.map((reason) => ({ environment, path, severity: 'warning', reason, file }));
  });
}

export function noteBehindLink(environment: string, path: string): FileNote {
  const reason =
    'It lies behind a folder that is a symbolic link. Argo CD does not look there (but where its new globbing of files is switched on), so it counts as not deployed.';
  return { environment, path, severity: 'warning', reason };
}

export function logNotes(log: Log, head: string, notes: readonly FileNote[]): void {
  for (const { environment, path, severity, reason, counts } of notes)
    if (severity === 'failure')
      log('warn', 'deployment file cannot be read', { environment, path, head, reason, counts });
    else log('warn', 'deployment file may not say what is meant', { environment, path, head, reason });
}

export function logWithoutFiles(
  log: Log,
  { head, withoutFiles, found }: { head: string; withoutFiles: readonly string[]; found: readonly string[] },
): void {
  for (const environment of withoutFiles)
    log('warn', 'watched environment has no deployment file', { environment, head, found: found.join(', ') || 'none' });
}
