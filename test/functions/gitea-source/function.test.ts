import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { CloudEvent } from 'cloudevents';
import { limits } from '../../../config/limits.ts';
import { isSigned } from '../../../events/signature.ts';
import type { Answer } from '../../../functions/answer.ts';
import type { Context } from '../../../functions/function.ts';
import { createGiteaSource } from '../../../functions/gitea-source/function.ts';
import { serve } from '../../../host/server.ts';
import {
  type Recorded,
  recordedCase,
  recordedDeliveries,
  secrets,
  signedHeaders,
} from '../../forges/gitea/deliveries.ts';
import { closedPort } from '../../io/local-server.ts';
import { manualClock } from '../../io/manual-clock.ts';
import { recordingIo } from '../../io/recording-io.ts';
import { broker, settingsFor, type Taken } from './world.ts';

const contextOf = ({ headers, body }: { headers: Record<string, string>; body: Buffer | string }): Context => ({
  method: 'POST',
  query: {},
  headers,
  rawBody: body,
});

const push = (change: object = {}) =>
  JSON.stringify({
    ref: 'refs/heads/main',
    before: 'b'.repeat(40),
    after: 'a'.repeat(40),
    repository: { html_url: 'https://gitea.example.com/Ada/Ops', full_name: 'Ada/Ops' },
    pusher: { login: 'ada' },
    ...change,
  });
const webhook = (body: string, headers: Record<string, string> = {}) =>
  contextOf({ headers: signedHeaders(body, headers), body: Buffer.from(body) });

/** What a webhook's event has to say, worked out from the recording alone. */
function expected({ headers, body }: Recorded): { attributes: Record<string, string>; data: string } {
  const isForm = headers['content-type'] === 'application/x-www-form-urlencoded';
  const data = isForm ? new URLSearchParams(body.toString()).get('payload')! : body.toString();
  const payload = JSON.parse(data);
  const eventType = headers['x-gitea-event-type']!;
  const kind = payload.before && payload.before === payload.after ? 'ping' : eventType;
  const subject =
    eventType === 'push'
      ? payload.ref
      : /^(create|delete)$/.test(eventType)
        ? `refs/${payload.ref_type === 'tag' ? 'tags' : 'heads'}/${payload.ref.replace(/^refs\/(heads|tags)\//, '')}`
        : /^(pull_request|issue)/.test(eventType)
          ? String(payload.number ?? payload.issue.number)
          : eventType === 'release'
            ? payload.release.tag_name
            : eventType === 'status'
              ? payload.sha
              : eventType === 'wiki'
                ? payload.page
                : payload.repository.full_name;
  const { ref, before, after } = payload;
  return {
    data,
    attributes: {
      id: headers['x-gitea-delivery']!,
      type: `dev.knative.source.gitea.${kind}`,
      source: payload.repository.html_url,
      specversion: '1.0',
      subject,
      partitionkey: payload.repository.full_name,
      giteaevent: headers['x-gitea-event']!,
      ...(eventType === 'push' ? { ref, before, after } : {}),
    },
  };
}

