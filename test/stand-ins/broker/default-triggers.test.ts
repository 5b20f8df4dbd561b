import assert from 'node:assert/strict';
import { limits } from '../../../config/limits.ts';
import { defaultTriggers } from '../../../stand-ins/broker/index.ts';
import { backoff } from '../../../stand-ins/broker/trigger.ts';

describe('default triggers', () => {
  const triggers = defaultTriggers({
    parse: 'http://parse/',
    registryWriter: 'http://writer/',
    deadLetter: 'http://dead-letter/',
  });
  const [parse, writer] = triggers as [(typeof triggers)[0], (typeof triggers)[0]];
  const waits = (trigger: typeof parse) =>
    Array.from({ length: trigger.retry }, (_, n) => backoff(trigger, n + 1)).reduce((sum, ms) => sum + ms, 0);

  it('give each type to one function', () => {
    assert.deepEqual(parse.types, [
      'dev.knative.source.gitea.push',
      'dev.knative.sources.ping',
      'dev.mlops.registry.drifted.v1',
    ]);
    assert.deepEqual(writer.types, [
      'dev.mlops.model.promoted.v1',
      'dev.mlops.model.withdrawn.v1',
      'dev.mlops.environment.observed.v1',
    ]);
  });

  it('give what may be told to commit-status, where there is one', () => {
    const [, , status] = defaultTriggers({
      parse: 'http://p/',
      registryWriter: 'http://w/',
      deadLetter: 'http://d/',
      commitStatus: 'http://s/',
    });
    assert.equal(triggers.length, 2);
    assert.deepEqual(status?.types, [
      'dev.mlops.model.promoted.v1',
      'dev.mlops.model.withdrawn.v1',
      'dev.mlops.registry.updated.v1',
      'dev.mlops.deployment.warned.v1',
      'dev.mlops.delivery.lost.v1',
    ]);
  });

  it('try the writer for a minute at least, because a version may be registered after its promotion', () => {
    assert.ok(waits(writer) >= 60_000);
  });

  it('all have a dead-letter sink and outlast their function', () => {
    for (const trigger of triggers) assert.equal(trigger.deadLetterSink, 'http://dead-letter/');
    assert.ok(writer.timeoutMs > limits.registryWriter);
    const writerInAll = 2 * ((writer.retry + 1) * writer.timeoutMs + waits(writer));
    assert.ok(limits.parseHandOn > writerInAll, `${limits.parseHandOn} > ${writerInAll}`);
    assert.ok(parse.timeoutMs > limits.parseReading + limits.parseHandOn);
  });
});
