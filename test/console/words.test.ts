// What the page makes of texts, in one form for all its readers.
import assert from 'node:assert/strict';
// @ts-expect-error: a file of the page, as the browser gets it.
import { moment, withMoments } from '../../console/page/words.js';

describe('texts of the console', () => {
  it('show each time in a sentence as they show times elsewhere', () => {
    const [first, second] = ['2026-10-03T15:00:00Z', '2026-10-03T16:20:30.123Z'];
    assert.equal(
      withMoments(`Lost. Git was read again at ${first}, and 1.1.0 serves since ${second}.`),
      `Lost. Git was read again at ${moment(first)}, and 1.1.0 serves since ${moment(second)}.`,
    );
    assert.match(moment(second), /^[34] Oct 2026, \d\d:\d\d:\d\d$/);
  });

  it('name the day of what did not happen today', () => {
    assert.match(moment(Date.now()), /^\d\d:\d\d:\d\d$/);
    assert.match(moment(Date.now() - 2 * 86_400_000), /^\d{1,2} \w{3,4} \d{4}, \d\d:\d\d:\d\d$/);
  });

  it('leave versions and other numbers alone', () => {
    for (const text of ['2026-10-03', 'release-2026-10-03T15', '1.1.0 serves', ''])
      assert.equal(withMoments(text), text);
  });
});
