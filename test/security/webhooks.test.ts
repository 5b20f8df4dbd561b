// Webhooks as an attacker would send them, byte for byte, to a real gitea-source process before a broker that tells what came.
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { buildFunctions, type FunctionProcess, freePort, startFunction } from '../../local/processes.ts';
import { broker } from '../functions/gitea-source/world.ts';
import { exchange, requestText } from '../io/raw-client.ts';

const secret = 'the-webhook-secret';
const push = readFileSync(new URL('../../events/samples/webhook.push.body.json', import.meta.url), 'utf8');
const hmac = (text: string, key = secret, algorithm = 'sha256') =>
  createHmac(algorithm, key).update(text).digest('hex');
const good = hmac(push);
const form = (text: string) => `payload=${encodeURIComponent(text)}`;

interface Attempt {
  headers?: Record<string, string | string[]>;
  body?: string;
  line?: string;
}

/** The good delivery with something changed; an empty list takes a header away. */
function bytesOf({ headers = {}, body = push, line = 'POST /' }: Attempt): string {
  const all: Record<string, string | string[]> = {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    'x-gitea-delivery': 'd1',
    'x-gitea-event': 'push',
    'x-gitea-event-type': 'push',
    'x-gitea-signature': good,
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) => [value].flat().map((one) => `${name}: ${one}`));
  return requestText(line, lines, Buffer.from(body).toString('latin1'));
}

const urlencoded = { 'content-type': 'application/x-www-form-urlencoded' };
const forged: [name: string, attempt: Attempt, status: number][] = [
  ['without a signature', { headers: { 'x-gitea-signature': [] } }, 401],
  ['with an empty signature', { headers: { 'x-gitea-signature': '' } }, 401],
  ['signed with the empty secret', { headers: { 'x-gitea-signature': hmac(push, '') } }, 401],
  ['signed with another secret', { headers: { 'x-gitea-signature': hmac(push, 'guess') } }, 401],
  ['signed with SHA-1', { headers: { 'x-gitea-signature': hmac(push, secret, 'sha1') } }, 401],
  ['signed with SHA-512', { headers: { 'x-gitea-signature': hmac(push, secret, 'sha512') } }, 401],
  [
    'with a bare hash in place of an HMAC',
    { headers: { 'x-gitea-signature': createHash('sha256').update(push).digest('hex') } },
    401,
  ],
  ['with one digit less', { headers: { 'x-gitea-signature': good.slice(1) } }, 401],
  ['with one digit more', { headers: { 'x-gitea-signature': `${good}0` } }, 401],
  ['with a digit that is none', { headers: { 'x-gitea-signature': `g${good.slice(1)}` } }, 401],
  ['with the secret itself as signature', { headers: { 'x-gitea-signature': secret } }, 401],
  ['with a prefix where there is none', { headers: { 'x-gitea-signature': `sha256=${good}` } }, 401],
  ['with a second signature header', { headers: { 'x-gitea-signature': [hmac(push, 'guess'), good] } }, 400],
  [
    'with the good signature in a header that comes later',
    { headers: { 'x-gitea-signature': hmac(push, 'guess'), 'x-hub-signature-256': `sha256=${good}` } },
    401,
  ],
  [
    'with SHA-1 in the header of GitHub',
    { headers: { 'x-gitea-signature': [], 'x-hub-signature-256': `sha1=${hmac(push, secret, 'sha1')}` } },
    401,
  ],
  ['with the body of another', { body: push.replace('refs/heads/main', 'refs/heads/evil') }, 401],
  ['with a line break behind the body', { body: `${push}\n` }, 401],
  ['with the good signature for a form', { headers: urlencoded, body: form(push.replace('main', 'evil')) }, 401],
  ['as a form with two payloads, good first', { headers: urlencoded, body: `${form(push)}&${form('{}')}` }, 400],
  ['as a form with two payloads, good last', { headers: urlencoded, body: `${form('{}')}&${form(push)}` }, 400],
  [
    'as a form whose second payload has an encoded name',
    { headers: urlencoded, body: `${form(push)}&%70ayload=%7B%7D` },
    400,
  ],
  ['as a form with a broken escape', { headers: urlencoded, body: `payload=%7B%2` }, 400],
  [
    'as a form signed over its own bytes',
    { headers: { ...urlencoded, 'x-gitea-signature': hmac(form(push)) }, body: form(push) },
    401,
  ],
  ['as JSON that is called a form', { headers: urlencoded }, 400],
  ['as a form that is called JSON', { body: form(push) }, 401],
  ['packed', { headers: { 'content-encoding': 'gzip' } }, 400],
  ['with a query', { line: 'POST /?rawBody=x&secret=x' }, 400],
  ['to another path', { line: 'POST /..%2f' }, 400],
  ['as GET, as after a redirect', { line: 'GET /' }, 405],
  ['with a delivery id of 10 kB', { headers: { 'x-gitea-delivery': 'x'.repeat(10_000) } }, 400],
  ['with an event name that breaks out', { headers: { 'x-gitea-event-type': 'push.v1/../x' } }, 400],
  ['with headers beyond 16 kB', { headers: { 'x-filler': 'x'.repeat(17_000) } }, 431],
  [
    'in UTF-16',
    {
      headers: { 'content-type': 'application/json; charset=utf-16' },
      body: Buffer.from(push, 'utf16le').toString('latin1'),
    },
    401,
  ],
];

describe('a forged webhook', () => {
  let built: Awaited<ReturnType<typeof buildFunctions>>;
  let sink: Awaited<ReturnType<typeof broker>>;
  let source: FunctionProcess;
  const lines: string[] = [];

  before(async () => {
    built = await buildFunctions();
    sink = await broker();
    source = await startFunction('gitea-source', built.folder, await freePort(), {
      GITEA_WEBHOOK_SECRET: secret,
      K_SINK: sink.url,
    });
    source.events.on('line', (line) => lines.push(JSON.stringify(line)));
  });
  after(async () => {
    await source.stop();
    await sink.close();
    await built.remove();
  });
  const send = (attempt: Attempt) => exchange(Number(new URL(source.url).port), bytesOf(attempt));

  for (const [name, attempt, status] of forged) {
    it(`is refused and goes nowhere: ${name}`, async () => {
      const answer = await send(attempt);
      assert.equal(answer.status, status, answer.body);
      assert.ok(answer.body.length < 500);
      assert.doesNotMatch(answer.body, /mlops-gitops|the-webhook-secret|evil|guess/);
      assert.equal(sink.taken.length, 0);
    });
  }

  it('differs from a true one, which is taken in every way of writing it', async () => {
    const written: Attempt[] = [
      {},
      { headers: { 'x-gitea-signature': good.toUpperCase() } },
      { headers: { 'content-type': 'application/json; charset=utf-8' } },
      { headers: { ...urlencoded, 'x-gitea-signature': good }, body: form(push) },
      {
        headers: { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' },
        body: form(push),
      },
      { headers: { 'x-gitea-signature': [], 'x-hub-signature-256': `sha256=${good}` } },
    ];
    for (const attempt of written) {
      const { status } = await send(attempt);
      assert.equal(status, 202);
      // The text that was verified is the text that goes on.
      assert.equal(sink.taken.pop()?.body.toString(), push);
    }
  });

  it('leaves one line in the log and nothing of itself', () => {
    assert.ok(lines.length >= forged.length);
    for (const line of lines) assert.doesNotMatch(line, /the-webhook-secret|guess|evil|payload=|commits/);
  });
});
