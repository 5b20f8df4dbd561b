// Checks the channels of notify as far as that goes without a message: chats are read, and of the others nothing can be asked.
import { openChannel } from '../../functions/notify/channels/index.ts';
import type { OwnSettings } from '../../functions/settings.ts';
import type { Shell } from '../shell.ts';
import { type Remedies, type Report, remedyFor } from './findings.ts';

/** Of Slack's errors, and of Mattermost's statuses. */
const remedies: Remedies = [
  [
    /invalid_auth|not_authed|account_inactive|token_|answered 401/,
    'Correct the token of the channel in NOTIFY_CHANNELS.',
  ],
  [/missing_scope/, 'Give the app the scopes that docs/notify.md names, and install it again.'],
  [
    /not_in_channel|channel_not_found|answered 40[0-9]/,
    "Add the bot to the channel, and look whether `channel` in NOTIFY_CHANNELS is the channel's id.",
  ],
  [/./, 'Look at this entry of NOTIFY_CHANNELS; docs/notify.md says what each field is.'],
];

/** `notify`: undefined where it is off, or where its settings are wrong; then nothing is said. */
export async function checkChannels(
  { io }: Shell,
  notify: OwnSettings['notify'] | undefined,
  report: Report,
): Promise<void> {
  for (const settings of notify?.channels() ?? []) {
    const { name, kind } = settings;
    const channel = openChannel(settings, io);
    if (!channel.inspect) {
      report.note(`${name}: a channel of the kind ${kind} cannot be asked anything without sending a message.`);
      continue;
    }
    try {
      await channel.inspect();
      report.ok(
        `${name}: the messages of the channel can be read. Whether the bot may write there, its first message shows.`,
      );
    } catch (error) {
      const { message } = error as Error;
      report.problem(`${message}.`, remedyFor(message, remedies));
    }
  }
}
