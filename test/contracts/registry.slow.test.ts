// The contract of a registry over real servers that are started here: the oldest and the newest MLflow that is supported.
import { startMlflow } from '../stand-ins/mlflow/real-server.ts';
import { tool } from '../tool.ts';
import { keepsTheContract } from './registry.ts';
import { keepsWhatIsMlflows, type MlflowWorld, openRealMlflow } from './registry-mlflow.ts';

describe('the contract of a registry', () => {
  for (const program of ['MLFLOW_OLDEST', 'MLFLOW'] as const) {
    describe(`a real server (${program})`, () => {
      let world: MlflowWorld;
      before(async function () {
        world = openRealMlflow(await startMlflow(tool(this, program)));
      });
      after(() => world?.close());
      keepsTheContract(() => world);
      keepsWhatIsMlflows(() => world);
    });
  }
});
