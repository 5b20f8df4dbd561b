// Makes the events that report what a head says: promoted and withdrawn for each model, the pages of an observation, and warnings
// about files.
import type { CloudEvent } from 'cloudevents';
import * as deploymentWarned from '../../events/deployment-warned.ts';
import * as environmentObserved from '../../events/environment-observed.ts';
import type { Origin } from '../../events/make-event.ts';
import * as modelPromoted from '../../events/model-promoted.ts';
import * as modelWithdrawn from '../../events/model-withdrawn.ts';
import type { Forge } from '../../forges/forge.ts';
import { atMost } from '../../io/at-most.ts';
import { fillArtifactUri } from '../../promotions/artifact-uri-template.ts';
import type { DeployedVersion, EnvironmentSnapshot } from '../../promotions/environment-snapshot.ts';
import { observationPages } from '../../promotions/observation-pages.ts';
import type { Cause, DriftedModel, Promotion, ReportedModel } from '../../promotions/promotion.ts';
import type { OwnSettings } from '../settings.ts';
import { isDeployedSince } from './deployed-since.ts';
import type { FileNote } from './file-notes.ts';
import { lastChange } from './last-change.ts';
import { createProvenance, type PushedBy } from './provenance.ts';
import type { HeadReading } from './read-head.ts';

type ParseSettings = OwnSettings['parse'];

/** Models whose provenance is asked for at once, and files whose last change is. */
const modelsAtOnce = 8;
const filesAtOnce = 4;

/** One model of one environment that has to be reported. */
export interface Due {
  environment: string;
  model: string;
  /** What a reconcile found: the commits of records whose label is gone. */
  records?: DriftedModel['records'];
}

/** Promoted, or withdrawn when Git no longer deploys the model. `due` names environments of the reading only. */
export async function modelEvents(
  reading: HeadReading,
  due: readonly Due[],
  { cause, push, origin }: { cause: Cause; push?: PushedBy | undefined; origin: Omit<Origin, 'time'> },
  forge: Forge,
  settings: ParseSettings,
): Promise<CloudEvent<Promotion>[]> {
  const provenanceOf = createProvenance(forge, reading, push);
  const { head, before } = reading;
  let known: Promise<boolean> | undefined;
  return atMost(modelsAtOnce, due, async ({ environment, model, records = [] }) => {
    const { now, before: earlier } = reading.environments.get(environment)!;
    const serving = [];
    for (const deployed of now.models.get(model)?.versions ?? []) {
      const uri = uriOf(environment, deployed, settings);
      const since = records.find(({ version }) => version === deployed.version)?.commit;
      // Between an older push and this head, another version may have been deployed.
      const servedBefore =
        push?.after === head &&
        earlier?.models.get(model)?.versions.some(({ version }) => version === deployed.version);
      const continues =
        servedBefore ||
        (since !== undefined &&
          (await isDeployedSince(since, { environment, model }, deployed.version, reading, forge)));
      serving.push({
        ...(await provenanceOf(deployed)),
        ...(uri === undefined ? {} : { uri }),
        ...(continues && { continues }),
      });
    }
    const { complete } = now;
    const about = { environment, model, cause: await causeOf(serving), ...originOf(reading), complete, serving };
    const event = serving.length > 0 ? modelPromoted : modelWithdrawn;
    return event.make(about, { ...origin, time: reading.observedAt });
  });

  /**
   * A withdrawal that a push caused also removes labels without our ownership marker, because the push shows that Git deployed the model
   * before; a reconcile cannot know that and leaves such labels. Whoever has the webhook's secret chooses `before`: any commit, also one
   * of a pull request. So it counts only when the branch contains it.
   */
  async function causeOf(serving: readonly unknown[]): Promise<Cause> {
    if (cause !== 'push' || serving.length > 0) return cause;
    known ??= before === undefined ? Promise.resolve(false) : forge.contains(head, before);
    return (await known) ? 'push' : 'reconcile';
  }
}

/** All pages of all watched environments. */
export function environmentEvents(
  reading: HeadReading,
  origin: Omit<Origin, 'time'>,
  settings: ParseSettings,
): CloudEvent<unknown>[] {
  return [...reading.environments].flatMap(([environment, { now }]) => {
    const about = { environment, ...originOf(reading), complete: now.complete };
    const models = observedModels(environment, now, settings);
    return observationPages(about, models).map((page) =>
      environmentObserved.make(page, { ...origin, time: reading.observedAt }),
    );
  });
}

/** What people should know of files that a push changed: one event per environment, for the commits that brought them. */
export async function warningEvents(
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
    const files = await atMost(filesAtOnce, due.slice(0, deploymentWarned.maxFiles), async (about) => {
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

/** What every event says about where it was read. */
export function originOf({ repository, repositoryId, formerly, branch, head, observedAt }: HeadReading) {
  const also = { ...(repositoryId && { repositoryId }), ...(formerly && { formerly }) };
  return { repository, ...also, branch, head, observedAt };
}

/** The short form of all models of an environment. */
export function observedModels(
  environment: string,
  { models }: EnvironmentSnapshot,
  settings: ParseSettings,
): ReportedModel[] {
  return [...models].map(([model, { versions }]) => ({
    model,
    versions: versions.map((deployed) => {
      const { version, applications } = deployed;
      const uri = uriOf(environment, deployed, settings);
      return { version, applications, ...(uri === undefined ? {} : { uri }) };
    }),
  }));
}

/** From the values of the first application, and in one environment only: a version has one artifact, wherever it is deployed. */
function uriOf(environment: string, { values }: DeployedVersion, settings: ParseSettings): string | undefined {
  if (environment !== settings.artifactEnvironment) return undefined;
  return fillArtifactUri(settings.artifactUri, values);
}
