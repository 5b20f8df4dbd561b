import assert from 'node:assert/strict';
import { CloudEvent, HTTP } from 'cloudevents';
import fc from 'fast-check';
import { StopError } from '../../events/errors.ts';
import {
  decodeAttributes,
  decodeAttributeValue,
  decodePercent,
  encodeAttributes,
  encodeAttributeValue,
} from '../../events/wire.ts';
import { eventOf, overBinary } from './samples.ts';

const anyText = fc.string({ unit: 'binary' });
/** What a Go sender puts into a header, as Node shows it. */
const raw = (text: string) => Buffer.from(text, 'utf8').toString('latin1');
const binary = { 'ce-id': '1', 'content-type': 'application/json' };

describe('attribute values in headers', () => {
  for (const [text, header] of [
    // The example of the HTTP binding, 3.1.3.2.
    ['Euro € 😀', 'Euro%20%E2%82%AC%20%F0%9F%98%80'],
    ['prod/demand-forecast', 'prod/demand-forecast'],
    ['50% "off"', '50%25%20%22off%22'],
    ['a\r\nx: y\0', 'a%0D%0Ax:%20y%00'],
    ["!#$&'()*+,-./:;<=>?@[\\]^_`{|}~", "!#$&'()*+,-./:;<=>?@[\\]^_`{|}~"],
    ['שלום', '%D7%A9%D7%9C%D7%95%D7%9D'],
    ['\u007f', '%7F'],
  ] as const) {
    it(`writes ${JSON.stringify(text)} and reads it back`, () => {
      assert.equal(encodeAttributeValue(text), header);
      assert.equal(decodeAttributeValue(header), text);
    });
  }

  it('makes printable ASCII without space, quote and bare percent of any text, and the text of that', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const header = encodeAttributeValue(text);
        assert.match(header, /^(?:[!#$&-~]|%[0-9A-F]{2})*$/);
        assert.equal(decodeAttributeValue(header), text);
      }),
    );
  });

  it('never fails on any header', () => {
    fc.assert(fc.property(anyText, (header) => typeof decodeAttributeValue(header) === 'string'));
  });

  for (const [header, text, why] of [
    [raw('café'), 'café', 'raw UTF-8'],
    [raw('模型 😀'), '模型 😀', 'raw UTF-8 beyond Latin-1'],
    ['caf%C3%A9', 'café', 'percent-encoded'],
    ['caf%c3%a9', 'café', 'percent-encoded in lower case'],
    [raw('é%20é'), 'é é', 'both at once'],
    ['caf\xe9', 'café', 'Latin-1 that is no UTF-8 stays'],
    ['100%', '100%', 'a percent sign at the end stays'],
    ['%zz%4', '%zz%4', 'malformed percent signs stay'],
    ['%C3', '%C3', 'half a character stays'],
    ['%C3%28', '%C3%28', 'bytes that are no UTF-8 stay'],
    ['%2541', '%41', 'one round only'],
    ['"quoted \\"text\\""', 'quoted "text"', 'a quoted string of older senders'],
    ['"', '"', 'a lone quote stays'],
    ['already 模', 'already 模', 'text that is decoded already stays'],
    ['%EF%BB%BFx', '\ufeffx', 'a byte order mark stays'],
  ] as const) {
    it(`reads ${JSON.stringify(header)}: ${why}`, () => assert.equal(decodeAttributeValue(header), text));
  }

  it('decodes percent signs alone for text that was no header', () => {
    assert.equal(decodePercent('"a%20b"'), '"a b"');
  });
});

