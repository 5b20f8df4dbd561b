import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { freePort } from '../../local/processes.ts';

describe('a free port', () => {
  it('is given to one alone, also while nothing listens there yet', async () => {
    const first = await freePort();
    assert.ok(first >= 20_000 && first < 30_000);
    assert.notEqual(await freePort(first), first);
  });

  it('can be listened on at once', async () => {
    const port = await freePort();
    const server = createServer();
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
    try {
      assert.notEqual(await freePort(port), port);
    } finally {
      server.close();
    }
  });
});
