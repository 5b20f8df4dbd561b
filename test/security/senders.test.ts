// Who can have what done by sending which event where: every function on its own host before stand-ins of Gitea, registry and broker,
// each event sent by whoever has EVENT_SIGNING_KEY, by whoever has not, and where there is none. The table of docs/security.md
// is these rows.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { CloudEvent } from 'cloudevents';
import { SettingsError } from '../../config/settings/reader.ts';
import {
  deliveryLost,
  deploymentWarned,
  environmentObserved,
  events,
  giteaPullRequest,
  giteaWebhook,
  modelPromoted,
  modelWithdrawn,
  registryDrifted,
  registryUpdated,
  servingObserved,
} from '../../events/index.ts';
import { isSigned, sign } from '../../events/signature.ts';
import { readSettings } from '../../functions/settings.ts';
import { type FunctionName, functions } from '../../functions/table.ts';
import { serve } from '../../host/server.ts';
import type { Http } from '../../io/io.ts';
import { sendEvent } from '../../io/sink.ts';
import { createGiteaStandIn } from '../../stand-ins/gitea/index.ts';
import { createKubernetesStandIn } from '../../stand-ins/kubernetes/index.ts';
import { createModelRegistryStandIn } from '../../stand-ins/model-registry/index.ts';
import { broker } from '../functions/gitea-source/world.ts';
import { openFunction } from '../functions/open-function.ts';
import { recordingIo } from '../io/recording-io.ts';

const key = 'a-signing-key-of-the-tests';
const anotherKey = 'another-key-of-the-tests';
const secret = 'a-webhook-secret-of-the-tests';
const name = 'ada/mlops-gitops';
const path = 'model-deployments/prod/jukebox/config.yaml';

/** Calls of Gitea that one event brings about, at most. */
const mostReads = 20;

/** Cells: the status, and what was done. */
interface Row {
  to: FunctionName;
  event: string;
  /** With EVENT_SIGNING_KEY set: from whoever has it not. */
  stranger: string;
  /** From whoever has it. */
  ours: string;
  /** Without a key: from anybody. */
  open: string;
}

/** Of gitea-source the key is GITEA_WEBHOOK_SECRET. */
const notStarted = 'does not start';

const row = (to: FunctionName, event: string, stranger: string, ours: string, open: string): Row => ({
  to,
  event,
  stranger,
  ours,
  open,
});

const rows: Row[] = [
  row('gitea-source', 'a webhook', '401', '202, sends push', notStarted),
  row('gitea-source', 'any event', '401', '401', '401'),
  row('parse', 'push', '401', '202, asks Gitea, sends promoted', '202, asks Gitea, sends promoted'),
  row('parse', 'pull_request', '401', '202, asks Gitea, sends promoted', '202, asks Gitea, sends promoted'),
  ...both('parse', 'ping', '202, asks Gitea, sends observed'),
  row('parse', 'drifted', '401', '202, asks Gitea, sends promoted', '202, asks Gitea, sends promoted'),
  ...both('parse', 'any other event', '202'),
  ...signed('registry-writer', 'promoted', '200, asks the registry, writes the registry, sends updated'),
  ...signed('registry-writer', 'withdrawn', '200, asks the registry, writes the registry, sends updated'),
  ...signed('registry-writer', 'observed', '200, asks the registry, sends drifted'),
  ...signed('registry-writer', 'serving observed', '200, asks the registry, writes the registry, sends updated'),
  ...both('registry-writer', 'any other event', '202'),
  ...signed('commit-status', 'promoted', '202, asks Gitea, tells the commit'),
  ...signed('commit-status', 'withdrawn', '202, asks Gitea, tells the commit'),
  ...signed('commit-status', 'updated', '202, asks Gitea, tells the commit'),
  ...signed('commit-status', 'warned', '202, asks Gitea, tells the commit'),
  ...signed('commit-status', 'lost', '202, asks Gitea, tells the commit'),
  ...both('commit-status', 'any other event', '202'),
  ...signed('notify', 'updated', '202, tells the channel'),
  ...signed('notify', 'warned', '202, tells the channel'),
  ...signed('notify', 'lost', '202, tells the channel'),
  ...both('notify', 'any other event', '202'),
  ...signed('rollout-observer', 'promoted', '202, reads the cluster, sends serving observed'),
  ...signed('rollout-observer', 'withdrawn', '202, reads the cluster, sends serving observed'),
  ...signed('rollout-observer', 'observed', '202, reads the cluster, sends serving observed'),
  ...both('rollout-observer', 'any other event', '202'),
  ...both('dead-letter', 'lost', '202'),
  row('dead-letter', 'any other event', '202', '202, sends lost', '202, sends lost'),
];

