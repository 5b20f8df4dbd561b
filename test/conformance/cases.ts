// What a host must do with a request, as far as a function or its sender can tell.
import { requestText } from '../io/raw-client.ts';

/** What of an answer counts. */
export interface Outcome {
  status: number;
  /** Media type; only with a body. */
  type?: string;
  /** JSON as a value, else text. Not looked at where the host itself refuses: there only the status counts. */
  body?: unknown;
  /** Header fields of interest. */
  headers?: Record<string, string>;
}

export interface Case {
  name: string;
  /** Bytes as Latin-1 text. */
  request: string;
  expected: Outcome;
  /** Further headers to look at. */
  look?: readonly string[];
}

const required = [
  'ce-specversion: 1.0',
  'ce-id: e1',
  'ce-source: /s',
  'ce-type: t',
  'ce-time: 2026-01-02T03:04:05.678Z',
];
const attributes = { id: 'e1', type: 't', source: '/s', specversion: '1.0' };
const json = 'content-type: application/json';

const post = (headers: readonly string[], body = '', line = 'POST /') =>
  requestText(
    line,
    [...headers, ...(body === '' ? [] : [`content-length: ${Buffer.byteLength(body, 'latin1')}`])],
    body,
  );
/** UTF-8 bytes as Latin-1 text. */
const utf8 = (text: string) => Buffer.from(text).toString('latin1');

/** What echo.ts says of an event. */
function told(
  event: Record<string, unknown>,
  { raw, contentType, ...rest }: { raw?: string; contentType?: string; data?: unknown },
): Outcome {
  const seen = { method: 'POST', httpVersion: '1.1', contentType, raw, hasEvent: true, log: 'function' };
  const body = { attributes: { ...attributes, ...event }, time: 'string', ...rest, isFrozen: true, seen };
  return { status: 200, type: 'application/json', body: JSON.parse(JSON.stringify(body)) as unknown };
}

function binary(name: string, contentType: string | undefined, raw: string, data: unknown, event = {}): Case {
  const type = contentType === undefined ? [] : [`content-type: ${contentType}`];
  return {
    name: `binary event: ${name}`,
    request: post([...required, ...type], utf8(raw)),
    expected: told(
      { ...(contentType === undefined ? {} : { datacontenttype: contentType }), ...event },
      { contentType, raw, data },
    ),
  };
}

function structured(name: string, fields: object, data: unknown, contentType = 'application/cloudevents+json'): Case {
  const raw = JSON.stringify({ ...attributes, time: '2026-01-02T03:04:05.678Z', ...fields });
  const { data: _data, data_base64: base64, ...extensions } = fields as Record<string, unknown>;
  return {
    name: `structured event: ${name}`,
    request: post([`content-type: ${contentType}`], utf8(raw)),
    expected: told(
      { ...extensions, ...(base64 === undefined ? {} : { data_base64: base64 }) },
      { contentType, raw, data },
    ),
  };
}

const bytes = (text: string) => ({ type: 'Buffer', data: [...Buffer.from(text)] });
const base64 = (text: string) => ({ data_base64: Buffer.from(text).toString('base64') });

