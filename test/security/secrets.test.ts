// Every word that real processes say in a journey full of failures - log lines, answers, metrics, what they hand on - held
// against every secret they know. The servers they talk to repeat the secrets back to them.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { CloudEvent } from 'cloudevents';
import * as modelPromoted from '../../events/model-promoted.ts';
import { sign } from '../../events/signature.ts';
import { clock } from '../../io/clock.ts';
import { createHttp } from '../../io/http.ts';
import { sendEvent } from '../../io/sink.ts';
import { buildFunctions, freePort, startFunction } from '../../local/processes.ts';
import { deploymentFile } from '../../local/seed.ts';
import { type System, startSystem } from '../../local/system.ts';
import { createGiteaStandIn, type GiteaStandIn } from '../../stand-ins/gitea/index.ts';
import { createModelRegistryStandIn, type StandIn } from '../../stand-ins/model-registry/index.ts';
import { commit, serving } from '../functions/registry-writer/world.ts';
import { httpServer, type LocalServer } from '../io/local-server.ts';

const path = 'model-deployments/prod/lamp/config.yaml';

describe('secrets', () => {
  let gitea: GiteaStandIn;
  let registry: StandIn;
  let system: System;
  let decoy: LocalServer;
  let chat: LocalServer;
  const [decoyHeard, chatHeard]: [string[], string[]] = [[], []];
  const said: string[] = [];
  const secrets: Record<string, string> = {
    GITEA_WEBHOOK_SECRET: 'webhook-secret-91c2',
    EVENT_SIGNING_KEY: 'signing-key-5d0e',
    MODEL_REGISTRY_TOKEN: 'registry-token-77ab',
    CHANNEL_TOKEN: 'xoxb-channel-token-41d7',
    CHANNEL_KEY: 'key-of-a-webhook-b28e',
  };

  before(async () => {
    gitea = await createGiteaStandIn({ users: [{ login: 'ada', email: 'ada@example.test' }] });
    const repository = gitea.createRepository('ada/fleet', { files: { [path]: deploymentFile('lamp', '1', 'prod') } });
    registry = await createModelRegistryStandIn({ token: secrets.MODEL_REGISTRY_TOKEN! });
    registry.addModel({ name: 'lamp', versions: [{ name: '1', labels: ['prod'] }, { name: '2' }] });
    decoy = await httpServer((request, response) => {
      decoyHeard.push(JSON.stringify([request.url, request.headers]));
      response.writeHead(200).end();
    });
    // It repeats whatever it is asked with.
    chat = await httpServer((request, response) => {
      const told = `${request.headers.authorization} ${request.url}`;
      chatHeard.push(told);
      response.writeHead(403, { 'content-type': 'text/plain', location: `${decoy.url}/?${encodeURI(told)}` }).end(told);
    });
    const channels = [
      { kind: 'slack', name: 'releases', token: secrets.CHANNEL_TOKEN, channel: 'C0123456789', url: chat.url },
      { kind: 'teams', name: 'on-call', url: `${chat.url}/workflows?sig=${secrets.CHANNEL_KEY}` },
    ];
    secrets.GITEA_TOKEN = gitea.createToken('ada', ['read:repository']);
    secrets.GITEA_STATUS_TOKEN = gitea.createToken('ada', ['write:repository']);
    system = await startSystem({
      changeTrigger: (trigger) => (trigger.name === 'notify' ? { ...trigger, retry: 1, backoffDelayMs: 10 } : trigger),
      settings: {
        ...secrets,
        GITEA_URL: gitea.url,
        GITEA_REPOSITORY: 'ada/fleet',
        MODEL_REGISTRY_URL: registry.url,
        NOTIFY_CHANNELS: JSON.stringify(channels),
        LOG_LEVEL: 'debug',
      },
    });
    for (const { process } of system.functions) process?.events.on('line', (line) => said.push(JSON.stringify(line)));
    repository.createWebhook({ url: system.webhook.url, secret: secrets.GITEA_WEBHOOK_SECRET!, events: ['push'] });
  });
  after(async () => {
    await system.close();
    await decoy.close();
    await chat.close();
    await registry.close();
    await gitea.close();
  });

  const url = (name: string) => system.functions.find((one) => one.name === name)!.url;

  async function ask(target: string, headers: Record<string, string>, body: string, method = 'POST'): Promise<number> {
    const answer = await fetch(target, { method, headers, ...(method === 'POST' ? { body } : {}) });
    said.push(JSON.stringify([...answer.headers]), await answer.text());
    return answer.status;
  }

  const ping = () =>
    ask(
      url('parse'),
      {
        'ce-specversion': '1.0',
        'ce-id': randomUUID(),
        'ce-source': '/ping',
        'ce-type': 'dev.knative.sources.ping',
        'content-type': 'application/json',
      },
      '{}',
    );

  async function promote(): Promise<number> {
    const now = new Date(clock.now()).toISOString();
    const promotion = {
      environment: 'prod',
      model: 'lamp',
      cause: 'push' as const,
      repository: `${gitea.url}/ada/fleet`,
      branch: 'main',
      head: commit('a'),
      observedAt: now,
      complete: true,
      serving: [serving('2')],
    };
    const event = modelPromoted.make(promotion, { cause: { source: '/test', id: randomUUID() }, time: now });
    const signed = sign(event as CloudEvent<unknown>, secrets.EVENT_SIGNING_KEY!);
    const answer = await sendEvent(createHttp(), url('registry-writer'), signed, { timeoutMs: 200_000 });
    said.push(JSON.stringify(answer.headers), answer.body.toString());
    return answer.status;
  }

  it('are in no log line, answer, metric or event of a journey in which everything fails', async () => {
    gitea
      .repository('ada/fleet')
      .commit({ files: { [path]: deploymentFile('lamp', '2', 'prod') }, message: 'Promote' });
    await gitea.idle();
    await system.idle();
    assert.deepEqual(registry.labels(), { lamp: { 1: [], 2: ['prod'] } });
    for (const secret of [secrets.CHANNEL_TOKEN!, secrets.CHANNEL_KEY!])
      assert.ok(chatHeard.some((told) => told.includes(secret)));

    // At the doors: secrets where they do not belong.
    const all = Object.values(secrets).join(' ');
    for (const name of system.functions.map((one) => one.name)) {
      for (const type of ['application/json', 'application/cloudevents+json', 'application/x-www-form-urlencoded'])
        assert.ok(
          (await ask(url(name), { 'content-type': type, 'x-gitea-signature': all, authorization: all }, `${all}{`)) <
            500,
        );
      await ask(`${url(name)}/?token=${encodeURIComponent(all)}`, {}, all);
      await ask(`${url(name)}/metrics`, {}, '', 'GET');
    }

    // Behind them: servers that repeat what they were told.
    const told = `token ${secrets.GITEA_TOKEN}`;
    const heard = `Bearer ${secrets.MODEL_REGISTRY_TOKEN}`;
    const elsewhere = `${decoy.url}/?token=${secrets.GITEA_TOKEN}`;
    for (const fault of [
      { status: 401, body: JSON.stringify({ message: told, url: told }) },
      { status: 500, body: told },
      { status: 200, body: told },
      { status: 200, body: JSON.stringify({ html_url: told, default_branch: { told } }) },
      { status: 302, headers: { location: elsewhere }, body: told },
      { status: 307, headers: { location: `//${told}@` }, body: '' },
      'reset' as const,
    ]) {
      gitea.setRule(() => fault);
      assert.equal(await ping(), 503, JSON.stringify(fault));
    }
    gitea.setRule(undefined);
    for (const [status, body] of [
      [401, heard],
      [500, JSON.stringify({ code: heard, message: heard })],
      [404, JSON.stringify({ code: 'Not Found', message: `${heard} whatever` })],
      [200, heard],
      [200, JSON.stringify({ id: heard, name: heard })],
      [302, heard],
    ] as const) {
      registry.faults.onRequest = () => ({ status, body, headers: { location: elsewhere } }) as never;
      assert.equal(await promote(), 503, `${status} ${body}`);
    }
    registry.faults.onRequest = undefined as never;
    assert.equal(await promote(), 200);

    for (const { event } of system.broker.history) said.push(JSON.stringify(event));
    assert.ok(said.length > 50);
    for (const [name, secret] of Object.entries(secrets))
      for (const text of said) assert.ok(!text.includes(secret), `${name} is told: ${text.slice(0, 400)}`);
    assert.deepEqual(decoyHeard, [], 'nobody else is asked');
  });

  it('are not told by a process that cannot start because they are wrong', async () => {
    const built = await buildFunctions();
    try {
      for (const [name, settings] of [
        [
          'parse',
          {
            GITEA_URL: `https://ada:${secrets.GITEA_TOKEN}@gitea.test`,
            GITEA_REPOSITORY: 'a/b',
            GITEA_TOKEN: `${secrets.GITEA_TOKEN} x`,
          },
        ],
        [
          'registry-writer',
          {
            MODEL_REGISTRY_URL: `http://registry.test?token=${secrets.MODEL_REGISTRY_TOKEN}`,
            MODEL_REGISTRY_TOKEN: `${secrets.MODEL_REGISTRY_TOKEN}\n`,
          },
        ],
        [
          'gitea-source',
          {
            GITEA_WEBHOOK_SECRET: `${secrets.GITEA_WEBHOOK_SECRET},,`,
            K_SINK: `http://u:${secrets.EVENT_SIGNING_KEY}@broker`,
          },
        ],
        [
          'notify',
          {
            NOTIFY_CHANNELS: JSON.stringify([
              { kind: 'slack', name: 'a', [`${secrets.CHANNEL_TOKEN}`]: secrets.CHANNEL_KEY },
            ]),
          },
        ],
      ] as const) {
        await assert.rejects(startFunction(name, built.folder, await freePort(), settings), (error: Error) => {
          assert.match(error.message, /settings are wrong|One setting is wrong/);
          for (const secret of Object.values(secrets)) assert.ok(!error.message.includes(secret), error.message);
          return true;
        });
      }
    } finally {
      await built.remove();
    }
  });
});
