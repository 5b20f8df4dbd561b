import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type CliWorld, config, createCliWorld, marker, pathOf, secret } from './world.ts';

describe('post-deployment replay', () => {
  let world: CliWorld;
  /** A delivery as the server sent it, into nothing. */
  let delivery: { headers: Record<string, string>; body: string };
  beforeEach(async () => {
    world = await createCliWorld({ [pathOf('jukebox')]: config('jukebox', '1.0.0') });
    world.env.GITEA_WEBHOOK_SECRET = secret;
    world.gitea.setDeliveryRule(() => 'drop');
    world.repository.createWebhook({ url: 'http://127.0.0.1:9/', secret, events: ['push'] });
    world.repository.commit({ files: { [pathOf('jukebox')]: config('jukebox', '1.1.0') }, message: 'Promote' });
    const { headers, body } = world.gitea.deliveries().at(-1)!;
    delivery = { headers: Object.fromEntries(headers), body };
    const artifacts = [{ name: 'jukebox', uri: 'to-be-updated' }];
    world.registry.addModel({
      name: 'jukebox',
      properties: marker(`${world.gitea.url}/ada/mlops-gitops`),
      versions: [
        { name: '1.0.0', labels: ['prod'], artifacts },
        { name: '1.1.0', artifacts },
      ],
    });
  });
  afterEach(() => world.close());

  const patches = () => world.registry.calls.filter(({ method }) => method !== 'GET');
  const file = async (name: string, content: string | object): Promise<string> => {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    await writeFile(path.join(world.folder, name), text);
    return name;
  };
  const promoted = (more: object = {}) => ({
    specversion: '1.0',
    id: 'e1',
    type: 'dev.mlops.model.promoted.v1',
    source: `${world.gitea.url}/ada/mlops-gitops`,
    subject: 'prod/jukebox',
    datacontenttype: 'application/json',
    data: {
      environment: 'prod',
      model: 'jukebox',
      cause: 'reconcile',
      repository: `${world.gitea.url}/ada/mlops-gitops`,
      branch: 'main',
      head: world.repository.head(),
      observedAt: '2026-11-24T10:00:00.000Z',
      complete: true,
      serving: [
        {
          version: '1.1.0',
          applications: ['jukebox'],
          path: pathOf('jukebox'),
          commit: world.repository.head(),
          uri: 'oci://quay.io/models/jukebox:1.1.0',
          promotedAt: '2026-11-24T09:00:00Z',
          promotedBy: { login: 'ada' },
        },
      ],
    },
    ...more,
  });

  /** Bodies as the recording server got them. */
  function record() {
    const got: string[] = [];
    world.registry.faults.onRequest = ({ method, path: at, body }) => {
      if (method !== 'GET') got.push(`${method} ${at} ${body}`);
      return undefined;
    };
    return got;
  }
  const asSent = (calls: { method: string; url: string; body: unknown }[]) =>
    calls.map(
      ({ method, url, body }) =>
        `${method} ${new URL(url).pathname.replace('/api/model_registry/v1alpha3', '')} ${JSON.stringify(body)}`,
    );

  it('prints with --dry-run exactly the calls of the real run, byte for byte', async () => {
    const name = await file('event.json', promoted());
    const dry = await world.run(['replay', '--dry-run', '--json', name]);
    assert.equal(dry.code, 0, dry.stderr);
    const shown = await world.run(['replay', '--dry-run', name]);
    assert.match(
      shown.stdout,
      /These calls would be made:\nPATCH http:\/\/127\.0\.0\.1:\d+\/api\/model_registry\/v1alpha3\/registered_models\/\d+\n {2}\{"state"/,
    );
    assert.match(shown.stdout, /4 writes would be made\. Nothing was written\./);
    assert.deepEqual(patches(), []);
    const got = record();
    const real = await world.run(['replay', name]);
    assert.equal(real.code, 0, real.stderr);
    assert.equal(got.length, 4);
    const { calls } = dry.json.replayed[0];
    // The ownership marker first, then the label; after that the label is removed from the others (the last two at the same time).
    assert.deepEqual(asSent(calls).slice(0, 2), got.slice(0, 2));
    assert.deepEqual(asSent(calls).sort(), got.sort());
    const text = await world.run(['replay', '--dry-run', name]);
    assert.match(
      text.stdout,
      /registry-writer +dev\.mlops\.model\.promoted\.v1 +prod\/jukebox +done +unchanged\n\n0 writes/,
    );
  });

  it('says why nothing follows from a test delivery, or from another webhook', async () => {
    const push = JSON.parse(delivery.body);
    const ping = await world.run(['replay', await file('ping.json', { ...push, before: push.after })]);
    assert.equal(ping.code, 0);
    assert.match(ping.stdout, /gitea\.ping: no function takes it; .+ this is a test delivery\n\n0 writes made\./);
    const { repository, sender } = push;
    const pull = { action: 'closed', number: 1, pull_request: { number: 1, merged: false }, repository, sender };
    const unmerged = await world.run(['replay', await file('pull.json', pull)]);
    assert.match(unmerged.stdout, /gitea\.pull_request .+ignored +about a pull request that was not merged\n/);
    const label = { headers: { 'x-gitea-event': 'pull_request_label', 'x-gitea-delivery': '1' }, body: pull };
    const other = await world.run(['replay', await file('label.json', label)]);
    assert.match(
      other.stdout,
      /gitea\.pull_request_label: no function takes it; only a push and a merged pull request report a change\n/,
    );
  });

  it('sends a recorded webhook through all functions, headers and body in one file', async () => {
    const { code, stdout } = await world.run(['replay', await file('push.json', delivery)]);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /gitea-source answered 202/);
    assert.match(stdout, /parse +dev\.knative\.source\.gitea\.push +refs\/heads\/main +done +1 events for head/);
    assert.match(stdout, /registry-writer +dev\.mlops\.model\.promoted\.v1 +prod\/jukebox +done +changed/);
    assert.deepEqual(world.registry.labels().jukebox, { '1.0.0': [], '1.1.0': ['prod'] });
    const again = await world.run(['replay', 'push.json']);
    assert.match(again.stdout, /done +unchanged\n\n0 writes made\./);
  });

  it('does the same for every form a recording may have', async () => {
    await file('03-push.headers.json', delivery.headers);
    const lines = Object.entries(delivery.headers).map(([name, value]) => `${name}: ${value}`);
    const http = `POST / HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${delivery.body}`;
    const form = {
      headers: { ...delivery.headers, 'Content-Type': 'application/x-www-form-urlencoded' },
      body: `payload=${encodeURIComponent(delivery.body)}`,
    };
    const files = [
      await file('03-push.body', delivery.body),
      await file('push.http', http),
      await file('push-in-form.json', form),
      // No headers, so no signature to check.
      await file('payload.json', delivery.body),
      await file('list.json', [promoted()]),
      await file('lines.ndjson', `${JSON.stringify(promoted())}\n${JSON.stringify(promoted({ id: 'e2' }))}\n`),
    ];
    const { code, json, stderr } = await world.run(['replay', '--dry-run', '--json', ...files]);
    assert.equal(code, 0, stderr);
    assert.deepEqual(
      json.replayed.map(({ name, kind, calls }: { name: string; kind: string; calls: [] }) => [
        name,
        kind,
        calls.length,
      ]),
      [
        ['03-push.body', 'webhook', 4],
        ['push.http', 'webhook', 4],
        ['push-in-form.json', 'webhook', 4],
        ['payload.json', 'webhook', 4],
        ['list.json', 'event', 4],
        ['lines.ndjson (1 of 2)', 'event', 4],
        ['lines.ndjson (2 of 2)', 'event', 4],
      ],
    );
    const input = await world.run(['replay', '-n', '--json', '-'], { input: http });
    assert.equal(input.json.replayed[0].name, 'standard input');
    assert.equal(input.json.replayed[0].calls.length, 4);
  });

  it('takes an event whose attributes are headers', async () => {
    const { data, ...attributes } = promoted();
    const headers: Record<string, string> = { 'content-type': 'application/json' };
    for (const [name, value] of Object.entries(attributes)) headers[`ce-${name}`] = String(value);
    const { json } = await world.run(['replay', '-n', '--json', await file('binary.json', { headers, body: data })]);
    assert.equal(json.replayed[0].kind, 'event');
    assert.equal(json.replayed[0].calls.length, 4);
  });

  it('takes data alone by the name of its file, or by --type', async () => {
    const { data } = promoted();
    const named = await file('dev.mlops.model.promoted.v1.json', data);
    const other = await file('data.json', data);
    const { json, stderr } = await world.run(['replay', '-n', '--json', named]);
    assert.equal(json.replayed[0].calls.length, 4, stderr);
    const typed = await world.run(['replay', '-n', '--json', '--type', 'dev.mlops.model.promoted.v1', other]);
    assert.equal(typed.json.replayed[0].calls.length, 4);
  });

  it('checks the signature where the secret is known, and says how to do without', async () => {
    const name = await file('push.json', delivery);
    const wrong = await world.run(['replay', name], { env: { GITEA_WEBHOOK_SECRET: 'another-webhook-secret' } });
    assert.equal(wrong.code, 1);
    assert.match(
      wrong.stdout,
      /gitea-source answered 401: Expected a webhook signed[\s\S]+→ .+GITEA_WEBHOOK_SECRET= \(empty\)/,
    );
    assert.deepEqual(patches(), []);
    const without = await world.run(['replay', name], { env: { GITEA_WEBHOOK_SECRET: '' } });
    assert.equal(without.code, 0, without.stdout);
    assert.doesNotMatch(wrong.stdout + wrong.stderr, new RegExp(secret));
  });

  it('checks the signature of an event where the key is known, and says how to do without', async () => {
    const name = await file('unsigned.json', promoted());
    const wrong = await world.run(['replay', name], { env: { EVENT_SIGNING_KEY: 'a key of some length' } });
    assert.equal(wrong.code, 1);
    assert.match(wrong.stdout, /rejected[\s\S]+→ .+EVENT_SIGNING_KEY= \(empty\) replays it without checking/);
    const without = await world.run(['replay', name], { env: { EVENT_SIGNING_KEY: '' } });
    assert.equal(without.code, 0, without.stdout);
    // A webhook is signed by gitea-source on its way.
    const webhook = await world.run(['replay', await file('push.json', delivery)], {
      env: { EVENT_SIGNING_KEY: 'a key of some length' },
    });
    assert.equal(webhook.code, 0, webhook.stdout);
  });

  it('says why an event changes nothing', async () => {
    const late = promoted();
    late.data.observedAt = '2026-11-19T10:00:00.000Z';
    const { code, stdout } = await world.run(['replay', await file('late.json', late)]);
    assert.equal(code, 0);
    assert.match(stdout, /ignored +older than what is known/);
    assert.deepEqual(patches(), []);
  });

  it('fails at once when the registry is away, and tries for a while with --retry', async () => {
    const name = await file('event.json', promoted());
    let failed = 0;
    world.registry.faults.onRequest = () => (failed++ < 1 ? { status: 503 } : undefined);
    const { code, stdout } = await world.run(['replay', name]);
    assert.equal(code, 1);
    assert.match(stdout, /unavailable +model registry: [\s\S]+It failed\.\n→ With --retry/);
    failed = 0;
    assert.equal((await world.run(['replay', '--retry', name])).code, 0);
    assert.deepEqual(world.registry.labels().jukebox, { '1.0.0': [], '1.1.0': ['prod'] });
  });

  const refused: [string, () => Promise<string[]>, RegExp][] = [
    ['a file that is not there', async () => ['no-such.json'], /no-such\.json cannot be read \(ENOENT\)\.\n→ /],
    [
      'a file of another kind',
      async () => [await file('a.json', '{"a": 1}')],
      /a\.json: expected a recorded webhook or CloudEvent/,
    ],
    ['a file that is no JSON', async () => [await file('a.txt', 'hello')], /a\.txt: expected a recorded webhook/],
    [
      'an event that nobody takes',
      async () => [await file('e.json', promoted({ type: 'com.example' }))],
      /no function takes events of type com\.example/,
    ],
    ['no file', async () => [], /missing required argument 'file'/],
  ];
  for (const [name, files, says] of refused)
    it(`refuses ${name}`, async () => {
      const { code, stderr } = await world.run(['replay', ...(await files())]);
      assert.equal(code, 2);
      assert.match(stderr, says);
      assert.deepEqual(patches(), []);
    });
});
