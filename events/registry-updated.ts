// dev.mlops.registry.updated.v1: what registry-writer did about a promoted or withdrawn event, or about what was observed in the
// cluster. For whoever wants to know.
import type { CloudEvent } from 'cloudevents';
import * as v from 'valibot';
import { commitId, environment, httpUrl, registryName, repositoryId, text, timestamp } from './fields.ts';
import { makeForModel, type Origin } from './make-event.ts';
import { reader } from './read-data.ts';
import * as servingObserved from './serving-observed.ts';

export const type = 'dev.mlops.registry.updated.v1';

const change = v.object({
  /** What was written: the registered model, one of its versions, a version's artifact, or an alias of the model. */
  on: v.picklist(['model', 'version', 'artifact', 'alias'], '"model", "version", "artifact" or "alias"'),
  /** Its name in the registry; of an alias that of its model. */
  name: text,
  /** Properties (of an artifact: `uri`; of an alias: its name) that were set, with their values (of an alias: the version). */
  set: v.record(v.string(), v.string('text')),
  /** Properties that were removed. */
  removed: v.array(v.string('text'), 'a list'),
});

export const schema = v.object({
  /** Address of the registry, without credentials. */
  registry: httpUrl,
  registryName,
  environment,
  model: text,
  repository: httpUrl,
  repositoryId,
  head: commitId,
  /** Merge commits where known, else the commits that changed the files; withdrawn: the head. Of an observation without: as recorded. */
  commits: v.array(commitId, 'a list'),
  /** Versions that Git deploys, by name; none: withdrawn. Absent of an observation, whose `rollout` names one. */
  versions: v.optional(v.array(text, 'a list')),
  /** When that head was read, or the cluster; tells a late report from a new one. */
  observedAt: v.optional(timestamp),
  outcome: v.picklist(['changed', 'unchanged', 'ignored'], '"changed", "unchanged" or "ignored"'),
  /** Why, for a person; may be empty when `changed` says it all. */
  reason: v.string('text'),
  /** Sentences about what is labelled and may not be meant: a version that is archived. */
  warnings: v.optional(v.array(text, 'a list')),
  changes: v.array(change, 'a list'),
  /** Page of a version that holds the label, below the address of the registry's user interface. Absent where it is not known. */
  page: v.optional(v.pipe(v.string(), v.regex(/^[\w#/.%~!$&'()*+,;=:@?-]{1,4000}$/, 'the path of a page'))),
  /** What was observed in the cluster. Absent when it does not count: it is older than what is known, or of another cluster. */
  rollout: v.optional(servingObserved.verdict),
  /** The event that was answered. */
  cause: v.object({ id: text, type: text }),
});

export type RegistryUpdate = v.InferOutput<typeof schema>;
export type RegistryChange = v.InferOutput<typeof change>;

/** The outcome is not part of the id: a repetition that finds nothing left to do is the same event to its receivers. */
export function make(update: RegistryUpdate, origin: Origin): CloudEvent<RegistryUpdate> {
  return makeForModel(type, update.registry, update, origin, ...(update.registryName ? [update.registryName] : []));
}

export const read = reader<RegistryUpdate>(type, schema);
