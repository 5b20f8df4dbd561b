// The function behind its door, with a real sink.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { CloudEvent } from 'cloudevents';
import { isSigned, sign } from '../../../events/signature.ts';
import type { Answer } from '../../../functions/answer.ts';
import { createDeadLetter } from '../../../functions/dead-letter/function.ts';
import { eventHandler } from '../../../functions/function.ts';
import { readSettings } from '../../../functions/settings.ts';
import { refusal } from '../../../host/refusal.ts';
import { closedPort } from '../../io/local-server.ts';
import { manualClock } from '../../io/manual-clock.ts';
import { recordingIo } from '../../io/recording-io.ts';
import { broker } from '../gitea-source/world.ts';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

function letter(type = 'dev.mlops.model.promoted.v1', more: Record<string, unknown> = {}): CloudEvent<unknown> {
  const said = { knativeerrordest: 'http://writer/', knativeerrorcode: '503' };
  return new CloudEvent<unknown>(
    { id: 'e1', type, source: 'https://gitea.example.com/mlops/gitops', subject: 'prod/caf%C3%A9', ...said, ...more },
    false,
  );
}

function functionFor(sink: string | undefined, clock?: ReturnType<typeof manualClock>['clock'], more = {}) {
  const { io, lines } = recordingIo();
  const env = { ...(sink === undefined ? {} : { K_SINK: sink }), ...more };
  const settings = readSettings(env, 'dead-letter', () => assert.fail('a file'));
  const given = clock === undefined ? io : { ...io, clock };
  const handler = eventHandler(createDeadLetter(settings, given), given);
  const handle = async (event: CloudEvent<unknown>) =>
    (await handler.handle({ method: 'POST', headers: { 'ce-id': event.id, traceparent } }, event)) as Answer;
  return { handle, shutdown: handler.shutdown!, lines, metrics: () => io.metrics.text() };
}
const saidLost = ({ message }: { message: string }) => message === 'event lost';

