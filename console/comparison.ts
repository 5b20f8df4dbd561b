// Whether the registry is in sync with Git, worked out by the functions' own rules, so that the page and the next reconcile always
// agree. Reads only.
import type { CloudEvent } from 'cloudevents';
import { environmentEvents } from '../functions/parse/make-events.ts';
import { createReadings, type Reading } from '../functions/parse/share-reading.ts';
import { compareEnvironment } from '../functions/registry-writer/compare.ts';
import type { Log } from '../io/io.ts';
import type { EnvironmentReport } from '../promotions/promotion.ts';
import { labelOf } from '../promotions/property-names.ts';
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
  for (const { data } of pages) await comparePage(data!);
  return { models: [...models.values()], remarks };

  async function comparePage(observation: EnvironmentReport): Promise<void> {
    const { environment } = observation;
    const entry = (model: string): ModelComparison => {
      const key = `${environment}/${model}`;
      const nothing = { git: [], registry: [], same: true, drift: false, remarks: [] };
      const known = models.get(key) ?? { environment, model, ...nothing };
      models.set(key, known);
      return known;
    };
    for (const { model, versions } of observation.models) {
      entry(model).git = versions.map(({ version, applications }) => ({ version, applications }));
    }
    const log: Log = (_level, message, fields) => {
      if (typeof fields?.model === 'string') entry(fields.model).remarks.push(sentence(message, fields));
    };
    const now = () => registry.serverTime() ?? Date.now();
    const { models: drift } = await compareEnvironment(observation, registry, floating, now, log);
    const names = new Map((await registry.models()).map(({ id, name }) => [id, name]));
    for (const { modelId, name } of await registry.allHolders(labelOf(environment))) {
      const model = names.get(modelId);
      if (model !== undefined) entry(model).registry.push(name);
    }
    for (const { model } of drift) entry(model).drift = true;
    for (const one of models.values()) {
      if (one.environment !== environment) continue;
      one.registry = [...new Set(one.registry)].sort();
      one.same = String(one.git.map(({ version }) => version).sort()) === String(one.registry);
      // A label that is not this repository's to move is no difference: a registry that is shared has many.
      if (one.git.length === 0 && !one.drift) models.delete(`${environment}/${one.model}`);
    }
  }
}

function sentence(message: string, fields: Readonly<Record<string, unknown>> = {}): string {
  const { path, version, reason, counts, environment } = fields;
  const about = [path ?? version, reason, counts && `counts ${counts}`].filter(Boolean).join(', ');
  return `${environment}: ${message}${about ? ` (${about})` : ''}`;
}
