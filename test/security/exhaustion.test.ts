// Requests within the limits of size that are made to cost more than they weigh, to every function on the real host: an answer
// of the contract comes, and the function works on.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { functions } from '../../functions/table.ts';
import { type Host, serve } from '../../host/server.ts';
import { openFunction } from '../functions/open-function.ts';
import { objectForge } from '../functions/parse/object-forge.ts';
import { recordingIo } from '../io/recording-io.ts';

const mib = 1024 * 1024;
const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
const keys = (count: number) => Array.from({ length: count }, (_, i) => `"k${i.toString(36)}":0`).join();

/** JSON objects of nearly 1 MiB. */
const bodies: Record<string, string> = {
  'nested 500,000 levels': `{"a":${deep(500_000)}}`,
  'nested 150,000 objects': `${'{"a":'.repeat(150_000)}0${'}'.repeat(150_000)}`,
  'with 80,000 keys': `{${keys(80_000)}}`,
  'with one key of 1 MiB': `{"${'k'.repeat(mib - 100)}":0}`,
  'with 500,000 numbers': `{"models":[${'0,'.repeat(500_000)}0]}`,
  'with a number of 1,000,000 digits': `{"a":${'9'.repeat(1_000_000)}}`,
  'with keys that reach prototypes': `{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}`,
  'cut off': `{"a":"${'x'.repeat(mib - 100)}`,
  'of opening brackets': '['.repeat(mib - 10),
  'of nulls': '\u0000'.repeat(mib - 10),
};

const secret = 's'.repeat(16);
const types: Record<string, string> = {
  parse: 'dev.mlops.registry.drifted.v1',
  'registry-writer': 'dev.mlops.model.promoted.v1',
  'dead-letter': 'dev.mlops.model.promoted.v1',
};

const environments: Record<string, Record<string, string>> = {
  'gitea-source': { GITEA_WEBHOOK_SECRET: secret },
  parse: { GITEA_URL: 'https://git.test', GITEA_REPOSITORY: 'a/b' },
  'registry-writer': { MODEL_REGISTRY_URL: 'http://127.0.0.1:1', EVENT_SIGNING_KEY: 'k'.repeat(16) },
  'dead-letter': {},
};

describe('a request that costs more than it weighs', () => {
  for (const name of ['gitea-source', 'parse', 'registry-writer', 'dead-letter'] as const) {
    describe(`to ${name}`, () => {
      let host: Host;
      before(async () => {
        const { io } = recordingIo();
        const options = { port: 0, hostname: '127.0.0.1', requestTimeoutMs: 200_000, gracePeriodMs: 1_000, io };
        const doubles = { forge: objectForge(), deliver: async () => ({ status: 202 }) };
        const module = openFunction(name, environments[name]!, io, doubles);
        host = await serve(module, { ...options, ...functions[name] });
      });
      after(() => host.close());

      const attributes: Record<string, string> =
        name === 'gitea-source'
          ? { 'x-gitea-delivery': '1', 'x-gitea-event': 'push' }
          : { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/x', 'ce-type': types[name]! };

      async function send(body: string, headers: Record<string, string>): Promise<number> {
        const signature = createHmac('sha256', secret).update(body).digest('hex');
        const answer = await fetch(`http://127.0.0.1:${host.port}/`, {
          method: 'POST',
          headers: { ...(name === 'gitea-source' ? { 'x-gitea-signature': signature } : {}), ...headers },
          body,
        });
        const text = await answer.text();
        assert.ok(text.length < 500);
        assert.deepEqual(Object.keys(Object.prototype), []);
        return answer.status;
      }

      for (const [what, body] of Object.entries(bodies)) {
        it(`is answered, and not with 500: ${what}`, async () => {
          const binary = await send(body, { ...attributes, 'content-type': 'application/json' });
          assert.ok([202, 400, 401, 422].includes(binary), String(binary));
          if (name === 'gitea-source') return;
          const structured = `{"specversion":"1.0","id":"1","source":"/x","type":"${types[name]}","data":${body}}`;
          for (const text of [structured, body]) {
            const status = await send(text, { 'content-type': 'application/cloudevents+json' });
            assert.ok([202, 400, 401, 413, 422].includes(status), String(status));
          }
        });
      }

      it('is followed by one that is answered as ever', async () => {
        const status = await send('{}', { ...attributes, 'content-type': 'application/json' });
        assert.ok([202, 401, 422].includes(status), String(status));
      });
    });
  }
});
