// Fuzzed requests: webhooks and CloudEvents, made from recorded ones, against the functions that take them.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { CloudEvent } from 'cloudevents';
import fc from 'fast-check';
import { TryAgainError } from '../../../events/errors.ts';
import { isSigned, sign } from '../../../events/signature.ts';
import { encodeAttributes, encodeAttributeValue } from '../../../events/wire.ts';
import type { CommitStatus } from '../../../forges/forge.ts';
import { type Doubles, openFunction, request } from '../../functions/open-function.ts';
import { objectForge } from '../../functions/parse/object-forge.ts';
import { config, prod } from '../../functions/parse/world.ts';
import { type Change, changed, changedHeaders, changes, cut, cuts, headerChanges } from './hostile.ts';
import {
  holdsNothing,
  judgeAnswer,
  judgeEvent,
  readToken,
  registryToken,
  signingKey,
  type Watched,
  watchedIo,
  webhookSecret,
} from './judge.ts';
import { attributes, deliveriesBy, samples } from './recorded.ts';
import { standInForRegistry } from './registry-stand-in.ts';
import { type Target, target } from './target.ts';

const noNetwork = async () => {
  throw new TryAgainError('no network');
};

const deliveries = deliveriesBy(({ name, headers }) =>
  [name.split('/')[0], headers['x-gitea-event-type'] ?? headers['x-gitea-event'], headers['content-type']].join(),
);

/** A sender that takes all events, and gives them out once. */
function taking<T>() {
  const sent: CloudEvent<T>[] = [];
  const deliver = async (event: CloudEvent<T>) => {
    sent.push(event);
    return { status: 202 };
  };
  return { deliver, taken: () => sent.splice(0) };
}

const webhookInput = fc.record({
  sample: fc.nat(deliveries.length - 1),
  list: changes(),
  bytes: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: cuts(2) }),
  headers: headerChanges([
    'x-gitea-event',
    'x-hub-signature-256',
    'x-gitea-delivery',
    'traceparent',
    'ce-id',
    'ce-type',
  ]),
  how: fc.constantFrom('signed', 'signed', 'signed', 'form', 'other key', 'other body', 'as recorded'),
});
type WebhookInput = typeof webhookInput extends fc.Arbitrary<infer T> ? T : never;

function webhookRequest({ sample, list, bytes, headers, how }: WebhookInput) {
  const recorded = deliveries[sample]!;
  const wasForm = recorded.headers['content-type']?.includes('form');
  const json = wasForm ? new URLSearchParams(recorded.body.toString()).get('payload')! : recorded.body.toString();
  const text = cut(Buffer.from(changed(JSON.parse(json), list)), bytes);
  const form = how === 'form';
  const encoded = [...text].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
  const proof = createHmac('sha256', how === 'other key' ? 'not-the-secret' : webhookSecret)
    .update(how === 'other body' ? `${json} ` : text)
    .digest('hex');
  const { 'x-forgejo-signature': _1, 'x-hub-signature-256': _2, 'x-gogs-signature': _3, ...kept } = recorded.headers;
  const all = {
    ...kept,
    'content-type': `application/${form ? 'x-www-form-urlencoded' : 'json'}`,
    ...(how === 'as recorded' ? {} : { 'x-gitea-signature': proof }),
  };
  return { headers: changedHeaders(all, headers), body: form ? Buffer.from(`payload=${encoded}`) : text, text };
}

function webhooks(): Target {
  const watched = watchedIo(noNetwork);
  const { deliver, taken } = taking<string>();
  const source = openFunction('gitea-source', { GITEA_WEBHOOK_SECRET: webhookSecret }, watched.io, { deliver });
  return target('webhook', 30, ['202', '400', '401', '422'], webhookInput, async (given) => {
    const { headers, body, text } = webhookRequest(given);
    const answer = await request(source, headers, body, false);
    judgeAnswer(answer, [202, 400, 401, 413, 422, 503]);
    watched.judgeLines();
    const events = taken();
    assert.equal(events.length, answer.status === 202 ? 1 : 0);
    if (!['signed', 'form'].includes(given.how)) assert.notEqual(answer.status, 202, 'an unsigned webhook was taken');
    for (const event of events) {
      judgeEvent(event);
      assert.match(event.type, /^dev\.knative\.source\.gitea\.[a-z0-9_]+$/);
      if (!event.truncated) assert.equal(event.data, text.toString(), 'what was verified is what goes on');
      assert.ok(Buffer.byteLength(event.data ?? '') <= Math.max(256_000, text.length));
      // Every attribute goes into a header and comes back.
      for (const value of Object.values(encodeAttributes(event)))
        if (typeof value === 'string' && value !== event.data) assert.match(value, /^[\x20-\x7e]*$/);
    }
    return String(answer.status);
  });
}

