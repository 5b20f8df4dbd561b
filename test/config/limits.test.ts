import assert from 'node:assert/strict';
import { limits } from '../../config/limits.ts';
import { readSettings } from '../../functions/settings.ts';

/** ms of pauses between the first attempt and the last of an exponential back-off. */
const pauses = (retries: number, first: number) => first * (2 ** retries - 1);
/** ms until a Trigger gives an event up. */
const whole = (retries: number, attempt: number, first: number) => (retries + 1) * attempt + pauses(retries, first);

const { registryWriterRetries: retries, registryWriterBackoff: backoff, registryWriterAttempt: attempt } = limits;

describe('time limits', () => {
  it('registry-writer ends before its Trigger gives up on it: its own limit, and the call that is under way', () => {
    assert.ok(limits.registryWriter + limits.registryCall <= attempt);
  });

  it('the Trigger of registry-writer tries for 60 s at least, twice as long as a push waits for its version', () => {
    assert.ok(pauses(retries, backoff) >= 60_000);
  });

  it('dead-letter answers before the Trigger that calls it gives up on it', () => {
    assert.ok(limits.deadLetterAnswer < Math.min(attempt, limits.parseAttempt));
  });

  it('parse waits longer for the broker than the writer, its retries and its dead letter take', () => {
    // Knative tries a dead-letter sink as long and as often as the subscriber.
    assert.ok(limits.parseHandOn >= 2 * whole(retries, attempt, backoff));
  });

  it('commit-status ends before its Trigger gives up on it, and one that refuses at once is done within an attempt of the writer', () => {
    assert.ok(limits.commitStatus + limits.forgeCall <= limits.commitStatusAttempt);
    assert.ok(pauses(limits.commitStatusRetries, limits.commitStatusBackoff) < limits.registryWriterAttempt);
    assert.ok(
      limits.parseHandOn >=
        2 * whole(limits.commitStatusRetries, limits.commitStatusAttempt, limits.commitStatusBackoff),
    );
  });

  it('the Trigger of parse waits longer than two readings, handing on and two looks take: one of each may be under way for others', () => {
    assert.ok(limits.parseAttempt >= 2 * limits.parseReading + limits.parseHandOn + 2 * limits.forgeCall);
  });

  it('the Service of parse can have that time: Knative allows 600 s', () => {
    assert.ok(limits.parseAttempt <= 600_000);
  });

  it('gitea-source hangs up on the broker no earlier than one attempt of parse takes, and answers before Gitea hangs up', () => {
    assert.ok(limits.sourceHandOn >= limits.parseAttempt);
    assert.ok(limits.webhookAnswer < 5_000);
  });

  it('a promotion is tried to the end several times over before it is too old for registry-writer', () => {
    const settings = readSettings({ MODEL_REGISTRY_URL: 'https://x.test' }, 'registry-writer', () => '');
    const reading = limits.parseReading + limits.parseHandOn;
    const oldest = reading + whole(retries, attempt, backoff);
    assert.ok(settings.registryWriter.eventMaxAge >= 4 * oldest, String(oldest));
    const least = { MODEL_REGISTRY_URL: 'https://x.test', EVENT_MAX_AGE_MINUTES: '20' };
    assert.ok(readSettings(least, 'registry-writer', () => '').registryWriter!.eventMaxAge > oldest);
    assert.throws(() => readSettings({ ...least, EVENT_MAX_AGE_MINUTES: '19' }, 'registry-writer', () => ''));
  });

  it('nothing waits longer than the in-memory dispatcher does: 15 minutes', () => {
    for (const [name, ms] of Object.entries(limits)) assert.ok(ms <= 900_000, name);
  });
});
