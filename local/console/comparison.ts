// Whether the registry is in sync with Git, worked out by the functions' own rules, so that the page and the next reconcile always
// agree. Reads only.
import type { CloudEvent } from 'cloudevents';
import { environmentEvents } from '../../functions/parse/make-events.ts';
import { createReadings, type Reading } from '../../functions/parse/share-reading.ts';
import { type ComparedModel, compareModels, differs } from '../../functions/registry-writer/compare.ts';
import { readServing } from '../../functions/registry-writer/read-serving.ts';
import type { Log } from '../../io/io.ts';
import type { EnvironmentReport } from '../../promotions/promotion.ts';
import type { ServingView } from '../../promotions/serving-phase.ts';
import type { Readers } from './readers.ts';

export interface ModelComparison {
  environment: string;
  model: string;
  /** What Git deploys. */
  git: { version: string; applications: string[] }[];
  /** Versions that hold the label. */
  registry: string[];
  /** Both name the same versions. */
  same: boolean;
  /** A reconcile would write. `same` and `drift`: only the record, the marker or the artifact's address. */
  drift: boolean;
  /** What serves, as the registry says; undefined: nobody has observed it in a cluster. */
  cluster?: ServingView;
  /** What the functions would log: not registered, left alone. */
  remarks: string[];
}

export interface Comparison {
  models: ModelComparison[];
  /** Files that cannot be read, and environments left alone. */
  remarks: string[];
}

/** For one reading after the other: what one has learned serves the next. */
export function createComparer(readers: Readers): () => Promise<Comparison> {
  const { parse, registryWriter } = readers.settings;
  const begin = createReadings(parse, readers.forge, readers.io(() => {}).clock);
  return () => compareAll(readers, begin(), parse, registryWriter.floatingVersions);
}

async function compareAll(
  { registry }: Readers,
  { read }: Reading,
  parse: Readers['settings']['parse'],
  floating: readonly string[],
): Promise<Comparison> {
  const remarks: string[] = [];
  const reading = await read({ reconcile: true }, (_level, message, fields) => {
    remarks.push(sentence(message, fields));
  });
  if ('nothing' in reading) throw new Error(reading.nothing);
  const origin = { cause: { source: 'console', id: 'console' }, traceparent: '' };
  const pages = environmentEvents(reading, origin, parse) as CloudEvent<EnvironmentReport>[];
  const models = new Map<string, ModelComparison>();
  const now = () => registry.serverTime() ?? Date.now();
  const byEnvironment = new Map<string, ComparedModel[]>();
  for (const { data } of pages) await comparePage(data!);
  for (const [environment, compared] of byEnvironment)
    for (const [model, cluster] of await readServing(environment, compared, registry, now()))
      entry(environment, model).cluster = cluster;
  return { models: [...models.values()].filter(isOurs), remarks };

  function entry(environment: string, model: string): ModelComparison {
    const key = `${environment}/${model}`;
    const nothing = { git: [], registry: [], same: true, drift: false, remarks: [] };
    const known = models.get(key) ?? { environment, model, ...nothing };
    models.set(key, known);
    return known;
  }

  async function comparePage(observation: EnvironmentReport): Promise<void> {
    const { environment } = observation;
    for (const { model, versions } of observation.models) {
      const shown = entry(environment, model);
      shown.git = versions.map(({ version, applications }) => ({ version, applications }));
      shown.same = false;
    }
    const log: Log = (_level, message, fields) => {
      if (typeof fields?.model === 'string') entry(environment, fields.model).remarks.push(sentence(message, fields));
    };
    const compared = await compareModels(observation, registry, floating, now, log);
    byEnvironment.set(environment, [...(byEnvironment.get(environment) ?? []), ...compared]);
    for (const one of compared) {
      const shown = entry(environment, one.model.name);
      shown.registry = one.holders.map(({ name }) => name).sort();
      shown.drift = differs(one);
      shown.same = String(shown.git.map(({ version }) => version).sort()) === String(shown.registry);
    }
  }
}

/** A label that is not this repository's to move is no difference: a registry that is shared has many. */
function isOurs({ git, drift, cluster }: ModelComparison): boolean {
  return git.length > 0 || drift || (cluster !== undefined && cluster.serving.length > 0);
}

function sentence(message: string, fields: Readonly<Record<string, unknown>> = {}): string {
  const { path, version, reason, counts, environment } = fields;
  const about = [path ?? version, reason, counts && `counts ${counts}`].filter(Boolean).join(', ');
  return `${environment}: ${message}${about ? ` (${about})` : ''}`;
}