/** Nothing of ours signs it, or nobody acts on it. */
function both(to: FunctionName, event: string, effect: string): Row[] {
  return [row(to, event, effect, effect, effect)];
}

function signed(to: FunctionName, event: string, effect: string): Row[] {
  return [row(to, event, '401', effect, effect)];
}

function table(): string {
  const head = [
    '| Sent to | Event | With the key, by who has it not | With the key, by who has it | Without a key, by anybody | Test |',
    '|---|---|---|---|---|---|',
  ];
  const link = ({ to, event }: Row) => `[${to} gets ${event}](../test/security/senders.test.ts)`;
  return [
    ...head,
    ...rows.map((one) => {
      const cells = [`\`${one.to}\``, one.event, one.stranger, one.ours, one.open, link(one)];
      return `| ${cells.join(' | ')} |`;
    }),
  ].join('\n');
}

/** Names of types as people say them. */
const short = (type: string) =>
  type === servingObserved.type ? 'serving observed' : type.replace(/\.v1$/, '').split('.').at(-1)!;
const types: Record<string, string> = Object.fromEntries(events.map(({ type }) => [short(type), type]));

async function createWorld() {
  const gitea = await createGiteaStandIn();
  const registry = await createModelRegistryStandIn();
  const sink = await broker();
  const channel = await broker();
  const kubernetes = await createKubernetesStandIn();
  registry.addModel({ name: 'jukebox', versions: [{ name: '1', labels: ['prod'] }, { name: '2' }] });
  const fleet = gitea.createRepository(name, { files: { 'README.md': 'Fleet\n' } });
  const [before, head] = ['1', '2'].map((version) =>
    fleet.commit({ files: { [path]: `name: jukebox\nversion: "${version}"\n` }, message: `Promote ${version}` }),
  ) as [string, string];
  const writes = { registry: 0, reads: 0 };
  const { io } = recordingIo();
  const api: Http = (request) => {
    if (request.url.startsWith(registry.url)) writes[(request.method ?? 'GET') === 'GET' ? 'reads' : 'registry'] += 1;
    return io.api(request);
  };
  return { gitea, registry, sink, channel, kubernetes, before, head, writes, io: { ...io, api } };
}

/** In the cluster, the version that Git deploys. */
function serve2({ kubernetes: { store } }: World): void {
  const uri = 'oci://registry.example.test/models/jukebox:2';
  const template = { metadata: { annotations: { 'internal.serving.kserve.io/storage-initializer-sourceuri': uri } } };
  const of = {
    name: 'jukebox',
    namespace: 'jukebox-prod',
    labels: { 'serving.kserve.io/inferenceservice': 'jukebox' },
  };
  store.put('inferenceservices', { metadata: of, spec: { predictor: { model: { storageUri: uri } } } });
  store.put('deployments', { metadata: of, spec: { replicas: 1, template } });
  store.put('replicasets', { metadata: of, spec: { template }, status: { replicas: 1, availableReplicas: 1 } });
}
type World = Awaited<ReturnType<typeof createWorld>>;

