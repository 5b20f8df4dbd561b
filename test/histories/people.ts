// Everybody else who writes to the registry: people at its user interface, and the training pipeline, which registers models and
// versions. The database obeys them too.
import type { Coverage } from './coverage.ts';
import { models, type Registered, type Step, versions } from './history.ts';
import type { Request } from './network.ts';
import { aliased, type Edit, nameOf, type Registry, type Row, versionsOf } from './registry.ts';
import type { Scheduler } from './scheduler.ts';

export interface People {
  register(wanted: Registered): void;
  /** Reads now, writes `hold` ms later. */
  act(step: Act): void;
  /** The writer is about to write: one who has waited for that acts on the same model. */
  beforeWrite(request: Request): Promise<void>;
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

  return {
    register({ model, version, artifacts, labels, archived }) {
      const name = versions[version]!;
      const row = modelRow(model) ?? registry.addModel(models[model]!);
      const properties = Object.fromEntries(labels.map((label) => [label, '']));
      const added = registry.addVersion(row, name, { note: 'trained', ...properties }, archived);
      if (added === undefined) return;
      scheduler.note(`the pipeline registers ${row.name} ${nameOf(added)}`);
      const names = ['weights', row.name, name];
      for (let n = 0; n < artifacts; n++) registry.addArtifact(added, names[n]!, 's3://bucket/model');
    },

    act(step) {
      const row = modelRow(step.model) ?? store.rows('RegisteredModel')[0];
      // Each write of an event may be the one that somebody else gets in before.
      if (step.between)
        waiting.push({
          writes: step.hold % registry.writesOfAnEvent,
          act: (written) => work(step, written ?? row, 0),
        });
      else void work(step, row, step.hold);
    },

    async beforeWrite(request) {
      const [next] = waiting;
      if (next === undefined || next.writes-- > 0) return;
      waiting.shift();
      await next.act(registry.changedBy(request));
      // Longer than an answer is on its way, as where both wait for one lock: a writer that looks once more has to see it.
      await scheduler.pause(100);
    },

    async atLast() {
      for (const { act } of waiting.splice(0)) await act(undefined);
    },
  };

  /** On the n-th version of a model, and on the model itself. */
  async function work({ act, version, hold: number }: Act, row: Row | undefined, hold: number): Promise<unknown> {
    const all = row ? versionsOf(store, row) : [];
    const found = all[version % all.length];
    if (row === undefined || found === undefined) return undefined;
    scheduler.note(`a person opens ${row.name} ${nameOf(found)}: ${act}`);
    coverage.count(`person: ${act}`);
    const note = `seen ${scheduler.now}`;
    const onVersion = (edit: Edit) => registry.edit(found, hold, edit);
    const onModel = (edit: Edit) => registry.edit(row, hold, edit);
    const gone = (...names: string[]): Edit => ({
      values: Object.fromEntries(names.map((name) => [`prod.${name}`, undefined])),
    });
    switch (act) {
      case 'note on the version':
        return onVersion({ values: { note } });
      case 'note on the model':
        return onModel({ values: { note }, description: 'described' });
      case 'archive':
        return onVersion({ state: 'ARCHIVED' });
      case 'label test on':
      case 'label prod on':
        return onVersion({ values: { [act.split(' ')[1]!]: '' } });
      case 'label test off':
      case 'label prod off':
        return onVersion({ values: { [act.split(' ')[1]!]: undefined } });
      case 'mark gone':
        return onModel(gone('repository', 'head', 'observedAt'));
      case 'mark damaged':
        return onModel({ values: { 'prod.observedAt': number % 2 === 0 ? '2099-01-01T00:00:00Z' : 'yesterday' } });
      case 'record gone':
        return onVersion(gone('commit', 'promotedAt', 'promotedBy'));
      case 'one more artifact':
        await scheduler.pause(hold);
        return registry.addArtifact(found, `extra ${++extras}`);
      case 'other uri':
        await scheduler.pause(hold);
        return otherUri(found);
      default:
        await scheduler.pause(hold);
        return byHand(act, row, found);
    }
  }

  async function otherUri(version: Row): Promise<void> {
    const artifact = store.rows('ModelArtifact').find((row) => row.parents.includes(version.id));
    if (artifact !== undefined) await registry.changeUri?.(artifact, 's3://elsewhere');
  }

  /** What only some registries let people do. */
  async function byHand(act: string, model: Row, version: Row): Promise<void> {
    scheduler.note(`a person does it on ${model.name} ${nameOf(version)}: ${act}`);
    switch (act) {
      case 'alias prod moved':
      case 'alias champion moved':
        return registry.moveAlias?.(model, act.split(' ')[1]!, version);
      case 'alias prod gone':
        return aliased(store, model, 'prod') && registry.moveAlias?.(model, 'prod', undefined);
      case 'registered again': {
        const name = versions.find((one) => one === nameOf(version));
        if (name !== undefined) registry.addVersion(model, name, { note: 'trained again' }, false);
        return;
      }
      case 'deleted':
        return registry.remove?.(version);
    }
  }
}

type Act = Step & { do: 'person' };
