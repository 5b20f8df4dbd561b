// The registries that histories know.
import type { GenerationName as MlflowGeneration } from '../../../stand-ins/mlflow/generations.ts';
import type { RegistryGeneration, RegistryName } from '../history.ts';
import type { OnWrite, Opening, Registry } from '../registry.ts';
import { createKubeflow } from './kubeflow.ts';
import { createMlflow } from './mlflow.ts';

/** `note`: tells what people do. */
export function createRegistry(
  generation: RegistryGeneration,
  opening: Opening,
  watch: OnWrite,
  note: (line: string) => void,
): Registry {
  return isMlflow(generation)
    ? createMlflow(generation.slice(generation.indexOf('-') + 1) as MlflowGeneration, opening, watch, note)
    : createKubeflow(generation, opening, watch, note);
}

export function registryOf(generation: RegistryGeneration): RegistryName {
  return isMlflow(generation) ? 'mlflow' : 'kubeflow';
}

function isMlflow(generation: RegistryGeneration): generation is `mlflow-${MlflowGeneration}` {
  return generation.startsWith('mlflow-');
}
