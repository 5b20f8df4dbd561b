// The stand-in: its routes behind the server of all registries that stand in, its database, and what fills it.

import { noFaults } from '../registry-faults.ts';
import { openRegistryServer, type RegistryServer, type ServerOptions } from '../registry-server.ts';
import { behindDatabase, createDatabase, type Database } from './database.ts';
import { BASE_PATH, dispatch } from './dispatch.ts';
import { GENERATIONS, type Generation, type GenerationName } from './generations.ts';
import type { World } from './routing.ts';
import {
  addArtifact,
  addModel,
  addVersion,
  type Dump,
  dump,
  labels,
  type SeedArtifact,
  type SeededModel,
  type SeedModel,
  type SeedVersion,
} from './seed.ts';
import { createStore, type Store } from './store.ts';
import { BUFFERED, routedPath } from './wire.ts';

export interface StandInOptions extends ServerOptions {
  /** Default `main-postgres`. */
  generation?: GenerationName;
}

export interface StandIn extends RegistryServer {
  generation: Generation;
  database: Database;
  /** The tables themselves, past the database's faults. */
  store: Store;
  addModel(model: SeedModel): SeededModel;
  addVersion(modelId: string, version: SeedVersion): SeededModel['versions'][string];
  addArtifact(versionId: string, artifact: SeedArtifact): { id: string };
  dump(): Dump;
  labels(): Record<string, Record<string, string[]>>;
}

export async function createModelRegistryStandIn(options: StandInOptions = {}): Promise<StandIn> {
  const generation = GENERATIONS[options.generation ?? 'main-postgres'];
  const store = createStore(generation, options.clock ?? Date.now);
  const database = createDatabase(generation);
  const faults = noFaults();
  const world: World = {
    generation,
    store: behindDatabase(store, database),
    beforeWrite: async () => faults.beforeWrite?.(),
  };
  const server = await openRegistryServer(
    {
      basePath: BASE_PATH,
      routedPath,
      buffered: BUFFERED,
      dispatch: (request) => dispatch(world, database, request),
    },
    options,
    faults,
  );
  return {
    ...server,
    generation,
    database,
    store,
    addModel: (model) => addModel(store, generation, model),
    addVersion: (modelId, version) => addVersion(store, generation, modelId, version),
    addArtifact: (versionId, artifact) => addArtifact(store, generation, versionId, artifact),
    dump: () => dump(store, generation),
    labels: () => labels(store),
  };
}
