// The stand-in for MLflow as a model registry: what of its REST API (`/api/2.0/mlflow`) is asked for here, in this process, in memory.
//
//   const mlflow = await createMlflowStandIn({ generation: 'newest' });
//   mlflow.addModel({ name: 'jukebox', versions: [{ tags: { version: '1.0.0', prod: '' }, aliases: ['prod'] }] });
//   … requests to `${mlflow.url}/api/2.0/mlflow/…`
//   mlflow.labels();                                 // { jukebox: { '1': ['prod'] } }
//   mlflow.faults.onRequest = () => 'reset';
//   await mlflow.close();
//
// Not stood in for, because nothing asks: runs and experiments, deletion and renaming, stages, rights, and the words in which sqlparse
// refuses a filter.

export { GENERATIONS, type GenerationName } from './generations.ts';
export { BASE_PATH, createMlflowStandIn, type MlflowStandIn, type MlflowStandInOptions } from './server.ts';
export type { SeedModel, SeedVersion } from './store.ts';
