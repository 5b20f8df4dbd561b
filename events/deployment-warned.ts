// dev.mlops.deployment.warned.v1: deployment files that a push changed and that cannot be read or may not say what is meant. Sent
// by parse, for people: no label depends on it.
import type { CloudEvent } from 'cloudevents';
import * as v from 'valibot';
import { commitId, environment, repository, text, timestamp, unique } from './fields.ts';
import { makeForEnvironment, type Origin } from './make-event.ts';
import { reader } from './read-data.ts';

export const type = 'dev.mlops.deployment.warned.v1';

/** Files of one event; the log has all. */
export const maxFiles = 50;
/** Characters of one reason. */
export const maxReason = 400;

const file = v.object({
  path: text,
  /** Full id of the last commit that changed the file. */
  commit: commitId,
  /** `failure`: it cannot be read, so that labels stay as they were. `warning`: it is read as Helm reads it. */
  severity: v.picklist(['failure', 'warning'], '"failure" or "warning"'),
  /** Sentences for people. */
  reason: text,
});

export const schema = v.object({
  environment,
  ...repository,
  branch: text,
  head: commitId,
  observedAt: timestamp,
  files: v.pipe(
    v.array(file, 'a list'),
    v.minLength(1, 'at least one file'),
    v.maxLength(maxFiles, `at most ${maxFiles} files`),
    unique('path', 'every path once'),
  ),
});

export type DeploymentWarning = v.InferOutput<typeof schema>;

export function make(warning: DeploymentWarning, origin: Origin): CloudEvent<DeploymentWarning> {
  return makeForEnvironment(type, warning, origin);
}

export const read = reader<DeploymentWarning>(type, schema);