const events: Case[] = [
  binary('JSON', 'application/json', '{"a":"ä"}', { a: 'ä' }),
  binary('JSON with charset', 'application/json; charset=utf-8', '{"a":1}', { a: 1 }),
  binary('JSON with charset in capitals', 'application/json; charset=UTF-8', '{"a":1}', { a: 1 }),
  binary('JSON array', 'application/json', '[1]', [1]),
  binary('JSON text', 'application/json', '"text"', 'text'),
  binary('JSON number', 'application/json', '5', 5),
  binary('JSON true', 'application/json', 'true', true),
  binary('JSON text that is JSON itself', 'application/json', '"{\\"a\\":1}"', '{"a":1}'),
  binary('plain text', 'text/plain', 'text', 'text'),
  binary('another JSON type', 'application/vnd.x+json', '{"a":1}', bytes('{"a":1}'), base64('{"a":1}')),
  binary('no type', undefined, '{"a":1}', bytes('{"a":1}'), base64('{"a":1}')),
  {
    name: 'binary event: neither type nor data',
    request: post(required),
    expected: told({}, { raw: '' }),
  },
  {
    name: 'binary event: JSON type and no data',
    request: post([...required, json]),
    expected: told({ datacontenttype: 'application/json' }, { contentType: 'application/json', raw: '' }),
  },
  {
    name: 'binary event: attributes as they came',
    request: post(
      [...required, json, 'CE-Subject: a%20b%C3%A4', `ce-extone: ${utf8('ä')}`, 'ce-traceparent: 00-1-2-01'],
      '{}',
    ),
    expected: told(
      { subject: 'a%20b%C3%A4', datacontenttype: 'application/json', extone: utf8('ä'), traceparent: '00-1-2-01' },
      { contentType: 'application/json', raw: '{}', data: {} },
    ),
  },
  structured('JSON', { datacontenttype: 'application/json', data: { a: 'ä' } }, { a: 'ä' }),
  structured('no datacontenttype', { data: { a: 1 } }, { a: 1 }),
  structured('no data', {}, undefined),
  structured('subject and extensions as they are', { subject: 'a b ä', data: {}, count: 5, flag: true }, {}),
  structured('charset', { data: {} }, {}, 'application/cloudevents+json; charset=utf-8'),
  structured('charset in capitals', { data: {} }, {}, 'application/cloudevents+json; charset=UTF-8'),
  structured('data false', { data: false }, false),
  structured('data as base64', base64('ab'), bytes('ab')),
];

const act = (name: string, expected: Outcome, look: readonly string[] = []): Case => ({
  name: `answer: ${name}`,
  request: post([...required, json, `x-act: ${name}`], '{}'),
  expected,
  look,
});
const ceHeaders = { 'ce-specversion': '1.0', 'ce-source': '/echo', 'ce-type': 'reply' };

const answers: Case[] = [
  act(
    'reply',
    {
      status: 200,
      type: 'application/json',
      body: { of: 'e1' },
      headers: { ...ceHeaders, 'ce-id': 'r1', 'ce-subject': 'caf%C3%A9', 'ce-ext': 'x' },
    },
    ['ce-specversion', 'ce-source', 'ce-type', 'ce-id', 'ce-subject', 'ce-ext'],
  ),
  act(
    'built reply',
    { status: 200, type: 'application/json', body: { built: true }, headers: { ...ceHeaders, 'ce-id': 'r2' } },
    ['ce-specversion', 'ce-source', 'ce-type', 'ce-id'],
  ),
  act('nothing', { status: 204 }),
  act('null', { status: 204 }),
  act('accepted', { status: 202, headers: { 'content-length': '0' } }, ['content-length']),
  act('status alone', { status: 202 }),
  act('object', { status: 200, type: 'application/json', body: { some: 'object' } }),
  act('text', { status: 200, type: 'text/plain', body: 'some text' }),
  act('object as body', { status: 201, type: 'application/json', body: { a: 1 }, headers: { 'x-name': 'value' } }, [
    'x-name',
  ]),
  act('bytes as body', { status: 200, type: 'application/octet-stream', body: 'bytes' }),
  ...[400, 401, 405, 413, 422, 503].map((status) =>
    act(`refuse ${status}`, { status, type: 'application/json', body: { error: 'echo', message: 'refused' } }),
  ),
  ...['error', 'error with code', 'error with status'].map((name) =>
    act(name, {
      status: 500,
      type: 'application/json',
      body: { error: 'internal', message: "Internal error: see this function's log at the time of this request." },
    }),
  ),
];

const plain = (name: string, contentType: string | undefined, raw: string, body: unknown): Case => ({
  name: `no event: ${name}`,
  request: post(['x-act: plain', ...(contentType === undefined ? [] : [`content-type: ${contentType}`])], utf8(raw)),
  expected: {
    status: 200,
    type: 'application/json',
    body: JSON.parse(
      JSON.stringify({
        body,
        seen: { method: 'POST', httpVersion: '1.1', contentType, raw, hasEvent: false, log: 'function' },
      }),
    ) as unknown,
  },
});

