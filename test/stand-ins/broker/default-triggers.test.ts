import assert from 'node:assert/strict';
import { functionNames, functions } from '../../../functions/table.ts';
import { defaultTriggers } from '../../../stand-ins/broker/index.ts';

describe('default triggers', () => {
  const urls = Object.fromEntries(functionNames.map((name) => [name, `http://${name}/`]));

  it('hand to each function that has a Trigger what it takes, and the rest to dead-letter', () => {
    const triggers = defaultTriggers(urls);
    assert.deepEqual(
      triggers.map(({ name, types, subscriber, deadLetterSink }) => [name, types, subscriber, deadLetterSink]),
      (['parse', 'registry-writer', 'commit-status'] as const).map((name) => [
        name,
        functions[name].takes,
        urls[name],
        'http://dead-letter/',
      ]),
    );
  });

  it('are there for functions that listen somewhere', () => {
    const { 'commit-status': _, ...others } = urls;
    const triggers = defaultTriggers(others, 'keep');
    assert.deepEqual(
      triggers.map(({ name, deadLetterSink }) => [name, deadLetterSink]),
      [
        ['parse', 'keep'],
        ['registry-writer', 'keep'],
      ],
    );
  });
});
