import assert from 'node:assert/strict';
import { functionNames, functions } from '../../../functions/table.ts';
import { defaultTriggers } from '../../../stand-ins/broker/index.ts';

describe('default triggers', () => {
  const urls = Object.fromEntries(functionNames.map((name) => [name, `http://${name}/`]));

  it('hand to each function that has a Trigger what it takes, and the rest to dead-letter', () => {
    const triggers = defaultTriggers(urls);
    assert.deepEqual(
      triggers.map(({ name, types, subscriber, deadLetterSink }) => [name, types, subscriber, deadLetterSink]),
      [
        ['parse', functions.parse.takes],
        ['parse-wake', functions.parse.wokenBy],
        ['registry-writer', functions['registry-writer'].takes],
        ['registry-writer-wake', functions['registry-writer'].wokenBy],
        ['commit-status', functions['commit-status'].takes],
        ['rollout-observer', functions['rollout-observer'].takes],
        ['notify', functions.notify.takes],
      ].map(([name, types]) => [name, types, `http://${String(name).replace('-wake', '')}/`, 'http://dead-letter/']),
    );
  });

  it('wake a function once, and not by a ping: a reconcile that finds nothing wrong starts as little as possible', () => {
    const waking = defaultTriggers(urls).filter(({ name }) => name.endsWith('-wake'));
    for (const { retry, types } of waking)
      assert.deepEqual([retry, types!.includes('dev.knative.sources.ping')], [0, false]);
  });

  it('are there for functions that listen somewhere', () => {
    const { 'commit-status': _, 'rollout-observer': __, notify: ___, ...others } = urls;
    const triggers = defaultTriggers(others, 'keep');
    assert.deepEqual(
      triggers.map(({ name, deadLetterSink }) => [name, deadLetterSink]),
      [
        ['parse', 'keep'],
        ['parse-wake', 'keep'],
        ['registry-writer', 'keep'],
        ['registry-writer-wake', 'keep'],
      ],
    );
  });
});
