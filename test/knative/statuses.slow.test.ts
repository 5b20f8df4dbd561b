// Every status of our functions, really produced by them, behind Knative's own broker and ours: which are repeated, which are
// not, and what becomes of the event.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { CloudEvent } from 'cloudevents';
import { sign } from '../../events/signature.ts';
import { eventHandler } from '../../functions/function.ts';
import type { FunctionModule } from '../../host/function-module.ts';
import { serve } from '../../host/server.ts';
import { createHttp } from '../../io/http.ts';
import { sendEvent } from '../../io/sink.ts';
import type { Trigger } from '../../stand-ins/broker/index.ts';
import { recordingIo } from '../io/recording-io.ts';
import { accepted, type Seen, type Subscriber, subscriber } from '../stand-ins/broker/subscriber.ts';
import { type World, worlds } from './broker-worlds.ts';
import { type JourneySystem, startJourney, until } from './journey-system.ts';

const promoted = 'dev.mlops.model.promoted.v1';
const drifted = 'dev.mlops.registry.drifted.v1';
const ping = 'dev.knative.sources.ping';
const lost = 'dev.mlops.delivery.lost.v1';
const key = 'a-key-for-this-test';

const sample = (type: string) =>
  JSON.parse(readFileSync(new URL(`../../events/samples/${type}.json`, import.meta.url), 'utf8')) as object;

interface Row {
  name: string;
  type: string;
  data: unknown;
  /** Signs it, as parse would. */
  signed?: true;
  /** What is out of order meanwhile. */
  broken?: 'gitea' | 'registry';
  function: 'parse' | 'registry-writer';
  /** Calls of the function. */
  attempts: number;
  reason: RegExp;
  remedy: RegExp;
}

const rows: Row[] = [
  {
    name: '400: data that is no JSON object',
    type: promoted,
    data: '[1, 2',
    function: 'registry-writer',
    attempts: 1,
    reason: /answered 400 \(unreadable\): Expected .*JSON/,
    remedy: /never be taken/,
  },
  {
    name: '401: no signature',
    type: promoted,
    data: sample(promoted),
    function: 'registry-writer',
    attempts: 1,
    reason: /answered 401 \(unauthorized\): Expected a good signature/,
    remedy: /EVENT_SIGNING_KEY/,
  },
  {
    name: '413: above the limit of events',
    type: promoted,
    data: { filler: 'x'.repeat(1024 * 1024) },
    function: 'registry-writer',
    attempts: 1,
    reason: /answered 413 \(too_large\)/,
    remedy: /too large/,
  },
  {
    name: '422: data that makes no sense',
    type: drifted,
    signed: true,
    data: { environment: 'prod' },
    function: 'parse',
    attempts: 1,
    reason: /answered 422 \(unprocessable\): The data of .* makes no sense/,
    remedy: /Correct what the log of dead-letter names/,
  },
  {
    name: '503: Git cannot be reached',
    type: ping,
    data: {},
    broken: 'gitea',
    function: 'parse',
    attempts: 6,
    reason: /answered 503 \(unavailable\): GET \/repos/,
    remedy: /nothing to do/,
  },
  {
    name: '503: the registry cannot be reached',
    type: promoted,
    data: sample(promoted),
    signed: true,
    broken: 'registry',
    function: 'registry-writer',
    attempts: 7,
    reason: /answered 503 \(unavailable\): model registry/,
    remedy: /nothing to do/,
  },
];

const http = createHttp();

function post(url: string, type: string, data: unknown, signed = false): Promise<{ status: number }> {
  const source = 'https://gitea.example.com/mlops/mlops-gitops';
  const event = new CloudEvent<unknown>(
    { id: randomUUID(), type, source, subject: 'prod/lamp', datacontenttype: 'application/json', data },
    false,
  );
  return sendEvent(http, url, signed ? sign(event, key) : event, { timeoutMs: 200_000 });
}

