import assert from 'node:assert/strict';
import { once } from 'node:events';
import { keepRunning } from '../../local/keep-running.ts';
import { buildFunctions, freePort } from '../../local/processes.ts';

describe('function that is kept running', () => {
  it('comes back after it was killed, and stays away after it was stopped', async () => {
    const built = await buildFunctions();
    const settings = { GITEA_WEBHOOK_SECRET: 'a-secret-we-chose', K_SINK: 'http://127.0.0.1:9/' };
    const kept = await keepRunning('gitea-source', built.folder, await freePort(), settings);
    try {
      const states: string[] = [];
      kept.events.on('state', (state) => states.push(state));
      kept.kill();
      while (kept.state !== 'running' || states.length === 0) await once(kept.events, 'state');
      assert.deepEqual(states, ['ended', 'starting', 'running']);
      assert.equal((await fetch(`${kept.url}/health/readiness`)).status, 200);
      await kept.stop();
      assert.deepEqual(states, ['ended', 'starting', 'running']);
      await assert.rejects(fetch(kept.url));
    } finally {
      await kept.stop();
      await built.remove();
    }
  });

  it('ends while it is coming back', async () => {
    const built = await buildFunctions();
    const settings = { GITEA_WEBHOOK_SECRET: 'a-secret-we-chose', K_SINK: 'http://127.0.0.1:9/' };
    const kept = await keepRunning('gitea-source', built.folder, await freePort(), settings);
    kept.kill();
    await once(kept.events, 'state');
    await kept.stop();
    await assert.rejects(fetch(kept.url));
    await built.remove();
  });
});
