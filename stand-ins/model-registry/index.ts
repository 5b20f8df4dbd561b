// The stand-in for the Kubeflow Model Registry: its REST API (`/api/model_registry/v1alpha3`) in this process, in memory.
//
//   const registry = await createModelRegistryStandIn({ generation: 'v0.3.3-postgres' });
//   registry.addModel({ name: 'jukebox', versions: [{ name: '1.0.0', labels: ['prod'], artifacts: [{ name: 'jukebox' }] }] });
//   … requests to `${registry.url}/api/model_registry/v1alpha3/…`
//   registry.labels();                               // { jukebox: { '1.0.0': ['prod'] } }
//   registry.database.set('stopped', 1);             // an outage, with one broken connection in the pool
//   registry.faults.onRequest = (request) => (request.method === 'PATCH' ? { after: 'hang' } : undefined);
//   await registry.close();
//
// Not stood in for, because nothing asks: serving environments, inference services, experiments, look-ups by externalId, filters of
// more than one condition, the health pages, CORS, and the words in which Go refuses a body.

export type { Fault, FaultAnswer, FaultEnd, FaultRequest, Faults } from '../registry-faults.ts';
export type { LoggedCall } from '../registry-server.ts';
export type { Database, DatabaseState } from './database.ts';
export { BASE_PATH } from './dispatch.ts';
export { GENERATIONS, type Generation, type GenerationName } from './generations.ts';
export type { Dump, SeedArtifact, SeededModel, SeedModel, SeedValue, SeedVersion } from './seed.ts';
export { createModelRegistryStandIn, type StandIn, type StandInOptions } from './server.ts';
export type { Store } from './store.ts';
