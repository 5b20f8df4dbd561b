import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { CloudEvent } from 'cloudevents';
import fc from 'fast-check';
import { TryAgainError } from '../../events/errors.ts';
import { decodeAttributeValue } from '../../events/wire.ts';
import { createHttp } from '../../io/http.ts';
import { type SendOptions, sendEvent } from '../../io/sink.ts';
import { closedPort, httpServer, type LocalServer } from './local-server.ts';

const attributes = {
  id: '1',
  source: 'http://gitea/a/b',
  type: 't',
  specversion: '1.0',
  time: '2026-01-02T03:04:05.6Z',
};
const http = createHttp();
const timeoutMs = 200_000;

describe('sendEvent', () => {
  let server: LocalServer;
  let seen: { headers: IncomingHttpHeaders; body: Buffer }[] = [];
  let status = 202;

  before(async () => {
    server = await httpServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      seen.push({ headers: request.headers, body: Buffer.concat(chunks) });
      response.writeHead(status).end();
    });
  });
  after(() => server.close());
  beforeEach(() => {
    seen = [];
    status = 202;
  });

  const send = async (event: Record<string, unknown>, options: Partial<SendOptions> = {}) => {
    const answer = await sendEvent(http, server.url, new CloudEvent({ ...attributes, ...event }, false), {
      timeoutMs,
      ...options,
    });
    return { answer, ...seen.at(-1)! };
  };
  const ce = (headers: IncomingHttpHeaders) =>
    Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('ce-')));

  it('sends in binary mode: attributes as headers, data as JSON', async () => {
    const { headers, body, answer } = await send({ subject: 's', partitionkey: 'p', data: { a: 1 } });
    assert.equal(answer.status, 202);
    assert.deepEqual(ce(headers), {
      'ce-id': '1',
      'ce-source': 'http://gitea/a/b',
      'ce-type': 't',
      'ce-specversion': '1.0',
      'ce-time': '2026-01-02T03:04:05.6Z',
      'ce-subject': 's',
      'ce-partitionkey': 'p',
    });
    assert.equal(headers['content-type'], 'application/json');
    assert.equal(body.toString(), '{"a":1}');
  });

  for (const [kind, data] of [
    ['text', '{"odd" :\t"é\\u00e9",  "n":1e400}'],
    ['bytes', Buffer.from([0x7b, 0xff, 0xfe, 0x7d])],
  ] as const) {
    it(`sends ${kind} byte for byte, still as JSON`, async () => {
      const { headers, body } = await send({ data });
      assert.deepEqual(body, Buffer.from(data));
      assert.equal(headers['content-type'], 'application/json');
    });
  }

  it('sends no body for no data', async () => {
    const { headers, body } = await send({});
    assert.deepEqual([body.length, headers['content-length']], [0, '0']);
  });

  it('encodes any attribute so that its reader gets it back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', minLength: 1 }), async (subject) => {
        const { headers } = await send({ subject });
        assert.match(String(headers['ce-subject']), /^[\x21-\x7e]+$/);
        assert.equal(decodeAttributeValue(String(headers['ce-subject'])), Buffer.from(subject).toString());
      }),
      { numRuns: 50 },
    );
  });

  it('sends trace context as headers too, where proxies read it', async () => {
    const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
    const { headers } = await send({ traceparent, tracestate: 'a=1, b=2' });
    assert.deepEqual([headers.traceparent, headers['ce-traceparent']], [traceparent, traceparent]);
    assert.deepEqual([headers.tracestate, headers['ce-tracestate']], ['a=1, b=2', 'a=1,%20b=2']);
  });

  it('lays overrides over extensions, and over nothing else', async () => {
    const overrides = { Cluster: 'ö', partitionkey: 'other', id: 'x', type: 'x', 'no-name': 'x' };
    const { headers } = await send({ partitionkey: 'p' }, { overrides });
    const { 'ce-cluster': cluster, 'ce-partitionkey': key, 'ce-id': id, 'ce-type': type } = headers;
    assert.deepEqual([cluster, key, id, type], ['%C3%B6', 'other', '1', 't']);
    assert.equal(headers['ce-no-name'], undefined);
  });

  it('gives back a refusal as it is', async () => {
    status = 503;
    assert.equal((await send({})).answer.status, 503);
    assert.equal(seen.length, 1);
  });

  it('throws TryAgainError when nobody answers', async () => {
    const call = sendEvent(http, await closedPort(), new CloudEvent(attributes), { timeoutMs });
    await assert.rejects(call, TryAgainError);
  });
});
