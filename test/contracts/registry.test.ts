// The contract of a registry over every stand-in, and over real servers where variables name them. Real ones that tests can start:
// registry.slow.test.ts.
import { GENERATIONS, type GenerationName } from '../../stand-ins/mlflow/index.ts';
import { believesNothingElse, keepsTheContract } from './registry.ts';
import { generations, keepsWhatIsKubeflows, openRealServer, openStandIn } from './registry-kubeflow.ts';
import { keepsWhatIsMlflows, openMlflowStandIn, openRealMlflow } from './registry-mlflow.ts';
import type { World } from './registry-world.ts';

function over<W extends World>(title: string, open: () => W | Promise<W>, own: (world: () => W) => void): void {
  describe(title, () => {
    let world: W;
    before(async () => {
      world = await open();
    });
    after(() => world?.close());
    keepsTheContract(() => world);
    own(() => world);
    if (title.includes('stand-in')) believesNothingElse(() => world);
  });
}

describe('the contract of a registry', () => {
  for (const generation of generations)
    over(`kubeflow, stand-in ${generation}`, () => openStandIn(generation), keepsWhatIsKubeflows);
  for (const generation of Object.keys(GENERATIONS) as GenerationName[])
    over(`mlflow, stand-in ${generation}`, () => openMlflowStandIn(generation), keepsWhatIsMlflows);

  const { MODEL_REGISTRY_URL: kubeflow, MLFLOW_URL: mlflow } = process.env;
  if (kubeflow !== undefined) over('kubeflow, a real server', () => openRealServer(kubeflow), keepsWhatIsKubeflows);
  if (mlflow !== undefined) over('mlflow, a real server', () => openRealMlflow(mlflow), keepsWhatIsMlflows);
});
