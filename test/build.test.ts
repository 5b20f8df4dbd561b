// What the build leaves out of the bundles, and that what is left works as the library does.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AxiosStatic } from 'axios';
import { functions } from '../functions/index.ts';
import { openBundles } from '../io/code-cache.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

describe('the bundles', () => {
  let dist: string;
  before(() => {
    dist = mkdtempSync(path.join(tmpdir(), 'bundles-'));
    execFileSync(process.execPath, ['build.mjs', dist], { cwd: root, stdio: 'ignore' });
  });
  after(() => rmSync(dist, { recursive: true, force: true }));

  it('axios loads neither undici nor HTTP/2 nor TLS when it is first needed', () => {
    const script = 'require("./axios.cjs"); console.log(JSON.stringify(process.moduleLoadList))';
    const loaded = JSON.parse(
      execFileSync(process.execPath, ['-e', script], { cwd: dist, encoding: 'utf8' }),
    ) as string[];
    assert.deepEqual(
      loaded.filter((name) => /undici\/undici|NativeModule (http2|https|tls)$/.test(name)),
      [],
    );
  });

  it('axios passes a call to the adapter it is given, and gives back its answer', async () => {
    const axios = createRequire(path.join(dist, 'index.cjs'))('./axios.cjs') as AxiosStatic;
    const calls: unknown[] = [];
    const client = axios.create({
      async adapter(config) {
        calls.push([config.method, config.url, config.data]);
        return { status: 409, statusText: '', headers: {}, data: Buffer.from('text!'), config };
      },
      validateStatus: () => true,
    });
    const answer = await client.request<Buffer>({ method: 'PATCH', url: 'http://registry.test/', data: 'text' });
    assert.deepEqual(calls, [['patch', 'http://registry.test/', 'text']]);
    assert.deepEqual([answer.status, String(answer.data)], [409, 'text!']);
    await assert.rejects(
      axios.request({ url: 'http://127.0.0.1:9/' }),
      /adapter/i,
      'without one it has no way to the network',
    );
  });

  it('keep their code when they have run once, and are loaded with it from then on', () => {
    const script = path.join(root, 'local/keep-code.ts');
    const output = execFileSync(process.execPath, ['--import', 'tsx', script, dist], { cwd: root, encoding: 'utf8' });
    assert.equal(output, '');
    const bundles = openBundles(dist, createRequire(path.join(dist, 'index.cjs')));
    for (const name of [...Object.keys(functions), 'all', 'axios']) bundles.load(name);
    assert.deepEqual(bundles.compiled(), []);
  });

  it('what a start from zero loads of gitea-source stays below 300 kB', () => {
    const bytes = ['index.cjs', 'gitea-source.cjs'].reduce(
      (sum, file) => sum + statSync(path.join(dist, file)).size,
      0,
    );
    assert.ok(bytes < 300_000, `${bytes} bytes`);
  });
});