/** An event that has an effect where it is believed. */
function make(type: string, { gitea, head, before }: World): CloudEvent<unknown> {
  const repository = `${gitea.url}/${name}`;
  const now = new Date().toISOString();
  const origin = { cause: { source: repository, id: 'e1' }, time: now };
  const reading = { environment: 'prod', repository, head, observedAt: now };
  const serving = {
    version: '2',
    applications: ['jukebox'],
    path,
    commit: head,
    promotedAt: now,
    promotedBy: { login: 'ada' },
  };
  const promotion = { ...reading, model: 'jukebox', cause: 'push', branch: 'main', complete: true } as const;
  const versions = [{ version: '2', applications: ['jukebox'] }];
  const models = [{ model: 'jukebox', versions }];
  const other = (type: string, data: object, more: object = {}) =>
    new CloudEvent<unknown>({ id: 'e1', type, source: repository, subject: 'refs/heads/main', data, ...more }, false);
  switch (type) {
    case giteaWebhook.type: {
      const pushed = { ref: 'refs/heads/main', before, after: head };
      return other(type, { ...pushed, repository: { html_url: repository, full_name: name }, pusher: {} }, pushed);
    }
    case giteaPullRequest.type: {
      const request = { number: 1, merged: true, merge_commit_sha: head, merge_base: before, base: { ref: 'main' } };
      const named = { repository: { html_url: repository, full_name: name } };
      return other(type, { action: 'closed', pull_request: { ...request, head: { sha: head } }, ...named });
    }
    case modelPromoted.type:
      return modelPromoted.make({ ...promotion, serving: [serving] }, origin);
    case modelWithdrawn.type:
      return modelWithdrawn.make({ ...promotion, serving: [] }, origin);
    case environmentObserved.type: {
      const page = { from: '', number: 1, of: 1 };
      return environmentObserved.make({ ...reading, branch: 'main', complete: true, page, models }, origin);
    }
    case registryDrifted.type:
      return registryDrifted.make({ ...reading, models: [{ model: 'jukebox', git: ['2'], registry: ['1'] }] }, origin);
    case registryUpdated.type: {
      const done = {
        outcome: 'changed' as const,
        reason: '',
        changes: [{ on: 'version' as const, name: '2', set: { prod: '' }, removed: [] }],
        cause: { id: 'e1', type: modelPromoted.type },
      };
      const registry = 'https://registry.example.test';
      return registryUpdated.make({ ...reading, registry, model: 'jukebox', commits: [head], ...done }, origin);
    }
    case servingObserved.type: {
      const workload = { kind: 'InferenceService', name: 'jukebox' };
      const seen = { cluster: 'here', namespace: 'user1-prod', workload, phase: 'verified' as const };
      const serves = [{ version: '2', uri: 'oci://x/jukebox:2', pods: 1 }];
      const cause = { id: 'e1', type: modelPromoted.type };
      return servingObserved.make(
        { ...reading, ...seen, model: 'jukebox', serving: serves, target: { version: '2' }, commits: [head], cause },
        origin,
      );
    }
    case deploymentWarned.type: {
      const files = [{ path, commit: head, severity: 'failure', reason: 'A key stands there twice.' }] as const;
      return deploymentWarned.make({ ...reading, branch: 'main', files: [...files] }, origin);
    }
    case deliveryLost.type: {
      const event = { id: 'e1', type: modelPromoted.type, source: repository, subject: 'prod/jukebox' };
      const words = { failure: { kind: 'silence' }, reason: 'x', remedy: 'x', lostAt: now } as const;
      return deliveryLost.make({ event, ...words, repository, commits: [head], observedAt: now }, {});
    }
    default:
      return other(type, {});
  }
}

/** Settings of all; each function reads its own. */
function environmentOf({ gitea, registry, sink, channel, kubernetes }: World): Record<string, string> {
  return {
    GITEA_URL: gitea.url,
    GITEA_REPOSITORY: name,
    GITEA_TOKEN: gitea.token(),
    GITEA_STATUS_TOKEN: gitea.token(),
    GITEA_WEBHOOK_SECRET: secret,
    MODEL_REGISTRY_URL: registry.url,
    K_SINK: sink.url,
    KUBERNETES_URL: kubernetes.url,
    NOTIFY_CHANNELS: JSON.stringify([{ kind: 'teams', name: 'releases', url: channel.url }]),
    SERVING_NAMESPACES: 'prod=jukebox-prod',
  };
}

/** What became of one event, as a cell of the table says it. */
async function effectOf(to: FunctionName, what: string, isOpen: boolean, by?: string): Promise<string> {
  const world = await createWorld();
  const { gitea, registry, sink, channel, kubernetes, head, writes, io } = world;
  // Of a withdrawn model nothing is there any more.
  if (what !== 'withdrawn') serve2(world);
  const signing: Record<string, string> = isOpen ? {} : { EVENT_SIGNING_KEY: key };
  const host = await serve(openFunction(to, { ...environmentOf(world), ...signing }, io), {
    ...functions[to],
    port: 0,
    hostname: '127.0.0.1',
    requestTimeoutMs: 60_000,
    gracePeriodMs: 1_000,
    io,
  });
  try {
    const url = `http://127.0.0.1:${host.port}/`;
    const begin = gitea.accessLog.length;
    const answer = what === 'a webhook' ? await webhook(url, by === key, world) : await send(url, world);
    if (to === 'gitea-source' && answer.status === 202) await sink.arrived(1);
    const asked = gitea.accessLog.slice(begin).map(({ method }) => method);
    const told = await statusesOf(world);
    const replies = answer.status === 200 ? [reply(answer)] : [];
    const sent = [...sink.taken.map(({ attributes, body }) => eventFrom(attributes, body)), ...replies];
    for (const event of sent) {
      assert.equal(isSigned(event, key), !isOpen, event.type);
      // Whatever was asked, what is said is the head's.
      const { head: said } = event.data as { head?: string };
      if (to === 'parse') assert.equal(said, head);
    }
    assert.ok(asked.length <= mostReads, `${asked.length} calls`);
    return [
      String(answer.status),
      ...(asked.includes('GET') ? ['asks Gitea'] : []),
      ...(writes.reads > 0 ? ['asks the registry'] : []),
      ...(writes.registry > 0 ? ['writes the registry'] : []),
      ...(kubernetes.calls.length > 0 ? ['reads the cluster'] : []),
      ...(told > 0 ? ['tells the commit'] : []),
      ...(channel.taken.length > 0 ? ['tells the channel'] : []),
      ...(sent.length > 0 ? [`sends ${[...new Set(sent.map(({ type }) => short(type)))].join(', ')}`] : []),
    ].join(', ');
  } finally {
    await Promise.all([host, gitea, registry, sink, channel, kubernetes].map((one) => one.close()));
  }

  function send(url: string, world: World) {
    const type = types[what] ?? what;
    const said = { knativeerrorcode: '503', knativeerrordest: `http://${takerOf(type)}.mlops/` };
    const event = make(type, world).cloneWith(to === 'dead-letter' ? said : {}, false) as CloudEvent<unknown>;
    return sendEvent(io.sink, url, by === undefined ? event : sign(event, by), { timeoutMs: 60_000 });
  }
}