const plainCalls: Case[] = [
  plain('JSON', 'application/json', '{"a":"ä"}', { a: 'ä' }),
  plain('text', 'text/plain', 'ä', 'ä'),
  plain('form', 'application/x-www-form-urlencoded', 'a=1&b=%C3%A4', { a: '1', b: 'ä' }),
  plain('bytes', 'application/octet-stream', 'ab', bytes('ab')),
  { name: 'no event: JSON that is none', request: post([json, 'x-act: plain'], '{"a":'), expected: { status: 400 } },
];

const withEvent = (name: string, headers: readonly string[], status: number, line?: string): Case => ({
  name,
  request: post(headers, '{}', line),
  expected: { status },
});
const without = (name: string) => required.filter((header) => !header.startsWith(name));

const refusals: Case[] = [
  withEvent('refused: nothing of an event', [json], 400),
  withEvent('refused: no id', [...without('ce-id'), json], 400),
  withEvent('refused: no type', [...without('ce-type'), json], 400),
  withEvent('refused: no source', [...without('ce-source'), json], 400),
  withEvent('refused: no specversion', [...without('ce-specversion'), json], 400),
  withEvent('refused: specversion 0.2', [...without('ce-specversion'), 'ce-specversion: 0.2', json], 400),
  withEvent('refused: a time that is none', [...without('ce-time'), 'ce-time: noon', json], 400),
  withEvent('refused: an extension name that is none', [...required, 'ce-my_ext: 1', json], 400),
  withEvent('refused: id twice', [...required, 'ce-id: e2', json], 400),
  { name: 'refused: data that is no JSON', request: post([...required, json], '{"a":'), expected: { status: 400 } },
  {
    name: 'refused: a structured event that is no JSON',
    request: post(['content-type: application/cloudevents+json'], '{'),
    expected: { status: 400 },
  },
  {
    name: 'refused: a batch',
    request: post(['content-type: application/cloudevents-batch+json'], '[{}]'),
    expected: { status: 400 },
  },
  {
    name: 'refused: a packed body',
    request: post([...required, json, 'content-encoding: gzip'], '\x1f\x8b'),
    expected: { status: 400 },
  },
  withEvent('refused: a query', [...required, json], 400, 'POST /?a=1'),
  withEvent(
    'refused: a query that replaces the event',
    [...required, json],
    400,
    'POST /?cloudevent=x&body=x&rawBody=x',
  ),
  withEvent('refused: a query that replaces itself', [...required, json], 400, 'POST /?query='),
  withEvent('refused: a query that replaces the method', [...required, json], 400, 'POST /?method=GET'),
  withEvent('refused: another path', [...required, json], 400, 'POST /webhook'),
  { name: 'refused: GET', request: requestText('GET /'), expected: { status: 405 } },
  { name: 'refused: GET with an event', request: requestText('GET /', required), expected: { status: 405 } },
  { name: 'refused: HEAD', request: requestText('HEAD /'), expected: { status: 405 } },
  { name: 'refused: PUT', request: post([...required, json], '{}', 'PUT /'), expected: { status: 405 } },
  { name: 'refused: OPTIONS', request: requestText('OPTIONS /'), expected: { status: 405 } },
  {
    name: 'refused: a body over the limit',
    request: post([...required, json], `"${'x'.repeat(1024 * 1024 - 1)}"`),
    expected: { status: 413 },
  },
];

const pages: Case[] = [
  {
    name: 'a body of exactly the limit',
    request: post([...required, json, 'x-act: accepted'], `"${'x'.repeat(1024 * 1024 - 2)}"`),
    expected: { status: 202 },
  },
  {
    name: 'liveness',
    request: requestText('GET /health/liveness'),
    expected: { status: 200, type: 'text/plain', body: 'alive' },
  },
  {
    name: 'readiness',
    request: requestText('GET /health/readiness'),
    expected: { status: 200, type: 'text/plain', body: 'ready' },
  },
  {
    name: 'metrics',
    request: requestText('GET /metrics'),
    expected: { status: 200, headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' } },
    look: ['content-type'],
  },
];

export const cases: readonly Case[] = [...events, ...answers, ...plainCalls, ...refusals, ...pages];
