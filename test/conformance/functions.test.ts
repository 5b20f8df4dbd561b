// The real bundles as real processes on both hosts: the answers that steer a sender, and what starts and what does not.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CloudEvent } from 'cloudevents';
import { ping } from '../../events/index.ts';
import { sign } from '../../events/signature.ts';
import { type FunctionName, functionNames, functions } from '../../functions/table.ts';
import { createHttp } from '../../io/http.ts';
import type { HttpResponse } from '../../io/io.ts';
import { sendEvent } from '../../io/sink.ts';
import { freePort } from '../../local/processes.ts';
import { httpServer, type LocalServer } from '../io/local-server.ts';
import { exchange, requestText } from '../io/raw-client.ts';
import { minimalSettings } from '../minimal-settings.ts';
import { hostNames, launch, type Running, start } from './processes.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Below node_modules, where the stock runtime is found from; not dist/, which may be in use. */
const dist = join(root, 'node_modules/.cache/conformance');
const index = join(dist, 'index.cjs');
const names = functionNames;

const settings = Object.fromEntries(names.map((name) => [name, minimalSettings(name)])) as Record<
  FunctionName,
  Record<string, string>
>;

const http = createHttp();
const timeoutMs = 200_000;

const recorded = (file: string) =>
  readFileSync(new URL(`../fixtures/gitea/deliveries/01-merge-commit/${file}`, import.meta.url));
const push = {
  body: recorded('02-push.body'),
  headers: JSON.parse(recorded('02-push.headers.json').toString()) as Record<string, string>,
};

/** Types of events that a function reads, and that make it call a server, where it takes no promotion. */
const judged: Readonly<Record<string, readonly [string, string]>> = {
  parse: ['dev.mlops.registry.drifted.v1', 'dev.knative.sources.ping'],
  notify: ['dev.mlops.registry.updated.v1', 'dev.mlops.registry.updated.v1'],
};

function webhook(port: number, body: Uint8Array, changed: Record<string, string> = {}): Promise<HttpResponse> {
  const { Host: _host, 'Content-Length': _length, ...headers } = push.headers;
  return http({
    method: 'POST',
    url: `http://127.0.0.1:${port}/`,
    headers: { ...headers, ...changed },
    body,
    timeoutMs,
  });
}

function event(port: number, type: string, data: unknown): Promise<HttpResponse> {
  const sent = new CloudEvent<unknown>({ id: 'e1', source: '/test', type, time: '2026-01-02T03:04:05Z', data }, false);
  return sendEvent(http, `http://127.0.0.1:${port}/`, sent, { timeoutMs });
}

const sample = (type: string) =>
  JSON.parse(readFileSync(new URL(`../../events/samples/${type}.json`, import.meta.url), 'utf8')) as object;

function isAccepted({ status, body }: HttpResponse): void {
  assert.deepEqual([status, body.toString()], [202, '']);
}

function isRefused(
  { status, headers, body }: Pick<HttpResponse, 'status' | 'headers' | 'body'>,
  expected: number,
): void {
  assert.equal(status, expected, body.toString());
  assert.ok(headers['content-type']?.startsWith('application/json'));
  assert.ok(body.length < 500);
  assert.deepEqual(Object.keys(JSON.parse(body.toString()) as object), ['error', 'message']);
}

