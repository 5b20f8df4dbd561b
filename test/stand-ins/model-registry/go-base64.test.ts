import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodeBase64 } from '../../../stand-ins/model-registry/go-base64.ts';

describe('base64 as Go reads it', () => {
  it('gives back any bytes, line breaks or not', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.nat(), (bytes, at) => {
        const encoded = Buffer.from(bytes).toString('base64');
        const broken = `${encoded.slice(0, at % (encoded.length + 1))}\r\n${encoded.slice(at % (encoded.length + 1))}`;
        for (const text of [encoded, broken]) {
          assert.deepEqual(decodeBase64(text), { value: Buffer.from(bytes) });
        }
      }),
    );
  });

  for (const [text, at] of [
    ['garbage', 4],
    ['M', 0],
    ['MT', 0],
    ['MTo', 0],
    ['MT=', 3],
    ['MT=x', 3],
    ['MTox=', 4],
    ['====', 0],
    ['MQ==MQ==', 4],
    ['M-_x', 1],
    ['{"a":1}', 0],
    ['not base64!', 3],
  ] as const) {
    it(`says that ${text} is wrong at ${at}`, () => {
      assert.deepEqual(decodeBase64(text), { error: `illegal base64 data at input byte ${at}` });
    });
  }
});
