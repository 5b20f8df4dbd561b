// Holds the stand-in to the recorded servers: every request is sent again, status and answer compared.
import assert from 'node:assert/strict';
import { createMlflowStandIn, GENERATIONS, type GenerationName } from '../../../stand-ins/mlflow/index.ts';
import { recordingsOf } from './recordings.ts';
import { ask, requests } from './requests.ts';

describe('the recorded MLflow, asked again', () => {
  for (const generation of Object.keys(GENERATIONS) as GenerationName[]) {
    const { version } = GENERATIONS[generation];

    it(`is answered by the stand-in as by ${version}`, async () => {
      let time = Date.UTC(2026, 10, 23);
      const standIn = await createMlflowStandIn({ generation, clock: () => time++ });
      try {
        const answers = await ask(standIn.url);
        const recorded = recordingsOf(version);
        assert.equal(recorded.length, requests.length);
        for (const [index, exchange] of recorded.entries()) assert.deepEqual(answers[index], exchange);
      } finally {
        await standIn.close();
      }
    });
  }
});
