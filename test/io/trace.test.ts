import assert from 'node:assert/strict';
import { continueTrace, traceId } from '../../io/trace.ts';

const given = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';

describe('continueTrace', () => {
  it('keeps the trace and its flags, with a span of its own', () => {
    const own = continueTrace([undefined, given], Math.random);
    assert.equal(traceId(own), traceId(given));
    assert.match(own, /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    assert.notEqual(own, given);
  });

  for (const bad of [
    '',
    'x',
    given.toUpperCase(),
    `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
    `${given}\n`,
    7,
    ['x'],
  ]) {
    it(`starts a new one instead of ${JSON.stringify(bad)}`, () => {
      assert.match(continueTrace([bad], Math.random), /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-01$/);
    });
  }

  it('never says zero, which means invalid', () => {
    assert.match(
      continueTrace([], () => 0),
      /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-01$/,
    );
  });
});
