// What the build leaves out of the bundles, and that what is left works as the library does.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AxiosStatic } from 'axios';

const root = fileURLToPath(new URL('..', import.meta.url));

describe('the bundles', function () {
  this.timeout(60_000);
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

  it('axios sends and receives as before, over the connection it is given', async () => {
    const axios = createRequire(path.join(dist, 'index.cjs'))('./axios.cjs') as AxiosStatic;
    const server = http.createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        response.writeHead(409, { 'x-method': request.method });
        response.end(Buffer.concat([...parts, Buffer.from('!')]));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const answer = await axios.request<Buffer>({
        method: 'PATCH',
        url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
        data: 'text',
        responseType: 'arraybuffer',
        transport: { request: http.request },
        maxRedirects: 0,
        validateStatus: () => true,
      });
      assert.deepEqual([answer.status, answer.headers['x-method'], String(answer.data)], [409, 'PATCH', 'text!']);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

  it('what a start from zero loads of gitea-source stays below 300 kB', () => {
    const bytes = ['index.cjs', 'gitea-source.cjs'].reduce(
      (sum, file) => sum + statSync(path.join(dist, file)).size,
      0,
    );
    assert.ok(bytes < 300_000, `${bytes} bytes`);
  });
});
