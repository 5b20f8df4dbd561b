// One time limit over all calls for one event. The registry bounds each of its calls; how many there are depends on its
// pages and on the event. The Trigger's attempt is this limit and one call longer (config/limits.ts).

import { TryAgainError } from '../../events/errors.ts';
import { createDeadline } from '../../io/deadline.ts';
import type { Clock } from '../../io/io.ts';
import type { Registry } from '../../registries/registry.ts';

/**
 * The same registry until `deadline` (clock.monotonic, ms); from then on every call ends with TryAgainError. A read under way
 * is left at that moment, a write never: it may go through all the same, and the model's next event must not begin before.
 */
export function untilDeadline(registry: Registry, clock: Clock, deadline: number): Registry {
  const { within: read, begin: write } = createDeadline(clock, deadline, tooLate);
  return {
    url: registry.url,
    findModel: (name) => read(() => registry.findModel(name)),
    findVersions: (model, label, names) => read(() => registry.findVersions(model, label, names)),
    holders: (model, label) => read(() => registry.holders(model, label)),
    artifacts: (version) => read(() => registry.artifacts(version)),
    models: () => read(() => registry.models()),
    allHolders: (label) => read(() => registry.allHolders(label)),
    changeModel: (model, change) => write(() => registry.changeModel(model, change)),
    changeVersion: (version, change) => write(() => registry.changeVersion(version, change)),
    changeArtifact: (artifact, uri) => write(() => registry.changeArtifact(artifact, uri)),
    serverTime: () => registry.serverTime(),
  };
}

function tooLate(): TryAgainError {
  return new TryAgainError(
    'the registry was not done within the time limit of one event; it is slow, or other events of the model are waiting',
  );
}
