import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compareCodePoints } from '../../promotions/code-point-order.ts';

describe('compareCodePoints', () => {
  it('sorts as the UTF-8 bytes do', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'B', '\u00e9', '\ud7ff', '\ue000', '\uff21', '\u{1f680}', '\u{10ffff}'),
      maxLength: 4,
    });
    fc.assert(
      fc.property(text, text, (a, b) => {
        assert.equal(Math.sign(compareCodePoints(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
    );
  });

  it('differs from the order of UTF-16 units', () => {
    assert.deepEqual(['\u{1f680}', '\uff21'].sort(), ['\u{1f680}', '\uff21']);
    assert.deepEqual(['\u{1f680}', '\uff21'].sort(compareCodePoints), ['\uff21', '\u{1f680}']);
  });
});
