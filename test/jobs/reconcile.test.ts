import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { type CloudEvent, HTTP } from 'cloudevents';
import { ping } from '../../events/index.ts';
import { isSigned } from '../../events/signature.ts';
import { buildFunctions } from '../../local/processes.ts';
import { httpServer } from '../io/local-server.ts';
import { namespace, startClusterApi } from './kubernetes.ts';
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

  it('on Knative posts it when every Trigger is Ready and stays so, not before', async () => {
    const api = await startClusterApi();
    let pings = 0;
    const server = await httpServer((request, response) => {
      pings += 1;
      request.resume().on('end', () => response.writeHead(202).end());
    });
    const put = (name: string, ready: string) =>
      api.objects.set(`apis/eventing.knative.dev/v1/namespaces/${namespace}/triggers/${name}`, {
        status: { conditions: [{ type: 'Ready', status: ready }] },
      });
    try {
      put('parse', 'True');
      put('registry-writer', 'Unknown');
      const running = runJob(built.folder, 'reconcile', {
        ...api.env,
        K_SINK: server.url,
        TRIGGERS: 'parse,registry-writer',
      });
      const requests = async (count: number) => {
        while (api.requests.length < count) await new Promise((resolve) => setTimeout(resolve, 50));
      };
      await requests(3);
      assert.equal(pings, 0);
      put('registry-writer', 'True');
      await requests(4);
      put('registry-writer', 'Unknown');
      await requests(7);
      assert.equal(pings, 0);
      put('registry-writer', 'True');
      const { code, output } = await running;
      assert.equal(code, 0, output);
      assert.equal(pings, 1);
    } finally {
      await server.close();
      await api.close();
    }
  });

  it('signs the ping where it has the key', async () => {
    const key = 'a-key-of-some-length';
    let signed: boolean | undefined;
    const server = await httpServer(async (request, response) => {
      const event = HTTP.toEvent({ headers: request.headers, body: await text(request) }) as CloudEvent<unknown>;
      signed = isSigned(event, key);
      response.writeHead(202).end();
    });
    try {
      assert.equal((await runJob(built.folder, 'reconcile', { K_SINK: server.url, EVENT_SIGNING_KEY: key })).code, 0);
      assert.equal(signed, true);
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