describe('dead-letter', () => {
  const opened: { close(): Promise<unknown> }[] = [];
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close();
  });
  const open = async (...replies: Parameters<typeof broker>) => {
    const sink = await broker(...replies);
    opened.push(sink);
    return sink;
  };

  it('logs, counts and reports a lost event, in its trace', async () => {
    const sink = await open();
    const { handle, lines, metrics } = functionFor(sink.url);
    assert.deepEqual(await handle(letter()), { statusCode: 202, headers: {}, body: '' });

    const [line] = lines.filter(saidLost);
    assert.deepEqual([line!.level, line!.fields.id, line!.fields.subject], ['error', 'e1', 'prod/café']);
    assert.match(String(line!.fields.reason), /writer answered 503/);
    assert.match(metrics(), /^events_lost_total\{type="dev\.mlops\.model\.promoted\.v1"\} 1$/m);
    const [report] = sink.taken;
    assert.equal(report!.attributes.type, 'dev.mlops.delivery.lost.v1');
    assert.equal(report!.attributes.subject, 'prod/café');
    assert.equal(String(report!.headers.traceparent).slice(0, 35), traceparent.slice(0, 35));
    assert.equal(line!.fields.trace, traceparent.slice(3, 35));
    const { event } = JSON.parse(report!.body.toString()) as { event: { subject: string } };
    assert.equal(event.subject, 'prod/café');
  });

  it('takes any type, and data that is no JSON', async () => {
    const sink = await open();
    const { handle, metrics } = functionFor(sink.url);
    assert.equal((await handle(letter('com.example.other', { data: Buffer.from('{"cut') }))).statusCode, 202);
    assert.match(metrics(), /^events_lost_total\{type="other"\} 1$/m);
    assert.equal(sink.taken.length, 1);
  });

  it('asks to come again when the broker cannot be reached or is not well, and counts once', async () => {
    const sink = await open(503, 404);
    const { handle, lines, metrics } = functionFor(sink.url);
    assert.equal((await handle(letter())).statusCode, 503);
    assert.equal((await handle(letter())).statusCode, 503);
    assert.equal((await handle(letter())).statusCode, 202);
    assert.equal(new Set(sink.taken.map(({ attributes }) => attributes.id)).size, 1);
    assert.equal(lines.filter(saidLost).length, 1);
    assert.match(metrics(), /^events_lost_total\{.*\} 1$/m);

    assert.equal((await functionFor(await closedPort()).handle(letter())).statusCode, 503);
  });

  it('counts an event again that was sent and lost anew', async () => {
    const { handle, metrics } = functionFor(undefined);
    await handle(letter(undefined, { knativearrivaltime: '2026-01-02T03:04:05Z' }));
    await handle(letter(undefined, { knativearrivaltime: '2026-01-02T03:04:06Z' }));
    assert.match(metrics(), /^events_lost_total\{.*\} 2$/m);
  });

  it('is done when the broker refuses the report for good: nothing stands behind the last sink', async () => {
    const sink = await open(400);
    const { handle, lines } = functionFor(sink.url);
    assert.equal((await handle(letter())).statusCode, 202);
    assert.ok(lines.some(({ message }) => message === 'the loss was not reported'));
  });

  const dest = (name: string) => ({ knativeerrordest: `http://post-deployment-${name}.models.svc.cluster.local/` });
  const request = (action: string, merged: boolean) => ({
    data: Buffer.from(JSON.stringify({ action, pull_request: { merged } })),
  });
  const webhook = (name: string) => `dev.knative.source.gitea.${name}`;
  for (const [what, type, more, isLost] of [
    ['a push that was to wake registry-writer', 'push', dest('registry-writer'), false],
    ['a push that parse did not take', 'push', dest('parse'), true],
    ['a push of which the broker does not say who did not take it', 'push', { knativeerrordest: undefined }, true],
    ['an approval, whoever did not take it', 'pull_request_review_approved', { knativeerrordest: undefined }, false],
    ['a merge that parse did not take', 'pull_request', { ...dest('parse'), ...request('closed', true) }, true],
    [
      'a merge that was to wake registry-writer',
      'pull_request',
      { ...dest('registry-writer'), ...request('closed', true) },
      false,
    ],
    ['a request that was closed unmerged', 'pull_request', { ...dest('parse'), ...request('closed', false) }, false],
    ['a request that was opened', 'pull_request', { ...dest('parse'), ...request('opened', false) }, false],
    ['a request that cannot be read', 'pull_request', { ...dest('parse'), data: Buffer.from('{"cut') }, true],
  ] as const) {
    it(`${isLost ? 'reports' : 'raises no alarm about'} ${what}`, async () => {
      const sink = await open();
      const { handle, lines, metrics } = functionFor(sink.url);
      assert.equal((await handle(letter(webhook(type), more))).statusCode, 202);
      assert.equal(sink.taken.length, isLost ? 1 : 0);
      assert.equal(lines.filter(saidLost).length, isLost ? 1 : 0);
      assert.equal(/^events_lost_total\{/m.test(metrics()), isLost);
    });
  }

  it('says which commit a lost merge is about', async () => {
    const sink = await open();
    const sample = new URL(`../../../events/samples/${webhook('pull_request')}.json`, import.meta.url);
    await functionFor(sink.url).handle(
      letter(webhook('pull_request'), { ...dest('parse'), data: readFileSync(sample) }),
    );
    const { commits } = JSON.parse(sink.taken[0]!.body.toString()) as { commits: string[] };
    assert.deepEqual(commits, ['3f2b8c1d9e4a7065b1c2d3e4f5a697887766554f']);
  });

  it('only logs a report of a loss that is lost itself', async () => {
    const sink = await open();
    const { handle, lines } = functionFor(sink.url);
    assert.equal((await handle(letter('dev.mlops.delivery.lost.v1'))).statusCode, 202);
    assert.deepEqual(sink.taken, []);
    assert.equal(lines.filter(saidLost).length, 1);
  });

  it('without a broker only logs, and replies nothing', async () => {
    const { handle, lines } = functionFor(undefined);
    assert.deepEqual(await handle(letter()), { statusCode: 202, headers: {}, body: '' });
    assert.equal(lines.filter(saidLost).length, 1);
  });

  describe('with EVENT_SIGNING_KEY', () => {
    const key = 'a key of some length';
    const promoted = JSON.parse(
      readFileSync(new URL('../../../events/samples/dev.mlops.model.promoted.v1.json', import.meta.url), 'utf8'),
    ) as object;
    const said = {
      knativeerrordata: Buffer.from(refusal(503, 'Sign in at https://evil.example/').body).toString('base64'),
    };
    // As text: the door decodes what a header holds.
    const signed = (by = key) => sign(letter(undefined, { subject: 'prod/lamp', data: promoted }), by);
    const lost = (event: CloudEvent<unknown>, more: Record<string, unknown> = {}) =>
      event.cloneWith({ ...said, ...more }, false) as CloudEvent<unknown>;
    const withKey = (sink: string) => functionFor(sink, undefined, { EVENT_SIGNING_KEY: key });

    it('signs the report of an event that a function of ours signed, as an object or as bytes, in words of ours', async () => {
      const sink = await open();
      const { handle, lines } = withKey(sink.url);
      await handle(lost(signed()));
      await handle(lost(signed(), { data: Buffer.from(JSON.stringify(promoted)) }));
      assert.equal(sink.taken.length, 2);
      for (const { attributes, body } of sink.taken) {
        const data = JSON.parse(body.toString()) as Record<string, unknown>;
        assert.equal(isSigned(new CloudEvent<unknown>({ ...attributes, data } as never, false), key), true);
        assert.doesNotMatch(JSON.stringify(data), /evil|Sign in/);
      }
      // The operator reads it all.
      assert.match(String(lines.find(saidLost)!.fields.reason), /Sign in at/);
    });

    it('only logs and counts what nobody of ours signed: without a signature, by another key, changed, or none of ours', async () => {
      const sink = await open();
      const { handle, lines, metrics } = withKey(sink.url);
      const forged = [
        letter(undefined, { data: promoted }),
        signed('another key of some length'),
        signed().cloneWith({ data: { ...promoted, observedAt: '9999-12-31T23:59:59Z' } }, false),
        signed().cloneWith({ subject: 'prod/other' }, false),
        signed().cloneWith({ id: 'e2' }, false),
        signed().cloneWith({ data: Buffer.alloc(2 * 1024 * 1024, ' ') }, false),
        signed().cloneWith({ data: Buffer.from('[') }, false),
        letter('dev.knative.sources.ping'),
        letter('com.example.other', { signature: 'x' }),
      ] as CloudEvent<unknown>[];
      for (const [i, event] of forged.entries())
        assert.equal((await handle(lost(event, { knativearrivaltime: `2026-01-02T03:04:0${i}Z` }))).statusCode, 202);
      assert.deepEqual(sink.taken, []);
      assert.equal(lines.filter(saidLost).length, forged.length);
      const counts = [...(await metrics()).matchAll(/^events_lost_total\{.*\} (\d+)$/gm)].map(([, n]) => Number(n));
      assert.equal(
        counts.reduce((a, b) => a + b),
        forged.length,
      );
    });

    it('reports what was signed in the spelling in which it was signed, and the loss of a report in none', async () => {
      const sink = await open();
      const { handle } = withKey(sink.url);
      const event = sign(letter(undefined, { data: promoted, subject: 'prod/juke box' }), key);
      const spelled = (changes: object) => lost(event.cloneWith(changes, false) as CloudEvent<unknown>);
      for (const changes of [{ subject: 'prod/juke%20box' }, { type: event.type.replace('.v1', '%2Ev1') }])
        await handle(spelled(changes));
      const told = sink.taken.map(({ body }) => (JSON.parse(body.toString()) as { event: object }).event);
      const { id, type, source, subject } = event;
      assert.deepEqual(told, [
        { id, type, source, subject },
        { id, type, source, subject },
      ]);
      const { headers, body } = sink.taken[0]!;
      const report = {
        id: String(headers['ce-id']),
        source: String(headers['ce-source']),
        subject: decodeURIComponent(String(headers['ce-subject'])),
        signature: String(headers['ce-signature']),
        type: 'dev.mlops.delivery.lost%2Ev1',
        data: JSON.parse(body.toString()),
      };
      await handle(lost(new CloudEvent<unknown>(report, false)));
      assert.equal(sink.taken.length, 2);
    });

    it('reports a lost push that gitea-source signed, by what the signature covers, and no other push', async () => {
      const sink = await open();
      const { handle } = withKey(sink.url);
      const more = { subject: 'refs/heads/main', data: { ref: 'refs/heads/main', after: 'a'.repeat(40) } };
      const push = letter('dev.knative.source.gitea.push', { after: 'a'.repeat(40), ...more });
      await handle(lost(push));
      assert.equal(sink.taken.length, 0);
      await handle(lost(sign(push, key).cloneWith({ after: 'b'.repeat(40) }, false) as CloudEvent<unknown>));
      const { reason, commits } = JSON.parse(sink.taken[0]!.body.toString()) as { reason: string; commits: string[] };
      assert.deepEqual([reason, commits], ['its receiver answered 503', ['a'.repeat(40)]]);
    });
  });

  it('answers before its own sender gives up, while a synchronous broker is busy with the report', async () => {
    let finish = () => {};
    const sink = await open((response) => {
      finish = () => response.writeHead(202).end();
    });
    const { clock, asleep, turn } = manualClock();
    const { handle, shutdown, lines } = functionFor(sink.url, clock);
    const answer = handle(letter());
    await sink.arrived(1);
    await asleep((ms) => ms === 4_000);
    turn(4_000);
    assert.equal((await answer).statusCode, 202);

    const end = shutdown(10_000);
    finish();
    await end;
    assert.deepEqual(
      lines.filter(({ message }) => /not reported|given up/.test(message)),
      [],
    );
  });

  it('names the reports it has to give up at the end', async () => {
    const sink = await open(() => {});
    const { clock, asleep, turn } = manualClock();
    const { handle, shutdown, lines } = functionFor(sink.url, clock);
    const answer = handle(letter());
    await sink.arrived(1);
    await asleep((ms) => ms === 4_000);
    turn(4_000);
    await answer;
    const end = shutdown(1_000);
    await asleep((ms) => ms === 500);
    turn(500);
    await end;
    assert.match(lines.at(-1)!.message, /given up/);
  });
});
