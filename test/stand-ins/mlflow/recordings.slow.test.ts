// The recordings are what the real servers say: the oldest and the newest version that is supported.
import assert from 'node:assert/strict';
import { GENERATIONS, type GenerationName } from '../../../stand-ins/mlflow/index.ts';
import { type Tool, tool } from '../../tool.ts';
import { type RealMlflow, startMlflow } from './real-server.ts';
import { recordingsOf } from './recordings.ts';
import { ask } from './requests.ts';

const programs: Record<GenerationName, Tool> = { oldest: 'MLFLOW_OLDEST', newest: 'MLFLOW' };

describe('the recordings of MLflow', () => {
  for (const generation of Object.keys(programs) as GenerationName[]) {
    const { version } = GENERATIONS[generation];

    describe(version, () => {
      let server: RealMlflow;
      before(async function () {
        server = await startMlflow(tool(this, programs[generation]));
      });
      after(() => server?.close());

      it('is what it says it is, and answers as recorded', async () => {
        assert.equal(await (await fetch(`${server.url}/version`)).text(), version);
        const recorded = recordingsOf(version);
        for (const [index, exchange] of (await ask(server.url)).entries()) assert.deepEqual(exchange, recorded[index]);
      });
    });
  }
});
