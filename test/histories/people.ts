// Everybody else who writes to the registry: people at its user interface, who send back a whole map that is some seconds old,
// and the training pipeline, which registers models and versions. The database obeys them too.
import type { Row } from '../../stand-ins/model-registry/store.ts';
import type { Coverage } from './coverage.ts';
import { models, type Registered, type Step, versions } from './history.ts';
import { BASE_PATH, nameOf, type Registry, registryUrl, versionsOf } from './registry.ts';
import type { Scheduler } from './scheduler.ts';

type Properties = Record<string, { metadataType: string; string_value?: string }>;

export interface People {
  register(wanted: Registered): void;
  /** Reads now, writes `hold` ms later. */
  act(step: Act): void;
  /** The writer is about to write to an address: one who has waited for that acts on the same model. */
  beforeWrite(url: string): Promise<void>;
  /** Nothing more will happen: all who still wait act. */
  atLast(): Promise<void>;
}

export function createPeople(
  registry: Registry,
  scheduler: Pick<Scheduler, 'now' | 'pause' | 'note'>,
  coverage: Coverage,
): People {
  const { store } = registry;
  const waiting: { writes: number; act: (row: Row | undefined) => Promise<unknown> }[] = [];
  let extras = 0;
  const modelRow = (model: number): Row | undefined =>
    store.rows('RegisteredModel').find((row) => row.name === models[model]);

  async function ask(method: 'GET' | 'PATCH', path: string, body = ''): Promise<Record<string, unknown> | undefined> {
    const url = registryUrl + BASE_PATH + path;
    const { status, body: text } = await registry.answer(
      { method, url, headers: {}, body: Buffer.from(body) },
      { call: undefined },
    );
    return status === 200 ? (JSON.parse(text.toString('utf8')) as Record<string, unknown>) : undefined;
  }

  /** As the user interface does it: the whole map from its copy, `_lastModified` beside it. */
  async function edit(path: string, hold: number, change: (properties: Properties, entity: Entity) => void) {
    const entity = (await ask('GET', path)) as Entity | undefined;
    if (entity === undefined) return;
    await scheduler.pause(hold);
    const properties = { ...(entity.customProperties as Properties) };
    properties._lastModified = text(new Date(scheduler.now).toISOString());
    const copy: Entity = { ...entity };
    change(properties, copy);
    const { state, description } = copy;
    scheduler.note(`a person writes ${path}`);
    await ask('PATCH', path, JSON.stringify({ state, description, customProperties: properties }));
  }

  return {
    register({ model, version, artifacts, labels, archived }) {
      const row = modelRow(model);
      const id = row?.id ?? registry.addModel(models[model]!);
      const name = versions[version]!;
      if (row && versionsOf(store, row).some((one) => nameOf(one) === name)) return;
      scheduler.note(`the pipeline registers ${models[model]} ${name}`);
      const properties = Object.fromEntries(labels.map((label) => [label, '']));
      const versionId = registry.addVersion(id, name, { note: 'trained', ...properties }, archived);
      const names = ['weights', models[model]!, name];
      for (let n = 0; n < artifacts; n++) registry.addArtifact(versionId, names[n]!, 's3://bucket/model');
    },

    act(step) {
      const row = modelRow(step.model) ?? store.rows('RegisteredModel')[0];
      // The mark, a label set, a label removed: each may be the write that somebody else gets in before.
      if (step.between) waiting.push({ writes: step.hold % 3, act: (written) => work(step, written ?? row, 0) });
      else void work(step, row, step.hold);
    },

    async beforeWrite(url) {
      const [next] = waiting;
      if (next === undefined || next.writes-- > 0) return;
      waiting.shift();
      await next.act(rowAt(url));
      // Longer than an answer is on its way, as where both wait for one lock: a writer that looks once more has to see it.
      await scheduler.pause(100);
    },

    async atLast() {
      for (const { act } of waiting.splice(0)) await act(undefined);
    },
  };

  /** On the n-th version of a model, and on the model itself. */
  async function work({ act, version }: Act, row: Row | undefined, hold: number): Promise<unknown> {
    const all = row ? versionsOf(store, row) : [];
    const found = all[version % all.length];
    if (row === undefined || found === undefined) return undefined;
    const onVersion = `/model_versions/${found.id}`;
    const onModel = `/registered_models/${row.id}`;
    scheduler.note(`a person opens ${row.name} ${nameOf(found)}: ${act}`);
    coverage.count(`person: ${act}`);
    switch (act) {
      case 'note on the version':
        return edit(onVersion, hold, (properties) => {
          properties.note = text(`seen ${scheduler.now}`);
        });
      case 'note on the model':
        return edit(onModel, hold, (properties, entity) => {
          properties.note = text(`seen ${scheduler.now}`);
          entity.description = 'described';
        });
      case 'archive':
        return edit(onVersion, hold, (_, entity) => {
          entity.state = 'ARCHIVED';
        });
      case 'label test on':
      case 'label prod on':
        return edit(onVersion, hold, (properties) => {
          properties[act.split(' ')[1]!] = text('');
        });
      case 'label test off':
      case 'label prod off':
        return edit(onVersion, hold, (properties) => {
          delete properties[act.split(' ')[1]!];
        });
      case 'mark gone':
        return edit(onModel, hold, (properties) => {
          for (const name of ['repository', 'head', 'observedAt']) delete properties[`prod.${name}`];
        });
      case 'mark damaged':
        return edit(onModel, hold, (properties) => {
          properties['prod.observedAt'] = text(hold % 2 === 0 ? '2099-01-01T00:00:00Z' : 'yesterday');
        });
      case 'record gone':
        return edit(onVersion, hold, (properties) => {
          for (const name of ['commit', 'promotedAt', 'promotedBy']) delete properties[`prod.${name}`];
        });
      case 'other uri':
      case 'one more artifact':
        return artifactsOf(found, act, hold);
    }
  }

  /** The model that an address is about, or a part of it. */
  function rowAt(url: string): Row | undefined {
    const [, route, id] = /\/(registered_models|model_versions|artifacts)\/(\d+)/.exec(url) ?? [];
    let row = store.find(route === 'artifacts' ? 'artifact' : 'context', Number(id));
    while (row && row.kind !== 'RegisteredModel') row = store.find('context', row.parents[0] ?? -1);
    return row;
  }

  async function artifactsOf(version: Row, act: string, hold: number): Promise<void> {
    await scheduler.pause(hold);
    if (act === 'one more artifact') {
      registry.addArtifact(version.id, `extra ${++extras}`);
      return;
    }
    const artifact = store.rows('ModelArtifact').find((row) => row.parents.includes(version.id));
    if (artifact === undefined) return;
    const body = { artifactType: 'model-artifact', uri: 's3://elsewhere' };
    await ask('PATCH', `/artifacts/${artifact.id}`, JSON.stringify(body));
  }
}

type Act = Step & { do: 'person' };

type Entity = Record<string, unknown>;

function text(value: string): { metadataType: string; string_value: string } {
  return { metadataType: 'MetadataStringValue', string_value: value };
}
