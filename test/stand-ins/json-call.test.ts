import assert from 'node:assert/strict';
import { freePort } from '../../local/processes.ts';
import { callJson } from '../../stand-ins/json-call.ts';

describe('JSON call of the story', () => {
  it('says what was called and why no answer came', async () => {
    const api = `http://127.0.0.1:${await freePort()}`;
    await assert.rejects(callJson({ api }, 'POST', '/registered_models'), {
      message: `POST ${api}/registered_models: expected an answer, came ECONNREFUSED`,
    });
  });
});
