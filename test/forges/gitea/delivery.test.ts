import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { StopError } from '../../../events/errors.ts';
import { readDelivery } from '../../../forges/gitea/delivery.ts';
import { recordedCase, recordedDeliveries, secrets, signedHeaders } from './deliveries.ts';

const json = '{"repository":{"full_name":"a/b"},"secret-word":"é \\u2028"}';
const hmac = (text: string | Buffer, secret = secrets[0]!) => createHmac('sha256', secret).update(text).digest('hex');
const without = (headers: Record<string, string>, ...names: string[]) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)));
const form = (body: string, signed: string | Buffer) =>
  [signedHeaders(signed, { 'content-type': 'application/x-www-form-urlencoded' }), body] as const;

function refused(
  status: number,
  message: RegExp,
  headers: Record<string, string | string[]>,
  body: Buffer | string,
  given = secrets,
) {
  assert.throws(
    () => readDelivery(headers, body, given),
    (error) => {
      assert.ok(error instanceof StopError);
      assert.equal(error.status, status);
      assert.match(error.message, message);
      for (const secret of ['secret-word', ...secrets]) assert.equal(error.message.includes(secret), false);
      return true;
    },
  );
}

describe('reading recorded webhooks', () => {
  it('takes every one that is signed, with the text that was signed', () => {
    let taken = 0;
    for (const { name, headers, body, path } of recordedDeliveries()) {
      if (path === '/hook/nosecret') {
        refused(401, /signed with the secret/, headers, body);
        continue;
      }
      const { id, event, eventType, text, payload } = readDelivery(headers, body, secrets);
      const isForm = headers['content-type'] === 'application/x-www-form-urlencoded';
      assert.equal(text, isForm ? new URLSearchParams(body.toString()).get('payload') : body.toString(), name);
      assert.deepEqual(payload, JSON.parse(text), name);
      assert.equal(id, headers['x-gitea-delivery'], name);
      assert.equal(event, headers['x-gitea-event'], name);
      assert.equal(eventType, headers['x-gitea-event-type'], name);
      taken++;
    }
    assert.ok(taken > 500);
  });

  it('takes the same from a host that gives the body as text', () => {
    for (const { headers, body } of recordedCase('gitea/deliveries/23-non-ascii'))
      assert.equal(readDelivery(headers, body.toString('utf8'), secrets).text, body.toString('utf8'));
  });
});

describe('signature of a webhook', () => {
  const headers = signedHeaders(json);
  const unsigned = without(headers, 'x-gitea-signature');

  for (const [name, signature] of [
    ['x-gitea-signature', hmac(json)],
    ['x-forgejo-signature', hmac(json)],
    ['x-hub-signature-256', `sha256=${hmac(json)}`],
    ['x-gogs-signature', hmac(json)],
    ['x-gitea-signature', hmac(json).toUpperCase()],
  ] as const) {
    it(`is taken from ${name}`, () =>
      assert.equal(readDelivery({ ...unsigned, [name]: signature }, json, secrets).text, json));
  }

  it('may be of any of the secrets', () => {
    for (const secret of ['one', 'two', 'three'])
      assert.equal(readDelivery(signedHeaders(json, {}, secret), json, ['one', 'two', 'three']).id, 'd1');
  });

  it('is that of the first header that is there, good or bad', () => {
    const later = {
      'x-forgejo-signature': hmac(json),
      'x-hub-signature-256': `sha256=${hmac(json)}`,
      'x-gogs-signature': hmac(json),
    };
    for (const first of ['', hmac(json, 'x'), 'none'])
      refused(401, /signed with the secret/, { ...unsigned, ...later, 'x-gitea-signature': first }, json);
    refused(401, /signed with the secret/, { ...unsigned, ...later, 'x-forgejo-signature': '' }, json);
  });

  it('is missed', () => refused(401, /Expected a signed webhook \(X-Gitea-Signature\)/, unsigned, json));
  it('of a hook without secret is a wrong one', () => {
    refused(
      401,
      /signed with the secret/,
      { ...unsigned, 'x-gitea-signature': '', 'x-hub-signature-256': 'sha256=' },
      json,
    );
    // Servers that know an empty key would sign so.
    refused(401, /signed with the secret/, signedHeaders(json, {}, ''), json, ['', 'x']);
  });
  it('by another secret is a wrong one', () =>
    refused(401, /signed with the secret/, signedHeaders(json, {}, 'x'), json));
  it('is wrong where no secret is known', () => refused(401, /signed with the secret/, headers, json, []));

  for (const [name, value] of [
    ['shortened', hmac(json).slice(0, 63)],
    ['lengthened', `${hmac(json)}0`],
    ['no hex', 'g'.repeat(64)],
    ['prefixed where it must not be', `sha256=${hmac(json)}`],
    ['with a space', ` ${hmac(json)}`],
    ['twice', `${hmac(json)}, ${hmac(json)}`],
  ] as const) {
    it(`is refused ${name}`, () =>
      refused(401, /signed with the secret/, { ...unsigned, 'x-gitea-signature': value }, json));
  }

  it('is refused in X-Hub-Signature-256 without its prefix, and by another algorithm', () => {
    refused(401, /signed with the secret/, { ...unsigned, 'x-hub-signature-256': hmac(json) }, json);
    refused(401, /signed with the secret/, { ...unsigned, 'x-hub-signature-256': `sha1=${hmac(json)}` }, json);
  });

  it('is refused as a list', () =>
    refused(401, /signed with the secret/, { ...unsigned, 'x-gitea-signature': [hmac(json)] }, json));

  it('stands for every byte of the body', () => {
    fc.assert(
      fc.property(fc.nat(json.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const body = Buffer.from(json);
        body[at] = body[at]! ^ change;
        refused(401, /signed with the secret/, headers, body);
      }),
    );
  });

  it('comes first: what is unsigned and unreadable is unsigned', () => {
    refused(401, /./, without(unsigned, 'x-gitea-delivery', 'x-gitea-event'), '{');
    refused(401, /./, { ...unsigned, 'content-type': 'application/x-www-form-urlencoded' }, 'x=%');
  });
});