interface EventInput {
  list: Change[];
  bytes: Parameters<typeof cut>[1];
  headers: Parameters<typeof changedHeaders>[1];
  structured: boolean;
  key: 'good' | 'other' | 'none';
}

const eventInput = fc.record({
  list: changes(),
  bytes: fc.oneof({ weight: 5, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: cuts(2) }),
  headers: headerChanges([
    'ce-subject',
    'ce-signature',
    'ce-time',
    'ce-x',
    'content-type',
    'traceparent',
    'ce-knativeerrordata',
    'ce-knativeerrorcode',
    'ce-knativeerrordest',
  ]),
  structured: fc.boolean(),
  key: fc.constantFrom('good', 'good', 'good', 'other', 'none'),
}) as fc.Arbitrary<EventInput>;

/** The request for one event; its signature, when there is one, is over what is sent. */
function eventRequest({ type, data }: Sample, { list, bytes, headers, structured, key }: EventInput) {
  const text = cut(Buffer.from(changed(data, list)), bytes).toString();
  let event = new CloudEvent<unknown>({ ...attributes, type }, false);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // Sent as it is.
  }
  if (key !== 'none' && typeof parsed === 'object' && parsed !== null)
    event = sign(event.cloneWith({ data: parsed }, false), key === 'good' ? signingKey : 'another-key');
  const { data: _, ...all } = Object.fromEntries(Object.entries(event).filter(([, value]) => value !== undefined));
  if (structured) {
    const body = JSON.stringify(all).replace(/\}$/, `,"data":${text}}`);
    return {
      headers: changedHeaders({ 'content-type': 'application/cloudevents+json' }, headers),
      body: Buffer.from(body),
    };
  }
  const named = Object.entries(all).map(([name, value]) => [`ce-${name}`, encodeAttributeValue(String(value))]);
  return {
    headers: changedHeaders({ 'content-type': 'application/json', ...Object.fromEntries(named) }, headers),
    body: Buffer.from(text),
  };
}

type Sample = (typeof samples)[number];

/** What came of one event. */
interface Came {
  type: string;
  event: EventInput;
  headers: Record<string, string>;
  status: number;
  sent: CloudEvent<unknown>[];
}

/** A function that takes events. */
interface Door {
  of: 'parse' | 'registry-writer' | 'dead-letter' | 'commit-status';
  share: number;
  needs: readonly string[];
  allowed: readonly number[];
  samples: readonly Sample[];
  env: Record<string, string>;
  api?: Watched['io']['api'];
  doubles?: Doubles;
  /** Before each event. */
  begin?(): void;
  /** The end that it came to; by itself the status of the answer. */
  judge(came: Came): string | undefined;
}

function fuzzEvents(door: Door): Target {
  const { of, share, needs, allowed, api = noNetwork, doubles = {} } = door;
  const watched = watchedIo(api);
  const { deliver, taken } = taking<unknown>();
  const env = { ...door.env, EVENT_SIGNING_KEY: signingKey };
  const module = openFunction(of, env, watched.io, { ...doubles, deliver });
  const input = fc.record({ sample: fc.nat(door.samples.length - 1), event: eventInput });
  return target(of, share, needs, input, async ({ sample, event }) => {
    const given = door.samples[sample]!;
    const { headers, body } = eventRequest(given, event);
    door.begin?.();
    const answer = await request(module, headers, body, of !== 'dead-letter');
    judgeAnswer(answer, allowed);
    watched.judgeLines();
    const sent = taken();
    for (const one of sent) {
      judgeEvent(one);
      assert.equal(isSigned(one, signingKey), true);
    }
    const { status } = answer;
    return door.judge({ type: given.type, event, headers, status, sent }) ?? String(status);
  });
}

