import assert from 'node:assert/strict';
import fc from 'fast-check';
import { accepted, internalError, refusal } from '../../functions/answer.ts';

describe('answers', () => {
  it('nothing but a status when all is well', () => {
    assert.deepEqual(accepted(), { statusCode: 202, headers: {}, body: '' });
  });

  it('one JSON object under 500 bytes when not, whatever the sentence', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(400, 401, 405, 413, 422, 500, 502, 503),
        fc.string({ unit: 'binary', maxLength: 2000 }),
        (status, message) => {
          const answer = refusal(status, message);
          assert.ok(Buffer.byteLength(answer.body) < 500);
          assert.deepEqual(Object.keys(JSON.parse(answer.body)), ['error', 'message']);
          assert.equal(answer.statusCode, status);
        },
      ),
    );
  });

  it('says which method is taken', () => {
    assert.equal(refusal(405, 'Expected POST.').headers.allow, 'POST');
  });

  it('an error of ours says nothing to the sender', () => {
    assert.equal(JSON.parse(internalError().body).error, 'internal');
  });
});
