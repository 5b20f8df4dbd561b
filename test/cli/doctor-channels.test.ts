// What doctor says of the channels of notify: each finding with what to do about it, and nothing is sent.
import assert from 'node:assert/strict';
import { mattermostServer, slackServer, teamsServer } from '../functions/notify/servers.ts';
import { closeAfterEach } from '../try-again.ts';
import { type CliWorld, createCliWorld, findingLines } from './world.ts';

describe('post-deployment doctor and the channels of notify', () => {
  const keep = closeAfterEach();
  let world: CliWorld;
  let slack: Awaited<ReturnType<typeof slackServer>>;
  let mattermost: Awaited<ReturnType<typeof mattermostServer>>;

  beforeEach(async () => {
    world = keep(await createCliWorld({}));
    slack = keep(await slackServer());
    mattermost = keep(await mattermostServer());
  });

  async function findings(...channels: object[]): Promise<string[]> {
    const { json, stdout } = await world.run(['doctor', '--json'], {
      env: { K_SINK: 'http://broker.test', NOTIFY_CHANNELS: JSON.stringify(channels) },
    });
    assert.doesNotMatch(stdout, /revoked-token|key-in-the-query/);
    return findingLines(json, 'channels');
  }

  it('reads chats, and says of what it cannot ask that nothing was tried', async () => {
    const teams = keep(await teamsServer());
    assert.deepEqual(await findings(slack.settings, mattermost.settings, teams.settings), [
      'ok: slack: the messages of the channel can be read. Whether the bot may write there, its first message shows.',
      'ok: mattermost: the messages of the channel can be read. Whether the bot may write there, its first message shows.',
      'note: teams: a channel of the kind teams cannot be asked anything without sending a message.',
    ]);
    assert.deepEqual([slack.messages, mattermost.messages, teams.calls], [[], [], []]);
  });

  it('says whether it is the token or the channel', async () => {
    for (const [{ settings }, otherChannel] of [
      [slack, 'C9999999999'],
      [mattermost, 'abcdefghijklmnopqrstuvwxyz'],
    ] as const) {
      const [token] = await findings({ ...settings, token: 'revoked-token-77f1' });
      assert.match(token!, /^problem: .*(invalid_auth|session_expired).* → Correct the token/);
      const [channel] = await findings({ ...settings, channel: otherChannel });
      assert.match(channel!, /^problem: .*(channel_not_found|permissions).* → Add the bot to the channel/);
    }
  });

  it('checks none where notify is off', async () => {
    const { json } = await world.run(['doctor', '--json'], { env: { K_SINK: 'http://broker.test' } });
    assert.ok(json.findings.every(({ about }: { about: string }) => about !== 'channels'));
  });
});
