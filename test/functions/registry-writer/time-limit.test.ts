import assert from 'node:assert/strict';
import { limits } from '../../../config/limits.ts';
import * as environmentObserved from '../../../events/environment-observed.ts';
import { TryAgainError } from '../../../events/errors.ts';
import * as modelPromoted from '../../../events/model-promoted.ts';
import { createRegistryWriter } from '../../../functions/registry-writer/function.ts';
import { readSettings } from '../../../functions/settings.ts';
import { callsTo } from '../../../io/calls.ts';
import { createDeadline, withDeadline } from '../../../io/deadline.ts';
import type { Clock } from '../../../io/io.ts';
import type { RegisteredModel, RegisteredVersion } from '../../../promotions/registry-state.ts';
import type { Registry } from '../../../registries/registry.ts';
import { manualClock } from '../../io/manual-clock.ts';
import { recordingIo } from '../../io/recording-io.ts';
import { commit, repository, serving } from './world.ts';

const model: RegisteredModel = { id: '1', name: 'jukebox', properties: new Map() };
const version: RegisteredVersion = { id: '2', modelId: '1', name: '1', properties: new Map() };

/** A registry in which every call takes `ms`, or for ever. */
function slowRegistry({ clock, turn }: ReturnType<typeof manualClock>, ms: number): Registry & { calls: string[] } {
  const calls: string[] = [];
  const { api } = callsTo('registry', {
    ...recordingIo().io,
    clock,
    async api({ url }) {
      calls.push(url);
      if (ms === Number.POSITIVE_INFINITY) await new Promise(() => {});
      await Promise.resolve();
      turn(ms);
      return { status: 200, headers: {}, body: Buffer.from('') };
    },
  });
  const call = async <T>(url: string, value: T): Promise<T> => {
    await api({ method: url.startsWith('change') ? 'PATCH' : 'GET', url, timeoutMs: limits.registryCall });
    return value;
  };
  return {
    calls,
    url: 'http://registry.test',
    findModel: () => call('findModel', model),
    findVersions: () => call('findVersions', { holders: [], named: new Map([['1', version]]) }),
    holders: () => call('holders', [version]),
    versions: () => call('versions', [version]),
    artifacts: { of: () => call('artifacts', []), changeUri: () => call('changeArtifact', undefined) },
    models: () => call('models', [model]),
    allHolders: () => call('allHolders', []),
    changeModel: () => call('changeModel', model),
    changeVersion: () => call('changeVersion', version),
    serverTime: () => undefined,
  };
}

const late = (error: unknown) => error instanceof TryAgainError && /time limit of one event/.test(error.message);

describe('the time limit of one event', () => {
  function within<T>(clock: Clock, ms: number, work: () => Promise<T>): Promise<T> {
    const tooLate = () => new TryAgainError('within the time limit of one event');
    return withDeadline(createDeadline(clock, clock.monotonic() + ms, tooLate), work);
  }

  it('leaves a read under way when the time is up', async () => {
    const time = manualClock();
    const reading = within(time.clock, 20, () => slowRegistry(time, Number.POSITIVE_INFINITY).findModel('jukebox'));
    time.turn(20);
    await assert.rejects(reading, late);
  });

  it('waits for a write that began in time, and begins none later', async () => {
    const time = manualClock();
    const registry = slowRegistry(time, 30);
    await within(time.clock, 20, async () => {
      await registry.changeVersion(version, { set: {}, remove: [] });
      await assert.rejects(registry.changeVersion(version, { set: {}, remove: [] }), late);
      await assert.rejects(registry.changeModel(model, { set: {}, remove: [] }), late);
      await assert.rejects(registry.artifacts!.changeUri({ id: '3', versionId: '2' }, 'oci://x'), late);
    });
    assert.deepEqual(registry.calls, ['changeVersion']);
  });

  function writerBefore(ms: number) {
    const time = manualClock();
    const { clock } = time;
    const io = { ...recordingIo().io, clock };
    const registry = slowRegistry(time, ms);
    const settings = readSettings({ MODEL_REGISTRY_URL: registry.url }, 'registry-writer', io.readFile);
    const writer = createRegistryWriter(settings, io, registry);
    const scope = { traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`, log: io.log };
    const about = { environment: 'prod', repository, branch: 'main', head: commit('a'), complete: true };
    const observedAt = new Date(clock.now()).toISOString();
    const origin = { cause: { source: repository, id: '1' }, time: observedAt, traceparent: scope.traceparent };
    const promoted = modelPromoted.make(
      { ...about, observedAt, model: 'jukebox', cause: 'push', serving: [serving('1')] },
      origin,
    );
    const observed = environmentObserved.make(
      {
        ...about,
        observedAt,
        page: { from: '', number: 1, of: 1 },
        models: [{ model: 'jukebox', versions: [{ version: '1', applications: ['jukebox'] }] }],
      },
      origin,
    );
    return { registry, promote: () => writer.on(promoted, scope), observe: () => writer.on(observed, scope) };
  }

  it('ends a promotion whose calls are each in time and together are not', async () => {
    const { registry, promote } = writerBefore(limits.registryWriter / 4);
    await assert.rejects(promote(), late);
    assert.deepEqual(registry.calls, ['findModel', 'findVersions', 'changeModel', 'changeVersion']);
  });

  it('counts the waiting for another event of the model', async () => {
    const { registry, promote } = writerBefore(limits.registryWriter / 4);
    await Promise.all([assert.rejects(promote(), late), assert.rejects(promote(), late)]);
    assert.equal(registry.calls.length, 4);
  });

  it('ends a reconcile, too', async () => {
    const { observe } = writerBefore(limits.registryWriter);
    await assert.rejects(observe(), late);
  });
});
