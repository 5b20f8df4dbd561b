import assert from 'node:assert/strict';
import fc from 'fast-check';
import { whatCame } from '../../io/what-came.ts';

const secret = 'tok&en/0123+456789abcdef';
const told = (status: number, body: string | Buffer, headers: Record<string, string> = {}) =>
  whatCame({ status, headers, body: Buffer.from(body) }, [secret, undefined]);

describe('what came in place of an answer', () => {
  const html = { 'content-type': 'text/html; charset=utf-8' };
  const text = { 'content-type': 'text/plain' };
  const page =
    '<!doctype html>\n<html><head><title>Sign in</title><style>a { b: c }</style><script>x("y")</script></head>';
  for (const [what, given, expected] of [
    ['the refusal of a mesh', told(403, 'RBAC: access denied', text), 'text/plain, "RBAC: access denied"'],
    ['text without a type', told(403, 'RBAC: access denied'), '"RBAC: access denied"'],
    ['a sign-in page', told(200, `${page}<body><h1>Corp</h1>`, html), 'text/html, "Sign in Corp"'],
    ['a page without a type', told(200, `${page}`), 'HTML, "Sign in"'],
    ['a redirect', told(302, '', { location: 'https://u:p@sso.test/login?rd=x#y' }), 'Location https://sso.test/login'],
    ['a redirect on the same server', told(302, '', { location: '/user/login?a=b' }), 'Location /user/login'],
    ['a redirect to no server', told(302, '', { location: 'javascript:alert(1)' }), 'Location (javascript:)'],
    ['a redirect to nowhere', told(302, '', { location: 'http://[' }), 'Location (no address)'],
    ['nothing', told(502, ''), undefined],
    ['JSON, which is data', told(500, '{"a":1}', { 'content-type': 'application/json' }), undefined],
    ['JSON of another type', told(500, '{"a":1}', text), 'text/plain'],
    ['data without a type, perhaps cut off', told(200, 'name: jukebox'), undefined],
    ['bytes', told(500, Buffer.from([0xff, 0xfe, 0xff, 0x80, 0x81])), undefined],
    ['an archive', told(200, 'PK..', { 'content-type': 'application/zip' }), 'application/zip'],
    ['controls', told(500, '\u001b[31mred\u0007\r\n\u202eevil', text), 'text/plain, "[31mred evil"'],
    ['a type that is none', told(500, 'x', { 'content-type': '\u001b]0;' }), '"x"'],
    [
      'our token, back',
      told(403, `no: ${secret} ${encodeURIComponent(secret)}`, text),
      'text/plain, "no: (hidden) (hidden)"',
    ],
    [
      'a bearer of others',
      told(403, 'Authorization: Bearer abcdefgh.ijk', text),
      'text/plain, "Authorization: Bearer (hidden)"',
    ],
    [
      'our token in a Location',
      told(302, '', { location: `/x/${encodeURIComponent(secret)}` }),
      'Location /x/(hidden)',
    ],
  ] as const)
    it(`is told of ${what}`, () => assert.equal(given, expected));

  it('stays short, of one line and without the secret, whatever it is and wherever that stands', () => {
    const noise = fc.string({ unit: 'binary', maxLength: 400 });
    const types = fc.constantFrom('text/plain', 'text/html', undefined, '\u0000');
    fc.assert(
      fc.property(noise, noise, types, fc.nat({ max: 1_500 }), (before, after, type, pad) => {
        const body = `${before}${' <b>'.repeat(pad)} ${secret} ${after}`;
        const came = told(403, body, type === undefined ? {} : { 'content-type': type }) ?? '';
        assert.ok([...came].length < 200, came);
        assert.doesNotMatch(came, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        for (let from = 0; from + 12 <= secret.length; from++) assert.ok(!came.includes(secret.slice(from, from + 12)));
      }),
      { numRuns: 50 },
    );
  });
});
