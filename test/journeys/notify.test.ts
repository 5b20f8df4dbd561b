// A promotion, through real functions as processes and a cluster that stands in, as people see it in Slack: one message, from the label
// to what serves.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { promote } from '../../local/promote.ts';
import { type System, startSystem } from '../../local/system.ts';
import { slackServer } from '../functions/notify/servers.ts';

describe('word in chat', () => {
  let slack: Awaited<ReturnType<typeof slackServer>>;
  let system: System;
  before(async () => {
    slack = await slackServer();
    system = await startSystem({
      cluster: { stepMs: 5 },
      settings: { NOTIFY_CHANNELS: JSON.stringify([slack.settings]) },
    });
    await system.ping();
    await system.idle();
    slack.messages.length = 0;
  });
  after(async () => {
    await system?.close();
    await slack?.close();
  });

  /** The first lines, the last ones as soon as the last message says so. */
  async function heads(end: string): Promise<string[]> {
    const all = () => slack.messages.map(({ text }) => text.split('\n')[0]!);
    while (!all().at(-1)?.endsWith(end)) await pause(20);
    await system.idle();
    return all();
  }

  it('follows a merge from the label to what serves, in one message', async () => {
    await promote(system.gitea, system.gitea.repository, 'jukebox', '1.1.0');
    assert.deepEqual(await heads(': serving'), ['jukebox 1.1.0 → prod: serving']);
    const [{ text, edits }] = slack.messages as [(typeof slack.messages)[number]];
    assert.match(
      text,
      /^jukebox 1\.1\.0 → prod: serving\nThe registry labels 1\.1\.0 with prod, no longer 1\.0\.0\. 1\.1\.0 serves in prod, as deployed in Git\.\nBy: \w+\nRequest: <http:.*\/pulls\/\d+>\nCommit: <http:.*\/commit\/[0-9a-f]{40}>$/,
    );
    assert.ok(edits > 0);
  });

  it('says why a rollout failed, and of the next promotion in a message of its own', async () => {
    system.cluster!.standIn.missNext = true;
    await promote(system.gitea, system.gitea.repository, 'jukebox', '1.2.0');
    assert.deepEqual(await heads(': failed'), ['jukebox 1.1.0 → prod: serving', 'jukebox 1.2.0 → prod: failed']);
    assert.match(
      slack.messages[1]!.text,
      /the rollout of 1\.2\.0 to prod failed; 1\.1\.0 serves\. Reason: .*ImagePullBackOff/i,
    );
    assert.deepEqual(system.broker.deadLetters, []);
  });

  it('says nothing of a reconcile that finds everything as it was told', async () => {
    const before = slack.messages.map(({ text, edits }) => [text, edits]);
    await system.ping();
    await system.idle();
    assert.deepEqual(
      slack.messages.map(({ text, edits }) => [text, edits]),
      before,
    );
  });
});
