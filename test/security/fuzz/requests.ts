// Fuzzed requests: webhooks and CloudEvents, made from recorded ones, against the functions that take them.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { CloudEvent } from 'cloudevents';
import fc from 'fast-check';
import { TryAgainError } from '../../../events/errors.ts';
import { isSigned, sign } from '../../../events/signature.ts';
import { encodeAttributes, encodeAttributeValue } from '../../../events/wire.ts';
import type { CommitStatus } from '../../../forges/forge.ts';
import { createCommitStatus } from '../../../functions/commit-status/function.ts';
import { createDeadLetter } from '../../../functions/dead-letter/function.ts';
import { eventHandler } from '../../../functions/function.ts';
import { createGiteaSource } from '../../../functions/gitea-source/function.ts';
import { createParse } from '../../../functions/parse/function.ts';
import { createRegistryWriter } from '../../../functions/registry-writer/function.ts';
import { readSettings } from '../../../functions/settings.ts';
import type { FunctionModule } from '../../../host/function-module.ts';
import { openRegistry } from '../../../registries/index.ts';
import { recordedDeliveries } from '../../forges/gitea/deliveries.ts';
import { objectForge } from '../../functions/parse/object-forge.ts';
import { config, prod } from '../../functions/parse/world.ts';
import { type Change, changed, changedHeaders, changes, cut, cuts, headerChanges } from './hostile.ts';
import {
  holdsNothing,
  judgeAnswer,
  judgeEvent,
  readToken,
  registryToken,
  request,
  signingKey,
  watchedIo,
  webhookSecret,
} from './judge.ts';
import { standInForRegistry } from './registry-stand-in.ts';
import { target } from './target.ts';

const noNetwork = async () => {
  throw new TryAgainError('no network');
};
const noFile = () => '';

/** One recorded delivery per event type and content type of each server is enough; larger ones only cost time. */
const deliveries = (() => {
  const kinds = new Map<string, ReturnType<typeof recordedDeliveries>[number]>();
  for (const one of recordedDeliveries()) {
    const { headers, body, name } = one;
    if (body.length > 20_000) continue;
    kinds.set(
      [name.split('/')[0], headers['x-gitea-event-type'] ?? headers['x-gitea-event'], headers['content-type']].join(),
      one,
    );
  }
  return [...kinds.values()];
})();

