// The server as a whole: what it notes of each call, and the ways it can be made to fail.

import assert from 'node:assert/strict';
import { createGiteaStandIn, type GiteaStandIn } from '../../../stand-ins/gitea/index.ts';

describe('the stand-in as a server', () => {
  let gitea: GiteaStandIn;
  const get = (path: string, token = gitea.token()) =>
    fetch(`${gitea.url}/api/v1/${path}`, { headers: { Authorization: `token ${token}` } });

  beforeEach(async () => {
    gitea = await createGiteaStandIn({ clock: () => new Date('2026-10-01T08:00:00Z') });
    gitea.createRepository('ada/mlops-gitops', { files: { 'a.txt': 'a\n' } });
  });
  afterEach(() => gitea.close());

  it('notes every call with its status', async () => {
    await (await get('version')).text();
    await (await get('repos/ada/none')).text();
    assert.deepEqual(
      gitea.accessLog.map(({ method, path, status }) => `${method} ${path} ${status}`),
      ['GET /api/v1/version 200', 'GET /api/v1/repos/ada/none 404'],
    );
  });

  it('dates every answer by its own clock', async () => {
    for (const path of ['version', 'repos/ada/none', 'no/such/route']) {
      assert.equal((await get(path)).headers.get('Date'), 'Thu, 01 Oct 2026 08:00:00 GMT');
    }
  });

  it('can refuse connections, and listen again at the same place', async () => {
    await gitea.setDown('refuse');
    await assert.rejects(get('version'));
    await gitea.setDown(false);
    assert.equal((await get('version')).status, 200);
  });

  it('can leave calls without an answer', async () => {
    await gitea.setDown('hang');
    const call = fetch(`${gitea.url}/api/v1/version`, { signal: AbortSignal.timeout(100) });
    await assert.rejects(call, { name: 'TimeoutError' });
  });

  it('can fail at one route only', async () => {
    gitea.setRule(({ path }) => (path.endsWith('/branches/main') ? { status: 502, body: 'bad gateway' } : undefined));
    assert.equal((await get('repos/ada/mlops-gitops/branches/main')).status, 502);
    assert.equal((await get('repos/ada/mlops-gitops')).status, 200);
    gitea.setRule(() => 'reset');
    await assert.rejects(get('version'));
    gitea.setRule(() => ({ delayMs: 1 }));
    assert.equal((await get('version')).status, 200);
    gitea.setRule(undefined);
    assert.equal((await get('version')).status, 200);
  });

  it('goes on when a caller hangs up', async () => {
    gitea.setRule(() => 'hang');
    await assert.rejects(fetch(`${gitea.url}/api/v1/version`, { signal: AbortSignal.timeout(50) }));
    gitea.setRule(undefined);
    assert.equal((await get('version')).status, 200);
  });
});
