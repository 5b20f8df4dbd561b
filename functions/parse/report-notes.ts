// Makes the events that tell people of files a push changed: one per environment, bounded, for the commits that brought them.
import type { CloudEvent } from 'cloudevents';
import * as deploymentWarned from '../../events/deployment-warned.ts';
import type { Origin } from '../../events/make-event.ts';
import type { Forge } from '../../forges/forge.ts';
import { atMost } from '../../io/at-most.ts';
import type { FileNote } from './file-notes.ts';
import { lastChange } from './last-change.ts';
import { originOf } from './make-events.ts';
import type { HeadReading } from './read-head.ts';

/** Files whose commit is asked for at once. */
const atOnce = 4;

export async function reportNotes(
  reading: HeadReading,
  origin: Omit<Origin, 'time'>,
  forge: Forge,
): Promise<CloudEvent<unknown>[]> {
  const { head, before, idsBefore, notes, observedAt } = reading;
  const byFile = new Map<string, FileNote[]>();
  for (const note of notes) {
    const { path, file } = note;
    if (file === undefined || idsBefore?.get(path) === file.id) continue;
    byFile.set(path, [...(byFile.get(path) ?? []), note]);
  }
  const events: CloudEvent<unknown>[] = [];
  for (const environment of reading.environments.keys()) {
    const due = [...byFile.values()].filter(([note]) => note!.environment === environment);
    if (due.length === 0) continue;
    const files = await atMost(atOnce, due.slice(0, deploymentWarned.maxFiles), async (about) => {
      const { path, severity, file } = about[0]!;
      const paths = [path, ...(file!.linked ?? [])];
      const recent = before === undefined ? undefined : await lastChange(forge, head, paths, before);
      const change = recent ?? (await lastChange(forge, head, paths));
      return { path, commit: change?.id ?? head, severity, reason: sentencesOf(about) };
    });
    events.push(deploymentWarned.make({ environment, ...originOf(reading), files }, { ...origin, time: observedAt }));
  }
  return events;
}

function sentencesOf(notes: readonly FileNote[]): string {
  const text = notes
    .map(({ severity, reason, counts }) =>
      severity === 'failure' ? `It cannot be read (${reason}); counts ${counts}.` : reason,
    )
    .join(' ');
  return text.length <= deploymentWarned.maxReason ? text : `${text.slice(0, deploymentWarned.maxReason - 1)}…`;
}