describe('body of a webhook', () => {
  for (const [name, body] of [
    ['no JSON', '{"secret-word'],
    ['nothing', ''],
    ['a list', '["secret-word"]'],
    ['text', '"secret-word"'],
    ['a number', '5'],
    ['null', 'null'],
    ['two objects', '{}{}'],
    ['preceded by a byte order mark', '\ufeff{}'],
  ] as const) {
    it(`is refused when it is ${name}`, () =>
      refused(400, /Expected the webhook to be (?:a )?JSON/, signedHeaders(body), body));
  }

  it('is refused when it is not UTF-8', () => {
    const body = Buffer.from('{"a":"\xe9"}', 'latin1');
    refused(400, /UTF-8/, signedHeaders(body), body);
    const utf16 = Buffer.from('\ufeff{"a":1}', 'utf16le');
    refused(400, /UTF-8/, signedHeaders(utf16), utf16);
  });

  it('is refused when it is nested like a bomb, and taken at 100 levels', () => {
    const nested = (levels: number) => `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;
    assert.equal(readDelivery(signedHeaders(nested(100)), nested(100), secrets).id, 'd1');
    for (const levels of [101, 1_000_000])
      refused(400, /at most 100 levels/, signedHeaders(nested(levels)), nested(levels));
    const open = `{"a":${'[{"b":'.repeat(500_000)}`;
    refused(400, /at most 100 levels/, signedHeaders(open), open);
  });

  it('may hold brackets, quotes and backslashes in its texts', () => {
    const body = JSON.stringify({ a: '['.repeat(500), b: '\\"{'.repeat(500), c: '\\' });
    assert.deepEqual(readDelivery(signedHeaders(body), body, secrets).payload.a, '['.repeat(500));
  });

  it('is refused above 25 MiB before anything is looked at', () => {
    refused(413, /25 MiB/, {}, Buffer.alloc(25 * 1024 * 1024 + 1));
  });

  it('keeps keys that mean something to JavaScript as data', () => {
    const body = '{"__proto__":{"x":1},"constructor":2}';
    const { payload } = readDelivery(signedHeaders(body), body, secrets);
    assert.equal((payload as { x?: number }).x, undefined);
    assert.equal(Object.hasOwn(payload, '__proto__'), true);
  });
});

describe('form of a webhook', () => {
  it('is read as Gitea writes it: + for a space, %XX for the rest', () => {
    const text = '{"a": "1+1 = 2 & é 😀 %41"}';
    const [headers, body] = form(new URLSearchParams({ payload: text }).toString(), text);
    assert.equal(readDelivery(headers, body, secrets).text, text);
  });

  it('is read for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => {
        const text = JSON.stringify({ value });
        const [headers, body] = form(`payload=${encodeURIComponent(text).replaceAll('%20', '+')}`, text);
        assert.equal(readDelivery(headers, Buffer.from(body), secrets).text, text);
      }),
    );
  });

  it('may name its charset', () => {
    const [headers, body] = form('payload=%7b%7D', '{}');
    headers['content-type'] = 'Application/X-WWW-Form-Urlencoded; charset=UTF-8';
    assert.equal(readDelivery(headers, body, secrets).text, '{}');
  });

  for (const [name, body] of [
    ['without payload', 'x=%7B%7D'],
    ['with two payloads', 'payload=%7B%7D&payload=%7B%7D'],
    ['with another field', 'x=1&payload=%7B%7D'],
    ['with nothing after its only field', 'payload=%7B%7D&'],
    ['with a field that has no value', 'payload'],
    ['with a second payload in disguise', 'payload=%7B%7D&p%61yload=1'],
    ['with half an escape', 'payload=%7B%7'],
    ['with an escape that is none', 'payload=%7B%G0%7D'],
    ['with a percent sign at the end', 'payload=%7B%7D%'],
    ['with an escape that is none in a name', '%zz=1&payload=%7B%7D'],
    ['that is JSON', '{}'],
    ['that is empty', ''],
  ] as const) {
    it(`is refused ${name}`, () => refused(400, /exactly one field "payload"/, ...form(body, '{}')));
  }

  it('is verified over what it says, not over how it is written', () => {
    const body = 'payload=%7B%7D';
    refused(401, /signed with the secret/, ...form(body, body));
  });

  it('is refused when its payload is not UTF-8 or no JSON', () => {
    refused(400, /UTF-8/, ...form('payload=%7B%E9%7D', Buffer.from('{\xe9}', 'latin1')));
    refused(400, /JSON/, ...form('payload=+', ' '));
    refused(400, /JSON/, ...form('payload=', ''));
  });
});

describe('headers of a webhook', () => {
  const headers = signedHeaders(json);

  for (const [sender, given, event, eventType] of [
    [
      'Gitea',
      { 'x-gitea-event': 'pull_request', 'x-gitea-event-type': 'pull_request_sync' },
      'pull_request',
      'pull_request_sync',
    ],
    ['Gitea before 1.24 for package', { 'x-gitea-event': '', 'x-gitea-event-type': 'package' }, 'package', 'package'],
    ['Forgejo', { 'x-forgejo-event': 'push', 'x-forgejo-event-type': 'push' }, 'push', 'push'],
    ['Gogs', { 'x-gogs-event': 'push' }, 'push', 'push'],
  ] as const) {
    it(`name the event as ${sender} does`, () => {
      const bare = without(headers, 'x-gitea-event', 'x-gitea-event-type');
      const read = readDelivery({ ...bare, ...given }, json, secrets);
      assert.deepEqual([read.event, read.eventType], [event, eventType]);
    });
  }

  it('name the delivery, whoever sends it', () => {
    for (const name of ['x-gitea-delivery', 'x-forgejo-delivery', 'x-gogs-delivery'])
      assert.equal(readDelivery({ ...without(headers, 'x-gitea-delivery'), [name]: 'd2' }, json, secrets).id, 'd2');
  });

  it('are refused without a delivery id', () => {
    refused(400, /delivery id in a header such as X-Gitea-Delivery/, without(headers, 'x-gitea-delivery'), json);
    refused(400, /delivery id/, { ...headers, 'x-gitea-delivery': '' }, json);
    refused(400, /delivery id/, { ...headers, 'x-gitea-delivery': 'é' }, json);
    refused(400, /delivery id/, { ...headers, 'x-gitea-delivery': 'x'.repeat(201) }, json);
  });

  it('are refused without an event', () => {
    refused(
      400,
      /event in a header such as X-Gitea-Event/,
      without(headers, 'x-gitea-event', 'x-gitea-event-type'),
      json,
    );
    for (const event of ['Push', 'a.b', 'a b', 'é', 'x'.repeat(101)])
      refused(400, /event/, { ...headers, 'x-gitea-event-type': event }, json);
  });
});