function assertTaken({ attributes, headers, body }: Taken, recorded: Recorded): void {
  const want = expected(recorded);
  const { time, traceparent, ...rest } = attributes;
  assert.deepEqual(rest, want.attributes, recorded.name);
  assert.equal(body.toString(), want.data, recorded.name);
  assert.match(time!, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.match(traceparent!, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  assert.equal(headers.traceparent, traceparent);
  assert.equal(headers['content-type'], 'application/json');
}

/** As the next function has it. */
function receivedOf({ attributes, body }: Taken): CloudEvent<unknown> {
  return new CloudEvent<unknown>({ ...attributes, data: JSON.parse(body.toString()) }, false);
}

describe('gitea-source on the wire', () => {
  it('hands on every recorded webhook byte for byte, and refuses those without secret', async () => {
    const sink = await broker();
    const { io, lines } = recordingIo();
    const source = createGiteaSource(settingsFor({ K_SINK: sink.url }), io);
    const host = await serve(
      { handle: (context) => source.handle(context as Context), shutdown: source.shutdown },
      {
        port: 0,
        hostname: '127.0.0.1',
        bodyLimit: 25 * 1024 * 1024,
        requestTimeoutMs: 200_000,
        gracePeriodMs: 5_000,
        io,
        parseBody: false,
      },
    );
    const agent = new http.Agent({ keepAlive: true, maxSockets: 4 });
    const send = async ({ headers, body }: Recorded) => {
      const request = http.request({ port: host.port, host: '127.0.0.1', method: 'POST', path: '/', headers, agent });
      request.end(body);
      const [response] = (await once(request, 'response')) as [http.IncomingMessage];
      let text = '';
      for await (const chunk of response) text += chunk;
      return { status: response.statusCode, text };
    };
    try {
      let signed = 0;
      for (const recorded of recordedDeliveries()) {
        const { status, text } = await send(recorded);
        if (recorded.path === '/hook/nosecret') {
          assert.equal(status, 401, recorded.name);
          continue;
        }
        assert.deepEqual([status, text], [202, ''], recorded.name);
        signed++;
        assert.equal(sink.taken.length, signed, recorded.name);
        assertTaken(sink.taken.at(-1)!, recorded);
      }
      assert.ok(signed > 500);
      const outcomes = lines.filter(({ message }) => message === 'event').map(({ fields }) => fields.outcome);
      assert.equal(outcomes.filter((outcome) => outcome === 'done').length, signed);
      assert.equal(outcomes.filter((outcome) => outcome === 'rejected').length, 5);
      const page = io.metrics.text().split('\n');
      // Nobody's word makes a type: the alert EventsRejected would be as many series as strangers think of.
      assert.ok(page.includes('events_total{function="gitea-source",outcome="rejected",type="none"} 5'));
      const done = page.filter((line) =>
        /^events_total\{.*outcome="done",type="dev\.knative\.source\.gitea\./.test(line),
      );
      assert.equal(
        done.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0),
        signed,
      );
    } finally {
      agent.destroy();
      await host.close();
      await sink.close();
    }
  });
});

describe('gitea-source', () => {
  let sink: Awaited<ReturnType<typeof broker>>;
  let source: ReturnType<typeof createGiteaSource>;
  let lines: ReturnType<typeof recordingIo>['lines'];
  let text: () => string;

  async function start(env: Record<string, string> = {}, ...replies: Parameters<typeof broker>) {
    sink = await broker(...replies);
    const recording = recordingIo();
    lines = recording.lines;
    text = recording.io.metrics.text;
    source = createGiteaSource(settingsFor({ K_SINK: sink.url, ...env }), recording.io);
  }
  const answerTo = async (context: Context) => (await source.handle(context)) as Answer;
  afterEach(() => sink?.close());

  it('takes the same from a host that gives the body as text', async () => {
    await start();
    for (const recorded of recordedCase('gitea/deliveries/23-non-ascii')) {
      const answer = await answerTo(contextOf({ ...recorded, body: recorded.body.toString('utf8') }));
      assert.deepEqual(answer, { statusCode: 202, headers: {}, body: '' });
      assertTaken(sink.taken.at(-1)!, recorded);
    }
  });

  it('logs one line an event, with id, type, subject and trace', async () => {
    await start();
    await answerTo(webhook(push(), { traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01` }));
    const [{ level, message, fields }] = lines as [(typeof lines)[number]];
    const { ms, waited, ...rest } = fields;
    assert.deepEqual(
      [level, message, lines.length, typeof ms, typeof waited],
      ['info', 'event', 1, 'number', 'number'],
    );
    assert.deepEqual(rest, {
      function: 'gitea-source',
      id: 'd1',
      type: 'dev.knative.source.gitea.push',
      subject: 'refs/heads/main',
      trace: '1'.repeat(32),
      outcome: 'done',
      reason: undefined,
    });
    assert.match(sink.taken[0]!.attributes.traceparent!, /^00-1{32}-(?!2{16})[0-9a-f]{16}-01$/);
    assert.match(
      text(),
      /^events_total\{function="gitea-source",outcome="done",type="dev\.knative\.source\.gitea\.push"\} 1$/m,
    );
  });

  it('adds what K_CE_OVERRIDES says', async () => {
    await start({ K_CE_OVERRIDES: '{"extensions":{"team":"ünit 1"}}' });
    await answerTo(webhook(push()));
    assert.equal(sink.taken[0]!.attributes.team, 'ünit 1');
  });

  it('makes a test delivery a ping, whatever its ref', async () => {
    await start();
    const zeros = '0'.repeat(40);
    for (const [ref, id] of [
      ['main', 'a'.repeat(40)],
      ['refs/heads/main', zeros],
      ['c'.repeat(40), 'a'.repeat(64)],
    ] as const) {
      await answerTo(webhook(push({ ref, before: id, after: id, commits: null })));
      const { type, subject, giteaevent } = sink.taken.at(-1)!.attributes;
      assert.deepEqual([type, subject, giteaevent], ['dev.knative.source.gitea.ping', ref, 'push']);
    }
  });

  it('says on the wire that a great push was cut', async () => {
    await start();
    const commits = [{ id: 'a'.repeat(40), added: Array(30_000).fill('vendor/file'), modified: [] }];
    await answerTo(webhook(push({ commits })));
    const { attributes, body } = sink.taken[0]!;
    assert.equal(attributes.truncated, 'true');
    assert.deepEqual(JSON.parse(body.toString()), JSON.parse(push({ commits: [{ id: 'a'.repeat(40) }] })));
    assert.equal(lines[0]!.fields.truncated, true);
  });

  it('signs what it hands on, great pushes too, where there is a key, and nothing where there is none', async () => {
    const key = 'a key of some length';
    await start({ EVENT_SIGNING_KEY: key });
    const great = push({ commits: [{ id: 'a'.repeat(40), added: Array(30_000).fill('vendor/file') }] });
    for (const body of [push(), great, push({ ref: 'refs/heads/ä %20"', after: 'b'.repeat(40) })])
      await answerTo(webhook(body));
    const recorded = recordedDeliveries().filter(({ path }) => path !== '/hook/nosecret');
    for (const delivery of recorded) await answerTo(contextOf(delivery));
    assert.equal(sink.taken.length, 3 + recorded.length);
    for (const taken of sink.taken) {
      const received = receivedOf(taken);
      assert.equal(isSigned(received, key), true);
      assert.equal(isSigned(received, 'another key of that length'), false);
    }
    assert.equal(sink.taken[1]!.attributes.truncated, 'true');
  });

  it('takes a branch that comes or goes for a push', async () => {
    await start();
    await answerTo(webhook(push({ before: '0'.repeat(40) })));
    await answerTo(webhook(push({ after: '0'.repeat(40) })));
    for (const { attributes } of sink.taken) assert.equal(attributes.type, 'dev.knative.source.gitea.push');
  });

  it('takes repositories of the list only, compared without case', async () => {
    await start({ GITEA_REPOSITORIES: 'x/y,ADA/ops' });
    assert.equal((await answerTo(webhook(push()))).statusCode, 202);
    const other = push({ repository: { html_url: 'https://gitea.example.com/ada/ops2', full_name: 'ada/ops2' } });
    const none = JSON.stringify({ action: 'created', organization: { html_url: 'https://gitea.example.com/ada' } });
    for (const body of [other, none]) {
      const answer = await answerTo(webhook(body, { 'x-gitea-event-type': body === none ? 'package' : 'push' }));
      assert.equal(answer.statusCode, 422);
      assert.deepEqual(JSON.parse(answer.body), {
        error: 'unprocessable',
        message: 'Expected a webhook of a repository that GITEA_REPOSITORIES names.',
      });
      // An organisation's webhook sends of all its repositories: nothing that an alert or a look at warnings counts.
      assert.deepEqual([lines.at(-1)!.level, lines.at(-1)!.fields.outcome], ['info', 'ignored']);
    }
    assert.equal(sink.taken.length, 1);
  });

  for (const [use, handedOn] of [
    ['wake', () => true],
    ['merged', ({ action, merged }: { action: string; merged: boolean }) => action === 'closed' && merged],
    ['none', () => false],
  ] as const) {
    it(`hands on of pull requests what GITEA_PULL_REQUESTS=${use} says, and accepts all`, async () => {
      await start({ GITEA_PULL_REQUESTS: use });
      const expected: string[] = [];
      for (const delivery of recordedCase('gitea/deliveries/33-comments-reviews-labels')) {
        if (!delivery.headers['x-gitea-event-type']!.startsWith('pull_request')) continue;
        assert.equal((await answerTo(contextOf(delivery))).statusCode, 202);
        const { action, pull_request: request } = JSON.parse(delivery.body.toString());
        const type = delivery.headers['x-gitea-event-type']!;
        // Also of a merged request there are comments.
        const isMerge = type === 'pull_request' && request.merged === true;
        if (handedOn({ action, merged: isMerge })) expected.push(`dev.knative.source.gitea.${type}`);
        else assert.deepEqual([lines.at(-1)!.level, lines.at(-1)!.fields.outcome], ['info', 'ignored']);
      }
      assert.deepEqual(
        sink.taken.map(({ attributes }) => attributes.type),
        expected,
      );
      assert.equal(expected.length > 0, use !== 'none');
    });
  }

  it('takes new secrets while it runs', async () => {
    await start();
    let current = ['one'];
    const usual = settingsFor({ K_SINK: sink.url });
    const settings = { ...usual, giteaSource: { ...usual.giteaSource!, secrets: () => current } };
    const rotating = createGiteaSource(settings, recordingIo().io);
    const status = async (secret: string) => {
      const context = contextOf({ headers: signedHeaders(push(), {}, secret), body: push() });
      return ((await rotating.handle(context)) as Answer).statusCode;
    };
    assert.deepEqual([await status('one'), await status('two')], [202, 401]);
    current = ['one', 'two'];
    assert.deepEqual([await status('one'), await status('two')], [202, 202]);
    current = ['two'];
    assert.deepEqual([await status('one'), await status('two')], [401, 202]);
  });

  describe('refuses', () => {
    const body = push({ 'secret-word': 1 });
    const signed = webhook(body);
    const headers = (change: Record<string, string | undefined>) => ({
      ...signed,
      headers: { ...signed.headers, ...change },
    });
    const rows: [string, Context, number, string, RegExp][] = [
      [
        'GET, so that a redirect is noticed',
        { ...signed, method: 'GET' },
        405,
        'method_not_allowed',
        /^Expected POST\.$/,
      ],
      ['PUT', { ...signed, method: 'PUT' }, 405, 'method_not_allowed', /^Expected POST\.$/],
      ['a query string', { ...signed, query: { rawBody: 'x' } }, 400, 'unreadable', /without a query string/],
      ['a query that replaced itself', { ...signed, query: 'x' }, 400, 'unreadable', /without a query string/],
      ['no signature', headers({ 'x-gitea-signature': undefined }), 401, 'unauthorized', /^Expected a signed webhook/],
      ['an empty signature', headers({ 'x-gitea-signature': '' }), 401, 'unauthorized', /signed with the secret/],
      [
        'a bad signature',
        headers({ 'x-gitea-signature': 'a'.repeat(64) }),
        401,
        'unauthorized',
        /signed with the secret/,
      ],
      ['another body', { ...signed, rawBody: Buffer.from(`${body} `) }, 401, 'unauthorized', /signed with the secret/],
      ['no body', { ...headers({ 'content-length': '0' }), rawBody: undefined }, 401, 'unauthorized', /signed with/],
      ['what is no JSON', webhook('secret-word'), 400, 'unreadable', /to be JSON/],
      ['no delivery id', headers({ 'x-gitea-delivery': undefined }), 400, 'unreadable', /delivery id/],
      ['no event', headers({ 'x-gitea-event': '', 'x-gitea-event-type': '' }), 400, 'unreadable', /the event in/],
      ['too much', { ...signed, rawBody: Buffer.alloc(25 * 1024 * 1024 + 1) }, 413, 'too_large', /at most 25 MiB/],
      ['a push without ids', webhook(push({ before: 'secret-word' })), 422, 'unprocessable', /before: expected a full/],
      [
        'what comes from nowhere',
        webhook('{"action":"secret-word"}', { 'x-gitea-event-type': 'package' }),
        422,
        'unprocessable',
        /^Expected repository\.html_url in the webhook\.$/,
      ],
    ];
    for (const [name, context, status, error, message] of rows) {
      it(`${name}: ${status}`, async () => {
        await start();
        const answer = await answerTo(context);
        assert.equal(answer.statusCode, status);
        const told = JSON.parse(answer.body) as { error: string; message: string };
        assert.deepEqual(Object.keys(told), ['error', 'message']);
        assert.equal(told.error, error);
        assert.match(told.message, message);
        assert.ok(Buffer.byteLength(answer.body) < 500);
        assert.equal(sink.taken.length, 0);
        assert.equal(lines.length, 1);
        assert.deepEqual([lines[0]!.level, lines[0]!.fields.outcome], ['warn', 'rejected']);
        assert.equal(lines[0]!.fields.reason, told.message);
        const said = answer.body + JSON.stringify(lines);
        for (const secret of ['secret-word', ...secrets]) assert.equal(said.includes(secret), false);
      });
    }

    it('to work on a host that gives no raw body: 500, and the log says what to do', async () => {
      await start();
      for (const rawBody of [undefined, { body } as unknown as Buffer]) {
        const answer = await answerTo({ ...signed, rawBody });
        assert.equal(answer.statusCode, 500);
        assert.equal(answer.body.includes('RAW'), false);
        assert.match(String(lines.at(-1)!.fields.reason), /FUNC_INCLUDE_RAW/);
        assert.equal(lines.at(-1)!.level, 'error');
      }
    });
  });

  it('never lets an error of ours out', async () => {
    await start();
    const settings = settingsFor({ K_SINK: sink.url });
    const broken = createGiteaSource(settings, recordingIo().io, async () => {
      throw new RangeError('secret-word');
    });
    const answer = (await broken.handle(webhook(push()))) as Answer;
    assert.equal(answer.statusCode, 500);
    assert.equal(answer.body.includes('secret-word'), false);
  });

  it('is the reply where there is no sink: one event, attributes ready for headers', async () => {
    await start();
    const alone = createGiteaSource(settingsFor(), recordingIo().io);
    const body = push({ ref: 'refs/heads/é' });
    const event = await alone.handle(webhook(body));
    assert.ok(event instanceof CloudEvent);
    assert.equal(event.subject, 'refs/heads/%C3%A9');
    assert.equal(event.data, body);
    await alone.shutdown();
  });

  it('hands on within the process where another function is there', async () => {
    await start();
    const taken: CloudEvent<string>[] = [];
    const chained = createGiteaSource(settingsFor(), recordingIo().io, async (event) => {
      taken.push(event);
      return { status: taken.length === 1 ? 202 : 422 };
    });
    assert.deepEqual(await chained.handle(webhook(push({ ref: 'refs/heads/é' }))), {
      statusCode: 202,
      headers: {},
      body: '',
    });
    assert.equal(taken[0]!.subject, 'refs/heads/é');
    assert.match(((await chained.handle(webhook(push()))) as Answer).body, /the receiver in this process/);
  });
});

describe('gitea-source and its broker', () => {
  function world(sinkUrl: string, env: Record<string, string> = {}) {
    const time = manualClock();
    const { io, lines } = recordingIo();
    const source = createGiteaSource(settingsFor({ K_SINK: sinkUrl, ...env }), { ...io, clock: time.clock });
    return { source, time, lines };
  }
  const isPause = (ms: number) => ms !== limits.webhookAnswer;

  it('answers Gitea at once when the broker refuses, with status and host', async () => {
    const sink = await broker(400, 413);
    const { source, lines } = world(`${sink.url}/ns/default`);
    for (const status of [400, 413]) {
      const answer = (await source.handle(webhook(push()))) as Answer;
      assert.equal(answer.statusCode, 502);
      assert.deepEqual(JSON.parse(answer.body), {
        error: 'broker_refused',
        message: `Expected the broker at 127.0.0.1:${sink.port} to take the event; it answered ${status}.`,
      });
      assert.deepEqual([lines.at(-1)!.level, lines.at(-1)!.fields.outcome], ['error', 'refused']);
    }
    assert.equal(sink.taken.length, 2);
    await sink.close();
  });

  it('waits for a broker that comes back', async () => {
    const sink = await broker(503, (response) => response.destroy());
    const { source, time } = world(sink.url);
    const answer = source.handle(webhook(push()));
    for (let i = 0; i < 2; i++) {
      await time.asleep(isPause);
      time.turn(1_000);
    }
    assert.equal(((await answer) as Answer).statusCode, 202);
    assert.equal(sink.taken.length, 3);
    assert.deepEqual(new Set(sink.taken.map(({ attributes }) => attributes.id)), new Set(['d1']));
    assert.deepEqual(sink.taken[0]!.body, sink.taken[2]!.body);
    await sink.close();
  });

  it('answers Gitea after 4 s when nobody is there, and goes on', async () => {
    const { source, time, lines } = world(await closedPort());
    const answer = source.handle(webhook(push()));
    for (let i = 0; i < 5; i++) {
      await time.asleep(isPause);
      time.turn(1_000);
    }
    assert.deepEqual(await answer, { statusCode: 202, headers: {}, body: '' });
    const { outcome, reason } = lines.at(-1)!.fields;
    assert.equal(outcome, 'pending');
    assert.match(
      String(reason),
      /^the broker at 127\.0\.0\.1:\d+ has not taken it yet: POST 127\.0\.0\.1:\d+: connection refused$/,
    );
    await time.asleep(isPause);
    const ended = source.shutdown(0);
    time.turn(0);
    await ended;
    assert.match(String(lines.at(-1)!.fields.reason), /refused/);
    assert.deepEqual(
      [lines.at(-1)!.message, lines.at(-1)!.fields.id],
      ['event given up at the end of the process', 'd1'],
    );
  });

  it('does not hang up on a broker that takes long, and knows when it took the event', async () => {
    let answerLate = () => {};
    const sink = await broker((response) => {
      answerLate = () => response.writeHead(202).end();
    });
    const { source, time, lines } = world(sink.url);
    const answer = source.handle(webhook(push()));
    await sink.arrived(1);
    time.turn(limits.webhookAnswer);
    assert.equal(((await answer) as Answer).statusCode, 202);
    const ended = source.shutdown(30_000);
    answerLate();
    await ended;
    assert.equal(sink.taken.length, 1);
    assert.deepEqual(
      lines.map(({ message }) => message),
      ['event', 'handed on after the answer'],
    );
    await sink.close();
  });

  it('answers 503 when too much is pending', async () => {
    const { io } = recordingIo();
    const time = manualClock();
    const never = () => new Promise<{ status: number }>(() => {});
    const source = createGiteaSource(settingsFor(), { ...io, clock: time.clock }, never);
    const pending = Array.from({ length: 1_000 }, () => source.handle(webhook(push())));
    // Each has got as far as its wait for the answer.
    while (time.slept.length < 1_000) await new Promise<void>((resolve) => setImmediate(resolve));
    const answer = (await source.handle(webhook(push()))) as Answer;
    assert.equal(answer.statusCode, 503);
    assert.equal(JSON.parse(answer.body).message, 'The broker is behind: 1000 events are waiting for it.');
    time.turn(limits.webhookAnswer);
    for (const one of await Promise.all(pending)) assert.equal((one as Answer).statusCode, 202);
  });
});