describe('the bundles', () => {
  let processes: Running[] = [];
  let sink: LocalServer;
  let received: { headers: Record<string, unknown>; body: Buffer }[] = [];
  let sinkStatus = 202;

  before(async () => {
    execFileSync(process.execPath, ['build.mjs', dist], { cwd: root });
    sink = await httpServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      received.push({ headers: request.headers, body: Buffer.concat(chunks) });
      response.writeHead(sinkStatus).end();
    });
  });
  after(async () => {
    await sink.close();
    rmSync(dist, { recursive: true });
  });
  beforeEach(() => {
    received = [];
    sinkStatus = 202;
  });

  const keep = async (starting: Promise<Running>) => {
    const running = await starting;
    processes.push(running);
    return running;
  };
  const stopAll = async () => {
    await Promise.all(processes.map((running) => running.stop()));
    processes = [];
  };

  for (const host of hostNames) {
    for (const name of names) {
      describe(`${name} on ${host}`, () => {
        let port: number;
        let running: Running;
        before(async () => {
          const env = { FUNCTION_TARGET: name, K_SINK: sink.url, ...settings[name] };
          running = await start(host, [index], env);
          ({ port } = running);
        });
        after(() => running.stop());

        it('refuses a GET, for a redirect in front makes one of a POST', async () => {
          const { status, headers, body } = await exchange(port, requestText('GET /'));
          isRefused({ status, headers, body: Buffer.from(body) }, 405);
          assert.equal(headers.allow, 'POST');
        });

        it('refuses a query', async () => {
          const text = requestText(
            'POST /?cloudevent=x&body=x',
            ['content-type: application/json', 'content-length: 2'],
            '{}',
          );
          const { status, headers, body } = await exchange(port, text);
          isRefused({ status, headers, body: Buffer.from(body) }, 400);
        });

        it('answers the health pages', async () => {
          for (const page of ['liveness', 'readiness']) {
            const { status } = await exchange(port, requestText(`GET /health/${page}`));
            assert.equal(status, 200);
          }
        });

        it('refuses a body over its limit', async () => {
          const body = Buffer.alloc(functions[name].bodyLimit + 1, ' ');
          const headers = { 'content-type': 'application/json' };
          const sent = http({ method: 'POST', url: `http://127.0.0.1:${port}/`, headers, body, timeoutMs });
          // The stock runtime closes the connection on a sender that is still sending: whether it sees the answer is chance.
          const answer = await (host === 'own' ? sent : sent.catch(() => undefined));
          if (answer === undefined) return;
          assert.equal(answer.status, 413);
          assert.ok(answer.body.length < 500);
        });

        if (name === 'gitea-source') {
          it('hands a signed webhook on, byte for byte', async () => {
            isAccepted(await webhook(port, push.body));
            const [event] = received;
            assert.equal(event!.headers['ce-type'], 'dev.knative.source.gitea.push');
            assert.equal(event!.headers['ce-id'], push.headers['X-Gitea-Delivery']);
            assert.deepEqual(event!.body, push.body);
          });

          it('refuses a changed webhook', async () => {
            isRefused(await webhook(port, Buffer.concat([push.body, Buffer.from(' ')])), 401);
            assert.deepEqual(received, []);
          });

          it('passes a refusal of the broker on as 502', async () => {
            sinkStatus = 400;
            isRefused(await webhook(port, push.body), 502);
          });
          return;
        }

        it('refuses what is no event', async () => {
          const headers = { 'content-type': 'application/json' };
          isRefused(
            await http({ method: 'POST', url: `http://127.0.0.1:${port}/`, headers, body: '{}', timeoutMs }),
            400,
          );
        });

        if (name === 'dead-letter') {
          it('reports a lost event by a POST, not as the answer', async () => {
            isAccepted(await event(port, 'com.example.other', { a: 1 }));
            const [report] = received;
            assert.equal(report!.headers['ce-type'], 'dev.mlops.delivery.lost.v1');
            assert.equal((JSON.parse(report!.body.toString()) as { event: { id: string } }).event.id, 'e1');
          });

          it('only logs a lost report of a loss', async () => {
            isAccepted(await event(port, 'dev.mlops.delivery.lost.v1', sample('dev.mlops.delivery.lost.v1')));
            assert.deepEqual(received, []);
            assert.match(running.output(), /"event lost"/);
          });

          it('answers 503 while the broker takes no report', async () => {
            sinkStatus = 503;
            isRefused(await event(port, 'com.example.down', { a: 1 }), 503);
          });
          return;
        }

        it('accepts an event that is none of its business', async () => {
          isAccepted(await event(port, 'com.example.other', { a: 1 }));
        });

        const [type, down] = judged[name] ?? ['dev.mlops.model.promoted.v1', 'dev.mlops.model.promoted.v1'];

        it('refuses an event without sense', async () => {
          isRefused(await event(port, type, { environment: 'geheim' }), 422);
          assert.doesNotMatch(running.output(), /geheim/);
        });

        it('answers 503 while what it needs is down', async () => {
          isRefused(await event(port, down, sample(down)), 503);
        });
      });
    }

    it(`take no event in a cluster without a sink on ${host}, are not ready, and say why`, async () => {
      const handsOn: readonly string[] = ['gitea-source', 'parse', 'dead-letter', 'rollout-observer'];
      for (const name of names) {
        const env = { FUNCTION_TARGET: name, KUBERNETES_SERVICE_HOST: '10.96.0.1', ...settings[name] };
        const { port, output } = await keep(start(host, [index], env));
        const { status, body } = await exchange(port, requestText('GET /health/readiness'));
        assert.deepEqual([status, body.includes('K_SINK')], handsOn.includes(name) ? [503, true] : [200, false]);
        if (!handsOn.includes(name)) continue;
        assert.match(output(), /"events cannot be handed on".*K_SINK/);
        const taken: Record<string, string> = {
          parse: 'dev.knative.sources.ping',
          'rollout-observer': 'dev.mlops.model.promoted.v1',
        };
        const type = taken[name] ?? 'com.example.other';
        const answer = name === 'gitea-source' ? await webhook(port, push.body) : await event(port, type, {});
        isRefused(answer, 503);
        assert.match(answer.body.toString(), /K_SINK/);
        // The line is all that anybody gets to know of this loss.
        if (name === 'dead-letter') assert.match(output(), /"event lost"/);
      }
      await stopAll();
    });

    it(`end with 0 at SIGTERM on ${host}`, async () => {
      for (const name of names) {
        const running = await keep(start(host, [index], { FUNCTION_TARGET: name, ...settings[name] }));
        running.process.kill('SIGTERM');
        assert.equal(await running.ended, 0, running.output());
      }
      await stopAll();
    });
  }

  describe('start', () => {
    afterEach(stopAll);

    const refusesToStart = async (args: string[], env: Record<string, string>, ...said: RegExp[]) => {
      const running = await keep(launch('own', args, env));
      assert.equal(await running.ended, 1);
      for (const words of said) assert.match(running.output(), words);
      assert.equal(running.output().trim().split('\n').length, 1, running.output());
    };

    it('not with an unknown FUNCTION_TARGET, and name the known ones', async () => {
      await refusesToStart([index], { FUNCTION_TARGET: 'nope' }, ...names.map((name) => new RegExp(name)), /nope/);
      await refusesToStart([index], { FUNCTION_TARGET: '../package' }, /expected one of/);
    });

    for (const host of hostNames) {
      it(`not with wrong settings on ${host}, and tell all faults at once`, async () => {
        const env = { FUNCTION_TARGET: 'parse', GITEA_URL: 'nonsense', ...(host === 'own' ? {} : { FUNC_HOST: host }) };
        await refusesToStart([index], env, /GITEA_URL/, /GITEA_REPOSITORY/);
      });
    }

    it('not all in one with wrong settings', async () => {
      await refusesToStart([index], {}, /GITEA_WEBHOOK_SECRET/, /GITEA_URL/, /MODEL_REGISTRY_URL/);
    });

    it('not on an unknown host', async () => {
      await refusesToStart([index], { FUNCTION_TARGET: 'parse', FUNC_HOST: 'nope', ...settings.parse }, /FUNC_HOST/);
    });

    it('not all in one on the stock runtime', async () => {
      await refusesToStart([index], { FUNC_HOST: 'faas-js-runtime' }, /FUNCTION_TARGET/);
    });

    it('not on the stock runtime where that is not installed', async () => {
      const elsewhere = mkdtempSync(join(tmpdir(), 'bundles-'));
      try {
        cpSync(dist, elsewhere, { recursive: true });
        const env = { FUNCTION_TARGET: 'parse', FUNC_HOST: 'faas-js-runtime', ...settings.parse };
        await refusesToStart([join(elsewhere, 'index.cjs')], env, /expected the package faas-js-runtime/);
      } finally {
        rmSync(elsewhere, { recursive: true });
      }
    });

    it('each alone, by its own file', async () => {
      for (const name of names) {
        const running = await keep(start('own', [join(dist, `${name}.cjs`)], settings[name]));
        assert.equal((await exchange(running.port, requestText('GET /health/readiness'))).status, 200);
      }
    });

    it('on LISTEN_ADDRESS alone, where that is set', async () => {
      const env = { FUNCTION_TARGET: 'parse', LISTEN_ADDRESS: '127.0.0.1', ...settings.parse };
      const { port } = await keep(start('own', [index], env));
      assert.equal((await exchange(port, requestText('GET /health/readiness'))).status, 200);
      const elsewhere = connect(port, '127.0.0.2');
      try {
        const [error] = (await once(elsewhere, 'error')) as [NodeJS.ErrnoException];
        assert.match(error.code ?? '', /^(ECONNREFUSED|EADDRNOTAVAIL|ETIMEDOUT)$/);
      } finally {
        elsewhere.destroy();
      }
      await refusesToStart(
        [index],
        { ...env, LISTEN_ADDRESS: '192.0.2.1' },
        /192\.0\.2\.1: no address of this machine/,
      );
      await refusesToStart([index], { ...env, FUNC_HOST: 'faas-js-runtime' }, /LISTEN_ADDRESS: the stock runtime/);
    });

    it('all in one, webhooks on PORT and events on EVENTS_PORT', async () => {
      const eventsPort = await freePort();
      // In a cluster, too: in one process events go on in memory.
      const cluster = { EVENTS_PORT: String(eventsPort), KUBERNETES_SERVICE_HOST: '10.96.0.1' };
      const env = Object.assign(cluster, ...Object.values(settings)) as Record<string, string>;
      const { port, process, ended, output } = await keep(start('own', [index], env));
      assert.equal((await exchange(port, requestText('GET /health/readiness'))).status, 200);
      isRefused(await webhook(port, Buffer.from('{}')), 401);
      isAccepted(await event(eventsPort, 'com.example.other', {}));
      isRefused(await event(eventsPort, 'dev.mlops.model.promoted.v1', sample('dev.mlops.model.promoted.v1')), 503);
      process.kill('SIGTERM');
      assert.equal(await ended, 0, output());
    });
  });

  it('all in one, on one port that strangers reach: signed webhooks, and of events signed pings', async () => {
    const key = 'a-key-of-some-length';
    const port = await freePort();
    const ports = { PORT: String(port), EVENTS_PORT: String(port), EVENT_SIGNING_KEY: key };
    const env = Object.assign({}, ...Object.values(settings), ports) as Record<string, string>;
    const { process, ended, output } = await keep(start('own', [index], env));
    const post = (sent: CloudEvent<unknown>) => sendEvent(http, `http://127.0.0.1:${port}/`, sent, { timeoutMs });
    const made = ping.make({ id: 'e1', source: '/test', time: '2026-01-02T03:04:05Z' });
    isRefused(await webhook(port, Buffer.from('{}')), 401);
    isRefused(await post(made), 401);
    isRefused(await post(sign(made, `${key}!`)), 401);
    isRefused(await post(sign(made.cloneWith({ data: 'x'.repeat(2_000) }, false), key)), 413);
    const promoted = 'dev.mlops.model.promoted.v1';
    isRefused(await post(sign(made.cloneWith({ type: promoted, data: sample(promoted) }, false), key)), 422);
    // Git cannot be reached here.
    isRefused(await post(sign(made, key)), 503);
    isAccepted(await webhook(port, push.body));
    process.kill('SIGTERM');
    // The push is given up.
    assert.equal(await ended, 1, output());
    await stopAll();
  });

  it('give events back as the answer where there is neither cluster nor sink', async () => {
    const env = { FUNCTION_TARGET: 'gitea-source', ...settings['gitea-source'] };
    const { port } = await keep(start('own', [index], env));
    const { status, headers, body } = await webhook(port, push.body);
    assert.deepEqual([status, headers['ce-type']], [200, 'dev.knative.source.gitea.push']);
    assert.deepEqual(body, push.body);
    await stopAll();
  });

  it('export what the stock loader asks for, however it is loaded', async () => {
    for (const name of names) {
      const loaded = (await import(join(dist, `${name}.cjs`))) as Record<string, unknown>;
      for (const wanted of ['init', 'handle', 'shutdown', 'liveness', 'readiness'])
        assert.equal(typeof loaded[wanted], 'function', `${name}: ${wanted}`);
    }
  });

  it('count what happened on one page, of host and function', async () => {
    const running = await keep(start('own', [index], { FUNCTION_TARGET: 'parse', ...settings.parse }));
    await event(running.port, 'com.example.other', {});
    const { body } = await exchange(running.port, requestText('GET /metrics'));
    assert.match(body, /^post_deployment_http_requests_total\{code="202"\} 1$/m);
    assert.match(body, /^post_deployment_events_total\{.*outcome="ignored".*\} 1$/m);
    await stopAll();
  });
});
