// dev.mlops.registry.drifted.v1: models of an environment that differ between Git and the registry. Reply of
// registry-writer to environment.observed; parse answers it with promoted and withdrawn.
import type { CloudEvent } from 'cloudevents';
import * as v from 'valibot';
import type { Drift } from '../promotions/promotion.ts';
import { commitId, environment, httpUrl, repositoryId, text, timestamp, unique, validName } from './fields.ts';
import { makeForEnvironment, type Origin } from './make-event.ts';
import { reader } from './read-data.ts';

export const type = 'dev.mlops.registry.drifted.v1';

/** Models of one event, and versions of each list of a model. */
export const maxModels = 1_000;
export const maxVersions = 100;

/** Bytes of an event's models, which every broker takes (forges/gitea/shorten.ts), and parse. */
const maxBytes = 200_000;

const tooMany = `at most ${maxVersions} versions`;

const versions = v.pipe(v.array(text, 'a list'), v.maxLength(maxVersions, tooMany));

const records = v.optional(
  v.pipe(v.array(v.object({ version: text, commit: commitId }), 'a list'), v.maxLength(maxVersions, tooMany)),
);

export const schema = v.object({
  environment,
  repository: httpUrl,
  repositoryId,
  head: commitId,
  observedAt: timestamp,
  models: v.pipe(
    v.array(v.object({ model: validName, git: versions, registry: versions, records }), 'a list'),
    v.minLength(1, 'at least one model'),
    v.maxLength(maxModels, `at most ${maxModels} models`),
    unique('model', 'every model once'),
  ),
});

/** What fits into one event: the first models, of each the first versions. The next reconcile names the other models. */
export function fitting(models: Drift['models']): Drift['models'] {
  const named: Drift['models'] = [];
  let bytes = 0;
  for (const { model, git, registry, records } of models.slice(0, maxModels)) {
    const one = {
      model,
      git: git.slice(0, maxVersions),
      registry: registry.slice(0, maxVersions),
      ...(records && { records: records.slice(0, maxVersions) }),
    };
    bytes += Buffer.byteLength(JSON.stringify(one));
    if (bytes > maxBytes && named.length > 0) break;
    named.push(one);
  }
  return named;
}

/**
 * The page that was observed is part of the cause's id, so every page's drift has an id of its own. `registryName`: of several
 * registries the one that differs.
 */
export function make(drift: Drift, origin: Origin, registryName?: string): CloudEvent<Drift> {
  return makeForEnvironment(type, drift, origin, ...(registryName ? [registryName] : []));
}

export const read = reader<Drift>(type, schema);
