// A Model Registry without a socket, in the state that the samples of events are about, and a neighbour that nobody may touch.
import assert from 'node:assert/strict';
import type { Io } from '../../../io/io.ts';
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
