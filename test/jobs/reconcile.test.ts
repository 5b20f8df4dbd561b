import assert from 'node:assert/strict';
import { ping } from '../../events/index.ts';
import { buildFunctions } from '../../local/processes.ts';
import { httpServer } from '../io/local-server.ts';
import { runJob } from './run-job.ts';

describe('job reconcile', () => {
  let built: Awaited<ReturnType<typeof buildFunctions>>;
  before(async () => {
    built = await buildFunctions();
  });
  after(() => built.remove());

  it('posts one ping, and ends well only when it was taken', async () => {
    const types: unknown[] = [];
    const statuses = [202, 503];
    const server = await httpServer((request, response) => {
      types.push(request.headers['ce-type']);
      request.resume().on('end', () => response.writeHead(statuses.shift()!).end());
    });
    try {
      assert.equal((await runJob(built.folder, 'reconcile', { K_SINK: server.url })).code, 0);
      const { code, lines } = await runJob(built.folder, 'reconcile', { K_SINK: server.url });
      assert.equal(code, 1);
      assert.match(String(lines.at(-1)!.reason), /expected 2xx, came 503; look at the log of the functions/);
      assert.deepEqual(types, [ping.type, ping.type]);
    } finally {
      await server.close();
    }
  });

  it('says what it needs', async () => {
    const { code, lines } = await runJob(built.folder, 'reconcile', {});
    assert.equal(code, 1);
    assert.match(String(lines.at(-1)!.reason), /K_SINK: expected a URL .*it is not set/);
  });
});
