import assert from 'node:assert/strict';
import { settingsText } from '../../local/env-file.ts';

describe('settings of npm run local for the command line', () => {
  it('has those of every registry', () => {
    const of = { url: 'http://127.0.0.1:8080', secret: 'unused' };
    const settings = {
      MODEL_REGISTRY_URL: 'http://127.0.0.1:1',
      FURTHER_REGISTRIES: 'old, new-one',
      MODEL_REGISTRY_URL_OLD: 'http://127.0.0.1:2',
      MODEL_REGISTRY_UI_URL_OLD: 'http://127.0.0.1:3',
      MODEL_REGISTRY_NEW_ONE: 'mlflow',
      MODEL_REGISTRY_URL_NEW_ONE: 'http://127.0.0.1:4',
      MODEL_REGISTRY_TOKEN_NEW_ONE_FILE: 'token',
      K_SINK: 'http://127.0.0.1:5',
      ANOTHER: 'x',
    };
    const lines = settingsText({ settings, webhook: of }).trim().split('\n').slice(1);
    const { K_SINK: _, ANOTHER: __, ...kept } = settings;
    const expected = Object.entries({ ...kept, WEBHOOK_URL: of.url }).map(([name, value]) => `${name}='${value}'`);
    assert.deepEqual(lines.sort(), expected.sort());
  });
});