function parseEvents(): Target {
  const forge = objectForge();
  const before = forge.commit({ [prod('jukebox')]: config('1'), [prod('radio')]: config('5', 'radio') });
  const after = forge.commit({ [prod('jukebox')]: config('2'), [prod('radio')]: null });
  const repository = 'https://git.example.test/acme/fleet';
  const ping = 'dev.knative.sources.ping';
  const push = {
    ref: 'refs/heads/main',
    before,
    after,
    repository: { html_url: repository, full_name: 'acme/fleet' },
    pusher: { login: 'ada' },
    commits: [{ id: after, message: 'x', added: ['a'] }],
  };
  const models = [
    { model: 'jukebox', git: ['2'], registry: [] },
    { model: 'radio', git: [], registry: ['5'] },
  ];
  const drift = { environment: 'prod', repository, head: after, observedAt: '2026-11-02T09:30:00.000Z', models };
  const known: Sample[] = [
    { type: 'dev.knative.source.gitea.push', data: push },
    { type: ping, data: {} },
    { type: 'dev.mlops.registry.drifted.v1', data: drift },
  ];
  return fuzzEvents({
    of: 'parse',
    share: 14,
    needs: ['events', '202', '400', '401', '422'],
    allowed: [202, 400, 401, 422, 503],
    samples: [...known, ...samples],
    env: { GITEA_URL: 'https://git.example.test', GITEA_REPOSITORY: 'acme/fleet' },
    doubles: { forge },
    begin: () => void forge.calls.splice(0),
    judge({ type, event, headers, status, sent }) {
      const asked = event.structured ? type : headers['ce-type'];
      // Of what parse takes, a ping alone needs none.
      const needsKey = known.some((one) => one.type === asked && asked !== ping);
      if (needsKey && event.key !== 'good')
        assert.deepEqual([[400, 401].includes(status), sent], [true, []], `${status} without a signature`);
      // Whatever was asked, what is reported is the head's.
      for (const { data } of sent) assert.equal((data as { head: string }).head, after);
      return sent.length > 0 ? 'events' : undefined;
    },
  });
}

function writerEvents(): Target {
  const registry = standInForRegistry();
  const sampleOf = (name: string) => samples.find(({ type }) => type.endsWith(`${name}.v1`))!;
  const [promoted, withdrawn, observed] = [sampleOf('promoted'), sampleOf('withdrawn'), sampleOf('observed')];
  return fuzzEvents({
    of: 'registry-writer',
    share: 12,
    needs: ['200', '202', '400', '401', '422'],
    allowed: [200, 202, 400, 401, 422, 503],
    samples: [promoted, promoted, withdrawn, observed, ...samples],
    env: { MODEL_REGISTRY_URL: registry.url, MODEL_REGISTRY_TOKEN: registryToken },
    api: registry.api,
    begin: () => registry.reset(),
    judge({ type, event, headers, status }) {
      const ours = [promoted, withdrawn, observed].some((one) => one.type === type);
      if (ours && event.key !== 'good') {
        assert.ok([400, 401].includes(status) || headers['ce-type'] !== type, `${status} without a signature`);
        assert.equal(registry.calls(), 0);
      }
      registry.judgeUntouched();
      return undefined;
    },
  });
}

function deadLetters(): Target {
  return fuzzEvents({
    of: 'dead-letter',
    share: 6,
    needs: ['reported', '202', '400'],
    allowed: [202, 400, 503],
    samples,
    env: { K_SINK: 'http://127.0.0.1:1/' },
    judge({ event, sent }) {
      if (event.key !== 'good') assert.deepEqual(sent, []);
      return sent.length > 0 ? 'reported' : undefined;
    },
  });
}

function statusEvents(): Target {
  const url = 'https://gitea.example.com/mlops/mlops-gitops';
  let added: { commit: string; status: CommitStatus }[] = [];
  let asked = 0;
  return fuzzEvents({
    of: 'commit-status',
    share: 6,
    needs: ['added', '202', '400', '401', '422'],
    allowed: [202, 400, 401, 422, 503],
    samples: samples.filter(({ type }) => /promoted|withdrawn|updated|lost/.test(type)),
    env: { GITEA_URL: new URL(url).origin, GITEA_REPOSITORY: 'mlops/mlops-gitops', GITEA_STATUS_TOKEN: readToken },
    doubles: {
      statuses: {
        async repository() {
          asked++;
          return { url, defaultBranch: 'main' };
        },
        statuses: async (commit) => added.filter((one) => one.commit === commit).map(({ status }) => status),
        mergesOnto: () => async () => undefined,
        clockOffset: () => 0,
        async addStatus(commit, status) {
          added.push({ commit, status });
        },
      },
    },
    begin() {
      added = [];
      asked = 0;
    },
    judge({ type, event, headers, status }) {
      if (event.key !== 'good' && headers['ce-type'] === type) {
        assert.ok([400, 401].includes(status), `${status} without a signature`);
        assert.equal(asked, 0);
      }
      for (const { commit, status } of added) {
        assert.match(commit, /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, 'it goes into an address');
        assert.ok(['pending', 'success', 'warning', 'failure'].includes(status.state));
        holdsNothing(status.context + status.description);
      }
      return added.length > 0 ? 'added' : undefined;
    },
  });
}

export const requests = [webhooks, parseEvents, writerEvents, deadLetters, statusEvents];
