// What `npm run build` makes is all that an image holds: files that need no node_modules.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { functions } from '../functions/table.ts';
import { nowhere } from './minimal-settings.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

describe('the bundles', () => {
  let dist: string;
  before(() => {
    dist = mkdtempSync(path.join(tmpdir(), 'bundles-'));
    execFileSync(process.execPath, ['build.mjs', dist], { cwd: root, stdio: 'ignore' });
  });
  after(() => rmSync(dist, { recursive: true, force: true }));

  it('are one for each function, and each can be loaded without any package beside it', () => {
    const require = createRequire(path.join(dist, 'index.cjs'));
    for (const name of Object.keys(functions)) {
      const module = require(`./${name}.cjs`) as Record<string, unknown>;
      assert.equal(typeof module.handle, 'function', name);
      assert.equal(typeof module.start, 'function', name);
    }
    const others = ['all', 'create-secrets', 'ensure-webhook', 'index', 'post-deployment', 'reconcile'];
    const files = [...Object.keys(functions), ...others].map((name) => `${name}.cjs`);
    assert.deepEqual(
      readdirSync(dist).filter((file) => file.endsWith('.cjs')),
      files.sort(),
    );
  });

  it('come with the licence of each package that is in them', () => {
    const texts = readFileSync(path.join(dist, 'third-party-licenses.txt'), 'utf8');
    for (const name of ['axios', 'cloudevents', 'commander', 'https-proxy-agent', 'valibot'])
      assert.match(texts, new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(`, 'm'));
  });

  it('are with the files of the page, which the command line finds beside itself', async () => {
    const env = { PATH: process.env.PATH, GITEA_URL: nowhere, GITEA_REPOSITORY: 'a/b', MODEL_REGISTRY_URL: nowhere };
    const child = spawn(process.execPath, ['post-deployment.cjs', 'console', '--port', '0'], { cwd: dist, env });
    try {
      const [url] = (await once(child.stdout, 'data')) as [Buffer];
      for (const name of readdirSync(path.join(root, 'console/page'))) {
        const answer = await fetch(new URL(name, String(url).trim()));
        assert.deepEqual(
          [answer.status, await answer.text()],
          [200, readFileSync(path.join(root, 'console/page', name), 'utf8')],
        );
      }
    } finally {
      child.kill();
      await once(child, 'exit');
    }
  });

  it('a function that only listens has not run axios yet, which would take HTTP/2 with it', () => {
    const script = 'require("./gitea-source.cjs"); console.log(JSON.stringify(process.moduleLoadList))';
    const loaded = execFileSync(process.execPath, ['-e', script], { cwd: dist, encoding: 'utf8' });
    assert.doesNotMatch(loaded, /NativeModule http2"/);
  });
});
