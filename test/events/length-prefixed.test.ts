import assert from 'node:assert/strict';
import fc from 'fast-check';
import { lengthPrefixed } from '../../events/length-prefixed.ts';
import { repeatableId } from '../../events/repeatable-id.ts';

describe('lengthPrefixed', () => {
  it('puts the length in bytes and a colon before each part', () => {
    assert.equal(lengthPrefixed(['ab', '', 'é', Buffer.from('c')]).toString(), '2:ab0:2:é1:c');
  });

  it('gives different bytes for different lists', () => {
    const list = fc.array(fc.string({ unit: fc.constantFrom('1', ':', 'a') }), { maxLength: 4 });
    fc.assert(
      fc.property(list, list, (a, b) => {
        assert.equal(lengthPrefixed(a).equals(lengthPrefixed(b)), JSON.stringify(a) === JSON.stringify(b));
      }),
    );
  });
});

describe('repeatableId', () => {
  it('is the same for the same parts', () => {
    assert.equal(repeatableId(['a', 'b']), repeatableId(['a', 'b']));
    assert.notEqual(repeatableId(['a', 'b']), repeatableId(['ab']));
    // SHA-256 of "1:a", so that ids stay the same over releases.
    assert.equal(repeatableId(['a']), '4162fddd39a3e4225e8e2392eced237fbeb34e6e218b5647d27bd4d2b9c0da24');
  });
});