/** Of the functions whose failures are reported. */
function takerOf(type: string): string {
  const takers = deliveryLost.receivers.filter((one) => (functions[one].takes as readonly string[]).includes(type));
  return takers[0] ?? 'registry-writer';
}

async function webhook(url: string, isTrue: boolean, world: World) {
  const body = JSON.stringify(make(giteaWebhook.type, world).data);
  const signature = createHmac('sha256', isTrue ? secret : 'another secret')
    .update(body)
    .digest('hex');
  const headers = { 'x-gitea-event': 'push', 'x-gitea-delivery': '1', 'x-gitea-signature': signature };
  const answer = await fetch(url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body,
  });
  return { status: answer.status, headers: {}, body: Buffer.from(await answer.arrayBuffer()) };
}

function reply({ headers, body }: { headers: Readonly<Record<string, unknown>>; body: Buffer }): CloudEvent<unknown> {
  const named = Object.entries(headers).filter(([header]) => header.startsWith('ce-'));
  return eventFrom(Object.fromEntries(named.map(([header, value]) => [header.slice(3), String(value)])), body);
}

function eventFrom(attributes: Record<string, string>, body: Buffer): CloudEvent<unknown> {
  return new CloudEvent<unknown>({ ...attributes, data: JSON.parse(body.toString()) } as never, false);
}

async function statusesOf({ gitea, head }: World): Promise<number> {
  const answer = await fetch(`${gitea.url}/api/v1/repos/${name}/commits/${head}/statuses`, {
    headers: { authorization: `token ${gitea.token()}` },
  });
  return ((await answer.json()) as unknown[]).length;
}

describe('whoever sends an event', () => {
  for (const { to, event, stranger, ours, open } of rows) {
    it(`${to} gets ${event}`, async () => {
      const check = async (cell: string, what: string, isOpen: boolean, by?: string) =>
        assert.equal(
          await effectOf(to, what, isOpen, by),
          cell,
          `${what}, ${by ?? 'unsigned'}, ${isOpen ? 'no key' : 'a key'}`,
        );
      const closed = typesOf(to, event).flatMap((what) => [
        check(stranger, what, false),
        check(stranger, what, false, anotherKey),
        check(ours, what, false, key),
      ]);
      const without = typesOf(to, event).flatMap((what) => [check(open, what, true), check(open, what, true, key)]);
      await Promise.all([...closed, ...(open === notStarted ? [] : without)]);
      if (open === notStarted)
        assert.throws(() => readSettings({ GITEA_WEBHOOK_SECRET: '' }, to, () => ''), SettingsError);
    });
  }

  it('has no effect but a bounded number of readings where there is a key that it has not', () => {
    const reading = /^(?:401|202(?:, asks Gitea, sends observed)?)$/;
    for (const { to, event, stranger } of rows) assert.match(stranger, reading, `${to} gets ${event}`);
    assert.deepEqual(
      rows.filter(({ stranger }) => stranger.includes(',')).map(({ to, event }) => [to, event]),
      [['parse', 'ping']],
    );
  });

  it('finds every function and every event in the table of docs/security.md, which is these rows', () => {
    assert.deepEqual([...new Set(rows.map(({ to }) => to))].sort(), Object.keys(functions).sort());
    const text = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8');
    assert.ok(text.includes(`\n${table()}\n`), `docs/security.md should have:\n${table()}`);
  });
});

/** `any …`: every type that the other rows of the function do not name, and one that nobody knows. */
function typesOf(to: FunctionName, event: string): string[] {
  if (!event.startsWith('any')) return [event];
  const named = rows.filter((one) => one.to === to && one.event !== event).map((one) => types[one.event]);
  return [...Object.values(types), 'com.example.other'].filter(
    (type, i, all) => !named.includes(type) && all.indexOf(type) === i,
  );
}
