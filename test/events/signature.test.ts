import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import type { CloudEvent } from 'cloudevents';
import fc from 'fast-check';
import { isSigned, sign } from '../../events/signature.ts';
import { eventOf, overBinary, overJsonFormat } from './samples.ts';

const event = eventOf('t', { b: 1, a: 'é' }).cloneWith({ subject: 'prod/é' }, false) as CloudEvent<unknown>;
const change = (changes: object) => sign(event, 'key').cloneWith(changes, false) as CloudEvent<unknown>;

describe('signature', () => {
  it('is HMAC-SHA256 over id, type, source, subject and data, each with its length in bytes', () => {
    const source = 'https://gitea.example.com/a/b';
    const expected = createHmac('sha256', 'key')
      .update(`1:1${'1:t'}${source.length}:${source}7:prod/é16:{"b":1,"a":"é"}`)
      .digest('hex');
    assert.equal(sign(event, 'key').signature, expected);
  });

  it('is good with the same key and with no other', () => {
    assert.equal(isSigned(sign(event, 'key'), 'key'), true);
    assert.equal(isSigned(sign(event, 'key'), 'kez'), false);
    assert.equal(isSigned(event, 'key'), false);
  });

  for (const [name, changes] of Object.entries({
    id: { id: '2' },
    type: { type: 'u' },
    source: { source: 'https://gitea.example.com/a/c' },
    subject: { subject: 'prod/e' },
    'a value of the data': { data: { b: 2, a: 'é' } },
    'the order of the data': { data: { a: 'é', b: 1 } },
    'where a text ends': { id: '1t', type: 't' },
    'the signature itself': { signature: 'a'.repeat(64) },
    'a signature that is no hex': { signature: 'é' },
    'a signature that is too short': { signature: 'abcd' },
    'no signature': { signature: '' },
  })) {
    it(`is bad after a change of ${name}`, () => assert.equal(isSigned(change(changes), 'key'), false));
  }

  it('is, of a webhook passed on as text, over what the text says, however it is written', () => {
    const text = '{\n  "b": 1,\n  "a": "\\u00e9",\n  "n": 12345678901234567890,\n  "__proto__": {"\\ud800": 1e999}\n}';
    const given = event.cloneWith({ data: text }, false) as CloudEvent<unknown>;
    const signed = sign(given, 'key', JSON.parse(text));
    const received = signed.cloneWith({ data: JSON.parse(text) }, false) as CloudEvent<unknown>;
    assert.equal(signed.data, text);
    assert.equal(isSigned(received, 'key'), true);
    const other = signed.cloneWith({ data: JSON.parse(text.replace('"b": 1', '"b": 2')) }, false);
    assert.equal(isSigned(other as CloudEvent<unknown>, 'key'), false);
  });

  it('stays good with extensions that a broker adds', () => {
    assert.equal(isSigned(change({ knativearrivaltime: '2026-01-01T00:00:00Z', partitionkey: 'x' }), 'key'), true);
  });

  it('stays good for any text through binary mode and through a broker that delivers in JSON format', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), fc.string({ unit: 'binary' }), (subject, value) => {
        const given = event.cloneWith({ subject, data: { [value]: value } }, false) as CloudEvent<unknown>;
        const signed = sign(given, 'key');
        assert.equal(isSigned(overBinary(signed), 'key'), true);
        assert.equal(isSigned(overJsonFormat(signed), 'key'), true);
        assert.equal(isSigned(overBinary(signed), 'other'), false);
      }),
    );
  });

  it('is bad, and no crash, on data that cannot be written again', () => {
    const deep = JSON.parse(`{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`) as object;
    assert.equal(isSigned(change({ data: deep }), 'key'), false);
  });
});
