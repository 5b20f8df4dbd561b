// dev.mlops.serving.observed.v1: which versions of a model the Pods of an environment serve, beside what Git deploys. Sent by
// rollout-observer: at each change of phase while a rollout goes on, and once per model at a reconcile.
import type { CloudEvent } from 'cloudevents';
import * as v from 'valibot';
import { maxReason, phases } from '../promotions/rollout/judge.ts';
import { commitId, count, environment, httpUrl, repositoryId, text, timestamp, validName } from './fields.ts';
import { makeEvent, type Origin } from './make-event.ts';
import { reader } from './read-data.ts';
import { repeatableId } from './repeatable-id.ts';

export const type = 'dev.mlops.serving.observed.v1';

/** Artifacts of one event. */
export const maxServing = 100;

const wholeNumber = v.pipe(v.number('a number'), v.integer('a whole number'), v.minValue(0, 'a number from 0'));

const served = v.object({
  /** Absent where the uri is not that of a version that Git could deploy here: nothing is labelled because of it. */
  version: v.optional(text),
  uri: text,
  /** Percent of the requests, only while several artifacts serve and the cluster says how they share them. */
  weight: v.optional(v.pipe(wholeNumber, v.maxValue(100, 'a number up to 100'))),
  /** Pods that take requests; 0: scaled to zero, the next request starts one. */
  pods: wholeNumber,
});

/** What the cluster shows, beside what Git deploys. */
const shown = {
  phase: v.picklist(phases, `one of ${phases.join(', ')}`),
  /** Why, for people; of every phase but `verified`. */
  reason: v.optional(v.pipe(text, v.maxLength(maxReason, `at most ${maxReason} characters`))),
  /** What takes requests; empty: nothing does. */
  serving: v.pipe(v.array(served, 'a list'), v.maxLength(maxServing, `at most ${maxServing} artifacts`)),
  /** What Git deploys; absent: nothing. Without uri: neither Git nor the cluster says it. */
  target: v.optional(v.object({ version: v.optional(text), uri: v.optional(text) })),
};

export const verdict = v.object(shown);

export type ServingVerdict = v.InferOutput<typeof verdict>;

export const schema = v.object({
  environment,
  model: validName,
  /** Which cluster was observed: CLUSTER_NAME. */
  cluster: text,
  namespace: text,
  /** What the phase was read from. Without uid and generation: there is none of this name. */
  workload: v.object({
    kind: text,
    name: text,
    uid: v.optional(text),
    generation: v.optional(count),
  }),
  /** By the clock of the API server: an older observation never replaces a newer one. */
  observedAt: timestamp,
  ...shown,
  /** Whose commits these are. */
  repository: httpUrl,
  repositoryId,
  /** The head that says what Git deploys. */
  head: commitId,
  /** Merge commits where known, else the commits that changed the files; absent at a reconcile, which does not know them. */
  commits: v.optional(v.array(commitId, 'a list')),
  /** The event that was answered. */
  cause: v.object({ id: text, type: text }),
});

export type ServingObservation = v.InferOutput<typeof schema>;

/** The id follows from everything that is said, so that a phase which comes back is another event. */
export function make(
  observation: ServingObservation,
  { cause, time, traceparent }: Origin,
): CloudEvent<ServingObservation> {
  const { environment, model, cluster } = observation;
  return makeEvent(
    {
      id: repeatableId([cause.source, cause.id, type, environment, model, JSON.stringify(observation)]),
      type,
      source: cluster,
      subject: `${environment}/${model}`,
      partitionkey: model,
      time,
      traceparent,
    },
    observation,
  );
}

export const read = reader<ServingObservation>(type, schema);
