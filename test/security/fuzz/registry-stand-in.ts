// Registries without a socket, in the state that the samples of events are about, and with a neighbour that nobody may touch.
import assert from 'node:assert/strict';
import type { Io } from '../../../io/io.ts';
import { GENERATIONS as MLFLOW } from '../../../stand-ins/mlflow/generations.ts';
import { BASE_PATH as MLFLOW_PATH } from '../../../stand-ins/mlflow/index.ts';
import { Refusal } from '../../../stand-ins/mlflow/refusals.ts';
import { routes } from '../../../stand-ins/mlflow/routes.ts';
import { addModel as addMlflowModel, type Models, type SeedVersion } from '../../../stand-ins/mlflow/store.ts';
import { createDatabase } from '../../../stand-ins/model-registry/database.ts';
import { BASE_PATH, dispatch } from '../../../stand-ins/model-registry/dispatch.ts';
import { GENERATIONS } from '../../../stand-ins/model-registry/generations.ts';
import { addModel, dump } from '../../../stand-ins/model-registry/seed.ts';
import { createStore } from '../../../stand-ins/model-registry/store.ts';

export interface StandIn {
  url: string;
  api: Io['api'];
  /** Requests since the reset. */
  calls(): number;
  reset(): void;
  /** The neighbour is as it was. */
  judgeUntouched(): void;
}

export function standInForRegistry(): StandIn {
  const generation = GENERATIONS['main-postgres'];
  const database = createDatabase(generation);
  const now = () => Date.UTC(2026, 10, 2, 9, 30);
  let store = createStore(generation, now);
  let count = 0;
  let neighbour = '';

  function reset(): void {
    count = 0;
    store = createStore(generation, now);
    addModel(store, generation, {
      name: 'demand-forecast',
      versions: [
        { name: '1.9', labels: ['prod'], artifacts: [{ name: 'demand-forecast' }] },
        { name: '1.10', artifacts: [{ name: 'demand-forecast' }] },
      ],
    });
    addModel(store, generation, { name: 'neighbour', versions: [{ name: '1', labels: ['prod', 'test'] }] });
    neighbour = ofNeighbour();
  }

  function ofNeighbour(): string {
    const { registeredModels = [], modelVersions = [] } = dump(store, generation) as unknown as Record<
      string,
      { id: string; name: string; registeredModelId?: string }[]
    >;
    const model = registeredModels.find(({ name }) => name === 'neighbour');
    return JSON.stringify([model, modelVersions.filter(({ registeredModelId }) => registeredModelId === model?.id)]);
  }

  reset();
  return {
    url: 'http://registry.svc',
    async api({ method, url, body }) {
      count++;
      const asked = new URL(url);
      assert.equal(asked.host, 'registry.svc');
      assert.ok(asked.pathname.startsWith(BASE_PATH), asked.pathname);
      const world = { generation, store, beforeWrite: async () => {} };
      const path = decodeURIComponent(asked.pathname);
      const answer = await dispatch(world, database, { method, path, url: asked, body: String(body ?? '') });
      assert.ok(typeof answer === 'object', 'the server would have crashed');
      const headers = { 'content-type': 'application/json', date: new Date(now()).toUTCString() };
      return { status: answer.status, headers, body: Buffer.from(answer.body ?? '') };
    },
    calls: () => count,
    reset,
    judgeUntouched: () => assert.equal(ofNeighbour(), neighbour),
  };
}

export function standInForMlflow(): StandIn {
  const now = () => Date.UTC(2026, 10, 2, 9, 30);
  const models: Models = new Map();
  let count = 0;
  let neighbour = '';

  const ofNeighbour = () =>
    JSON.stringify(models.get('neighbour'), (_, value) => (value instanceof Map ? [...value] : value));

  function reset(): void {
    count = 0;
    models.clear();
    const versions: SeedVersion[] = [{ tags: { version: '1.9', prod: '' } }, { tags: { version: '1.10' } }];
    addMlflowModel(models, { name: 'demand-forecast', versions }, now);
    addMlflowModel(
      models,
      { name: 'neighbour', versions: [{ tags: { version: '1', prod: '' }, aliases: ['prod'] }] },
      now,
    );
    neighbour = ofNeighbour();
  }

  reset();
  return {
    url: 'http://registry.svc',
    async api({ method, url, body }) {
      count++;
      const asked = new URL(url);
      assert.equal(asked.host, 'registry.svc');
      const route = routes[asked.pathname.slice(MLFLOW_PATH.length)]?.[method];
      assert.ok(asked.pathname.startsWith(MLFLOW_PATH) && route, `${method} ${asked.pathname}`);
      const parameters = method === 'GET' ? Object.fromEntries(asked.searchParams) : JSON.parse(String(body));
      const headers = { 'content-type': 'application/json', date: new Date(now()).toUTCString() };
      const answer = (status: number, json: object) => ({ status, headers, body: Buffer.from(JSON.stringify(json)) });
      try {
        return answer(200, route({ generation: MLFLOW.newest, models, now }, parameters));
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        return answer(error.status, { error_code: error.code, message: error.message });
      }
    },
    calls: () => count,
    reset,
    judgeUntouched: () => assert.equal(ofNeighbour(), neighbour),
  };
}