for (const world of worlds) {
  describe(`statuses of our functions behind ${world.name}`, () => {
    let journey: JourneySystem;

    before(async function () {
      world.need(this);
      journey = await startJourney(world, { async: false, settings: { EVENT_SIGNING_KEY: key } });
    });
    after(() => journey?.close());

    for (const { name, type, data, signed, broken, function: target, attempts, reason, remedy } of rows) {
      it(`${name}: ${attempts === 1 ? 'not repeated' : `tried ${attempts} times`}, then reported as lost`, async () => {
        const { gitea, registry, settings } = journey.system;
        const [events, lines] = [journey.events.length, journey.lines.length];
        if (broken === 'gitea') await gitea.standIn!.setDown('refuse');
        if (broken === 'registry') registry.kubeflow!.database.set('stopped');
        // The dead letter was taken: for the producer all is well.
        assert.equal((await post(settings.K_SINK!, type, data, signed)).status, 202);
        if (broken === 'gitea') await gitea.standIn!.setDown(false);
        if (broken === 'registry') registry.kubeflow!.database.set('up');

        const { host } = new URL(journey.system.functions.find((one) => one.name === target)!.url);
        // commit-status takes promotions too, and refuses some of them for reasons of its own.
        const told = () =>
          journey.lines
            .slice(lines)
            .filter((line) => line.message === 'event lost' && String(line.reason).startsWith(host));
        const reports = () => journey.events.slice(events).filter((event) => event.type === lost);
        // What nobody of ours signed is for the operator alone.
        await until(() => told().length > 0 && reports().length >= Number(signed ?? 0));
        assert.match(String(told()[0]!.reason), reason);
        assert.match(String(told()[0]!.remedy), remedy);
        assert.deepEqual(
          reports().map(({ data }) => data.remedy),
          signed ? [told()[0]!.remedy] : [],
        );
        const calls = journey.lines
          .slice(lines)
          .filter((line) => line.function === target && ['event', 'request refused'].includes(line.message));
        assert.equal(calls.length, attempts);
        assert.equal(told().length, 1);
      });
    }

    it('202: an event that is none of its business is done with', async () => {
      const before = journey.events.length;
      assert.equal((await post(journey.system.settings.K_SINK!, 'com.example.other', {})).status, 202);
      assert.equal(journey.events.length, before + 1);
    });
  });

  describe(`a fault of ours behind ${world.name}`, () => {
    const opened: { close(): Promise<unknown> }[] = [];
    let broker: World;
    let sink: Subscriber;
    let calls = 0;

    before(async function () {
      world.need(this);
      const { io } = recordingIo();
      const faulty = {
        name: 'parse',
        takes: [ping],
        on: () => {
          calls++;
          throw new Error('a secret');
        },
      };
      const options = { port: 0, bodyLimit: 1024, requestTimeoutMs: 200_000, gracePeriodMs: 1_000, io };
      const host = await serve(eventHandler(faulty, io) as FunctionModule, options);
      opened.push(host);
      sink = await subscriber(() => accepted);
      opened.push(sink);
      const trigger: Trigger = {
        name: 'faulty',
        subscriber: `http://127.0.0.1:${host.port}`,
        retry: 3,
        backoffPolicy: 'exponential',
        backoffDelayMs: 10,
        timeoutMs: 200_000,
        deadLetterSink: sink.url,
      };
      broker = await world.open([trigger]);
      opened.push(broker);
    });
    after(async () => {
      for (const one of opened.splice(0).reverse()) await one.close();
    });

    it('500 is repeated, and neither sender nor dead letter learn what it was', async () => {
      assert.equal((await post(broker.url, ping, {})).status, 202);
      assert.equal(calls, 4);
      const [{ headers }] = sink.seen as [Seen];
      assert.equal(headers['ce-knativeerrorcode'], '500');
      const text = Buffer.from(String(headers['ce-knativeerrordata']), 'base64').toString();
      assert.match(text, /^\{"error":"internal","message":"Internal error/);
      assert.doesNotMatch(text, /secret/);
    });
  });
}
