import assert from 'node:assert/strict';
import * as v from 'valibot';
import { StopError } from '../../events/errors.ts';
import { httpUrl } from '../../events/fields.ts';
import { readValue } from '../../events/read-data.ts';

describe('readValue', () => {
  it('quotes nothing of what came, whatever kind of schema refuses it: neither values nor odd keys', () => {
    const secret = 'hunter2 ';
    for (const [schema, value] of [
      [v.record(v.string(), v.string()), secret],
      [v.record(v.string(), v.number()), { [secret]: secret }],
      [v.object({ a: v.record(v.string(), v.string()) }), { a: secret }],
      [v.picklist(['x', 'y']), secret],
      [v.union([v.number(), v.boolean()]), secret],
      [v.literal(1), secret],
      [v.array(v.number()), [secret]],
      [v.pipe(v.string(), v.email()), secret],
    ] as [v.GenericSchema, unknown][]) {
      assert.throws(
        () => readValue(value, 'thing', schema),
        (error) => error instanceof StopError && !error.message.includes('hunter2') && /expected/.test(error.message),
      );
    }
  });

  it('names some errors of a small value, and stops at the first one of a large value', () => {
    let looked = 0;
    const schema = v.array(
      v.pipe(
        v.number(),
        v.check(() => {
          looked++;
          return false;
        }, 'an even number'),
      ),
    );
    const refused = (length: number) => () =>
      readValue(
        Array.from({ length }, (_, i) => i),
        'thing',
        schema,
      );
    assert.throws(refused(6), {
      message: /^The thing makes no sense: (?:\d: expected an even number; ){4}and 2 more\.$/,
    });
    looked = 0;
    assert.throws(refused(100_000), { message: 'The thing makes no sense: 0: expected an even number.' });
    assert.equal(looked, 1);
  });
});

describe('an address in an event', () => {
  it('has at most 4,096 characters: it becomes an attribute of the next event, where no more is taken', () => {
    const ofLength = (length: number) => 'https://gitea.example.com/'.padEnd(length, '[');
    assert.equal(readValue(ofLength(4_096), 'repository', httpUrl), ofLength(4_096));
    assert.throws(() => readValue(ofLength(4_097), 'repository', httpUrl), /at most 4096 characters/);
  });
});
