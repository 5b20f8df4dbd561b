// NOTIFY_CHANNELS: what a list may be, and that a wrong one is named without what stands in it.
import assert from 'node:assert/strict';
import { type ChannelSettings, channels, states } from '../../../config/settings/channels.ts';
import { errorsOf, files, notify } from './read.ts';

const slack = { kind: 'slack', name: 'releases', token: 'xoxb-1-secret', channel: 'C0123456789' };
const webhook = {
  kind: 'webhook',
  name: 'audit',
  url: 'https://x.test/hook?sig=secret',
  secrets: [`whsec_${'A'.repeat(32)}`],
};
const begin = '- NOTIFY_CHANNELS: expected a JSON list of channels';
const end = '; came something else (not shown)';

describe('NOTIFY_CHANNELS', () => {
  it('lists channels of every kind, each with what it needs', () => {
    const all = [
      { ...slack, environments: ['prod'], states: [...states], template: '{model} {reason}' },
      { kind: 'mattermost', name: 'chat', url: 'http://mattermost.chat.svc:8065', token: 't', channel: 'a'.repeat(26) },
      { kind: 'slack-webhook', name: 'a', url: 'https://hooks.slack.com/services/T/B/x' },
      { kind: 'mattermost-webhook', name: 'b', url: 'https://chat.example.com/hooks/x' },
      { kind: 'teams', name: 'c', url: 'https://x.test/workflows?sig=1' },
      webhook,
    ];
    const read = channels(JSON.stringify(all)) as ChannelSettings[];
    assert.deepEqual(read, [{ ...all[0], url: 'https://slack.com' }, ...all.slice(1)]);
  });

  for (const [wrong, said] of [
    ['{', ''],
    ['{}', '; a list'],
    ['[]', '; one channel at least'],
    [[slack, slack], '; every name once'],
    [
      [{ ...slack, kind: 'irc' }],
      '; in number 1 (releases), kind: one of slack, mattermost, slack-webhook, mattermost-webhook, teams, webhook',
    ],
    [[slack, { ...webhook, name: 'A b' }], '; in number 2, name: a text of a-z, 0-9 and -'],
    [[{ ...slack, token: undefined }], '; in number 1 (releases), token: a value'],
    [[{ ...slack, token: 'xoxb secret' }], '; in number 1 (releases), token: printable ASCII without spaces'],
    [[{ ...slack, channel: '#releases' }], "; in number 1 (releases), channel: the channel's id, such as C0123456789"],
    [[{ ...slack, 'xoxb-secret': 1 }], '; in number 1 (releases): no field that such a channel does not have'],
    [
      [{ ...webhook, template: '{model}' }],
      '; in number 1 (audit), template: no field that such a channel does not have',
    ],
    [
      [{ ...webhook, secrets: ['whsec_c2VjcmV0'] }],
      '; in number 1 (audit), secrets.0: whsec_ and 24 to 64 bytes in base64 (`echo whsec_$(openssl rand -base64 32)`)',
    ],
    [[{ ...slack, states: ['secret'] }], `; in number 1 (releases), states.0: one of ${states.join(', ')}`],
    [[{ ...slack, environments: ['Secret'] }], '; in number 1 (releases), environments.0: names of environments'],
    [
      [{ ...slack, template: '{secret}' }],
      '; in number 1 (releases), template: no other words in braces than {model}, {version}, {environment}, {registry}, {state}, {sentence}, {reason}, {by}, {request}, {commitUrl}, {registryUrl}',
    ],
    ...['http://x.test/secret', 'https://secret:x@x.test/', 'ftp://x.test', '/secret'].map(
      (url) =>
        [
          [{ ...webhook, url }],
          '; in number 1 (audit), url: an address with https://, or with http:// to this machine or to a Service of the cluster',
        ] as const,
    ),
  ] as const) {
    const text = typeof wrong === 'string' ? wrong : JSON.stringify(wrong);
    it(`is refused when it is ${text.slice(0, 80)}…, without what stands there`, () => {
      const errors = errorsOf(() => notify({ NOTIFY_CHANNELS: text }));
      assert.deepEqual(errors, [`${begin}${said}${end}`]);
      assert.doesNotMatch(errors[0]!.replace(said, ''), /secret/i);
    });
  }

  it('is read again when its file changes, and another list tells so', () => {
    const content = { list: JSON.stringify([slack]) };
    const { channels: now } = notify({ NOTIFY_CHANNELS: '', NOTIFY_CHANNELS_FILE: 'list' }, files(content)).notify!;
    const first = now();
    assert.equal(now(), first);
    content.list = JSON.stringify([webhook]);
    assert.deepEqual(
      now().map(({ name }) => name),
      ['audit'],
    );
  });
});
