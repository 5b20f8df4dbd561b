// registry-writer before MLflow: what a promotion costs and leaves there, what people do by hand, and what is not ours.
import assert from 'node:assert/strict';
import type { CloudEvent } from 'cloudevents';
import * as environmentObserved from '../../../events/environment-observed.ts';
import * as modelPromoted from '../../../events/model-promoted.ts';
import * as modelWithdrawn from '../../../events/model-withdrawn.ts';
import * as registryUpdated from '../../../events/registry-updated.ts';
import type { Result } from '../../../functions/function.ts';
import { createRegistryWriter } from '../../../functions/registry-writer/function.ts';
import { readSettings } from '../../../functions/settings.ts';
import type { EnvironmentReport, Promotion } from '../../../promotions/promotion.ts';
import { openRegistry } from '../../../registries/index.ts';
import { createMlflowStandIn, type MlflowStandIn, type SeedVersion } from '../../../stand-ins/mlflow/index.ts';
import { recordingIo } from '../../io/recording-io.ts';
import { commit, repository, serving } from './world.ts';

const model = 'jukebox';

describe('registry-writer and MLflow', () => {
  let mlflow: MlflowStandIn;
  let handle: (event: CloudEvent<unknown>) => Promise<Result>;
  let ids = 0;

  beforeEach(async () => {
    mlflow = await createMlflowStandIn();
    const { io } = recordingIo();
    const env = { MODEL_REGISTRY: 'mlflow', MODEL_REGISTRY_URL: mlflow.url };
    const settings = readSettings(env, 'registry-writer', io.readFile);
    const writer = createRegistryWriter(settings, io, openRegistry(settings.registryWriter, io));
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    handle = (event) => writer.on(event, { log: io.log, traceparent });
  });
  afterEach(() => mlflow.close());

  const head = () => commit('abcdef'[ids % 6]!);
  const origin = () => ({ cause: { source: repository, id: `test-${++ids}` }, time: new Date().toISOString() });

  function promotion(versions: string[], more: Partial<Promotion> = {}): Promotion {
    return {
      environment: 'prod',
      model,
      cause: 'push',
      repository,
      branch: 'main',
      head: head(),
      observedAt: new Date().toISOString(),
      complete: true,
      serving: versions.map((version) => serving(version)),
      ...more,
    };
  }

  async function promote(versions: string[], more: Partial<Promotion> = {}) {
    const about = promotion(versions, more);
    const event = versions.length > 0 ? modelPromoted.make(about, origin()) : modelWithdrawn.make(about, origin());
    const before = mlflow.calls.length;
    const { reply } = await handle(event);
    const calls = mlflow.calls.slice(before);
    const writes = calls.filter(({ method }) => method !== 'GET').length;
    return { update: registryUpdated.read(reply!), reads: calls.length - writes, writes };
  }

  async function reconcile(versions: string[]) {
    const models = versions.map((version) => ({ version, applications: ['jukebox'] }));
    const observation: EnvironmentReport = {
      environment: 'prod',
      repository,
      branch: 'main',
      head: head(),
      observedAt: new Date().toISOString(),
      complete: true,
      page: { from: '', number: 1, of: 1 },
      models: versions.length > 0 ? [{ model, versions: models }] : [],
    };
    return handle(environmentObserved.make(observation, origin()));
  }

  const many = (count: number): SeedVersion[] =>
    Array.from({ length: count }, (_, index) => ({ tags: { version: `1.0.${index}` } }));
  const tagsOf = (number: number) => Object.fromEntries(mlflow.models.get(model)!.versions.get(number)!.tags);
  const alias = (name = 'prod') => mlflow.models.get(model)!.aliases.get(name);

  it('moves tag and alias, closes the record, and names the page of the version', async () => {
    mlflow.addModel({ name: model, versions: many(2) });
    await promote(['1.0.0']);
    const { update } = await promote(['1.0.1']);
    assert.deepEqual([mlflow.labels()[model], alias()], [{ '1': [], '2': ['prod'] }, 2]);
    assert.equal(tagsOf(1)['prod.replacedBy'], '1.0.1');
    assert.equal(tagsOf(2)['prod.commit'], commit('c'));
    assert.equal(update.page, '#/models/jukebox/versions/2');
    assert.deepEqual(
      update.changes.map(({ on, name }) => [on, name]),
      [
        ['model', model],
        ['version', '1.0.1'],
        ['version', '1.0.0'],
        ['alias', model],
      ],
    );
  });

  it('makes as many calls for a model of a thousand versions as for one of two', async () => {
    const counts = [];
    for (const count of [2, 1_000]) {
      mlflow.models.clear();
      mlflow.addModel({ name: model, versions: many(count) });
      await promote(['1.0.0']);
      const { reads, writes } = await promote(['1.0.1']);
      counts.push({ reads, writes });
    }
    assert.deepEqual(counts[0], counts[1]);
  });

  it('writes nothing where nothing differs', async () => {
    mlflow.addModel({ name: model, versions: many(2) });
    await promote(['1.0.1']);
    const before = mlflow.calls.filter(({ method }) => method !== 'GET').length;
    assert.equal((await reconcile(['1.0.1'])).reply, undefined);
    await promote(['1.0.1'], { cause: 'reconcile' });
    assert.equal(mlflow.calls.filter(({ method }) => method !== 'GET').length, before);
  });

  it('finds an alias that somebody moved by hand, and moves it back', async () => {
    mlflow.addModel({ name: model, versions: many(2) });
    await promote(['1.0.1']);
    mlflow.models.get(model)!.aliases.set('prod', 1).set('champion', 1);
    assert.notEqual((await reconcile(['1.0.1'])).reply, undefined);
    const { writes } = await promote(['1.0.1'], { cause: 'reconcile' });
    // Beside the alias head and time of the ownership marker.
    assert.deepEqual([alias(), alias('champion'), writes], [2, 1, 3]);
  });

  it('takes the alias away where two versions are deployed, and where none is', async () => {
    mlflow.addModel({ name: model, versions: many(2) });
    await promote(['1.0.0']);
    await promote(['1.0.0', '1.0.1']);
    assert.deepEqual([mlflow.labels()[model], alias()], [{ '1': ['prod'], '2': ['prod'] }, undefined]);
    await promote(['1.0.1']);
    assert.equal(alias(), 2);
    await promote([]);
    assert.deepEqual([mlflow.labels()[model], alias()], [{ '1': [], '2': [] }, undefined]);
  });

  it('finds versions without the tag by number or by source, and one with the tag by nothing else', async () => {
    mlflow.addModel({ name: model, versions: [{ source: 's3://models/a' }, { tags: { version: 'x' } }] });
    await promote(['s3://models/a']);
    assert.deepEqual([mlflow.labels()[model]!['1'], alias()], [['prod'], 1]);
    await promote(['x']);
    await promote(['1']);
    assert.equal(alias(), 1);
    const { update } = await promote(['2'], { cause: 'reconcile' });
    assert.deepEqual([update.outcome, update.reason.includes('not registered: jukebox 2')], ['ignored', true]);
  });

  for (const [what, name, tags] of [
    ['a prompt', model, { 'mlflow.prompt.is_prompt': 'true' }],
    ['a model of Unity Catalog', 'catalog.schema.jukebox', {}],
  ] as const)
    it(`leaves ${what} alone, and says why`, async () => {
      mlflow.addModel({ name, tags, versions: many(1) });
      const { update, writes } = await promote(['1.0.0'], { model: name });
      assert.deepEqual([update.outcome, writes], ['ignored', 0]);
      assert.match(update.reason, what === 'a prompt' ? /is a prompt/ : /Unity Catalog/);
    });
});
