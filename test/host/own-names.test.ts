// Every server of `npm run local` that a browser on the same machine can reach, asked by names that mean it and by others.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { listen } from '../../console/server.ts';
import { createBroker } from '../../stand-ins/broker/broker.ts';
import { createGiteaStandIn } from '../../stand-ins/gitea/index.ts';
import { createKubernetesStandIn } from '../../stand-ins/kubernetes/index.ts';
import { createModelRegistryStandIn } from '../../stand-ins/model-registry/index.ts';

interface Served {
  url: string;
  /** What shows that the server itself answered, and that it was not reached. */
  path: string;
  reached(): number;
  close(): Promise<void>;
}

const servers: Record<string, () => Promise<Served>> = {
  async 'the Gitea stand-in'() {
    const gitea = await createGiteaStandIn();
    return { url: gitea.url, path: '/api/v1/version', reached: () => gitea.accessLog.length, close: gitea.close };
  },
  async 'the registry stand-in'() {
    const { url, calls, close } = await createModelRegistryStandIn();
    return { url, path: '/api/model_registry/v1alpha3/registered_models', reached: () => calls.length, close };
  },
  async 'the stand-in of the API server'() {
    const { url, calls, close } = await createKubernetesStandIn();
    return { url, path: '/api/v1/namespaces/a/pods', reached: () => calls.length, close };
  },
  async 'the broker'() {
    const { url, accessLog, close } = await createBroker({ triggers: [] });
    return { url, path: '/local/default', reached: () => accessLog.length, close };
  },
  async 'the console'() {
    let reached = 0;
    const found = () => ++reached;
    const { port, close } = await listen({ token: 't', live: () => {}, inFull: found, actions: {} }, 0);
    return { url: `http://127.0.0.1:${port}`, path: '/happening/1', reached: () => reached, close };
  },
};

function ask(
  url: string,
  method: string,
  path: string,
  host: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(url);
    const options = { port, host: '127.0.0.1', method, path, headers: { ...headers, host }, agent: false };
    const sent = request(options, async (answer) => {
      let text = '';
      for await (const chunk of answer) text += chunk;
      resolve({ status: answer.statusCode!, text });
    });
    sent.on('error', reject).end();
  });
}

describe('servers of this machine', () => {
  for (const [name, start] of Object.entries(servers)) {
    describe(name, () => {
      let served: Served;
      beforeEach(async () => {
        served = await start();
      });
      afterEach(() => served.close());

      for (const host of [
        'localhost',
        'LOCALHOST:3000',
        'git.localhost:1',
        '127.0.0.1',
        '127.0.0.1:8',
        '[::1]:443',
        '[::1]',
      ]) {
        it(`answers to ${host}`, async () => {
          const { status } = await ask(served.url, 'GET', served.path, host);
          assert.notEqual(status, 421);
          assert.equal(served.reached(), 1);
        });
      }

      for (const host of [
        'evil.test',
        'evil.test:3000',
        '127.0.0.1.evil.test',
        'localhost.evil.test:80',
        'evil-localhost',
        '[::2]:80',
        '192.168.1.7:3000',
      ]) {
        it(`answers 421 to ${host}, and nobody is reached`, async () => {
          for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
            const { status, text } = await ask(served.url, method, served.path, host);
            assert.equal(status, 421, method);
            assert.match(text, /^Expected a Host of this machine \(localhost/);
            assert.ok(text.endsWith(`came ${JSON.stringify(host)}.\n`), text);
          }
          assert.equal(served.reached(), 0);
        });
      }

      for (const origin of ['http://evil.test', 'https://127.0.0.1.evil.test', 'null', 'http://evil.test:3000', 'junk'])
        it(`answers 403 to what a page of ${origin} sends, and nobody is reached`, async () => {
          // What a browser sends without asking first.
          const headers = { origin, 'content-type': 'text/plain' };
          const { status, text } = await ask(served.url, 'POST', served.path, '127.0.0.1:3000', headers);
          assert.equal(status, 403);
          assert.match(text, /^Expected an Origin of this machine \(localhost/);
          assert.equal(served.reached(), 0);
        });
    });
  }

  it('answer to pages of this machine', async () => {
    const { url, calls, close } = await createModelRegistryStandIn();
    const path = '/api/model_registry/v1alpha3/registered_models';
    for (const origin of ['http://localhost:8080', 'https://ui.localhost', 'http://[::1]:1'])
      await ask(url, 'GET', path, '127.0.0.1', { origin });
    assert.equal(calls.length, 3);
    await close();
  });

  it('answer to the public address that one was given, as it is now', async () => {
    const gitea = await createGiteaStandIn({ rootUrl: 'https://git.example.test:8443/gitea/' });
    try {
      const status = async (host: string) => (await ask(gitea.url, 'GET', '/api/v1/version', host)).status;
      assert.deepEqual([await status('Git.example.test'), await status('git.example.test:3000')], [200, 200]);
      assert.deepEqual([await status('example.test'), await status('127.0.0.1')], [421, 200]);
      gitea.world.rootUrl = 'http://moved.example.test/';
      assert.deepEqual([await status('moved.example.test'), await status('git.example.test')], [200, 421]);
    } finally {
      await gitea.close();
    }
  });
});
