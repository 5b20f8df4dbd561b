import assert from 'node:assert/strict';
import { chartContract } from '../../config/chart-source/contract.ts';
import { limits } from '../../config/limits.ts';
import { longestWait } from '../../functions/parse/tell-once.ts';
import { readSettings } from '../../functions/settings.ts';
import { functions, onlyWakes, rows, waking } from '../../functions/table.ts';
import { keptForSmallBodies, maxBuffered } from '../../host/take-request.ts';

type Times = Record<'attempt' | 'pauses' | 'whole', number>;

const [parse, writer, status, notify] = (['parse', 'registry-writer', 'commit-status', 'notify'] as const).map(
  (name) => {
    const { attempt, retries, firstPause } = functions[name].trigger;
    const pauses = firstPause * (2 ** retries - 1);
    /** `pauses`: ms between the first attempt and the last. `whole`: ms until the Trigger gives an event up. */
    return { attempt, pauses, whole: (retries + 1) * attempt + pauses };
  },
) as [Times, Times, Times, Times];

describe('time limits', () => {
  it('registry-writer ends before its Trigger gives up on it: its own limit, and the call that is under way', () => {
    assert.ok(limits.registryWriter + limits.registryCall <= writer.attempt);
  });

  it('the Trigger of registry-writer tries for 60 s at least, twice as long as a push waits for its version', () => {
    assert.ok(writer.pauses >= 60_000);
  });

  it('dead-letter answers before the Trigger that calls it gives up on it', () => {
    assert.ok(limits.deadLetterAnswer < Math.min(writer.attempt, parse.attempt, status.attempt, notify.attempt));
  });

  it('parse waits longer for the broker than the writer, its retries and its dead letter take', () => {
    // Knative tries a dead-letter sink as long and as often as the subscriber.
    assert.ok(limits.parseHandOn >= 2 * writer.whole);
  });

  it('commit-status ends before its Trigger gives up on it, and one that refuses at once is done within an attempt of the writer', () => {
    assert.ok(limits.commitStatus + limits.forgeCall <= status.attempt);
    assert.ok(status.pauses < writer.attempt);
    assert.ok(limits.parseHandOn >= 2 * status.whole);
  });

  it('notify, too, which gets the same answers of the writer', () => {
    assert.ok(limits.notify + limits.notifyCall <= notify.attempt);
    assert.ok(notify.pauses < writer.attempt);
    assert.ok(limits.parseHandOn >= 2 * notify.whole);
  });

  it('the Trigger of parse waits longer than two readings, handing on and two looks take: one of each may be under way for others', () => {
    const work = 2 * limits.parseReading + limits.parseHandOn + 2 * limits.forgeCall;
    assert.ok(parse.attempt >= longestWait + work, 'after waiting for the other event about the same merge');
  });

  it('a request that only wakes a function is answered by its Service before the Trigger gives up: else nobody is named', () => {
    // Where it is not, no function takes these events.
    for (const { name, timeoutSeconds, wake } of chartContract().functions)
      if (wake?.types.some((type) => !onlyWakes(type)))
        assert.ok(waking.attempt > timeoutSeconds * 1000, `${name}: ${timeoutSeconds} s`);
  });

  it('the Service of parse can have that time: Knative allows 600 s', () => {
    assert.ok(parse.attempt <= 600_000);
  });

  it('gitea-source hangs up on the broker no earlier than one attempt of parse takes, and answers before Gitea hangs up', () => {
    assert.ok(limits.sourceHandOn >= parse.attempt);
    assert.ok(limits.webhookAnswer < 5_000);
  });

  it('the Trigger of rollout-observer waits longer than an event is held, and for the last telling; one watch is enough for that', () => {
    const { attempt } = functions['rollout-observer'].trigger;
    assert.ok(limits.rolloutHold + limits.rolloutHandOn + limits.kubernetesCall <= attempt);
    assert.ok(attempt <= 600_000);
    assert.ok(limits.rolloutHold < limits.kubernetesWatch);
  });

  it('a promotion is tried to the end several times over before it is too old for registry-writer', () => {
    const settings = readSettings({ MODEL_REGISTRY_URL: 'https://x.test' }, 'registry-writer', () => '');
    const reading = limits.parseReading + limits.parseHandOn;
    const oldest = reading + writer.whole;
    assert.ok(settings.registryWriter.eventMaxAge >= 4 * oldest, String(oldest));
    const least = { MODEL_REGISTRY_URL: 'https://x.test', EVENT_MAX_AGE_MINUTES: '20' };
    assert.ok(readSettings(least, 'registry-writer', () => '').registryWriter!.eventMaxAge > oldest);
    assert.throws(() => readSettings({ ...least, EVENT_MAX_AGE_MINUTES: '19' }, 'registry-writer', () => ''));
  });

  it('the largest body that a function takes fits into what the host holds of large bodies: else it is told to come again for ever', () => {
    for (const { name, bodyLimit } of rows) assert.ok(bodyLimit <= maxBuffered - keptForSmallBodies, name);
  });

  it('nothing waits longer than the in-memory dispatcher does: 15 minutes', () => {
    for (const [name, ms] of Object.entries(limits)) assert.ok(ms <= 900_000, name);
  });
});