describe('attributes of events', () => {
  const event = new CloudEvent(
    {
      id: 'ü 1',
      source: 'https://gitea.example.com/a/b',
      type: 't',
      subject: '50% "é"\n😀',
      time: '2026-11-02T09:30:00.000Z',
      partitionkey: 'a b',
      truncated: true,
      hops: 3,
      datacontenttype: 'application/json',
      data: { a: 'ü "%41"' },
    },
    false,
  );

  it('encodes text and leaves data, time, numbers and booleans alone', () => {
    const { id, subject, partitionkey, truncated, hops, time, data, datacontenttype } = encodeAttributes(event);
    assert.deepEqual(
      { id, subject, partitionkey, truncated, hops, time, data, datacontenttype },
      {
        id: '%C3%BC%201',
        subject: '50%25%20%22%C3%A9%22%0A%F0%9F%98%80',
        partitionkey: 'a%20b',
        truncated: true,
        hops: 3,
        time: '2026-11-02T09:30:00.000Z',
        data: { a: 'ü "%41"' },
        datacontenttype: 'application/json',
      },
    );
  });

  it('comes back whole through binary mode', () => {
    const { truncated: _t, hops: _h, ...texts } = event;
    const { truncated, hops, ...back } = overBinary(event);
    assert.deepEqual({ ...back }, texts);
    // The wire knows text only.
    assert.deepEqual([truncated, hops], [true, 3]);
  });

  it('takes a structured event as it stands', () => {
    const headers = { 'content-type': 'application/cloudevents+json; charset=utf-8' };
    const given = HTTP.toEvent({
      headers: { 'content-type': 'application/cloudevents+json' },
      body: JSON.stringify({ ...event.toJSON(), subject: 'caf%C3%A9 100%25' }),
    }) as CloudEvent<unknown>;
    assert.equal(decodeAttributes(given, headers).subject, 'caf%C3%A9 100%25');
  });

  it('takes an event that never was on the wire as it stands', () => {
    assert.equal(decodeAttributes(event.cloneWith({ subject: '100%25' }, false)).subject, '100%25');
    assert.equal(decodeAttributes(event.cloneWith({ subject: '100%25' }, false), {}).subject, '100%25');
  });

  it('drops attributes without a value, which the SDK would send as words', () => {
    const odd = new CloudEvent({ ...event, nothing: null, missing: undefined }, false);
    assert.equal('nothing' in encodeAttributes(odd), false);
    assert.equal('missing' in encodeAttributes(odd), false);
  });
});

describe('data of events', () => {
  const shapes: [string, unknown][] = [
    ['an object', { a: 'é' }],
    ['JSON text', '{"a":"é"}'],
    ['a Buffer', Buffer.from('{"a":"é"}')],
    ['a Uint8Array', new Uint8Array(Buffer.from('{"a":"é"}'))],
    ['the Uint32Array of the SDK (data_base64)', new Uint32Array(Buffer.from('{"a":"é"}'))],
  ];
  for (const [name, data] of shapes) {
    it(`reads ${name}`, () => assert.deepEqual(decodeAttributes(eventOf('t', data), binary).data, { a: 'é' }));
  }

  it('is an empty object when nothing came', () => {
    assert.deepEqual(decodeAttributes(eventOf('t', undefined), binary).data, {});
    assert.deepEqual(decodeAttributes(eventOf('t', null), binary).data, {});
  });

  for (const [name, data] of [
    ['text that is no JSON', 'secret-word'],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0xff, 0x7d])],
    ['a list', [1]],
    ['a list as text', '[1]'],
    ['a number', 5],
    ['true', true],
    ['JSON null', 'null'],
    ['empty text', ''],
  ] as const) {
    it(`is refused with 400, unquoted, when it is ${name}`, () => {
      assert.throws(
        () => decodeAttributes(eventOf('t', data), binary),
        (error) => error instanceof StopError && error.status === 400 && !error.message.includes('secret-word'),
      );
    });
  }

  it('of a ping may be anything', () => {
    for (const data of ['hello', [1], 5, Buffer.from([0xff]), undefined])
      assert.deepEqual(decodeAttributes(eventOf('dev.knative.sources.ping', data), binary).data, {});
  });
});