function webhooks() {
  const watched = watchedIo(noNetwork);
  const sent: CloudEvent<string>[] = [];
  const settings = readSettings({ GITEA_WEBHOOK_SECRET: webhookSecret }, 'gitea-source', noFile);
  const source = createGiteaSource(settings, watched.io, async (event) => {
    sent.push(event);
    return { status: 202 };
  });
  const input = fc.record({
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
  return target('webhook', 30, ['202', '400', '401', '422'], input, async ({ sample, list, bytes, headers, how }) => {
    const recorded = deliveries[sample]!;
    const wasForm = recorded.headers['content-type']?.includes('form');
    const json = wasForm ? new URLSearchParams(recorded.body.toString()).get('payload')! : recorded.body.toString();
    const text = cut(Buffer.from(changed(JSON.parse(json), list)), bytes);
    const form = how === 'form';
    const encoded = [...text].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
    const body = form ? Buffer.from(`payload=${encoded}`) : text;
    const key = how === 'other key' ? 'not-the-secret' : webhookSecret;
    const proof = createHmac('sha256', key)
      .update(how === 'other body' ? `${json} ` : text)
      .digest('hex');
    const { 'x-forgejo-signature': _1, 'x-hub-signature-256': _2, 'x-gogs-signature': _3, ...kept } = recorded.headers;
    const all = changedHeaders(
      {
        ...kept,
        'content-type': `application/${form ? 'x-www-form-urlencoded' : 'json'}`,
        ...(how === 'as recorded' ? {} : { 'x-gitea-signature': proof }),
      },
      headers,
    );
    const answer = await request(source as FunctionModule, all, body, false);
    judgeAnswer(answer, [202, 400, 401, 413, 422, 503]);
    watched.judgeLines();
    const events = sent.splice(0);
    assert.equal(events.length, answer.status === 202 ? 1 : 0);
    if (!['signed', 'form'].includes(how)) assert.notEqual(answer.status, 202, 'an unsigned webhook was taken');
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

const samples = readdirSync(new URL('../../../events/samples/', import.meta.url))
  .filter((name) => /^dev\./.test(name))
  .map((name) => ({
    type: name.replace(/\.json$/, ''),
    data: JSON.parse(readFileSync(new URL(`../../../events/samples/${name}`, import.meta.url), 'utf8')) as unknown,
  }));

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
function eventRequest(type: string, data: unknown, { list, bytes, headers, structured, key }: EventInput) {
  const text = cut(Buffer.from(changed(data, list)), bytes).toString();
  let event = new CloudEvent<unknown>(
    {
      id: 'fuzz-1',
      type,
      source: 'https://git.example.test/acme/fleet',
      subject: 'prod/jukebox',
      time: '2026-11-02T09:30:00Z',
    },
    false,
  );
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // Sent as it is.
  }
  if (key !== 'none' && typeof parsed === 'object' && parsed !== null)
    event = sign(event.cloneWith({ data: parsed }, false), key === 'good' ? signingKey : 'another-key');
  const { data: _, ...attributes } = Object.fromEntries(
    Object.entries(event).filter(([, value]) => value !== undefined),
  );
  if (structured) {
    const body = JSON.stringify(attributes).replace(/\}$/, `,"data":${text}}`);
    return {
      headers: changedHeaders({ 'content-type': 'application/cloudevents+json' }, headers),
      body: Buffer.from(body),
    };
  }
  const named = Object.entries(attributes).map(([name, value]) => [`ce-${name}`, encodeAttributeValue(String(value))]);
  return {
    headers: changedHeaders({ 'content-type': 'application/json', ...Object.fromEntries(named) }, headers),
    body: Buffer.from(text),
  };
}

function parseEvents() {
  const watched = watchedIo(noNetwork);
  const forge = objectForge();
  const before = forge.commit({ [prod('jukebox')]: config('1'), [prod('radio')]: config('5', 'radio') });
  const after = forge.commit({ [prod('jukebox')]: config('2'), [prod('radio')]: null });
  const settings = readSettings(
    { GITEA_URL: 'https://git.example.test', GITEA_REPOSITORY: 'acme/fleet', EVENT_SIGNING_KEY: signingKey },
    'parse',
    noFile,
  );
  const sent: CloudEvent<unknown>[] = [];
  const parse = eventHandler(
    createParse(settings, watched.io, forge, async (event) => {
      sent.push(event);
      return { status: 202 };
    }),
    watched.io,
  );
  const repository = 'https://git.example.test/acme/fleet';
  const known: { type: string; data: unknown }[] = [
    {
      type: 'dev.knative.source.gitea.push',
      data: {
        ref: 'refs/heads/main',
        before,
        after,
        repository: { html_url: repository, full_name: 'acme/fleet' },
        pusher: { login: 'ada' },
        commits: [{ id: after, message: 'x', added: ['a'] }],
      },
    },
    { type: 'dev.knative.sources.ping', data: {} },
    {
      type: 'dev.mlops.registry.drifted.v1',
      data: {
        environment: 'prod',
        repository,
        head: after,
        observedAt: '2026-11-02T09:30:00.000Z',
        models: [
          { model: 'jukebox', git: ['2'], registry: [] },
          { model: 'radio', git: [], registry: ['5'] },
        ],
      },
    },
  ];
  const input = fc.record({ sample: fc.nat(known.length + samples.length - 1), event: eventInput });
  return target('parse', 14, ['events', '202', '400', '401', '422'], input, async ({ sample, event }) => {
    const { type, data } = [...known, ...samples][sample]!;
    const { headers, body } = eventRequest(type, data, event);
    const answer = await request(parse as FunctionModule, headers, body);
    judgeAnswer(answer, [202, 400, 401, 422, 503]);
    watched.judgeLines();
    const events = sent.splice(0);
    const asked = event.structured ? type : headers['ce-type'];
    // Of what parse takes, a ping alone needs none.
    const needsKey = known.some((one) => one.type === asked && asked !== 'dev.knative.sources.ping');
    if (needsKey && event.key !== 'good')
      assert.deepEqual(
        [[400, 401].includes(answer.status), events],
        [true, []],
        `${answer.status} without a signature`,
      );
    for (const one of events) {
      judgeEvent(one);
      // Whatever was asked, what is said is the head's, and signed.
      assert.equal(isSigned(one, signingKey), true);
      assert.equal((one.data as { head: string }).head, after);
    }
    forge.calls.length = 0;
    return events.length > 0 ? 'events' : String(answer.status);
  });
}

function writerEvents() {
  const registry = standInForRegistry();
  const watched = watchedIo(registry.api);
  const settings = readSettings(
    { MODEL_REGISTRY_URL: registry.url, MODEL_REGISTRY_TOKEN: registryToken, EVENT_SIGNING_KEY: signingKey },
    'registry-writer',
    noFile,
  );
  const writer = eventHandler(
    createRegistryWriter(settings, watched.io, openRegistry(settings.registryWriter, watched.io)),
    watched.io,
  );
  const promoted = samples.find(({ type }) => type.endsWith('promoted.v1'))!;
  const withdrawn = samples.find(({ type }) => type.endsWith('withdrawn.v1'))!;
  const observed = samples.find(({ type }) => type.endsWith('observed.v1'))!;
  const all = [promoted, promoted, withdrawn, observed, ...samples];
  const input = fc.record({ sample: fc.nat(all.length - 1), event: eventInput });
  return target('registry-writer', 12, ['200', '202', '400', '401', '422'], input, async ({ sample, event }) => {
    const { type, data } = all[sample]!;
    const { headers, body } = eventRequest(type, data, event);
    registry.reset();
    const answer = await request(writer as FunctionModule, headers, body);
    judgeAnswer(answer, [200, 202, 400, 401, 422, 503]);
    watched.judgeLines();
    const ours = [promoted, withdrawn, observed].some((one) => one.type === type);
    if (ours && event.key !== 'good') {
      assert.ok(
        [400, 401].includes(answer.status) || headers['ce-type'] !== type,
        `${answer.status} without a signature`,
      );
      assert.equal(registry.calls(), 0);
    }
    registry.judgeUntouched();
    return String(answer.status);
  });
}

function deadLetters() {
  const watched = watchedIo(noNetwork);
  const settings = readSettings(
    { K_SINK: 'http://127.0.0.1:1/', EVENT_SIGNING_KEY: signingKey },
    'dead-letter',
    noFile,
  );
  const sent: CloudEvent<unknown>[] = [];
  const fn = createDeadLetter(settings, watched.io, async (event) => {
    sent.push(event);
    return { status: 202 };
  });
  const handler = eventHandler(fn, watched.io);
  const input = fc.record({ sample: fc.nat(samples.length - 1), event: eventInput });
  return target('dead-letter', 6, ['reported', '202', '400'], input, async ({ sample, event }) => {
    const { type, data } = samples[sample]!;
    const { headers, body } = eventRequest(type, data, event);
    const answer = await request(handler as FunctionModule, headers, body, false);
    judgeAnswer(answer, [202, 400, 503]);
    watched.judgeLines();
    const reports = sent.splice(0);
    for (const one of reports) {
      judgeEvent(one);
      assert.equal(isSigned(one, signingKey), true);
    }
    if (event.key !== 'good') assert.deepEqual(reports, []);
    return reports.length > 0 ? 'reported' : String(answer.status);
  });
}

function statusEvents() {
  const watched = watchedIo(noNetwork);
  const settings = readSettings(
    {
      GITEA_URL: 'https://gitea.example.com',
      GITEA_REPOSITORY: 'mlops/mlops-gitops',
      GITEA_STATUS_TOKEN: readToken,
      EVENT_SIGNING_KEY: signingKey,
    },
    'commit-status',
    noFile,
  );
  let added: { commit: string; status: CommitStatus }[] = [];
  let asked = 0;
  const fn = createCommitStatus(settings, watched.io, {
    async repository() {
      asked++;
      return { url: 'https://gitea.example.com/mlops/mlops-gitops', defaultBranch: 'main' };
    },
    statuses: async (commit) => added.filter((one) => one.commit === commit).map(({ status }) => status),
    mergesOnto: () => async () => undefined,
    clockOffset: () => 0,
    async addStatus(commit, status) {
      added.push({ commit, status });
    },
  });
  const handler = eventHandler(fn, watched.io);
  const told = samples.filter(({ type }) => /promoted|withdrawn|updated|lost/.test(type));
  const input = fc.record({ sample: fc.nat(told.length - 1), event: eventInput });
  return target('commit-status', 6, ['added', '202', '400', '401', '422'], input, async ({ sample, event }) => {
    const { type, data } = told[sample]!;
    const { headers, body } = eventRequest(type, data, event);
    added = [];
    asked = 0;
    const answer = await request(handler as FunctionModule, headers, body);
    judgeAnswer(answer, [202, 400, 401, 422, 503]);
    watched.judgeLines();
    if (event.key !== 'good' && headers['ce-type'] === type) {
      assert.ok([400, 401].includes(answer.status), `${answer.status} without a signature`);
      assert.equal(asked, 0);
    }
    for (const { commit, status } of added) {
      assert.match(commit, /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, 'it goes into an address');
      assert.ok(['pending', 'success', 'warning', 'failure'].includes(status.state));
      holdsNothing(status.context + status.description);
    }
    return added.length > 0 ? 'added' : String(answer.status);
  });
}

export const requests = [webhooks, parseEvents, writerEvents, deadLetters, statusEvents];
