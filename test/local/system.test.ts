import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { buildFunctions, freePort, startFunction } from '../../local/processes.ts';
import { deploymentFile } from '../../local/seed.ts';
import { startSystem } from '../../local/system.ts';
import { createGiteaStandIn } from '../../stand-ins/gitea/index.ts';
import { createModelRegistryStandIn } from '../../stand-ins/model-registry/index.ts';
import { ended } from '../cli/world.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe('system on one machine', () => {
  const opened: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const one of opened.splice(0).reverse()) await one.close();
  });

  it('uses the servers that settings name, and leaves alone what is on them', async () => {
    const gitea = await createGiteaStandIn({ users: [{ login: 'ada', email: 'ada@example.test' }] });
    opened.push(gitea);
    const path = 'model-deployments/prod/lamp/config.yaml';
    const repository = gitea.createRepository('ada/fleet', { files: { [path]: deploymentFile('lamp', '1', 'prod') } });
    const registry = await createModelRegistryStandIn({ token: 'known', pathPrefix: '/team' });
    opened.push(registry);
    registry.addModel({ name: 'lamp', versions: [{ name: '1', labels: ['prod'] }, { name: '2' }] });
    const system = await startSystem({
      settings: {
        GITEA_URL: `${gitea.url}/`,
        GITEA_TOKEN: gitea.createToken('ada', ['read:repository']),
        GITEA_REPOSITORY: 'ada/fleet',
        MODEL_REGISTRY_URL: registry.url,
        MODEL_REGISTRY_TOKEN: 'known',
        GITEA_WEBHOOK_SECRET: 'a-secret-we-chose',
      },
    });
    opened.push(system);
    assert.equal(system.gitea.standIn, undefined);
    assert.equal(system.registry.standIn, undefined);
    assert.equal(registry.calls.length, 0);
    assert.ok(gitea.accessLog.every(({ method }) => method === 'GET'));
    assert.deepEqual(repository.repository.hooks, []);

    repository.createWebhook({ url: system.webhook.url, secret: 'a-secret-we-chose', events: ['push'] });
    repository.commit({ files: { [path]: deploymentFile('lamp', '2', 'prod') }, message: 'Promote' });
    await gitea.idle();
    await system.idle();
    assert.deepEqual(registry.labels(), { lamp: { '1': [], '2': ['prod'] } });
    assert.deepEqual(system.broker.deadLetters, []);

    assert.equal(await system.ping(), 202);
    assert.equal(system.broker.history.at(-1)!.event.attributes.type, 'dev.mlops.environment.observed.v1');
  });

  it('says which function did not start and why', async () => {
    const built = await buildFunctions();
    try {
      const starting = startFunction('parse', built.folder, await freePort(), { GITEA_URL: 'no url' });
      await assert.rejects(starting, (error: Error) => {
        assert.match(error.message, /^parse did not start: it ended by itself\n/);
        assert.match(error.message, /GITEA_URL: expected a URL/);
        return true;
      });
    } finally {
      await built.remove();
    }
  });

  for (const [name, text] of Object.entries({ MODEL_REGISTRY: 'none', FURTHER_REGISTRIES: 'New' })) {
    it(`ends what had started when ${name} is wrong`, async () => {
      const code = `import('./local/system.ts').then(({ startSystem }) => startSystem({ settings: { ${name}: '${text}' } })).catch(console.error)`;
      const args = ['--import=tsx', '--eval', code];
      // It only ends by itself when nothing is left open.
      const { code: exitCode, stderr } = await ended(spawn(process.execPath, args, { cwd: root, timeout: 60_000 }));
      assert.match(stderr, new RegExp(`${name}: expected `));
      assert.equal(exitCode, 0);
    });
  }

  it('takes another port where the usual one is taken', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, resolve));
    const { port } = server.address() as AddressInfo;
    const other = await freePort(port);
    assert.notEqual(other, port);
    await new Promise((resolve) => server.close(resolve));
    assert.equal(await freePort(port), port);
  });
});
